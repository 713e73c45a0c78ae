import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.facts.errors import UsageError
from maillon.facts.record import METHODS, UNROUTED
from maillon.read.json_keys import KEYS
from maillon.read.json_lines import DIALECT, open_reader, sniff
from maillon.read.reader import ReadSettings
from rows import assert_accounted, rows_of

SETTINGS = ReadSettings()
AT = 1_772_349_123_000_000  # 2026-03-01T08:12:03+01:00


def read(*objects, settings=SETTINGS):
    """Return reader, rows and what was parsed of one object a line (bytes stand as they are)."""
    lines = [item if isinstance(item, bytes) else json.dumps(item).encode() for item in objects]
    block = b"\n".join(lines) + b"\n"
    reader = open_reader(block, settings)
    parsed = reader.parse(block, 0)
    assert_accounted(parsed, block)
    return reader, rows_of(parsed), parsed


def one(**keys):
    return read({"time": "2026-03-01T08:12:03+01:00", "request_uri": "/a", **keys})[1][0]


def test_nginx():
    reader, rows, _ = read(
        {
            "time_iso8601": "2026-03-01T08:12:03+01:00",
            "remote_addr": "2001:db8::17",
            "remote_user": "dr.martin",
            "request": "POST /dossiers/4711?onglet=identité HTTP/2.0",
            "status": "302",
            "http_referer": "https://portail.example/",
            "http_user_agent": 'Mozilla "5.0" \\x22',
            "host": "portail.example",
            "request_id": "6f1c02",
            "cookie_JSESSIONID": "b7e1",
            "cookie_lang": "fr",
        }
    )
    assert (reader.name, reader.zoneless) == ("json (nginx)", False)
    assert rows == [
        {
            "position": 0,
            "at": AT,
            "zone": 3600,
            "status": 302,
            "method": METHODS.index("POST"),
            "action": UNROUTED,
            "outcome": UNROUTED,
            "fields": 0,
            "listed": 0,
            "address": "2001:db8::17",
            "account": "dr.martin",
            "session": "b7e1",
            "request": "6f1c02",
            "target": "/dossiers/4711?onglet=identité",
            "host": "portail.example",
            "referrer": "https://portail.example/",
            "agent": 'Mozilla "5.0" \\x22',
            "patient": "",
        }
    ]


def test_caddy():
    reader, rows, _ = read(
        {
            "ts": 1772349123.5,
            "logger": "http.log.access",
            "request": {
                "remote_ip": "10.0.0.1",
                "client_ip": "10.0.0.1",
                "method": "GET",
                "host": "portail.example",
                "uri": "/dossiers/4711",
                "headers": {
                    "User-Agent": ["Mozilla/5.0"],
                    "X-Forwarded-For": ["192.0.2.17"],
                    "X-Forwarded-User": ["someone.else"],
                    "Referer": ["https://portail.example/"],
                },
            },
            "user_id": "",
            "status": 200,
        },
        settings=ReadSettings(tz="Europe/Paris"),
    )
    assert (reader.name, reader.zoneless) == ("json (caddy)", True)
    assert (rows[0]["at"], rows[0]["zone"]) == (AT + 500_000, 3600)
    assert rows[0]["account"] == ""  # the header is the client's own word
    assert (rows[0]["address"], rows[0]["target"], rows[0]["status"]) == ("192.0.2.17", "/dossiers/4711", 200)
    assert (rows[0]["agent"], rows[0]["referrer"]) == ("Mozilla/5.0", "https://portail.example/")


def test_traefik_takes_the_start_of_the_request_not_of_the_line():
    reader, rows, _ = read(
        {
            "ClientHost": "192.0.2.17",
            "ClientUsername": "dr.martin",
            "RequestMethod": "DELETE",
            "RequestPath": "/dossiers/4711",
            "RequestHost": "portail.example",
            "DownstreamStatus": 204,
            "StartUTC": "2026-03-01T07:12:03.464763557Z",
            "time": "2026-03-01T07:12:09Z",
            "request_User-Agent": "Mozilla/5.0",
        }
    )
    assert reader.name == "json (traefik)"
    assert rows[0]["at"] == AT + 464_763
    assert (rows[0]["account"], rows[0]["method"], rows[0]["status"]) == ("dr.martin", METHODS.index("DELETE"), 204)


def test_envoy_within_what_a_container_runtime_writes():
    line = {
        "start_time": "2026-03-01T07:12:03.100Z",
        "method": "GET",
        "x-envoy-original-path": "/dossiers/4711?a=1",
        "path": "/rewritten",
        "response_code": 200,
        "downstream_remote_address": "10.0.0.13:40000",
        "x-forwarded-for": "192.0.2.17",
        ":authority": "portail.example",
        "x-request-id": "6f1c02",
        "user-agent": None,
    }
    reader, rows, _ = read(b"2026-03-01T08:12:03.1+01:00 stdout F " + json.dumps(line).encode())
    assert reader.name == "json (envoy)"
    assert (rows[0]["target"], rows[0]["address"], rows[0]["host"]) == (
        "/dossiers/4711?a=1",
        "192.0.2.17",
        "portail.example",
    )
    assert (rows[0]["request"], rows[0]["agent"]) == ("6f1c02", "")


@pytest.mark.parametrize(
    ("keys", "target", "method"),
    [
        ({"request": "GET /x HTTP/1.1"}, "/x", "GET"),
        ({"request": "GET /a b c HTTP/1.1"}, "/a b c", "GET"),
        ({"request": "GET /x"}, "/x", "GET"),
        ({"request": "GET /a b"}, "/a b", "GET"),
        ({"request": "/x"}, "/x", ""),
        ({"request": "BREW /x HTTP/1.1"}, "/x", ""),
        ({"request": "GET http://portail.example/x HTTP/1.1", "uri": "/index.php"}, "http://portail.example/x", "GET"),
        ({"method": "PUT", "uri": "/x", "args": "id=4711"}, "/x?id=4711", "PUT"),
        ({"method": "PUT", "uri": "/x?id=1", "query_string": "id=1"}, "/x?id=1", "PUT"),
        ({"method": "PUT", "path": "/x", "query": "?id=1"}, "/x?id=1", "PUT"),
        ({"http": {"request": {"method": "GET"}}, "url": {"original": "/x"}}, "/x", "GET"),
        ({"http.request.method": "GET", "url.path": "/x", "url.query": "a=1"}, "/x?a=1", "GET"),
    ],
)
def test_where_the_request_may_be(keys, target, method):
    rows = read({"time": "2026-03-01T08:12:03+01:00", "status": 200, **keys})[1]
    assert [(row["target"], METHODS[row["method"]]) for row in rows] == [(target, method)]


@pytest.mark.parametrize("value", ["-", "", "--", None, [], {}, True, ["-"]])
def test_absent_accounts(value):
    assert one(remote_user=value)["account"] == ""


@pytest.mark.parametrize(
    ("value", "account"),
    [(12, "12"), (12.0, "12"), (["é b"], "é b"), ("dr martin 2", "dr martin 2"), ("a\x00b", "a\x00b")],
)
def test_present_accounts(value, account):
    assert one(remote_user=value)["account"] == account


def test_the_first_key_that_holds_something_wins_line_by_line():
    base = {"time": "2026-03-01T08:12:03+01:00", "request_uri": "/a"}
    _, rows, _ = read(
        {**base, "remote_user": "-", "user": "a"},
        {**base, "remote_user": "b", "user": "c"},
        {**base, "sub": "d"},
        {**base, "user": {"name": "e"}},
    )
    assert [row["account"] for row in rows] == ["a", "b", "d", "e"]


@pytest.mark.parametrize(
    ("value", "status"), [(200, 200), ("404", 404), (200.0, 200), ("-", 0), (0, 0), (None, 0), ([], 0)]
)
def test_statuses(value, status):
    assert one(status=value)["status"] == status


def test_reasons_of_what_is_no_access():
    when = {"time": "2026-03-01T08:12:03+01:00"}
    _, rows, parsed = read(
        {**when, "request_uri": "/a"},
        b"not at all 12",
        {"request_uri": "/a"},
        {"time": "yesterday", "request_uri": "/a"},
        {**when, "remote_addr": "192.0.2.1"},
        {**when, "status": 400, "request": ""},
        {**when, "level": "debug", "msg": "selected upstream"},
        {**when, "level": "error", "msg": "wrong password", "method": "POST", "path": "/login"},
        b"",
        b"[1,2]",
    )
    assert len(rows) == 1
    assert [rejected.reason for rejected in parsed.rejected] == [
        "not JSON",
        "no time",
        "time",
        "no request",
        "not JSON",
    ]
    assert parsed.rejected[0].shape == "aaa aa aaa 99"
    assert parsed.ignored == {"empty request": 1, "server log": 2, "blank": 1}


def test_positions_are_of_the_source():
    block = DIALECT.example * 3
    parsed = open_reader(block, SETTINGS).parse(block, 1000)
    assert parsed.rows["position"].tolist() == [1000 + index * len(DIALECT.example) for index in range(3)]


def test_one_line_of_ten_megabytes():
    long = "/" + "a" * 10_000_000
    _, rows, _ = read({"time": "2026-03-01T08:12:03+01:00", "request_uri": long}, DIALECT.example.strip())
    assert rows[0]["target"] == long
    assert rows[1]["account"] == "dr.martin"


def test_an_unknown_zone_is_refused():
    with pytest.raises(UsageError):
        open_reader(DIALECT.example, ReadSettings(tz="Mars/Olympus"))


ANY_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=5,
)
NAMES = sorted({path[0] for paths in KEYS.values() for path in paths} | {"level", "cookie_sid", "headers"})


@given(
    st.lists(
        st.dictionaries(st.sampled_from(NAMES), ANY_JSON, max_size=6).map(
            lambda item: {"ts": 1772349123, "path": "/a", **item}
        ),
        min_size=1,
        max_size=6,
    ),
    st.data(),
)
def test_any_value_in_any_key_is_counted_and_any_split_gives_the_same(items, data):
    lines = [json.dumps(item).encode() + b"\n" for item in items]
    block, cut = b"".join(lines), len(b"".join(lines[: data.draw(st.integers(0, len(lines)))]))
    parsed = open_reader(block, SETTINGS).parse(block, 0)
    assert_accounted(parsed, block)
    reader = open_reader(block, SETTINGS)
    parts = reader.parse(block[:cut], 0), reader.parse(block[cut:], cut)
    assert rows_of(parts[0]) + rows_of(parts[1]) == rows_of(parsed)


@pytest.mark.parametrize(
    ("name", "dialect", "rows", "ignored"),
    [
        ("caddy-logs/caddy-logs.log", "json (caddy)", 10, {"server log": 1, "blank": 1}),
        ("traefik_base-http-scenario/traefik_base-http-scenario.log", "json (traefik)", 80, {}),
        ("envoy-http-crawl-non_statics/envoy-http-crawl-non_statics.log", "json (envoy)", 41, {}),
    ],
)
def test_real_logs(shared_data, name, dialect, rows, ignored):
    block = (shared_data / "access_logs/crowdsec_hub_tests" / name).read_bytes()
    assert sniff(block, SETTINGS) == 1.0
    reader = open_reader(block, SETTINGS)
    parsed = reader.parse(block, 0)
    assert_accounted(parsed, block)
    assert (reader.name, len(parsed.rows), parsed.ignored) == (dialect, rows, ignored)


def test_real_lines_in_full(shared_data):
    folder = shared_data / "access_logs/crowdsec_hub_tests"
    block = (folder / "caddy-logs/caddy-logs.log").read_bytes()
    bob = next(row for row in rows_of(open_reader(block, SETTINGS).parse(block, 0)) if row["account"])
    assert (bob["account"], bob["at"], bob["status"]) == ("Bob", 1_711_741_864_947_103, 200)
    block = (folder / "envoy-http-crawl-non_statics/envoy-http-crawl-non_statics.log").read_bytes()
    first = rows_of(open_reader(block, SETTINGS).parse(block, 0))[0]
    assert (first["target"], first["address"], first["host"]) == ("/page-01", "10.0.0.13", "crawl.internal")


@pytest.mark.parametrize("name", ["keycloak-logs/keycloak-logs.log", "nginx-http-generic-bf/nginx-http-generic-bf.log"])
def test_other_logs_are_not_claimed(shared_data, name):
    assert sniff((shared_data / "access_logs/crowdsec_hub_tests" / name).read_bytes(), SETTINGS) == 0.0


def test_status_snapshots_are_not_an_access_log(shared_data):
    with gzip.open(shared_data / "access_logs/elastic_nginxplus_json.log.gz") as file:
        assert sniff(file.read(1 << 20), SETTINGS) == 0.0
