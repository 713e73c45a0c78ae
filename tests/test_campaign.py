"""A network that only newcomers use, some of them suspected, joins its accounts; regulars and crowds keep it apart."""

from __future__ import annotations

import json

import numpy as np
import pytest

from maillon.decide.campaign import Campaigns
from maillon.decide.decisions import decisions
from maillon.decide.ladder import Ladder
from maillon.facts.event import EVENT
from maillon.facts.evidence import EVIDENCE, Kind, Rung
from maillon.facts.policy import Policy
from maillon.facts.pool import SERVICE
from maillon.score.fold import Scoring
from maillon.sim import simulate

DAY = 86_400_000_000
HOME, EXIT = 10, 99
NAMES = {"account": {1: "one", 2: "two", 3: "three", 4: "four"}, "network": {EXIT: "203.0.113.0/24"}}


def access(account, network, at):
    row = np.zeros(1, EVENT)
    row["account"], row["network"], row["at"] = account, network, at
    return row


def suspicion(account, at, rung=Rung.STEP_UP, kind=Kind.ORIGIN):
    row = np.zeros(1, EVIDENCE)
    row["account"], row["at"], row["rung"], row["kind"] = account, at, rung, kind
    return row


def at_home(accounts):
    return [access(account, HOME + account, account) for account in accounts]


def follow(campaigns, ladder, *, events=(), evidence=()):
    events = np.concatenate([np.empty(0, EVENT), *events])
    rows = np.concatenate([np.empty(0, EVIDENCE), *evidence])
    return [one for one in decisions(events, rows, ladder, campaigns, NAMES) if one.kind == "campaign"]


def theft(accounts=(1, 2, 3, 4), suspects=(1, 2, 3), rung=Rung.PACE):
    events = at_home(accounts) + [access(a, EXIT, 5 * DAY + a) for a in accounts]
    return {"events": events, "evidence": [suspicion(a, 5 * DAY + 1000 + a, rung) for a in suspects]}


def test_three_suspects_on_a_new_network_join_the_fourth():
    decided = follow(Campaigns(), Ladder(), **theft())
    assert [(d.account, d.action) for d in decided] == [
        ("one", "contain"), ("two", "contain"), ("three", "contain"), ("four", "step_up"),
    ]  # fmt: skip
    assert all(d.at == 5 * DAY + 1003 for d in decided)
    assert "203.0.113.0/24" in decided[0].reasons[0].en
    assert decided[0].reasons[0].fr != decided[0].reasons[0].en


def test_three_who_are_only_asked_ask_the_fourth_and_contain_nobody():
    decided = follow(Campaigns(), Ladder(), **theft(rung=Rung.STEP_UP))
    assert [(d.account, d.action) for d in decided] == [("four", "step_up")]


def test_two_suspects_are_not_enough():
    assert follow(Campaigns(), Ladder(), **theft(suspects=(1, 2))) == []


def test_volume_makes_no_suspect_of_a_network():
    case = theft()
    case["evidence"] = [suspicion(a, 5 * DAY + 1000 + a, kind=Kind.BURST) for a in (1, 2, 3)]
    assert follow(Campaigns(), Ladder(), **case) == []


def test_programs_whose_servers_move_are_no_suspects():
    case = theft()
    for row in case["evidence"]:
        row["stratum"] = SERVICE
    assert follow(Campaigns(), Ladder(), **case) == []


def test_what_an_account_came_to_long_ago_is_not_what_it_is_suspected_for():
    case = theft()
    case["evidence"] = [suspicion(a, 25 * DAY + a) for a in (1, 2, 3)]
    assert follow(Campaigns(), Ladder(), **case) == []


def test_a_network_with_regulars_is_nobodys_exit():
    regulars = [access(account, EXIT, account) for account in range(5, 9)]
    case = theft()
    case["events"] += regulars
    case["events"].sort(key=lambda row: int(row["at"][0]))
    assert follow(Campaigns(), Ladder(), **case) == []


def test_an_honest_migration_where_few_are_suspected_is_kept_out():
    accounts = range(1, 41)
    assert follow(Campaigns(), Ladder(), **theft(accounts)) == []


def test_a_crowd_is_no_longer_followed():
    accounts = range(1, 400)
    campaigns = Campaigns()
    assert follow(campaigns, Ladder(), **theft(accounts, suspects=range(1, 300))) == []
    assert campaigns.links() == []


def test_one_who_comes_later_is_asked_and_contained_once_suspected():
    campaigns, ladder = Campaigns(), Ladder()
    follow(campaigns, ladder, **theft((1, 2, 3)))
    follow(campaigns, ladder, events=[access(4, HOME + 4, 5 * DAY + 2000)])
    (asked,) = follow(campaigns, ladder, events=[access(4, EXIT, 8 * DAY)])
    (contained,) = follow(campaigns, ladder, evidence=[suspicion(4, 9 * DAY)])
    assert (asked.action, contained.action) == ("step_up", "contain")
    assert follow(campaigns, ladder, evidence=[suspicion(4, 20 * DAY)]) == []


@pytest.mark.parametrize("cut", [1, 3, 5, 7])
def test_any_split_and_any_restart_decide_the_same(cut):
    case = theft()
    whole = follow(Campaigns(), Ladder(), **case)
    campaigns, ladder = Campaigns(), Ladder()
    decided = follow(campaigns, ladder, events=case["events"][:cut])
    campaigns = Campaigns(json.loads(json.dumps(campaigns.memory())))
    decided += follow(campaigns, ladder, events=case["events"][cut:], evidence=case["evidence"])
    assert decided == whole
    assert sorted(campaigns.links()) == [(account, EXIT) for account in (1, 2, 3, 4)]


def test_however_events_are_cut_a_region_is_decided_the_same():
    region = simulate(7, accounts=200, days=14)
    names, events = region.names(), region.events

    def decided(size):
        scoring, ladder, campaigns, found = Scoring(Policy()), Ladder(), Campaigns(), []
        for start in range(0, len(events), size):
            batch = events[start : start + size]
            found += decisions(batch, scoring.fold(batch), ladder, campaigns, names)
        return found

    whole = decided(len(events))
    assert any(one.kind == "campaign" for one in whole)
    assert all(decided(size) == whole for size in (499, 4096, 32_768))
