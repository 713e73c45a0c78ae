"""Numbers that count alike compiled and plain.

Compiled code counts in machine words; plain Python in its own integers, since numpy's would warn when they wrap.
A constant handed to a compiled function goes through S or U: a bare literal would have it compiled anew for each value.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from maillon.jit import PLAIN

Word: TypeAlias = Any
"""An unsigned 64-bit word."""

U: Any = int if PLAIN else np.uint64
S: Any = int if PLAIN else np.int64
MASK = U(0xFFFFFFFFFFFFFFFF)
