"""Decisions of one theft become one incident, whatever the order in which the links are known."""

from __future__ import annotations

from maillon.decide.incidents import group, incident_id
from maillon.facts.decision import Decision

DAY = 86_400_000_000


def decision(number, account, at, action="step_up"):
    return Decision(
        id=f"d{number}", at=at, zone=0, service="", account=f"a{account}", account_hash=account, action=action,
        kind="day", calibration="own", reasons=(), network=0, device=0, session=0, since=at - 1,
    )  # fmt: skip


def test_accounts_that_share_a_rare_network_are_one_incident():
    decisions = [decision(1, 1, 0), decision(2, 2, 5, "contain"), decision(3, 3, 6)]
    incidents = group(decisions, [(1, 900), (2, 900)])
    assert [sorted(i.accounts) for i in incidents] == [["a1", "a2"], ["a3"]]
    assert incidents[0].id == incident_id(decisions[0])
    assert incidents[0].gravest == "contain"
    assert incidents[0].since == -1


def test_a_link_that_comes_late_makes_the_older_absorb_the_younger():
    decisions = [decision(1, 1, 0), decision(2, 2, 5), decision(3, 3, 6)]
    (incident,) = group(decisions, [(1, 900), (2, 901), (3, 900), (3, 901)])
    assert incident.id == incident_id(decisions[0])
    assert incident.absorbs == [incident_id(decisions[1])]
    assert incident.decisions == ["d1", "d2", "d3"]


def test_the_same_account_months_later_is_another_incident():
    assert len(group([decision(1, 1, 0), decision(2, 1, 90 * DAY)], [])) == 2
