"""Small helpers of the tests that run the command line on invented logs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def line(
    at,
    account="agent01",
    target="/dossiers/10000001/identite",
    address="10.1.2.3",
    status=200,
    agent=AGENT,
    referrer="-",
    method="GET",
    tail="",
):
    """Return one combined line. `at` is in seconds after START."""
    moment = START + timedelta(seconds=at)
    return (
        f"{address} - {account} [{moment:%d/%b/%Y:%H:%M:%S +0000}] "
        f'"{method} {target} HTTP/1.1" {status} 512 "{referrer}" "{agent}"{tail}\n'
    )


def quiet_log(accounts=30, days=3, patients=8):
    """Return the combined lines of an ordinary office: each account reads its own patients every day."""
    lines = []
    for day in range(days):
        for account in range(accounts):
            for n in range(patients):
                at = day * 86_400 + account * 37 + n * 900
                patient = 20_000_000 + account * 100 + (n + day * 2) % 40
                lines.append(
                    (at, line(at, f"agent{account:02d}", f"/dossiers/{patient}/identite", f"10.1.{account}.3"))
                )
    return [text for _, text in sorted(lines)]


def theft(account="agent05", start=2 * 86_400 + 6 * 3_600, patients=400, step=5, address="203.0.113.9"):
    """Return the combined lines of somebody who reads one unknown patient after the other."""
    return [
        line(start + n * step, account, f"/dossiers/{70_000_000 + n * 13}/identite", address, agent="curl/8.5.0")
        for n in range(patients)
    ]


def in_order(*parts):
    """Merge lists of combined lines by their moment."""
    lines = [text for part in parts for text in part]
    return sorted(lines, key=lambda text: datetime.strptime(text.split("[")[1][:26], "%d/%b/%Y:%H:%M:%S %z"))


def maillon(*arguments, home, check=True, stdin=None, env=None):
    """Run the command in a process of its own with an empty home; return what it did."""
    environment = os.environ | {"XDG_CONFIG_HOME": str(home), "LC_ALL": "C.UTF-8"} | (env or {})
    done = subprocess.run(
        [sys.executable, "-m", "maillon", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=environment,
        timeout=300,
    )
    if check:
        assert done.returncode in (0, 10), done.stderr.decode()
    return done


def objects(done):
    """Return the JSON objects of a run with --json."""
    return [json.loads(text) for text in done.stdout.decode().splitlines()]


def of_kind(done, kind):
    """Return the JSON objects of one kind."""
    return [one for one in objects(done) if one["kind"] == kind]


def write(path: Path, lines) -> Path:
    """Write lines to a file and return its path."""
    path.write_bytes("".join(lines).encode("utf-8", "surrogateescape"))
    return path
