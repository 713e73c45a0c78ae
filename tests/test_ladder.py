"""A step that is in force is not said again; a higher one is; all lapse."""

from __future__ import annotations

import json

import numpy as np

from maillon.decide.ladder import HOLDS_DAYS, Ladder
from maillon.facts.evidence import EVIDENCE, Rung

DAY = 86_400_000_000


def test_only_higher_steps_are_taken_until_they_lapse():
    ladder = Ladder()
    assert ladder.take(1, Rung.STEP_UP, 0)
    assert not ladder.take(1, Rung.STEP_UP, DAY // 2)
    assert ladder.take(1, Rung.CONTAIN, DAY // 2 + 1)
    assert not ladder.take(1, Rung.PACE, 2 * DAY)
    assert ladder.take(2, Rung.STEP_UP, DAY // 2)
    assert ladder.take(1, Rung.STEP_UP, (HOLDS_DAYS["contain"] + 1) * DAY)


def test_its_memory_survives_a_restart():
    ladder = Ladder()
    ladder.take(2**63 + 5, Rung.PACE, 0)
    again = Ladder(json.loads(json.dumps(ladder.memory())))
    assert not again.take(2**63 + 5, Rung.PACE, DAY)
    assert again.take(2**63 + 5, Rung.CONTAIN, DAY)


def test_a_decision_carries_names_reasons_and_a_stable_id():
    row = np.zeros(1, EVIDENCE)
    row["account"], row["at"], row["rung"], row["day"], row["patients_new"] = 7, 5, Rung.CONTAIN, 20_000, 84
    (one,) = Ladder().climb(row, {"account": {7: "m.durand"}})
    (two,) = Ladder().climb(row, {"account": {7: "m.durand"}})
    assert one == two
    assert (one.account, one.action, one.calibration) == ("m.durand", "contain", "own")
    assert any("84" in reason.en and "84" in reason.fr for reason in one.reasons)
