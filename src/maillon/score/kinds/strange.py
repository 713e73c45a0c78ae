"""The composition of a session: new patients whom no colleague ever read."""

from __future__ import annotations

import numpy as np

from maillon.facts.evidence import Kind
from maillon.jit import njit
from maillon.score.kinds.declaration import Declaration
from maillon.score.volume import quantised

_KIND = int(Kind.STRANGE)

DECLARATION = Declaration(
    kind=Kind.STRANGE,
    looks_at=(
        "Session by session, whether new patients are among those whom colleagues (accounts at home on the "
        "same network) read before."
    ),
    score=(
        "CUSUM in nats: ln(0.96/(1−q)) for an unexplained patient, ln(0.04/q) for an explained one, q seven "
        "tenths of the account's usual share"
    ),
    source="Page, Biometrika 41, 1954; explanation-based auditing (Fabbri and LeFevre, PVLDB 5(1), 2011).",
    blind_spots=(
        "Accounts whose colleagues share no patients, or that are alone on their network; thieves who keep to"
        " the victim's own ward."
    ),
    example="106 new patients whom no colleague of the place had opened, of 106 read that day.",
    calibration="Own, else borrowed; newcomers are not contained by it.",
)


@njit
def score(record: np.void) -> int:
    """Return the score of the open day so far, in 1/1024."""
    return quantised(record["today"][_KIND])
