"""Lines of leaks a second against many accounts, beside ripgrep with a file of patterns, in the same run.

    python bench/leaks_speed.py [--lines N] [--accounts N] [--runs N] [--libraries]
    python bench/leaks_speed.py --stream GB     so many 10^9 bytes of lines through standard input, never on a disk

`maillon leaks` is the whole process: imports, the accounts, reading, cutting, matching, digests, output; "per line" is
what a line costs on top of that start. ripgrep (-F, one pattern a name; case counts, as folding it
takes more memory than most machines have) only prints the lines that hold a name. Figures are medians of the runs;
lines a second by the clock and by CPU, and the ratio to ripgrep. `--libraries` compares the ways to find many names in
blocks of 4 MB that were considered, on one thread. Needs ripgrep; the libraries are not dependencies of Maillon.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

DOMAINS = ("portail.sante-exemple.example", "partage.sante-exemple.example")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lines", type=int, default=5_000_000)
    options.add_argument("--accounts", type=int, default=200_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--libraries", action="store_true")
    options.add_argument("--stream", type=float, default=0.0)
    args = options.parse_args()
    if args.stream:
        streamed(int(args.stream * 1e9), args.accounts)
        return
    with tempfile.TemporaryDirectory() as folder:
        leak, accounts, patterns = made(Path(folder), args.lines, args.accounts)
        size = leak.stat().st_size
        print(f"{args.lines:,} lines, {size / args.lines:.0f} bytes each, {args.accounts:,} accounts, {cpus()} CPUs")
        key = Path(folder) / "key"
        key.write_text("maillon-key 1 " + "11" * 32 + "\n")
        key.chmod(0o600)
        maillon = [sys.executable, "-m", "maillon", "leaks", leak, "--accounts", accounts, "--key", key, "--json"]
        for domain in DOMAINS:
            maillon += ["--domain", domain]
        empty = Path(folder) / "empty.txt"
        empty.write_text("nothing\n")
        rows = {"maillon leaks": maillon, "its start alone": [empty if one is leak else one for one in maillon]}
        if rg := shutil.which("rg"):
            rows["ripgrep -F -f"] = [rg, "-F", "-a", "-f", patterns, leak]
        figures: dict[str, tuple[float, float, int]] = {}
        for name, command in rows.items():
            runs = [timed(command) for _ in range(args.runs)]
            figures[name] = tuple(statistics.median(one) for one in zip(*runs, strict=True))  # type: ignore[assignment]
        peer = figures.get("ripgrep -F -f", figures["maillon leaks"])
        for name, (wall, cpu, found) in figures.items():
            print(
                f"{name:18} {wall:7.2f} s  {cpu:7.2f} CPU-s  {args.lines / wall:12,.0f} lines/s  "
                f"x ripgrep {peer[0] / wall:6.2f} (CPU {peer[1] / cpu:6.2f})  {found:,.0f} lines printed"
            )
        begun = figures["its start alone"]
        wall, cpu = (figures["maillon leaks"][i] - begun[i] for i in (0, 1))
        print(f"per line: {args.lines / wall:,.0f} lines/s, {args.lines / cpu:,.0f} lines a CPU-second")
        print(f"peak memory of the children: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")
        if args.libraries:
            libraries(leak, patterns)


def made(folder: Path, lines: int, accounts: int) -> tuple[Path, Path, Path]:
    """Write an invented leak, the accounts and the patterns; one line in a thousand concerns an account."""
    luck = random.Random(7)
    people = [
        (f"p{i}.n{i * 7919 % 100_003}@chu-{i % 97}.example", f"1{i * 49_979_687 % 10**9:09d}") for i in range(accounts)
    ]
    rpps = [number + luhn(number) for _, number in people]
    with (folder / "accounts.csv").open("w") as out:
        out.write("account,email,rpps\n")
        out.writelines(f"u{i},{people[i][0]},{rpps[i]}\n" for i in range(accounts))
    with (folder / "patterns").open("w") as out:
        out.writelines(f"{people[i][0]}\n{rpps[i]}\n" for i in range(accounts))
        out.writelines(f"{one}\n" for one in DOMAINS)
    words = ["login", "account/signin", "", "auth/realms/x", "wp-login.php", "user?next=a:b"]
    with (folder / "leak.txt").open("w") as out:
        for _ in range(lines):
            site = f"site{luck.randrange(200_000)}.{luck.choice(('com', 'fr', 'net'))}"
            host = luck.choice(("www.", "", "app.", "m.")) + site
            login = f"user{luck.randrange(10**7)}@mail{luck.randrange(500)}.example"
            if luck.random() < 0.001:
                login = luck.choice(people)[0]
            if luck.random() < 0.0002:
                host, login = DOMAINS[0], f"u{luck.randrange(accounts)}"
            out.write(f"https://{host}/{luck.choice(words)}:{login}:Pw{luck.randrange(10**9)}!\n")
    return folder / "leak.txt", folder / "accounts.csv", folder / "patterns"


def streamed(size: int, accounts: int) -> None:
    """Pass invented lines through standard input: one block of them again and again, its numbers new each time."""
    with tempfile.TemporaryDirectory() as folder:
        leak, people, _ = made(Path(folder), 400_000, accounts)
        block = leak.read_bytes()
        key = Path(folder) / "key"
        key.write_text("maillon-key 1 " + "11" * 32 + "\n")
        key.chmod(0o600)
        command = [sys.executable, "-m", "maillon", "leaks", "-", "--accounts", people, "--key", key, "--json"]
        for domain in DOMAINS:
            command += ["--domain", domain]
        with (Path(folder) / "found").open("wb") as out:
            began, sent, turn = time.perf_counter(), 0, 0
            process = subprocess.Popen([str(one) for one in command], stdin=subprocess.PIPE, stdout=out)
            assert process.stdin
            while sent < size:
                turn += 1
                sent += process.stdin.write(block.replace(b"Pw1", b"Pw%d_" % turn).replace(b"user1", b"user%d." % turn))
            process.stdin.close()
            status = process.wait()
        wall = time.perf_counter() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        lines, found = turn * block.count(b"\n"), (Path(folder) / "found").read_bytes().count(b"\n")
        print(
            f"{sent / 1e9:.1f} GB, {lines:,} lines through standard input in {wall:.0f} s "
            f"({used.ru_utime + used.ru_stime:.0f} CPU-s): {lines / wall:,.0f} lines/s, {sent / wall / 1e6:.0f} MB/s, "
            f"peak memory {used.ru_maxrss / 1024:.0f} MB, {found:,} hits told, exit status {status}"
        )


def luhn(number: str) -> str:
    digits = [int(c) for c in number]
    digits[-1::-2] = [d * 2 if d < 5 else d * 2 - 9 for d in digits[-1::-2]]
    return str(-sum(digits) % 10)


def timed(command: list[object]) -> tuple[float, float, int]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run([str(one) for one in command], capture_output=True, check=False)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, done.stdout.count(b"\n")


def libraries(leak: Path, patterns: Path) -> None:
    """Find the names in 64 MB, block by block, on one thread: time to build, MB/s, matches."""
    from maillon.ahead.token_filter import proposed, token_filter

    names = patterns.read_text().split()
    data = leak.read_bytes()[: 64 << 20]
    blocks = [data[at : at + (4 << 20)] for at in range(0, len(data), 4 << 20)]

    def told(name: str, build: object, search: object) -> None:
        began = time.perf_counter()
        built = build()  # type: ignore[operator]
        built_s = time.perf_counter() - began
        search(built, blocks[0])  # type: ignore[operator]
        cpu = time.thread_time()
        found = sum(search(built, one) for one in blocks)  # type: ignore[operator]
        rate = len(data) / (time.thread_time() - cpu) / 1e6
        print(f"{name:28} built in {built_s:6.2f} s  {rate:8.1f} MB/s  {found:,} found")

    def own(of: object, block: bytes) -> int:
        return len(proposed(np.frombuffer(block + b"\0", np.uint8), len(block), of)[0])  # type: ignore[arg-type]

    own(token_filter(["a@b.example"], DOMAINS), blocks[0][:4096])  # compiled before the clock runs
    told("token filter (numba)", lambda: token_filter(names, DOMAINS), own)
    try:
        import ahocorasick_rs as aho

        told(
            "ahocorasick_rs (bytes)",
            lambda: aho.BytesAhoCorasick([one.encode() for one in names]),
            lambda of, block: len(of.find_matches_as_indexes(block.lower())),
        )
    except ModuleNotFoundError:
        print("ahocorasick_rs is not installed")
    try:
        import hyperscan

        def compiled() -> object:
            base = hyperscan.Database()
            base.compile(
                expressions=[one.encode() for one in names], ids=list(range(len(names))), elements=len(names),
                flags=[hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH] * len(names), literal=True,
            )  # fmt: skip
            return base

        def scanned(of: object, block: bytes) -> int:
            hits: list[int] = []
            of.scan(block, match_event_handler=lambda *found: hits.append(found[0]))  # type: ignore[attr-defined]
            return len(hits)

        told("hyperscan (literals)", compiled, scanned)
    except ModuleNotFoundError:
        print("hyperscan is not installed")


def cpus() -> int:
    return len(os.sched_getaffinity(0))


if __name__ == "__main__":
    main()
