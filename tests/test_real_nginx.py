"""A real nginx behind a password writes real logs in four formats; the command reads them and names the thief."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from maillon.explain.configuration import NO_ACCOUNT
from scanning import START, line, maillon, of_kind, write
from servers import ask, basic, free_port, running, wait_for_lines

ACCOUNTS = ("m.durand", "jean paul", "zoé", 'o"neil', "agent 007")
THIEF = "jean paul"
AGENT = 'Mozilla/5.0 (X11; Linux x86_64) "quoted" \\ é'
STOLEN = 400
ALL = 8 * len(ACCOUNTS) + 3 + STOLEN

FORMATS = ("combined", "maillon", "json", "own")
OWN = '$request_id|$status|"$http_user_agent"|$remote_user|$remote_addr|[$time_local]|"$request"'

JSON = """log_format json escape=json '{"time_iso8601":"$time_iso8601","remote_addr":"$remote_addr",'
    '"remote_user":"$remote_user","request":"$request","status":$status,"http_referer":"$http_referer",'
    '"http_user_agent":"$http_user_agent","request_id":"$request_id"}';"""

PROFILE = """name = "orientations"
[[route]]
match = "GET /dossiers/{patient}/identite"
action = "read"
fields = ["family_name", "birth_date"]
"""


def advised():
    """Return the advised log_format; here the account comes from the password, not from a proxy."""
    (statement,) = re.findall(r"(?ms)^log_format maillon .*?;$", NO_ACCOUNT["nginx + oauth2-proxy (OIDC)"])
    return statement.replace("$account", "$remote_user")


def configuration(folder, port):
    owner = "user root;" if os.geteuid() == 0 else ""
    places = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    logs = "\n".join(f"access_log {folder}/{name}/access.log {name};" for name in FORMATS)
    return f"""{owner}
        worker_processes 1; daemon off; pid {folder}/pid; error_log stderr; events {{ }}
        http {{
            client_body_temp_path {folder}/body; {places}
            {advised()}
            {JSON}
            log_format own '{OWN}';
            server {{
                listen 127.0.0.1:{port};
                auth_basic "professionals"; auth_basic_user_file {folder}/passwords;
                {logs}
                location / {{ try_files /page =404; }}
            }}
        }}"""


def earlier():
    """Return lines of four ordinary days: each account reads its own few patients."""
    ago = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=4) - START
    found = []
    for day in range(4):
        for number, account in enumerate((*ACCOUNTS, *(f"agent{i:02d}" for i in range(25)))):
            for n in range(8):
                at = ago.total_seconds() + day * 86_400 + number * 37 + n * 900
                patient = 20_000_000 + number * 100 + (n + day * 2) % 40
                found.append((at, line(at, account, f"/dossiers/{patient}/identite", f"10.1.{number}.3")))
    return [text for _, text in sorted(found)]


@pytest.fixture(scope="module")
def logs(part, tmp_path_factory):
    """Five accounts use the portal, one of them to read 400 patients; somebody tries a wrong password."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    for name in (*FORMATS, "html"):
        (folder / name).mkdir()
    (folder / "html" / "page").write_text("a record")
    (folder / "passwords").write_text("".join(f"{name}:{{PLAIN}}secret\n" for name in ACCOUNTS))
    (folder / "nginx.conf").write_text(configuration(folder, port))
    with running([part("nginx"), "-p", folder, "-c", folder / "nginx.conf"], port):
        for number, account in enumerate(ACCOUNTS):
            own = [f"/dossiers/{20_000_000 + number * 100 + n}/identite" for n in range(8)]
            headers = {"Authorization": basic(account, "secret"), "User-Agent": AGENT.encode()}
            assert set(ask(port, own, **headers)) == {200}
        assert ask(port, own[:3], Authorization=basic("m.durand", "guess")) == [401] * 3
        taken = [f"/dossiers/{70_000_000 + n * 13}/identite" for n in range(STOLEN)]
        assert set(ask(port, taken, Authorization=basic(THIEF, "secret"))) == {200}
        for name in FORMATS:
            wait_for_lines(folder / name / "access.log", ALL)
    return folder


def scanned(folder, name, *options):
    profile = folder / "profile.toml"
    profile.write_text(PROFILE)
    return maillon(
        "scan", "--json", "--service", profile, *options, folder / name / "access.log*", home=folder / "home"
    )


@pytest.mark.parametrize("name", ["combined", "maillon", "json"])
def test_what_nginx_writes_is_read_with_the_account(logs, name):
    write(logs / name / "access.log.1", earlier())
    done = scanned(logs, name)
    assert done.returncode == 10
    (coverage,) = of_kind(done, "coverage")
    assert coverage["lines"] == coverage["parsed"] == ALL + len(earlier())
    assert (coverage["rejected"], coverage["without_account"], coverage["unmatched"]) == (0, 0, 0)
    assert {one["account"] for one in of_kind(done, "decision") if one["action"] == "contain"} == {THIEF}
    (first, *_) = of_kind(done, "incident")
    assert first["accounts"] == [THIEF]
    assert STOLEN - 50 <= first["patients"]["lower"] <= STOLEN + 8, "its own 8 came from the same address"


def test_a_format_of_ones_own_is_given_as_nginx_knows_it(logs):
    done = scanned(logs, "own", "--log-format", OWN)
    assert of_kind(done, "incident")[0]["accounts"] == [THIEF]
    (coverage,) = of_kind(done, "coverage")
    assert (coverage["parsed"], coverage["rejected"], coverage["without_account"]) == (ALL, 0, 0)
