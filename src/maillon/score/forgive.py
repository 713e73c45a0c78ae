"""A person's word "this was legitimate": what an account was suspected of becomes its own past."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import KINDS, NEVER, SERIES
from maillon.score.index import ABSENT, place_of
from maillon.score.origins import AGE_ACTIVE_DAYS, AGE_DAYS


def forgive(accounts: NDArray[Any], rows: NDArray[Any], account: int) -> bool:
    """Clear the account of what it was suspected of; return whether it is known.

    What added up is forgotten, the open day begins anew, and the origins that it has used are its own from now on.
    """
    with np.errstate(over="ignore"):
        row = int(rows[place_of(rows, accounts, np.uint64(account))])
    if row == ABSENT:
        return False
    record = accounts[row]
    for carried in ("young", "replayed", "walked", "window", "window_expected", "bucket"):
        record[carried] = 0.0
    record["session_strange"] = 0.0
    record["run"] = 0
    record["scores"] = np.zeros(KINDS, np.int32)
    record["rungs"] = np.zeros(KINDS, np.uint8)
    record["today"] = np.zeros(SERIES)
    used = int(record["origin_count"])
    if record["day"] != NEVER:
        record["origin_day"][:used] = np.minimum(record["origin_day"][:used], record["day"] - AGE_DAYS)
        record["origin_days"][:used] = np.maximum(record["origin_days"][:used], AGE_ACTIVE_DAYS + 1)
        proved = record["origin_proved"][:used]
        record["origin_proved"][:used] = np.where(proved == NEVER, record["day"], proved)
    return True
