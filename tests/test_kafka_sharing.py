"""Guards that share one scoring by a topic of Kafka, with a real broker: each entry once, whoever dies in between."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guarded import api, asks, configuration, free, guard, said, until
from maillon.decide.in_force import InForce
from maillon.edges.kafka_shared import Shared, Sink, record, shared_of
from maillon.edges.keys import load_or_create
from maillon.edges.state import State
from maillon.facts.directory import Directory
from maillon.facts.errors import UsageError
from maillon.facts.policy import Policy
from maillon.facts.response import ResponsePolicy
from maillon.facts.serving import Broker
from maillon.read.pseudonym import Keys
from maillon.run.book import Book
from maillon.run.door import Door
from maillon.run.hands import Hands
from maillon.run.settings import load_settings
from maillon.run.sharing import SHARED_KINDS, Sharing
from scanning import in_order, quiet_log, theft
from test_guard_exact import ask, book, busy_days, lines, normaliser, request, stolen

KEYS = Keys(b"0" * 32, 1)


def sign(text):
    return KEYS.pseudonym("test", text)


def entry(number, kind="order", **more):
    return (
        f"id{number}",
        kind,
        number,
        {"action": "step_up", "account_hash": 2**64 - number, "account": f"agent{number}", **more},
    )


def lately(texts):
    """Return lines as records of an account each, moved so that the last was written just now."""
    stamps = [datetime.strptime(text.split("[")[1][:26], "%d/%b/%Y:%H:%M:%S %z") for text in texts]
    ago = datetime.now(UTC) - stamps[-1] - timedelta(seconds=5)
    found = []
    for text, stamp in zip(texts, stamps, strict=True):
        head, rest = text.split("[", 1)
        moved = f"{head}[{stamp + ago:%d/%b/%Y:%H:%M:%S %z}]{rest.split(']', 1)[1]}"
        found.append((text.split()[2], moved))
    return found


def configured(folder, kafka, topic, port, more="", source=""):
    folder.mkdir()
    (folder / "key").write_text("maillon-key 1 " + "cd" * 32 + "\n")
    (folder / "key").chmod(0o600)
    config = configuration(folder, port, more=f"key = 'key'\n{more}")
    config.write_text(
        config.read_text() + f'[kafka]\nservers = "{kafka.servers}"\ndecisions = "{topic}"\n'
        + (f'[[source]]\nkind = "kafka"\nname = "portal"\ntopic = "{source}"\nprofile = "profile.toml"\n'
           if source else "")
    )  # fmt: skip
    return config


def kept(folder):
    """Return the entries that others hear of, as often as they stand in a ledger."""
    keys = Keys(*load_or_create(folder / "key"))
    with State(folder / "state", keys.pseudonym("state", b"key id")) as state:
        assert state.verify()[1] == ""
        return Counter((one.id, one.kind) for one in state.links() if one.kind in SHARED_KINDS)


def test_a_containment_holds_at_a_guard_that_scores_nothing_and_each_entry_counts_once(
    kafka, tmp_path, record_property
):
    """The scoring guard is killed after its orders went out and before anything was committed."""
    decisions, access = kafka.topic("decisions", 2), kafka.topic("access", 2)
    one, two = free(), free()
    scoring = configured(tmp_path / "scoring", kafka, decisions, one, "commit_seconds = 600", access)
    door = configured(tmp_path / "door", kafka, decisions, two, "decisions = 'kafka'\ncommit_seconds = 600")
    log = lately(in_order(quiet_log(days=4), theft(start=3 * 86_400 + 6 * 3600, patients=90)))
    kafka.put(access, log[:960])
    with guard(door, two):
        with guard(scoring, one) as process:
            assert asks(two, "agent05", "/dossiers/1/identite")[0] == 200
            kafka.put(access, log[960:])
            until(lambda: contained(one), "nothing was decided")
            begun = time.monotonic()
            until(lambda: asks(two, "agent05", "/dossiers/1/identite")[0] == 403, said(door))
            record_property("seconds from an order at one guard to the refusal at the other", time.monotonic() - begun)
            assert asks(two, "agent06", "/dossiers/1/identite")[0] == 200
            process.send_signal(signal.SIGKILL)
            process.wait()
        with guard(scoring, one):
            until(lambda: repeated(kafka, decisions), "it did not know that its orders had gone out")
            forged = json.dumps({"v": 1, "kind": "order", "id": "f", "at": 1, "from": "x", "signature": "1-A",
                                 "body": {"account_hash": 1, "action": "suspend"}})  # fmt: skip
            kafka.put(decisions, [("x", forged), ("x", b"\x00")])
            status, told = api(two, "analyst", "POST", "release", account="agent05", why="a mistake")
            assert status == 200, told
            until(lambda: not contained(one), "what was released at the door is in force elsewhere")
            assert asks(two, "agent05", "/dossiers/1/identite")[0] == 200
            (coverage,) = [one for one in api(two, "viewer", "GET", "status")[1]["sources"] if "kafka" in one["source"]]
            assert coverage["rejected"] == {"signed with another key": 1, "no entry of a ledger": 1}
    ours, theirs = kept(tmp_path / "scoring"), kept(tmp_path / "door")
    assert ours == theirs
    assert set(ours.values()) == {1}
    assert {"decision", "order", "hand"} <= {kind for _, kind in ours}
    with guard(door, two):
        assert asks(two, "agent05", "/dossiers/1/identite")[0] == 200, "it begins where it ended"
    assert kept(tmp_path / "door") == theirs


def contained(port):
    return any(one["action"] == "end_sessions" for one in api(port, "viewer", "GET", "orders")[1])


def repeated(kafka, topic):
    counts = Counter(json.loads(value)["id"] for _, value in kafka.records(topic) if value.startswith(b"{"))
    return max(counts.values(), default=0) > 1


def test_what_had_not_arrived_when_a_guard_ended_is_written_at_its_next_start(kafka, tmp_path):
    topic = kafka.topic("unshared")
    broker = Broker(kafka.servers, topic)
    away = Sink(Broker("127.0.0.1:1", topic), sign, print)
    away.write([Shared(entry(1), "a")])
    assert away.waiting() == ["id1"]
    with State(tmp_path / "state", "key") as state:
        state.commit([entry(1), entry(2), entry(3, "seal")], {}, b"")
        held = Book(desk(tmp_path), None, {"unshared": ["id1", "id3"]})
        sharing = Sharing(broker, KEYS, held, state, print)
        assert sharing.unshared() == ["id1"]
        sharing.close()
        assert sharing.unshared() == []
    assert [(key, json.loads(value)["id"]) for key, value in kafka.records(topic)] == [(b"ffffffffffffffff", "id1")]


def desk(folder):
    return Door(Policy(), Hands(folder, InForce(ResponsePolicy(enforce=True)), Directory()), {})


def test_who_is_slowed_sees_its_own_patients_at_every_door(tmp_path):
    """What the scoring guard knows of the account's own patients goes with the order that slows it."""
    scoring, made = book(tmp_path), normaliser()
    busy_days(scoring, made)
    lines(scoring, made, [stolen(n, 4 * 86_400 + n * 2) for n in range(12)])
    orders = [one for one in scoring.entries if one[1] == "order"]
    slow = orders[0]
    slow = (slow[0], "order", slow[2], slow[3] | {"action": "pace", "until": slow[2] + 3_600_000_000})
    door = Book(desk(tmp_path), None, {})
    sent = shared_of(record(Shared(slow, "a", scoring.desk.own(slow[3]["account_hash"])), sign)[1], sign)
    assert door.shared([(sent.entry, sent.own)], {"x/0": {"ordinal": 5}}).orders[0].action == "pace"
    assert door.memory["sources"]["x/0"] == {"ordinal": 5}
    at = 4 * 86_400 + 300
    verdicts = [ask(door, made, [request("agent05", 90_000_000 + n * 7, at + n)])[0] for n in range(8)]
    assert verdicts[-1] == "pace"
    assert ask(door, made, [request("agent05", 20_000_500 + n, at + 20 + n) for n in range(8)]) == ["allow"] * 8
    new = [ask(door, made, [request("agent05", 91_000_000 + n, at + 40 + n)])[0] for n in range(3)]
    assert new == ["pace"] * 3
    assert not door.desk.waiting()
    assert not door.desk.admitted()
    saved = msgspec.msgpack.encode(door.desk.scored_memory(door.desk.answering_memory()))
    again = Door(Policy(), Hands(tmp_path, door.desk.in_force, Directory()), {}, msgspec.msgpack.decode(saved))
    assert again.knows(slow[3]["account_hash"], int(known(made, "agent05", 20_000_500)))


def known(made, account, patient):
    from maillon.read.inline import record as asked

    return made.events(asked([request(account, patient, 0)])).rows["patient"][0]


def test_a_fact_of_another_guard_counts_once_and_a_replay_takes_it_again(tmp_path):
    from maillon.edges.journal import Journal

    scoring, made = book(tmp_path), normaliser()
    busy_days(scoring, made)
    lines(scoring, made, [stolen(n, 4 * 86_400 + n * 2) for n in range(40)])
    sent = [(one, b"") for one in scoring.entries if one[1] in SHARED_KINDS]
    journal = Journal(tmp_path)
    door = Book(desk(tmp_path), journal, {})
    told = door.shared(sent, {})
    assert told.orders
    assert not door.shared(sent, {}).orders
    assert [name for name, _, _, _ in door.adopted] == [one[0] for one, _ in sent]
    journal.flush()
    again = Book(desk(tmp_path), None, {})
    for _ in again.redo(Journal(tmp_path).since(0)):
        pass
    assert again.desk.in_force.memory() == door.desk.in_force.memory()
    assert [one[0] for one in again.adopted] == [one[0] for one in door.adopted]


def test_a_record_comes_back_as_it_went_and_any_change_is_found():
    own = np.arange(1024, dtype=np.uint16).tobytes()
    whole = Shared(entry(7, why="naïve \x00", score=0.1), "a", own)
    _, value = record(whole, sign)
    assert shared_of(value, sign) == whole
    for place in range(0, len(value), 7):
        changed = bytearray(value)
        changed[place] ^= 1
        assert isinstance(shared_of(bytes(changed), sign), str) or shared_of(bytes(changed), sign) == whole
    assert shared_of(value, lambda text: Keys(b"1" * 32, 1).pseudonym("test", text)) == "signed with another key"


@given(st.one_of(st.binary(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_any_bytes_are_an_entry_or_a_reason(value):
    assert isinstance(shared_of(value if isinstance(value, bytes) else value.encode(), sign), str)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("decisions = 'kafk'", "'kafk' is not known"),
        ("decisions = 'kafka'", "needs \\[kafka\\] with servers and decisions"),
        (
            "decisions = 'kafka'\n[kafka]\nservers = '127.0.0.1:1'\ndecisions = 'd'\n[responders.webhook]\nurl = 'x'",
            "belong to the guard that scores",
        ),
    ],
)
def test_a_guard_that_could_not_answer_is_refused(tmp_path, more, why):
    config = configuration(tmp_path, 1, more=more)
    with pytest.raises(UsageError, match=why):
        load_settings(config.read_text(), str(config))


def test_a_guard_that_scores_nothing_has_no_sources_and_no_fallback(tmp_path, capsys):
    from maillon.cli.main import main

    more = "decisions = 'kafka'\n[kafka]\nservers = '127.0.0.1:1'\ndecisions = 'd'"
    config = configuration(tmp_path, 1, more=more, log=tmp_path / "log")
    with pytest.raises(UsageError, match="belongs to the guard that scores"):
        load_settings(config.read_text(), str(config))
    config = configuration(tmp_path, 1, more=more)
    assert main(["serve", "--config", str(config), "--fallback"]) == 2
    assert "no fallback can answer" in capsys.readouterr().err
