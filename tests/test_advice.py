"""The lines that advice tells operators to add work in the real nginx and Apache, and what they log is then read."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest

from maillon.explain import advice, configuration
from maillon.explain.situation import advise
from maillon.facts.coverage import Coverage
from maillon.facts.event import Action
from maillon.facts.profile import Profile, Route
from maillon.read import access_log, maillon_event
from maillon.read.reader import ReadSettings
from servers import ask, free_port, running

COOKIES = ("A1B2C3D4E5F60718293A4B5C6D7E8F90", "0F9E8D7C6B5A49382716F5E4D3C2B1A0")
NJS = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")
APACHE_MODULES = Path("/usr/lib/apache2/modules")
ANSWER = "<Location />\nSetHandler server-status\n</Location>"


def sections(block):
    """Return an nginx block's lines by the context that its comments name."""
    parts = re.split(r"^# (http|server|location) \{ \}.*\n", block, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def ask_often(port):
    """Ask for 40 pages, in two sessions by turns."""
    for number in range(40):
        headers = {"User-Agent": 'Mozilla "5.0"', "Cookie": f"a=b; JSESSIONID={COOKIES[number % 2]}; c=d"}
        ask(port, [f"/dossiers/{number}"], **headers)


def columns(log, *names):
    """Return what Maillon reads in those columns of a log, each value once."""
    parsed = access_log.DIALECT.open(log, ReadSettings()).parse(log, 0)
    assert parsed.rejected == []
    assert len(parsed.rows) == 40
    found = []
    for name in names:
        pairs = zip(parsed.rows[name], parsed.rows[f"{name}_len"], strict=True)
        found.append({bytes(parsed.buffer[at : at + size]).decode() for at, size in pairs})
    return found


def nginx_log(part, folder, block, extra_http="", top=""):
    """Run nginx with a block of advice in front of an application that names the account, and return what it logged."""
    port, stub, log = free_port(), free_port(), folder / "access.log"
    told = {name: text.replace("/var/log/nginx/access.log", str(log)) for name, text in sections(block).items()}
    names = ("X-Auth-Request-Preferred-Username", "Lm-Remote-User", "X-Account")
    headers = "".join(f'add_header {name} "m.durand" always;' for name in names)
    (folder / "nginx.conf").write_text(
        f"""{top}
        user root; worker_processes 1; daemon off; pid {folder}/pid; error_log stderr; events {{ }}
        http {{
            client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
            uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; access_log off;
            {extra_http}
            {told["http"]}
            server {{
                listen 127.0.0.1:{port};
                {told["server"]}
                location / {{ auth_request /auth; {told["location"]} proxy_pass http://127.0.0.1:{stub}; }}
                location = /auth {{ internal; proxy_pass http://127.0.0.1:{stub}; }}
            }}
            server {{ listen 127.0.0.1:{stub}; {headers} location / {{ return 200 "ok"; }} }}
        }}
        """
    )
    command = [part("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    if os.geteuid() != 0:
        pytest.skip("nginx accepts the lines; running it here needs root")
    with running(command, port):
        ask_often(port)
    return log.read_bytes()


@pytest.mark.parametrize("where", [name for name in configuration.NO_ACCOUNT if name.startswith("nginx")])
def test_nginx_names_the_account(part, tmp_path, where):
    log = nginx_log(part, tmp_path, configuration.NO_ACCOUNT[where])
    accounts, requests = columns(log, "account", "request")
    assert accounts == {"m.durand"}
    assert len(requests) == 40, "request ids are told from the rest"


def test_nginx_logs_a_digest_of_the_session(part, tmp_path):
    part(str(NJS))
    script, top, in_http = re.split(
        r"^# (?:nginx\.conf|http).*\n", configuration.NO_SESSION[where_session("nginx")], flags=re.MULTILINE
    )
    (tmp_path / "session.js").write_text(script)
    in_http = in_http.replace("/etc/nginx/maillon/", f"{tmp_path}/")
    block = configuration.NO_ACCOUNT["nginx + oauth2-proxy (OIDC)"].replace(
        "$request_id'", "$request_id $session_digest'"
    )
    log = nginx_log(part, tmp_path, block, in_http, top.replace("modules/", f"{NJS.parent}/"))
    accounts, sessions = columns(log, "account", "session")
    assert accounts == {"m.durand"}
    assert sessions == {hashlib.sha256(one.encode()).hexdigest()[:32] for one in COOKIES}
    assert not any(one.encode() in log for one in COOKIES)


def where_session(server):
    (name,) = [name for name in configuration.NO_SESSION if name.lower().startswith(server)]
    return name


def apache(part, folder, modules, lines):
    """Write an Apache configuration with those lines; return port, command and environment."""
    port = free_port()
    known = ("mpm_event", "authz_core", *modules)
    loads = "\n".join(f"LoadModule {name}_module {part(f'{APACHE_MODULES}/mod_{name}.so')}" for name in known)
    owner = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
    (folder / "apache.conf").write_text(
        f"ServerName localhost\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\nErrorLog /dev/stderr\n"
        f"DefaultRuntimeDir {folder}\nDocumentRoot /usr/share\n{owner}{loads}\n{lines}\n"
    )
    command = [part("apache2"), "-f", str(folder / "apache.conf")]
    return port, command, os.environ | {"APACHE_LOG_DIR": str(folder)}


@pytest.mark.parametrize("module", ["auth_openidc", "auth_mellon"])
def test_apache_accepts_the_lines(part, tmp_path, module):
    (block,) = [lines for name, lines in configuration.NO_ACCOUNT.items() if module in name]
    _, command, environment = apache(part, tmp_path, ("authn_core", "authz_user", module), block)
    done = subprocess.run([*command, "-t"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_apache_logs_a_digest_of_the_session(part, tmp_path):
    lines = configuration.NO_SESSION[where_session("apache")]
    log_lines = "".join(configuration.NO_ACCOUNT["Apache + mod_auth_openidc (OIDC)"].partition("LogFormat")[1:])
    log_lines = log_lines.replace('i\\"" maillon', 'i\\" \\"%{X-Session-Digest}i\\"" maillon')
    assert "X-Session-Digest" in log_lines
    port, command, environment = apache(
        part, tmp_path, ("setenvif", "headers", "status"), f"{lines}\n{log_lines}\n{ANSWER}"
    )
    with running([*command, "-DFOREGROUND"], port, env=environment):
        ask_often(port)
    log = (tmp_path / "access.log").read_bytes()
    (sessions,) = columns(log, "session")
    assert sessions == {hashlib.sha1(one.encode()).hexdigest() for one in COOKIES}
    assert not any(one.encode() in log for one in COOKIES)


def test_the_application_line_is_one_that_maillon_reads():
    (line,) = configuration.APPLICATION.values()
    block = line.encode() + b"\n"
    parsed = maillon_event.DIALECT.open(block, ReadSettings()).parse(block, 0)
    assert parsed.rejected == []
    assert [int(one) for one in parsed.rows["action"]] == [Action.READ]


def test_no_line_logs_a_cookie_in_clear():
    blocks = [*configuration.NO_ACCOUNT.values(), *configuration.NO_SESSION.values()]
    for block in blocks:
        logged = [line for line in block.splitlines() if "log_format" in line.lower() or line.strip().startswith("'")]
        assert not re.search(r"\$cookie|\$http_cookie|%\{[^}]*\}C|Cookie\}i", " ".join(logged))


def coverage(**values):
    return Coverage(source="a.log", records=1000, parsed=1000, events=1000, first=1, last=10**15, **values)


def codes(one, profile, **values):
    return [said.code for said in advise([one], [profile], [], 0, None, **values)]


READ = Profile("p", routes=(Route("GET", "/d/{patient}", Action.READ),))


def test_a_log_in_order_calls_for_nothing():
    assert codes(coverage(), READ) == []


@pytest.mark.parametrize(
    ("one", "profile", "code"),
    [
        (coverage(without_account=900), READ, "no_account"),
        (coverage(rejected={"layout": 30, "status": 2}), READ, "rejected_share"),
        (coverage(unmatched=1), Profile("p"), "no_patient"),
        (coverage(unmatched=900), READ, "unmatched_routes"),
        (coverage(warnings=["a.gz ends early"]), READ, "damaged"),
        (coverage(), Profile("p", routes=READ.routes, learnt=True), "learnt_profile"),
    ],
)
def test_each_lack_calls_for_its_advice(one, profile, code):
    assert codes(one, profile) == [code]


def test_a_source_that_falls_silent_is_told():
    late = Coverage(source="b.log", records=1, parsed=1, events=1, first=1, last=10**15 + 30 * 3_600_000_000)
    said = advise([coverage(), late], [READ, READ], [], 0, None)
    assert [one.code for one in said] == ["silent_source"]
    assert "30\u00a0h" in said[0].fr


def test_the_stand_in_for_the_account_is_named():
    assert "identity provider" in advice.no_account("a", joined=True).en
    assert set(advice.no_account("a", joined=False).lines) - set(advice.no_account("a", joined=True).lines)


@pytest.mark.parametrize(
    "one",
    [
        advice.no_account("a", joined=True), advice.no_patient("a"), advice.learnt_profile("a", 14, 10),
        advice.rejected_share("a", 0.123, "layout"), advice.silent_source("a", 30), advice.short_history(12),
        advice.short_history(9999), advice.zoneless_log("a"), advice.unmatched_routes("a", 0.6),
        advice.damaged("a"), advice.key_created("/k"),
    ],
    ids=lambda one: one.code,
)  # fmt: skip
def test_french_is_set_as_french_is(one):
    assert not re.search(r"[^\u00a0\u202f][:;?!%](?=\s|$)", one.fr), "unbreakable space before double punctuation"
    assert "'" not in one.fr + one.en
    assert not re.search(r"[\u00a0\u202f][:;?!%]", one.en)


def test_days_until_own_calibration():
    assert "dans 12\u00a0jours environ" in advice.short_history(12).fr
    assert "in about 1\u00a0day." in advice.short_history(1).en
    assert "9999" not in advice.short_history(9999).en
