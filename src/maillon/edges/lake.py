"""The lake: admitted events as Parquet, one folder a local day; the patients' pseudonyms; what was rejected.

A part counts only when the ledger lists it. Whatever else lies here was left by a run that was stopped, and is
removed when the state is opened.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maillon.edges.durable import sync_folder
from maillon.facts.event import EVENT
from maillon.facts.record import Rejected

if TYPE_CHECKING:
    import polars as pl

_PART_ROWS = 500_000
_DAY_US = 86_400_000_000

_Columns = dict[str, Any]


class Lake:
    """Writes parts in a thread of its own; `written()` waits for them and names them."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder
        self._durable = durable
        self._rows: list[NDArray[Any]] = []
        self._count = 0
        self._tables: dict[str, list[_Columns]] = {"patients": [], "rejected": []}
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lake")
        self._jobs: list[Future[list[str]]] = []

    def add(self, events: NDArray[Any]) -> None:
        """Take events, in admitted order."""
        self._rows.append(events)
        self._count += len(events)

    def add_pseudonyms(self, pseudonyms: dict[int, str]) -> None:
        """Take the pseudonyms of patients seen for the first time."""
        if pseudonyms:
            self._tables["patients"].append({"patient": list(pseudonyms), "pseudonym": list(pseudonyms.values())})

    def reject(self, source: str, rejected: Sequence[Rejected]) -> None:
        """Take records that could not be read: position, reason and shape."""
        if rejected:
            self._tables["rejected"].append(
                {
                    "source": [source] * len(rejected),
                    "position": [one.position for one in rejected],
                    "reason": [one.reason for one in rejected],
                    "shape": [one.shape for one in rejected],
                }
            )

    def flush(self, seq: int, part: int, *, force: bool) -> int:
        """Start writing what was taken, as part number `part` whose first event is number `seq`; return how many.

        Without `force`, small amounts wait.
        """
        if not force and self._count < _PART_ROWS:
            return 0
        rows, count = self._rows, self._count
        self._rows, self._count = [], 0
        if count:
            self._jobs.append(self._pool.submit(self._write_events, rows, seq, part))
        for name, pieces in self._tables.items():
            if pieces:
                self._jobs.append(self._pool.submit(self._write_table, name, pieces, part))
                self._tables[name] = []
        return count

    def written(self) -> list[str]:
        """Wait until all that was flushed is durable; return the parts' paths below the folder. Raises OSError."""
        jobs, self._jobs = self._jobs, []
        paths = [path for job in jobs for path in job.result()]
        if self._durable:
            folders = {(self.folder / path).parent for path in paths}
            for folder in folders | {folder.parent for folder in folders}:
                sync_folder(folder)
        return paths

    def close(self) -> None:
        """Stop the writing thread."""
        self._pool.shutdown(cancel_futures=True)

    def scan(self, parts: Sequence[str]) -> pl.LazyFrame:
        """Return the events of the listed parts as a lazy table with the columns of EVENT and `seq`."""
        from maillon.edges.parts import scan

        return scan([self.folder / part for part in parts if part.startswith("lake/")], durable=self._durable)

    def replay(self, parts: Sequence[str]) -> Iterator[NDArray[Any]]:
        """Yield all events in admitted order, in batches."""
        for table in self._in_order(parts):
            rows = np.empty(len(table), EVENT)
            for column in EVENT.names or ():
                rows[column] = table[column].fill_null(0).to_numpy()
            yield rows

    def _in_order(self, parts: Sequence[str]) -> Iterator[pl.DataFrame]:
        if self._durable:
            from maillon.edges.lake_rewrite import in_admitted_order, is_merged

            if any(is_merged(part) for part in parts):
                yield from in_admitted_order(self.folder, parts)
                return
        frames: dict[str, list[str]] = {}
        for part in parts:
            if part.startswith("lake/"):
                frames.setdefault(Path(part).stem, []).append(part)
        for name in sorted(frames):
            yield self.scan(frames[name]).sort("seq").collect()

    def settle(self, parts: Sequence[str]) -> list[str]:
        """Remove every part that the ledger does not list; return the listed ones that are missing."""
        found = {
            path.relative_to(self.folder).as_posix()
            for table in ("lake", *self._tables)
            for path in (self.folder / table).rglob("*.parquet")
        }
        for orphan in found.difference(parts):
            (self.folder / orphan).unlink()
        return sorted(set(parts) - found)

    def _write_events(self, batches: list[NDArray[Any]], seq: int, part: int) -> list[str]:
        columns = {name: np.concatenate([batch[name] for batch in batches]) for name in EVENT.names or ()}
        columns["seq"] = np.arange(seq, seq + len(columns["at"]))
        if not self._durable:
            return [self._write(f"lake/part-{part:08d}", columns)]
        days = (columns["at"] + columns["zone"].astype(np.int64) * 1_000_000) // _DAY_US
        if np.any(days[1:] < days[:-1]):
            by_day = np.argsort(days, kind="stable")
            days, columns = days[by_day], {name: column[by_day] for name, column in columns.items()}
        starts = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(days)]
        return [
            self._write(
                f"lake/day={_date(int(days[start]))}/part-{part:08d}",
                {name: column[start:stop] for name, column in columns.items()},
            )
            for start, stop in itertools.pairwise(starts)
        ]

    def _write_table(self, name: str, pieces: list[_Columns], part: int) -> list[str]:
        columns: _Columns = {key: [value for piece in pieces for value in piece[key]] for key in pieces[0]}
        if name == "patients":
            columns["patient"] = np.array(columns["patient"], np.uint64)
        return [self._write(f"{name}/part-{part:08d}", columns)]

    def _write(self, name: str, columns: Mapping[str, Any]) -> str:
        from maillon.edges.parts import write

        name += ".parquet" if self._durable else ".arrow"
        write(self.folder / name, columns, durable=self._durable)
        return name


def _date(day: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()
