"""The chain joined: a leak or a look-alike, what the account did from then on, what was decided, what was read.

A hit is earlier than the theft it explains, by months sometimes: one counts for an incident where it is not older than
half a year, and was seen before the incident ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

import polars as pl

from maillon.facts.chain import After, Chain, Step, Visit
from maillon.facts.decision import ACTIONS, Decision, Reason
from maillon.facts.event import Action, Outcome
from maillon.facts.incident import Incident
from maillon.facts.leak import Leak

REMEMBERED_US = 180 * 86_400_000_000

_NOT_READ = [int(one) for one in (Action.LOGIN, Action.LOGOUT, Action.TAMPER, Action.OTHER)]
_WORDS = {
    "leak": (
        "un mot de passe ou un accès de ce compte est dans une fuite, antérieure à ses connexions suivantes",
        "a password or an access of this account is in a leak older than its later log-ins",
    ),
    "lookalike": (
        "ce compte est allé sur un site qui imite l’un des vôtres, puis s’est connecté",
        "this account went to a site that imitates one of yours, and logged in afterwards",
    ),
}


def since(leaks: Iterable[Leak], visits: Iterable[Visit]) -> dict[int, tuple[int, str]]:
    """Return, for each account that was hit, the first moment of a hit (µs) and its kind, "leak" or "lookalike"."""
    hits = [(one.seen, one.account_hash, "leak") for one in leaks if one.account_hash and one.seen]
    hits += [(one.at, one.account_hash, "lookalike") for one in visits]
    first: dict[int, tuple[int, str]] = {}
    for at, account, kind in sorted(hits):
        first.setdefault(account, (at, kind))
    return first


def after(lake: pl.LazyFrame, begins: Mapping[int, int]) -> dict[int, After]:
    """Return what each account did from a moment (µs) on. `begins` maps hashes to moments."""
    asked = pl.LazyFrame(
        {"account": list(begins), "since": list(begins.values())}, {"account": pl.UInt64, "since": pl.Int64}
    )
    mine = lake.filter(pl.col("outcome") == int(Outcome.OK)).join(asked, on="account")
    later = pl.col("at") >= pl.col("since")
    login = later & (pl.col("action") == int(Action.LOGIN))
    read = later & (pl.col("patient") != 0) & ~pl.col("action").is_in(_NOT_READ)
    networks = (
        mine.filter(pl.col("network") != 0)
        .group_by("account", "network")
        .agg(pl.col("at").min().alias("first"), pl.col("since").first())
        .filter(pl.col("first") >= pl.col("since"))
        .group_by("account")
        .agg(pl.len().alias("new_networks"), pl.col("first").min().alias("new_network_at"))
    )
    told = (
        mine.group_by("account")
        .agg(
            login.sum().alias("logins"),
            pl.col("at").filter(login).min().alias("first_login"),
            pl.col("at").filter(read).min().alias("first_read"),
            pl.col("at").filter(read).max().alias("last_read"),
            pl.col("patient").filter(read).n_unique().alias("patients"),
        )
        .join(networks, on="account", how="left")
        .fill_null(0)
        .collect()
    )
    done = {row["account"]: After(row.pop("account"), begins[account], **row) for account, row in _rows(told)}
    return {account: done.get(account, After(account, at)) for account, at in begins.items()}


def chain(
    incident: Incident | None,
    names: Mapping[int, str],
    leaks: Sequence[Leak],
    visits: Sequence[Visit],
    later: Mapping[int, After],
    decisions: Sequence[Decision],
) -> Chain:
    """Return the links of an incident's accounts (of all in `names`, without one), in order of time.

    `names` are readable names by hash of the accounts that are told of; `decisions`, in order of time, may be of any
    account: the first of each kind of action is a link.
    """
    until = incident.until if incident else 1 << 62
    oldest = incident.since - REMEMBERED_US if incident else 0
    steps: list[Step] = []
    for leak in leaks:
        if leak.account_hash in names and oldest <= leak.seen <= until:
            values: dict[str, str | int] = {"host": leak.host, "family": leak.family, "cookies": leak.cookies}
            steps.append(Step(leak.seen, f"leak_{leak.nature}", names[leak.account_hash], values))
    for visit in visits:
        if visit.account_hash in names and oldest <= visit.at <= until:
            values = {"name": visit.name, "via": visit.via, "brand": visit.brand}
            steps.append(
                Step(visit.at, "went_there" if visit.certain else "perhaps_there", names[visit.account_hash], values)
            )
    if steps:
        for account, name in names.items():
            if account in later:
                steps += _later(later[account], name)
        mine = set(incident.decisions) if incident else {one.id for one in decisions if one.account_hash in names}
        first = {(one.account_hash, one.action): one for one in reversed(decisions) if one.id in mine}
        steps += [Step(one.at, one.action, one.account, {"evidence": one.kind}) for one in first.values()]
    ordered = tuple(sorted(steps, key=lambda one: (one.at, _ORDER.index(one.code), one.account)))
    zone = incident.zone if incident else next((one.zone for one in decisions if one.account_hash in names), 0)
    return Chain(incident.id if incident else "", tuple(names.values()), ordered, zone)


def asked(hit: tuple[int, str], done: After, account: str, at: int, zone: int) -> Decision | None:
    """Return the step-up that a hit calls for, decided at `at` (µs); None where nobody logged in or read since.

    Its `since` is the hit: an exposure of its incident counts from the infection, not from the day it was found out.
    """
    since_, kind = hit
    if not (done.logins or done.patients):
        return None
    fr, en = _WORDS[kind]
    numbers = {"logins": float(done.logins), "new_networks": float(done.new_networks), "patients": float(done.patients)}
    return Decision(
        id=sha256(f"{done.account_hash}:{kind}:step_up:{since_}".encode()).hexdigest()[:16],
        at=at,
        zone=zone,
        service="",
        account=account,
        account_hash=done.account_hash,
        action="step_up",
        kind=kind,
        calibration="own",
        reasons=(Reason(kind, numbers, fr, en),),
        network=0,
        device=0,
        session=0,
        since=since_,
    )


_ORDER = (
    *("leak_stealer", "leak_ulp", "leak_combolist", "went_there", "perhaps_there", "login", "new_network", "read"),
    *ACTIONS,
)


def _later(done: After, name: str) -> list[Step]:
    steps = []
    if done.logins:
        steps.append(Step(done.first_login, "login", name, {"logins": done.logins}))
    if done.new_networks:
        steps.append(Step(done.new_network_at, "new_network", name, {"networks": done.new_networks}))
    if done.patients:
        steps.append(Step(done.first_read, "read", name, {"patients": done.patients, "last": done.last_read}))
    return steps


def _rows(table: pl.DataFrame) -> list[tuple[int, dict[str, int]]]:
    return [(row["account"], row) for row in table.iter_rows(named=True)]
