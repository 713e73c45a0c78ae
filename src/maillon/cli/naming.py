"""What a name on the command line stands for: an incident, a decision or an account."""

from __future__ import annotations

from maillon.facts.decision import Decision
from maillon.facts.errors import UsageError
from maillon.facts.findings import Findings


def spoken_of(name: str, findings: Findings) -> tuple[str, list[Decision], bool]:
    """Return what `name` (or how it begins) names, its decisions, and whether it is a whole account.

    Raises UsageError where it names nothing, or several things.
    """
    accounts = {one.account for one in findings.decisions if one.account.casefold() == name.casefold()}
    if accounts:
        return name, [one for one in findings.decisions if one.account in accounts], True
    incidents = [one for one in findings.incidents if name in one.absorbs or one.id.startswith(name)]
    decisions = [one for one in findings.decisions if one.id.startswith(name)]
    if len(incidents) + len(decisions) != 1:
        many = "several things begin so: write more of it" if incidents or decisions else "nothing is called so"
        raise UsageError(f"{name}: {many}; `maillon incidents` lists incidents, with --json the decisions too")
    if incidents:
        return incidents[0].id, [one for one in findings.decisions if one.incident == incidents[0].id], False
    return decisions[0].id, decisions, False
