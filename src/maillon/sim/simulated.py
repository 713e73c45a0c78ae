"""A simulated region: events, the indices and texts that renderers need, and the truth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from maillon.facts.event import EVENT, Action, Outcome
from maillon.sim.hashes import hashed, neighbourhoods
from maillon.sim.places import CLIENTS, client_of, network_of, network_text
from maillon.sim.roles import ROLES
from maillon.sim.routes import PAGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from maillon.sim.clock import Period
    from maillon.sim.columns import Columns
    from maillon.sim.people import People
    from maillon.sim.sittings import Sittings

SERVICE = "orientation"
_ACTIONS = np.array([page.action for page in PAGES], np.uint8)
_FIELDS = np.array([page.fields for page in PAGES], np.uint32)


@dataclass(frozen=True)
class Theft:
    """What one thief did with one account."""

    account: str
    index: int
    attack: str
    start: int  # microseconds since 1970 UTC: first access
    end: int  # last access
    pace: float  # records a day that the thief meant to read; 0 = as fast as it can
    patients: NDArray[np.int32]  # patients read, each once, in order


@dataclass(frozen=True)
class Truth:
    """Who was the thief. `thief` has one entry an event."""

    thief: NDArray[np.bool_]
    thefts: tuple[Theft, ...]
    honest: tuple[str, ...]  # accounts that were never stolen


@dataclass
class Simulated:
    """A region over a period. `columns` has one row an event, in order of time; other tables are by index."""

    seed: int
    period: Period
    people: People
    numbers: NDArray[np.int64]  # of patients; beyond `known` they belong to nobody: guesses that missed
    known: int
    sittings: Sittings
    columns: Columns
    truth: Truth

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def accounts(self) -> list[str]:
        """Names of the accounts."""
        return self.people.names

    @cached_property
    def account_hashes(self) -> NDArray[np.uint64]:
        """The hash of each account, in the order of `accounts`."""
        return hashed("account", np.arange(len(self.accounts)))

    @property
    def account(self) -> NDArray[np.int32]:
        """The account of each event, an index in `accounts`."""
        return self.sittings.account[self.columns.sitting]

    def role_of(self, account: int) -> str:
        """Return the role of an account."""
        return ROLES[int(self.people.role[account])].name

    @cached_property
    def zone(self) -> NDArray[np.int32]:
        """Seconds east of UTC at each event."""
        return self.period.zone(self.columns.at).astype(np.int32)

    @cached_property
    def events(self) -> NDArray[Any]:
        """EVENT rows in order of time."""
        columns, sittings = self.columns, self.sittings
        rows = np.zeros(len(columns), EVENT)
        rows["at"], rows["zone"], rows["listed"] = columns.at, self.zone, columns.listed
        rows["action"] = _ACTIONS[columns.page]
        rows["outcome"] = outcomes(columns.status)
        shown = rows["outcome"] == Outcome.OK
        rows["fields"] = np.where(shown, _FIELDS[columns.page], 0)
        rows["service"] = service_hash()
        rows["route"] = hashed("route", np.arange(len(PAGES)))[columns.page]
        rows["patient"] = np.append(hashed("patient", np.arange(len(self.numbers))), np.uint64(0))[columns.patient]
        rows["near"] = np.append(neighbourhoods(self.numbers), np.uint64(0))[columns.patient]
        for name, indices in (
            ("account", sittings.account),
            ("session", sittings.session),
            ("address", sittings.address),
            ("network", network_of(sittings.address)),
            ("device", client_of(sittings.agent)),
        ):
            rows[name] = hashed(name, indices)[columns.sitting]
        return rows

    def names(self) -> dict[str, dict[int, str]]:
        """Return the readable text of each hash, by kind: account, network, device, route, service."""
        networks = np.unique(network_of(self.sittings.address))
        clients = np.unique(client_of(self.sittings.agent))
        pages = np.arange(len(PAGES))
        texts = {
            "account": (self.account_hashes, self.accounts),
            "network": (hashed("network", networks), [network_text(int(net)) for net in networks]),
            "device": (hashed("device", clients), [CLIENTS[client].format(v="*") for client in clients]),
            "route": (hashed("route", pages), [f"{page.method} {page.template}".strip() for page in PAGES]),
            "service": (np.array([service_hash()]), [SERVICE]),
        }
        return {kind: dict(zip(keys.tolist(), values, strict=True)) for kind, (keys, values) in texts.items()}


def service_hash() -> np.uint64:
    """Return the hash of the one service of the region."""
    return np.uint64(hashed("service", np.zeros(1, np.int64))[0])


def outcomes(status: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return the Outcome of each HTTP status."""
    table = np.full(600, Outcome.FAILED, np.uint8)
    table[:300], table[300:400] = Outcome.OK, Outcome.REDIRECT
    table[[401, 403]], table[[404, 410]] = Outcome.REFUSED, Outcome.MISSING
    return table[status]


def patients_read(columns: Columns) -> NDArray[np.int32]:
    """Return the patients whose page was shown, each once, in order of first reading."""
    shown = (_ACTIONS[columns.page] == Action.READ) & (columns.status == 200)
    patients = columns.patient[shown]
    _, first = np.unique(patients, return_index=True)
    read: NDArray[np.int32] = patients[np.sort(first)]
    return read


def page_doing(action: int) -> int:
    """Return the first page that does an Action: what another generator's rows name to be audited by."""
    return int(np.flatnonzero(action == _ACTIONS)[0])
