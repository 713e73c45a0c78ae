"""Where a state's ledger lies: in its directory, or in the PostgreSQL that was named when the state was made.

DIR/ledger.place holds then how the database is named (`file:/PATH` or `env:NAME`, never the connection string itself)
and the name under which this state keeps there what is its own.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from secrets import token_hex

from maillon.edges.durable import create, make_folder, sync, sync_folder
from maillon.edges.ledger import Ledger
from maillon.edges.ledger_postgres import PostgresLedger, checked
from maillon.facts.errors import StateError, UsageError

SQLITE, PLACE = "ledger.sqlite", "ledger.place"
NAMED = "MAILLON_LEDGER"
"""The environment's variable that names the ledger of a new state, where no configuration does."""

_REFERENCE = re.compile(r"file:/\S+|env:[A-Za-z_][A-Za-z0-9_]*")
_HOW = f"a ledger is named as `file:/PATH` or `env:NAME` (also in ${NAMED}), never by its connection string"
_FORM = re.compile(r"maillon-ledger 1 (\S+) ([0-9a-f]{16})\n")


def holds_ledger(folder: Path) -> bool:
    """Tell whether a directory is a state of Maillon."""
    return (folder / SQLITE).exists() or (folder / PLACE).exists()


def open_ledger(folder: Path, *, durable: bool = True) -> Ledger:
    """Open the ledger of a state directory. Raises StateError, UsageError."""
    place = folder / PLACE
    if not place.exists():
        return Ledger(folder / SQLITE, durable=durable)
    found = _FORM.fullmatch(place.read_text(encoding="ascii", errors="replace"))
    if found is None:
        raise StateError(f"{place} does not name a ledger: restore it from its backup")
    return PostgresLedger(_named(found[1]), found[2])


def put_ledger(folder: Path, reference: str = "") -> None:
    """Let a new state keep its ledger in the database that `reference` or else the environment names, if any.

    Raises UsageError where it cannot be meant, and for a state whose ledger lies elsewhere already.
    """
    reference = reference or os.environ.get(NAMED, "")
    if not reference:
        return
    if not _REFERENCE.fullmatch(reference):
        raise UsageError(_HOW)
    place = folder / PLACE
    if place.exists():
        if place.read_text(encoding="ascii", errors="replace").split()[2:3] != [reference]:
            raise UsageError(f"the ledger of {folder} is named otherwise in {place}: name it as there")
        return
    if (folder / SQLITE).exists():
        raise UsageError(
            f"the state {folder} has its ledger in itself: `maillon ledger --state {folder} --to {reference}` moves it"
        )
    checked(_named(reference))
    _write(folder, reference, token_hex(8))


def move_ledger(folder: Path, reference: str) -> int:
    """Move the ledger of a state into an empty database; return how many entries it holds.

    Nobody else may hold the state. Raises UsageError, StateError: the ledger then lies where it lay.
    """
    if (folder / PLACE).exists():
        raise UsageError(f"the ledger of {folder} lies in PostgreSQL already ({folder / PLACE})")
    if not _REFERENCE.fullmatch(reference):
        raise UsageError(_HOW)
    name = token_hex(8)
    target = PostgresLedger(_named(reference), name)
    try:
        source = Ledger(folder / SQLITE, durable=True)
        try:
            if wrong := source.verify()[1]:
                raise StateError(f"the ledger of {folder} is not whole: {wrong}")
            target.take_over(source)
        finally:
            source.close()
        whole, wrong = target.verify()
        if wrong:
            raise StateError(f"the ledger did not arrive whole: {wrong}")
    finally:
        target.close()
    _write(folder, reference, name)
    for left in (SQLITE, f"{SQLITE}-wal", f"{SQLITE}-shm"):
        (folder / left).unlink(missing_ok=True)
    return whole


def _named(reference: str) -> str:
    """Return the connection string that lies where `reference` says."""
    from maillon.edges.responders.secret import read_secret  # its neighbours are many: only where it is needed

    return read_secret(reference)


def _write(folder: Path, reference: str, name: str) -> None:
    try:
        make_folder(folder)
        with create(folder / PLACE) as file:
            file.write(f"maillon-ledger 1 {reference} {name}\n".encode())
            sync(file)
        sync_folder(folder)
    except OSError as error:
        raise StateError(f"the state directory {folder} cannot be used: {error.strerror}") from None
