"""Which layout an access log has, and what its columns mean: told by their content, or by a log_format."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access_lines import SESSIONS, STAMP, log, told
from maillon.facts.errors import UsageError
from maillon.read.access_columns import is_address
from maillon.read.access_log import AccessLog, open_reader
from maillon.read.forwarded import client_address
from maillon.read.layout import BUILT_IN, compile_layout
from maillon.read.reader import ReadSettings
from rows import rows_of


@pytest.mark.parametrize(
    ("tails", "name", "column", "values"),
    [
        ([""], "combined", "session", {""}),
        ([" 0.012", " 1.5"], "combined + number", "session", {""}),
        ([' "0.012"', ' "-"'], "combined + number", "session", {""}),
        ([f" {one}" for one in SESSIONS], "combined + session", "session", set(SESSIONS)),
        ([f' 0.1 "{one}"' for one in SESSIONS], "combined + number + session", "session", set(SESSIONS)),
        ([" 0123456789abcdef0123456789ab{n}"], "combined + request id", "request",
         {f"0123456789abcdef0123456789ab{n:04d}" for n in range(40)}),
        ([" 10.0.0.5:8080", " 10.0.0.6:8080"], "combined + other", "session", {""}),
        ([" app1.example.org:80", " app2.example.org:80"], "combined + other", "session", {""}),
        ([" backend1:8080", " backend2:8080"], "combined + other", "session", {""}),
        ([" TLSv1.2", " TLSv1.3"], "combined + other", "session", {""}),
        ([" ECDHE-RSA-AES128-GCM-SHA256", " TLS_AES_128_GCM_SHA256"], "combined + other", "session", {""}),
        ([" EXPIRED", " UPDATING"], "combined + other", "session", {""}),
        ([f" {SESSIONS[0]}"], "combined + other", "session", {""}),
        ([f' 0.1, 0.2 "{SESSIONS[0]}"', f' 0.1 "{SESSIONS[1]}"'], "combined + number + session", "session",
         set(SESSIONS[:2])),
        ([f" 0.1, -, 2 {one}" for one in SESSIONS], "combined + number + session", "session", set(SESSIONS)),
    ],
)  # fmt: skip
def test_trailing_fields_are_told_by_their_content(tails, name, column, values):
    found, rows = told(log(*tails))
    assert found == name
    assert {row[column] for row in rows} == values
    assert {row["agent"] for row in rows} == {"UA"}


@pytest.mark.parametrize("values", [("webfront01", "webfront02"), ("prime256v1", "X25519MLKEM768"), SESSIONS])
@pytest.mark.parametrize("named", [True, False])
def test_what_several_accounts_share_is_no_session(values, named):
    block = b"".join(
        log(*[f" {one}" for one in values], head=f"10.0.0.{n} - {f'bob{n}' if named else '-'}", count=6)
        for n in range(5)
    )
    name, rows = told(block)
    assert name == "combined + other"
    assert {row["session"] for row in rows} == {""}


def test_a_session_that_begins_before_the_log_in_is_its_accounts():
    block = b"".join(
        log(f" {one}", head=f"10.0.0.1 - {account}", count=5)
        for n, one in enumerate(SESSIONS)
        for account in ("-", f"bob{n}")
    )
    assert {row["session"] for row in told(block)[1]} == set(SESSIONS)


@pytest.mark.parametrize("cut", ['"UA"', ' "-" "UA"', '" "UA"'])
def test_a_line_cut_after_its_status_is_a_record_and_costs_the_others_nothing(cut):
    whole = log("", count=60)
    first, _, rest = whole.partition(b"\n")
    name, rows = told(first.removesuffix(cut.encode()) + b"\n" + rest)
    assert name == "combined"
    assert (rows[0]["account"], rows[0]["target"], rows[0]["status"]) == ("bob", "/a/0", 200)
    assert [row["agent"] for row in rows] == ["", *["UA"] * 59]


@pytest.mark.parametrize("tail", [" 0.012", ' "0.012"', f' "{SESSIONS[0]}" "x"'])
def test_lines_from_before_a_field_was_added_are_read_all_the_same(tail):
    block = log("", count=10) + log(tail, tail.replace("9f8a", "1c2d"), count=30)
    _, rows = told(block)
    assert len(rows) == 40
    assert {row["agent"] for row in rows} == {"UA"}


def test_the_column_after_the_address_is_a_session_where_ezproxy_writes_one():
    block = b"".join(log("", head=f"10.0.0.1 {one} bob", count=9) for one in SESSIONS)
    name, rows = told(block)
    assert name == "combined"
    assert {row["session"] for row in rows} == set(SESSIONS)
    assert {row["account"] for row in rows} == {"bob"}


def test_a_virtual_host_in_front():
    name, rows = told(log("", head="portail.example.org:443 2001:db8::7 - jean dupont"))
    assert name == "virtual host + combined"
    assert (rows[0]["host"], rows[0]["address"], rows[0]["account"]) == (
        "portail.example.org:443", "2001:db8::7", "jean dupont",
    )  # fmt: skip


@pytest.mark.parametrize("account", ["-", "bob", "- bob"])
@pytest.mark.parametrize("address", ["1.2.3.4", "2001:db8::7"])
def test_a_virtual_host_in_front_of_single_lines(account, address):
    _, rows = told(log("", count=30) + log("", head=f"www.example.org:443 {address} - {account}", count=2))
    assert (rows[-1]["host"], rows[-1]["address"]) == ("www.example.org:443", address)
    assert rows[-1]["account"] == account.replace("-", "", account == "-")
    assert rows[0]["account"] == "bob"


def test_a_user_whose_name_begins_with_a_dash_is_no_virtual_host():
    _, rows = told(log("", count=30) + log("", head="10.0.0.1 - - bob", count=2))
    assert (rows[-1]["host"], rows[-1]["address"], rows[-1]["account"]) == ("", "10.0.0.1", "- bob")


def test_lines_that_came_by_syslog():
    name, rows = told(log("", head="Mar  2 08:12:03 web-1 nginx[12]: 2001:db8::7 - jean dupont"))
    assert name == "syslog + combined"
    assert (rows[0]["address"], rows[0]["account"], rows[0]["agent"]) == ("2001:db8::7", "jean dupont", "UA")


@pytest.mark.parametrize(
    ("head", "forwarded", "address"),
    [
        ("10.0.0.1 - bob", "203.0.113.9", "203.0.113.9"),
        ("unix: - bob", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1 - bob", "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the first was written by the client
        ("10.0.0.1 - bob", "198.51.100.1, 203.0.113.9, 10.9.9.9,192.168.1.1", "203.0.113.9"),
        ("10.0.0.1 - bob", "172.16.0.9, 172.31.0.1", "172.31.0.1"),
        ("10.0.0.1 - bob", "172.32.0.9, 127.0.0.1", "172.32.0.9"),
        ("10.0.0.1 - bob", "2001:db8::7, fd00::1, ::1", "2001:db8::7"),
        ("10.0.0.1 - bob", "203.0.113.9, 100.64.1.1, 169.254.3.3, fe80::1, ::ffff:10.0.0.1", "203.0.113.9"),
        ("10.0.0.1 - bob", "198.51.100.1, 203.0.113.9:51234", "203.0.113.9"),
        ("10.0.0.1 - bob", "198.51.100.1, [2001:db8::7]:443", "2001:db8::7"),
        ("10.0.0.1 - bob", "198.51.100.1, unknown, 172.16.0.9", "172.16.0.9"),
        ("203.0.113.200 - bob", "198.51.100.1", "203.0.113.200"),  # no proxy of ours: anybody can write the header
        ("203.0.113.{n} - bob", "198.51.100.1", "203.0.113.0000"),
    ],
)
def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(head, forwarded, address):
    name, rows = told(log(f' "{forwarded}"', head=head))
    assert rows[0]["address"] == address
    assert name.endswith(", behind a proxy") == (address in forwarded)


def dotted(address):
    """Write an address as servers do: an IPv4 one that came over IPv6 keeps its dots."""
    mapped = getattr(address, "ipv4_mapped", None)
    return f"::ffff:{mapped}" if mapped else str(address)


@given(addresses=st.lists(st.ip_addresses().map(dotted) | st.text("0123456789abcdef:.", max_size=12), max_size=4))
@settings(deadline=None)
def test_the_client_is_the_one_that_the_json_dialects_find(addresses):
    """The same law, compiled here and in plain Python there, wherever all hops are addresses."""
    addresses = [one for one in addresses if is_address(one)]
    line = f'10.0.0.1 - bob [{STAMP}] "GET / HTTP/1.1" 200 1 "-" "UA" "{", ".join(addresses) or "-"}"\n'
    layout = compile_layout("x", BUILT_IN["combined"][0] + ' "$http_x_forwarded_for"', forwarded=True)
    (row,) = rows_of(AccessLog(layout, b"10.0.0.1").parse(line.encode(), 0))
    assert row["address"] == client_address("10.0.0.1", ", ".join(addresses))
    assert row["patient"] == ""


def test_a_line_that_did_not_come_through_the_proxy_cannot_say_who_it_is():
    block = log(' "203.0.113.9"', ' "-"') + log(' "8.8.8.8"', head="198.51.100.66 - thief", count=2)
    name, rows = told(block)
    assert name == "combined + forwarded for, behind a proxy"
    assert [row["address"] for row in rows] == ["203.0.113.9", "10.0.0.1"] * 20 + ["198.51.100.66"] * 2


FORMATS = {
    '$remote_addr - $remote_user [$time_iso8601] "$request" $status':
        '10.0.0.1 - jean [2026-03-02T08:12:03+01:00] x [2026-03-02T08:12:03+01:00] "GET /a?b=1 HTTP/1.1" 200',
    '[$time_local] $remote_addr $remote_user "$request_method $request_uri" $status "$cookie_sid"':
        f'[{STAMP}] 10.0.0.1 jean dupont "GET /a?b=1" 200 "s3"',
    "$msec|$remote_addr|$remote_user|$request_method|$uri?$args|$status|$sent_http_x|${cookie_sid}":
        "1772435523.250|10.0.0.1|jean|GET|/a?b=1|200|-|s3",
    '{"t":"$time_iso8601","u":"$upstream_http_x_user","a":"$remote_addr","r":"$request","s":$status,"c":"$cookie_sid"}':
        '{"t":"2026-03-02T07:12:03.5Z","u":"j\\"n","a":"10.0.0.1","r":"GET /a?b=1 HTTP/1.1","s":200,"c":"s3"}',
    '"$http_x_forwarded_for" $remote_user [$time_local] "$request" $status':
        f'"198.51.100.1, 203.0.113.9, 10.0.0.7" jean [{STAMP}] "GET /a?b=1 HTTP/1.1" 200',
    '$remote_addr - $remote_user [$time_local] "$request" $status "${http_x_forwarded_for}"':
        f'10.0.0.1 - jean [{STAMP}] "GET /a?b=1 HTTP/1.1" 200 "203.0.113.9"',
    '$remote_addr $remote_user [$time_local] "$request_method $uri$is_args$args" $status "$upstream_http_x_account"':
        f'10.0.0.1 - [{STAMP}] "GET /a?b=1" 200 "jean"',
    "log_format main escape=json '$remote_addr - $ssl_client_s_dn [$time_local] '\n  '\"$request\" $status';":
        f'10.0.0.1 - jean [{STAMP}] "GET /a?b=1 HTTP/1.1" 200',
    '$remote_addr "$cookie_lang" $cookie_JSESSIONsid $ssl_session_reused $remote_user [$time_local] "$request" $status':
        f'10.0.0.1 "fr" s3 r jean [{STAMP}] "GET /a?b=1 HTTP/1.1" 200',
}  # fmt: skip
ACCOUNTS = ["jean [2026-03-02T08:12:03+01:00] x", "jean dupont", "jean", 'j\\"n', *["jean"] * 5]
ADDRESSES = ["10.0.0.1"] * 4 + ["203.0.113.9"] * 2 + ["10.0.0.1"] * 3


@pytest.mark.parametrize("number", range(len(FORMATS)))
def test_a_custom_log_format(number):
    log_format, line = list(FORMATS.items())[number]
    _, rows = told(line.encode() + b"\n", log_format)
    row = rows[0]
    assert (row["account"], row["address"]) == (ACCOUNTS[number], ADDRESSES[number])
    assert (row["method"], row["target"], row["status"]) == (1, "/a?b=1", 200)
    assert row["session"] == ("s3" if "sid" in log_format else "")
    assert abs(row["at"] - 1_772_435_523_000_000) < 1_000_000


def test_an_absolute_url_in_three_variables():
    log_format = '$remote_addr [$time_local] "$request_method $scheme://$host:$server_port$request_uri" $status'
    _, rows = told(f'10.0.0.1 [{STAMP}] "GET https://portail.example.org:443/a?b=1" 200\n'.encode(), log_format)
    assert rows[0]["target"] == "https://portail.example.org:443/a?b=1"


@pytest.mark.parametrize(("tz", "zones"), [("", [0, 0]), ("Europe/Paris", [3600, 7200])])
def test_a_log_that_writes_only_seconds_since_1970_takes_the_zone_of_its_operator(tz, zones):
    log_format = '$msec $remote_addr $remote_user "$request" $status'
    reader = open_reader(b"", ReadSettings(log_format=log_format, tz=tz))
    block = b"".join(b'%d.5 10.0.0.1 jean "GET / HTTP/1.1" 200\n' % at for at in (1_774_745_999, 1_774_746_000))
    rows = rows_of(reader.parse(block, 0))
    assert reader.zoneless
    assert [row["zone"] for row in rows] == zones  # the clock goes forward between the two
    assert [row["at"] for row in rows] == [1_774_745_999_500_000, 1_774_746_000_500_000]


def test_milliseconds_and_the_zone_come_from_two_variables():
    log_format = '[$time_local] $remote_addr "$request" $msec'
    reader = open_reader(b"", ReadSettings(log_format=log_format))
    (row,) = rows_of(reader.parse(f'[{STAMP}] 10.0.0.1 "GET / HTTP/1.1" 1772435523.250'.encode(), 0))
    assert (row["at"], row["zone"], reader.zoneless) == (1_772_435_523_250_000, 3600, False)


def test_a_time_zone_that_does_not_exist():
    with pytest.raises(UsageError, match=r"--tz 'Europe/Lutèce'"):
        open_reader(log(""), ReadSettings(tz="Europe/Lutèce"))


@pytest.mark.parametrize(
    ("log_format", "mistakes"),
    [
        ("", 0),
        ("no variable", 3),
        ("$remote_addr $status", 2),
        ('[$time_local] "$request" $status$body_bytes_sent', 1),
        ('$a$b [$time_local] "$request"', 1),
        ("$a${b}", 3),
        ('%h %l %u %t "%r" %>s %b', 3),
    ],
)
def test_all_that_a_log_format_lacks_is_said_at_once(log_format, mistakes):
    if not mistakes:
        assert open_reader(log(""), ReadSettings(log_format=log_format)).name == "combined"
        return
    with pytest.raises(UsageError) as raised:
        open_reader(log(""), ReadSettings(log_format=log_format))
    assert str(raised.value).count(";") == mistakes - 1
    assert "\n" not in str(raised.value)
    assert repr(log_format) in str(raised.value)
