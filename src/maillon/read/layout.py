"""The layout of an access log: an nginx `log_format` string compiled into a few numbers for the scanner.

A layout is a row of steps. Each step reads one variable up to the literal that follows it. Steps after the first
`required` ones are wished for: a line that lacks them is still a record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from maillon.facts.errors import UsageError
from maillon.facts.record import SLICES


class Step(IntEnum):
    """How a variable is read."""

    TEXT = 0  # up to the literal that follows
    USER = 1  # up to the timestamp of the next step, whatever the name holds
    LOCAL_TIME = 2  # 10/Oct/2024:13:55:36 +0200
    ISO_TIME = 3  # 2024-10-10T13:55:36+02:00
    EPOCH = 4  # 1728561336.123
    STATUS = 5
    REQUEST = 6  # method, target, protocol
    METHOD = 7
    QUERY = 8  # the part of the target after ?, written on its own


NOWHERE = len(SLICES)
"""The slot of a text that is read and not kept."""

_VARIABLES = {
    "remote_user": (Step.USER, "account"),
    "time_local": (Step.LOCAL_TIME, ""),
    "time_iso8601": (Step.ISO_TIME, ""),
    "msec": (Step.EPOCH, ""),
    "status": (Step.STATUS, ""),
    "request": (Step.REQUEST, ""),
    "request_method": (Step.METHOD, ""),
    "request_uri": (Step.TEXT, "target"),
    "uri": (Step.TEXT, "target"),
    "args": (Step.QUERY, ""),
    "query_string": (Step.QUERY, ""),
    "remote_addr": (Step.TEXT, "address"),
    "http_host": (Step.TEXT, "host"),
    "host": (Step.TEXT, "host"),
    "server_name": (Step.TEXT, "host"),
    "http_referer": (Step.TEXT, "referrer"),
    "http_user_agent": (Step.TEXT, "agent"),
    "request_id": (Step.TEXT, "request"),
    "http_x_request_id": (Step.TEXT, "request"),
    "session": (Step.TEXT, "session"),
    "account": (Step.TEXT, "account"),
}
_ACCOUNT = re.compile(r"user|login|uid$|subject|preferred_username")
_SESSION = re.compile(r"^(cookie_|sent_cookie_)|session|(^|_)sid$")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class Layout:
    """A compiled layout. `steps` has a row per variable: kind, slot in SLICES, offset and length of its literal."""

    name: str
    steps: NDArray[np.int32]
    literals: NDArray[np.uint8]
    first: int  # length of the literal before the first variable, at the beginning of `literals`
    required: int


COMMON = '$remote_addr $skip $remote_user [$time_local] "$request" $status $skip'
COMBINED = COMMON + ' "$http_referer" "$http_user_agent"'
BUILT_IN = {
    "common": COMMON,
    "combined": COMBINED,
    "virtual host + common": "$host " + COMMON,
    "virtual host + combined": "$host " + COMBINED,
}


def compile_layout(name: str, text: str, required: int = -1, forwarded: str = "address") -> Layout:
    """Compile an nginx `log_format` string.

    `required` is the number of variables that a line must have (-1: all). `forwarded` is the slot of
    X-Forwarded-For. Raises UsageError with what the string lacks.
    """
    pieces = _VARIABLE.split(text)
    literals = [pieces[0], *pieces[3::3]]
    names = [braced or plain for braced, plain in zip(pieces[1::3], pieces[2::3], strict=True)]
    _check(text, names, literals)
    steps, taken, offset = [], set(), len(literals[0].encode())
    for variable, after, literal in zip(names, [*names[1:], ""], literals[1:], strict=True):
        kind, slot = _meaning(variable, forwarded)
        if slot in taken:
            slot = NOWHERE
        elif slot != NOWHERE:
            taken.add(slot)
        if kind == Step.USER and after not in {"time_local", "time_iso8601"}:
            kind = Step.TEXT
        size = len(literal.encode())
        steps.append((int(kind), slot, offset, size))
        offset += size
    return Layout(
        name,
        np.array(steps, np.int32),
        np.frombuffer("".join(literals).encode() + bytes(64), np.uint8),
        len(literals[0].encode()),
        len(steps) if required < 0 else required,
    )


def _meaning(variable: str, forwarded: str) -> tuple[Step, int]:
    if variable == "http_x_forwarded_for":
        return Step.TEXT, SLICES.index(forwarded) if forwarded else NOWHERE
    kind, slot = _VARIABLES.get(variable, (Step.TEXT, ""))
    if variable not in _VARIABLES:
        if _SESSION.search(variable):
            slot = "session"
        elif _ACCOUNT.search(variable) and "agent" not in variable:
            slot = "account"
    return kind, SLICES.index(slot) if slot else NOWHERE


def _check(text: str, names: list[str], literals: list[str]) -> None:
    """Raise UsageError for a log_format that cannot be read back."""
    mistakes = []
    if not names:
        mistakes.append("it names no variable ($remote_addr …)")
    if not {"time_local", "time_iso8601", "msec"} & set(names):
        mistakes.append("it writes no time ($time_local, $time_iso8601 or $msec)")
    if not {"request", "request_uri", "uri"} & set(names):
        mistakes.append("it writes no request ($request or $request_uri)")
    mistakes += [
        f"${one} and ${other} touch: nothing tells where the first ends"
        for one, other, between in zip(names, names[1:], literals[1:], strict=False)
        if not between
    ]
    if mistakes:
        raise UsageError(f"--log-format {text!r}: " + "; ".join(mistakes))
