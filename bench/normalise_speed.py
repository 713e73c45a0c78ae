"""How fast records become events: records a second of CPU, for the compiled pass alone and with the names around it.

python bench/normalise_speed.py [RECORDS]
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import numpy as np

from maillon.facts.record import METHODS, Parsed
from maillon.read.normalise import Normaliser
from maillon.read.profile import load_profile
from maillon.read.pseudonym import Keys
from maillon.read.slices import Texts, build

ROUNDS = 5
TARGETS = (
    "/dossiers/{}/identite",
    "/dossiers/{};jsessionid=0A1B2C?onglet=2",
    "/usagers?tri=nom&id={}&page=2",
    "/documents/{}.pdf",
    "/dossiers?page={}",
    "/assets/app.{}.js",
    "/autre/page/{}",
)
AGENTS = [
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{n}.0.0.0 Safari/537.36"
    for n in range(100, 130)
]


def block(count: int) -> Parsed:
    """Make records like a portal's: seven kinds of target, 400 accounts, a session each."""
    draw = random.Random(1)
    accounts = [f"prenom.nom{n}@ch-exemple.fr" for n in range(400)]
    who = [draw.randrange(400) for _ in range(count)]
    texts = {
        "address": [f"10.{n % 7}.{n % 31}.{n % 251}" for n in who],
        "account": [accounts[n] for n in who],
        "session": [f"{n:08x}-0f3e-4a4a-9c1b-5d2e7f000000" for n in who],
        "target": [draw.choice(TARGETS).format(draw.randrange(10**6)) for _ in who],
        "agent": [AGENTS[n % 30] for n in who],
    }
    numbers = {"status": np.full(count, 200), "method": np.full(count, METHODS.index("GET"))}
    columns = {name: Texts(values) for name, values in texts.items()}
    buffer, rows = build(columns, np.arange(count) * 250, np.arange(count), np.full(count, 3600), **numbers)
    return Parsed(buffer, rows, count)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    text = (Path(__file__).parent.parent / "examples" / "profile.toml").read_text()
    profile, keys = load_profile(text, "examples/profile.toml"), Keys(bytes(32), 1)
    parsed = block(count)
    warm = Normaliser(profile, "bench", keys)
    warm.events(parsed)
    first, again = [], []
    for _ in range(ROUNDS):
        normaliser = Normaliser(profile, "bench", keys)
        for times in (first, again):
            start = time.process_time()
            events = normaliser.events(parsed)
            times.append(time.process_time() - start)
    print(f"{count:,} records, {len(events.rows):,} events, ignored {events.ignored}")
    print(f"all names new       {count / min(first) / 1e6:6.2f} M records/s of CPU")
    print(f"all names known     {count / min(again) / 1e6:6.2f} M records/s of CPU")


if __name__ == "__main__":
    main()
