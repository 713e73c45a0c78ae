"""What an exposure counts, whatever was accessed: ordered bounds, unions over accounts, nothing lost by more events."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.expose.attribute import CEILING, CERTAIN, THRESHOLD
from maillon.expose.rows import rows
from maillon.expose.summary import summarise
from maillon.facts.event import Action, Field
from maillon.facts.exposure import ROWS, Bounds, Gap, Start

SCHEMA = {
    "account": pl.UInt64, "session": pl.UInt64, "patient": pl.UInt64, "fields": pl.UInt32, "route": pl.UInt64,
    "at": pl.Int64, "zone": pl.Int32, "listed": pl.Int32, "action": pl.UInt8, "thief": pl.Float64,
    "replayed": pl.Boolean,
}  # fmt: skip
NAMES = {"account": {1: "a", 2: "b", 3: "c"}, "route": {5: "/dossiers/{patient}", 6: "/listes"}}

ACCESS = st.fixed_dictionaries(
    {
        "account": st.integers(1, 3),
        "session": st.integers(0, 4),
        "patient": st.integers(0, 12),
        "fields": st.sampled_from([0, int(Field.NIR), int(Field.NIR | Field.PHONE), int(Field.MEDICAL)]),
        "route": st.sampled_from([5, 6]),
        "at": st.integers(1, 1000),
        "zone": st.just(3600),
        "listed": st.sampled_from([0, 0, 20]),
        "action": st.sampled_from([int(Action.READ), int(Action.BREAK_GLASS), int(Action.LIST)]),
        "thief": st.one_of(st.floats(0, 1), st.sampled_from([0.0, CEILING, THRESHOLD, CERTAIN, 1.0])),
        "replayed": st.booleans(),
    }
)
GAP = st.builds(
    Gap,
    st.sampled_from(["silent", "rejected", "beginning"]),
    st.just("s"),
    st.just(1),
    st.just(2),
    st.integers(0, 9),
    st.integers(0, 50),
)


def exposed(accesses, gaps=()):
    return summarise(
        pl.LazyFrame(accesses, SCHEMA), incident="i", names=NAMES, starts={1: Start(1, 2, 3)}, gaps=gaps, logs_begin=1
    )


def every(exposure):
    yield exposure.patients
    yield exposure.accesses
    yield from exposure.fields.values()
    yield from (one.patients for one in exposure.accounts)
    yield from (one.patients for one in exposure.routes)


@given(st.lists(ACCESS, max_size=40), st.lists(GAP, max_size=3))
@settings(max_examples=60, deadline=None)
def test_bounds_are_ordered_and_the_upper_one_is_explained(accesses, gaps):
    found = exposed(accesses, gaps)
    assert all(0 <= one.lower <= one.likely <= one.upper for one in every(found))
    assert sum(found.upper_parts.values()) == found.patients.upper
    assert all(one.upper <= found.patients.upper for one in found.fields.values())
    assert found.break_glass <= found.patients.likely


@given(st.lists(ACCESS, max_size=40))
@settings(max_examples=40, deadline=None)
def test_an_incident_is_the_union_of_its_accounts(accesses):
    found = exposed(accesses)
    for name in ("lower", "likely", "upper"):
        alone = [getattr(one.patients, name) for one in found.accounts]
        whole = found.upper_parts["named"] if name == "upper" else getattr(found.patients, name)
        assert max(alone, default=0) <= whole <= sum(alone)
    assert found.upper_parts["listed"] == sum(one.listed for one in found.accounts)


@given(st.lists(ACCESS, max_size=30), ACCESS)
@settings(max_examples=60, deadline=None)
def test_one_more_access_never_lowers_a_number(accesses, more):
    before, after = exposed(accesses), exposed([*accesses, more])
    for name in ("lower", "likely", "upper"):
        assert getattr(after.patients, name) >= getattr(before.patients, name)
        for shown, bounds in before.fields.items():
            assert getattr(after.fields[shown], name) >= getattr(bounds, name)


@given(st.lists(ACCESS, max_size=40))
@settings(max_examples=40, deadline=None)
def test_the_rows_hold_exactly_the_named_patients_of_the_upper_bound(accesses):
    table = pl.LazyFrame(accesses, SCHEMA)
    names = {
        kind: pl.LazyFrame({"hash": list(named), "name": list(named.values())}, {"hash": pl.UInt64, "name": pl.String})
        for kind, named in NAMES.items()
    }
    pseudonyms = pl.LazyFrame(
        {"patient": list(range(13)), "pseudonym": [f"1-{n}" for n in range(13)]},
        {"patient": pl.UInt64, "pseudonym": pl.String},
    )
    found = rows(table, pseudonyms, names["account"], names["route"]).collect()
    assert tuple(found.columns) == ROWS
    assert found["patient"].n_unique() == exposed(accesses).upper_parts["named"]
    assert found.select("account", "patient", "route", "fields").is_duplicated().sum() == 0
    assert (found["first"] <= found["last"]).all()
    likely = found.filter(pl.col("thief") >= THRESHOLD)
    assert likely["patient"].n_unique() == exposed(accesses).patients.likely


def read(patient, thief, **other):
    usual = {
        "account": 1, "session": 1, "patient": patient, "fields": int(Field.NIR), "route": 5, "at": 10, "zone": 3600,
        "listed": 0, "action": int(Action.READ), "thief": thief, "replayed": False,
    }  # fmt: skip
    return usual | other


def test_each_number_says_what_it_says():
    found = exposed(
        [
            read(1, 0.99),
            read(2, 0.7),
            read(3, 0.01),
            read(4, 0.0),  # excluded
            read(5, 0.0, replayed=True),  # nobody can be told apart in its session
            read(0, 0.99, listed=20, action=int(Action.LIST), route=6, fields=int(Field.FAMILY_NAME)),
        ],
        [Gap("silent", "s", 1, 2, 100, 7), Gap("rejected", "s", 1, 2, 3, 3)],
    )
    assert found.patients == Bounds(1, 2, 4 + 20 + 7 + 3)
    assert found.upper_parts == {"named": 4, "listed": 20, "silent": 7, "rejected": 3}
    assert found.fields == {"family_name": Bounds(0, 0, 20 + 10), "nir": Bounds(1, 2, 4 + 10)}
    assert found.accounts[0].replayed_sessions == 1
    assert {note.code for note in found.notes} == {"replayed", "listed", "silent", "rejected"}
    assert all(note.fr and note.en for note in found.notes)


def test_an_emergency_passage_counts_and_is_told():
    found = exposed([read(1, 0.99, action=int(Action.BREAK_GLASS))])
    assert (found.patients.likely, found.break_glass) == (1, 1)
    assert "break_glass" in {note.code for note in found.notes}


def test_nothing_accessed_is_nothing_exposed():
    found = exposed([])
    assert (found.patients, found.accounts, found.fields, found.since) == (Bounds(0, 0, 0), (), {}, 0)
