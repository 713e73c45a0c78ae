"""A profile proposed from an unknown log: right on labelled shapes, silent where the log is, leaking nothing."""

from __future__ import annotations

import gzip
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillon.facts.event import Action
from maillon.read.dialects import detect
from maillon.read.learn import learn
from maillon.read.looks import affixes, may_be_word
from maillon.read.normalise import Normaliser
from maillon.read.profile import dump_profile, load_profile
from maillon.read.pseudonym import Keys
from maillon.read.reader import ReadSettings
from maillon.read.route_match import find
from maillon.read.routes import compile_routes
from shapes import SHAPES, Line, combined, parsed, shape
from shapes.alien import alien
from shapes.judge import Judge, judge
from shapes.second import SECOND
from shapes.site import lines_of

HELD_OUT = (201,)  # never looked at while the learner was written
NO_PATIENT = {"GraphQL", "all by POST"}
NO_ACCOUNT = {"no account"}
NO_NAME = {"account in the path", "digests", "numbers in file names", "search by POST", "shared technical user"}


def codes(profile):
    return {note.partition(":")[0] for note in profile.notes}


@pytest.mark.parametrize("seed", HELD_OUT)
@pytest.mark.parametrize("name", SHAPES)
def test_account_and_patient_are_found(name, seed):
    lines = shape(name, seed)
    verdict = judge(learn(parsed(lines), name), lines)
    for score in (verdict.account, verdict.patient):
        assert score.precision >= 0.95
        assert score.recall >= 0.95
        assert score.wrong_sure <= 0.01 * max(score.guessed, 1)
    assert (verdict.patient.told == 0) == (name in NO_PATIENT), "the shape itself"
    assert (verdict.account.told == 0) == (name in NO_ACCOUNT), "the shape itself"


@pytest.mark.parametrize("name", SHAPES)
def test_words_are_only_hints(name):
    """Every word of the log replaced by an invented one: counting alone must find the same."""
    lines = alien(shape(name, 203), 203)
    verdict = judge(learn(parsed(lines), name), lines)
    for score in (verdict.account, verdict.patient):
        assert score.precision >= 0.95
        assert score.recall >= 0.95
        assert score.wrong_sure <= 0.01 * max(score.guessed, 1)


@pytest.mark.parametrize("name", SECOND)
def test_structures_of_the_second_shelf(name):
    lines = lines_of(SECOND[name], 216)
    profile = learn(parsed(lines), name)
    verdict = judge(profile, lines)
    for score in (verdict.account, verdict.patient):
        assert score.precision >= 0.95
        assert score.recall >= 0.95
        assert score.wrong_sure <= 0.01 * max(score.guessed, 1)
    assert ("no_patient" in codes(profile)) == (name == "rotating tokens")


def test_where_two_identifiers_could_be_the_patient_it_is_not_sure():
    """Person and stay always together in the query, under invented words: the log does not tell which is which."""
    lines = alien(lines_of(SECOND["three in the query"], 217), 217)
    profile = learn(parsed(lines), "x")
    assert "rival_identifier" in codes(profile)
    assert all(route.certainty < 0.8 for route in profile.routes if "{patient}" in route.template)


@pytest.mark.parametrize("name", sorted(set(SHAPES) - NO_PATIENT))
def test_what_routes_do_is_found(name):
    """Reads, lists, searches, exports, care acts, log-ins, static files and health checks, by share of requests."""
    lines = shape(name, 204)
    assert judge(learn(parsed(lines), name), lines).kinds >= 0.9


@pytest.mark.parametrize("name", sorted(NO_PATIENT))
def test_a_log_without_patients_says_so(name):
    profile = learn(parsed(shape(name, 205)), name)
    assert "no_patient" in codes(profile)
    assert not any("{patient}" in route.template for route in profile.routes)


@pytest.mark.parametrize("name", SHAPES)
def test_the_note_on_the_account_is_right(name):
    profile = learn(parsed(shape(name, 206)), name)
    assert ("no_account" in codes(profile)) == (name in NO_ACCOUNT)
    assert ("user" in profile.account) == (name not in NO_NAME)
    assert ("shared_account" in codes(profile)) == (name == "shared technical user")


@pytest.mark.parametrize("name", SHAPES)
def test_the_profile_is_a_profile(name):
    """It can be written and read back, compiles, and means to the real matcher what it means to a plain one."""
    lines = shape(name, 207, accounts=20, days=2)
    profile = learn(parsed(lines), name)
    assert load_profile(dump_profile(profile), "learnt") == profile
    table, plain = compile_routes(profile), Judge(profile)
    for method, target in {(line.method, line.target): None for line in lines}:
        matched = find(table, target.encode(), method)
        route, held = plain.match(method, target)
        if route is None:
            assert not 0 <= matched.route < len(profile.routes)
        else:
            assert table.routes[matched.route] == route
            assert matched.patient.decode() == held.get("patient", "")
            assert matched.account.decode() == held.get("account", "")


@pytest.mark.parametrize("accounts", [1, 4, 9])
@pytest.mark.parametrize("name", SHAPES)
def test_no_value_of_the_log_reaches_the_profile(name, accounts):
    lines = shape(name, 208, accounts, days=2)
    for log in (lines, alien(lines, 208)):
        text = dump_profile(learn(parsed(log), name))
        held = {value for line in log for value in (line.patient, line.account, line.session) if len(value) > 3}
        assert [value for value in held if value in text] == []


IDENTIFIERS = (
    "4152", "00041520977", "1850", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "9e107d9d372bb6826bd81d3542a419d6",
    "jean.dupont@example.org", "255139912345678", "1951-03-02", "02-03-1951", "19510302", "TWFydGluIER1cmFuZA",
    "AB12CD34", "m.durand", "QQEWWRU", "v123456", "deadbeef1",
)  # fmt: skip


@pytest.mark.parametrize("value", IDENTIFIERS)
@pytest.mark.parametrize("where", ["/app/{}/view", "/app/{}", "/app/{}.html", "/app/view?op={}", "/{}/app/view"])
def test_what_looks_like_an_identifier_is_never_vocabulary(value, where):
    """Not even where every account asks for it, many times."""
    lines = [
        Line(1_000.0 * n + k, "10.0.0.1", f"user{n}", "", "GET", where.format(value), 200)
        for n in range(40)
        for k in range(10)
    ]
    others = [replace(line, target="/app/list?op=list", at=line.at + 0.5) for line in lines]
    assert value not in dump_profile(learn(parsed(lines + others), "x"))


def test_a_version_is_vocabulary():
    profile = learn(parsed(shape("single-page application", 210)), "x")
    assert any("/v1/" in r.template or "/v2/" in r.template for r in profile.routes) or any(
        r.template.startswith(("/rest/", "/backend/")) for r in profile.routes
    )
    assert may_be_word("v1")
    assert not may_be_word("v123")


@given(cuts=st.lists(st.integers(0, 1500), max_size=6))
@settings(max_examples=8, deadline=None)
def test_block_boundaries_do_not_matter(cuts):
    lines = shape("two identifiers", 211, accounts=12, days=2)[:1500]
    at = [0, *sorted(cuts), len(lines)]
    pieces = [block for a, b in pairwise(at) for block in parsed(lines[a:b])]
    assert learn(pieces, "x") == learn(parsed(lines), "x")


@pytest.mark.parametrize("name", SHAPES)
def test_twenty_lines_give_something_but_nothing_sure(name):
    lines = [line for line in shape(name, 212) if line.kind not in {"health", "scan", "robot", "static"}][40:60]
    profile = learn(parsed(lines), name)
    assert "few_records" in codes(profile)
    assert all(route.certainty < 0.8 for route in profile.routes if "{patient}" in route.template)


def test_reasons_hold_numbers():
    profile = learn(parsed(shape("search by POST", 213)), "x")
    assert profile.learnt
    for route in profile.routes:
        assert 0 <= route.certainty <= 1
        assert any(c.isdigit() for c in route.why)


def test_care_acts_follow_words_and_updates_follow_reads():
    profile = learn(parsed(shape("search by POST", 214)), "x")
    posts = {route.template.rpartition("/")[2]: route.action for route in profile.routes if route.method == "POST"}
    assert posts["envoyer"] == Action.CARE
    assert posts["modifier"] == Action.UPDATE
    assert posts["recherche"] == Action.SEARCH


@pytest.mark.parametrize(
    ("targets", "code"),
    [
        ([], "no_records"),
        (["/a.js", "/img/logo.png"] * 30, "only_static"),
        (["*", "host:443", "\x00\xff", "", "/../../etc"] * 30, "no_records"),
        (["/"] * 300, "no_patient"),
    ],
)
def test_a_sample_that_tells_nothing_gives_notes(targets, code):
    lines = [Line(float(k), "10.0.0.1", f"u{k % 9}", "", "GET", target, 200) for k, target in enumerate(targets)]
    profile = learn(parsed(lines), "x")
    assert code in codes(profile)
    assert not any("{patient}" in route.template for route in profile.routes)


PIECES = st.sampled_from(
    ["/", "?", "&", "=", ";", "{", "}", "{patient}", "%", "%2F", "%00", "..", ".", "a", "dossiers", "id", "12345", "(",
     ")", "'", "é", "\\x22", "http://h:80/", "http://", "*", "+", "#", ".pdf", "-", "patient-", "\x1b[31m", " "]
)  # fmt: skip
TARGETS = st.lists(PIECES, max_size=9).map("".join)
LINES = st.builds(
    Line,
    at=st.floats(0, 1e6),
    address=st.sampled_from(["", "10.0.0.1", "unix:"]),
    user=st.sampled_from(["", "-", "a", "b", "é {x}", "12345"]),
    session=st.sampled_from(["", "s1", "s2"]),
    method=st.sampled_from(["GET", "POST", "OPTIONS", "HEAD", "BREW", ""]),
    target=TARGETS,
    status=st.sampled_from([0, 200, 302, 404, 500, 999]),
)


@given(lines=st.lists(LINES, max_size=60), times=st.integers(1, 8))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_garbage_never_raises(lines, times):
    again = [replace(line, user=line.user and f"{line.user}{k}") for k in range(times) for line in lines]
    profile = learn(parsed(again), "x")
    assert load_profile(dump_profile(profile), "x") == profile
    compile_routes(profile)


def test_it_reads_what_the_scanner_reads():
    lines = shape("two identifiers", 215)
    text = "\n".join(map(combined, lines)).encode() + b"\n"
    reader = detect(text[: 1 << 16], ReadSettings())
    assert reader is not None
    profile = learn([reader.parse(text, 0)], "x")
    assert profile.routes == learn(parsed(lines), "x").routes


@pytest.mark.parametrize(("log", "articles"), [("sd.2012-11-30.log.gz", 1500), ("npg.2012-11-30.log.gz", 700)])
def test_articles_of_a_library_proxy_are_what_patients_are(shared_data, log, articles):
    """Real logs of 2012: named users read articles through one gateway."""
    text = gzip.decompress((shared_data / "access_ezproxy" / log).read_bytes())
    reader = detect(text[: 1 << 18], ReadSettings())
    assert reader is not None
    block = reader.parse(text, 0)
    profile = learn([block], "library")
    assert profile.account[0] == "user"
    shown = [route.template for route in profile.routes if "{patient}" in route.template]
    expected = "/science/article/pii/{patient}" if log.startswith("sd") else "/full/{patient}.html"
    assert any(template.endswith(expected) for template in shown)
    events = Normaliser(profile, "library", Keys(b"k" * 32, 1)).events(block)
    read = events.rows["patient"][events.rows["patient"] != 0]
    assert len(np.unique(read)) >= articles


@pytest.mark.parametrize(
    ("segment", "around"),
    [
        ("patient-123.html", ("patient-", ".html")),
        ("Patients(123)", ("Patients(", ")")),
        ("Facilities('7501')", ("Facilities('", "')")),
        ("doc_77.pdf", ("doc_", ".pdf")),
        ("123", ("", "")),
        ("7f3a.durand", ("", "")),
        ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", ("", "")),
    ],
)
def test_fixed_text_around_an_identifier(segment, around):
    assert affixes(segment) == around
