"""Whether a learnt profile still fits what its log holds now; and a better one, learnt from that, where there is one.

A portal is upgraded, and its new routes say nothing to a profile that was learnt before. What such a profile leaves
unexplained is counted on a newer part of the log; only where that is unusual, and a profile learnt from that part
explains clearly more of the same requests and loses nothing, is the better one returned. `docs/learning.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from maillon.facts.errors import ProfileError
from maillon.facts.event import Action
from maillon.facts.profile import Profile, Route
from maillon.facts.record import Parsed
from maillon.read.learn import learn
from maillon.read.normalise import Normaliser
from maillon.read.pseudonym import Keys
from maillon.read.routes import compile_routes
from maillon.read.template import parse_template

_ENOUGH = 200  # requests: what says less says nothing sure
_UNUSUAL = 0.2  # share of the requests without a route, or of reads without their patient
_NOBODY = 0.5  # share of the requests without an account
_CLEARLY = 0.1  # share of the requests that a better profile explains more
_UNSURE = "unsure_patient"


@dataclass(frozen=True)
class Fit:
    """How a profile explains some requests, as counts of them."""

    requests: int
    unmatched: int
    accounts: int  # that name an account
    patients: int  # that name a patient
    without_patient: int  # reads that name none

    @property
    def unusual(self) -> bool:
        """Whether so much is left unexplained that the profile may be out of date."""
        return self.requests >= _ENOUGH and (
            max(self.unmatched, self.without_patient) > _UNUSUAL * self.requests
            or self.requests - self.accounts > _NOBODY * self.requests
        )

    def better(self, other: Fit) -> bool:
        """Tell whether it explains clearly more than `other` does, and names no fewer accounts and patients."""
        gains = other.unmatched - self.unmatched, self.accounts - other.accounts, self.patients - other.patients
        return min(gains[1:]) >= 0 and max(gains) > _CLEARLY * max(self.requests, other.requests)


def measure(profile: Profile, service: str, keys: Keys, sample: Sequence[Parsed]) -> Fit:
    """Count what `profile` explains of the requests of `sample`."""
    normaliser = Normaliser(profile, service, keys, pseudonyms=False)
    events = [normaliser.events(block) for block in sample]
    requests = sum(one.parsed for one in events)
    return Fit(
        requests,
        sum(one.unmatched for one in events),
        requests - sum(one.without_account for one in events),
        sum(int(np.count_nonzero(one.rows["patient"])) for one in events),
        sum(one.without_patient for one in events),
    )


def refit(sealed: Profile, service: str, keys: Keys, sample: Sequence[Parsed]) -> tuple[Profile, Fit, Fit] | None:
    """Return a profile that explains `sample` clearly better than `sealed`, with how both fit; None where none does.

    Routes of `sealed` that the sample does not show are kept: they may only be rare. A guess of the patient that is
    less sure than the one before is no improvement.
    """
    before = measure(sealed, service, keys, sample)
    if not before.unusual:
        return None
    found = learn(sample, sealed.name)
    if _unsure(found) and not _unsure(sealed):
        return None
    found = _joined(found, sealed)
    after = measure(found, service, keys, sample)
    return (found, before, after) if after.better(before) else None


def _unsure(profile: Profile) -> bool:
    return any(note.startswith(_UNSURE) for note in profile.notes)


def _joined(found: Profile, sealed: Profile) -> Profile:
    """Return `found` with the routes of `sealed` that it has not, where both together can be told apart."""
    known = {_form(route) for route in found.routes}
    routes = [*found.routes, *(route for route in sealed.routes if _form(route) not in known)]
    routes.sort(key=lambda route: (bool(route.ignore), route.action == Action.OTHER))
    both = replace(found, routes=tuple(routes))
    try:
        compile_routes(both)
    except ProfileError:
        return found
    return both


def _form(route: Route) -> tuple[str, object]:
    return route.method, parse_template(route.template)[0].shape()
