"""`maillon leaks`, end to end on invented leaks: who is named, what is told, and that no secret is ever written."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.ahead.breach_range import prefix_of, times_met
from maillon.ahead.frames import Frames
from maillon.ahead.leak_accounts import index_of, read_accounts
from maillon.ahead.leaks import in_blocks, in_cookies, in_forms, in_lines, search_for
from maillon.ahead.prior import HALF_LIFE_US, priors
from maillon.ahead.stealer import cookies, credentials, device_of, infected_at, kind_of
from maillon.cli.main import main
from maillon.edges.sources import archives
from maillon.edges.sources.archives import Passwords, read_members
from maillon.facts.leak import Leak, Why
from maillon.read.pseudonym import Keys
from stolen_goods import (
    ACCOUNTS,
    PORTAL,
    SECRET,
    everything,
    laid,
    lines,
    lumma,
    rared,
    redline,
    tarred,
    vidar,
    zipped,
)

KEYS = Keys(bytes(range(32)), 1)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with accounts and a key."""
    (tmp_path / "accounts.csv").write_text(ACCOUNTS)
    (tmp_path / "key").write_text("maillon-key 1 " + bytes(range(32)).hex() + "\n")
    (tmp_path / "key").chmod(0o600)
    monkeypatch.setenv("MAILLON_KEY", str(tmp_path / "key"))
    return tmp_path


@pytest.fixture
def search():
    accounts, mistakes = read_accounts(ACCOUNTS.encode())
    assert mistakes == []
    return search_for(index_of(accounts, [PORTAL])[0], KEYS)


def told(capsys, place, *words) -> tuple[int, list[dict], str]:
    status = main(["leaks", *map(str, words), "--accounts", str(place / "accounts.csv"), "--domain", PORTAL, "--json"])
    out = capsys.readouterr()
    return status, [json.loads(line) for line in out.out.splitlines()], out.err


def short(leaks):
    return {(one["account"], one["nature"], one["case"]) for one in leaks}


FOUR_DEVICES = {
    ("m.durand", "stealer", "device_sessions"),
    ("p.roy", "stealer", "device"),
    ("m.durand", "stealer", "device_own"),
    ("", "stealer", "unknown_device"),
}


def rar_or_skip():
    """Skip where the system has no libarchive."""
    try:
        import libarchive  # noqa: F401
    except (ImportError, OSError, AttributeError, TypeError):
        pytest.skip("RAR needs libarchive: apt install libarchive13, pip install 'maillon[leaks]'")


@pytest.mark.parametrize("making", ["zip", "tar.gz", "tar", "7z", "rar", "folder", "zip in zip"])
def test_stealers_of_four_families_in_any_archive(capsys, place, making):
    members, path = everything(), place / f"logs.{making.replace(' ', '')}"
    if making == "zip":
        zipped(members, path)
    elif making.startswith("tar"):
        tarred(members, path, "w:gz" if making.endswith("gz") else "w")
    elif making == "7z":
        py7zr = pytest.importorskip("py7zr")
        with py7zr.SevenZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(data, name)
    elif making == "rar":
        rar_or_skip()
        rared(members, path)
    elif making == "folder":
        laid(members, path)
    else:
        inner = zipped(members, place / "inner.zip").read_bytes()
        zipped({"inner.zip": inner}, path)
    status, leaks, err = told(capsys, place, path)
    assert status == 10
    assert short(leaks) == FOUR_DEVICES, err
    by = {(one["account"], one["case"]): one for one in leaks}
    red = by["m.durand", "device_sessions"]
    assert red["seen"] == "2026-02-03T21:14:09+00:00"
    assert red["dated"] == "infection"
    assert (red["family"], red["cookies"], red["host"]) == ("redline", 1, PORTAL)
    assert by["p.roy", "device"]["family"] == "raccoon"
    assert by["m.durand", "device_own"]["matched"] == "rpps"
    assert by["", "unknown_device"]["family"] == "lumma"
    assert leaks[0]["case"] == "device_sessions"


def test_lines_of_all_makings(capsys, place):
    (place / "ulp.txt").write_bytes(lines())
    status, leaks, _ = told(capsys, place, place / "ulp.txt")
    assert status == 10
    assert short(leaks) == {
        ("m.durand", "ulp", "password"),
        ("p.roy", "ulp", "reuse"),
        ("m.durand", "combolist", "reuse"),
    }
    assert [one["account"] for one in leaks].count("m.durand") == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(capsys, place, encoding):
    text = lines().decode() + "\nhttps://é.example/é:çà@x.example:é\n"
    (place / "ulp.txt").write_bytes(text.replace("\n", "\r\n").encode(encoding))
    assert len(told(capsys, place, place / "ulp.txt")[1]) == 3


def test_the_same_leak_is_told_once(capsys, place):
    zipped(everything(), place / "a.zip")
    (place / "ulp.txt").write_bytes(lines())
    state = place / "state"
    status, first, _ = told(capsys, place, place / "a.zip", "--state", state)
    assert (status, len(first)) == (10, 4)
    status, again, _ = told(capsys, place, place / "a.zip", "--state", state)
    assert (status, again) == (0, [])
    status, rest, _ = told(capsys, place, place / "a.zip", place / "ulp.txt", "--state", state)
    assert (status, len(rest)) == (10, 3)
    assert main(["verify", str(state)]) == 0


def test_no_secret_is_written_or_shown(place):
    """Every byte that comes out, on either stream or in any file, in either language, and in what a crash would say."""
    zipped(everything(), place / "a.zip")
    (place / "ulp.txt").write_bytes(lines())
    kept = place / "kept"
    kept.mkdir()
    outputs = b""
    for number, extra in enumerate((["--json"], ["--lang", "fr"], ["--lang", "en", "--contain"])):
        done = subprocess.run(
            [sys.executable, "-m", "maillon", "leaks", place / "a.zip", place / "ulp.txt", "--accounts",
             place / "accounts.csv", "--domain", PORTAL, "--state", kept / f"state{number}", "--csv",
             kept / f"{number}.csv", "--indicators", kept / f"{number}.jsonl", *extra],
            capture_output=True, env={**os.environ, "TMPDIR": str(kept)},
        )  # fmt: skip
        assert done.returncode == 10, done.stderr
        outputs += done.stdout + done.stderr
    files = [one for one in kept.rglob("*") if one.is_file()]
    assert len(files) >= 9
    for data in (outputs, *(one.read_bytes() for one in files)):
        for secret in (SECRET, SECRET.encode("utf-16-le").decode("latin-1"), SECRET.encode().hex()):
            assert secret.encode("latin-1") not in data
    assert b"someone@else.example" not in outputs
    assert b"stranger" not in outputs
    indicators = (kept / "0.jsonl").read_text()
    assert "durand" not in indicators
    assert json.loads(indicators.splitlines()[0])["accounts"] == 2


def test_encrypted_archives_open_with_words_of_a_file_only(capsys, place):
    pyzipper = pytest.importorskip("pyzipper")
    py7zr = pytest.importorskip("py7zr")
    with pyzipper.AESZipFile(place / "a.zip", "w", encryption=pyzipper.WZ_AES, compression=zipfile.ZIP_DEFLATED) as one:
        one.setpassword(b"tiger")
        for name, data in everything().items():
            one.writestr(name, data)
    with py7zr.SevenZipFile(place / "a.7z", "w", password="tiger", header_encryption=True) as two:
        for name, data in everything().items():
            two.writestr(data, name)
    (place / "words").write_text("lion\ntiger\n")
    for path in (place / "a.zip", place / "a.7z"):
        status, leaks, err = told(capsys, place, path)
        assert (status, leaks) == (0, [])
        assert "no password opens" in err
        status, leaks, err = told(capsys, place, path, "--archive-password-file", place / "words")
        assert short(leaks) == FOUR_DEVICES
        assert "tiger" not in err


@pytest.mark.parametrize(
    "making",
    [
        ["-tzip", "-ptiger", "-mem=ZipCrypto"],
        ["-tzip", "-ptiger", "-mem=AES256"],
        ["-t7z", "-ptiger", "-mhe=on"],
        ["-t7z", "-ptiger"],
        ["-t7z", "-m0=PPMd"],
    ],
    ids=" ".join,
)
def test_archives_made_by_7_zip_itself(capsys, place, part, making):
    laid(everything(), place / "in")
    words = [part("7z"), "a", "-bd", *making, place / "out", "logs"]
    subprocess.run(words, cwd=place / "in", check=True, capture_output=True)
    (path,) = place.glob("out.*")
    (place / "words").write_text("lion\ntiger\n")
    _, leaks, err = told(capsys, place, path, "--archive-password-file", place / "words")
    assert short(leaks) == FOUR_DEVICES, err


def test_a_bomb_is_refused_and_what_came_before_it_is_kept(capsys, place, monkeypatch):
    monkeypatch.setattr(archives, "SPARE", 1 << 20)
    members = {**redline("logs/FR_1"), "z/bomb.txt": bytes(24 << 20)}
    py7zr = pytest.importorskip("py7zr")
    with py7zr.SevenZipFile(place / "b.7z", "w") as archive:
        for name, data in members.items():
            archive.writestr(data, name)
    for path in (zipped(members, place / "b.zip"), tarred(members, place / "b.tar.gz"), place / "b.7z"):
        status, leaks, err = told(capsys, place, path)
        assert (status, len(leaks)) == (10, 1)
        assert "250 times" in err


def test_rar_archives_are_broken_off_refused_or_asked_for(capsys, place, monkeypatch):
    rar_or_skip()
    whole = rared({**redline("logs/FR_1"), **everything(), "../../up.txt": b"x"}, place / "a.rar").read_bytes()
    (place / "cut.rar").write_bytes(whole[: len(whole) * 2 // 3])
    status, leaks, err = told(capsys, place, place / "cut.rar")
    assert (status, len(leaks) > 0) == (10, True)
    assert "damaged RAR" in err
    assert "climbs out" in told(capsys, place, place / "a.rar")[2]
    status, leaks, err = told(capsys, place, rared(everything(), place / "secret.rar", encrypted=True))
    assert (status, leaks) == (0, [])
    assert "encrypted RAR" in err
    monkeypatch.setitem(sys.modules, "libarchive", None)
    monkeypatch.delitem(sys.modules, "maillon.edges.sources.rar", raising=False)
    status, _, err = told(capsys, place, place / "a.rar")
    assert status == 2
    assert "apt install libarchive13" in err


def test_standard_input_is_read_as_a_file_is(place):
    (place / "ulp.txt").write_bytes(lines())
    command = [sys.executable, "-m", "maillon", "leaks", "-", "--accounts", place / "accounts.csv", "--json"]
    command += ["--key", place / "key", "--domain", PORTAL]
    done = subprocess.run([*map(str, command)], input=lines() * 50, capture_output=True, check=False)
    file = subprocess.run(
        [str(place / "ulp.txt") if one == "-" else str(one) for one in command], capture_output=True, check=False
    )
    assert done.returncode == file.returncode == 10
    mine, its = (
        {(one["account"], one["nature"], one["host"]) for one in map(json.loads, run.stdout.splitlines())}
        for run in (done, file)
    )
    assert mine == its
    assert len(done.stdout.splitlines()) == len(file.stdout.splitlines()), "what a list repeats is told once"


def test_a_path_that_climbs_leads_nowhere(capsys, place):
    members = {f"../../../{name}": data for name, data in redline("FR_1").items()}
    before = sorted(place.parent.rglob("*"))
    path = tarred(members, place / "climb.tar.gz")
    status, leaks, err = told(capsys, place, path)
    assert (status, len(leaks)) == (10, 1)
    assert "climbs out" in err
    assert sorted(place.parent.rglob("*")) == sorted([*before, path])
    assert ".." not in leaks[0]["source"]


def test_links_in_a_tar_are_passed_over(capsys, place):
    import tarfile

    with tarfile.open(place / "l.tar", "w") as archive:
        link = tarfile.TarInfo("logs/Passwords.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    status, leaks, err = told(capsys, place, place / "l.tar")
    assert (status, leaks) == (0, [])
    assert "link or device" in err


def test_a_line_of_many_megabytes_is_passed_over_in_little_memory(capsys, place):
    """The line comes from a pipe, so that nothing but the reading itself holds it."""
    import resource
    import threading

    pipe = place / "pipe"
    os.mkfifo(pipe)

    def write():
        with suppress(BrokenPipeError), pipe.open("wb") as out:
            for _ in range(200):
                out.write(b"x" * (1 << 20))
            out.write(b"\n" + lines())

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status, leaks, err = told(capsys, place, pipe)
    writer.join(10)
    assert (status, len(leaks)) == (10, 3)
    assert "longer than a block" in err
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.95])
def test_broken_archives_are_told_and_survived(capsys, place, cut):
    whole = zipped(everything(), place / "a.zip").read_bytes()
    tar = tarred(everything(), place / "a.tar.gz").read_bytes()
    for data in (whole, tar, gzip.compress(lines())):
        (place / "broken").write_bytes(data[: int(len(data) * cut)])
        status, _, err = told(capsys, place, place / "broken")
        assert status in (0, 10)
        assert "broken" in err or "damaged" in err


class Into:
    """A sink that keeps what it is given."""

    def __init__(self):
        self.members = {}

    def begin(self, member, _):
        self.members[member] = self.now = bytearray()

    def feed(self, piece):
        self.now += piece

    def end(self):
        pass


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"Rar!\x1a\x07"]),
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_survived_as_a_file(tmp_path_factory, data, magic):
    path = tmp_path_factory.getbasetemp() / "any.bin"
    path.write_bytes(magic + data)
    reasons = []
    into = Into()
    read_members(path, "", Passwords(), into, reasons.append)
    assert reasons or b"".join(into.members.values()) == magic + data


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_byte_in_an_archive_is_survived(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    making = data.draw(st.sampled_from([zipped, rared]))
    if making is rared:
        rar_or_skip()
    whole = bytearray(making(redline("a"), folder / "whole").read_bytes())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    (folder / "hurt.zip").write_bytes(whole)
    read_members(folder / "hurt.zip", "", Passwords(), Into(), lambda _: None)


@given(
    st.lists(st.binary(max_size=60).map(lambda one: one.replace(b"\n", b"")), max_size=30),
    st.integers(1, 50),
    st.integers(8, 64),
)
@settings(max_examples=200, deadline=None)
def test_frames_lose_no_line_but_those_longer_than_a_block(texts, step, block):
    data = b"".join(one + b"\n" for one in texts)
    frames = Frames(block=block)
    frames.encoding = "utf-8"
    out = [one for at in range(0, len(data), step) for one in frames.feed(data[at : at + step])]
    out.append(frames.end())
    assert all(one.endswith(b"\n") for one in out if one)
    got = b"".join(out).split(b"\n")[:-1]
    assert len(got) + frames.dropped == len(texts)
    kept = iter(texts)
    assert all(any(one == text for text in kept) for one in got)
    assert all(one in got for one in texts if len(one) + step < block // 2)


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_survived_by_every_parser(data):
    accounts, _ = read_accounts(ACCOUNTS.encode())
    search = search_for(index_of(accounts, [PORTAL])[0], KEYS)
    hit = f"\nhttps://{PORTAL}:mdurand:x\nURL: {PORTAL}\nUser: mdurand\n".encode()
    for block in (data + b"\n", data + hit):
        in_lines(search, block, "x", 0)
        in_blocks(search, block, "x", 0)
        in_cookies(search, block)
        in_forms(search, block)
    infected_at(data.decode("latin-1").split("\n"))


def test_passwords_over_several_lines_and_with_colons():
    text = (
        "URL: https://a.example:8080/x\nUsername: jean\nPassword: a:b\n c\nApplication: Chrome\n====\n"
        "URL: b.example\nUSER:\nPASS: p\n"
    )
    assert [(one.url, one.login, one.password) for one in credentials(text.split("\n"))] == [
        ("https://a.example:8080/x", "jean", "a:b\n c"),
        ("b.example", "", "p"),
    ]


def test_blocks_without_rules_between_them():
    text = "Soft: A\nHost: h1\nLogin: l1\nPassword: p1\nSoft: A\nHost: h2\nLogin: l2\nPassword: p2\n"
    assert [one.login for one in credentials(text.split("\n"))] == ["l1", "l2"]


def test_cookies_in_netscape_format():
    (one,) = cookies(["# Netscape", "#HttpOnly_.a.example\tTRUE\t/\tTRUE\t17\tSID\tv", "short\tline"])
    assert (one.domain, one.name, one.expires) == ("a.example", "SID", 17)
    assert "value" not in repr(one)


@pytest.mark.parametrize(
    ("path", "kind", "device"),
    [
        ("x/FR_1/Passwords.txt", "passwords", "x/FR_1"),
        ("x/FR_1/Cookies/Google_[Chrome]_Default.txt", "cookies", "x/FR_1"),
        ("x\\FR_1\\Autofills\\a.txt", "autofill", "x/FR_1"),
        ("x/FR_1/Chrome/Default/Cookies.txt", "cookies", "x/FR_1"),
        ("x/FR_1/browsers/cookies/Chrome_Default.txt", "cookies", "x/FR_1"),
        ("x/FR_1/System Info.txt", "system", "x/FR_1"),
        ("x/FR_1/All Passwords.txt", "passwords", "x/FR_1"),
        ("x/FR_1/PasswordCracker.txt", "", "x/FR_1"),
        ("x/FR_1/History/Chrome.txt", "other", "x/FR_1"),
        ("x/FR_1/Screenshot.jpg", "", "x/FR_1"),
    ],
)
def test_what_a_member_is_and_whose(path, kind, device):
    assert (kind_of(path), device_of(path)) == (kind, device)


def test_hosts_match_on_a_dot_only(search):
    assert search.index.own_host(f"www.{PORTAL}")
    assert not search.index.own_host(f"evil-{PORTAL}")
    assert not search.index.own_host(f"{PORTAL}.evil.example")


def test_a_name_of_two_accounts_counts_for_neither():
    accounts, _ = read_accounts(b"account,email\na,x@x.example\nb,x@x.example\n")
    index, shared = index_of(accounts, [])
    assert index.named("x@x.example", own=False) is None
    assert len(shared) == 1


def test_mistakes_of_accounts_are_told_by_line():
    accounts, mistakes = read_accounts(b"account,email,rpps\na,nope,123\n,y@y.example,\n")
    assert [one.account for one in accounts] == ["a"]
    assert [one.split(":")[0].split(",")[0] for one in mistakes] == ["line 2", "line 2", "line 3"]


def test_the_range_service_is_told_five_digits_and_padding_is_dropped():
    sha1 = "21BD12DC183F740EE76F27B78EB39C8AD972A757"
    assert prefix_of(sha1) == "21BD1"
    assert (
        times_met(sha1, b"2DC183F740EE76F27B78EB39C8AD972A757:52579\r\n0000000000000000000000000000000000A:0\r\n")
        == 52579
    )
    assert times_met(sha1, b"2DC183F740EE76F27B78EB39C8AD972A757:0\r\n") == 0
    assert times_met(sha1, b"<html>\xff") == 0


def test_the_range_service_is_asked_only_when_named(capsys, place, monkeypatch):
    import threading
    from hashlib import sha1
    from http.server import BaseHTTPRequestHandler, HTTPServer

    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Add-Padding")))
            full = sha1(f"{SECRET}combo".encode()).hexdigest().upper()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"{full[5:]}:37\r\n{'0' * 35}:0\r\n".encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        (place / "c.txt").write_text(f"marie.durand@chu-exemple.example:{SECRET}combo\n")
        told(capsys, place, place / "c.txt")
        assert asked == []
        url = f"http://127.0.0.1:{server.server_port}/range"
        _, leaks, _ = told(capsys, place, place / "c.txt", "--range-service", url)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert leaks[0]["pwned"] == 37
    assert [(len(path), padding) for path, padding in asked] == [(len("/range/") + 5, "true")]


def test_a_leak_weighs_less_with_time_and_the_gravest_counts():
    def leak(nature, seen, cookies=0, *, own):
        return Leak("d", "m.durand", 7, "s", nature, "email", seen, "file", own, "", cookies=cookies)

    now = 2_000_000_000_000_000
    (one,) = priors([leak("combolist", now, own=False), leak("stealer", now, 2, own=True)], now)
    assert (one.factor, one.why) == (300.0, Why.STEALER)
    (later,) = priors([leak("stealer", now - HALF_LIFE_US, 2, own=True)], now)
    assert later.factor == pytest.approx(150.5)
    assert priors([leak("combolist", now - 20 * HALF_LIFE_US, own=False)], now) == []
    assert priors([Leak("d", "", 0, "s", "stealer", "device", now, "file", own_service=True, host="")], now) == []


def test_containment_is_ordered_for_an_access_taken_from_a_device_and_for_no_other(capsys, place):
    zipped({**vidar("FR_3"), **lumma("FR_4")}, place / "a.zip")
    (place / "ulp.txt").write_bytes(lines())
    _, _, err = told(capsys, place, place / "a.zip", place / "ulp.txt", "--state", place / "state", "--contain")
    assert err.count("containment ordered") == 1
    assert "m.durand: containment ordered" in err


def test_wrong_usage_is_said_in_a_sentence(capsys, place):
    assert main(["leaks", "nowhere.zip", "--accounts", str(place / "accounts.csv")]) == 2
    assert main(["leaks", str(place / "accounts.csv"), "--accounts", str(place / "key")]) == 2
    assert "names no account" in capsys.readouterr().err


def test_forms_that_name_several_people_leave_a_doubt(capsys, place):
    members = {
        "FR_9/Passwords.txt": b"URL: https://a.example\nUsername: x\nPassword: y\n====\n",
        "FR_9/Autofills/a.txt": b"Name: mail\nValue: p.roy@cabinet.example\nValue: marie.durand@chu-exemple.example\n",
    }
    _, leaks, _ = told(capsys, place, zipped(members, place / "a.zip"))
    assert {(one["account"], one["case"], one["certain"]) for one in leaks} == {
        ("m.durand", "device", False),
        ("p.roy", "device", False),
    }
    main(["leaks", str(place / "a.zip"), "--accounts", str(place / "accounts.csv"), "--lang", "en"])
    assert "name several people" in capsys.readouterr().out
