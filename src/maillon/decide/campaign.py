"""One thief over several accounts: a network that only newcomers use, some of them already suspected.

Theory. A thief's exit is new to every stolen account, while a hospital's gateway has regulars. A network is a
campaign's when at least three accounts that a stranger's evidence (not volume) speaks against came to it as newcomers
of late, when they are a quarter or more of all the accounts seen there, and when it has hardly any regulars (accounts
there before the first suspect). The quarter keeps an honest migration out: there every account is a newcomer, and few
are suspected. Blind spots: a thief with a new exit for each account (see `wave`); an exit inside a carrier's crowd.

On such a network every newcomer is asked for a stronger log-in; once two suspects have crossed pace, those whose own
evidence crossed step-up are contained. `bench/campaigns.py` counts the honest accounts that this contains, migrations
included.

Everything rests on what was admitted before: the sets below only grow, in event order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.decide.ladder import Ladder, Names
from maillon.decide.wave import STRANGERS, Member, Wave
from maillon.explain.reasons import campaign_reason, wave_reason
from maillon.facts.decision import ACTIONS, Decision
from maillon.facts.event import Outcome
from maillon.facts.evidence import Kind, Rung
from maillon.facts.pool import SERVICE
from maillon.read.fresh import Fresh

SUSPECTS = 3
GRAVE = 2
"""Suspects whose evidence is grave (pace or more) from which on a network contains: three step-ups come together in an
honest change of networks now and then."""

_DAY_US = 86_400_000_000
_LATELY_US = 10 * _DAY_US
"""A network that an account came to longer ago is not what it is suspected for."""

_CROWD = 256
"""A network with more accounts than this is nobody's own: it is no longer followed."""


@dataclass
class _Network:
    """Who was seen on one network, and when first; which of them as newcomers; which are suspected."""

    first: dict[int, int] = field(default_factory=dict)
    newcomers: set[int] = field(default_factory=set)
    suspects: set[int] = field(default_factory=set)  # newcomers whose own evidence crossed step-up
    grave: set[int] = field(default_factory=set)  # of them, those whose own evidence crossed pace
    decided: dict[int, int] = field(default_factory=dict)  # newcomer → the highest rung that this network gave it
    crowd: bool = False

    def convicts(self) -> bool:
        count = len(self.suspects)
        if count < SUSPECTS or 4 * count < len(self.first):
            return False
        start = min(self.first[account] for account in self.suspects)
        regulars = sum(1 for account, at in self.first.items() if at < start - _DAY_US)
        return 4 * regulars <= count


class Campaigns:
    """Follows networks as accounts come to them. Its memory is plain JSON."""

    def __init__(self, memory: dict[str, Any] | None = None) -> None:
        memory = memory or {}
        self._wave = Wave(memory.get("wave"))
        self.known = Fresh()  # only to look at each pair once: what it forgets in a restart is looked at again
        self._born = {int(account): at for account, at in memory.get("born", {}).items()}
        self._networks = {
            int(key): _Network(
                {int(account): at for account, at in one["first"].items()},
                set(one["newcomers"]),
                set(one["suspects"]),
                set(one["grave"]),
                {int(account): rung for account, rung in one["decided"].items()},
                one["crowd"],
            )
            for key, one in memory.get("networks", {}).items()
        }

    def memory(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            "wave": self._wave.memory(),
            "born": {str(account): at for account, at in self._born.items()},
            "networks": {
                str(key): {
                    "first": {str(account): at for account, at in one.first.items()},
                    "newcomers": sorted(one.newcomers),
                    "suspects": sorted(one.suspects),
                    "grave": sorted(one.grave),
                    "decided": {str(account): rung for account, rung in one.decided.items()},
                    "crowd": one.crowd,
                }
                for key, one in self._networks.items()
            },
        }

    def links(self) -> list[tuple[int, int]]:
        """Return (account, network) of every newcomer of a campaign's network."""
        return [
            (account, key) for key, one in self._networks.items() if one.convicts() for account in sorted(one.newcomers)
        ]

    def only_suspects(self, network: int, account: int) -> bool:
        """Tell whether `account` came to a network late, and nobody but suspected accounts was ever seen there."""
        one = self._networks.get(network)
        return (
            one is not None
            and not one.crowd
            and account in one.newcomers
            and all(other == account or other in one.suspects for other in one.first)
        )

    def arrive(self, event: Any, ladder: Ladder, names: Names) -> list[Decision]:  # noqa: ANN401 - a row of EVENT
        """Note an account on a network, at one of `arrivals`; return what that decides."""
        account, network, at = int(event["account"]), int(event["network"]), int(event["at"])
        born = self._born.setdefault(account, at)
        one = self._networks.setdefault(network, _Network())
        if one.crowd or account in one.first:
            return []
        if len(one.first) >= _CROWD:
            self._networks[network] = _Network(crowd=True)
            return []
        one.first[account] = at
        if at - born < _DAY_US:
            return []
        one.newcomers.add(account)
        return self._join(network, at, int(event["zone"]), ladder, names)

    def suspect(self, row: Any, ladder: Ladder, names: Names) -> list[Decision]:  # noqa: ANN401 - a row of EVIDENCE
        """Take one row of evidence; return what it decides about other accounts and this one.

        Programs are no suspects: when their servers move, many come from a new network on one day.
        """
        if row["rung"] < Rung.STEP_UP or row["stratum"] == SERVICE or Kind(int(row["kind"])) not in STRANGERS:
            return []
        account, at, zone = int(row["account"]), int(row["at"]), int(row["zone"])
        decided: list[Decision] = []
        for key, one in list(self._networks.items()):
            if account in one.newcomers and at - one.first[account] < _LATELY_US:
                one.suspects.add(account)
                if row["rung"] >= Rung.PACE:
                    one.grave.add(account)
                decided += self._join(key, at, zone, ladder, names)
        members = self._wave.take(row, len(self._born))
        return decided + [
            _of_wave(one, members, at, zone, names)
            for one in members
            if ladder.take(one.account, int(Rung.CONTAIN), at)
        ]

    def _join(self, key: int, at: int, zone: int, ladder: Ladder, names: Names) -> list[Decision]:
        """Decide about the newcomers of a campaign's network, once a rung for each."""
        one = self._networks[key]
        if not one.convicts():
            return []
        decisions = []
        for account in sorted(one.newcomers):
            rung = Rung.CONTAIN if account in one.suspects and len(one.grave) >= GRAVE else Rung.STEP_UP
            higher = int(rung) > one.decided.get(account, 0)
            one.decided[account] = max(int(rung), one.decided.get(account, 0))
            if higher and ladder.take(account, int(rung), at):
                decisions.append(_decision(account, key, at, zone, rung, one, names))
        return decisions


def arrivals(events: NDArray[Any], known: Fresh) -> NDArray[np.intp]:
    """Return the places of the events that are the first of their account on their network, as far as `known` knows."""
    pairs = events["account"] ^ (events["network"] * np.uint64(0x9E3779B97F4A7C15))
    pairs[(events["account"] == 0) | (events["network"] == 0) | (events["outcome"] != int(Outcome.OK))] = 0
    return np.sort(known.indices(pairs))


def _of_wave(one: Member, members: list[Member], at: int, zone: int, names: Names) -> Decision:
    return Decision(
        id=sha256(f"{one.account}:wave:contain:{at}".encode()).hexdigest()[:16],
        at=at,
        zone=zone,
        service="",
        account=names["account"].get(one.account, f"account {one.account:016x}"),
        account_hash=one.account,
        action="contain",
        kind="wave",
        calibration="borrowed",
        reasons=(wave_reason(len(members)),),
        network=one.network,
        device=0,
        session=0,
        since=one.at,
        keys=(min(member.account for member in members),),
    )


def _decision(account: int, network: int, at: int, zone: int, rung: Rung, one: _Network, names: Names) -> Decision:
    action = ACTIONS[rung]
    return Decision(
        id=sha256(f"{account}:{network}:campaign:{action}:{at}".encode()).hexdigest()[:16],
        at=at,
        zone=zone,
        service="",
        account=names["account"].get(account, f"account {account:016x}"),
        account_hash=account,
        action=action,
        kind="campaign",
        calibration="borrowed",
        reasons=(campaign_reason(len(one.suspects), names.get("network", {}).get(network, "")),),
        network=network,
        device=0,
        session=0,
        since=one.first[account],
    )
