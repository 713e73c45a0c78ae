"""Signed whole numbers, the same whether compiled or plain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

whole = cast("Callable[[Any], int]", np.int64)
"""Any field of a record as a signed 64-bit number: compiled, an unsigned one added to a signed one becomes a float."""
