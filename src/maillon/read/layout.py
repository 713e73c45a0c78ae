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
}
_ACCOUNT = re.compile(r"user|login|account|uid$|subject|preferred_username|ssl_client_s_dn")
_SESSION = re.compile(r"sess(?!ion_reused)|(^|_)sid$", re.IGNORECASE)
_COOKIE = re.compile(r"^(sent_)?cookie_")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_STATEMENT = re.compile(r"\s*log_format\s+\S+\s+(?:escape=\w+\s+)?")
_PIECE = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
# Variables that together are one column of ours.
_TOGETHER = (
    (re.compile(r"\$(document_)?uri\$is_args\$(args|query_string)"), "$request_uri"),
    (re.compile(r"\$scheme://\$(host|http_host|server_name)(:\$server_port)?\$request_uri"), "$request_uri"),
)


@dataclass(frozen=True)
class Layout:
    """A compiled layout. `steps` has a row per variable: kind, slot in SLICES, offset and length of its literal."""

    name: str
    steps: NDArray[np.int64]
    literals: NDArray[np.uint8]
    first: int  # length of the literal before the first variable, at the beginning of `literals`
    required: int
    zoneless: bool  # seconds since 1970 are the only time that it writes


_COMMON = '$remote_addr $skip $remote_user [$time_local] "$request" $status $skip'
_FRONTS = {"": "", "virtual host + ": "$host ", "syslog + ": "$skip: "}
_TAILS = {"common": "", "combined": ' "$http_referer" "$http_user_agent"'}
BUILT_IN = {
    front + tail: (_FRONTS[front] + _COMMON + _TAILS[tail], 8 if front else 7) for front in _FRONTS for tail in _TAILS
}
"""Name → (log_format, how many of its variables a line must have)."""


def compile_layout(name: str, text: str, required: int = -1, *, forwarded: bool = False) -> Layout:
    """Compile an nginx `log_format`, alone or as the whole statement of nginx.conf.

    `required` is the number of variables that a line must have (-1: all). With `forwarded`, X-Forwarded-For is put
    where `nearest_client` wants it. Of several variables for one column, the first that a line does not leave
    absent counts. Raises UsageError with all that the string lacks.
    """
    pieces = _VARIABLE.split(_in_one_piece(text))
    literals = [pieces[0], *pieces[3::3]]
    names = [braced or plain for braced, plain in zip(pieces[1::3], pieces[2::3], strict=True)]
    _check(text, names, literals)
    session = any(_SESSION.search(variable) for variable in names)
    steps, offset = [], len(literals[0].encode())
    for variable, after, literal in zip(names, [*names[1:], ""], literals[1:], strict=True):
        kind, slot = _meaning(variable, forwarded=forwarded, any_cookie=not session)
        if kind == Step.USER and after not in {"time_local", "time_iso8601"}:
            kind = Step.TEXT
        size = len(literal.encode())
        steps.append((int(kind), slot, offset, size))
        offset += size
    return Layout(
        name,
        np.array(steps, np.int64),
        np.array(bytearray("".join(literals).encode() + bytes(64)), np.uint8),
        len(literals[0].encode()),
        len(steps) if required < 0 else required,
        zoneless=not {"time_local", "time_iso8601"} & set(names),
    )


def _in_one_piece(text: str) -> str:
    """Return the format that a whole `log_format` statement spells, its quoted pieces joined."""
    if statement := _STATEMENT.match(text):
        text = "".join(single or double for single, double in _PIECE.findall(text, statement.end()))
        text = re.sub(r"\\(['\"\\])", r"\1", text)
    text = re.sub(r"\$\{(\w+)\}(?!\w)", r"$\1", text)
    for variables, one in _TOGETHER:
        text = variables.sub(one, text)
    return text


def _meaning(variable: str, *, forwarded: bool, any_cookie: bool) -> tuple[Step, int]:
    if variable == "http_x_forwarded_for":
        return Step.TEXT, SLICES.index("patient") if forwarded else NOWHERE
    kind, slot = _VARIABLES.get(variable, (Step.TEXT, ""))
    if variable not in _VARIABLES:
        if _SESSION.search(variable) or (any_cookie and _COOKIE.search(variable)):
            slot = "session"
        elif _ACCOUNT.search(variable) and "agent" not in variable and not _COOKIE.search(variable):
            slot = "account"
    return kind, SLICES.index(slot) if slot else NOWHERE


def _check(text: str, names: list[str], literals: list[str]) -> None:
    """Raise UsageError for a log_format that cannot be read back."""
    mistakes = []
    if not names:
        apache = (
            ": say Apache's LogFormat in nginx's words, %h is $remote_addr, %u is $remote_user" if "%" in text else ""
        )
        mistakes.append(f"it names no variable ($remote_addr …){apache}")
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
