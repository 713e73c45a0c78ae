"""The table: every thief of both generators against Maillon and simple rules, and what honest people pay for it.

    python bench/detection.py [--section first|second|real] [--seeds 3] [--accounts 1000] [--days 45] [--thieves 5]

Three sections. `first`: the generator that Maillon is tuned on, reporting seeds, a region for each attack and seed.
`second`: the generator that nothing is fitted to, a region with thieves of each kind for each seed. `real`: library
proxies' logs of one day (../shared/data/access_ezproxy) with planted thieves, everything calibrated elsewhere.

All walk forward in event time from nothing, thresholds as they are borrowed or become a site's own. Lost = patients
whose record the thief had read when the step came, that access included; where it never came, all that it read. For
thieves of lists, rows listed count too. Honest = accounts that nobody has stolen yet; each counts once a region and
rung. Rates are per month of 40,000 accounts = 600,000 active account-days, as the alarm budget is. Intervals: 95 %,
regions drawn again 1,000 times. "Equal alarms" gives each rule the threshold at which it alarms as many of these same
honest accounts as Maillon does, which no operator could know beforehand: it favours the rules. "Joined": contained
because other accounts were suspected too; many thieves in one region join each other (--thieves 1 for each alone).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from campaigns import upper
from maillon.decide.campaign import Campaigns
from maillon.decide.decisions import decisions as decide
from maillon.decide.ladder import Ladder
from maillon.facts.decision import ACTIONS
from maillon.facts.policy import Policy
from maillon.score.fold import Scoring
from maillon.sim import NO_ATTACK, second, simulate
from maillon.sim.attacks import ATTACKS
from maillon.sim.seeds import FIRST_REPORTING
from rules import DAY, RULES, Log, joined
from thieves_in_real_logs import real_logs

RUNGS = ("step_up", "pace", "contain")
LISTERS = {"lists", "exports", "search", "export"}
AT_ONCE = 1 << 15


@dataclass
class Thief:
    """One stolen account: when it read each patient first, and when each detector would have acted."""

    kind: str
    region: int
    reads: Any  # moments, ascending
    listed: Any  # moments, rows listed
    steps: dict[str, int | None] = field(default_factory=dict)  # rung → moment
    joined: bool = False  # contained because of other accounts (campaign, wave), not on its own evidence
    tracks: dict[str, tuple[Any, Any]] = field(default_factory=dict)  # rule → (moment, score) from the theft on

    def lost(self, at: int | None) -> int:
        """Return the identities read up to a moment."""
        read = len(self.reads) if at is None else int(np.searchsorted(self.reads, at, side="right"))
        if self.kind not in LISTERS:
            return read
        moments, rows = self.listed
        return read + int(rows.sum() if at is None else rows[moments <= at].sum())


@dataclass
class Section:
    """All regions of one generator."""

    thieves: list[Thief] = field(default_factory=list)
    honest: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))  # rule → greatest score an account
    touched: Counter[str] = field(default_factory=Counter)  # rung → honest accounts, in regions without a thief
    beside: Counter[str] = field(default_factory=Counter)  # in regions with thieves
    why: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # (action, evidence, when) → honest accounts
    shared: Counter[str] = field(default_factory=Counter)  # two people behind one log-in: accounts, and asked
    account_days: Counter[str] = field(default_factory=Counter)  # "quiet" | "beside" thieves
    account_months: Counter[str] = field(default_factory=Counter)
    regions: int = 0
    programs_named: bool = False  # the operator's directory names the service accounts

    def months(self, where: str) -> float:
        """How many months of 40,000 accounts the honest ones amount to."""
        return self.account_days[where] / Policy().account_days_a_month


def judge(section: Section, region: Any, learn_days: int, rules: dict[str, Any]) -> None:
    """Add one region: Maillon first, in slices, then the rules."""
    thief, account = region.truth.thief, region.account.astype(np.int64)
    start = np.full(len(region.accounts), np.iinfo(np.int64).max)
    for theft in region.truth.thefts:
        start[theft.index] = min(start[theft.index], theft.start)
    steps, log = _maillon(region, start, section, account, learn_days)
    first = len(section.thieves)
    for theft in region.truth.thefts:
        rows = np.flatnonzero(thief & (account == theft.index))
        shown = rows[log.shown[rows]]
        _, new = np.unique(log.patient[shown], return_index=True)
        lists = rows[log.listed[rows] > 0]
        one = Thief(theft.attack, section.regions, np.sort(log.at[shown][new]), (log.at[lists], log.listed[lists]))
        mine = [(at, rung, kind) for at, index, rung, kind in steps if index == theft.index and at >= theft.start]
        one.steps = {rung: min((at for at, r, _ in mine if r >= ACTIONS.index(rung)), default=None) for rung in RUNGS}
        last = min((step for step in mine if step[1] >= ACTIONS.index("contain")), default=(0, 0, ""))
        one.joined = last[2] in ("campaign", "wave")
        section.thieves.append(one)
    for name, (track, _) in rules.items():
        who, at, score = track(log)
        early = at < start[who]
        greatest = np.full(len(start), -np.inf)
        np.maximum.at(greatest, who[early], score[early])
        section.honest[name].append(greatest)
        for one, theft in zip(section.thieves[first:], region.truth.thefts, strict=True):
            mine = np.flatnonzero((who == theft.index) & ~early)
            mine = mine[np.argsort(at[mine], kind="stable")]
            one.tracks[name] = at[mine], score[mine]
    honest = ~thief
    where = "beside" if region.truth.thefts else "quiet"
    section.account_days[where] += len(np.unique(account[honest] * (1 << 20) + log.day[honest]))
    section.account_months[where] += len(region.accounts) * region.period.days / 30
    section.regions += 1


def _maillon(region: Any, start: Any, section: Section, account: Any, learn_days: int) -> tuple[list[Any], Log]:
    """Fold a region slice by slice; return steps (moment, account, rung, evidence) and the columns for the rules."""
    scoring, ladder, campaigns, names = Scoring(Policy()), Ladder(), Campaigns(), region.names()
    index = {int(key): place for place, key in enumerate(region.account_hashes)}
    if section.programs_named:
        scoring.name_programs(key for key, place in index.items() if region.role_of(place) in ("robot", "service"))
    parts, steps = [], []
    whole = None if hasattr(region, "rows") else region.events
    for begin in range(0, len(region), AT_ONCE):
        end = min(begin + AT_ONCE, len(region))
        events = region.rows(begin, end) if whole is None else whole[begin:end]
        parts.append(Log.of(events, account[begin:end]))
        evidence = scoring.fold(events)
        decisions = decide(events, evidence, ladder, campaigns, names)
        steps += [(one.at, index[one.account_hash], ACTIONS.index(one.action), one.kind) for one in decisions]
    honest = [(who, rung) for at, who, rung, _ in steps if at < start[who]]
    learnt = int(region.rows(0, 1)["at"][0] if whole is None else whole["at"][0]) + 10 * DAY
    told = {(who, rung, kind, at < learnt) for at, who, rung, kind in steps if at < start[who]}
    thieves = "beside thieves" if region.truth.thefts else "no thief about"
    ages = ("later", "first ten days")
    section.why.update((ACTIONS[rung], f"{kind}, {thieves}", ages[early]) for _, rung, kind, early in told)
    for rung in RUNGS:
        count = section.beside if region.truth.thefts else section.touched
        count[rung] += len({who for who, reached in honest if reached >= ACTIONS.index(rung)})
    shared = getattr(region.people, "shared", None)
    if shared is not None:
        asked = {who for who, _ in honest}
        section.shared.update(shared=int(shared.sum()), others=int((~shared).sum()))
        section.shared.update("shared asked" if shared[who] else "others asked" for who in asked)
    return steps, joined(parts, learn_days)


def first_generator(args: argparse.Namespace, rules: dict[str, Any]) -> Section:
    """Simulate a region of its own for each attack and seed."""
    section = Section(programs_named=args.programs_named)
    names = [name for name in ATTACKS if not args.attack or name in args.attack]
    for place, attack in enumerate(names):
        for turn in range(args.seeds):
            seed = args.first + place * args.seeds + turn
            region = simulate(seed, accounts=args.accounts, days=args.days, thieves=args.thieves, attack=attack)
            judge(section, region, 5, rules)
        _tell(f"{attack}: {args.seeds} regions")
    for turn in range(args.quiet):
        seed = args.first + len(names) * args.seeds + turn
        judge(section, simulate(seed, accounts=args.accounts, days=args.days, attack=NO_ATTACK), 5, rules)
    _tell(f"{args.quiet} regions without a thief")
    return section


def second_generator(args: argparse.Namespace, rules: dict[str, Any]) -> Section:
    """Simulate regions with thieves of each kind at once."""
    section = Section(programs_named=args.programs_named)
    kinds = [kind for kind in second.KINDS if not args.attack or kind in args.attack]
    few = {kind: 1 if kind == "campaign" else args.thieves for kind in kinds}
    for turn in range(args.seeds):
        region = second.simulate(args.first + turn, accounts=args.accounts, days=args.days, thieves=few)
        judge(section, region, args.days * 2 // 3, rules)
        _tell(f"second generator: {turn + 1} of {args.seeds} regions")
    for turn in range(args.quiet):
        seed = args.first + args.seeds + turn
        region = second.simulate(seed, accounts=args.accounts, days=args.days, thieves={})
        judge(section, region, args.days * 2 // 3, rules)
    _tell(f"{args.quiet} regions without a thief")
    return section


def report(section: Section, title: str, rules: dict[str, Any]) -> None:
    """Print the tables of one section as Markdown."""
    print(f"\n## {title}\n")
    print(f"{section.regions} regions, {len(section.thieves)} thieves.\n")
    _honest(section, rules)
    kinds = list(dict.fromkeys(thief.kind for thief in section.thieves))
    print("\n### Maillon, by thief: share [interval]; lost median / p90 [interval of the median]\n")
    print(
        "| thief | n | contained | of them joined | lost before containment | asked | lost before a stronger log-in |"
    )
    print("|---|---|---|---|---|---|---|")
    for kind in [*kinds, "all"]:
        mine = [thief for thief in section.thieves if kind in (thief.kind, "all")]
        contained = [thief for thief in mine if thief.steps["contain"] is not None]
        joint = f"{sum(thief.joined for thief in contained) / len(contained):.0%}" if contained else "–"
        cells = [
            _share(mine, "contain"),
            joint,
            _loss(mine, "contain"),
            _share(mine, "step_up"),
            _loss(mine, "step_up"),
        ]
        print(f"| {kind} | {len(mine)} | {' | '.join(cells)} |")
    if not rules:
        return
    _beside(section, kinds, "each rule at its own setting", {name: own for name, (_, own) in rules.items()})
    for rung in ("contain", "step_up"):
        count = section.touched[rung] + section.beside[rung]
        limits = {name: _limit(section, name, count) for name in rules}
        title = f"each rule alarming as many honest accounts as Maillon's {rung}: {count}"
        _beside(section, kinds, title, limits, rung)


def _honest(section: Section, rules: dict[str, Any]) -> None:
    for where, counts in (("quiet", section.touched), ("beside", section.beside)):
        months = section.months(where)
        if not months:
            continue
        words = "no thief about" if where == "quiet" else "beside thieves, far denser than life"
        print(
            f"Honest accounts, {words}: {section.account_months[where]:,.0f} account-months, "
            f"{section.account_days[where]:,} active account-days = {months:.3f} months of 40,000 accounts.\n"
        )
        print("| Maillon | honest accounts | a month of 40,000 | promised | exact 95 % upper bound |")
        print("|---|---|---|---|---|")
        for rung in RUNGS:
            count = counts[rung]
            high = f"{upper(count) / months:.2f}" if count < 100 else "–"
            print(f"| {rung} | {count} | {count / months:.2f} | {getattr(Policy(), rung):g} | {high} |")
        print()
    if rules:
        everybody = section.months("quiet") + section.months("beside")
        print("| rule, its own setting | honest accounts | a month of 40,000 |\n|---|---|---|")
    for name, (_, own) in rules.items():
        count = sum(int((part >= own).sum()) for part in section.honest[name])
        print(f"| {name} | {count} | {count / everybody:,.1f} |")
    if section.why:
        told = sorted(section.why.items(), key=lambda pair: (-ACTIONS.index(pair[0][0]), -pair[1]))
        print(f"\nBy evidence: {'; '.join(f'{a} by {k}, {when}: {count}' for (a, k, when), count in told)}.")
    if section.shared:
        two, one = (section.shared[f"{who} asked"] / max(section.shared[who], 1) for who in ("shared", "others"))
        print(
            f"\nTwo people behind one log-in: {section.shared['shared']} accounts, {two:.2%} asked or more; "
            f"of the {section.shared['others']:,} others {one:.2%}."
        )


def _limit(section: Section, name: str, count: int) -> float:
    """Return the lowest threshold at which a rule alarms no more than `count` honest accounts."""
    scores = np.sort(np.concatenate(section.honest[name]))[::-1]
    return float(np.nextafter(scores[min(count, len(scores) - 1)], np.inf))


def _beside(section: Section, kinds: list[str], title: str, limits: dict[str, float], rung: str = "contain") -> None:
    print(f"\n### Beside it, {title}: share stopped, lost median\n")
    print(f"| thief | Maillon {rung} | {' | '.join(limits)} |")
    print("|---|---|" + "---|" * len(limits))
    for kind in [*kinds, "all"]:
        mine = [thief for thief in section.thieves if kind in (thief.kind, "all")]
        cells = [_cell(mine, [thief.steps[rung] for thief in mine])]
        cells += [_cell(mine, [_alarm(thief, name, limit) for thief in mine]) for name, limit in limits.items()]
        print(f"| {kind} | {' | '.join(cells)} |")


def _alarm(thief: Thief, name: str, limit: float) -> int | None:
    at, score = thief.tracks[name]
    high = np.flatnonzero(score >= limit)
    return int(at[high[0]]) if len(high) else None


def _cell(thieves: list[Thief], moments: list[int | None]) -> str:
    lost = [thief.lost(at) for thief, at in zip(thieves, moments, strict=True)]
    return f"{sum(at is not None for at in moments) / len(thieves):.0%}, {np.median(lost):,.0f}"


def _share(thieves: list[Thief], rung: str) -> str:
    stopped = np.array([thief.steps[rung] is not None for thief in thieves])
    low, high = _interval(thieves, stopped, np.mean)
    return f"{stopped.mean():.0%} [{low:.0%}–{high:.0%}]"


def _loss(thieves: list[Thief], rung: str) -> str:
    lost = np.array([thief.lost(thief.steps[rung]) for thief in thieves])
    low, high = _interval(thieves, lost, np.median)
    return f"{np.median(lost):,.0f} / {np.quantile(lost, 0.9):,.0f} [{low:,.0f}–{high:,.0f}]"


def _interval(thieves: list[Thief], values: Any, figure: Any) -> tuple[float, float]:
    """Return the 95 % interval of a figure when whole regions are drawn again."""
    regions = np.array([thief.region for thief in thieves])
    groups = [values[regions == region] for region in np.unique(regions)]
    draw = np.random.default_rng(1)
    figures = [
        figure(np.concatenate([groups[i] for i in draw.integers(0, len(groups), len(groups))])) for _ in range(1000)
    ]
    low, high = np.quantile(figures, (0.025, 0.975))
    return float(low), float(high)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--section", action="append", choices=("first", "second", "real"))
    parser.add_argument("--seeds", type=int, default=3, help="regions for each attack (second: regions)")
    parser.add_argument("--first", type=int, default=FIRST_REPORTING, help="reporting seeds begin at 20,000")
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--thieves", type=int, default=5, help="stolen accounts of each attack and region")
    parser.add_argument("--quiet", type=int, default=10, help="regions without a thief, for what honest people pay")
    parser.add_argument("--attack", action="append", help="only these")
    parser.add_argument("--programs-named", action="store_true", help="a directory names the service accounts")
    parser.add_argument("--without-rules", action="store_true", help="Maillon alone: large regions take less memory")
    args = parser.parse_args()
    sections = args.section or ["first", "second", "real"]
    rules = {} if args.without_rules else dict(RULES)
    try:
        import sklearn  # noqa: F401
    except ImportError:
        if rules.pop("isolation forest 0.6", None):
            _tell("without the isolation forest: pip install scikit-learn")
    begun = time.process_time()
    print(f"`python bench/detection.py {' '.join(sys.argv[1:])}`")
    if "first" in sections:
        report(first_generator(args, rules), "The first generator", rules)
    if "second" in sections:
        report(second_generator(args, rules), "The second generator (nothing is fitted to it)", rules)
    if "real" in sections:
        real_logs(Path(__file__).parent.parent.parent / "shared" / "data" / "access_ezproxy", args.seeds)
    _tell(f"{time.process_time() - begun:.0f} CPU seconds")


if __name__ == "__main__":
    main()
