"""The table `[response]` of a configuration, read with all its mistakes at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from maillon.facts.response import ResponsePolicy


@dataclass(frozen=True)
class Setting:
    """One key: what it may hold, and what it decides. Numbers lie between `least` and `most`."""

    name: str
    meaning: str
    least: float = 0
    most: float = 0


SETTINGS = (
    Setting("enforce", "false: a dry run, in which all is decided, told and answered `allow`; true: orders are done"),
    Setting("step_up", "scoring may ask for a stronger log-in"),
    Setting("pace", "scoring may slow an account"),
    Setting("contain", "scoring may end sessions and block at the proxy"),
    Setting("step_up_hours", "how long a stronger log-in is asked for", 1, 720),
    Setting("pace_hours", "how long an account is slowed", 1, 720),
    Setting("contain_hours", "how long an account is contained unless somebody confirms it", 1, 720),
    Setting("borrowed_hours", "the same where the threshold is borrowed, not the site's own", 1, 72),
    Setting("step_up_acr", "the `acr` values of log-ins that satisfy a step-up; empty: any newer log-in"),
    Setting("pace_seconds", "a slowed account opens one new patient in so many seconds", 1, 86_400),
    Setting("cap_group", "containments an hour without a person, in one establishment and role", 0, 1000),
    Setting("cap_whole", "containments an hour without a person, in all", 0, 10_000),
    Setting("emergency", "words by which the establishment or role of an emergency department is known"),
    Setting("emergency_share", "share of an emergency department that may stand contained at once", 0, 0.9),
    Setting("suspend_persons", "how many people must ask for a suspension", 1, 2),
    Setting("verdict_days", "how long a verdict `legitimate` holds", 1, 365),
    Setting("verdict_patients", "above so many patients a verdict `legitimate` needs two people", 0, 1_000_000),
    Setting("remains_fr", "the passage that remains to a suspended carer, in French: whom to call"),
    Setting("remains_en", "the same in English"),
    Setting("break_glass_minutes", "how long an emergency passage is open", 1, 240),
    Setting("break_glass_patients", "how many patients it opens", 1, 50),
    Setting("break_glass_searches", "how many searches it lets through", 0, 50),
)


def response_policy(table: Mapping[str, object]) -> tuple[ResponsePolicy, list[str]]:
    """Return the policy that the table writes, and a sentence for each of its mistakes; those keep their default."""
    known = {setting.name: setting for setting in SETTINGS}
    defaults: dict[str, Any] = {field.name: field.default for field in fields(ResponsePolicy)}
    values: dict[str, Any] = {}
    mistakes = []
    for name, value in table.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            hint = f"; did you mean {near[0]!r}?" if near else f" (known: {', '.join(known)})"
            mistakes.append(f"[response] {name}: is not known{hint}")
            continue
        default = defaults[name]
        wrong = _wrong(value, default, known[name])
        if wrong:
            mistakes.append(f"[response] {name}: {wrong}")
        else:
            values[name] = tuple(value) if isinstance(value, list) else type(default)(value)
    policy = ResponsePolicy(**values)
    if policy.borrowed_hours > policy.contain_hours:
        mistakes.append(
            f"[response] borrowed_hours: {policy.borrowed_hours} is longer than contain_hours, {policy.contain_hours}: "
            "what is borrowed is less sure"
        )
    if policy.cap_group > policy.cap_whole:
        mistakes.append(
            f"[response] cap_group: {policy.cap_group} is more than cap_whole, {policy.cap_whole}: it would never count"
        )
    return policy, mistakes


def reference() -> str:
    """Return the table of docs/response.md, printed from the declarations."""
    defaults = {field.name: field.default for field in fields(ResponsePolicy)}
    rows = [f"| `{one.name}` | `{_toml(defaults[one.name])}` | {_range(one)} | {one.meaning} |" for one in SETTINGS]
    return "\n".join(["| key | by default | from – to | meaning |", "|---|---|---|---|", *rows, ""])


def _wrong(value: object, default: object, setting: Setting) -> str:
    """Return what is wrong with a value, "" where nothing is."""
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "must be true or false"
    if isinstance(default, tuple):
        plain = isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)
        return "" if plain else "must be a list of texts"
    if isinstance(default, str):
        return "" if isinstance(value, str) else "must be a text"
    whole = isinstance(default, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        return f"must be a {'whole ' if whole else ''}number"
    if not setting.least <= value <= setting.most:
        return f"{value} is not from {setting.least:g} to {setting.most:g}"
    return ""


def _range(setting: Setting) -> str:
    return f"{setting.least:g} – {setting.most:g}" if setting.most else ""


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{one}"' for one in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
