"""An archive of a few files of which every byte is determined by its contents: zip (stored) or tar.

Written again from what was read of it, it must come out the same: so a changed byte of its frame is found as surely as
one of its files, and told where it lies.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from maillon.facts.errors import UsageError

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell
_BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, ValueError, KeyError, IndexError),
    *(RuntimeError, NotImplementedError, OverflowError, UnicodeError),
)


def kind_of(path: Path) -> str:
    """Return "zip" or "tar" by a file's name. Raises UsageError."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in {"zip", "tar"}:
        raise UsageError(f"{path}: an evidence pack is a .zip or a .tar")
    return kind


def packed(files: Mapping[str, bytes], kind: str) -> bytes:
    """Return the archive of `files`, in their order."""
    return _zip(files) if kind == "zip" else _tar(files)


def unpacked(data: bytes) -> tuple[dict[str, bytes], str]:
    """Return the files of an archive and what is wrong with its frame ("" = nothing), with the first wrong byte."""
    kind = "zip" if data[:2] == b"PK" or data[-22:-18] == b"PK\x05\x06" else "tar"
    files: dict[str, bytes] = {}
    broken = []
    try:
        for name, content in (_members_of_zip if kind == "zip" else _members_of_tar)(data):
            if content is None:
                broken.append(name)
            elif name in files:
                broken.append(f"{name} (twice)")
            else:
                files[name] = content
        again = packed(files, kind)
    except _BROKEN as error:
        return files, f"its frame cannot be read: {str(error)[:120]}"
    if broken:
        return files, f"these cannot be read: {', '.join(broken)}"
    if again == data:
        return files, ""
    place = next((at for at, (one, two) in enumerate(zip(again, data, strict=False)) if one != two), None)
    place = min(len(again), len(data)) if place is None else place
    return files, f"byte {place} of its frame was changed ({_beside(files, again, place)})"


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system, member.external_attr = 3, 0o100600 << 16
            archive.writestr(member, content)
    return out.getvalue()


def _tar(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _members_of_zip(data: bytes) -> list[tuple[str, bytes | None]]:
    found: list[tuple[str, bytes | None]] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
                raise zipfile.BadZipFile(f"{member.filename} is not stored as a pack stores it")
            start = member.header_offset + 30 + len(member.filename.encode())
            # Read where the frame says that it lies: the sums tell of the content, better than a CRC.
            content = data[start : start + member.file_size]
            found.append((member.filename, content if len(content) == member.file_size else None))
    return found


def _members_of_tar(data: bytes) -> list[tuple[str, bytes | None]]:
    found: list[tuple[str, bytes | None]] = []
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            found.append((member.name, content.read() if content else None))
    return found


def _beside(files: Mapping[str, bytes], again: bytes, place: int) -> str:
    """Say between which files a byte of the frame lies."""
    at = 0
    for name, content in files.items():
        start = again.find(content, at) if content else at
        if place < start:
            return f"before {name}"
        at = start + len(content)
    return "after the last file"
