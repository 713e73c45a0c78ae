"""The chain: a leak or a look-alike, what followed, and the step-up that a hit calls for."""

from __future__ import annotations

import gzip
import json
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scanning
from maillon.ahead.chain import after, asked, chain, since
from maillon.ahead.referrers import referrers
from maillon.ahead.sightings import named_in, sighting
from maillon.ahead.visits import CROWD, read_sightings, visits
from maillon.decide.in_force import InForce
from maillon.decide.orders import by_hand
from maillon.edges.keys import load_or_create
from maillon.edges.state import State
from maillon.facts.chain import After, Sighting, Visit
from maillon.facts.decision import Decision
from maillon.facts.directory import Directory
from maillon.facts.event import EVENT, Action
from maillon.facts.hand import HandOrder
from maillon.facts.incident import Incident
from maillon.facts.leak import Leak
from maillon.facts.response import ResponsePolicy
from maillon.read.dialects import detect
from maillon.read.directory import network_hashes
from maillon.read.normalise import account_hash
from maillon.read.pseudonym import Keys
from maillon.read.reader import ReadSettings
from maillon.render.chain import chain_lines, chain_screen
from small_region import keyed, rows

DAY = 86_400_000_000
HOUR = DAY // 24
KEYS = Keys(bytes(32), 1)


def leak(account, seen, nature="stealer"):
    return Leak(
        "d", "one", account, "list.txt", nature, "email", seen, "infection", own_service=True, host="portal.example.org"
    )


def lake_of(*parts):
    events = np.concatenate(parts)
    return pl.LazyFrame({name: events[name] for name in EVENT.names})


def decision(account, at, action="step_up", name="one", id_="d1"):
    return Decision(id_, at, 0, "", name, account, action, "origin", "own", (), 0, 0, 0, at)


def test_what_followed_a_hit_is_counted_from_the_hit_on():
    one = keyed(1, 3)
    early = rows(np.arange(5) * HOUR, one, keyed(np.arange(5), 1), keyed(1, 4), keyed(1, 5))
    login = rows(np.array([9, 12]) * HOUR, one, 0, keyed(1, 4), keyed(1, 5), Action.LOGIN)
    late = rows(np.arange(20, 26) * HOUR, one, keyed(np.arange(6) // 2, 9), keyed(2, 4), keyed(1, 5))
    (found,) = after(lake_of(early, login, late), {int(one): 8 * HOUR}).values()
    assert found == After(int(one), 8 * HOUR, 2, 9 * HOUR, 1, 20 * HOUR, 20 * HOUR, 25 * HOUR, 3)
    assert after(lake_of(early), {77: 5}) == {77: After(77, 5)}


def test_the_links_stand_in_order_of_time():
    names = {1: "one", 2: "two"}
    hits = [leak(1, 10), leak(2, 400), leak(3, 1)]
    seen = [Visit("ameli-gouv.com", 20, "dns", "two", 2, certain=False, brand="ameli")]
    decided = [decision(1, 50), decision(1, 60, "contain", id_="d2"), decision(9, 55, id_="d3")]
    incident = Incident("i", ["one", "two"], [1, 2], 30, 300, 0, "contain", ["d1", "d2"])
    told = chain(incident, names, hits, seen, {1: After(1, 10, 2, 30, 1, 31, 32, 90, 400)}, decided)
    assert [(one.at, one.code) for one in told.steps] == [
        (10, "leak_stealer"),
        (20, "perhaps_there"),
        (30, "login"),
        (31, "new_network"),
        (32, "read"),
        (50, "step_up"),
        (60, "contain"),
    ]
    for lang in ("fr", "en"):
        assert "ameli-gouv.com" in chain_screen([told], lang)
        assert "400" in chain_screen([told], lang)
    assert '"kind":"chain"' in next(chain_lines([told]))


def test_a_hit_long_before_an_incident_is_no_part_of_it():
    incident = Incident("i", ["one"], [1], 200 * DAY, 201 * DAY, 0, "pace", ["d1"])
    assert chain(incident, {1: "one"}, [leak(1, DAY)], [], {}, [decision(1, 200 * DAY)]).steps == ()


def test_the_first_hit_of_an_account_counts():
    seen = [Visit("a.example", 5, "dns", "one", 1, certain=True)]
    assert since([leak(1, 9), leak(0, 1)], seen) == {1: (5, "lookalike")}


def test_a_step_up_is_asked_where_the_account_was_used_since_and_counts_from_the_hit():
    assert asked((5, "leak"), After(1, 5), "one", 100, 0) is None
    wanted = asked((5, "leak"), After(1, 5, logins=1, first_login=6), "one", 100, 0)
    assert (wanted.action, wanted.at, wanted.since, wanted.kind) == ("step_up", 100, 5, "leak")
    assert wanted == asked((5, "leak"), After(1, 5, logins=1, first_login=6), "one", 100, 0)


@pytest.mark.parametrize("until", [0, 5 * DAY])
def test_a_step_up_by_hand_stands_and_lapses(until):
    in_force = InForce(ResponsePolicy(enforce=True, step_up_acr=("2",)))
    hand = HandOrder("h", DAY, "one", 1, "step_up", "me", "leak", until=until)
    (order,) = by_hand(hand, in_force, Directory())
    assert (order.action, order.until) == ("step_up", until or 2 * DAY)
    assert in_force.answer(1, 7, Action.READ, DAY + HOUR, known=False).verdict == "step_up"
    in_force.stepped_up(1, DAY + 2 * HOUR, "2")
    assert in_force.answer(1, 7, Action.READ, DAY + 3 * HOUR, known=False).verdict == "allow"


def test_sightings_are_read_and_mistakes_told():
    found, mistakes = read_sightings(
        "at,name,address,account,via\n"
        "2026-03-08T11:30:00+01:00,Ameli-Gouv.com.,192.0.2.7,,proxy\n"
        "2026-03-08T11:30:00,x.fr,192.0.2.7,,\n"
        "yesterday,x.fr,,a,\n"
        "2026-03-08T11:30:00Z,x.fr,,,\n"
        "2026-03-08T11:30:00Z,x.fr,no address,,\n"
        "2026-03-08T11:30:00Z,x.fr,,dr.who,referrer\n",
        KEYS,
    )
    assert [(one.name, one.via) for one in found] == [("ameli-gouv.com", "proxy"), ("x.fr", "referrer")]
    assert found[0].address
    assert found[1].account_hash
    assert [one.split(":")[0] for one in mistakes] == ["line 3", "line 4", "line 5", "line 6"]
    assert read_sightings("when,who\n", KEYS)[1]
    assert read_sightings("", KEYS)[1]


def test_an_address_names_the_accounts_that_used_it_then_unless_they_are_a_crowd():
    def uses(number, moment, address):
        made = rows(np.array([moment]), keyed(number, 3), keyed(1, 1), keyed(1, 4), keyed(1, 5))
        made["address"] = keyed(address, 6)
        return made

    crowd = [uses(10 + n, HOUR, 9) for n in range(CROWD + 1)]
    lake = lake_of(uses(1, HOUR, 1), uses(2, HOUR + 10 * 60_000_000, 1), uses(3, 3 * HOUR, 1), *crowd)
    names = {int(keyed(number, 3)): f"a{number}" for number in range(40)}
    seen = [
        Sighting("x.fr", HOUR, "dns", address=int(keyed(1, 6))),
        Sighting("y.fr", HOUR, "dns", address=int(keyed(9, 6))),
        Sighting("x.fr", 2 * HOUR, "referrer", account_hash=int(keyed(2, 3))),
        Sighting("x.fr", 2 * HOUR, "referrer", account_hash=12345),
    ]
    found = visits(lake, seen, names)
    assert {(one.account, one.name, one.certain) for one in found} == {("a1", "x.fr", False), ("a2", "x.fr", True)}


def test_from_a_visit_to_an_incident_that_begins_with_it(tmp_path):
    log = scanning.write(tmp_path / "access.log", scanning.quiet_log(days=4))
    state, seen = tmp_path / "state", tmp_path / "seen.csv"
    scanning.maillon("scan", log, "--state", state, home=tmp_path)
    seen.write_text("at,name,account,via\n2026-03-03T07:00:00Z,portail-sante-connexion.fr,agent03,referrer\n")
    done = scanning.maillon("chain", "--state", state, "--visits", seen, "--json", home=tmp_path)
    (alone,) = scanning.of_kind(done, "chain")
    assert (alone["incident"], alone["accounts"]) == (None, ["agent03"])
    assert [one["step"] for one in alone["steps"]][:1] == ["went_there"]
    nobody = scanning.maillon("chain", "--state", state, "--step-up", "--why", "x", home=tmp_path, check=False)
    assert nobody.returncode == 2
    words = ("--step-up", "--who", "c.moreau", "--why", "look-alike seen")
    assert b"agent03" in scanning.maillon("chain", "--state", state, *words, "--lang", "en", home=tmp_path).stdout
    told = scanning.maillon("incidents", "--state", state, "--json", home=tmp_path)
    (incident,) = scanning.of_kind(told, "incident")
    assert incident["since"].startswith("2026-03-03T08:01")  # its first access after the visit
    assert incident["accounts"] == ["agent03"]
    (joined,) = scanning.of_kind(told, "chain")
    assert (joined["incident"], joined["steps"][-1]["step"]) == (incident["id"], "step_up")
    assert [one["action"] for one in scanning.of_kind(told, "in_force")] == ["step_up"]
    screen = scanning.maillon("incident", "show", incident["id"], "--state", state, "--lang", "fr", home=tmp_path)
    assert "portail-sante-connexion.fr" in screen.stdout.decode()
    exposure = scanning.maillon("exposure", incident["id"], "--state", state, home=tmp_path)
    assert exposure.returncode in (0, 10)


@pytest.mark.parametrize(
    ("line", "via"),
    [
        (
            '10.0.4.7 - dr.who [09/Mar/2026:10:39:18 +0100] "GET / HTTP/2.0" 200 1 "https://ameli-gouv.com/x"',
            "referrer",
        ),
        ('10.0.4.7 - - [09/Mar/2026:10:39:18 +0100] "GET / HTTP/2.0" 200 1 "https://AMELI-GOUV.com/x"', "referrer"),
        ("09-Mar-2026 10:39:18.123 client @0x7f 10.0.4.7#5353 (ameli-gouv.com): query: ameli-gouv.com IN A", "dns"),
        ("[1773049158] unbound[1:0] info: 10.0.4.7 ameli-gouv.com. A IN", "dns"),
        ("1773049158.012 90 10.0.4.7 TCP_TUNNEL/200 39 CONNECT ameli-gouv.com:443 - HIER_DIRECT/192.0.2.1", "proxy"),
        ("2026-03-09T09:39:18Z query ameli-gouv.com from 2001:db8::7", "dns"),
        ("2026-03-09T09:39:18Z query www.ameli-gouv.com from 10.0.4.7", "dns"),
    ],
)
def test_logs_of_many_makes_tell_who_asked_for_a_lookalike(line, via):
    brands = {"ameli-gouv.com": "ameli"}
    one = sighting(line, named_in(brands), brands, KEYS, 3600)
    assert (one.name, one.via, one.brand) == ("ameli-gouv.com", via, "ameli")
    assert one.at // 1_000_000 == 1_773_049_158
    assert bool(one.account_hash) == ("dr.who" in line)
    if not one.account_hash:
        assert (one.address != 0) != (one.network != 0)
        if "10.0.4.7" in line:
            assert {one.address} == set(network_hashes(["10.0.4.7"], KEYS)[1])


@pytest.mark.parametrize(
    ("line", "lacks"),
    [
        ("2026-03-09T09:39:18Z query notameli-gouv.com from 10.0.4.7", ""),
        ("2026-03-09T09:39:18Z query ameli-gouv.com.example.org from 10.0.4.7", ""),
        ("Mar  9 10:39:18 dnsmasq[1]: query[A] ameli-gouv.com from 10.0.4.7", "moment"),
        ("2026-03-09T09:39:18Z query ameli-gouv.com from somebody 999.1.1.1", "client"),
    ],
)
def test_what_a_line_lacks_is_told(line, lacks):
    brands = {"ameli-gouv.com": "ameli"}
    assert sighting(line, named_in(brands), brands, KEYS, 0) == lacks
    assert sighting(line, named_in({}), {}, KEYS, 0) == ""


@given(st.text(max_size=200))
def test_no_line_is_too_strange(text):
    brands = {"ameli-gouv.com": "ameli"}
    sighting(text + "ameli-gouv.com " + text, named_in(brands), brands, KEYS, 3600)


AT = "2026-03-09T10:39:18+01:00"
QUERY = "/recherche?nom=Durand&prenom=Anne"


def in_json(referrer, user="dr.who", target="/dossiers/4711/identite"):
    item = {
        "time_iso8601": AT, "remote_addr": "10.0.4.7", "remote_user": user, "request": f"GET {target} HTTP/1.1",
        "status": "200", "host": "portail.example", "http_referer": referrer, "http_user_agent": "Mozilla/5.0",
    }  # fmt: skip
    return json.dumps(item).replace("/", "\\/")  # as some servers write it


def in_ecs(referrer, user="dr.who", target="/dossiers/4711/identite"):
    return json.dumps({
        "@timestamp": AT, "source": {"ip": "10.0.4.7"}, "user": {} if user == "-" else {"name": user},
        "url": {"original": target},
        "http": {"request": {"method": "GET", "referrer": referrer}, "response": {"status_code": 200}},
        "event": {"category": ["web"]}, "ecs": {"version": "8.11.0"},
    })  # fmt: skip


def in_combined(referrer, user="dr.who", target="/dossiers/4711/identite"):
    return f'10.0.4.7 - {user} [09/Mar/2026:10:39:18 +0100] "GET {target} HTTP/2.0" 200 1 "{referrer}" "Mozilla/5.0"'


@pytest.mark.parametrize("written", [in_combined, in_json, in_ecs])
def test_a_referrer_tells_in_every_access_log(written):
    brands = {"ameli-gouv.com": "ameli"}
    lines = [
        written("https://ameli-gouv.com" + QUERY),
        written("https://www.Ameli-gouv.com:8443/"),
        written("https://ameli-gouv.com/", user="-"),
        written("-"),
        written("https://portail.example/?from=ameli-gouv.com"),
        written("https://notameli-gouv.com/"),
        written("https://portail.example/", target="/retour?vers=https://ameli-gouv.com/"),
        written("-", target="http://ameli-gouv.com/carte"),
    ]
    block = "".join(f"{one}\n" for one in lines * 3).encode()
    found = referrers(detect(block, ReadSettings()).parse(block, 0), named_in(brands), brands, KEYS)
    mine = account_hash(KEYS, "dr.who")
    told = Counter((one.name, one.via, one.account_hash == mine, one.address != 0) for one in found)
    assert told == {
        ("ameli-gouv.com", "referrer", True, False): 6,
        ("ameli-gouv.com", "referrer", False, True): 3,
        ("ameli-gouv.com", "proxy", True, False): 3,
    }
    assert {one.at // 1_000_000 for one in found} == {1_773_049_158}
    assert "Durand" not in repr(found)


@given(st.lists(st.text(st.characters(exclude_characters="\n\r"), max_size=60), min_size=1, max_size=5))
def test_no_referrer_is_too_strange(referrers_):
    brands = {"ameli-gouv.com": "ameli"}
    for written in (in_combined, in_json):
        block = "".join(written(f"https://{one}ameli-gouv.com{one}") + "\n" for one in referrers_).encode()
        reader = detect((written("-") + "\n").encode(), ReadSettings())
        for one in referrers(reader.parse(block, 0), named_in(brands), brands, KEYS):
            assert one == "client" or one.name == "ameli-gouv.com"


def test_a_lookalike_of_the_ledger_is_looked_for_in_ones_own_logs(tmp_path):
    lines = [*scanning.quiet_log(days=3), scanning.line(100_000, "agent07", referrer="https://ameli-gouv.com/retour")]
    log = scanning.write(tmp_path / "access.log", scanning.in_order(lines))
    state = tmp_path / "state"
    scanning.maillon("scan", log, "--state", state, home=tmp_path)
    keys = Keys(*load_or_create(tmp_path / "maillon" / "key", state, create=False))
    with State(state, keys.pseudonym("state", b"key id"), hold=False) as opened:
        opened.record([("lookalike-x", "lookalike", 1, {"name": "ameli-gouv.com", "brand": "ameli"})])
    packed = tmp_path / "access.log.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    in_objects = scanning.write(tmp_path / "access.json", [in_json("https://ameli-gouv.com/", "agent07") + "\n"] * 5)
    for seen, visits_told in ((log, 1), (packed, 1), (in_objects, 2)):
        done = scanning.maillon("chain", "--state", state, "--seen", seen, "--json", home=tmp_path)
        (told,) = scanning.of_kind(done, "chain")
        assert told["accounts"] == ["agent07"]
        assert [one["step"] for one in told["steps"]].count("went_there") == visits_told
