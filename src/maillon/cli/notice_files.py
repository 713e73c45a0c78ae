"""The files around notices: the operator's settings, templates of their own, and what is written."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from maillon.edges.durable import write_whole
from maillon.facts.errors import StateError, UsageError
from maillon.render.notices.gaps import GAPS

_NEVER_SET = {"aware_at", "aware_by", "aware_why"}
"""Awareness is a word in the ledger (`maillon aware`), not a setting."""


class _Set(msgspec.Struct, forbid_unknown_fields=True):
    value: float
    why: str


class SeveritySettings(msgspec.Struct, forbid_unknown_fields=True):
    """`[severity]`: what a person knows of the persons and the service; `[severity.set.FACTOR]`: a factor by hand."""

    children: bool | None = None
    health: bool = True
    unintelligible: bool = False
    set: dict[str, _Set] = {}

    def changes(self) -> dict[str, tuple[float, str]]:
        """Return the factors set by hand as `adjust` takes them."""
        return {code: (one.value, one.why) for code, one in self.set.items()}


@dataclass
class Settings:
    """What an operator says once for all notices, or for one incident."""

    words: dict[str, str] = field(default_factory=dict)
    severity: SeveritySettings = field(default_factory=SeveritySettings)


def settings_from(paths: Iterable[Path]) -> Settings:
    """Read settings; a later file wins. Raises UsageError with every mistake of a file at once."""
    together: dict[str, Any] = {}
    for path in paths:
        try:
            plain = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"the settings {path} cannot be read: {error.strerror}") from None
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"the settings {path} are not TOML in UTF-8: {error}") from None
        own = plain.pop("own", {})
        severity = plain.pop("severity", {})
        if wrong := [*_wrong(plain, GAPS.keys() - _NEVER_SET), *_wrong(own, None)]:
            raise UsageError(f"{path}: {len(wrong)} mistake(s):\n" + "\n".join(f"  {one}" for one in wrong))
        together |= {**plain, **own}
        before = together.get("severity", {})
        together["severity"] = {**before, **severity, "set": {**before.get("set", {}), **severity.get("set", {})}}
    try:
        severity = msgspec.convert(together.pop("severity", {}), SeveritySettings)
    except msgspec.ValidationError as error:
        raise UsageError(f"[severity] in the settings: {error}; what may stand there: docs/notices.md") from None
    return Settings(together, severity)


def template_text(name: str, folder: Path | None) -> tuple[str, str]:
    """Return a template's text and where it was read: the operator's own of that name, else the one that ships."""
    own = folder / name if folder else None
    if own is None or not own.exists():
        return (files("maillon.render.notices") / "templates" / name).read_text(encoding="utf-8"), name
    try:
        return own.read_text(encoding="utf-8"), str(own)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"the template {own} cannot be read: {why}") from None


def write_all(out: Path, contents: Mapping[str, bytes], *, replace: bool) -> list[Path]:
    """Write the files of a notice, readable by their owner only. Raises UsageError, StateError; writes all or says why.

    A file that is there may hold what a person has filled in: it is replaced only where that was asked for.
    """
    paths = {out / name: data for name, data in contents.items()}
    there = [path.name for path in paths if path.exists()]
    if there and not replace:
        raise UsageError(
            f"{out} holds {', '.join(there)} already, perhaps with gaps filled in: --replace, or name another"
        )
    try:
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StateError(f"{out} cannot be written: {error.strerror}") from None
    for path, data in paths.items():
        try:
            write_whole(path, data)
        except OSError as error:
            raise StateError(f"{path} cannot be written: {error.strerror}") from None
    return list(paths)


def _wrong(plain: Mapping[str, Any], known: Iterable[str] | None) -> list[str]:
    wrong = []
    names = sorted(known or ())
    for key, value in plain.items():
        if known is not None and key not in names:
            near = difflib.get_close_matches(key, names, 1)
            hint = f"do you mean {near[0]}?" if near else "words for templates of your own stand under [own]"
            wrong.append(f"{key}: no such setting; {hint}")
        elif not isinstance(value, str):
            wrong.append(f"{key}: must be text in quotes")
    return wrong
