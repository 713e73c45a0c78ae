"""Laws that run over the whole shelf, and what tells its formats apart."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import REPOSITORY
from maillon.facts.record import RECORD
from maillon.read.dialects import DIALECTS, ENOUGH, describe, detect
from maillon.read.maillon_event import ACTIONS, EXAMPLE, FIELDS, OUTCOMES, TEXTS
from maillon.read.reader import ReadSettings
from maillon.read.slices import PADDING
from rows import assert_accounted, rows_of

SETTINGS = ReadSettings(tz="Europe/Paris")
EVERY = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)

ODD = st.sampled_from(
    [
        *(
            b"",
            b" ",
            b"\r",
            b"{",
            b"}",
            b"[",
            b"]",
            b"{}",
            b"[]",
            b"null",
            b"-",
            b"\x00",
            b"\x1b[2J",
            b"\xff\xfe",
            b'"',
        ),
        *(b'{"a":' * 5000, b"[" * 5000, b"- - - [", b'1.2.3.4 - - [] "" ', b'{"time":1,"type":"LOGIN"', b"},"),
        *(b"<AuditMessage>", b"</AuditMessage>", b"<?xml ?>", b"<!DOCTYPE a [", b"<85>1 - - - - - - ", b"99 <85>1 "),
        *(
            b'{"resourceType":"AuditEvent",',
            b'{"resourceType":"Bundle","entry":[{"resource":{',
            b'"resource": {',
            b"}, {",
        ),
    ]
)
CUT = st.tuples(st.sampled_from(DIALECTS), st.integers(0, 400), st.binary(max_size=4)).map(
    lambda parts: parts[0].example[: parts[1]].rstrip(b"\n") + parts[2].replace(b"\n", b"")
)
LINE = st.one_of(
    st.sampled_from([dialect.example.rstrip(b"\n") for dialect in DIALECTS]),
    ODD,
    CUT,
    st.binary(max_size=80).map(lambda line: line.replace(b"\n", b"")),
)
BLOCK = st.tuples(st.lists(LINE, max_size=8), st.booleans()).map(
    lambda parts: b"\n".join(parts[0]) + (b"\n" if parts[1] and parts[0] else b"")
)


@EVERY
def test_an_example_is_told_and_read(dialect):
    assert dialect.example.endswith(b"\n")
    assert dialect.sniff(dialect.example, SETTINGS) == 1.0
    reader = detect(dialect.example * 3, SETTINGS)
    assert type(reader) is type(dialect.open(dialect.example, SETTINGS))
    assert reader.name == dialect.open(dialect.example, SETTINGS).name
    parsed = reader.parse(dialect.example * 3, 500)
    assert parsed.rows["position"].tolist() == [500 + index * len(dialect.example) for index in range(3)]
    first = rows_of(parsed)[0]
    assert all(first[column] for column in ("account", "address", "at"))


@EVERY
@given(block=BLOCK)
def test_nothing_vanishes_and_nothing_crashes(dialect, block):
    assert 0.0 <= dialect.sniff(block, SETTINGS) <= 1.0
    parsed = dialect.open(dialect.example, SETTINGS).parse(block, 7)
    assert_accounted(parsed, block)
    assert parsed.rows.dtype == RECORD
    assert not parsed.buffer[-PADDING:].any()
    assert all(7 <= position < 7 + max(len(block), 1) for position in parsed.rows["position"].tolist())
    for rejected in parsed.rejected:
        assert re.fullmatch(r"[\x20-\x7e]{0,120}", rejected.shape)
        assert not re.search(r"[b-zB-Z0-8]", rejected.shape)
        assert re.fullmatch(r"[A-Za-z: ]{2,40}", rejected.reason)


@EVERY
@given(block=BLOCK, data=st.data())
def test_any_split_at_a_line_gives_the_same_rows(dialect, block, data):
    cuts = [0, *(index + 1 for index, byte in enumerate(block) if byte == 10)]
    cut = data.draw(st.sampled_from(cuts))
    whole = dialect.open(dialect.example, SETTINGS).parse(block, 0)
    reader = dialect.open(dialect.example, SETTINGS)
    first, second = reader.parse(block[:cut], 0), reader.parse(block[cut:], cut)
    assert rows_of(first) + rows_of(second) == rows_of(whole)
    assert first.rejected + second.rejected == whole.rejected
    assert first.records + second.records == whole.records


@EVERY
def test_what_a_reader_keeps_names_no_patient(dialect):
    indented = dialect.example.replace(b"{", b"{\n").replace(b"<", b"\n<").replace(b"\n\n", b"\n")
    for block in (dialect.example, indented):
        for cut in [index + 1 for index, byte in enumerate(block) if byte == 10]:
            reader = dialect.open(dialect.example, SETTINGS)
            reader.parse(block[:cut], 0)
            assert "4711" not in json.dumps(reader.state)


@given(st.binary(max_size=300))
def test_any_bytes_are_told_or_not(sample):
    reader = detect(sample, SETTINGS)
    if reader is not None:
        assert_accounted(reader.parse(sample, 0), sample)


@pytest.mark.parametrize(
    "sample", [b"", b"\n\n", b"hello\nworld\n", b"\x7fELF\x02\x01\x01\x00", b"[" * 10_000, b"{}\n{}\n"]
)
def test_what_is_no_log(sample):
    assert detect(sample, SETTINGS) is None


def test_half_is_enough():
    good, bad = DIALECTS[0].example, b"something else\n"
    assert ENOUGH == 0.5
    assert detect(good + bad, SETTINGS) is not None
    assert detect(good + bad + bad, SETTINGS) is None


def test_a_log_format_is_for_access_logs():
    reader = detect(b"x\n", ReadSettings(log_format='$remote_addr [$time_iso8601] "$request" $status'))
    block = b'192.0.2.17 [2026-03-01T08:12:03+01:00] "GET /a HTTP/1.1" 200\n'
    assert rows_of(reader.parse(block, 0))[0]["target"] == "/a"


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("caddy-logs/caddy-logs.log", "json (caddy)"),
        ("traefik_base-http-scenario/traefik_base-http-scenario.log", "json (traefik)"),
        ("envoy-http-crawl-non_statics/envoy-http-crawl-non_statics.log", "json (envoy)"),
        ("keycloak-logs/keycloak-logs.log", "keycloak log"),
        ("gitlab-bf/gitlab-bf.log", "json"),
        ("teleport-impossible-travel/teleport-bf.log", None),
        ("authentik-logs/authentik-logs.log", None),
        ("authelia-logs/authelia-logs.log", None),
        ("magento-ccs/magento-ccs.log", None),
        ("sshd-impossible-travel/sshd-success-logs.log", None),
        ("nginx-http-generic-bf/nginx-http-generic-bf.log", None),
    ],
)
def test_real_logs_are_told_apart(shared_data, name, dialect):
    reader = detect((shared_data / "access_logs/crowdsec_hub_tests" / name).read_bytes(), SETTINGS)
    assert (reader and reader.name) == dialect


def test_real_access_logs_are_told(shared_data):
    folder = shared_data / "access_logs/crowdsec_hub_tests"
    for name in ("http-dos-random-uri/http_dos_random_uri.log", "apache-http-probing/apache-http-probing.log"):
        block = (folder / name).read_bytes()
        parsed = detect(block, SETTINGS).parse(block, 0)
        assert_accounted(parsed, block)
        assert len(parsed.rows) > 50


def page(name):
    return (REPOSITORY / "docs" / name).read_text()


def test_the_page_of_formats_is_the_table():
    assert describe() in page("formats.md")


def test_the_page_of_event_lines_is_the_code():
    text = page("event-lines.md")
    assert EXAMPLE.decode() in text
    for mark, words in (("actions", ACTIONS), ("outcomes", OUTCOMES), ("fields", FIELDS)):
        listed = re.search(rf"<!-- {mark} -->(.*?)<!-- end -->", text, re.DOTALL)[1]
        assert re.findall(r"`(\w+)`", listed) == list(words)
    keys = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert keys == {"maillon", "at", "action", "patient", "patients", "fields", "listed", "outcome", *TEXTS}
