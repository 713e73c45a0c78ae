"""Syslog: messages out of a stream of bytes, and their header (RFC 5424; framing of RFC 5425 and RFC 6587).

Functions from bytes to values: files and the live listener read with the same ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 1 << 20
"""Longest message, in bytes. RFC 5425 asks for 8192 at least; audit messages with documents' metadata are longer."""

_BOM = b"\xef\xbb\xbf"
_COUNT = re.compile(rb"([1-9][0-9]{0,9}) ")
_COUNT_BEGINS = re.compile(rb"[1-9][0-9]{0,9}\Z")
_HEADER = re.compile(
    rb"<([0-9]{1,3})>1 ([!-~]{1,64}) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) "
    rb'(-|(?:\[[!#-<>-\\^-~]{1,32}(?: [!#-<>-\\^-~]{1,32}="(?:[^"\\]|\\.)*")*\])+)(?: |\Z)'
)
_OLD_HEADER = re.compile(rb"<([0-9]{1,3})>[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} ([!-~]{1,255}) ")


class FramingError(ValueError):
    """The stream cannot be cut into messages: nothing after this place can be trusted. The message says why."""


@dataclass(frozen=True)
class Message:
    """One message. Header texts are empty where the sender wrote `-` (NILVALUE)."""

    priority: int  # facility × 8 + severity
    time: str
    host: str
    app: str
    process: str
    kind: str  # MSGID
    body: bytes  # without its byte order mark


def frames(data: bytes, *, at_end: bool = False) -> tuple[list[bytes], int]:
    """Return the whole messages at the beginning of a stream's `data`, and how many bytes they took.

    A message that begins with a digit has its length in front (octet counting), another one ends at LF. The rest is
    to be given again with what comes next; `at_end` nothing does, and a last message without LF is one. Empty lines
    between messages are passed over. Raises FramingError for a length over LONGEST, or a message that goes on longer.
    """
    found: list[bytes] = []
    at = 0
    while at < len(data):
        if data[at] in b"\r\n":
            at += 1
        elif count := _COUNT.match(data, at):
            end = count.end() + int(count[1])
            if end - count.end() > LONGEST:
                raise FramingError(f"a message of {int(count[1])} bytes is announced; {LONGEST} are the most")
            if end > len(data):
                break
            found.append(data[count.end() : end])
            at = end
        elif not at_end and _COUNT_BEGINS.match(data, at):
            break
        else:
            end = data.find(b"\n", at)
            if end < 0 and not at_end:
                if len(data) - at > LONGEST:
                    raise FramingError(f"a message without end: {LONGEST} bytes are the most")
                break
            found.append(data[at : end if end >= 0 else len(data)].removesuffix(b"\r"))
            at = end + 1 if end >= 0 else len(data)
    return found, at


def message_of(frame: bytes) -> Message | None:
    """Return the message of one frame, with a header of RFC 5424 or of the older RFC 3164; None where it has none."""
    if found := _HEADER.match(frame):
        time, host, app, process, kind = (
            "" if part == b"-" else part.decode("ascii") for part in found.groups()[1:6]
        )  # fmt: skip
        return Message(int(found[1]), time, host, app, process, kind, frame[found.end() :].removeprefix(_BOM))
    if found := _OLD_HEADER.match(frame):  # its time has neither year nor zone: it is not used
        return Message(int(found[1]), "", found[2].decode("ascii"), "", "", "", frame[found.end() :].removeprefix(_BOM))
    return None
