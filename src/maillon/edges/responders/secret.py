"""Secrets come from a file or from the environment, are read when they are used, and are never shown."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from maillon.facts.errors import UsageError

REFERENCE = r"^(file:/.+|env:[A-Za-z_][A-Za-z0-9_]*|)$"
"""How a setting names a secret: `file:/PATH`, `env:NAME`, or nothing. The secret itself does not match."""

Secret = Annotated[str, Meta(pattern=REFERENCE)]

_LONGEST = 65_536
_HELD = ("/run/secrets",)  # container secrets: guarded by their mount, readable by all inside


def read_secret(reference: str) -> str:
    """Return the secret that a setting names. Raises UsageError, which names the place and never the secret."""
    kind, _, place = reference.partition(":")
    if not place:
        raise UsageError("a secret is not set: name it as `file:/PATH` or `env:NAME`")
    found = os.environ.get(place, "") if kind == "env" else _read(Path(place))
    secret = found.strip("\r\n")
    if not secret:
        raise UsageError(f"the secret {reference} is empty or not set")
    return secret


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            rights = os.fstat(file.fileno()).st_mode
            text = file.read(_LONGEST).decode()
    except OSError as error:
        raise UsageError(f"the secret file {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the secret file {path} is not UTF-8 text") from None
    if rights & (stat.S_IROTH | stat.S_IWOTH) and not _guarded(path):
        raise UsageError(f"the secret file {path} is open to everybody: chmod 600 it, and change the secret")
    return text


def _guarded(path: Path) -> bool:
    """Say whether systemd or a container guards the folder by other means than the file's rights."""
    folders = (*_HELD, os.environ.get("CREDENTIALS_DIRECTORY", ""))
    return any(folder and path.is_relative_to(folder) for folder in folders)
