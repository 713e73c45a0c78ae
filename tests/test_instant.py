from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.read.instant import EPOCH, LOCAL, instant

AT = 1_772_349_123_000_000  # 2026-03-01T08:12:03+01:00


@pytest.mark.parametrize(
    ("value", "at", "zone"),
    [
        ("2026-03-01T08:12:03+01:00", AT, 3600),
        ("2026-03-01T07:12:03Z", AT, 0),
        ("2026-03-01t07:12:03z", AT, 0),
        ("2026-03-01T02:12:03.5-0500", AT + 500_000, -18_000),
        ("2026-03-01T07:12:03.123456789Z", AT + 123_456, 0),
        ("2026-03-01 08:12:03,120", AT + 3_600_000_000 + 120_000, LOCAL),
        ("2026/03/01 08:12:03.120", AT + 3_600_000_000 + 120_000, LOCAL),
        ("01/Mar/2026:08:12:03 +0100", AT, 3600),
        ("[01/Mar/2026:08:12:03 +0100]", AT, 3600),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000, 0),  # a leap second
        (1_772_349_123, AT, EPOCH),
        (1_772_349_123.25, AT + 250_000, EPOCH),
        (1_772_349_123_250, AT + 250_000, EPOCH),
        (1_772_349_123_250_001, AT + 250_001, EPOCH),
        (1_772_349_123_250_001_999, AT + 250_001, EPOCH),
        ("1772349123.250001", AT + 250_001, EPOCH),
        ("1772349123250", AT + 250_000, EPOCH),
    ],
)
def test_every_form(value, at, zone):
    assert instant(value) == (at, zone)


@pytest.mark.parametrize(
    "value",
    [
        *("", "-", "0.032", 0.032, 12, True, None, [], {}, "2026-13-01T08:12:03Z", "2026-02-30T08:12:03Z"),
        *("2026-03-01T24:00:00Z", "2026-03-01T08:12:03+25:00", "01/Foo/2026:08:12:03 +0100", "9999-12-31T23:59:59Z"),
        *("٢٠٢٦-03-01T08:12:03Z", 1e300, -5, "2026-03-01", "2026-03-01T08:12:03Z trailing", float("inf"), float("nan")),
    ],
)
def test_what_is_no_time(value):
    assert instant(value) is None


@given(
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2199, 12, 30)),  # noqa: DTZ001
    st.integers(-14 * 4, 14 * 4),
)
def test_rfc_3339_agrees_with_the_standard_library(moment, quarters):
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert instant(moment.isoformat()) == (expected, quarters * 900)
    assert instant(moment.strftime("%d/%b/%Y:%H:%M:%S %z")) == (expected - moment.microsecond, quarters * 900)


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(), st.binary(), st.lists(st.none())))
def test_anything_else_is_none_or_a_time_that_fits(value):
    found = instant(value)
    assert found is None or 0 <= found[0] < 7_258_118_400_000_000 + 86_400_000_000
