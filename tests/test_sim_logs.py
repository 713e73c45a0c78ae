"""The logs of a region say what its events say: read back here with plain regular expressions and json."""

import ipaddress
import json
import re
from collections import Counter
from datetime import date, datetime
from itertools import pairwise

import numpy as np
import pytest

from maillon.facts.event import Action, Field, Outcome
from maillon.sim import simulate
from maillon.sim.logs import OPERATOR, RENDERERS, combined, event_lines, keycloak, logs
from maillon.sim.portal_profile import portal_profile
from maillon.sim.texts import CHUNK

LINE = re.compile(
    r'(?P<address>\S+) - (?P<account>\S+) \[(?P<at>[^]]{26})\] "(?P<method>[A-Z]+) (?P<target>\S+) HTTP/[12]\.[01]" '
    r'(?P<status>\d{3}) (?P<size>\d+) "(?P<referrer>[^"]*)" "(?P<agent>[^"]*)" (?P<seconds>\d+\.\d{3}) (?P<sid>\S+)'
)
ACTIONS = (
    ("GET", r"/dossiers/(\d+)/identite$", Action.READ),
    ("GET", r"/dossiers/(\d+)$", Action.READ),
    ("GET", r"/usagers\?id=(\d+)$", Action.READ),
    ("PUT", r"/dossiers/(\d+)/identite$", Action.UPDATE),
    ("POST", r"/orientations/(\d+)/envoyer$", Action.CARE),
    ("POST", r"/messages\?usager=(\d+)$", Action.CARE),
    ("GET", r"/recherche\?nom=\S+$", Action.SEARCH),
    ("GET", r"/listes/attente\?page=\d+$", Action.LIST),
    ("GET", r"/export/liste.csv\?service=\d+$", Action.EXPORT),
)
OUR_RANGES = [
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "100.64.0.0/10", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


@pytest.fixture(scope="module")
def region():
    return simulate(11, start=date(2026, 3, 16))  # the clocks change on the 29th


@pytest.fixture(scope="module")
def web(region):
    lines = b"".join(combined(region)).decode().splitlines()
    matches = [LINE.fullmatch(line) for line in lines]
    assert all(matches)
    return matches


def action_of(match):
    for method, pattern, action in ACTIONS:
        found = re.match(pattern, match["target"]) if match["method"] == method else None
        if found:
            return action, found[1] if found.groups() else None
    return None, None


def test_the_web_log_holds_each_access_once(region, web):
    events = region.events
    mine = np.isin(events["action"], [action for _, _, action in ACTIONS])
    expected = Counter(
        zip(
            np.array(region.accounts)[region.account[mine]].tolist(),
            (events["at"][mine] // 1_000_000).tolist(),
            events["action"][mine].tolist(),
            np.append(region.numbers, -1)[region.columns.patient[mine]].tolist(),
            region.columns.status[mine].tolist(),
            strict=True,
        )
    )
    got = Counter()
    for match in web:
        action, patient = action_of(match)
        if action is not None:
            at = int(datetime.strptime(match["at"], "%d/%b/%Y:%H:%M:%S %z").timestamp())
            got[(match["account"], at, int(action), int(patient or -1), int(match["status"]))] += 1
    assert got == expected


def test_the_web_log_is_in_order_of_time_with_the_right_offset(web):
    moments = [datetime.strptime(match["at"], "%d/%b/%Y:%H:%M:%S %z") for match in web]
    assert all(before <= after for before, after in pairwise(moments))
    for moment in moments[:: len(moments) // 500]:
        summer = moment >= datetime.fromisoformat("2026-03-29T01:00:00+00:00")
        assert moment.utcoffset().total_seconds() == (7200 if summer else 3600)


def test_the_web_log_has_files_health_checks_and_a_robot_in_proportion(web):
    kinds = Counter(
        "access" if action_of(match)[0] is not None else "static" if "/static/" in match["target"] else match["agent"]
        for match in web
    )
    assert 0.2 < kinds["static"] / kinds["access"] < 0.8
    assert kinds["SondeSante/1.0"] == 21 * 24 * 60 - 60
    assert 1000 < sum(count for agent, count in kinds.items() if agent.startswith("Indexeur")) < 5000
    anonymous = [match for match in web if match["account"] == "-"]
    assert all(match["sid"] == "-" for match in anonymous)
    assert not any(action_of(match)[0] for match in anonymous)


def test_the_identity_providers_log_joins_the_web_log_by_session(region, web):
    events = [json.loads(line) for line in b"".join(keycloak(region)).splitlines()]
    kinds = Counter(event["type"] for event in events)
    log_in = region.events["action"] == Action.LOGIN
    failed = region.events["outcome"] == Outcome.REFUSED
    assert kinds["LOGIN"] == (log_in & ~failed).sum()
    assert kinds["LOGIN_ERROR"] == (log_in & failed).sum() > 0
    assert kinds["LOGOUT"] == (region.events["action"] == Action.LOGOUT).sum() > 0
    assert 0 <= kinds["LOGIN"] - kinds["CODE_TO_TOKEN"] <= 1
    assert all(before["time"] <= after["time"] for before, after in pairwise(events))
    names = {event["sessionId"]: event["details"]["username"] for event in events if event["type"] == "LOGIN"}
    seen = {match["sid"]: match["account"] for match in web if match["account"] != "-"}
    joined = [sid for sid in seen if sid in names]
    assert len(joined) > 0.99 * len(seen)
    assert all(names[sid] == seen[sid] for sid in joined)


def test_event_lines_say_every_column(region):
    lines = b"".join(event_lines(region)).splitlines()
    assert len(lines) == len(region.events)
    for row in range(0, len(lines), 997):
        line, event = json.loads(lines[row]), region.events[row]
        assert round(datetime.fromisoformat(line["at"]).timestamp() * 1e6) == event["at"]
        assert datetime.fromisoformat(line["at"]).utcoffset().total_seconds() == event["zone"]
        assert Action[line["action"].upper()] == event["action"]
        assert Outcome[line["outcome"].upper()] == event["outcome"]
        assert sum(Field[name.upper()] for name in line["fields"]) == event["fields"]
        assert line["listed"] == event["listed"]
        assert line["account"] == region.accounts[region.account[row]]
        patient = region.columns.patient[row]
        assert line.get("patient") == (str(region.numbers[patient]) if patient >= 0 else None)


def test_nobody_real_is_in_the_logs(region, web):
    for text in {match["address"] for match in web}:
        address = ipaddress.ip_address(text)
        assert any(address in network for network in OUR_RANGES if network.version == address.version)
    assert all(re.search(r"@[a-z0-9]+\.example\.(org|net|com)$", name) for name in region.accounts if "@" in name)
    assert any("@" in name for name in region.accounts)


def test_facilities_homes_and_hosting_thieves_have_networks_of_their_own(region):
    names = region.names()["network"]
    thief = set(region.events["network"][region.truth.thief].tolist())
    assert 1 <= len(thief) <= 3
    assert all(re.fullmatch(r"(\d+\.){3}0/24|2001:db8:[0-9a-f]+::/48", names[network]) for network in thief)


def test_files_are_made_in_blocks_of_whole_lines(region):
    files = logs(region, tuple(RENDERERS))
    assert set(OPERATOR) < set(files)
    for name, blocks in files.items():
        counts = [block.count(b"\n") for block in blocks]
        assert max(counts) <= CHUNK, name
    assert all(block.endswith(b"\n") for block in keycloak(region))


def test_the_portals_profile_covers_every_line(web):
    routes = [
        (route, re.compile(re.escape(route.template).replace(r"\{patient\}", r"\d+").replace(r"\{\*\}", ".+")))
        for route in portal_profile().routes
    ]
    for match in web[::50]:
        target = match["target"]
        path = target.partition("?")[0]
        covering = [
            route
            for route, pattern in routes
            if route.method == match["method"] and pattern.fullmatch(target if "?" in route.template else path)
        ]
        assert len(covering) == 1, target
        assert action_of(match)[0] in {covering[0].action, None}
