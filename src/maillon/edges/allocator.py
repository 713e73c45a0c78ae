"""The C library's allocator, told that a run takes memory of the same sizes again and again.

Left to itself glibc gives each block's arrays back to the system and asks for them anew: every page of them is then
cleared and mapped once more.
"""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of glibc's malloc.h
_GREATEST_BLOCK = 32 << 20
_KEPT = 1 << 30


def keep_freed_memory() -> None:
    """Let this process use again what it freed, up to a gigabyte, whatever thread freed it. Only glibc listens."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, _GREATEST_BLOCK)
        mallopt(_TRIM_THRESHOLD, _KEPT)
