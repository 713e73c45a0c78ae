"""Syslog: framing by length and by line, headers, and that pieces of any size give the same messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.read.syslog import LONGEST, FramingError, Message, frames, message_of

HEADER = b"<85>1 2026-03-02T08:00:00.123+01:00 portail orientations 311 IHE+RFC-3881 "


def read_all(data, size):
    """Return the messages of a stream that comes in pieces of `size` bytes."""
    found, held = [], b""
    for at in range(0, len(data), size):
        messages, taken = frames(held + data[at : at + size])
        found += messages
        held = (held + data[at : at + size])[taken:]
    return found + frames(held, at_end=True)[0]


def counted(message):
    return b"%d %s" % (len(message), message)


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_both_framings_in_pieces_of_any_size(size):
    first, second, third = HEADER + b"- a\nb\nc", b"<13>1 - - - - - - d", b"<13>1 - - - - - - e"
    data = counted(first) + counted(second) + b"\n" + second + b"\r\n" + third + b"\n\n" + counted(first) + third
    assert read_all(data, size) == [first, second, second, third, first, third]


@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(1, 30))
def test_any_messages_with_their_length_come_back(messages, size):
    messages = [message for message in messages if message]
    assert read_all(b"".join(map(counted, messages)), size) == messages


@given(st.binary(max_size=120), st.integers(1, 30))
def test_any_bytes_are_cut_alike_in_any_pieces_or_refused(data, size):
    def cut(pieces):
        try:
            return read_all(data, pieces)
        except FramingError as reason:
            return str(reason)

    assert cut(size) == cut(1000)
    for frame in cut(1000) if isinstance(cut(1000), list) else []:
        message_of(frame)


def test_what_is_too_long_is_refused_at_once():
    with pytest.raises(FramingError, match="are the most"):
        frames(b"%d <85>1 " % (LONGEST + 1))
    with pytest.raises(FramingError, match="without end"):
        frames(b"<85>1 " + b"x" * (LONGEST + 1))
    assert frames(b"%d <85>1 " % LONGEST) == ([], 0)


def test_a_length_that_is_cut_short_waits():
    assert frames(b"12") == ([], 0)
    assert frames(b"12 <13>") == ([], 0)


def test_the_header():
    assert message_of(HEADER + b"- \xef\xbb\xbf<x/>") == Message(
        85, "2026-03-02T08:00:00.123+01:00", "portail", "orientations", "311", "IHE+RFC-3881", b"<x/>"
    )
    assert message_of(b"<80>1 - - - - - -") == Message(80, "", "", "", "", "", b"")
    assert message_of(rb'<13>1 - h a - - [a@1 b="c\"] d"][e] text').body == b"text"
    assert message_of(b"<13>Mar  2 08:00:00 portail app: text") == Message(13, "", "portail", "", "", "", b"app: text")


@pytest.mark.parametrize(
    "frame", [b"", b"text", b"<13>", b"<13>2 - - - - - - x", b"<x>1 - - - - - - x", b"<13>1 - - -"]
)
def test_what_has_no_header(frame):
    assert message_of(frame) is None
