"""How fast a log becomes decisions, beside a 30-line counter over the same file in the same run.

    python bench/speed.py [--lines 2000000] [--runs 3] [--memory-lines 10000000]

Prints, as medians of whole processes: seconds, CPU seconds, lines a second, the ratio to the counter, and the peak
memory. The contenders take turns, and a ratio is that of one round, so that what else the machine does weighs on all.
With goaccess or SEC installed they are timed too. The log is combined, about 250 bytes a line, 2,000 accounts, 14 days.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from maillon.edges.keys import save

HERE = Path(__file__).parent
PATHS = ("/dossiers/{n}/identite", "/dossiers/{n}", "/dossiers/{n}/suivi", "/assets/app.{m}.js", "/accueil")
WEIGHTS = (30, 30, 15, 15, 10)
AGENTS = tuple(
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
    for v in range(100, 120)
)


def write_log(path: Path, lines: int) -> None:
    """Write an invented combined log in time order."""
    draw = random.Random(1)
    start = datetime(2026, 3, 2, tzinfo=UTC)
    step = 14 * 86_400 / lines
    panels = [[draw.randrange(10_000_000, 99_999_999) for _ in range(120)] for _ in range(2_000)]
    with path.open("w") as file:
        for i in range(lines):
            account = draw.randrange(2_000)
            n = draw.choice(panels[account]) if draw.random() < 0.9 else draw.randrange(10_000_000, 99_999_999)
            target = draw.choices(PATHS, WEIGHTS)[0].format(n=n, m=account % 7)
            at = start + timedelta(seconds=i * step)
            file.write(
                f"10.{account >> 8}.{account & 255}.7 - agent{account:05d} [{at:%d/%b/%Y:%H:%M:%S +0000}] "
                f'"GET {target} HTTP/1.1" 200 {draw.randrange(300, 9000)} '
                f'"https://portail.example.org/dossiers/liste?page=2" "{AGENTS[account % 20]}"\n'
            )


def timed(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, float, float]:
    """Run a command; return its wall seconds, CPU seconds and peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 10):
        sys.exit(f"{command} failed with {os.waitstatus_to_exitcode(status)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=2_000_000)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument(
        "--memory-lines", type=int, default=0, help="also scan a log of so many lines, for its memory"
    )
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "access.log"
        write_log(log, args.lines)
        print(f"{args.lines:,} lines, {log.stat().st_size / 1e6:.0f} MB")
        save(Path(folder) / "key", bytes(32), 1)
        # As an installed package has it: bytecode is kept, whatever this shell says of a folder of sources.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = f"{folder}/bytecode"
        maillon = [sys.executable, "-m", "maillon", "scan", "--json", str(log)]
        timed(maillon)  # compiles once; measured apart
        contenders = {
            "30-line counter": lambda _: [sys.executable, str(HERE / "counter.py"), str(log)],
            "maillon scan": lambda _: maillon,
            "maillon scan --state": lambda run: [*maillon, "--state", f"{folder}/state{run}"],
        }
        if shutil.which("goaccess"):
            contenders["goaccess"] = lambda _: [
                "goaccess", str(log), "--log-format=COMBINED", "-o", f"{folder}/g.json", "--no-progress",
            ]  # fmt: skip
        if shutil.which("sec"):
            rules = Path(folder) / "sec.rules"
            rules.write_text(
                'type=SingleWithThreshold\nptype=RegExp\npattern=^\\S+ - (\\S+) \\[.*?\\] "GET /dossiers/(\\w+)\n'
                "desc=$1\naction=write - many $1\nwindow=3600\nthresh=100\n"
            )
            contenders["sec"] = lambda _: ["sec", f"--conf={rules}", f"--input={log}", "--notail"]
        figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in contenders}
        for run in range(args.runs):
            for name, make in contenders.items():
                figures[name].append(timed(make(run)))
        counted = figures["30-line counter"]
        print(f"{'':24}{'s':>8}{'CPU-s':>8}{'lines/s':>12}{'x counter':>11}{'MB':>8}")
        for name, runs in figures.items():
            wall, cpu, memory = (statistics.median(column) for column in zip(*runs, strict=True))
            ratio = statistics.median(floor / mine for (floor, _, _), (mine, _, _) in zip(counted, runs, strict=True))
            print(f"{name:24}{wall:8.2f}{cpu:8.2f}{args.lines / wall:12,.0f}{ratio:11.2f}{memory:8.0f}")
        if args.memory_lines:
            write_log(log, args.memory_lines)
            wall, cpu, memory = timed(maillon)
            print(f"{args.memory_lines:,} lines: {wall:.1f} s, {cpu:.1f} CPU-s, peak {memory:.0f} MB")


if __name__ == "__main__":
    main()
