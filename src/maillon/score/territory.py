"""Territory: whose colleagues have read a patient before. It needs no directory: a community is a home network.

What an account reads for the first time is explained where colleagues (accounts at home on the same network) read that
patient before, as of the last turn of the day: nobody's score depends on what another does in the same hour. Relations
of this kind explain most honest accesses in hospital studies (Fabbri and LeFevre, PVLDB 5(1), 2011); a thief who takes
patients of a whole region is explained now and then by chance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import ORIGINS
from maillon.jit import njit
from maillon.score.origins import is_old
from maillon.score.whole import whole

TERRITORY = np.dtype([("patient", "<u4"), ("latest", "<u2"), ("before", "<u2")])
"""The two communities that read a patient last, under 32 bits of its hash. An empty place has patient 0.

Among n patients remembered, one never seen passes for remembered with probability n / 2³² (0.1 % at 5 million).
"""

MET = np.dtype([("patient", "<u8"), ("community", "<u2")])
"""A patient read from home, waiting for the turn of the day."""

FEWEST = 1 << 12
MOST = 1 << 24
"""Places at most (128 MB). When seven in ten are taken, patients not remembered stay unexplained."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_HIGH32, _HIGH16 = np.uint64(32), np.uint64(48)
_UPPER48 = ~np.uint64(0xFFFF)


@njit
def community_of(network: np.uint64) -> int:
    """Return the community (1 to 65,535) of those who are at home on a network; 0 for an absent one."""
    if network == np.uint64(0):
        return whole(0)
    return max(whole(1), whole((network * _SPREAD) >> _HIGH16))


@njit
def home_of(record: np.void) -> int:
    """Return the community of the network that the account has used on most days, its young origins left out."""
    best = -1
    for origin in range(min(whole(record["origin_count"]), ORIGINS)):
        if is_old(record, origin, whole(record["day"])) and (
            best < 0 or record["origin_days"][origin] > record["origin_days"][best]
        ):
            best = origin
    return community_of(record["origin_network"][best]) if best >= 0 else whole(0)


@njit
def _place(table: NDArray[Any], print_: int) -> int:
    mask = len(table) - 1
    place = (print_ ^ (print_ >> 15)) & mask
    while table[place]["patient"] != 0 and table[place]["patient"] != print_:
        place = (place + 1) & mask
    return place


@njit
def _print(patient: np.uint64) -> int:
    return max(whole(1), whole(patient >> _HIGH32))


@njit
def is_explained(table: NDArray[Any], patient: np.uint64, home: int, here: int) -> bool:
    """Tell whether one of two communities (0 = none) read the patient before."""
    found = table[_place(table, _print(patient))]
    latest, before = whole(found["latest"]), whole(found["before"])
    at_home: bool = home != 0 and (latest == home or before == home)  # noqa: PLR1714 - compiled code: no tuples
    return at_home or (here != 0 and (latest == here or before == here))  # noqa: PLR1714


@njit
def _note(table: NDArray[Any], met: NDArray[Any], room: int) -> int:
    """Remember who read whom; return how many places were taken, at most `room`."""
    taken = 0
    for row in range(len(met)):
        print_, community = _print(met[row]["patient"]), whole(met[row]["community"])
        found = table[_place(table, print_)]
        if found["patient"] == 0:
            if taken == room:
                continue
            found["patient"] = print_
            taken += 1
        if found["latest"] != community:
            found["before"] = found["latest"]
            found["latest"] = community
    return taken


@njit
def _move(table: NDArray[Any], grown: NDArray[Any]) -> None:
    for row in range(len(table)):
        if table[row]["patient"] != 0:
            place = _place(grown, whole(table[row]["patient"]))
            grown[place] = table[row]


def distinct(met: NDArray[Any]) -> NDArray[Any]:
    """Return the different rows of MET, sorted, of each patient the upper 48 bits: the territory keeps but 32.

    Packed into one number each: three times as fast as sorting rows of two columns.
    """
    packed = np.sort((met["patient"] & _UPPER48) | met["community"].astype(np.uint64))
    packed = packed[np.append(True, packed[1:] != packed[:-1])] if len(packed) else packed
    rows = np.empty(len(packed), MET)
    rows["patient"], rows["community"] = packed & _UPPER48, packed & ~_UPPER48
    return rows


def merged(table: NDArray[Any], met: NDArray[Any]) -> NDArray[Any]:
    """Return the table that also remembers `met` (rows of MET, in admitted order), grown where it needs room."""
    count = int(np.count_nonzero(table["patient"]))
    while 10 * (count + len(met)) > 7 * len(table) and len(table) < MOST:
        grown = np.zeros(2 * len(table), TERRITORY)
        _move(table, grown)
        table = grown
    with np.errstate(over="ignore"):
        _note(table, met, 7 * len(table) // 10 - count)
    return table
