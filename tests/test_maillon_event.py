import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.facts.event import Action, Field, Outcome
from maillon.read.maillon_event import DIALECT
from maillon.read.reader import ReadSettings
from rows import assert_accounted, rows_of

SETTINGS = ReadSettings()
EVENT = json.loads(DIALECT.example)


def read(*events):
    block = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    parsed = DIALECT.open(block, SETTINGS).parse(block, 0)
    assert_accounted(parsed, block)
    return rows_of(parsed), parsed


def test_the_example():
    (row,), _ = read(EVENT)
    assert (row["account"], row["session"], row["address"], row["agent"]) == (
        "dr.martin",
        "b7e1",
        "192.0.2.17",
        "Mozilla/5.0",
    )
    assert (row["patient"], row["request"], row["host"]) == ("4711", "6f1c02", "orientations")
    assert (row["at"], row["zone"]) == (1_772_349_123_000_000, 3600)
    assert (row["action"], row["outcome"], row["fields"]) == (Action.READ, Outcome.OK, Field.FAMILY_NAME | Field.NIR)


def test_several_patients_are_several_rows_of_one_record():
    rows, parsed = read({**EVENT, "action": "list", "patient": "1", "patients": ["2", "1", 3, ""], "listed": 20})
    assert [(row["position"], row["patient"], row["listed"]) for row in rows] == [
        (0, "1", 20),
        (0, "2", 0),
        (0, "3", 0),
    ]
    assert parsed.records == 1


def test_an_event_without_patient():
    (row,), _ = read(
        {"maillon": 1, "at": "2026-03-01T08:12:03+01:00", "action": "login", "outcome": "refused", "patients": []}
    )
    assert (row["patient"], row["action"], row["outcome"]) == ("", Action.LOGIN, Outcome.REFUSED)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(
            ("maillon", 2),
            ("maillon", None),
            ("at", "yesterday"),
            ("account", ["x"]),
            ("session", True),
            ("address", {}),
        ),
        *(
            ("client", 1.5),
            ("action", "peek"),
            ("action", 1),
            ("patient", [4711]),
            ("patients", "4711"),
            ("patients", [{}]),
        ),
        *(
            ("fields", ["family_name", "shoe_size"]),
            ("fields", "nir"),
            ("listed", -1),
            ("listed", 2**40),
            ("listed", "many"),
        ),
        *(("outcome", "fine"), ("request", []), ("service", {})),
    ],
)
def test_what_is_wrong_is_named_by_its_key_never_by_its_value(key, value):
    rows, parsed = read({**EVENT, key: value})
    assert rows == []
    assert [rejected.reason for rejected in parsed.rejected] == [key]


def test_what_is_missing():
    without = [{key: value for key, value in EVENT.items() if key != left_out} for left_out in ("at", "action")]
    _, parsed = read(*without, [EVENT])
    assert [rejected.reason for rejected in parsed.rejected] == ["no time", "no action", "not JSON"]


ANY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.text(max_size=3), max_size=3)
)


@given(st.dictionaries(st.sampled_from([*sorted(EVENT), "patients", "listed", "more"]), ANY))
def test_any_value_in_any_key(event):
    read({**EVENT, **event})
