"""Compute the next items of an iterator in another thread while the last one is being used."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T], pool: ThreadPoolExecutor) -> Iterator[T]:
    """Yield `items` in order, each computed in `pool` one step ahead of its use."""
    end = object()
    coming = pool.submit(next, items, end)
    while (item := coming.result()) is not end:
        coming = pool.submit(next, items, end)
        yield item  # type: ignore[misc]


def begun(items: Iterator[T], depth: int) -> Iterator[T]:
    """Return `items` in order, computed from now on in a thread of their own, up to `depth` ahead of their use."""
    end = object()
    pool = ThreadPoolExecutor(max_workers=1)
    coming = deque(pool.submit(next, items, end) for _ in range(depth))

    def taken() -> Iterator[T]:
        try:
            while (item := coming.popleft().result()) is not end:
                coming.append(pool.submit(next, items, end))
                yield item  # type: ignore[misc]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    return taken()
