"""Fold the lake again from its first event: an upgrade, or a lost snapshot, never costs the history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from maillon.edges.state import State
from maillon.facts.errors import SnapshotLostError
from maillon.facts.policy import Policy
from maillon.run.refold import Refolded, refold

Fold = Callable[[State, Policy], Refolded]


def folded_here(state: State, policy: Policy) -> Refolded:
    """Fold the lake of a state in this process."""
    return refold(state, policy, state.replay())


def rebuild(
    state: State, policy: Policy, memory: dict[str, Any] | None = None, *, decide: bool = True, fold: Fold = folded_here
) -> Refolded:
    """Make the account records anew from the lake of `state`, and commit them.

    What was decided before keeps its entries in the ledger; the same decisions come out again under the same names.
    Without `decide` no other is added: after a person was forgotten, fewer events must accuse nobody anew. `memory`
    replaces that of the sources; `fold` says where it is folded. Return what it came to.
    """
    done = fold(state, policy)
    try:
        old, held = state.load()
    except SnapshotLostError:
        old, held = None, state.memory()
    # What waited for its place when a run was stopped is in no lake yet, only in the snapshot of that run: at most the
    # last minute of a stopped run is lost with it.
    waiting = msgspec.msgpack.decode(old) if old else {"pending": b"", "sources": [], "watermark": done.watermark}
    snapshot = {
        "scoring": done.scoring.to_bytes(),
        "join": done.join.memory(),
        "ladder": done.ladder.memory(),
        "campaigns": done.campaigns.memory(),
        "taught": sorted(done.hands.taught),
        "pending": waiting["pending"],
        "sources": waiting["sources"],
        "watermark": waiting["watermark"],
    }
    if "guard" in waiting:
        snapshot["guard"] = waiting["guard"]
    entries = done.entries if decide else [one for one in done.entries if one[1] == "seal"]
    state.commit(entries, held if memory is None else memory, msgspec.msgpack.encode(snapshot))
    return done
