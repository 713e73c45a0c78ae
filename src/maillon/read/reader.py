"""What every dialect offers: a reader that turns blocks of whole lines into records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from maillon.facts.record import Parsed


@dataclass(frozen=True)
class ReadSettings:
    """What the operator said on the command line about how to read."""

    tz: str = ""  # IANA zone for logs that write none; empty = UTC, and the coverage says so
    log_format: str = ""  # an nginx log_format string


class Reader(Protocol):
    """Reads one source. Its only memory is `state`: plain JSON that must survive a restart."""

    name: str  # of the dialect, with its variant: "combined + vhost", "keycloak json"
    zoneless: bool  # the log writes no zone
    state: dict[str, Any]

    def parse(self, block: bytes, position: int) -> Parsed:
        """Read a block of whole lines (the last may lack its LF at the end of a source) that starts at `position`."""
        ...


@dataclass(frozen=True)
class Dialect:
    """One log format on the shelf. `sniff` gives the share (0 to 1) of a sample's lines that it reads as its own."""

    name: str
    title: str
    example: bytes
    sniff: Callable[[bytes, ReadSettings], float]
    open: Callable[[bytes, ReadSettings], Reader]  # the sample tells the variant
    fields: tuple[tuple[str, str], ...] = ()  # what is read, and in which fields of the log
