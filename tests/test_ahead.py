"""Items computed ahead of their use: all of them, in order, no further than asked for, errors in their place."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from maillon.run.ahead import begun


def test_items_come_in_order_and_each_once():
    assert list(begun(iter(range(100)), 4)) == list(range(100))
    assert list(begun(iter(range(2)), 4)) == [0, 1]
    assert list(begun(iter(()), 4)) == []


def test_work_begins_before_anything_is_taken_and_stays_within_its_depth():
    made: list[int] = []
    fourth = threading.Event()

    def items() -> Iterator[int]:
        for number in range(20):
            made.append(number)
            if number == 3:
                fourth.set()
            yield number

    coming = begun(items(), 4)
    assert fourth.wait(30)
    assert made == [0, 1, 2, 3]
    assert next(coming) == 0
    coming.close()
    assert len(made) <= 5


def test_an_error_is_raised_where_its_item_would_be():
    def items() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    coming = begun(items(), 4)
    assert next(coming) == 1
    with pytest.raises(OSError, match="the disk is gone"):
        next(coming)
