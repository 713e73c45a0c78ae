"""How right `maillon lookalikes` is, and how quick.

    python bench/lookalikes.py --benign NAMES [--suspicious CSV] [--half report|tune] [--days 400]

NAMES: honest names, one a line. No ranking of sites is in the package registries, so the figures in docs/lookalikes.md
use the names of packages of npm and PyPI (scope removed, `_` and `.` to `-`, `.fr` added): real words that people chose
for public things, though seldom French. The other suspicious names of the list (banks, parcels, shops: French, new,
made to lure, but of none of our brands) are the hard negatives, and are mixed in at --hard a day.

The list is cut in two by the SHA-256 of each name: words were chosen on the tuning half, figures are of the other.
Which names hold a brand or an imitation is told by an expression written apart from the scorer (HOLDS below); a name
that it does not match counts as a wrong alarm even where a person would call it an imitation.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import time
import unicodedata
from importlib.resources import files
from pathlib import Path

import numpy as np

from maillon.ahead.brands import read_brands
from maillon.ahead.lookalikes import THRESHOLD, hosts_in, judged, watch_for
from maillon.ahead.name_filter import lines_proposed
from maillon.ahead.skeleton import readable

HOLDS = re.compile(
    r"am[e3]{1,2}[li1]{1,2}[il1](?!or|st|tt)|am-eli|cpam|c?vita[li](?:e|es)?(?![a-df-z])|malad[il]e|maiadie|"
    r"doc?t+ol|doto?colib|france-?connect|espaces?-?sante|compte-?sante|trajectoire|pro-?sante-?connect"
)
SHARED = Path(__file__).resolve().parents[2] / "shared/data/phishing_domains/red_flag_domains_fr_early.csv"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--benign", type=Path, required=True)
    options.add_argument("--suspicious", type=Path, default=SHARED)
    options.add_argument("--half", choices=("report", "tune"), default="report")
    options.add_argument("--days", type=int, default=400)
    options.add_argument("--hard", type=int, default=25)
    args = options.parse_args()
    shipped = files("maillon.ahead").joinpath("brands_fr.toml").read_text(encoding="utf-8")
    began = time.process_time()
    watch = watch_for(read_brands(shipped, "brands_fr.toml"))
    print(f"made ready in {time.process_time() - began:.2f} CPU-s, {sum(map(bool, watch.words.values())):,} words")

    mine = [one for one in args.suspicious.read_text().split()[1:] if half_of(one) == args.half]
    holds = [one for one in mine if HOLDS.search(plain(one))]
    others = [one for one in mine if not HOLDS.search(plain(one))]
    scores = {one: score(one, watch) for one in mine}
    found = sum(scores[one] >= THRESHOLD for one in holds)
    wrong = sum(scores[one] >= THRESHOLD for one in others)
    print(f"{args.half} half: {len(mine):,} suspicious names, {len(holds):,} hold a brand or an imitation of one")
    print(f"recall at {THRESHOLD}: {found / len(holds):.3f} ({found:,} of {len(holds):,})")
    print(f"other suspicious names told: {wrong:,} of {len(others):,} ({wrong / len(others):.2%})")

    benign = sorted(set(args.benign.read_text().split()))
    told = proposed_scores(benign, watch)
    high = sum(value >= THRESHOLD for value in told.values())
    print(f"honest names told: {high:,} of {len(benign):,} ({high / len(benign):.4%})")
    for each in (1, 3, 10):
        days(each, args, holds, others, benign, scores, told)
    speed(benign, holds, watch)


def days(
    each: int, args: argparse.Namespace, holds: list, others: list, benign: list, scores: dict, told: dict
) -> None:
    """Play days of 5,000 new names, `each` of them look-alikes; a person looks at the 20 highest scores."""
    luck = random.Random(each)
    looked = right = there = 0
    for _ in range(args.days):
        real = luck.sample(holds, each)
        names = [(scores[one], 1) for one in real]
        names += [(scores[one], 0) for one in luck.sample(others, args.hard)]
        names += [(told.get(one, 0.0), 0) for one in luck.sample(benign, 5000 - each - args.hard)]
        first = sorted((one for one in names if one[0] >= THRESHOLD), reverse=True)[:20]
        looked += len(first)
        right += sum(is_real for _, is_real in first)
        there += each
    print(
        f"{each:2} look-alikes among 5,000 names a day (base rate {each / 5000:.2%}), {args.hard} other suspicious "
        f"ones, {args.days} days: {looked / args.days:.2f} told a day (20 at most), "
        f"precision {right / max(looked, 1):.3f}, recall {right / there:.3f}"
    )


def speed(benign: list[str], holds: list[str], watch: object) -> None:
    """Names a second, the careful look at what the quick one proposes included; 3 look-alikes in 5,000."""
    luck = random.Random(5)
    names = [luck.choice(benign) for _ in range(1_000_000)] + [luck.choice(holds) for _ in range(600)]
    luck.shuffle(names)
    data = ("\n".join(names) + "\n").encode()
    block = np.frombuffer(data, np.uint8)
    lines_proposed(block, 1000, watch.filter)  # type: ignore[attr-defined] - compiled before the clock runs
    began, cpu = time.perf_counter(), time.thread_time()
    places, lines = lines_proposed(block, len(data), watch.filter)  # type: ignore[attr-defined]
    quick = time.thread_time() - cpu
    for first, end in places.tolist():
        for host in hosts_in(data[first:end].decode()):
            judged(host, watch)  # type: ignore[arg-type]
    cpu, wall = time.thread_time() - cpu, time.perf_counter() - began
    began = time.thread_time()
    peer = re.compile(b"ameli|cpam|vitale|assurance-?maladie|doctolib")
    sum(1 for _ in peer.finditer(data))
    plain_regex = time.thread_time() - began
    print(
        f"{lines / cpu:,.0f} names a CPU-second on one thread ({lines / wall:,.0f} by the clock), {len(places):,} "
        f"looked at closely; quick look alone {lines / quick:,.0f}; `re` of five words {lines / plain_regex:,.0f}"
    )


def proposed_scores(names: list[str], watch: object) -> dict[str, float]:
    data = ("\n".join(names) + "\n").encode()
    places, _ = lines_proposed(np.frombuffer(data, np.uint8), len(data), watch.filter)  # type: ignore[attr-defined]
    return {one: score(one, watch) for one in (data[a:b].decode() for a, b in places.tolist())}


def score(name: str, watch: object) -> float:
    found = judged(name, watch)  # type: ignore[arg-type]
    return found.score if found else 0.0


def plain(name: str) -> str:
    text = unicodedata.normalize("NFKD", readable(name).rpartition(".")[0])
    return "".join(one for one in text if not unicodedata.combining(one))


def half_of(name: str) -> str:
    return ("tune", "report")[hashlib.sha256(name.encode()).digest()[0] % 2]


if __name__ == "__main__":
    main()
