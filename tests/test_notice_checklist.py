"""What now: each step with its owner, its local time and how far it is; the 72 hours; what else the thief touched."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from findings import HOSTILE, ZONE, at, findings
from maillon.facts.awareness import Awareness
from maillon.facts.noted import Noted
from maillon.render.checklist import NOTHING, clock_line, since_words, steps, touched, what_now
from maillon.render.columns import WIDTH, width
from maillon.render.report import report

AWARE = Awareness("4f1c09ab77d2", at(8, 11, 30), "she said: not me", "C. D.", at(8, 12))


def theft():
    found = findings()
    (incident,) = [one for one in found.incidents if one.id == "4f1c09ab77d2"]
    return incident, found


def states(noted, lang="en"):
    incident, found = theft()
    return [(one.what.split(",")[0], one.state, one.when) for one in steps(incident, found.decisions, noted, lang)]


def test_the_steps_stand_in_the_order_in_which_they_are_taken():
    told = [what for what, _, _ in states(NOTHING)]
    order = ["Contain", "Call", "Record awareness", "Notify", "Declare", "Inform the patients", "Inform the owners",
             "Enter", "Reset", "Lift"]  # fmt: skip
    assert [one.startswith(begin) for one, begin in zip(told, order, strict=True)] == [True] * 10


def test_a_decision_is_begun_and_only_receipts_make_it_done():
    incident, _ = theft()
    assert states(NOTHING)[0][1:] == (
        "begun",
        "decided by Maillon, 9 Mar 2026 02:30 (UTC+01:00); to be done or checked",
    )
    some = Noted(contained={incident.account_hashes[0]: at(8, 12)})
    assert states(some)[0][1] == "begun", "one account of three"
    whole = Noted(contained=dict.fromkeys(incident.account_hashes, at(9, 3)))
    assert states(whole)[0][1:] == ("done", "done on 9 Mar 2026 03:00 (UTC+01:00)")


def test_a_draft_is_begun_and_only_a_person_makes_it_sent():
    assert states(Noted(drawn={"cnil": at(9)}))[3][1] == "begun"
    assert states(Noted(drawn={"cnil": at(9)}, sent={"cnil": at(9, 9)}))[3][1:] == (
        "done", "sent on 9 Mar 2026 09:00 (UTC+01:00)",
    )  # fmt: skip
    assert states(Noted(sent={"ars": at(9)}))[4][1] == "todo", "CERT Santé is not told yet"


@pytest.mark.parametrize("now", [at(11, 11, 29), at(11, 11, 31)])
def test_72_hours_pass_over_weekends_too(now):
    line = clock_line(AWARE, ZONE, "en", now)
    assert "before 11 Mar 2026 11:30 (UTC+01:00)" in line
    assert ("left" in line, "over" in line) == (now < AWARE.deadline, now > AWARE.deadline)
    assert AWARE.deadline - AWARE.at == 72 * 3_600_000_000


def test_without_a_word_the_first_containment_is_proposed_and_said_to_be_so():
    incident, found = theft()
    text = " ".join(what_now(incident, found.decisions, NOTHING, "en").split())
    assert "awareness proposed on 8 Mar 2026 10:05" in text
    assert "notify the authority before 11 Mar 2026 10:05" in text
    assert "no awareness recorded" in clock_line(None, ZONE, "en")


@pytest.mark.parametrize(
    ("since", "logs_begin", "before_logs", "at_least"),
    [
        (at(8), at(2), None, False),
        (at(2, 20), at(2), None, True),
        (at(2, 20), 0, None, False),  # nobody knows where the logs begin
        (at(8), at(2), True, True),
        (at(2, 20), at(2), False, False),
    ],
)
def test_a_theft_older_than_the_logs_is_at_least_since(since, logs_begin, before_logs, at_least):
    for lang, words in (("fr", "au moins depuis"), ("en", "at least since")):
        assert (words in since_words(since, logs_begin, ZONE, lang, before_logs=before_logs)) == at_least


def test_what_else_the_thief_touched():
    incident, found = theft()
    other = replace(found.incidents[1], networks=[9, 4])
    apart = replace(found.incidents[1], id="apart", networks=[3])
    told = touched(incident, [incident, other, apart], ["192.0.2.0/24", "", "192.0.2.0/24"][::2], "en")
    assert told == [
        "Accounts: m.durand, c.leroy, inf.nuit", "Came from: 192.0.2.0/24", f"Same networks in: {other.id}",
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_screen_holds_and_nothing_in_it_acts(lang):
    found = findings(HOSTILE)
    incident = found.incidents[2]
    shown = what_now(incident, found.decisions, Noted(AWARE), lang, others=found.incidents, places=[f"x{HOSTILE}"])
    assert [line for line in shown.split("\n") if width(line) > WIDTH] == []
    assert [one for one in shown if not one.isprintable() and one not in "\n\u00a0\u202f"] == []


def test_the_report_has_it_for_each_incident():
    found = findings()
    found.noted = {"4f1c09ab77d2": Noted(AWARE, sent={"cnil": at(10)})}
    found.logs_begin = at(8)
    text = re.sub(r"\s+", " ", report(found, "en"))
    assert text.count("<h4>What now</h4>") == 2
    assert "awareness on 8 Mar 2026 11:30; notify the authority before 11 Mar 2026 11:30 (UTC+01:00), sent on" in text
    assert "Theft seen at least since 8 Mar 2026 09:12" in text
