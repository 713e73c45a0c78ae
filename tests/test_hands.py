"""What people say on the command line: handed over, admitted in event time, kept in the ledger, and it teaches."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path

import pytest

from guarded import asks, configuration, guard, until
from maillon.cli.main import main
from maillon.decide.ladder import Ladder
from maillon.edges import inbox
from maillon.edges.keys import load_or_create
from maillon.edges.state import State
from maillon.facts.break_glass import BreakGlass
from maillon.facts.event import Action
from maillon.facts.hand import HandOrder
from maillon.facts.response import ResponsePolicy
from maillon.read.pseudonym import Keys
from maillon.run.hands import begin, entry, policy_entry, take_in_alone
from responses import HOUR, verdict
from scanning import in_order, maillon, objects, of_kind, quiet_log, theft, write
from servers import free_port

DAY_S = 86_400


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    """A state in which one theft was found, and the key's home."""
    folder = tmp_path_factory.mktemp("scanned")
    log = write(folder / "portal.log", in_order(quiet_log(), theft()))
    maillon("scan", log, "--state", folder / "state", home=folder)
    return folder


@pytest.fixture
def site(scanned, tmp_path):
    shutil.copytree(scanned, tmp_path / "site", symlinks=True)
    return tmp_path / "site"


def say(site, *words, check=True, lang="en", home=None):
    """Run a command in this process (it starts in no time); return what it did, as `maillon` does."""
    arguments = [*words, "--state", str(site / "state"), "--lang", lang]
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("XDG_CONFIG_HOME", str(home or site))
        status = main(arguments)
    done = subprocess.CompletedProcess(arguments, status, out.getvalue().encode(), err.getvalue().encode())
    assert not check or status in (0, 10), done.stderr
    return done


def held(site, *, hold=True):
    keys = Keys(*load_or_create(site / "maillon" / "key", create=False))
    return State(site / "state", keys.pseudonym("state", b"key id"), hold=hold)


def rungs(site):
    return {one["action"] for one in of_kind(say(site, "incidents", "--json"), "in_force")}


def test_contain_and_release_by_hand(site):
    done = say(site, "contain", "AGENT05", "--why", "she calls", "--who", "alice")
    assert b"agent05" in done.stdout
    (one,) = of_kind(say(site, "incidents", "--json"), "in_force")
    assert (one["account"], one["action"], one["who"], one["why"]) == ("agent05", "end_sessions", "alice", "she calls")
    assert b"blocked at the proxy" in say(site, "incidents").stdout
    say(site, "release", "agent05", "--why", "came with her card")
    assert rungs(site) == set()
    with held(site) as state:
        assert [one["who"] for one in state.entries("hand")][:1] == ["alice"]
        assert state.verify()[1] == ""
    assert list((site / "state" / "inbox").iterdir()) == []


def test_a_suspension_takes_two_people(site):
    assert b"second person" in say(site, "contain", "agent05", "--suspend", "--why", "sold", "--who", "alice").stdout
    assert rungs(site) == {"end_sessions"}
    say(site, "contain", "agent05", "--suspend", "--why", "sold", "--who", "bob")
    assert rungs(site) == {"end_sessions", "suspend"}


def test_what_cannot_be_meant_is_said(site, tmp_path):
    for words, told in (
        (("contain", "agnt05", "--why", "x"), b"did you mean agent05"),
        (("contain", "agent05", "--why", "  "), b"--why is empty"),
        (("contain", "agent05", "--why", "x", "--hours", "-1"), b"--hours -1"),
        (("verdict", "zzz", "theft", "--why", "x"), b"nothing is called so"),
        (("break-glass", "review", "zzz", "abuse", "--why", "x"), b"no such passage"),
        (("break-glass", "allow", "agent05", "present", "--why", "x"), b"nothing blocks this account"),
    ):
        done = say(site, *words, check=False)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    nowhere = maillon("release", "a", "--why", "x", "--state", tmp_path / "none", home=site, check=False)
    assert nowhere.returncode == 2
    assert not (tmp_path / "none").exists()
    with held(site) as state:
        assert state.entries("hand") == []


def test_while_a_process_holds_the_state_words_wait_for_it(site):
    with held(site) as state:
        assert b"handed to the process" in say(site, "contain", "agent05", "--why", "x", "--who", "alice").stdout
        waiting = list((site / "state" / "inbox").iterdir())
        assert rungs(site) == {"end_sessions"}  # told while it waits
        assert [stat.S_IMODE(one.stat().st_mode) for one in [waiting[0].parent, *waiting]] == [0o700, 0o600]
        assert state.entries("hand") == []
        take_in_alone(state)
        assert rungs(site) == {"end_sessions"}
        assert b"in_force" in say(site, "incidents", "--json").stdout  # read beside the holder
        assert list((site / "state" / "inbox").iterdir()) == []


def test_a_word_that_was_committed_and_not_removed_counts_once(site):
    with held(site) as state:
        word = HandOrder("h", 5, "agent05", 7, "contain", "alice", "x", said=5)
        path = inbox.put(state.folder, word)
        text = path.read_bytes()
        take_in_alone(state)
        path.write_bytes(text)
        path.chmod(0o600)
        hands = take_in_alone(state)
        assert len(state.entries("hand")) == 1
        assert len(hands.in_force.orders(7)) == 1


def test_what_is_no_word_is_set_aside_and_told(site):
    folder = site / "state" / "inbox"
    good = say(site, "contain", "agent05", "--why", "x")
    assert good.returncode == 0
    for number, text in enumerate([b"", b"{}", b"nonsense", b'{"v":1,"kind":"order","body":{}}', b"[1]", b'{"v":9}']):
        (folder / f"{number}.json").write_bytes(text)
        (folder / f"{number}.json").chmod(0o600)
    (folder / "open.json").write_bytes(b"{}")
    (folder / "open.json").chmod(0o666)
    done = say(site, "release", "agent05", "--why", "x")
    assert done.stderr.count(b"is set aside") == 7
    assert b"somebody else may have written it" in done.stderr
    assert rungs(site) == set()
    assert len(list((folder / "refused").iterdir())) == 7


def test_a_verdict_needs_two_people_lifts_holds_and_teaches(site, tmp_path):
    found = of_kind(say(site, "incidents", "--json"), "incident")[0]
    assert (
        b"second person"
        in say(site, "verdict", found["id"][:6], "legitimate", "--why", "audit", "--who", "alice").stdout
    )
    again = write(tmp_path / "portal2.log", theft(start=3 * DAY_S + 6 * 3600))
    done = say(site, "verdict", found["id"], "legitimate", "--why", "audit", "--who", "bob")
    assert b"held back until" in done.stdout
    with held(site) as state:
        kinds = {one["kind"] for one in state.entries("decision")}
    after = of_kind(maillon("scan", again, "--state", site / "state", "--json", home=site), "decision")
    assert not {one["evidence"] for one in after if one["account"] == "agent05"} & kinds
    with held(site) as state:
        assert state.entries("held")
        assert {one["kind"] for one in state.entries("held")} <= kinds
        assert state.verify()[1] == ""


def test_theft_is_said_of_a_decision_or_an_account(site):
    decision = of_kind(say(site, "incidents", "--json"), "decision")[0]
    assert b"no longer lapses" in say(site, "verdict", decision["id"], "theft", "--why", "asleep").stdout
    assert "ne s’éteint plus".encode() in say(site, "verdict", "agent05", "theft", "--why", "x", lang="fr").stdout


def test_a_rebuild_meets_verdicts_where_they_were_given(site, tmp_path):
    found = of_kind(say(site, "incidents", "--json"), "incident")[0]
    say(site, "verdict", found["id"], "legitimate", "--why", "audit", "--who", "alice", "--second", "bob")
    again = write(tmp_path / "portal2.log", theft(start=3 * DAY_S + 6 * 3600, patients=60))
    maillon("scan", again, "--state", site / "state", home=site)

    def content():
        with held(site) as state:
            return [one["id"] for one in state.entries("decision")], state.entries("held")

    before = content()
    maillon("scan", "--rebuild", "--state", site / "state", home=site)
    assert content() == before


def test_the_ladder_begins_anew_after_a_verdict(tmp_path):
    with State(tmp_path / "state", "key") as state:
        ladder = Ladder()
        ladder.take(7, 3, 100)
        inbox.put(state.folder, verdict(at=0, said=1))
        hands = begin(state)
        entries = hands.take_in(200, ladder, None)
        assert [one[1] for one in entries] == ["verdict"]
        assert ladder.take(7, 1, 300)
        again = Ladder({"7": [3, 10**18]})
        hands.teach(again, None)
        assert not again.take(7, 1, 300)  # it teaches once
        assert hands.taught == {"v"}


def test_the_guards_policy_is_the_commands_policy(tmp_path):
    with State(tmp_path / "state", "key") as state:
        assert begin(state).in_force.policy == ResponsePolicy()
        for hours, at in ((5, 1), (9, 2)):
            state.commit([policy_entry(ResponsePolicy(contain_hours=hours, remains_fr="Appelez"), at)], {}, b"")
        assert begin(state).in_force.policy == ResponsePolicy(contain_hours=9, remains_fr="Appelez")


def test_break_glass_is_listed_reviewed_and_allowed(site):
    assert b"no emergency passage" in say(site, "break-glass", "list").stdout
    say(site, "contain", "agent05", "--why", "x", "--who", "alice")
    say(site, "break-glass", "allow", "agent05", "present", "--why", "second patient", "--who", "dr.roy")
    with held(site) as state:
        (glass,) = begin(state).in_force.glasses()
    listed = say(site, "break-glass", "list")
    assert listed.returncode == 10
    assert b"to be reviewed" in listed.stdout
    assert b"emergency passages to be reviewed" in say(site, "incidents").stdout
    (event,) = [json.loads(one) for one in say(site, "break-glass", "list", "--fhir").stdout.splitlines()]
    assert event["id"] == glass.id
    assert [one["altId"] for one in event["agent"]] == ["agent05", "dr.roy"]
    own = say(site, "break-glass", "review", glass.id, "justified", "--why", "x", "--who", "Agent05", check=False)
    assert own.returncode == 2
    say(site, "break-glass", "review", glass.id[:8], "justified", "--why", "bed 4", "--who", "bob")
    done = say(site, "break-glass", "list", lang="fr")
    assert done.returncode == 0
    assert "justifié selon bob".encode() in done.stdout


def test_names_that_act_on_a_terminal_do_not(site):
    say(site, "contain", "agent05", "--why", "\x1b[2Jx", "--who", "a\x1b]0;b")
    for done in (say(site, "incidents"), say(site, "incidents", "--json")):
        assert b"\x1b" not in done.stdout
    assert objects(say(site, "incidents", "--json"))


def test_entries_of_facts_without_a_name_have_one(tmp_path):
    glass = BreakGlass("g", 1, "a", 7, "present", HOUR, 5, 2)
    assert entry(glass)[:3] == ("g", "break_glass", 1)
    from maillon.facts.break_glass import Opened

    one, other = (entry(Opened(7, at, "g", 1, Action.READ)) for at in (1, 2))
    assert one[0] != other[0]
    assert one[1:3] == ("opened", 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can speak for another user")
def test_root_hands_words_over_to_the_states_owner(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)
    path = inbox.put(folder, HandOrder("h", 5, "a", 7, "contain", "alice", "x", said=5))
    assert {one.stat().st_uid for one in (path, Path(path.parent))} == {12345}


def test_a_running_guard_obeys_the_command_line(tmp_path):
    """contain, break-glass and release reach `maillon serve` through the inbox while it holds the state."""
    port = free_port()
    config = configuration(tmp_path, port)
    home = tmp_path / "home"
    say_ = partial(say, tmp_path, home=home)

    def verdict_of(number):
        status, told = asks(port, "agent05", f"/dossiers/{number}/identite")
        return status, told["x-maillon-decision"]

    with guard(config, port):
        assert verdict_of(1)[0] == 200
        until((tmp_path / "state" / "ledger.sqlite").exists, "no ledger")
        done = say_("contain", "agent05", "--why", "she calls", "--who", "alice", "--unseen")
        assert b"handed to the process" in done.stdout
        until(lambda: verdict_of(1)[1] == "contain", "the guard does not obey", 60)
        assert b"agent05" in say_("incidents").stdout
        say_("break-glass", "allow", "agent05", "present", "--why", "bed 4", "--who", "bob", "--unseen")
        until(lambda: verdict_of(1)[0] == 200, "the passage does not open", 60)
        assert [verdict_of(number)[0] for number in range(1, 8)] == [200] * 5 + [403] * 2
        say_("release", "agent05", "--why", "came", "--unseen")
        until(lambda: verdict_of(9)[0] == 200, "the release does not reach the guard", 60)
