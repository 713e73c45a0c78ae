"""What every responder on the shelf declares of itself, and the settings that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from maillon.facts.order import Order, Receipt


class Connection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a foreign system is reached."""

    seconds: Annotated[float, Meta(gt=0, le=60, description="how long one request may take")] = 5.0
    ca_file: Annotated[str, Meta(description="PEM file of the authorities to trust; empty = the system's")] = ""


@dataclass(frozen=True)
class Responder:
    """One row of the shelf.

    `respond` and `undo` answer with a receipt, whatever happens outside; both may be called again with the same
    order. `undo` is handed the order that releases and the receipt of what was done. `check` tries the credentials
    without acting, returns what it found as sentences, and raises ResponderError. Moments are microseconds since
    1970 UTC.
    """

    name: str
    does: str
    takes: Mapping[str, str]  # action of an order -> what is done then
    undoes: str
    settings: type[msgspec.Struct]
    respond: Callable[[Order, Any, int], Receipt]
    undo: Callable[[Order, Receipt, Any, int], Receipt]
    check: Callable[[Any], list[str]]
    needs: str = ""  # the extra of the package that it needs
    rights: tuple[str, ...] = field(default=())  # the least that it must be allowed there
