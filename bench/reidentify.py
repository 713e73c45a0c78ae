"""How long it takes to find an exposure's patients in a platform's patient base.

    python bench/reidentify.py [--lines 5000000] [--exposed 20000]

Printed: seconds to read the CSV, to join it (short keyed hash over every line, full pseudonym for what matches) and, as
a peer in the same run, seconds that the full pseudonym of every line would take (measured on a sample).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from maillon.edges.registry import read_registry
from maillon.facts.event import Field
from maillon.read.pseudonym import Keys
from maillon.read.registry import hashed
from maillon.run.reidentify import reidentify

DOMAIN = "orientation"
SAMPLE = 200_000


def write(path: Path, lines: int) -> pl.Series:
    """Write an invented registry: local numbers, NIRs of an impossible month, names, telephones."""
    numbers = pl.Series("ipp", np.arange(10_000_000, 10_000_000 + lines)).cast(pl.String)
    count = pl.int_range(lines, eager=True).cast(pl.String)
    table = pl.DataFrame(
        {
            "ipp": numbers,
            "nir": "18515" + count.str.zfill(8),
            "nom": "NOM" + count,
            "prenom": "Prénom" + count,
            "telephone": "+33 6 00 " + count.str.zfill(7),
        }
    )
    table.write_csv(path, separator=";")
    return numbers


def exposure(identifiers: pl.Series, keys: Keys) -> pl.LazyFrame:
    """Return rows as `maillon exposure` makes them, of these patients."""
    hashes = hashed(identifiers, [keys], [DOMAIN])[1][0]
    names = keys.pseudonyms(DOMAIN, [one.encode() for one in identifiers])
    return pl.LazyFrame(
        {
            "account": "a.martin",
            "account_hash": 1,
            "patient": names,
            "patient_hash": hashes,
            "fields": int(Field.FAMILY_NAME),
            "route": "/dossiers/{patient}",
            "first": 1_772_500_000_000_000,
            "last": 1_772_500_000_000_000,
            "zone": 3600,
            "accesses": 1,
            "thief": 0.99,
            "replayed": False,
            "break_glass": False,
        }
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--lines", type=int, default=5_000_000)
    arguments.add_argument("--exposed", type=int, default=20_000)
    args = arguments.parse_args()
    keys = Keys(bytes(range(32)), 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "registry.csv"
        numbers = write(path, args.lines)
        table = exposure(numbers.sample(args.exposed, seed=1), keys)
        begun = time.perf_counter()
        registry = read_registry(str(path), "ipp")
        read = time.perf_counter()
        found = reidentify(table, registry, [keys], [DOMAIN])
        joined = time.perf_counter()
        texts = [one.encode() for one in numbers[:SAMPLE]]
        sampled = time.perf_counter()
        keys.pseudonyms(DOMAIN, texts)
        peer = (time.perf_counter() - sampled) * args.lines / len(texts)
    assert found.patients == args.exposed, found.patients
    print(f"{args.lines:,} lines, {args.exposed:,} exposed patients, all found")
    print(f"  read the CSV          {read - begun:6.1f} s")
    print(f"  join                  {joined - read:6.1f} s")
    print(f"  together              {joined - begun:6.1f} s")
    print(f"  peer: full pseudonyms {peer:6.1f} s, {peer / (joined - read):.1f} times the join")


if __name__ == "__main__":
    main()
