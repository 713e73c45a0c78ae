"""One screen for a terminal: what to do first, what was read, the incidents, who was only asked for more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from maillon.explain.situation import rejects_unusually, silent
from maillon.explain.words import number, percent
from maillon.facts.coverage import Coverage
from maillon.facts.findings import AccountSeries, Findings
from maillon.facts.incident import Incident
from maillon.render import story
from maillon.render.clock import offset, short, to_the_minute
from maillon.render.columns import WIDTH, table, width, wrapped
from maillon.render.safe import harmless, safe
from maillon.render.texts import kind, say

_ACCOUNTS = 12
_GROUNDS = 4
_REASONS = 4
_ASKED = 6
_WARNING = "⚠ "
_ACCOUNT_WIDTH = 24


@dataclass(frozen=True)
class _Voice:
    """How to speak: the language, and whether titles may be bold."""

    lang: str
    ansi: bool

    def say(self, code: str, **values: object) -> str:
        return say(code, self.lang, **values)

    def number(self, value: float) -> str:
        return number(value, self.lang)

    def title(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self.ansi else f"{text}\n{'─' * min(width(text), WIDTH)}"


def screen(findings: Findings, lang: str, ansi: bool = False) -> str:
    """Return the findings as plain text of at most 96 columns, in French or English; `ansi` makes titles bold."""
    voice = _Voice(lang, ansi)
    blocks = [
        *_advice(findings, voice),
        *_coverage(findings, voice),
        *(_incident(one, findings, voice) for one in story.to_look_at(findings)),
        *_asked(findings, voice),
        *_verdict(findings, voice),
    ]
    return "\n\n".join(blocks)


def _advice(findings: Findings, voice: _Voice) -> Iterator[str]:
    lines: list[str] = []
    shown: list[dict[str, str]] = []
    for one in findings.advice:
        if one.code == "short_history":
            continue  # nothing to do but wait: the verdict says it
        text = story.named(one.fr, one.en, voice.lang)
        if one.lines and one.lines in shown:
            text = f"{text} {voice.say('same_lines')}"
        lines.append(wrapped(text, first="• "))
        if one.lines not in shown:
            shown.append(one.lines)
            for where, exact in one.lines.items():
                lines.append(f"    {harmless(where)}")
                lines += [f"      {harmless(line)}" for line in exact.splitlines()]
    if lines:
        yield "\n".join([voice.title(voice.say("first")), *lines])


def _coverage(findings: Findings, voice: _Voice) -> Iterator[str]:
    if findings.coverages:
        yield "\n".join(
            [voice.title(voice.say("read")), *(_source(one, findings, voice) for one in findings.coverages)]
        )


def _source(one: Coverage, findings: Findings, voice: _Voice) -> str:
    lang, whole = voice.lang, one.records
    parts = [f"{voice.number(whole)} {voice.say('records')}"]
    if one.parsed:
        parts.append(f"{percent(one.parsed, whole, lang)} {voice.say('parsed')}")
    for code, counts in (("ignored", one.ignored), ("rejected", one.rejected)):
        if total := sum(counts.values()):
            most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            detail = ", ".join(f"{safe(kind(name, lang))} {percent(count, whole, lang)}" for name, count in most)
            parts.append(f"{percent(total, whole, lang)} {voice.say(code)} ({detail})")
    for code, count in (("duplicates", one.duplicates), ("late", one.late)):
        if count:
            parts.append(f"{percent(count, whole, lang)} {voice.say(code)}")
    if one.adopted:
        parts.append(voice.say("adopted", since=to_the_minute(one.adopted, findings.zone, lang)))
    warned = []
    if rejects_unusually(one):
        warned.append(f"{voice.say('rejected')}{story.colon(lang)} {voice.say('unusual')}")
    if silent(one, max(other.last for other in findings.coverages)):
        warned.append(voice.say("silent", since=to_the_minute(one.last, findings.zone, lang)))
    dialect = f" [{safe(one.dialect)}]" if one.dialect else ""
    sign = _WARNING if warned else "  "
    return wrapped(f"{safe(one.source, 40)}{dialect} {' · '.join([*parts, *warned])}", "      ", first=sign)


def _incident(incident: Incident, findings: Findings, voice: _Voice) -> str:
    lang, series = voice.lang, findings.series.get(incident.id, [])
    accounts = story.accounts(len(incident.accounts), lang)
    title = voice.say("incident", id=incident.id, accounts=accounts, action=story.action(incident, lang))
    lines = [voice.title(title), *_when(incident, voice), *_figures(incident, voice), *_fields(incident, voice)]
    if incident is story.gravest_first(findings.incidents)[0]:
        lines += _rules(findings, incident, voice)
    lines += _accounts(series, incident, voice)
    return "\n".join([*lines, *_why(incident, findings, voice)])


def _when(incident: Incident, voice: _Voice) -> Iterator[str]:
    since, until = (to_the_minute(at, incident.zone, voice.lang) for at in (incident.since, incident.until))
    text = voice.say("span", since=since, until=until, offset=offset(incident.until, incident.zone))
    if incident.absorbs:
        text += f" · {voice.say('absorbs', ids=', '.join(incident.absorbs))}"
    yield wrapped(text)


def _figures(incident: Incident, voice: _Voice) -> list[str]:
    lower, upper = voice.number(incident.patients_lower), voice.number(incident.patients_upper)
    bounds = f" ({voice.say('bounds', lower=lower, upper=upper)})" if upper != lower else ""
    rows = [(lower, voice.say("in_all") + bounds)]
    rows.append((voice.number(incident.patients_before_step_up), voice.say("before_step_up")))
    if incident.gravest == "contain":
        rows.append((voice.number(incident.patients_before_containment), voice.say("before_contain")))
    return table(rows, "><")


def _fields(incident: Incident, voice: _Voice) -> Iterator[str]:
    shown = story.fields_by_count(incident, voice.lang)
    if shown:
        texts = story.semicolon(voice.lang).join(f"{names} ({voice.number(count)})" for names, count in shown)
        yield wrapped(f"{voice.say('fields')}{story.colon(voice.lang)} {texts}")


def _rules(findings: Findings, incident: Incident, voice: _Voice) -> list[str]:
    rows = [
        (
            safe(name, 36),
            voice.say("of", part=voice.number(read), whole=voice.number(incident.patients_lower)),
            voice.say("of", part=stopped, whole=len(incident.accounts)),
            voice.number(others),
        )
        for name, read, stopped, others in story.rules(findings, voice.lang)
    ]
    head = (voice.say("rule"), voice.say("rule_read"), voice.say("rule_stopped"), voice.say("rule_others"))
    return ["", *table([head, *rows], "<>>>")] if rows else []


def _accounts(series: list[AccountSeries], incident: Incident, voice: _Voice) -> list[str]:
    if not series:
        return ["", wrapped(", ".join(safe(one) for one in incident.accounts))]
    rows = [tuple(voice.say(code) for code in ("account", "before_all", "step_up", "contain", "network"))]
    rows += [_row(one, incident.zone, voice) for one in series[:_ACCOUNTS]]
    lines = ["", *table(rows, "<><<<")]
    if len(series) > _ACCOUNTS:
        lines.append(f"  … {voice.say('and_more', count=len(series) - _ACCOUNTS)}")
    return [*lines, wrapped(voice.say("before_all_note"))]


def _row(one: AccountSeries, zone: int, voice: _Voice) -> tuple[str, ...]:
    never = voice.say("never")
    return (
        safe(one.account, _ACCOUNT_WIDTH),
        f"{voice.number(one.read_before_containment)} / {voice.number(one.read_in_all)}",
        short(one.step_up_at, zone, voice.lang) if one.step_up_at else never,
        short(one.contain_at, zone, voice.lang) if one.contain_at else never,
        safe(one.network, 30),
    )


def _why(incident: Incident, findings: Findings, voice: _Voice) -> list[str]:
    found = story.grounds(incident, findings.decisions)
    if not found:
        return []
    lines = ["", f"  {voice.say('why')}", *(_ground(one, findings, voice) for one in found[:_GROUNDS])]
    if len(found) > _GROUNDS:
        lines.append(f"    … {voice.say('more_in_report', count=len(found) - _GROUNDS)}")
    return lines


def _ground(ground: story.Ground, findings: Findings, voice: _Voice) -> str:
    decision, several = ground.decision, len(ground.accounts) > 1
    who = story.accounts(len(ground.accounts), voice.lang) if several else safe(decision.account)
    when = short(decision.at, decision.zone, voice.lang)
    told = story.told(decision, findings)[:_REASONS]
    reasons = story.semicolon(voice.lang).join(story.named(one.fr, one.en, voice.lang) for one in told)
    return wrapped(f"{who}, {when}{story.colon(voice.lang)} {reasons}", "      ", first="    ")


def _asked(findings: Findings, voice: _Voice) -> Iterator[str]:
    asked = story.asked(findings)
    if not asked:
        return
    lines = [voice.title(voice.say("asked", accounts=story.accounts(len(asked), voice.lang)))]
    for one in asked[:_ASKED]:
        main = "".join(story.named(reason.fr, reason.en, voice.lang) for reason in one.reasons[:1])
        when = short(one.at, one.zone, voice.lang)
        lines.append(wrapped(f"{safe(one.account)}, {when}{story.colon(voice.lang)} {main}", "      ", "  "))
    if len(asked) > _ASKED:
        lines.append(f"  … {voice.say('more_in_report', count=len(asked) - _ASKED)}")
    yield "\n".join(lines)


def _verdict(findings: Findings, voice: _Voice) -> Iterator[str]:
    told = story.verdict(findings, voice.lang)
    if told:
        yield "\n".join(wrapped(one, "") for one in told)
