"""What an inline decision costs: nginx alone, with a no-op auth_request, with Maillon, in one run on one machine.

The no-op is the guard's own HTTP server (edges/http.py) answering 200 to everything, so that the difference is what
Maillon does: reading the request, the answer, the journal, the scoring. A second no-op, nginx's own `return 204` behind
a socket, shows what any process in Python costs here. The bench itself loads both cores: what others do on the machine
meanwhile is the load average above two or three. "maillon, cache" lets nginx go by an allowance for a second
(examples/maillon-cache.conf); how many requests are asked about then depends on how often an account comes back: the
column "asked". All are asked over Unix sockets. The guard knows --accounts accounts with three days of history;
its first request begins a local day, whose thresholds are sealed meanwhile, and it writes a snapshot every --commit
seconds. Load: wrk, one thread, each request another account and patient. All servers run at once and are measured in
turns, again and again, so that what others do on the machine meets all of them alike; figures are medians of the turns.
"CPU µs, all" is the processor time of proxy, load and whoever is asked, a request: where two cores are all there is,
two cores divided by it is what can be served.

    python bench/guard_cost.py [--seconds 3] [--turns 10] [--accounts 20000]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from guarded import api, configuration, healthy, until
from servers import free_port, running

NAMES = ("nginx alone", "no-op nginx", "no-op server", "maillon", "maillon, cache")
OURS = {"maillon": 0, "maillon, cache": 1}
"""What is measured of the guard → how many seconds the proxy goes by an allowance."""

NOOP = """
import asyncio, sys
from maillon.edges.http import Response, listen, run
async def main():
    await listen(sys.argv[1], lambda request, reply: reply(Response(200)), print)
    await asyncio.sleep(1e9)
run(main())
"""
LUA = """
local accounts, n = %d, 0
math.randomseed(%d)
request = function()
  n = n + 1
  local account = math.random(0, accounts - 1)
  wrk.headers["X-Test-Account"] = "agent" .. account
  wrk.headers["X-Forwarded-For"] = "10.1." .. (account %% 250) .. ".3"
  return wrk.format("GET", "/dossiers/" .. (20000000 + account * 40 + math.random(0, 39)) .. "/identite")
end
done = function(summary, latency, requests)
  io.write(string.format('{"p50":%%d,"p99":%%d,"requests":%%d,"micros":%%d,"errors":%%d}\\n', latency:percentile(50),
    latency:percentile(99), summary.requests, summary.duration, summary.errors.status + summary.errors.timeout))
end
"""


def history(path: Path, accounts: int) -> None:
    """Write three ordinary days before today, eight records of its own an account and day."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with path.open("w") as file:
        for day in (3, 2, 1):
            for n in range(8):
                moment = midnight - timedelta(days=day) + timedelta(hours=8 + n)
                stamp = f"{moment:%d/%b/%Y:%H:%M:%S +0000}"
                for account in range(accounts):
                    patient = 20_000_000 + account * 40 + (n + day * 2) % 40
                    file.write(
                        f'10.1.{account % 250}.3 - agent{account} [{stamp}] "GET /dossiers/{patient}/identite '
                        'HTTP/1.1" 200 8 "-" "-" -\n'
                    )


def site(folder: Path, port: int, upstream: str, *, cache: bool = False) -> str:
    """Return an nginx that serves one file, and asks `upstream` about each request unless that is empty."""
    examples = Path(__file__).parents[1] / "examples"
    ask = (examples / "maillon-ask.conf").read_text()
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else folder
    kept = f"proxy_cache_path {memory}/{folder.name} levels=2 keys_zone=maillon:10m inactive=10s use_temp_path=off;"
    kept = kept if cache else ""
    ask += (examples / "maillon-cache.conf").read_text() if cache else ""
    asked = (
        f"auth_request /_ask; location = /_ask {{ internal; {ask} proxy_pass http://ask/auth/orientations?nginx; }}"
        if upstream
        else ""
    )
    owner = "user root;" if os.geteuid() == 0 else ""
    places = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    ask_upstream = f"upstream ask {{ server {upstream}; keepalive 32; }} {kept}" if upstream else ""
    return f"""{owner} worker_processes 1; daemon off; pid {folder}/{port}.pid; error_log {folder}/error.log;
        events {{ worker_connections 1024; }}
        http {{ {places} {ask_upstream}
            log_format maillon '$http_x_forwarded_for - $maillon_account [$time_local] "$request" $status '
                               '$body_bytes_sent "$http_referer" "$http_user_agent" $request_id';
            server {{ listen 127.0.0.1:{port}; root {folder}; set $maillon_account $http_x_test_account;
                access_log {folder}/{"access" if upstream else "alone"}.log maillon buffer=64k flush=1s;
                keepalive_requests 10000000;
                {asked}
                location / {{ try_files /page =404; }} }} }}"""


def busy(*processes: int) -> float:
    """Return the seconds of processor that processes, and those that they started, have used."""
    used = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(path.parent.name) in processes or int(fields[1]) in processes:
                used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")


def load(port: int, connections: int, seconds: int, accounts: int, folder: Path, asked: int, proxy: int) -> dict:
    """Run wrk; return p50, p99 in ms, requests a second, and the processor's µs for each: of who is asked, of all."""
    script = folder / "load.lua"
    script.write_text(LUA % (accounts, time.time_ns() % 1_000_000))
    before, others, own = busy(asked), busy(proxy), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{port}/"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used, proxying = busy(asked) - before, busy(proxy) - others
    loading = after.ru_utime + after.ru_stime - own.ru_utime - own.ru_stime
    (line,) = re.findall(r"^\{.*\}$", done.stdout, re.MULTILINE)
    told = json.loads(line)
    requests = max(1, told["requests"])
    return {
        "p50": told["p50"] / 1000, "p99": told["p99"] / 1000,
        "rps": told["requests"] / (told["micros"] / 1e6), "errors": told["errors"], "requests": told["requests"],
        "cpu": 1e6 * used / requests, "all": 1e6 * (used + proxying + loading) / requests,
    }  # fmt: skip


@contextlib.contextmanager
def noop(at: Path):
    with subprocess.Popen([sys.executable, "-c", NOOP, f"unix:{at}"]) as process:
        try:
            until(lambda: healthy(at), "the no-op does not answer", 60)
            yield process.pid
        finally:
            process.terminate()


@contextlib.contextmanager
def noop_nginx(folder: Path, at: Path):
    conf, port = folder / "noop.conf", free_port()
    conf.write_text(
        f"worker_processes 1; daemon off; pid {folder}/noop.pid; error_log {folder}/noop.log; events {{ }} "
        "http { access_log off; keepalive_requests 10000000; "
        f"server {{ listen unix:{at}; listen 127.0.0.1:{port}; return 204; }} }}"
    )
    with running([shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", conf], port):
        yield int((folder / "noop.pid").read_text())


@contextlib.contextmanager
def maillon(folder: Path, at: Path, accounts: int, commit: float = 3.0, cache: int = 0):
    """Run the guard with a history that ends yesterday."""
    history(folder / "access.log", accounts)
    config = configuration(
        folder,
        0,
        log=folder / "access.log",
        response="enforce = false",
        more=f"commit_seconds = {commit}",
        service=f'zone = "UTC"\ncache_seconds = {cache}',
    )
    config.write_text(config.read_text().replace('"127.0.0.1:0"', f'"unix:{at}"'))
    environment = os.environ | {"XDG_CONFIG_HOME": str(folder / "home")}
    with (folder / "stderr").open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "maillon", "serve", "--config", config], env=environment, stderr=told
        )
        try:
            until(lambda: healthy(at), "the guard does not answer", 300)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(120)


def counted(at: Path) -> int:
    """Return about how many requests the guard was asked."""
    return api(at, "viewer", "GET", "status")[1]["counts"].get("asked", 0)


@contextlib.contextmanager
def site_of(name: str, args: argparse.Namespace):
    """Run who is asked, and nginx before it; give the folder, nginx's port, and what asks `load` needs."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    with tempfile.TemporaryDirectory() as text, contextlib.ExitStack() as stack:
        folder, port, asked, process = Path(text), free_port(), Path(text) / "asked.sock", 0
        (folder / "page").write_text("a record")
        if name == "no-op nginx":
            process = stack.enter_context(noop_nginx(folder, asked))
        elif name == "no-op server":
            process = stack.enter_context(noop(asked))
        elif name in OURS:
            process = stack.enter_context(maillon(folder, asked, args.accounts, args.commit, OURS[name]))
        upstream = "" if name == "nginx alone" else f"unix:{asked}"
        (folder / "nginx.conf").write_text(site(folder, port, upstream, cache=bool(OURS.get(name))))
        stack.enter_context(running([nginx, "-p", folder, "-c", folder / "nginx.conf"], port))
        yield folder, port, asked, process


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--commit", type=float, default=10.0, help="seconds between two snapshots")
    args = parser.parse_args()
    found: dict[tuple[str, int], list[dict]] = {}
    loads = []
    with contextlib.ExitStack() as stack:
        sites = {name: stack.enter_context(site_of(name, args)) for name in NAMES}
        for turn in range(args.turns):
            for connections in (16, 1):
                for name, (folder, port, asked, process) in sites.items():
                    proxy = int((folder / f"{port}.pid").read_text())
                    before = counted(asked) if name in OURS else 0
                    told = load(port, connections, args.seconds, args.accounts, folder, process, proxy)
                    told["asked"] = (counted(asked) - before) / told["requests"] if name in OURS else 1.0
                    found.setdefault((name, connections), []).append(told)
                    loads.append(os.getloadavg()[0])
                    print(turn, name, connections, told, file=sys.stderr)
    print(f"load average {min(loads):.1f} to {max(loads):.1f}, medians of {args.turns} turns\n")
    print("| connections | who is asked | p50 ms | p99 ms | p99, first turn | requests/s | of the no-op | "
          "CPU µs, asked | CPU µs, all | asked |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|")
    for connections in (1, 16):
        peer = [one["rps"] for one in found["no-op server", connections]]
        for name in NAMES:
            some = found[name, connections]
            p50, p99, rps, cpu, whole, share = (
                statistics.median(one[key] for one in some) for key in ("p50", "p99", "rps", "cpu", "all", "asked")
            )
            of_peer = statistics.median(one["rps"] / other for one, other in zip(some, peer, strict=True))
            used = f"{cpu:.0f}" if cpu else "–"
            figures = (
                f"{p50:.2f}", f"{p99:.2f}", f"{some[0]['p99']:.2f}", f"{rps:,.0f}", f"{of_peer:.0%}", used,
                f"{whole:.0f}", f"{share:.0%}",
            )  # fmt: skip
            print(f"| {connections} | {name} | " + " | ".join(figures) + " |")


if __name__ == "__main__":
    main()
