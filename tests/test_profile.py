"""The profile file: every mistake at once with its place, and back again unchanged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import REPOSITORY
from maillon.facts.errors import ProfileError
from maillon.facts.event import Action, Field
from maillon.facts.profile import Profile, Route
from maillon.read.profile import ACTIONS, dump_profile, load_profile, reference
from maillon.read.routes import compile_routes
from maillon.read.template import parse_template

WRONG = """\
nam = "x"
account = ["usr", "user", "user"]
hosts = ["http://a.example"]
notes = ['''
[[route]]
match = 3
''']

[[route]]
match = "GTE dossiers/{patent}"
action = "raed"
fields = ["nirr"]

[[ route ]]
"match" = "HEAD /a/{patient}/{patient}"
listed = -1
ignore = "x"
colour = 3

[[route]]
match = "GET /a/{x"
action = "read"
certainty = 1.5
exposes_on_redirect = 1

[[route]]
action = "read"

[[route]]
match = "GET /b/{patient}"

[[route]]
match = "GET /b/{id}"
action = "list"

[[route]]
match = "GET  /c d"
action = "list"

[table]
x = 1
"""

EXPECTED = [
    (1, "'nam'", "did you mean 'name'?"),
    (1, "'name'", "is missing"),
    (2, "'account'", "'usr' is not a source of the account; did you mean 'user'?"),
    (2, "'account'", "'user' stands twice"),
    (3, "'hosts'", "is not a plain host name"),
    (10, "route 1, field 'match'", "did you mean GET?"),
    (10, "route 1, field 'match'", "starts with /"),
    (10, "route 1, field 'match'", "{patent} is not known; did you mean {patient}?"),
    (11, "route 1, field 'action'", "did you mean 'read'?"),
    (12, "route 1, field 'fields'", "did you mean 'nir'?"),
    (15, "route 2, field 'match'", "HEAD counts as GET"),
    (15, "route 2, field 'match'", "{patient} stands twice"),
    (16, "route 2, field 'listed'", "whole number"),
    (17, "route 2, field 'ignore'", "is not a kind to ignore"),
    (18, "route 2, field 'colour'", "is not known"),
    (21, "route 3, field 'match'", "a brace is not closed"),
    (23, "route 3, field 'certainty'", "number from 0 to 1"),
    (24, "route 3, field 'exposes_on_redirect'", "true or false"),
    (26, "route 4, field 'match'", "is missing"),
    (29, "route 5, field 'action'", "is missing"),
    (33, "route 6, field 'match'", "same requests as route 5"),
    (37, "route 7, field 'match'", "a method and a template"),
    (40, "'table'", "is not known"),
]


def test_all_mistakes_at_once_with_line_and_field():
    with pytest.raises(ProfileError) as caught:
        load_profile(WRONG, "portail.toml")
    assert str(caught.value).startswith("portail.toml: 23 mistake(s)")
    assert len(caught.value.mistakes) == len(EXPECTED)
    for sentence, (line, field, words) in zip(caught.value.mistakes, EXPECTED, strict=True):
        assert sentence.startswith(f"line {line}, ")
        assert field in sentence
        assert words in sentence


def test_not_toml():
    with pytest.raises(ProfileError, match=r"p\.toml: 1 .*\n.*not TOML.*line 2"):
        load_profile('name = "x"\nroute = x\n', "p.toml")


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("/a{id}{patient}", "several braces"),
        ("/{*}/a", "nothing may follow"),
        ("/a{*}", "stands alone"),
        ("/a/../b", "no . or .. segment"),
        ("/a?id", "has no value"),
        ("/a?{patient}=1", "a brace in its key"),
        ("/a?x=a{patient}", "mixes fixed text"),
        ("/a?x={*}", "cannot be {*}"),
        ("/a?x={id}&x=1", "stands twice"),
        ("/a;x", "has no value"),
        ("http://a:80/b", "no port"),
        ("http:///b", "a plain name"),
        ("http://a", "starts with /"),
        ("/a}b", "a brace"),
        ("/{a{id}}", "a brace"),
        ("/a" * 33, "more than 32"),
    ],
)
def test_bad_templates(template, words):
    assert any(words in mistake for mistake in parse_template(template)[1])


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
templates = st.lists(
    st.sampled_from(["a", "é", "%2F", "{id}", "x{id}.pdf", "Patients({id})", "b;k={id}"]), min_size=1, max_size=4
).map(lambda parts: "/" + "/".join(parts))
routes = st.builds(
    Route,
    st.sampled_from(["GET", "POST", "*"]),
    st.one_of(templates, templates.map(lambda template: "http://h.example" + template)),
    st.sampled_from(Action),
    st.integers(0, sum(Field)),
    st.integers(0, 10**6),
    st.sampled_from(["", "static", "health", "robot"]),
    st.booleans(),
    st.floats(0, 1),
    texts,
).filter(lambda route: not parse_template(route.template)[1])
profiles = st.builds(
    Profile,
    texts.filter(str.strip),
    st.lists(st.sampled_from(["user", "path", "session"]), min_size=1, unique=True).map(tuple),
    texts,
    st.lists(st.sampled_from(["a.example", "[::1]", "b"])).map(tuple),
    st.lists(routes, max_size=5, unique_by=lambda r: (r.method, parse_template(r.template)[0].shape())).map(tuple),
    st.booleans(),
    st.lists(texts).map(tuple),
)


@given(profiles)
def test_round_trip(profile):
    assert load_profile(dump_profile(profile), "p.toml") == profile


def test_the_example_is_right_and_complete():
    text = (REPOSITORY / "examples" / "profile.toml").read_text()
    profile = load_profile(text, "examples/profile.toml")
    assert load_profile(dump_profile(profile), "again") == profile
    assert len(compile_routes(profile).routes) > len(profile.routes)
    assert {route.action for route in profile.routes} >= {Action.READ, Action.LIST, Action.SEARCH, Action.CARE}


def test_the_reference_is_printed_from_the_declarations():
    page = (REPOSITORY / "docs" / "profile.md").read_text()
    assert page.endswith("## Reference\n\n" + reference())
    assert set(ACTIONS) == set(Action)
