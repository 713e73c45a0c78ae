"""The CrowdSec responder at a real local API: a bouncer sees its decisions, and sees them go."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import replace

import pytest
import urllib3

from maillon.edges.responders import crowdsec
from maillon.facts.errors import ResponderError
from servers import free_port, running
from test_responders import ACCOUNT, HOUR, order

SECRET = "Zq8-geheim-7f3e"


def configuration(folder, port):
    return f"""common: {{daemonize: false, log_media: stdout, log_level: error}}
config_paths:
  config_dir: {folder}
  data_dir: {folder}
  hub_dir: {folder}
  index_path: {folder}/index.json
  notification_dir: {folder}/none
  plugin_dir: {folder}/none
  simulation_path: {folder}/simulation.yaml
cscli: {{output: raw}}
db_config: {{type: sqlite, db_path: {folder}/crowdsec.db, use_wal: true, log_level: error}}
api:
  client: {{credentials_path: {folder}/client.yaml}}
  server: {{listen_uri: "127.0.0.1:{port}", log_level: error, profiles_path: {folder}/profiles.yaml}}
prometheus: {{enabled: false}}
"""


@pytest.fixture(scope="module", name="api")
def _api(part, tmp_path_factory):
    """A local API without an agent and without its central service; yields its port and a bouncer's key."""
    folder, port = tmp_path_factory.mktemp("crowdsec"), free_port()
    for name, text in (("index.json", "{}"), ("simulation.yaml", "simulation: false"), ("client.yaml", "")):
        (folder / name).write_text(text)
    (folder / "none").mkdir()
    (folder / "profiles.yaml").write_text('name: none\nfilters: ["false"]\non_success: break\n')
    config = folder / "config.yaml"
    config.write_text(configuration(folder, port))
    tool = [part("cscli"), "-c", config]
    machine = [*tool, "machines", "add", "maillon", "--password", SECRET, "-f", os.devnull]
    subprocess.run(machine, check=True, capture_output=True)
    bouncer = subprocess.run([*tool, "bouncers", "add", "door"], check=True, capture_output=True, text=True)
    with running([part("crowdsec"), "-c", config, "-no-cs"], port):
        yield port, bouncer.stdout.strip().splitlines()[-1]


@pytest.fixture(name="settings")
def _settings(api, tmp_path):
    path = tmp_path / "password"
    path.write_text(SECRET)
    path.chmod(0o600)
    return crowdsec.Settings(
        url=f"http://127.0.0.1:{api[0]}", machine="maillon", password=f"file:{path}", addresses=True
    )


def seen(api, query):
    """Return what a bouncer is told of an account or an address."""
    url = f"http://127.0.0.1:{api[0]}/v1/decisions?{query}"
    return urllib3.request("GET", url, headers={"X-Api-Key": api[1]}).json() or []


def test_the_machine_may_decide_and_a_wrong_password_may_not(settings, tmp_path):
    assert crowdsec.check(settings)
    path = tmp_path / "wrong"
    path.write_text("wrong")
    path.chmod(0o600)
    with pytest.raises(ResponderError, match=r"40[13]"):
        crowdsec.check(crowdsec.Settings(url=settings.url, machine="maillon", password=f"file:{path}"))


def test_a_bouncer_sees_decisions_come_once_and_go(api, settings):
    now = time.time_ns() // 1000
    contain = replace(order("end_sessions"), at=now, until=now + HOUR)
    receipts = [crowdsec.respond(contain, settings, now) for _ in range(2)]
    assert [one.outcome for one in receipts] == ["done", "done"]
    assert receipts[0].undo == receipts[1].undo
    (account,) = seen(api, f"scope=Username&value={ACCOUNT}")
    assert (account["type"], account["origin"], account["value"]) == ("ban", "maillon", ACCOUNT)
    assert account["duration"].startswith("59m"), "it lapses with the order"
    (address,) = seen(api, "ip=203.0.113.77")
    assert (address["scope"], address["value"]) == ("Range", "203.0.113.0/24")

    other = replace(order("end_sessions", "order-9"), at=now, account="dwho", address="", until=0)
    kept = crowdsec.respond(other, settings, now)
    release = replace(contain, id="release-1", action="release")
    for _ in range(2):
        assert crowdsec.undo(release, receipts[0], settings, now).outcome == "done"
    assert seen(api, f"scope=Username&value={ACCOUNT}") == seen(api, "ip=203.0.113.77") == []
    assert len(seen(api, "scope=Username&value=dwho")) == 1
    assert crowdsec.undo(release, kept, settings, now).outcome == "done"


def test_after_a_release_the_same_order_decides_anew(api, settings):
    """A replay after the release is a new wish: nothing stands, so something must be decided."""
    now = time.time_ns() // 1000
    contain = replace(order("suspend", "order-5"), at=now, until=now + HOUR, account="anew", address="")
    first = crowdsec.respond(contain, settings, now)
    crowdsec.undo(replace(contain, id="r", action="release"), first, settings, now)
    assert crowdsec.respond(contain, settings, now).outcome == "done"
    assert len(seen(api, "scope=Username&value=anew")) == 1
