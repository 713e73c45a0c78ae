"""The spool folder DIR/inbox: what people order by hand waits here for the process that holds the state.

A file is written apart and then renamed, so that whoever looks sees all of it or nothing. It is removed when what it
says is committed; one that cannot be read is set aside under `inbox/refused`, and counted.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import msgspec

from maillon.edges.durable import create, make_folder, sync, sync_folder
from maillon.facts.break_glass import BreakGlass, Review
from maillon.facts.errors import StateError
from maillon.facts.hand import HandOrder
from maillon.facts.leak import Prior
from maillon.facts.verdict import Verdict

Word = HandOrder | Verdict | Review | BreakGlass | Prior
_KINDS: dict[str, type[Word]] = {
    "hand": HandOrder,
    "verdict": Verdict,
    "review": Review,
    "break_glass": BreakGlass,
    "prior": Prior,
}
_LONGEST = 1 << 20
"""Bytes of a file that can be a person's word."""


def put(folder: Path, word: Word) -> Path:
    """Hand a person's word to the state directory `folder`; return the file that holds it. Raises StateError."""
    kind = next(name for name, type_ in _KINDS.items() if isinstance(word, type_))
    inbox = folder / "inbox"
    path = inbox / f"{word.id}.json"
    made = inbox / f".{word.id}.{secrets.token_hex(4)}"
    try:
        make_folder(inbox)
        with create(made) as file:
            file.write(msgspec.json.encode({"v": 1, "kind": kind, "body": asdict(word)}))
            sync(file)
        owner = folder.stat()
        if os.geteuid() == 0:  # root speaks for the state's owner, who must be able to read it
            os.chown(inbox, owner.st_uid, owner.st_gid)
            os.chown(made, owner.st_uid, owner.st_gid)
        made.rename(path)
        sync_folder(inbox)
    except OSError as error:
        made.unlink(missing_ok=True)
        raise StateError(f"the order cannot be handed over in {inbox}: {error.strerror}") from None
    return path


def waiting(folder: Path, *, look_only: bool = False) -> tuple[list[tuple[Path, Word]], list[str]]:
    """Return what waits in the inbox of `folder`, the oldest word first, and a sentence for each file set aside.

    Who looks only, beside the process that holds the state, leaves every file where it is.
    """
    found: list[tuple[Path, Word]] = []
    refused = []
    for path in (folder / "inbox").glob("*.json"):
        try:
            found.append((path, _read(path)))
        except (OSError, msgspec.DecodeError, msgspec.ValidationError, ValueError, KeyError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no word of Maillon's command line"
            refused.append(f"{path} is set aside: {why}")
            if not look_only:
                _set_aside(path)
    return sorted(found, key=lambda one: (_said(one[1]), one[1].id)), refused


def remove(paths: Iterable[Path]) -> None:
    """Remove files whose words are committed."""
    for path in paths:
        path.unlink(missing_ok=True)


def _read(path: Path) -> Word:
    with path.open("rb") as file:
        rights = os.fstat(file.fileno())
        if rights.st_uid not in (0, os.geteuid()) or rights.st_mode & 0o022:
            raise PermissionError(1, "somebody else may have written it")
        text = file.read(_LONGEST)
    plain = msgspec.json.decode(text)
    if not isinstance(plain, dict) or plain.get("v") != 1:
        raise ValueError("another version")
    return msgspec.convert(plain["body"], _KINDS[plain["kind"]])


def _said(word: Word) -> int:
    return word.at if isinstance(word, BreakGlass) else word.said


def _set_aside(path: Path) -> None:
    try:
        make_folder(path.parent / "refused")
        path.rename(path.parent / "refused" / path.name)
    except OSError:
        path.unlink(missing_ok=True)
