"""How right learnt profiles are: labelled shapes × precision, recall, wrong certainty, on seeds not used for tuning.

python bench/learn.py [SEEDS]        by default 5 seeds from 301 on

Precision counts a confident wrong guess (certainty of 0.8 or more) twice. Then the same logs with every word replaced
by an invented one (counting alone), the same from the first lines of the log only, and the speed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from maillon.read.learn import learn
from shapes import SHAPES, Line, parsed, shape
from shapes.alien import alien
from shapes.judge import Verdict, judge
from shapes.second import SECOND
from shapes.site import lines_of

FIRST_SEED = 301
SIZES = (20, 100, 300, 1000)
SPEED = 50_000
COLUMNS = ("precision", "recall", "precision", "recall", "sure", "all", "it does")


def verdict(name: str, seed: int, *, words: bool = True, first: int | None = None) -> Verdict:
    lines = lines_of((SHAPES | SECOND)[name], seed)
    if not words:
        lines = alien(lines, seed)
    middle = len(lines) // 4 if first else 0
    return judge(learn(parsed(lines[middle:][:first]), name), lines)


def row(name: str, found: list[Verdict]) -> str:
    account, patient = [v.account for v in found], [v.patient for v in found]
    sure = sum(s.wrong_sure for s in account + patient) / max(sum(s.guessed for s in account + patient), 1)
    worst = min(min(s.precision, s.recall) for s in account + patient)
    figures = [f(s) for s in (account, patient) for f in (precision, recall)]
    numbers = " ".join(f"{figure:9.3f}" for figure in figures)
    none = "  (no patient in the log)" if not sum(s.told for s in patient) else ""
    return f"{name:26} {numbers} {sure:9.2%} {worst:9.3f} {mean(v.kinds for v in found):9.3f}{none}"


def precision(scores) -> float:
    return mean(s.precision for s in scores)


def recall(scores) -> float:
    return mean(s.recall for s in scores)


def table(title: str, names: Iterable[str], seeds: range, *, words: bool) -> None:
    print(f"\n{title}, {len(seeds)} seeds from {seeds[0]}")
    print(f"{'':26} {'account':>19} {'patient':>19} {'wrong and':>9} {'worst of':>9} {'what':>9}")
    print(f"{'shape':26} " + " ".join(f"{column:>9}" for column in COLUMNS))
    for name in names:
        print(row(name, [verdict(name, seed, words=words) for seed in seeds]))


def small(seeds: range) -> None:
    print("\nPatient from the first lines only: precision / recall (over all the log)")
    print(f"{'shape':26} " + " ".join(f"{size:>13}" for size in SIZES))
    for name in SHAPES:
        cells = []
        for size in SIZES:
            patient = [verdict(name, seed, first=size).patient for seed in seeds]
            cells.append(f"{precision(patient):6.2f} / {recall(patient):4.2f}")
        print(f"{name:26} " + " ".join(cells))


def speed() -> None:
    lines: list[Line] = []
    for seed in range(100):
        lines += shape("two identifiers", seed) if len(lines) < SPEED else []
    blocks = parsed(lines[:SPEED])
    taken = []
    for _ in range(3):
        start = time.process_time()
        learn(blocks, "speed")
        taken.append(time.process_time() - start)
    print(f"\n{SPEED:,} records learnt in {min(taken):.2f} s of CPU")


def main() -> None:
    seeds = range(FIRST_SEED, FIRST_SEED + (int(sys.argv[1]) if len(sys.argv) > 1 else 5))
    table("Labelled shapes", SHAPES, seeds, words=True)
    table("The same, every word replaced by an invented one", SHAPES, seeds, words=False)
    table("The second shelf", SECOND, seeds, words=True)
    table("The same, every word replaced by an invented one", SECOND, seeds, words=False)
    small(seeds[:2])
    speed()


if __name__ == "__main__":
    main()
