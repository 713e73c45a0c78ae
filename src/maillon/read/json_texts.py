"""JSON records that span lines, put together a line at a time: whole objects, and the resources within a FHIR bundle.

What is open between two lines is kept in memory only, never in a reader's state: it may name a patient.
"""

from __future__ import annotations

import re

LONGEST = 1 << 20
"""Longest record, in characters."""

_DEEPEST = 64
_TOKEN = re.compile(r'[\s,]++|"(?:[^"\\]++|\\.)*+"|[{}\[\]:]|[-+.0-9eE]++|true|false|null')
_ENTRY = [("{", ""), ("[", '"entry"'), ("{", "")]  # what is open where a bundle's resource begins


class JsonTexts:
    """The JSON text that is open. Lists around objects are passed through; so are bundles, whose resources count."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget what is open."""
        self._stack: list[tuple[str, str]] = []  # open brackets, each with the key before it
        self._key = self._word = ""
        self._parts: list[str] = []
        self._size = 0
        self._from = 0  # how many brackets are open around the record
        self._taken = True  # whether there is a record to close: a bundle is none

    @property
    def is_open(self) -> bool:
        """Whether an object has begun and not ended."""
        return bool(self._stack)

    @property
    def resting(self) -> int:
        """How many brackets of a bundle are open between its resources, 0 outside; -1 within a record."""
        between = not self._taken and self._stack == _ENTRY[: len(self._stack)]
        return len(self._stack) if between or not self._stack else -1

    def enter(self, brackets: int) -> None:
        """Stand where `resting` gave this number."""
        self.clear()
        self._stack = _ENTRY[:brackets]
        self._taken = brackets == 0

    def feed(self, line: str) -> tuple[list[str], bool]:
        """Read one line; return the records that it closes, and whether it was well formed.

        After a line that was not, nothing is open.
        """
        closed: list[str] = []
        at = begin = 0
        while at < len(line):
            mark = _TOKEN.match(line, at)
            if mark is None:
                self.clear()
                return closed, False
            piece, at = mark[0], mark.end()
            if not self._stack and piece[0] not in "{[] ,\t\r\n":
                return closed, False
            if "," in piece and piece[0] != '"':
                self._key = ""
            elif piece[0] == '"':
                self._word = piece
            elif piece == ":":
                self._key = self._word
            elif piece in "{[":
                begin = self._open(piece, mark.start(), begin)
            elif piece in "}]" and not self._close(piece, line[begin:at], closed):
                self.clear()
                return closed, False
            if len(self._stack) > _DEEPEST:
                self.clear()
                return closed, False
        if self._taken and self._stack:
            self._parts.append(line[begin:])
            self._size += len(line) - begin
            if self._size > LONGEST:
                self.clear()
                return closed, False
        return closed, True

    def _open(self, bracket: str, at: int, begin: int) -> int:
        """Take an opening bracket; return where the record's part of this line begins."""
        is_resource = bracket == "{" and self._key == '"resource"' and self._stack == _ENTRY
        if bracket == "{" and (not self._stack or is_resource):
            self._parts, self._size, self._from, self._taken = [], 0, len(self._stack), True
            begin = at
        if bracket == "{" or self._stack:  # a list around everything is passed through
            self._stack.append((bracket, self._key))
        self._key = ""
        return begin

    def _close(self, bracket: str, text: str, closed: list[str]) -> bool:
        """Take a closing bracket; return False where it cannot stand."""
        if not self._stack:
            return bracket == "]"
        self._key = ""
        if (self._stack.pop()[0] == "{") != (bracket == "}"):
            return False
        if self._taken and len(self._stack) == self._from:
            closed.append("".join(self._parts) + text)
            self._taken = False
            self._parts, self._size = [], 0
        return True
