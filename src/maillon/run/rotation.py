"""Another version of the key: an overlap in which patients are named under both, then one moment at which all change.

While both overlap, every reader writes beside a patient's pseudonym the one that is coming. When enough of the patients
that accounts know were named so, the lake is written anew under the new names and folded again: accounts then know
their patients under the new version, and nobody's patients count as new. What was not read in the overlap keeps the
name of the old version, which nobody can compute once that version is destroyed.
"""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_hex

import polars as pl

from maillon.edges import lake_window
from maillon.edges.lake_rewrite import rewrite
from maillon.edges.ledger import Entry
from maillon.edges.state import State
from maillon.expose.sittings import DAY
from maillon.facts.event import Outcome
from maillon.facts.policy import Policy
from maillon.read.pseudonym import Keys
from maillon.run.forget import drop_journal, refuse_unread
from maillon.run.rebuild import rebuild

KIND = "key"
"""Kind of the entries by which the ledger remembers what was done with which version of the key, by whom and why."""

WARM = 0.98
"""Known patients of the last week that had to be known under the coming version a week ago, for a change now."""

_LAST_DAYS = 7


@dataclass(frozen=True)
class Warmth:
    """How far an overlap has come: of the `known` pairs of account and patient of the last week, `named` were named."""

    known: int
    named: int
    patients: int  # named under the coming version so far

    @property
    def share(self) -> float:
        """Return the share that was named; 0 where nobody met a known patient."""
        return self.named / self.known if self.known else 0.0


def warmth(state: State, version: int) -> Warmth:
    """Say what a change to `version` a week ago would have done: how many known patients would still be known.

    A pair counts where an account read, in the last week of the lake, a patient that it had read before that week. It
    is named where that patient has a name under `version` and was read by anybody between the start of the overlap and
    that week.
    """
    parts = state.parts()
    events = lake_window.every(state.folder, parts)
    renamed = lake_window.renamed(state.folder, parts, version)
    patients = int(renamed.select(pl.len()).collect().item())
    begins = [body["reached"] for body in state.entries(KIND) if (body["what"], body["version"]) == ("coming", version)]
    if events is None or not begins:
        return Warmth(0, 0, patients)
    reads = events.filter(pl.col("patient") != 0, pl.col("account") != 0, pl.col("outcome") == int(Outcome.OK))
    week = int(reads.select(pl.col("at").max()).collect().item() or 0) - _LAST_DAYS * DAY
    pairs = reads.group_by("account", "patient").agg((pl.col("at") < week).any().alias("before"), pl.col("at").max())
    known = pairs.filter("before", pl.col("at") >= week)
    overlap = reads.filter(pl.col("at").is_between(begins[-1], week, closed="both")).select("patient").unique()
    named = known.join(overlap, on="patient", how="semi").join(renamed, on="patient", how="semi")
    counts = [int(one.select(pl.len()).collect().item()) for one in (known, named)]
    return Warmth(counts[0], counts[1], patients)


def change(state: State, keys: Keys, policy: Policy, entry: Entry) -> int:
    """Name every patient under the coming version; return how many. The key file must follow. Raises StateError."""
    coming = keys.coming
    assert coming is not None, "nothing overlaps"
    refuse_unread(state)
    renamed = lake_window.renamed(state.folder, state.parts(), coming.version).collect()
    state.distrust()
    done = rewrite(state.folder, state.parts(), renamed=renamed)
    state.shrink([entry], done.parts, key_id=coming.pseudonym("state", b"key id"))
    rebuild(state, policy, decide=False)
    drop_journal(state)
    return len(renamed)


def key_entry(what: str, version: int, who: str, why: str, at: int, reached: int = 0) -> Entry:
    """Return the ledger's entry of what was done with a version: "coming", "current" or "destroyed"."""
    body = {"what": what, "version": version, "who": who, "why": why, "at": at, "reached": reached}
    return token_hex(16), KIND, at, body
