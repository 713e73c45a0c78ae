"""Whatever is wrong with what it is given, the command says so in one clear sentence, and loses nothing."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import random
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
import zstandard

from maillon.cli.main import COMMANDS, main
from scanning import line, maillon, quiet_log, theft, write

PROFILE = """name = "access"
[[route]]
match = "GET /dossiers/{patient}/identite"
action = "read"
fields = ["family_name", "birth_date"]
"""
ESCAPES = ("\x1b[31m", "\x1b]0;owned\x07", "\x9b2J", "\x00", "\x08\x08", "\x7f", "\u202egro", "\u2028", "\ufeff")


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Run one command in this process, in an empty home and folder: (exit status, standard output, standard error)."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    for name in ("MAILLON_KEY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    write(tmp_path / "here" / "p.toml", [PROFILE])

    def command(*arguments):
        try:
            status = main([str(one) for one in arguments])
        except SystemExit as error:
            status = error.code
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        assert "unexpected" not in err
        return status, out, err

    return command


def coverage(out):
    (one,) = [found for found in map(json.loads, out.splitlines()) if found["kind"] == "coverage"]
    assert one["lines"] == one["parsed"] + one["ignored"] + one["rejected"] + one["duplicates"]
    return one


def told(run, *arguments):
    """Scan with --json; return the coverage of the one source."""
    status, out, err = run("scan", "--json", "--service", "p.toml", *arguments)
    assert (status, err) == (0, "")
    return coverage(out)


def prepare():
    """Lay out what the mistaken command lines below name."""
    write_bytes("access.log", line(0).encode())
    write_bytes("broken.toml", b'name = "a"\n[[route]]\nmatch = "FETCH patient"\naction = "steal"\n[[route]]\n')
    write_bytes("no.toml", b"name = \n")
    write_bytes("latin1.toml", "name = 'été'".encode("latin-1"))
    write_bytes("open.key", b"maillon-key 1 " + b"0" * 64, 0o644)
    write_bytes("bad.key", b"maillon-key 1 xyz", 0o600)
    write_bytes("zoneless.log", b'2026-03-02 08:12:03,123 INFO  [org.keycloak.events] (thread-1) type="LOGIN", '
                b'realmId="r", clientId="c", userId="u", ipAddress="10.0.0.1", username="bob"\n')  # fmt: skip
    os.makedirs("nothing/.hidden")
    write_bytes("nothing/.hidden/access.log", line(0).encode())
    os.mkfifo("pipe")
    os.mkdir("folder")
    write_bytes("folder/access.log", line(0).encode())


def write_bytes(path, data, rights=0o644):
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, rights)


@pytest.mark.parametrize(
    ("status", "words", "arguments"),
    [
        (2, "name what to read", "scan"),
        (2, "missing.log: No such file", "scan missing.log"),
        (2, "missing.log: No such file", "scan access.log missing.log"),
        (2, "missing*: no file matches", "scan missing*"),
        (2, "nothing: no log in this directory", "scan nothing"),
        (2, "pipe: not an ordinary file", "scan pipe"),
        (2, "missing.key does not exist", "scan access.log --key missing.key"),
        (2, "open.key is open to others", "scan access.log --key open.key"),
        (2, "bad.key is not a key file", "scan access.log --key bad.key"),
        (2, "folder cannot be read", "scan access.log --key folder"),
        (2, "no such time zone", "scan zoneless.log --tz Nowhere/Town"),
        (2, "--log-format", "scan access.log --log-format $remote_addr"),
        (2, "missing.toml cannot be read: No such file", "scan access.log --service missing.toml"),
        (2, "folder cannot be read: Is a directory", "scan access.log --service folder"),
        (2, "latin1.toml is not UTF-8", "scan access.log --service latin1.toml"),
        (2, "no.toml: 1 mistake", "scan access.log --service no.toml"),
        (2, "a number of wrong containments", "scan access.log --budget 0"),
        (2, "a number of wrong containments", "scan access.log --budget -1"),
        (2, "invalid float value", "scan access.log --budget many"),
        (2, "name it with --state", "scan access.log --rebuild"),
        (1, "access.log is not a directory", "scan access.log --state access.log"),
        (1, "folder cannot be written: Is a directory", "scan access.log --report folder"),
        (1, "nowhere/r.html cannot be written: No such file", "scan access.log --report nowhere/r.html"),
        (2, "neither a state of Maillon nor an evidence pack", "verify folder"),
        (2, "no state of Maillon here", "incidents --state folder"),
        (2, "no state of Maillon here", "incident show abc --state missing"),
        (2, "no state of Maillon here", "backup --state folder --out b.tar.zst"),
        (2, "name the state and its archive", "backup"),
        (2, "missing: no such file", "restore missing --state new"),
        (1, "not a whole archive", "restore access.log --state new"),
        (2, "is not empty", "restore access.log --state folder"),
        (2, "no log to learn from", "profile learn p.toml"),
        (2, "broken.toml", "profile check broken.toml"),
        (2, "invalid choice", "frobnicate"),
        (2, "unrecognized arguments", "scan access.log --frobnicate"),
        (2, "required", "verify"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_and_leaves_nothing_behind(run, status, words, arguments):
    prepare()
    before = {name for name in os.listdir() if name != "new"}
    code, out, err = run(*arguments.split())
    assert words in err
    assert (code, out) == (status, "")
    assert ".toml" in arguments or re.fullmatch(r"maillon: [^\n]+\n|usage: maillon [^$]+", err)
    assert set(os.listdir()) - before <= {"new"}
    assert not os.path.isdir("new") or os.listdir("new") == []


def test_every_mistake_of_a_profile_is_told_at_once_with_its_line(run):
    prepare()
    status, out, err = run("scan", "access.log", "--service", "broken.toml")
    assert (status, out) == (2, "")
    mistakes = err.splitlines()[1:]
    assert len(mistakes) >= 3
    assert all(re.search(r"line \d+", mistake) for mistake in mistakes)
    assert "FETCH" in err
    assert "steal" in err


def test_all_arguments_that_name_nothing_are_told_at_once(run):
    prepare()
    _, _, err = run("scan", "one.log", "two*", "access.log", "nothing")
    assert (err.count("one.log"), err.count("two*"), err.count("nothing:"), err.count("\n")) == (1, 1, 1, 1)


def test_an_empty_file_is_nothing_to_conclude_from(run):
    write_bytes("access.log", b"")
    assert told(run, "access.log")["lines"] == 0
    status, out, _ = run("scan", "--lang", "en", "access.log")
    assert status == 0
    assert "nothing can be concluded" in out


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, zstandard.compress])
def test_a_binary_file_is_counted_and_said_to_be_no_log(run, pack):
    data = random.Random(4).randbytes(1_000_000)
    write_bytes("core", pack(data))
    found = told(run, "core")
    assert found["rejected_by_reason"] == {"unknown format": data.count(b"\n") + 1}
    status, out, _ = run("scan", "--lang", "en", "core")
    assert status == 0
    assert "could not be read" in out


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard.compress])
def test_what_is_left_of_a_truncated_file_is_read_and_the_damage_is_told(run, pack):
    lines = quiet_log(accounts=60, days=20)
    packed = pack("".join(lines).encode())
    write_bytes("access.log.gz", packed[: len(packed) * 3 // 4])
    found = told(run, "access.log.gz")
    assert len(lines) // 3 < found["parsed"] < len(lines)
    assert found["rejected"] <= 1
    assert any("access.log.gz is damaged" in warning for warning in found["warnings"])


def test_a_line_of_ten_megabytes_costs_no_other_line(run):
    lines = quiet_log()
    long = line(0, target="/" + "a" * 10_000_000)
    write(Path("access.log"), [*lines[:50], long, *lines[50:]])
    found = told(run, "access.log")
    assert (found["lines"], found["parsed"]) == (len(lines) + 1, len(lines))
    assert found["rejected_by_reason"] == {"line too long": 1}


def test_broken_lines_are_counted_by_reason_and_the_others_are_read(run):
    lines = quiet_log()
    broken = [
        "\udcff\udcfe\n",
        "\x00\x00\n",
        "GET / HTTP/1.1\n",
        line(0).replace("02/Mar", "32/Mar"),
        line(0)[:60] + "\n",
    ]
    write(Path("access.log"), [*lines[:50], *broken, "\n", *lines[50:]])
    found = told(run, "access.log")
    assert (found["lines"], found["parsed"]) == (len(lines) + 6, len(lines))
    assert (found["rejected"], found["ignored_by_kind"].get("blank")) == (len(broken), 1)


def hostile_log():
    """Return a log with a theft in which every field holds control characters, terminal escapes and invalid UTF-8."""
    evil = "".join(ESCAPES) + "\udcff"
    lines = [
        line(n, f"agent{n % 9}{evil}", f"/dossiers/2000{n % 9:04d}/identite?{evil}",
             evil if n % 7 == 0 else f"10.1.2.{n % 9}", agent=evil, referrer=f"https://{evil}/", tail=evil)
        for n in range(0, 40_000, 400)
    ]  # fmt: skip
    stolen = theft(f"agent5{evil}", 41_000)
    return [*lines, *(text.replace("curl/8.5.0", evil) for text in stolen), f"{evil}\n", f"{evil} - - [{evil}]\n"]


def assert_harmless(text):
    bad = [c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs"}]
    assert not bad, {f"U+{ord(c):04X}" for c in bad}


@pytest.mark.parametrize("name", ["access.log", "acc\x1b[31mess.log"])
def test_terminal_escapes_of_a_log_never_reach_the_terminal(run, name):
    write(Path(name), hostile_log())
    said = [run("scan", "--service", "p.toml", "--state", "s", "--report", "r.html", "--lang", "fr", name)]
    said += [run("scan", "--service", "p.toml", "--json", name), run("incidents", "--state", "s")]
    said += [run("incidents", "--json", "--state", "s"), run("profile", "learn", name)]
    identifier = json.loads(said[3][1].splitlines()[-1])["id"]
    said += [run("incident", "show", identifier, "--state", "s")]
    assert [status for status, _, _ in said] == [10, 10, 10, 10, 0, 10]
    assert "agent5" in said[0][1]
    for _, out, err in said:
        assert_harmless(out)
        assert_harmless(err)
    with open("r.html", encoding="utf-8") as file:
        assert "\x1b" not in file.read()


@pytest.mark.parametrize("name", ["no\x1b[31msuch", "no\u202esuch"])
def test_a_hostile_name_is_told_harmlessly(run, name):
    prepare()
    for arguments in (
        ("scan", name), ("scan", "access.log", "--key", name), ("scan", "access.log", "--service", name),
        ("incidents", "--state", name), ("scan", "access.log", "--log-format", name), ("profile", "check", name),
    ):  # fmt: skip
        status, _, err = run(*arguments)
        assert status == 2
        assert_harmless(err)


@pytest.mark.parametrize("lost", [Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_directory_without_a_ledger_is_refused_and_nothing_in_it_is_touched(run, lost):
    write(Path("access.log"), quiet_log())
    assert run("scan", "--service", "p.toml", "--state", "s", "access.log")[0] == 0
    lost(Path("s/ledger.sqlite"))
    before = sorted(Path("s").rglob("*"))
    status, out, err = run("scan", "--service", "p.toml", "--state", "s", "access.log")
    assert (status, out) == (1, "")
    assert "s is not empty and holds no ledger" in err
    assert sorted(Path("s").rglob("*")) == before
    assert any(path.suffix == ".parquet" for path in before)


@pytest.mark.parametrize("command", [["verify", "s"], ["incidents", "--state", "s"], ["scan", "--state", "s", "a.log"]])
def test_a_ledger_that_is_none_is_told(run, command):
    write(Path("a.log"), quiet_log())
    assert run("scan", "--service", "p.toml", "--state", "s", "a.log")[0] == 0
    Path("s/ledger.sqlite").write_bytes(b"this is not a database, but it is long enough to be one " * 20)
    status, out, err = run(*command)
    assert (status, out) == (1, "")
    assert re.fullmatch(r"maillon: [^\n]*s/ledger.sqlite[^\n]+\n", err)


def test_a_state_that_may_not_be_written_is_told_and_stays_as_it_was(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user here")
    log, profile = write(tmp_path / "access.log", quiet_log()), write(tmp_path / "p.toml", [PROFILE])
    state, home = tmp_path / "state", tmp_path / "home"
    scan = ("scan", "--service", profile, "--state", state, log)
    maillon(*scan, home=home)
    before = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, *map(str, scan)],
        capture_output=True,
        env=os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "nobody")},
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout == b""
    assert re.fullmatch(rb"maillon: [^\n]*state[^\n]*(Permission denied|rights)[^\n]*\n", done.stderr)
    assert {path: path.read_bytes() for path in state.rglob("*") if path.is_file()} == before


# Imports first: the interpreter's own files may lie where only root reads.
AS_NOBODY = """
import os, sys
from pathlib import Path
import maillon.cli.scan, maillon.cli.scanning, maillon.render.json_lines, maillon.render.screen
from maillon.cli.main import main
home = Path(os.environ["XDG_CONFIG_HOME"])
home.mkdir()
os.chown(home, 65534, 65534)
for folder in (home, *home.parents[:3]):
    folder.chmod(folder.stat().st_mode | 0o055)
os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_answers_before_anything_heavy_is_imported(command):
    code = (
        "import sys\nfrom maillon.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "heavy = {'numpy', 'polars', 'numba', 'zstandard', 'jinja2', 'msgspec'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)"
    )
    words = [command, "--help"] if command else ["--help"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, check=True)
    assert done.stdout.startswith(b"usage: maillon")
    assert done.stderr == b"[]\n"
    if not command:
        assert all(name.encode() in done.stdout for name in COMMANDS)
