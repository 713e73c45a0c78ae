"""The kinds of evidence, one file each: what moves its score, what it declares of itself."""

from __future__ import annotations

from maillon.facts.evidence import Kind
from maillon.score.kinds import burst, day, listed, origin, replay, strange, walk, window
from maillon.score.kinds.declaration import Declaration

DECLARATIONS: dict[Kind, Declaration] = {
    module.DECLARATION.kind: module.DECLARATION
    for module in (day, burst, origin, listed, strange, window, walk, replay)
}
"""In the order of `Kind`."""
