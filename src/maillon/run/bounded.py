"""Memories of bounded size: the oldest entries are forgotten, an eighth of them at a time.

Taking the first key of a dict again and again is slow: it steps over the places of all that was taken before.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, TypeVar

K = TypeVar("K")


def forget_oldest(memory: dict[K, Any], most: int) -> list[K]:
    """Leave 7/8 of `most` entries where there are more than `most`; return the keys that were forgotten."""
    if len(memory) <= most:
        return []
    gone = list(islice(memory, len(memory) - most + most // 8))
    for key in gone:
        del memory[key]
    return gone
