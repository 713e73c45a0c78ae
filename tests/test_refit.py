"""A portal is upgraded between two scans: a better profile is adopted from the new part on, and says so."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from maillon.cli.main import main
from maillon.edges.keys import load_or_create
from maillon.edges.sources import files
from maillon.edges.state import State
from maillon.facts.profile import Profile
from maillon.read.access_log import open_reader
from maillon.read.learn import learn
from maillon.read.pseudonym import Keys
from maillon.read.reader import ReadSettings
from maillon.read.refit import measure, refit
from maillon.run import intake, scan
from scanning import in_order, quiet_log, theft, write

KEYS = Keys(bytes(32), 1)
UPGRADE = 8  # the day from which the portal has other routes
PROFILE = (
    'name = "access"\n[[route]]\nmatch = "GET /dossiers/{patient}/identite"\naction = "read"\n'
    'fields = ["family_name", "birth_date"]\n'
)


def upgraded(lines):
    """Return the lines as the new portal writes them."""
    return [line.replace("/dossiers/", "/api/v2/patients/").replace("/identite", "/resume") for line in lines]


@pytest.fixture(scope="module")
def lines():
    every = in_order(quiet_log(days=UPGRADE + 8), theft(start=(UPGRADE + 7) * 86_400 + 6 * 3_600))
    turn = next(i for i, line in enumerate(every) if "[10/Mar/2026" in line)
    return every[:turn], upgraded(every[turn:])


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))

    def go(state, log, *more):
        assert main(["scan", "--json", "--state", str(tmp_path / state), str(log), *map(str, more)]) in (0, 10)
        out, err = capsys.readouterr()
        return [json.loads(line) for line in out.splitlines()], err

    return go


def kind(objects, name):
    return [one for one in objects if one["kind"] == name]


def profiles(folder):
    with State(folder, Keys(*load_or_create(None, folder)).pseudonym("state", b"key id")) as state:
        assert state.verify()[1] == ""
        return state.entries("profile")


def parsed(lines):
    text = "".join(lines).encode()
    return open_reader(text, ReadSettings()).parse(text, 0)


def test_after_an_upgrade_a_better_profile_is_sealed_from_the_new_part_on_and_finds_the_theft(tmp_path, lines, run):
    old, new = lines
    log = write(tmp_path / "access.log", old)
    first, _ = run("s", log)
    assert kind(first, "coverage")[0]["profile_since"] is None
    write(log, old + new)
    second, told = run("s", log)
    (coverage,) = kind(second, "coverage")
    assert coverage["profile_since"] == "2026-03-10T08:00:00+00:00"
    assert coverage["unmatched"] == 0
    assert coverage["duplicates"] == len(old)  # what was judged is not read again
    assert {one["account"] for one in kind(second, "decision")} == {"agent05"}
    assert kind(second, "incident")[0]["patients"]["lower"] > 300
    assert "the sealed profile left" in told.lower()
    sealed = profiles(tmp_path / "s")
    assert len(sealed) == 2
    templates = [{route["template"] for route in entry["profile"]["routes"]} for entry in sealed]
    assert "/api/v2/patients/{patient}/resume" in templates[1] - templates[0]
    assert templates[0] <= templates[1]  # what the new part does not show may only be rare


def test_it_is_adopted_once_and_held_from_then_on(tmp_path, lines, run):
    old, new = lines
    log = write(tmp_path / "access.log", old)
    run("s", log)
    for cut in (1500, 1700, len(new)):
        write(log, old + new[:cut])
        objects, _ = run("s", log)
        assert (kind(objects, "coverage")[0]["profile_since"] is not None) == (cut == 1500)
        assert kind(objects, "coverage")[0]["unmatched"] == 0
    assert len(profiles(tmp_path / "s")) == 2


def test_the_words_are_in_both_languages(tmp_path, lines, run):
    old, new = lines
    for lang, words in (("fr", "les routes ont changé"), ("en", "the routes have changed")):
        log = write(tmp_path / "access.log", old)
        run(lang, log)
        write(log, old + new)
        assert words in run(lang, log, "--lang", lang)[1]


def test_a_given_profile_is_never_replaced(tmp_path, lines, run):
    old, new = lines
    given = tmp_path / "p.toml"
    given.write_text(PROFILE)
    log = write(tmp_path / "access.log", old)
    run("s", log, "--service", given)
    write(log, old + new)
    for more in ((), ("--service", given)):
        objects, told = run("s", log, *more)
        assert kind(objects, "coverage")[0]["profile_since"] is None
        assert told == ""
    assert len(profiles(tmp_path / "s")) == 1


def test_a_scan_that_was_stopped_goes_on_with_the_profile_that_it_began_with(tmp_path, lines, run, monkeypatch, capsys):
    """The upgrade comes in the middle of a scan: stopped after it or not, the decisions are the same."""
    old, new = lines
    monkeypatch.setattr(files.open_blocks, "__defaults__", (0, 1 << 16))
    monkeypatch.setattr(scan, "_COMMIT_EVERY_S", 0.0)
    monkeypatch.setattr(intake, "_LEARN_BYTES", 1 << 16)  # the scan begins before the upgrade, and sees none yet
    monkeypatch.setattr(intake, "_NEWER_BYTES", 1 << 15)
    log = write(tmp_path / "access.log", old[:1200])
    for state in ("whole", "stopped"):
        run(state, log)
    write(log, old + new)
    whole, _ = run("whole", log)
    commits = iter(range(1_000))
    commit = scan.commit

    def dies(crank):
        commit(crank)
        if next(commits) == 6:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(scan, "commit", dies)
        assert main(["scan", "--json", "--state", str(tmp_path / "stopped"), str(log)]) == 130
    capsys.readouterr()
    resumed, told = run("stopped", log)
    assert "routes" not in told
    assert kind(resumed, "coverage")[0]["profile_since"] is None
    assert kind(whole, "coverage")[0]["unmatched"] > kind(resumed, "coverage")[0]["unmatched"] > 0
    assert len(profiles(tmp_path / "stopped")) == 1


def test_what_fits_is_left_alone(lines):
    old, new = lines
    profile = learn([parsed(old)], "a")
    assert refit(profile, "a", KEYS, [parsed(old[-1000:])]) is None
    assert refit(profile, "a", KEYS, [parsed(old[-1000:] + new[:100])]) is None  # a tenth is nothing unusual
    assert refit(profile, "a", KEYS, [parsed(new[:100])]) is None  # too few to tell


def test_what_names_fewer_patients_is_not_better(lines):
    old, _ = lines
    fits = measure(learn([parsed(old)], "a"), "a", KEYS, [parsed(old[:400])])
    assert not fits.better(fits)
    assert not replace(fits, unmatched=0, patients=fits.patients - 1).better(replace(fits, unmatched=400))
    assert replace(fits, unmatched=0).better(replace(fits, unmatched=400))


def test_counts_are_of_requests(lines):
    old, new = lines
    fit = measure(learn([parsed(old)], "a"), "a", KEYS, [parsed(old[:300] + new[:100])])
    assert (fit.requests, fit.unmatched, fit.accounts, fit.patients) == (400, 100, 400, 300)
    nobody = measure(Profile("a"), "a", KEYS, [parsed(old[:300])])
    assert nobody.unusual
    assert not nobody.better(fit)
