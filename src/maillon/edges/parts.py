"""Files of columns, written and read with polars, which is imported only where this is: a plain scan reads few of them.

What is kept is Parquet; what a run needs only for itself is Arrow, uncompressed: it is written and mapped as it is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from maillon.edges.durable import create, make_folder, sync
from maillon.facts.event import EVENT

_SCHEMA = pl.DataFrame({name: np.empty(0, EVENT[name]) for name in EVENT.names or ()}).schema | {"seq": pl.Int64}


def write(path: Path, columns: Mapping[str, Any], *, durable: bool) -> None:
    """Write columns of equal length (arrays or lists) as a new file. Raises OSError."""
    make_folder(path.parent)
    frame = pl.DataFrame(columns)
    with create(path) as file:
        try:
            if durable:
                frame.write_parquet(file, compression="zstd", compression_level=1)
                sync(file)
            else:
                frame.write_ipc(file, compression="uncompressed")
        except pl.exceptions.PolarsError as error:
            raise _of_the_system(error) from None


def scan(paths: Sequence[Path], *, durable: bool) -> pl.LazyFrame:
    """Return the rows of files of events as one lazy table with the columns of EVENT and `seq`."""
    if not paths:
        return pl.LazyFrame(schema=_SCHEMA)
    if not durable:
        return pl.scan_ipc(list(paths))
    # A part written before a column existed has nothing to say there: null here, 0 when it is folded again.
    return pl.scan_parquet(list(paths), schema=_SCHEMA, missing_columns="insert")


def _of_the_system(error: Exception) -> OSError:
    """Return the system's own error, which polars tells only in words."""
    number = re.search(r"os error (\d+)", str(error))
    return OSError(int(number[1]), os.strerror(int(number[1]))) if number else OSError(str(error))
