"""A small region as event columns: honest accounts with a panel of patients, and thieves on request."""

import numpy as np

from maillon.facts.event import EVENT, Action

DAY_US = 86_400_000_000
FIRST_DAY = 20_000  # 2024-10-04
ZONE = 3600


def keyed(*numbers):
    """Return a 64-bit hash of small numbers, as keyed hashes look."""
    mixed = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        for each in numbers:
            mixed = (mixed ^ np.asarray(each).astype(np.uint64)) * np.uint64(0xD6E8FEB86659FD93)
            mixed ^= mixed >> np.uint64(32)
    return mixed


def rows(at, account, patient, network, device, action=Action.READ, zone=ZONE):
    """Return events of one account; scalars spread over all."""
    events = np.zeros(len(at), EVENT)
    events["at"] = at
    events["zone"] = zone
    events["action"] = action
    events["account"] = account
    events["session"] = keyed(account, 7)
    events["patient"] = patient
    events["network"] = network
    events["device"] = device
    return events


def local(day, hour):
    """Return the microsecond of a local hour of a day, both counted from the region's first."""
    return (FIRST_DAY + day) * DAY_US + int(hour * 3_600_000_000) - ZONE * 1_000_000


def honest(seed, accounts=30, days=12, reads=12.0):
    """Return the events of honest accounts, in time order."""
    draw = np.random.default_rng(seed)
    parts = []
    for number in range(1, accounts + 1):
        rate = reads * draw.lognormal(0, 0.5)
        for day in range(days):
            if draw.random() < 0.25:
                continue
            count = draw.poisson(rate)
            at = np.sort(local(day, 8) + draw.integers(0, 10 * 3_600_000_000, count))
            patient = keyed(number, draw.zipf(1.4, count) % 300, 1)
            action = np.where(draw.random(count) < 0.2, Action.CARE, Action.READ)
            parts.append(rows(at, keyed(number, 3), patient, keyed(number % 5, 4), keyed(number % 3, 5), action))
    events = np.concatenate(parts)
    return events[np.argsort(events["at"], kind="stable")]


def theft(account, day, count, pace_seconds=30, hour=14, network=99, first_patient=0):
    """Return the events of a thief who reads `count` patients, none twice, from a network of their own."""
    at = local(day, hour) + np.arange(count) * pace_seconds * 1_000_000
    patient = keyed(np.arange(first_patient, first_patient + count), 77, 2)
    return rows(at, keyed(account, 3), patient, keyed(network, 4), keyed(network, 5))


def merged(*parts):
    """Return all events in time order."""
    events = np.concatenate(parts)
    return events[np.argsort(events["at"], kind="stable")]
