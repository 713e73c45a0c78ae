"""The guard restarts exactly, replays byte for byte, and counts nothing twice."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest

from guarded import PROFILE, api, asks, configuration, free, guard, request_id, until
from maillon.decide.in_force import InForce
from maillon.edges.journal import Journal, frames
from maillon.facts.directory import Directory
from maillon.facts.event import Outcome
from maillon.facts.hand import HandOrder
from maillon.facts.policy import Policy
from maillon.facts.response import ResponsePolicy
from maillon.read.inline import Asked, record
from maillon.read.normalise import Normaliser, account_hash
from maillon.read.profile import load_profile
from maillon.read.pseudonym import Keys
from maillon.run.book import Book, Piece
from maillon.run.desk import ANSWERED, LOOK, Desk
from maillon.run.hands import Hands
from scanning import in_order, maillon, of_kind, quiet_log, theft, write

KEYS = Keys(b"0" * 32, 1)
START = 1_772_500_000_000_000
SECOND = 1_000_000


def book(folder=None, journal=None):
    hands = Hands(folder, InForce(ResponsePolicy(enforce=True)), Directory())
    return Book(Desk(Policy(), hands, {}), journal, {})


def normaliser():
    return Normaliser(load_profile(PROFILE, "profile"), "orientations", KEYS)


def request(account, patient, at, number=0, address="10.1.2.3", agent="Firefox"):
    return Asked(
        "GET", f"/dossiers/{patient}/identite", "", address, account, "", agent, f"{number:032x}" if number else "",
        START + int(at * SECOND),
    )  # fmt: skip


def ask(one, made, requests, known=LOOK):
    events = made.events(record(requests))
    told = one.ask(
        events.rows, np.zeros(len(events.rows), np.int64), events.names, events.pseudonyms,
        np.full(len(events.rows), known, np.uint8),
    )  # fmt: skip
    one.applied(one.desk.score(one.cut()))
    return [answer.verdict for answer in told.answers]


def lines(one, made, requests, status=200):
    """Admit the log lines of requests."""
    parsed = record(requests)
    parsed.rows["status"] = status
    events = made.events(parsed)
    one.lines(Piece("log", events.rows, events.names, events.pseudonyms))
    one.applied(one.desk.score(one.cut()))


def busy_days(one, made, days=4, accounts=30):
    """Let ordinary accounts read their own few patients on some days."""
    for day in range(days):
        for account in range(accounts):
            at = day * 86_400 + account * 37
            ask(one, made, [request(f"agent{account:02d}", 20_000_000 + account * 100 + n, at + n) for n in range(8)])


def thief(one, made, start, count=300, step=2.0):
    """Read one unknown patient after the other until refused; return how many were read."""
    for n in range(count):
        if ask(one, made, [stolen(n, start + n * step)]) != ["allow"]:
            return n
    return count


def stolen(n, at):
    return request("agent05", 70_000_000 + n * 13, at, n + 1, "203.0.113.9", "curl")


def content(one):
    """Return everything that decides what comes next, as bytes."""
    answering = one.desk.answering_memory()
    return msgspec.msgpack.encode([one.desk.scored_memory(answering), one.desk.in_force.memory()])


def entries(one):
    return [msgspec.json.encode(entry, order="sorted") for entry in one.entries]


def test_a_thief_is_refused_at_the_request_after_the_deciding_one_and_a_replay_says_the_same(tmp_path):
    journal = Journal(tmp_path)
    first, made = book(tmp_path, journal), normaliser()
    busy_days(first, made)
    read = thief(first, made, 4 * 86_400)
    assert read < 40
    first.take(HandOrder("h1", 0, "agent07", account_hash(KEYS, "agent07"), "contain", "Dr Roy", "a call"))
    assert ask(first, made, [request("agent07", 1, 4 * 86_400 + 900)]) == ["contain"]
    assert ask(first, made, [request("agent08", 20_000_800, 4 * 86_400 + 900)]) == ["allow"]
    journal.flush()
    again = book(tmp_path)
    for _ in again.redo(Journal(tmp_path).since(0)):
        pass
    assert content(again) == content(first)
    assert entries(again) == entries(first)
    assert any(b'"contain"' in entry for entry in entries(first))


@pytest.mark.parametrize("cut", [1, 2, 5, 60, 200])
def test_a_journal_torn_anywhere_gives_a_whole_beginning(tmp_path, cut):
    journal = Journal(tmp_path)
    one, made = book(tmp_path, journal), normaliser()
    busy_days(one, made, days=1, accounts=3)
    journal.close()
    path = next(journal.folder.glob("*.log"))
    data = path.read_bytes()
    whole = list(frames(data))
    torn = list(frames(data[:-cut]))
    assert torn == whole[: len(torn)]
    assert len(torn) < len(whole)
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    assert len(list(frames(bytes(flipped)))) < len(whole)


def test_a_log_line_confirms_what_was_asked_and_counts_nothing_twice():
    asked, both, made = book(), book(), normaliser()
    requests = [request("agent01", 20_000_000 + n, n * 30, number=n + 1) for n in range(30)]
    for one in (asked, both):
        ask(one, made, requests)
    lines(both, made, requests)
    lines(both, made, requests)  # a second log, of the application itself
    assert both.desk.scoring.to_bytes() == asked.desk.scoring.to_bytes()
    assert both.desk.counts["joined"] == 60
    assert both.desk.counts["repeated"] == 30
    assert sum(map(len, both.desk.admitted())) == 30


def test_a_log_line_corrects_what_was_asked():
    """What was not found is scored as if that had been known from the start."""
    corrected, told, made = book(), book(), normaliser()
    busy = [request("agent01", 20_000_000 + n, n * 30, number=n + 1) for n in range(12)]
    ask(corrected, made, busy[:8])
    lines(corrected, made, busy[:4])
    lines(corrected, made, busy[4:6], status=404)
    ask(corrected, made, busy[8:])
    lines(corrected, made, busy[6:])
    for some, status in ((busy[:4], 200), (busy[4:6], 404), (busy[6:], 200)):
        lines(told, made, some, status)
    assert corrected.desk.counts["corrected"] == 2
    ours, theirs = (one.desk.scoring.accounts for one in (corrected, told))
    assert ours.tobytes() == theirs.tobytes()
    rows = np.concatenate(corrected.desk.admitted())
    assert (rows["outcome"] == Outcome.MISSING).sum() == 2


def test_audit_messages_of_one_request_count_by_patient_however_they_come():
    """A page that lists patients is one request; its audit trail tells of each patient, in pieces."""
    made = normaliser()
    listed = [request("agent01", 20_000_000 + n, 1 + n * 0.001, number=1) for n in range(6)]
    ends = []
    for cuts in ([6], [1, 5], [3, 3], [1] * 6):
        one, at = book(), 0
        ask(one, made, listed[:1])
        for size in cuts:
            lines(one, made, listed[at : at + size])
            at += size
        lines(one, made, listed)  # a second trail
        assert one.desk.counts["joined"] == 7
        assert one.desk.counts["repeated"] == 6
        rows = np.concatenate(one.desk.admitted())
        assert len(rows) == len(set(rows["patient"].tolist())) == 6
        ends.append(one.desk.scoring.accounts.tobytes())
    assert len(set(ends)) == 1


def test_which_patients_a_request_showed_outlives_a_restart():
    made, one = normaliser(), book()
    listed = [request("agent01", 20_000_000 + n, 1 + n * 0.001, number=1) for n in range(4)]
    ask(one, made, listed[:1])
    lines(one, made, listed[:3])
    saved = msgspec.msgpack.decode(
        msgspec.msgpack.encode(one.desk.scored_memory(one.desk.answering_memory())), strict=False
    )
    again = Book(Desk(Policy(), Hands(None, InForce(ResponsePolicy()), Directory()), {}, saved), None, {})
    lines(again, made, listed)
    assert sum(map(len, again.desk.admitted())) == 1


def test_orders_name_the_network_that_only_suspected_accounts_came_from(tmp_path):
    for exit_, shown in (("9.9.9.9", "9.9.9.0/24"), ("10.200.1.9", "")):
        one, made = book(tmp_path), normaliser()
        busy_days(one, made)
        told = []
        for n in range(60):
            stolen_one = request("agent05", 70_000_000 + n * 13, 4 * 86_400 + n * 2, n + 1, exit_, "curl")
            events = made.events(record([stolen_one]))
            one.ask(events.rows, np.zeros(1, np.int64), events.names, events.pseudonyms, np.full(1, LOOK, np.uint8))
            told += one.applied(one.desk.score(one.cut())).orders
        assert told
        assert {order.address for order in told} == {shown}, "a private network is nobody's to block"


def test_a_service_without_request_ids_is_known_from_its_proxy_alone():
    made = normaliser()
    rows = made.events(record([request("a", 1, 0)])).rows
    hands = Hands(None, InForce(ResponsePolicy()), Directory())
    one = Book(Desk(Policy(), hands, {}, sole=[int(rows[0]["service"])]), None, {})
    ask(one, made, [request("agent01", 1, 0)])
    lines(one, made, [request("agent01", 1, 0)])
    assert sum(map(len, one.desk.admitted())) == 1


def test_what_was_let_through_at_once_is_scored_as_what_was_not():
    quick, slow, made = book(), book(), normaliser()
    requests = [request("agent01", 20_000_000 + n, n * 30) for n in range(30)]
    assert ask(quick, made, requests, ANSWERED) == ask(slow, made, requests) == ["allow"] * 30
    assert quick.desk.scoring.to_bytes() == slow.desk.scoring.to_bytes()


def test_the_guard_and_a_scan_decide_the_same_of_the_same_log(tmp_path):
    """The log is there before, and grows, and is rotated while the guard follows it."""
    ago = datetime.now(UTC) - timedelta(days=5) - datetime(2026, 3, 2, 8, tzinfo=UTC)
    all_lines = in_order(quiet_log(days=4), theft(start=3 * 86_400 + 6 * 3600, patients=120))
    shifted = [_moved(text, ago) for text in all_lines]
    log = write(tmp_path / "access.log", shifted[:300])
    port = free()
    config = configuration(tmp_path, port, log=f"{log}*", response="enforce = false")
    with guard(config, port):
        for part, start in enumerate(range(300, len(shifted), 150)):
            with log.open("a") as file:
                file.writelines(shifted[start : start + 150])
            if part == 2:
                until(lambda: api(port, "viewer", "GET", "status")[1]["counts"].get("lines", 0) > 700, "not read")
                log.rename(tmp_path / "access.log.1")
                log.touch()
        until(lambda: _lines(port) == len(shifted), f"{_lines(port)} of {len(shifted)} lines were read")
        decisions = api(port, "viewer", "GET", "decisions")[1]
    done = maillon("scan", "--json", "--service", tmp_path / "profile.toml", f"{log}*", home=tmp_path / "home")
    names = ("at", "account", "action", "reasons")
    assert [[one[name] for name in names] for one in of_kind(done, "decision")] == [
        [one[name] for name in names] for one in decisions
    ]
    assert decisions


@pytest.mark.parametrize("logged", [False, True])
def test_killed_at_any_moment_it_goes_on_as_if_nothing_had_happened(tmp_path, logged):
    """One guard is killed three times, once before any commit; another is not. They end with the same events."""
    ends = []
    for name, kills in (("killed", (3, 40, 75)), ("whole", ())):
        folder = tmp_path / name
        folder.mkdir()
        log, port = folder / "access.log", free()
        log.touch()
        config = configuration(
            folder, port, log=log if logged else None, more="key = 'key'\ncommit_seconds = 2",
            service="" if logged else "request_id = false",
        )  # fmt: skip
        (folder / "key").write_text("maillon-key 1 " + "ab" * 32 + "\n")
        (folder / "key").chmod(0o600)
        number = 0
        for stop in (*kills, 110):
            with guard(config, port) as process, log.open("a") as file:
                while number < stop:
                    number += 1
                    asks(port, f"agent{number % 7}", f"/dossiers/{number}/identite", number=number)
                    file.write(_logged(number))
                    file.flush()
                if number < 110:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                elif logged:
                    until(lambda port=port: _counts(port).get("lines") == 110, "log lines lost")
                else:
                    until(lambda port=port: _counts(port).get("asked") == 110, "requests lost")
        ends.append(_asked(folder))
    assert ends[0] == ends[1]
    assert len(ends[0]) == 110


def _logged(number):
    moment = datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return (
        f'10.1.2.3 - agent{number % 7} [{moment}] "GET /dossiers/{number}/identite HTTP/1.1" 200 9 "-" "Firefox" '
        f"{request_id(number)}\n"
    )


def _asked(folder):
    from maillon.edges.keys import load_or_create
    from maillon.edges.state import State

    keys = Keys(*load_or_create(folder / "key"))
    with State(folder / "state", keys.pseudonym("state", b"key id")) as state:
        assert state.verify()[1] == ""
        rows = np.concatenate(list(state.replay()))
    return sorted(zip(rows["account"].tolist(), rows["patient"].tolist(), rows["network"].tolist(), strict=True))


def _counts(port):
    return api(port, "viewer", "GET", "status")[1]["counts"]


def _lines(port):
    return _counts(port).get("lines", 0)


def _moved(text, ago):
    head, rest = text.split("[", 1)
    stamp, tail = rest.split("]", 1)
    moment = datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z") + ago
    return f"{head}[{moment:%d/%b/%Y:%H:%M:%S %z}]{tail}"
