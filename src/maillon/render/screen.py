"""One screen for a terminal: what to do first, what was read, the incidents, who was only asked for more."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from maillon.explain.words import number
from maillon.facts.coverage import Coverage
from maillon.facts.decision import Decision
from maillon.facts.findings import AccountSeries, Findings
from maillon.facts.incident import Incident
from maillon.render.clock import to_the_minute
from maillon.render.safe import safe
from maillon.render.texts import say

_WIDTH = 96
_ACCOUNTS = 12
_ASKED = 8


def screen(findings: Findings, lang: str) -> str:
    """Return the findings as plain text of at most 96 columns."""
    blocks = [
        *_advice(findings, lang),
        _coverage(findings, lang),
        *(_incident(one, findings, lang) for one in findings.incidents if one.gravest != "step_up"),
        *_asked(findings, lang),
    ]
    if not findings.decisions:
        blocks.append(say("nothing", lang))
    return "\n\n".join(block for block in blocks if block)


def _title(text: str) -> str:
    return f"{text}\n{'─' * len(text)}"


def _wrapped(text: str, indent: str = "  ", first: str | None = None) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )


def _advice(findings: Findings, lang: str) -> Iterator[str]:
    if not findings.advice:
        return
    lines = [_title(say("first", lang))]
    for one in findings.advice:
        lines.append(_wrapped(safe(one.fr if lang == "fr" else one.en, 600), first="• "))
        for where, exact in one.lines.items():
            lines.append(f"    # {where}")
            lines += [f"    {line}" for line in exact.splitlines()]
    yield "\n".join(lines)


def _coverage(findings: Findings, lang: str) -> str:
    return "\n".join([_title(say("read", lang)), *(_source(one, lang) for one in findings.coverages)])


def _source(one: Coverage, lang: str) -> str:
    parts = [f"{number(one.records, lang)} {say('records', lang)}", f"{number(one.parsed, lang)} {say('parsed', lang)}"]
    for code, counts in (("ignored", one.ignored), ("rejected", one.rejected)):
        if total := sum(counts.values()):
            detail = ", ".join(f"{kind} {number(count, lang)}" for kind, count in sorted(counts.items()) if count)
            parts.append(f"{number(total, lang)} {say(code, lang)} ({detail})")
    for code, count in (("duplicates", one.duplicates), ("late", one.late)):
        if count:
            parts.append(f"{number(count, lang)} {say(code, lang)}")
    name = safe(one.source, 40)
    return _wrapped(f"{name} [{one.dialect}] {' · '.join(parts)}" if one.dialect else f"{name} {' · '.join(parts)}")


def _incident(incident: Incident, findings: Findings, lang: str) -> str:
    series = findings.series.get(incident.id, [])
    count = len(incident.accounts)
    noun = say("account" if count == 1 else "accounts", lang)
    title = f"{say('incident', lang)} {incident.id} · {count} {noun} · {say(incident.gravest, lang)}"
    start, end = to_the_minute(incident.since, incident.zone), to_the_minute(incident.until, incident.zone)
    span = f"{say('since', lang)} {start}, {say('until', lang)} {end}"
    lower, upper = number(incident.patients_lower, lang), number(incident.patients_upper, lang)
    bounds = say("between", lang).format(lower=lower, upper=upper)
    lines = [
        _title(title),
        f"  {span}",
        f"  {say('identities', lang)} {say('in_all', lang)}: {lower} ({bounds})",
        f"  {say('identities', lang)} {say('before_step_up', lang)}: {number(incident.patients_before_step_up, lang)}",
        f"  {say('identities', lang)} {say('before', lang)}: {number(incident.patients_before_containment, lang)}",
    ]
    if incident.fields:
        shown = ", ".join(f"{say(f, lang)} {number(n, lang)}" for f, n in incident.fields.items())
        lines.append(_wrapped(f"{say('fields', lang)}: {shown}"))
    lines += _comparison(incident, findings, lang)
    lines.append("")
    lines += [_account(one, incident.zone, lang) for one in series[:_ACCOUNTS]]
    if len(series) > _ACCOUNTS:
        lines.append(f"  … + {len(series) - _ACCOUNTS}")
    lines += ["", f"  {say('why', lang)}"]
    lines += _reasons(incident, findings, lang)
    return "\n".join(lines)


def _comparison(incident: Incident, findings: Findings, lang: str) -> Iterator[str]:
    if not findings.comparators or incident is not findings.incidents[0]:
        return
    rows = [
        (
            "Maillon",
            incident.patients_before_containment,
            sum(1 for one in findings.series.get(incident.id, []) if one.contain_at),
        ),
        *(
            (one.name_fr if lang == "fr" else one.name_en, one.patients_before, one.accounts_stopped)
            for one in findings.comparators
        ),
    ]
    wide = max(len(name) for name, _, _ in rows)
    yield ""
    for name, before, stopped in rows:
        yield (
            f"    {name:<{wide}}  {number(before, lang):>8} / {number(incident.patients_lower, lang)} "
            f"{say('patients', lang)}, {stopped}/{len(incident.accounts)} {say('stopped', lang)}"
        )


def _account(one: AccountSeries, zone: int, lang: str) -> str:
    when = f"{say('contain', lang)} {to_the_minute(one.contain_at, zone)}" if one.contain_at else say("never", lang)
    if one.step_up_at:
        when = f"{say('step_up', lang)} {to_the_minute(one.step_up_at, zone)}, {when}"
    read = f"{number(one.read_before_containment, lang)}/{number(one.read_in_all, lang)} {say('patients', lang)}"
    where = f" {safe(one.network)} {safe(one.device)}".rstrip()
    return _wrapped(f"{safe(one.account)}: {read}; {when};{where}", indent="      ", first="    ")


def _reasons(incident: Incident, findings: Findings, lang: str) -> Iterator[str]:
    mine = [one for one in findings.decisions if one.id in set(incident.decisions)]
    gravest = [one for one in mine if one.action == incident.gravest][:3]
    for decision in gravest:
        yield _decision(decision, lang)


def _decision(decision: Decision, lang: str) -> str:
    why = " ; ".join(reason.fr if lang == "fr" else reason.en for reason in decision.reasons)
    if decision.calibration == "borrowed":
        why += f" ; {say('borrowed', lang)}"
    head = f"{safe(decision.account)}, {to_the_minute(decision.at, decision.zone)}"
    return _wrapped(f"{head} : {why}", indent="      ", first="    ")


def _asked(findings: Findings, lang: str) -> Iterator[str]:
    names = {one.id for one in findings.incidents if one.gravest == "step_up"}
    asked = [one for one in findings.decisions if one.incident in names]
    if not asked:
        return
    lines = [_title(f"{say('asked', lang)} ({len({one.account for one in asked})})")]
    lines += [_decision(one, lang) for one in asked[:_ASKED]]
    if len(asked) > _ASKED:
        lines.append(f"    … + {len(asked) - _ASKED}")
    yield "\n".join(lines)
