"""The key that makes pseudonyms: one file with owner-only rights, apart from the state it protects."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from maillon.edges.durable import create, make_folder, sync, sync_folder
from maillon.facts.errors import KeyUnavailableError

_KEY = re.compile(
    r"maillon-key (\d{1,4}) ([0-9a-f]{64})(?: maillon-coming (\d{1,4}) ([0-9a-f]{64}))?"
    r"((?: maillon-lasting [\w:]{1,40} [0-9a-f]{64})*)",
    re.ASCII,
)
_LASTING = re.compile(r" maillon-lasting (\S+) (\S+)")
_LONGEST = 4000  # bytes of a file that can be a key


class Master(NamedTuple):
    """What a key file holds: the arguments of read/pseudonym.py's Keys."""

    master: bytes
    version: int
    lasting: dict[str, bytes] = {}  # noqa: RUF012 - never written to
    coming: tuple[bytes, int] | None = None


def default_path() -> Path:
    """Return where the key lies when nobody says otherwise: a systemd credential, $MAILLON_KEY, the user's own."""
    folder = credentials()
    if folder and os.access(folder / "maillon.key", os.F_OK):
        return folder / "maillon.key"
    if named := os.environ.get("MAILLON_KEY"):
        return Path(named)
    return own_folder() / "key"


def load_or_create(path: Path | None, state: Path | None = None, *, create: bool = True) -> Master:
    """Return the master key (32 bytes), its version, and what a rotation left with it.

    The user's own file is made at first use, a named one is not.
    With `create` false none is made: who only reads a state needs the key it was made with.

    Raises KeyUnavailableError: a named file is missing, others may read it, it is malformed, or it lies under `state`.
    """
    path = path or default_path()
    if state is not None and path.resolve().is_relative_to(state.resolve()):
        raise KeyUnavailableError(
            f"the key {path} lies under the state directory {state}: keep it apart, with --key FILE"
        )
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    if path != own_folder() / "key" or not create:
        raise KeyUnavailableError(
            f"the key {path} does not exist: mend its name, bring it back (maillon restore --key-from FILE --key "
            f"{path}), or run once without naming a key and move the one that is made, {own_folder() / 'key'}"
        )
    return _create(path)


def save(
    path: Path,
    master: bytes,
    version: int,
    lasting: Mapping[str, bytes] | None = None,
    coming: tuple[bytes, int] | None = None,
    *,
    replace: bool = False,
) -> None:
    """Write a key file that only its owner may read, whole or not at all.

    Raises KeyUnavailableError where it exists (but with `replace`) or cannot be written.
    """
    try:
        place(path, _text(Master(master, version, dict(lasting or {}), coming)), replace=replace)
    except OSError as error:
        raise KeyUnavailableError(f"the key {path} cannot be written: {error.strerror}") from None


def _create(path: Path) -> Master:
    try:
        place(path, _text(Master(secrets.token_bytes(32), 1)))
    except FileExistsError:
        pass  # another process was first: its key counts
    except OSError as error:
        raise KeyUnavailableError(f"the key {path} cannot be made: {error.strerror}") from None
    return _read(path)


def place(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write a secret's file, whole or not at all; one that is there stays, but with `replace`. Raises OSError."""
    make_folder(path.parent)
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with create(made) as file:
            file.write(content)
            sync(file)
        if replace:
            made.rename(path)
        else:
            os.link(made, path)  # unlike a renaming, it never replaces a key
    finally:
        made.unlink(missing_ok=True)
    sync_folder(path.parent)


def read_guarded(path: Path) -> bytes:
    """Return what a secret's file holds. Raises FileNotFoundError, and KeyUnavailableError where others reach it."""
    try:
        with path.open("rb") as file:
            rights = os.fstat(file.fileno())
            content = file.read(_LONGEST)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise KeyUnavailableError(f"the key {path} cannot be read: {error.strerror}") from None
    if path.parent != credentials():  # systemd guards its credentials by other means
        if rights.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyUnavailableError(f"the key {path} is open to others: chmod 600 it, and treat it as known to them")
        if rights.st_uid not in (0, os.geteuid()):
            raise KeyUnavailableError(f"the key {path} belongs to another user, who may change it: chown it")
    return content


def _read(path: Path) -> Master:
    """Return what the key file holds. Raises FileNotFoundError, KeyUnavailableError."""
    found = _KEY.fullmatch(" ".join(read_guarded(path).decode("ascii", "replace").split()))
    if not found:
        raise KeyUnavailableError(f"the key {path} is not a key file of Maillon: restore it from its backup")
    lasting = {label.replace(":", "\x1f"): bytes.fromhex(key) for label, key in _LASTING.findall(found[5])}
    coming = (bytes.fromhex(found[4]), int(found[3])) if found[3] else None
    return Master(bytes.fromhex(found[2]), int(found[1]), lasting, coming)


def _text(key: Master) -> bytes:
    lines = [f"maillon-key {key.version} {key.master.hex()}"]
    if key.coming:
        lines.append(f"maillon-coming {key.coming[1]} {key.coming[0].hex()}")
    lines += [f"maillon-lasting {label.replace(chr(31), ':')} {one.hex()}" for label, one in key.lasting.items()]
    return "".join(f"{line}\n" for line in lines).encode()


def own_folder() -> Path:
    """Return the folder of the user's own keys."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "maillon"


def credentials() -> Path | None:
    """Return the folder of systemd's credentials, where there is one."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder) if folder else None
