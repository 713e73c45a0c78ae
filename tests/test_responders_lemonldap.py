"""The LemonLDAP::NG responder at a real portal and Manager: the account's sessions are dead, the others' live."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from dataclasses import replace

import pytest
import urllib3

from maillon.edges.responders import lemonldap
from maillon.facts.errors import ResponderError
from servers import free_port, running
from test_responders import NOW, order

SECRET = "Zq8-geheim-7f3e"
PORTAL = """use Lemonldap::NG::Portal::Main;
Lemonldap::NG::Portal::Main->run({{ configStorage => {{ confFile => '{folder}/lemonldap-ng.ini' }} }});
"""
MANAGER = """use Plack::Builder;
use Lemonldap::NG::Manager;
my $app = Lemonldap::NG::Manager->run({{
    configStorage => {{ confFile => '{folder}/lemonldap-ng.ini' }}, protection => 'none', enabledModules => 'sessions'
}});
builder {{
    enable 'Auth::Basic', authenticator => sub {{ $_[0] eq 'maillon' and $_[1] eq '{secret}' }};
    $app
}};
"""
INI = """[all]
logLevel = error
[configuration]
type = File
dirName = {folder}/conf
[portal]
templateDir = /usr/share/lemonldap-ng/portal/templates
languages = en
[manager]
protection = none
templateDir = /usr/share/lemonldap-ng/manager/htdocs/templates
languages = en
enabledModules = sessions
"""


def configuration(folder, port):
    files = "Apache::Session::File"
    return {
        "cfgNum": 1,
        "cfgAuthor": "test",
        "cfgDate": 1,
        "authentication": "Demo",
        "userDB": "Same",
        "passwordDB": "Demo",
        "registerDB": "Null",
        "captcha": "::Main::Plugin",  # none is used; the usual one would want ImageMagick
        "demoExportedVars": {"cn": "cn", "mail": "mail", "uid": "uid"},
        "domain": "example.com",
        "portal": f"http://127.0.0.1:{port}/",
        "cookieName": "lemonldap",
        "requireToken": 0,
        "portalDisplayResetPassword": 0,
        "macros": {"_whatToTrace": "lc($_user)"},
        "whatToTrace": "_whatToTrace",
        "globalStorage": files,
        "globalStorageOptions": {"Directory": f"{folder}/sessions", "LockDirectory": f"{folder}/sessions/lock"},
        "persistentStorage": files,
        "persistentStorageOptions": {"Directory": f"{folder}/persistent", "LockDirectory": f"{folder}/persistent/lock"},
        "locationRules": {"auth.example.com": {"default": "accept"}},
    }


@pytest.fixture(scope="module", name="site")
def _site(part, tmp_path_factory):
    """A portal with its demonstration accounts, and a Manager with nothing but its sessions module."""
    for file in ("portal/htdocs/index.psgi", "manager/htdocs/manager.psgi"):
        part(f"/usr/share/lemonldap-ng/{file}")
    plackup = part("plackup")
    folder, portal, manager = tmp_path_factory.mktemp("lemonldap"), free_port(), free_port()
    for name in ("conf", "sessions/lock", "persistent/lock"):
        (folder / name).mkdir(parents=True)
    (folder / "conf" / "lmConf-1.json").write_text(json.dumps(configuration(folder, portal)))
    (folder / "lemonldap-ng.ini").write_text(INI.format(folder=folder))
    (folder / "portal.psgi").write_text(PORTAL.format(folder=folder))
    (folder / "manager.psgi").write_text(MANAGER.format(folder=folder, secret=SECRET))
    logger = {"LLNG_DEFAULTLOGGER": "Lemonldap::NG::Common::Logger::Std"}
    with ExitStack() as servers:
        for name, port in (("portal", portal), ("manager", manager)):
            command = [plackup, "-E", "deployment", "--host", "127.0.0.1", "-p", str(port), folder / f"{name}.psgi"]
            servers.enter_context(running(command, port, env=os.environ | logger))
        yield f"http://127.0.0.1:{portal}", f"http://127.0.0.1:{manager}"


@pytest.fixture(name="settings")
def _settings(site, tmp_path):
    path = tmp_path / "password"
    path.write_text(SECRET)
    path.chmod(0o600)
    return lemonldap.Settings(url=site[1], user="maillon", password=f"file:{path}", seconds=20)


def log_in(site, account):
    """Log in with a demonstration account, whose password is its name; return the session's cookie."""
    answer = urllib3.PoolManager().request(
        "POST",
        site[0],
        fields={"user": account, "password": account},
        encode_multipart=False,
        headers={"Accept": "application/json", "Host": "auth.example.com"},
    )
    assert answer.json()["result"] == 1, answer.data
    return f"lemonldap={answer.json()['id']}"


def alive(site, cookie):
    headers = {"Accept": "application/json", "Cookie": cookie, "Host": "auth.example.com"}
    answer = urllib3.request("GET", f"{site[0]}/mysession/?whoami", headers=headers, redirect=False)
    return answer.status == 200 and bool(answer.json().get("result"))


def test_every_session_of_the_account_is_dead_and_nobody_elses(site, settings):
    stolen, other = [log_in(site, "dwho") for _ in range(2)], log_in(site, "rtyler")
    assert all(alive(site, one) for one in (*stolen, other))
    contain = replace(order("end_sessions"), account="dwho")
    receipt = lemonldap.respond(contain, settings, NOW)
    assert (receipt.outcome, receipt.detail) == ("done", "2 session(s) removed")
    assert not any(alive(site, one) for one in stolen)
    assert alive(site, other)
    assert lemonldap.respond(contain, settings, NOW).detail == "0 session(s) removed"
    assert lemonldap.undo(replace(contain, action="release"), receipt, settings).outcome == "done"
    assert alive(site, log_in(site, "dwho")), "the account may log in anew"


@pytest.mark.parametrize("pattern", ["*", "dw*", "rtyler*", "10:0/8"])
def test_a_name_that_would_be_a_pattern_ends_nothing(site, settings, pattern):
    living = log_in(site, "rtyler")
    receipt = lemonldap.respond(replace(order("end_sessions"), account=pattern), settings, NOW)
    assert receipt.outcome == "refused"
    assert alive(site, living)


def test_a_wrong_password_is_refused(site, settings, tmp_path):
    assert lemonldap.check(settings)
    path = tmp_path / "wrong"
    path.write_text("wrong")
    path.chmod(0o600)
    with pytest.raises(ResponderError, match="401"):
        lemonldap.check(lemonldap.Settings(url=settings.url, user="maillon", password=f"file:{path}"))
