"""A state to remember in, beside whoever holds it; made where there is none. Used by `leaks` and `lookalikes`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maillon.edges.ledger_place import holds_ledger
from maillon.edges.state import State
from maillon.read.pseudonym import Keys


@contextmanager
def opened(folder: Path | None, keys: Keys) -> Iterator[State | None]:
    """Open the state `folder` to read its ledger and add to it; None where there is no folder to remember in."""
    if folder is None:
        yield None
        return
    key_id = keys.pseudonym("state", b"key id")
    with State(folder, key_id, hold=not holds_ledger(folder)) as state:
        yield state
