"""The second region as the shared value: events, names and truth, without the first region's pages and people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from maillon.facts.event import EVENT, Outcome
from maillon.sim.hashes import neighbourhoods
from maillon.sim.second.draws import Column, keyed
from maillon.sim.second.lines import CLIENTS, network_text
from maillon.sim.second.pages import ACTIONS, FIELDS, PAGES, SERVICES
from maillon.sim.second.tables import Rows, Sittings
from maillon.sim.second.trades import NAMES
from maillon.sim.simulated import Simulated, outcomes

_SLICE = 1_000_000  # rows made at a time: what is worked on stays small beside the result


@dataclass
class Region(Simulated):
    """What `second.simulate` returns. `columns` and `sittings` are this package's tables, of the same names."""

    @cached_property
    def account_hashes(self) -> NDArray[np.uint64]:
        """The hash of each account, in the order of `accounts`."""
        return keyed("account", self.seed, np.arange(len(self.accounts)))

    def role_of(self, account: int) -> str:
        """Return the trade of an account."""
        return NAMES[int(self.people.role[account])]

    @cached_property
    def events(self) -> NDArray[Any]:
        """EVENT rows in order of time: 104 bytes each, so that large regions are better read by `rows`."""
        events = np.empty(len(self), EVENT)
        for begin in range(0, len(self), _SLICE):
            events[begin : begin + _SLICE] = self.rows(begin, begin + _SLICE)
        return events

    def rows(self, begin: int, end: int) -> NDArray[Any]:
        """Return the EVENT rows from `begin` to `end`, which may lie beyond the last."""
        columns = cast("Rows", self.columns).take(slice(begin, end))
        sittings = cast("Sittings", self.sittings)
        service = sittings.service[columns.sitting]
        rows = np.zeros(len(columns), EVENT)
        rows["at"], rows["listed"] = columns.at, columns.listed
        rows["zone"] = self.period.zone(columns.at)
        rows["action"], rows["outcome"] = ACTIONS[columns.asked], outcomes(columns.status)
        rows["fields"] = np.where(rows["outcome"] == Outcome.OK, FIELDS[service, columns.asked], 0)
        named = columns.patient >= 0
        rows["patient"] = np.where(named, keyed("patient", self.seed, columns.patient), np.uint64(0))
        rows["near"] = np.where(named, neighbourhoods(self.numbers[columns.patient]), np.uint64(0))
        rows["service"] = keyed("service", np.arange(len(SERVICES)))[service]
        rows["route"] = keyed("route", np.arange(len(SERVICES) * len(PAGES)))[service * len(PAGES) + columns.asked]
        rows["request"] = keyed("request", self.seed, np.arange(begin, begin + len(columns)))
        rows["account"] = self.account_hashes[sittings.account[columns.sitting]]
        for name, indices in (
            ("session", sittings.session),
            ("address", sittings.address),
            ("network", sittings.address >> 8),
            ("device", sittings.agent),
        ):
            rows[name] = keyed(name, self.seed, indices[columns.sitting])
        return rows

    def names(self) -> dict[str, dict[int, str]]:
        """Return the readable text of each hash, by kind: account, network, device, route, service."""
        networks, clients = np.unique(self.sittings.address >> 8), np.arange(len(CLIENTS))
        routes = [f"{service}: {page.text}" for service in SERVICES for page in PAGES]
        texts: dict[str, tuple[Column, list[str]]] = {
            "account": (self.account_hashes, self.accounts),
            "network": (keyed("network", self.seed, networks), [network_text(int(net)) for net in networks]),
            "device": (keyed("device", self.seed, clients), list(CLIENTS)),
            "route": (keyed("route", np.arange(len(routes))), routes),
            "service": (keyed("service", np.arange(len(SERVICES))), list(SERVICES)),
        }
        return {kind: dict(zip(keys.tolist(), values, strict=True)) for kind, (keys, values) in texts.items()}
