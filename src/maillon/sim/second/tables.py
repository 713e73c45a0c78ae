"""Rows of a region, kept compact: what sessions share is written once, 23 bytes an event."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from maillon.facts.event import Action
from maillon.sim.second.draws import Column
from maillon.sim.second.pages import ACTIONS
from maillon.sim.simulated import page_doing

Table = TypeVar("Table", "Rows", "Sittings")
# Auditors ask which rows showed a patient; whatever else a row did, it stands as a log-in.
_PAGES = np.where(ACTIONS == Action.READ, page_doing(Action.READ), page_doing(Action.LOGIN))


@dataclass
class Rows:
    """One entry an event."""

    at: Column  # microseconds since 1970 UTC
    sitting: Column
    patient: Column  # an identifier; -1 = none; in a batch, -2 - i = the i-th number typed for nobody
    asked: Column  # row of PAGES
    status: Column
    listed: Column

    def __len__(self) -> int:
        return len(self.at)

    def take(self, which: Column | slice) -> Rows:
        """Return some rows."""
        return Rows(*(getattr(self, field.name)[which] for field in fields(self)))

    @property
    def page(self) -> Column:
        """A page of the first region, for who audits by its pages: one that shows a patient, or one that does not."""
        return _PAGES[self.asked]


@dataclass
class Sittings:
    """One entry a use of a session from one client; the thief who replays a session has sittings of the same one."""

    account: Column
    session: Column  # NEW until the region numbers them
    address: Column
    agent: Column  # row of CLIENTS
    service: Column

    def __len__(self) -> int:
        return len(self.account)


NEW = -1


@dataclass
class Batch:
    """Some sittings and their rows, before the region is put in order."""

    sittings: Sittings
    rows: Rows
    typed: Column  # numbers that belong to nobody, in order of the rows that hold them


def joined(tables: list[Table]) -> Table:
    """Concatenate tables of one kind."""
    kind = type(tables[0])
    return kind(*(np.concatenate([getattr(table, field.name) for table in tables]) for field in fields(kind)))
