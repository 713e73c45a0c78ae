"""How unlike its owner a log-in looks: network and client, against the account's own past and everybody's.

The likelihood ratio of Freeman, Jain, Dürmuth, Biggio and Giacinto (NDSS 2016, section IV): the product over features
of `p(x) / p(x | account)`, where the account's share of days is smoothed towards everybody's. It is told as a reason
beside evidence of what was read; alone it decides nothing, since a new telephone looks the same.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.score.weight import accounts_on
from maillon.score.whole import whole

TOLD_FROM = 1.0
"""Told where the log-in is ten times likelier to be anybody's than the account's."""

SMOOTHING_DAYS = 1.0
UNLISTED = 0.5
"""Accounts on a network that the seal does not list."""


@njit
def _surprise(used: float, days: float, accounts: float, everybody: float) -> float:
    """Return log10 of p(x) / p(x | account) of one feature, used on `used` of `days` days."""
    common = max(accounts, UNLISTED) / everybody
    own = (used + SMOOTHING_DAYS * common) / (days + SMOOTHING_DAYS)
    return math.log10(common / own)


@njit
def surprise(record: np.void, sealed: np.void, network: np.uint64, device: np.uint64) -> float:
    """Return the log-in's likelihood ratio in powers of ten; 0 for an account without a past."""
    days = float(record["active_days"])
    if days == 0.0:
        return 0.0
    on_network, on_device = 0.0, 0.0
    for origin in range(whole(record["origin_count"])):
        used = float(record["origin_days"][origin])
        if record["origin_last"][origin] == record["day"]:
            used -= 1.0  # today is not yet the past
        if record["origin_network"][origin] == network:
            on_network += used
        if record["origin_device"][origin] == device:
            on_device += used
    total = 0.0
    if network != np.uint64(0):
        listed = accounts_on(sealed["networks"], sealed["networks_accounts"], network)
        total += _surprise(min(on_network, days), days, float(listed), _everybody(sealed["networks_accounts"]))
    if device != np.uint64(0):
        listed = accounts_on(sealed["devices"], sealed["devices_accounts"], device)
        total += _surprise(min(on_device, days), days, float(listed), _everybody(sealed["devices_accounts"]))
    return total


@njit
def _everybody(accounts: NDArray[Any]) -> float:
    total = 1.0
    for count in accounts:
        total += float(count)
    return total
