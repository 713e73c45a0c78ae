"""Which template a request takes, and where its patient is: against a slow reference, and by hand."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.facts.errors import ProfileError
from maillon.facts.event import Action
from maillon.facts.profile import Profile, Route
from maillon.read.route_match import NO_ROUTE, find
from maillon.read.routes import compile_routes


def table(*matches: str):
    routes = [
        Route(*match.split(" ", 1), action=Action.READ) if " " in match else Route("*", match, Action.READ)
        for match in matches
    ]
    return compile_routes(Profile("p", routes=tuple(routes)))


def taken(compiled, target: str, method: str = "GET", host: str = "") -> tuple[str | None, str]:
    found = find(compiled, target.encode(), method, host.encode())
    return (None if found.route < 0 else compiled.routes[found.route].template, found.patient.decode())


PORTAL = table(
    "GET /dossiers/{patient}/identite",
    "GET /dossiers/{patient}",
    "GET /dossiers/recherche",
    "GET /dossiers/recherche/aide/{id}",
    "POST /dossiers/{patient}/envoyer",
    "GET /usagers",
    "GET /usagers?id={patient}",
    "GET /usagers?id={patient}&vue={id}",
    "GET /usagers?op=liste",
    "GET /Patients({patient})",
    "GET /pdf/{patient}.pdf",
    "GET /pdf/{id}",
    "GET /fiche;num={patient}/vue",
    "GET /s/{session}/u/{account}/p/{patient}",
    "GET /docs/{*}",
    "GET http://autre.example/dossiers/{patient}",
)


@pytest.mark.parametrize(
    ("target", "expected", "patient"),
    [
        ("/dossiers/42/identite", "/dossiers/{patient}/identite", "42"),
        ("/dossiers/42/identite/", "/dossiers/{patient}/identite", "42"),
        ("//dossiers///42//identite", "/dossiers/{patient}/identite", "42"),
        ("/dossiers;jsessionid=A/42;jsessionid=B;c=d/identite;e?x=1#f", "/dossiers/{patient}/identite", "42"),
        ("/dossiers/./42/x/../identite", "/dossiers/{patient}/identite", "42"),
        ("/../dossiers/7/../42/%2e%2E/42/identite", "/dossiers/{patient}/identite", "42"),
        ("/a/b/c/../../../dossiers/42/identite", "/dossiers/{patient}/identite", "42"),
        ("/%64ossiers/4%32/identit\\x65", "/dossiers/{patient}/identite", "4%32"),
        ("/dossiers/4%2F2/identite", "/dossiers/{patient}/identite", "4%2F2"),
        ("/dossiers/recherche", "/dossiers/recherche", ""),
        ("/dossiers/recherche/identite", "/dossiers/{patient}/identite", "recherche"),
        ("/dossiers/recherche/aide/3", "/dossiers/recherche/aide/{id}", ""),
        ("/Dossiers/42", None, ""),
        ("/dossiers", None, ""),
        ("/dossiers/42/identite/plus", None, ""),
        ("/usagers", "/usagers", ""),
        ("/usagers?x=1", "/usagers", ""),
        ("/usagers?id=", "/usagers", ""),
        ("/usagers?x=1&id=42&y", "/usagers?id={patient}", "42"),
        ("/usagers?i%64=42#id=43", "/usagers?id={patient}", "42"),
        ("/usagers?vue=&id=42", "/usagers?id={patient}&vue={id}", "42"),
        ("/usagers?op=liste", "/usagers?op=liste", ""),
        ("/usagers?op=autre", "/usagers", ""),
        ("/usagers?op=l%69ste&op=autre", "/usagers?op=liste", ""),
        ("/usagers?id=1&id=2", "/usagers?id={patient}", "1&id=2"),
        ("/Patients(42)", "/Patients({patient})", "42"),
        ("/Patients%2842%29", "/Patients({patient})", "42"),
        ("/Patients()", None, ""),
        ("/pdf/42.pdf", "/pdf/{patient}.pdf", "42"),
        ("/pdf/.pdf", "/pdf/{id}", ""),
        ("/fiche;a=b;num=42;c/vue", "/fiche;num={patient}/vue", "42"),
        ("/fiche/vue;num=42?num=43", "/fiche;num={patient}/vue", "42"),
        ("/fiche/vue?num=43", None, ""),
        ("/docs", "/docs/{*}", ""),
        ("/docs/a/b/c?d", "/docs/{*}", ""),
        ("/docs/a/../../dossiers/42", "/dossiers/{patient}", "42"),
        ("http://h.example:8080/dossiers/42?x", "/dossiers/{patient}", "42"),
        ("https://moi@AUTRE.example:443/dossiers/42", "http://autre.example/dossiers/{patient}", "42"),
        ("http://autre.example/dossiers/42/identite", "/dossiers/{patient}/identite", "42"),
        ("http://autre.example?x", None, ""),
        ("/robots.txt", "/robots.txt", ""),
        ("/status/", "/status", ""),
        ("/status/42", None, ""),
        ("/" + "a/" * 100, None, ""),
        ("", None, ""),
        ("*", None, ""),
    ],
)
def test_targets(target, expected, patient):
    assert taken(PORTAL, target) == (expected, patient)


def test_account_and_session_are_found_too():
    found = find(PORTAL, b"/s/S%31/u/zoe/p/42")
    assert (found.session, found.account, found.patient) == (b"S%31", b"zoe", b"42")


def test_methods():
    assert taken(PORTAL, "/dossiers/42", "HEAD")[0] == "/dossiers/{patient}"
    assert taken(PORTAL, "/dossiers/42", "POST")[0] is None
    assert taken(PORTAL, "/dossiers/42/envoyer", "POST") == ("/dossiers/{patient}/envoyer", "42")
    assert taken(PORTAL, "/dossiers/42/envoyer", "")[0] == "/dossiers/{patient}/envoyer"
    both = table("* /a/{id}", "PUT /a/{id}", "PUT /a/{*}")
    assert both.routes[find(both, b"/a/1", "PUT").route].method == "PUT"
    assert both.routes[find(both, b"/a/1", "GET").route].method == "*"


def test_host_of_the_record_counts_where_the_target_has_none():
    assert taken(PORTAL, "/dossiers/42", host="autre.example:443")[0] == "http://autre.example/dossiers/{patient}"
    assert taken(PORTAL, "/dossiers/42", host="h.example")[0] == "/dossiers/{patient}"


def test_the_usual_paths_yield_to_the_profile():
    assert taken(table("/{patient}"), "/status") == ("/{patient}", "status")


def test_explosion_is_a_clear_error():
    matches = [f"/{'{id}/' * n}x{n % 7}/{'{id}/' * (14 - n)}y{n}" for n in range(15)]
    matches += [f"/{'{id}/' * n}z/{'{id}/' * (20 - n)}w{n}" for n in range(20)]
    with pytest.raises(ProfileError, match="overlap too much"):
        table(*matches)


def test_bad_template_is_a_clear_error():
    with pytest.raises(ProfileError, match=r"route 2: .*\{patient\} stands twice"):
        table("/a", "/{patient}/{patient}")


# A slow reference: templates as regular expressions, ranked by the documented order.
WORDS = ["a", "b", "ab", "x1"]
part = st.sampled_from([*WORDS, "{p}", "{p}", "a{p}", "{p}b", "a{p}b"])
template_parts = st.lists(part, min_size=1, max_size=4)
segments = st.lists(st.sampled_from([*WORDS, "aab", "a1b", "zz", "%61", "a%62"]), max_size=5)


def reference(templates: list[list[str]], path: list[str]) -> set[int]:
    decoded = [unquote_to_bytes(segment).decode() for segment in path]
    ranked = []
    for index, parts in enumerate(templates):
        rest = parts[-1:] == ["{*}"]
        fixed = parts[:-1] if rest else parts
        if len(decoded) < len(fixed) or (not rest and len(decoded) != len(fixed)):
            continue
        patterns = [re.escape(p).replace(re.escape("{p}"), ".+") for p in fixed]
        if all(re.fullmatch(pattern, text) for pattern, text in zip(patterns, decoded, strict=False)):
            ranked.append(([_rank(p) for p in parts], index))
    return {index for rank, index in ranked if rank == min(ranked)[0]}


def _rank(text: str) -> tuple[int, int]:
    if text == "{*}":
        return (3, 0)
    if "{p}" not in text:
        return (0, 0)
    return (2, 0) if text == "{p}" else (1, -len(text))


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(template_parts, st.booleans()), min_size=1, max_size=8),
    st.lists(segments, min_size=1, max_size=12),
)
def test_equals_the_reference(drawn, paths):
    templates = [parts + (["{*}"] if rest else []) for parts, rest in drawn]
    written = ["/" + "/".join(parts).replace("{p}", "{id}") for parts in templates]
    compiled = table(*written)
    for path in paths:
        found = find(compiled, ("/" + "/".join(path)).encode()).route
        expected = reference(templates, path)
        assert found in expected if expected else found == NO_ROUTE
