"""Access logs: every line gives the columns that plain regular expressions give, or is counted as rejected."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import access_oracle
from maillon.facts.errors import UsageError
from maillon.read.access_columns import is_address
from maillon.read.access_log import AccessLog, open_reader
from maillon.read.forwarded import client_address
from maillon.read.layout import BUILT_IN, compile_layout
from maillon.read.reader import ReadSettings
from rows import assert_accounted, rows_of

HUB = "access_logs/crowdsec_hub_tests"
READERS = {name: AccessLog(compile_layout(name, *layout)) for name, layout in BUILT_IN.items()}
SEEN = ("at", "zone", "status", "method", *access_oracle.SLICES)

STAMP = "02/Mar/2026:08:12:03 +0100"
NASTY = [
    "-", "", " ", "é", "à b", "a1", 'x" y', '\\"', "\\x22", "\\\\", "\\", "[", "]", "] ", " [", '] "', "\x1b[2J",
    ", ", '""', "\x00", "\r", "\udcff", f"[{STAMP}]", f" [{STAMP}] ", f" [{STAMP}] \\x22GET / HTTP/1.1\\x22 200",
    "%22", "日本",
]  # fmt: skip
words = st.lists(st.sampled_from(NASTY) | st.text("ab1 -", max_size=4), max_size=4).map("".join)
escaped = words.map(lambda text: re.sub(r'(?<!\\)"', r"\"", text))
addresses = st.sampled_from(["10.0.0.1", "2001:db8::7", "::1", "unix:", "-", "host.example.org", "[::1]:443", "été"])
stamps = st.sampled_from(
    [
        *(STAMP, "29/Feb/2024:23:59:60 -0330", "29/Feb/2100:00:00:00 +0000", "31/Apr/2026:00:00:00 +0000", STAMP[:-1]),
        *("00/Jan/2026:00:00:00 +0000", "01/Foo/2026:00:00:00 +0000", "01/Jan/2026:24:00:00 +0000", "x" * 26),
        *("01/Jan/1970:00:30:00 +0100", "01/Jan/1970:01:00:00 +0100", "01/Jan/2026:00:00:00 +2460", "1/Jan/2026"),
        *("01-Jan-2026:00:00:00 +0000", "01/Jan/2026 00:00:00 +0000", "01/Jan/2026:00:00:00 *0000", "-"),
    ]
)
requests = st.one_of(
    st.builds("{} {} {}".format,
              st.sampled_from(["GET", "POST", "get", "M-SEARCH /", "A_B x://", "PROPFIND", "A" * 25]), escaped,
              st.sampled_from(["HTTP/1.1", "HTTP/2.0", "HTTP", "HTTPS", "X", ""])),
    st.sampled_from(["-", "", "GET", "GET /", "GET  HTTP/1.1", "\\x16\\x03\\x01\\x02\\x00\\x01", "HTTP/1.1", " / "]),
    escaped,
)  # fmt: skip
statuses = st.sampled_from(["200", "400", "408", "499", "000", "0", "-", "20", "2000", "abc", ""])


@st.composite
def lines(draw, name="combined"):
    """A line of a layout whose fields hold what real and hostile clients send; sometimes bytes are changed in it."""
    fronts = {"virtual host": f"{draw(addresses)} ", "syslog": f"Mar  2 08:12:03 web-1 nginx{draw(words)}: "}
    host = fronts.get(name.partition(" + ")[0], "")
    size = draw(st.sampled_from(["-", "12", "1 2", "", "1, 2"]))
    text = f'{host}{draw(addresses)} - {draw(escaped)} [{draw(stamps)}] "{draw(requests)}" {draw(statuses)} {size}'
    if name.endswith("combined") or draw(st.booleans()):
        text += f' "{draw(escaped)}" "{draw(escaped)}"' + draw(st.sampled_from(["", " 0.1", " x y", "z", "\r"]))
    text = draw(st.sampled_from(["", "", "\x00\x00"])) + text
    line = bytearray(text.encode("utf-8", "surrogateescape").replace(b"\n", b""))
    for at, byte in draw(st.lists(st.tuples(st.integers(0, 200), st.sampled_from(b' "[]\\-/:\r\x000Z')), max_size=3)):
        if at < len(line):
            if draw(st.booleans()):
                line[at] = byte
            else:
                del line[at]
    return bytes(line)


def columns(row):
    return {name: row[name] for name in SEEN}


def assert_read_alike(name, block, parsed):
    """Compare row by row with the oracle; whatever the oracle rejects must be rejected at its place, as a shape."""
    position, rows, rejected = 0, [], []
    for line in block.split(b"\n"):
        want = access_oracle.read(name, line)
        if want is not None:
            rows.append({"position": position} | want)
        elif line.removesuffix(b"\r"):
            rejected.append(position)
        position += len(line) + 1
    assert [{"position": row["position"]} | columns(row) for row in rows_of(parsed)] == rows
    assert [one.position for one in parsed.rejected] == rejected
    assert_accounted(parsed, block)
    for one in parsed.rejected:
        assert re.fullmatch(r"[a9 -@\[-`{-~]{0,120}", one.shape)
        assert not re.search(r"[b-zB-Z0-8]", one.shape)


@pytest.mark.parametrize("name", BUILT_IN)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_the_columns_are_those_of_the_regular_expressions(name, data):
    block = b"\n".join(data.draw(st.lists(lines(name), min_size=1, max_size=4)))
    assert_read_alike(name, block, READERS[name].parse(block, 0))


def nginx(text):
    return re.sub(r'["\\\x00-\x1f]', lambda found: f"\\x{ord(found[0]):02X}", text)


def apache(text):
    return re.sub(r'["\\]', r"\\\g<0>", text.replace("\r", r"\r"))


@pytest.mark.parametrize("server", [nginx, apache])
@given(user=words.filter(lambda text: text not in {"", "-"}), agent=words)
@example(user=f"a [{STAMP}] b", agent='"')
@example(user=f'a [{STAMP}] "GET / HTTP/1.1" 200 1 "-" "', agent="\\")
@settings(deadline=None)
def test_no_user_name_nor_agent_shifts_a_column(server, user, agent):
    user, agent = ([server(text).encode("utf-8", "surrogateescape")] for text in (user, agent))
    line = b'10.0.0.1 - %b [%b] "GET /a HTTP/1.1" 200 1 "-" "%b"' % (*user, STAMP.encode(), *agent)
    (row,) = rows_of(READERS["combined"].parse(line, 0))
    assert (row["account"], row["agent"]) == tuple(
        "" if text == b"-" else text.decode("utf-8", "replace") for text in (*user, *agent)
    )
    assert (row["target"], row["status"], row["address"]) == ("/a", 200, "10.0.0.1")


@given(block=st.lists(lines(), min_size=2, max_size=6).map(b"\n".join), data=st.data())
@settings(max_examples=50, deadline=None)
def test_any_split_at_a_line_gives_the_same_rows(block, data):
    cut = data.draw(st.sampled_from([at + 1 for at, byte in enumerate(block) if byte == 10]))
    reader = READERS["combined"]
    first, second, whole = reader.parse(block[:cut], 5), reader.parse(block[cut:], 5 + cut), reader.parse(block, 5)
    assert rows_of(first) + rows_of(second) == rows_of(whole)
    assert first.rejected + second.rejected == whole.rejected


def log(*tails, head="10.0.0.1 - bob", count=40):
    """Return combined lines, each with one of the tails in turn; `{n}` in a tail or the head is the line's number."""
    return "".join(
        f'{head} [{STAMP}] "GET /a/{n} HTTP/1.1" 200 12 "-" "UA"{tails[n % len(tails)]}\n'.replace("{n}", f"{n:04d}")
        for n in range(count)
    ).encode()


def told(block, log_format=""):
    reader = open_reader(block, ReadSettings(log_format=log_format))
    parsed = reader.parse(block, 0)
    assert_accounted(parsed, block)
    assert not parsed.rejected
    return reader.name, rows_of(parsed)


SESSIONS = ("9f8a7b6c5d4e3f2a1b0c", "0a1b2c3d4e5f60718293", "vUuGAgtdQ0qDIVG")


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


@pytest.mark.parametrize(
    ("path", "layout", "rows", "rejected", "accounts"),
    [
        ("access_ezproxy/npg.2012-11-30.log.gz", "common", 26_847, 0, 210),
        ("access_ezproxy/sd.2012-11-30.log.gz", "common", 32_530, 0, 278),
        ("access_logs/elastic_semicomplete_2015_10k.log.gz", "combined", 10_000, 0, 0),
        (f"{HUB}/apache-http-probing/apache-http-probing.log", "common", 77, 0, 0),
        (f"{HUB}/apache2-logs/apache2-logs.log", "combined", 7, 2, 0),  # two of another Apache log
        (f"{HUB}/nginx-http-generic-bf/nginx-http-generic-bf.log", "combined", 6, 16, 1),  # as many of nginx's errors
        (f"{HUB}/http-dos-bypass-cache/http_dos_bypass_cache.log", "combined", 356, 0, 0),
    ],
)
def test_real_logs(shared_data, path, layout, rows, rejected, accounts):
    block = (shared_data / path).read_bytes()
    block = gzip.decompress(block) if path.endswith(".gz") else block
    reader = open_reader(block[: block.rfind(b"\n", 0, 1 << 19) + 1], ReadSettings())
    parsed = reader.parse(block, 0)
    assert reader.name.startswith(layout)
    part = block[: block.rfind(b"\n", 0, 1 << 20) + 1]
    assert_read_alike(layout, part, READERS[layout].parse(part, 0))
    texts = rows_of(parsed)
    assert (len(texts), len(parsed.rejected)) == (rows, rejected)
    assert len({row["account"] for row in texts} - {""}) == accounts
    assert all(row["target"] and is_address(row["address"]) for row in texts)


def test_plain_python_gives_the_same_rows():
    block = log(f' "{SESSIONS[0]}" "198.51.100.1, 203.0.113.9"', f' "{SESSIONS[1]}" "10.0.0.3"', ' "-" "-"', "")
    block += f'10.0.0.1 - a [{STAMP}] b [31/Feb/2026:00:00:00 +0000] "GET / HTTP/1.1" 2x0 1 "-" "x"\n'.encode()
    block += b"10.0.0.1 - \xff\x00 [" + STAMP.encode() + b'] "\\x16\\x03" 400 0 "-" "\x1b[2J\\"\\\\"\r\n\nnothing'
    code = (
        "import json, sys\n"
        "from maillon.read.access_log import open_reader\nfrom maillon.read.reader import ReadSettings\n"
        "from rows import rows_of\nblock = sys.stdin.buffer.read()\n"
        "reader = open_reader(block, ReadSettings())\nparsed = reader.parse(block, 0)\n"
        "print(json.dumps([reader.name, rows_of(parsed), [vars(one) for one in parsed.rejected]]))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            input=block,
            capture_output=True,
            check=True,
            cwd=Path(__file__).parent,
            env=os.environ | {"MAILLON_PLAIN": plain},
        ).stdout
        for plain in ("1", "")
    ]
    name, rows, rejected = json.loads(said[0])
    assert name == "combined + session + forwarded for, behind a proxy"
    assert (len(rows), len(rejected)) == (41, 2)
    assert rows[-1]["agent"] == '\x1b[2J\\"\\\\'
    assert said[0] == said[1]
