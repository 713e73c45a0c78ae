"""Where the lines of a block are. Only LF ends a line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def line_starts(block: bytes) -> NDArray[np.int64]:
    """Return where each line of `block` starts, and the block's length last: line i is block[s[i]:s[i + 1]].

    A last line without an LF counts; nothing after the last LF does not.
    """
    feeds = np.flatnonzero(np.frombuffer(block, np.uint8) == 10) + 1
    last = [] if not block or block.endswith(b"\n") else [len(block)]
    return np.concatenate(([0], feeds, last)).astype(np.int64)


def whole_lines(sample: bytes) -> bytes:
    """Return `sample` without the line that its end may have cut; a sample of one line is kept as it is."""
    return sample[: sample.rfind(b"\n") + 1] or sample
