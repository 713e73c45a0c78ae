"""Print the reference of all responders, as docs/responders.md has it between its two marks.

    python docs/print_responders.py --write     put it there

A test compares the two: the page cannot say anything else than the code.
"""

from __future__ import annotations

import sys
from pathlib import Path

from maillon.edges.responders.described import page

PAGE = Path(__file__).parent / "responders.md"
START, END = "<!-- printed by docs/print_responders.py -->", "<!-- end -->"


def main() -> None:
    """Print the reference, or put it into the page."""
    text = "\n".join(page())
    if "--write" not in sys.argv:
        print(text, end="")
        return
    before, _, rest = PAGE.read_text().partition(START)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{START}\n\n{text}\n{END}{after}")


if __name__ == "__main__":
    main()
