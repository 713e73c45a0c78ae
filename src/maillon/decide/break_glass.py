"""The emergency passage: who may open it, and when its use is itself evidence.

A carer who is contained or asked for a stronger log-in states a reason and passes at once, for a bounded time and a few
patients. Without a person it opens once an account and local day. What is tried beyond its limits is a sign of theft:
it becomes a decision, and the next passage waits for a person's review; what is open stays open until it lapses.
"""

from __future__ import annotations

from hashlib import sha256

from maillon.decide.in_force import InForce
from maillon.explain.response import abuse_reason
from maillon.facts.break_glass import REASONS, BreakGlass
from maillon.facts.decision import Decision
from maillon.facts.event import Action

REFUSALS = {
    "reason": (
        "dites pourquoi : choisissez une raison de la liste",
        "say why: choose a reason of the list",
    ),
    "not_needed": (
        "rien ne bloque ce compte : l’accès d’urgence n’est pas nécessaire",
        "nothing blocks this account: no emergency passage is needed",
    ),
    "suspended": (
        "ce compte est suspendu : suivez le recours indiqué",
        "this account is suspended: take the passage that is named",
    ),
    "once_a_day": (
        "l’accès d’urgence a déjà servi aujourd’hui : l’astreinte peut en ouvrir un autre",
        "the emergency passage was used today: whoever is on call can open another",
    ),
    "review": (
        "le dernier accès d’urgence attend d’être revu : l’astreinte peut en ouvrir un autre",
        "the last emergency passage waits for its review: whoever is on call can open another",
    ),
}
"""Why a passage does not open, in French and English."""

_MINUTE_US = 60_000_000
_DAY_US = 1440 * _MINUTE_US


def open_glass(
    account: str,
    account_hash: int,
    reason: str,
    at: int,
    in_force: InForce,
    *,
    zone: int = 0,
    session: int = 0,
    person: str = "",
    why: str = "",
) -> BreakGlass | str:
    """Return the passage that opens at `at`, taken into `in_force`, or the code in REFUSALS that tells why none does.

    `zone` (seconds east of UTC) says which day is today; `person` is who allows one more, and `why`. Asking twice
    while one is open gives the same.
    """
    if reason not in REASONS:
        return "reason"
    rungs = {one.action for one in in_force.standing(account_hash, at)}
    if "suspend" in rungs:
        return "suspended"
    if not rungs & {"step_up", "end_sessions"}:
        return "not_needed"
    earlier = [one for one in in_force.glasses(account_hash) if one.at <= at]
    for glass in earlier:
        if at < glass.until and glass.session in (0, session) and not person:
            return glass
    if not person:
        if any(_day(one.at, zone) == _day(at, zone) for one in earlier):
            return "once_a_day"
        if any(_to_review(one, in_force) for one in earlier):
            return "review"
    policy = in_force.policy
    opened = BreakGlass(
        id=sha256(f"break-glass:{account_hash}:{at}".encode()).hexdigest()[:16],
        at=at,
        account=account,
        account_hash=account_hash,
        reason=reason,
        until=at + policy.break_glass_minutes * _MINUTE_US,
        patients=policy.break_glass_patients,
        searches=policy.break_glass_searches,
        session=session,
        person=person,
        why=why,
    )
    in_force.take(opened)
    return opened


def abused(glass: BreakGlass, in_force: InForce) -> tuple[int, int]:
    """Return (patients, exports) tried beyond the limits of a passage, (0, 0) where that is no more than haste."""
    refused = in_force.refused(glass)
    patients = len({one.patient for one in refused if one.patient})
    exports = sum(one.action in (Action.EXPORT, Action.TAMPER) for one in refused)
    return (patients, exports) if exports or patients >= max(1, glass.patients) else (0, 0)


def abuse(glass: BreakGlass, in_force: InForce, *, zone: int = 0) -> Decision | None:
    """Return the decision that the abuse of a passage calls for, the same each time it is asked; None without abuse."""
    patients, exports = abused(glass, in_force)
    if not patients and not exports:
        return None
    return Decision(
        id=sha256(f"break-glass abuse:{glass.id}".encode()).hexdigest()[:16],
        at=in_force.refused(glass)[-1].at,
        zone=zone,
        service="",
        account=glass.account,
        account_hash=glass.account_hash,
        action="contain",
        kind="break_glass",
        calibration="borrowed",
        reasons=(abuse_reason(patients, exports),),
        network=0,
        device=0,
        session=glass.session,
        since=glass.at,
    )


def to_review(in_force: InForce) -> list[BreakGlass]:
    """Return the passages that nobody has reviewed yet, the oldest first."""
    return [one for one in in_force.glasses() if not in_force.reviews(one)]


def _to_review(glass: BreakGlass, in_force: InForce) -> bool:
    """Tell whether a passage was abused and nobody, or somebody who calls it abuse, looked at it."""
    said = in_force.reviews(glass)
    if said:
        return said[-1].word == "abuse"
    return abused(glass, in_force) != (0, 0)


def _day(at: int, zone: int) -> int:
    return (at + zone * 1_000_000) // _DAY_US
