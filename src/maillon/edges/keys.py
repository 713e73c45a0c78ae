"""The key that makes pseudonyms: one file with owner-only rights, apart from the state it protects."""

from __future__ import annotations

import os
import re
import secrets
import stat
from pathlib import Path

from maillon.facts.errors import KeyUnavailableError

_NAME = "key"
_HEADER = "maillon-key"
_KEY = re.compile(_HEADER + r" (\d{1,4}) ([0-9a-f]{64})")


def default_path() -> Path:
    """Return where the key lies when nobody says otherwise: a systemd credential, $MAILLON_KEY, the user's own."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / "maillon.key").exists():
        return Path(credentials) / "maillon.key"
    if named := os.environ.get("MAILLON_KEY"):
        return Path(named)
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "maillon" / _NAME


def load_or_create(path: Path | None, state: Path | None = None) -> tuple[bytes, int]:
    """Return the master key (32 bytes) and its version; the default file is made at first use.

    Raises KeyUnavailableError: a named file is missing, others may read it, it is malformed, or it lies under `state`.
    """
    named = path or (Path(os.environ["MAILLON_KEY"]) if os.environ.get("MAILLON_KEY") else None)
    path = path or default_path()
    if state is not None and path.resolve().is_relative_to(state.resolve()):
        raise KeyUnavailableError(
            f"the key {path} lies under the state directory {state}: keep it apart, with --key FILE"
        )
    if path.exists():
        return _read(path)
    if named is not None and not path.parent.is_dir():
        raise KeyUnavailableError(f"the key {path} does not exist, nor does its directory: make the directory first")
    return _create(path)


def save(path: Path, master: bytes, version: int) -> None:
    """Write a key file that only its owner may read.

    Raises KeyUnavailableError where it exists or cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{_HEADER} {version} {master.hex()}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise KeyUnavailableError(f"the key {path} cannot be written: {error.strerror}") from None


def _create(path: Path) -> tuple[bytes, int]:
    master = secrets.token_bytes(32)
    save(path, master, 1)
    return master, 1


def _read(path: Path) -> tuple[bytes, int]:
    try:
        rights = path.stat()
        words = path.read_text(encoding="ascii").split()
    except OSError as error:
        raise KeyUnavailableError(f"the key {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        words = []
    if rights.st_mode & (stat.S_IRWXG | stat.S_IRWXO) and not os.environ.get("CREDENTIALS_DIRECTORY"):
        raise KeyUnavailableError(f"the key {path} is open to others: chmod 600 it, and treat it as known to them")
    found = _KEY.fullmatch(" ".join(words))
    if not found:
        raise KeyUnavailableError(f"the key {path} is not a key file of Maillon: restore it from its backup")
    return bytes.fromhex(found[2]), int(found[1])
