"""Small helpers of the tests of a state directory: commits in which everything can be predicted."""

from __future__ import annotations

import numpy as np

from maillon.edges.state import State
from maillon.facts.event import EVENT
from maillon.facts.record import Rejected

DAY = 86_400_000_000


def events(first, count, step=DAY // 7):
    """Return events of several days; the account numbers them."""
    rows = np.zeros(count, EVENT)
    rows["account"] = np.arange(first, first + count, dtype=np.uint64)
    rows["at"] = 1_772_500_000_000_000 + rows["account"].astype(np.int64) * step
    rows["zone"] = 3_600
    rows["patient"] = rows["account"] | np.uint64(1 << 63)
    return rows


def step(state, number, size=30):
    """Do what one commit of a run does: events, names, pseudonyms, rejects, decisions, positions, a snapshot."""
    state.add(events(number * size, size))
    state.add_names({"account": {number * size + n: f"agent{number * size + n}" for n in range(size)}})
    state.add_pseudonyms({number + 2**63: f"1-pseudonym{number}"})
    state.reject("access", [Rejected(number, "shape", "aaa 99")])
    decisions = [(f"id{number}", "decision", number, {"number": number})]
    state.commit(decisions, {"done": number + 1}, f"snapshot {number}".encode() * 100)


def resume(folder, until, on_durable=lambda _: None):
    with State(folder, "key", on_durable=on_durable) as state:
        _, memory = state.load()
        for number in range(memory.get("done", 0), until):
            step(state, number)


def content(folder):
    """Return all that a state holds, after looking at its consistency."""
    with State(folder, "key") as state:
        snapshot, memory = state.load()
        done = memory.get("done", 0)
        assert snapshot == (f"snapshot {done - 1}".encode() * 100 if done else None)
        assert [one["number"] for one in state.entries("decision")] == list(range(done))
        assert state.verify() == (done, "")
        rows = list(state.replay())
        assert len(state.names().get("account", {})) == 30 * done
        lake = state.lake().sort("seq").collect()
        assert lake["seq"].to_list() == list(range(30 * done))
        assert lake["account"].to_list() == list(range(30 * done))
    replayed = np.concatenate([np.zeros(0, EVENT), *rows])
    assert replayed.tobytes() == events(0, 30 * done).tobytes()
    # Nothing of a run that died lies around.
    assert len(list(folder.glob("snapshot-*"))) == min(done, 1)
    for table in ("patients", "rejected"):
        assert len(list((folder / table).glob("*.parquet"))) == done
    return done
