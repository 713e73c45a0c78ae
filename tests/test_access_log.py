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
from access_lines import SESSIONS, STAMP, log
from maillon.read.access_columns import is_address
from maillon.read.access_log import AccessLog, open_reader
from maillon.read.layout import BUILT_IN, compile_layout
from maillon.read.reader import ReadSettings
from rows import assert_accounted, rows_of

HUB = "access_logs/crowdsec_hub_tests"
READERS = {name: AccessLog(compile_layout(name, *layout)) for name, layout in BUILT_IN.items()}
SEEN = ("at", "zone", "status", "method", *access_oracle.SLICES)

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
