"""Print docs/reference/scores.md from what the kinds of evidence declare.

    python docs/print_scores.py > docs/reference/scores.md

A test compares the two: the page cannot say anything else than the code.
"""

from __future__ import annotations

from collections.abc import Iterator

from maillon.facts.evidence import Kind
from maillon.score.calibrate import SHARES
from maillon.score.kinds import DECLARATIONS

HEAD = """# The scores

Printed from the declarations by `docs/print_scores.py`. How they lead to decisions: [detection.md](../detection.md).
A score is in whole 1/1024 and only rises within a local day; "share" is its part of the alarm budget.
"""


def pages() -> Iterator[str]:
    """Yield the page piece by piece."""
    yield HEAD
    for kind in Kind:
        declared = DECLARATIONS[kind]
        yield f"## {kind.name.lower()}\n"
        rows = {
            "looks at": declared.looks_at,
            "score": declared.score,
            "calibration": declared.calibration,
            "share": f"{100 * SHARES[kind]:.0f} %",
            "source": declared.source,
            "blind spots": declared.blind_spots,
            "a reason": f"“{declared.example}”",
        }
        yield "| | |\n|---|---|\n" + "".join(f"| {name} | {told} |\n" for name, told in rows.items())


if __name__ == "__main__":
    print("\n".join(pages()), end="")
