"""What a finding tells, in the order in which a person asks: how grave, by whom, why, and what other rules would do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maillon.explain.words import counted, number
from maillon.facts.decision import ACTIONS, Decision, Reason
from maillon.facts.findings import AccountSeries, Findings
from maillon.facts.incident import Incident
from maillon.render.safe import harmless
from maillon.render.texts import field, say

_ASKED = ("observe", "step_up")
_HEADLINES = 3
_UNKNOWN_DAYS = 9999
"""As many days or more mean that nobody can tell yet."""

_TRUTH = {"stolen": "stolen", "found": "found", "patients": "patients", "honest": "honest_contained"}


@dataclass(frozen=True)
class Ground:
    """Why one or several accounts were acted upon: one decision stands for them."""

    accounts: tuple[str, ...]
    decision: Decision


def gravest_first(incidents: Iterable[Incident]) -> list[Incident]:
    """Return the incidents by their gravest action, then by patients."""
    return sorted(incidents, key=lambda one: (-ACTIONS.index(one.gravest), -one.patients_lower, one.id))


def to_look_at(findings: Findings) -> list[Incident]:
    """Return the incidents that ask for a person, gravest first."""
    return [one for one in gravest_first(findings.incidents) if one.gravest not in _ASKED]


def asked(findings: Findings) -> list[Decision]:
    """Return, for accounts that were only asked for a stronger log-in, the first decision of each."""
    grave = {account for one in to_look_at(findings) for account in one.account_hashes}
    first: dict[int, Decision] = {}
    for decision in findings.decisions:
        if decision.action in _ASKED and decision.account_hash not in grave:
            first.setdefault(decision.account_hash, decision)
    return list(first.values())


def grounds(incident: Incident, decisions: Iterable[Decision]) -> list[Ground]:
    """Return why its accounts were acted upon: what joins them, then each account's own evidence, rarest first."""
    mine = set(incident.decisions)
    joint: dict[int, Decision] = {}
    own: dict[int, Decision] = {}
    for one in decisions:
        if one.id not in mine:
            continue
        chosen = joint if one.kind in ("campaign", "wave") else own
        if one.account_hash not in chosen or _weight(one) > _weight(chosen[one.account_hash]):
            chosen[one.account_hash] = one
    told = [Ground((one.account,), one) for one in sorted(own.values(), key=lambda one: (one.log10_p, one.id))]
    if not joint:
        return told
    return [Ground(tuple(one.account for one in joint.values()), max(joint.values(), key=_suspects)), *told]


def told(decision: Decision, findings: Findings) -> list[Reason]:
    """Return the reasons to show beside a decision: the verdict says once for all that thresholds are borrowed."""
    said = {"borrowed"} if findings.days_until_own is not None else set()
    return [one for one in decision.reasons if one.code not in said]


def others_contained(incident: Incident, findings: Findings) -> int:
    """Count the contained accounts that are not of this incident."""
    contained = {one.account_hash for one in findings.decisions if one.action == "contain"}
    return len(contained - set(incident.account_hashes))


def contained(series: Sequence[AccountSeries]) -> int:
    """Count the accounts that would have been contained."""
    return sum(1 for one in series if one.contain_at)


def rules(findings: Findings, lang: str) -> list[tuple[str, int, int, int]]:
    """Return Maillon and the simple rules beside it: name, patients read before it acts, accounts stopped, others.

    They are told of the gravest incident only.
    """
    if not findings.comparators or not findings.incidents:
        return []
    worst = gravest_first(findings.incidents)[0]
    ours = contained(findings.series.get(worst.id, []))
    return [
        ("Maillon", worst.patients_before_containment, ours, others_contained(worst, findings)),
        *(
            (named(one.name_fr, one.name_en, lang), one.patients_before, one.accounts_stopped, one.honest_stopped)
            for one in findings.comparators
        ),
    ]


def headlines(findings: Findings, lang: str) -> list[str]:
    """Return the gravest findings in a sentence each; none where nothing was decided."""
    told = []
    for one in to_look_at(findings):
        code = "headline" if one.gravest == "contain" else "headline_looked_at"
        before = number(one.patients_before_containment, lang)
        count = accounts(len(one.accounts), lang)
        told.append(say(code, lang, accounts=count, read=_read(one, lang), before=before))
    only = asked(findings)
    if only and not told:
        told.append(say("headline_asked", lang, accounts=accounts(len(only), lang)))
    return told[:_HEADLINES]


def verdict(findings: Findings, lang: str) -> list[str]:
    """Return what remains to be said whatever was found: nothing unusual, too little history, the demo's truth."""
    told = []
    if not findings.decisions:
        told.append(say(_nothing(findings), lang))
    days = findings.days_until_own
    if days is not None:
        told.append(
            say("short_history", lang, days=counted(days, say("day", lang), say("days", lang), lang))
            if days < _UNKNOWN_DAYS
            else say("short_history_open", lang)
        )
    if findings.truth:
        known = {name: number(findings.truth.get(key, 0), lang) for name, key in _TRUTH.items()}
        told.append(f"{say('truth', lang)}{colon(lang)} {say('truth_line', lang, **known)}")
    return told


def colon(lang: str) -> str:
    """Return the colon with the space that French sets before it."""
    return "\u00a0:" if lang == "fr" else ":"


def semicolon(lang: str) -> str:
    """Return what stands between two clauses."""
    return "\u202f; " if lang == "fr" else "; "


def named(fr: str, en: str, lang: str) -> str:
    """Return what carries its own two sentences in `lang`, harmless wherever it is shown."""
    return harmless(fr if lang == "fr" else en)


def accounts(count: int, lang: str) -> str:
    """Return a number of accounts in words."""
    return counted(count, say("account", lang), say("accounts", lang), lang)


def action(incident: Incident, lang: str) -> str:
    """Return the gravest action of an incident, agreeing with the number of its accounts."""
    return say(incident.gravest if len(incident.accounts) == 1 else f"many_{incident.gravest}", lang)


def fields_by_count(incident: Incident, lang: str) -> list[tuple[str, int]]:
    """Return the identity fields shown, those of equally many patients together, most patients first."""
    by_count: dict[int, list[str]] = {}
    for name, count in incident.fields.items():
        by_count.setdefault(count, []).append(field(name, lang))
    return [(", ".join(names), count) for count, names in sorted(by_count.items(), reverse=True)]


def _nothing(findings: Findings) -> str:
    """Return how to say that nothing was decided: nothing unusual, nothing new, or nothing that could be judged."""
    if findings.events or not findings.coverages:
        return "nothing"
    known = sum(one.duplicates for one in findings.coverages)
    return "nothing_new" if known and known == sum(one.records for one in findings.coverages) else "nothing_judged"


def _read(incident: Incident, lang: str) -> str:
    lower, upper = number(incident.patients_lower, lang), number(incident.patients_upper, lang)
    return lower if lower == upper else say("from_to", lang, lower=lower, upper=upper)


def _weight(decision: Decision) -> tuple[int, float]:
    return ACTIONS.index(decision.action), -decision.log10_p


def _suspects(decision: Decision) -> float:
    return max((one.numbers.get("suspects", 0.0) for one in decision.reasons), default=0.0)
