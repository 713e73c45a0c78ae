"""What the operator decides about responses: whether any is enforced, how long each lasts, how far each may go."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ResponsePolicy:
    """Every setting of `[response]`, with a default that does no harm."""

    enforce: bool = False  # false = a dry run: all is decided and told, nothing is done
    step_up: bool = True  # which rungs may be ordered without a person
    pace: bool = True
    contain: bool = True
    step_up_hours: int = 24
    pace_hours: int = 72
    contain_hours: int = 72
    borrowed_hours: int = 12  # a containment whose threshold is not the site's own
    step_up_acr: tuple[str, ...] = ("2",)  # log-ins that satisfy a step-up; empty = any newer log-in
    pace_seconds: int = 300  # one new patient in so many seconds
    cap_group: int = 5  # containments an hour in one establishment and role
    cap_whole: int = 20  # containments an hour in all
    emergency: tuple[str, ...] = ("urgence", "samu", "smur", "réanimation", "emergency")
    emergency_share: float = 0.5  # of an emergency department's accounts, contained at the same time
    suspend_persons: int = 2
    verdict_days: int = 30
    verdict_patients: int = 100  # above these a verdict "legitimate" needs two persons
    remains_fr: str = ""  # the passage that remains to a suspended carer: whom to call, which account stands by
    remains_en: str = ""
    break_glass_minutes: int = 30
    break_glass_patients: int = 5
    break_glass_searches: int = 2
