"""The wiring of a scan: key, state, profiles, sources, runner, conclusions. Used by `scan` and `demo`."""

from __future__ import annotations

import argparse
import gc
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from maillon.edges.keys import load_or_create
from maillon.edges.ledger import Entry
from maillon.edges.ledger_place import put_ledger
from maillon.edges.sources.files import expand
from maillon.edges.sources.seen import Seen
from maillon.edges.state import State
from maillon.explain.advice import better_profile
from maillon.explain.situation import advise
from maillon.facts.decision import Decision
from maillon.facts.errors import UsageError
from maillon.facts.findings import Advice, Findings
from maillon.facts.policy import Policy
from maillon.facts.profile import Profile
from maillon.read.profile import load_profile
from maillon.read.pseudonym import Keys
from maillon.read.reader import ReadSettings
from maillon.run.intake import Feed, prepare
from maillon.run.rebuild import Fold, folded_here, rebuild
from maillon.run.scan import Crank, run, start
from maillon.score.fold import Unfolded


def scan(args: argparse.Namespace, programs: Sequence[int] = ()) -> Findings:
    """Do what `maillon scan` was asked to, and return what was found. `programs` are accounts that no person uses."""
    if args.rebuild and not args.state:
        raise UsageError("--rebuild folds the lake of a state directory again: name it with --state DIR")
    if not args.logs and not args.rebuild:
        raise UsageError("name what to read: a file, a glob, a directory, or - for standard input")
    if args.engine == "spark" and not args.state:
        raise UsageError("--engine spark folds the lake of a state directory: name it with --state DIR")
    if args.engine == "spark" and args.shards < 1:
        raise UsageError(f"--shards {args.shards}: accounts need one shard at least")
    profiles = [_profile(path) for path in args.service]
    keys = Keys(*load_or_create(args.key, args.state))
    with open_state(args.state, keys) as state:
        return _scan(args, state, keys, profiles, programs)


def open_state(folder: Path | None, keys: Keys) -> State:
    """Open the state directory, or one that vanishes."""
    key_id = keys.pseudonym("state", b"key id")
    if folder is None:
        return State.temporary(key_id)
    put_ledger(folder)
    return State(folder, key_id)


def policy_for(budget: float | None) -> Policy:
    """Return the policy for an alarm budget: the ladder's lower rungs keep their proportion to it."""
    usual = Policy()
    if budget is None:
        return usual
    if not 0 < budget < math.inf:
        raise UsageError(f"--budget {budget}: a budget is a number of wrong containments a month, above 0")
    share = budget / usual.contain
    return replace(usual, contain=budget, pace=usual.pace * share, step_up=usual.step_up * share)


def _scan(
    args: argparse.Namespace, state: State, keys: Keys, profiles: Sequence[Profile], programs: Sequence[int]
) -> Findings:
    policy = policy_for(args.budget)
    elsewhere = args.engine == "spark" and bool(args.logs)  # only read here
    if state.other_version or (args.rebuild and not elsewhere):
        why = f"was written by version {state.other_version}" if state.other_version else "is asked to be rebuilt"
        print(f"maillon: the state {state.folder} {why}: its records are folded again from its lake", file=sys.stderr)
        rebuild(state, policy, fold=_fold(args))
    before = {entry["id"] for entry in state.entries("decision")}
    feeds, memory, seals = _feeds(args, state, keys, profiles)
    crank = start(state, feeds, policy, programs, Unfolded(policy) if elsewhere else None)
    crank.memory |= memory
    crank.entries += seals
    for told in _adopted(feeds):
        print(f"maillon: {told.fr if args.lang == 'fr' else told.en}", file=sys.stderr)
    gc.freeze()
    gc.enable()
    progress = Progress()
    run(crank, progress)
    progress.end()
    if elsewhere:
        done = rebuild(state, policy, fold=_fold(args))
        crank.scoring, crank.campaigns = done.scoring, done.campaigns
    return conclude(args, crank, state, policy, before)


def _fold(args: argparse.Namespace) -> Fold:
    """Return the fold that `--engine` names."""
    if args.engine != "spark":
        return folded_here
    from maillon.run.spark import refold

    return partial(refold, shards=args.shards)


def _feeds(
    args: argparse.Namespace, state: State, keys: Keys, profiles: Sequence[Profile]
) -> tuple[list[Feed], dict[str, Any], list[Entry]]:
    """Prepare the sources; return with them the memory that grew by it and the profiles that were sealed."""
    memory = state.memory()
    sources = expand(args.logs)
    seen = Seen(memory.get("contents", []))
    begins = iter(seen.begin([file for source in sources for file in source.files]))
    sealed = {name: msgspec.convert(plain, Profile) for name, plain in memory.get("profiles", {}).items()}
    settings = ReadSettings(args.tz, args.log_format)
    feeds = [
        prepare(
            source,
            [next(begins) for _ in source.files],
            settings,
            profiles,
            sealed.get(source.name),
            keys,
            memory.get("sources", {}).get(source.name, {}),
            kept=args.state is not None,
            ask=not memory.get("unfinished"),  # what was stopped goes on with the profiles that it began with
            at_once=len(sources) == 1,
        )
        for source in sources
    ]
    entries: list[Entry] = []
    for feed in feeds:
        if sealed.get(feed.name) != feed.profile:
            sealed[feed.name] = feed.profile
            plain = msgspec.to_builtins(feed.profile)
            at, since = (feed.adopted.at, [feed.adopted.at]) if feed.adopted else (feed.first, [])
            digest = sha256(msgspec.json.encode([feed.name, plain, *since])).hexdigest()
            entries.append((digest, "profile", at, {"source": feed.name, "profile": plain}))
    return feeds, {"contents": seen.memory(), "profiles": msgspec.to_builtins(sealed)}, entries


def conclude(args: argparse.Namespace, crank: Crank, state: State, policy: Policy, before: set[str]) -> Findings:
    """Draw the findings from what was decided and what the lake holds; `before` are decisions of earlier runs."""
    # These need polars, which takes a tenth of a second to import: not before the log is read.
    from maillon.run.conclude import days_until_own, hourly_limit, incidents, with_incidents
    from maillon.run.notes import logs_begin

    decided = all_decisions(state)
    lake = state.lake()
    found, series = incidents(lake, decided, crank.campaigns.links(), crank.names)
    new = [one for one in with_incidents(decided, found) if one.id not in before]
    coverages = list(crank.coverages.values())
    moments = [c.first for c in coverages if c.first], [c.last for c in coverages if c.last]
    findings = Findings(
        coverages,
        new,
        [one for one in found if {d.id for d in new} & set(one.decisions)],
        {incident.id: series[incident.id] for incident in found},
        accounts=len(crank.scoring.accounts),
        events=sum(c.events for c in coverages),
        first=min(moments[0], default=0),
        last=max(moments[1], default=0),
        zone=decided[-1].zone if decided else 0,
        days_until_own=days_until_own(lake, policy),
        logs_begin=logs_begin(lake),
    )
    if args.hour_limit and found:
        findings.comparators.append(hourly_limit(lake, found[0], args.hour_limit))
    findings.advice = _adopted(crank.feeds) + advise(
        coverages,
        [feed.profile for feed in crank.feeds],
        [feed.name for feed in crank.feeds if feed.zoneless and not args.tz],
        crank.joined,
        findings.days_until_own,
    )
    return findings


def _adopted(feeds: Sequence[Feed]) -> list[Advice]:
    """Return what to tell of the profiles that replace a sealed one."""
    return [
        better_profile(
            feed.name,
            feed.adopted.before.unmatched / feed.adopted.before.requests,
            feed.adopted.after.unmatched / max(1, feed.adopted.after.requests),
            feed.adopted.after.patients - feed.adopted.before.patients,
        )
        for feed in feeds
        if feed.adopted
    ]


def all_decisions(state: State) -> list[Decision]:
    """Return every decision of the ledger, in event-time order."""
    return [msgspec.convert(body, Decision) for body in state.entries("decision")]


def _profile(path: Path) -> Profile:
    try:
        return load_profile(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise UsageError(f"the profile {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the profile {path} is not UTF-8 text") from None


class Progress:
    """Says on standard error, once a second, how far the reading is. Silent where that is not a terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._next = 0.0

    def __call__(self, source: str, records: int) -> None:
        """Take note of the records read so far."""
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + 1
            print(f"\r{records:>14,} records read ({source[:40]})", end="\x1b[K", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line clean."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
