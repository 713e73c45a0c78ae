"""Service accounts: programs read hundreds of patients a day, every day, always from the same place.

They have no peers among people, and a thief could hide in their volume. From the first days on an account that reads
like a program is judged as one: by where it comes from, and by its own volume once the site has enough of such days.
An account that was already stolen when the log begins may pass for one. Those that the operator's directory names are
programs from their first access on.
"""

from __future__ import annotations

import numpy as np

from maillon.jit import njit
from maillon.score.whole import whole

FROM_PATIENTS = 100
FROM_DAYS = 3
MOST_ORIGINS = 2
STOPPED = 255


@njit
def is_service(record: np.void) -> bool:
    """Tell whether the account behaved like a program on each of its first days."""
    days = whole(record["service"])
    served: bool = FROM_DAYS <= days < STOPPED
    return served


@njit
def note_day(record: np.void) -> None:
    """Note whether the open day, which ends, was a program's. Only the first days tell: nobody becomes one later."""
    days = whole(record["service"])
    if days >= FROM_DAYS:
        return
    program = record["patients"] >= FROM_PATIENTS and record["origin_count"] <= MOST_ORIGINS
    record["service"] = days + 1 if program and record["active_days"] == days else STOPPED
