"""What a hunt found, on a screen and as JSON lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from maillon.facts.hunted import Hunted
from maillon.render.clock import rfc3339, to_the_minute
from maillon.render.json_lines import VERSION, line
from maillon.render.safe import harmless

_NOTHING = {"en": "No access that is kept matches.", "fr": "Aucun accès conservé ne correspond."}
_HEADING = {
    "en": f"{'account':<32} {'accesses':>9} {'patients':>9}  first and last (UTC)",
    "fr": f"{'compte':<32} {'accès':>9} {'patients':>9}  premier et dernier (UTC)",
}
_NO_ACCOUNT = {"en": "(no account named)", "fr": "(aucun compte nommé)"}


def hunt_lines(found: Sequence[Hunted], names: Mapping[int, str]) -> Iterator[str]:
    """Yield one JSON object an account (docs/reference/json.md)."""
    for one in found:
        yield line(
            {
                "v": VERSION,
                "kind": "hunted",
                "account": _name(one, names, ""),
                "accesses": one.accesses,
                "patients": one.patients,
                "first": rfc3339(one.first, 0),
                "last": rfc3339(one.last, 0),
            }
        )


def hunt_screen(found: Sequence[Hunted], names: Mapping[int, str], lang: str) -> str:
    """Return the accounts that were found, one a line."""
    if not found:
        return _NOTHING[lang]
    rows = [
        f"{harmless(_name(one, names, _NO_ACCOUNT[lang])):<32} {one.accesses:>9,} {one.patients:>9,}  "
        f"{to_the_minute(one.first, 0, lang)} – {to_the_minute(one.last, 0, lang)}"
        for one in found
    ]
    return "\n".join([_HEADING[lang], *rows])


def _name(one: Hunted, names: Mapping[int, str], nobody: str) -> str:
    return names.get(one.account, f"account {one.account:016x}") if one.account else nobody
