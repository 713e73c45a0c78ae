"""Slow, dead or flooded: each route does what the operator chose, and one account cannot stop the others."""

from __future__ import annotations

import os
import signal
import threading
import time
from http.client import HTTPConnection

import pytest

from guarded import api, asks, call, configuration, free, guard, healthy, nginx, service, until


@pytest.fixture(scope="module")
def site(part, tmp_path_factory):
    folder = tmp_path_factory.mktemp("death")
    port, web, second = free(), free(), free()
    config = configuration(folder, port, more=f'commit_seconds = 1\nfallback = "127.0.0.1:{second}"')
    with service() as behind, nginx(part("nginx"), folder, web, port, behind, second):
        yield folder, config, port, web, second


def reads(web, account, patient):
    return call(web, "GET", f"/dossiers/{patient}/identite", X_Test_Account=account)[0]


def test_dead_it_opens_care_and_closes_exports(site):
    _, _, _, web, _ = site
    assert reads(web, "agent01", 1) == 200
    assert call(web, "GET", "/export", X_Test_Account="agent01")[0] == 403


def test_under_load_the_fallback_opens_the_accounts_own_patients_only(site):
    """The guard is killed while requests come, then the fallback too: no request is left without an answer."""
    _, config, port, web, second = site
    with guard(config, port) as first:
        until(lambda: reads(web, "agent01", 100) == 200 and _status(port)["counts"].get("asked"), "nginx asks nobody")
        for n in range(20):
            assert reads(web, "agent01", 100 + n) == 200
        commits = _status(port)["commits"]
        until(lambda: _status(port)["commits"] >= commits + 2, "no snapshot was written")
        with guard(config, second, "--fallback") as fallback:
            seen = _load_while(web, lambda: (first.kill(), first.wait()))
            assert set(seen) <= {200, 429}, seen
            assert reads(web, "agent01", 105) == 200, "the account's own patient"
            until(lambda: reads(web, "agent01", 999_999) == 429, "a new patient waits")
            until(lambda: call(web, "GET", "/export", X_Test_Account="agent01")[0] == 429, "exports are closed")
            body = call(web, "GET", "/dossiers/999999/identite", X_Test_Account="agent01", Accept_Language="en")[2]
            assert b"Only the records of your own patients" in body
            seen = _load_while(web, lambda: (fallback.kill(), fallback.wait()))
            assert set(seen) <= {200, 429}, seen
        assert reads(web, "agent01", 999_999) == 200, "both dead: care is open, as the route says"


def test_a_guard_that_hangs_is_as_good_as_dead(site):
    _, config, port, web, _ = site
    with guard(config, port) as process:
        assert reads(web, "agent01", 1) == 200
        os.kill(process.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert reads(web, "agent01", 2) == 200
            assert time.monotonic() - began < 5
            assert call(web, "GET", "/export", X_Test_Account="agent01")[0] == 403
        finally:
            os.kill(process.pid, signal.SIGCONT)


def test_a_flood_of_one_account_is_told_and_hinders_no_other(tmp_path):
    port = free()
    config = configuration(tmp_path, port)
    text = config.read_text().replace("account_per_second = 5000", "account_per_second = 20")
    config.write_text(text.replace("account_burst = 20000", "account_burst = 40"))
    with guard(config, port):
        answers = [asks(port, "loud", "/dossiers/1/identite")[0] for _ in range(120)]
        assert answers[:40] == [200] * 40
        assert answers.count(429) > 50
        status, headers = asks(port, "loud", "/dossiers/1/identite")
        assert (status, headers["x-maillon-code"], headers["retry-after"]) == (429, "flood", "1")
        assert asks(port, "quiet", "/dossiers/2/identite")[0] == 200
        (decision,) = [one for one in api(port, "viewer", "GET", "decisions")[1] if one["account"] == "loud"]
        assert decision["reasons"][0]["code"] == "flood"


def test_a_reload_changes_the_policy_and_loses_no_request(tmp_path):
    port = free()
    config = configuration(tmp_path, port, response="enforce = false")
    with guard(config, port) as process:
        api(port, "analyst", "POST", "contain", account="agent", why="a call")
        assert asks(port, "agent", "/dossiers/1/identite")[0] == 200, "a dry run"
        good = config.read_text().replace("enforce = false", "enforce = true")
        config.write_text(good.replace("enforce = true", "enforced = true"))
        process.send_signal(signal.SIGHUP)
        until(lambda: "stays as it was" in (tmp_path / "stderr").read_text(), "nothing was said")
        assert asks(port, "agent", "/dossiers/1/identite")[0] == 200
        config.write_text(good)

        def reload():
            process.send_signal(signal.SIGHUP)
            until(lambda: asks(port, "agent", "/dossiers/1/identite")[0] == 403, "the policy is not in force")

        assert set(_load_while(port, reload, guard_itself=True)) == {200}


def test_ending_it_answers_what_was_asked_and_commits(tmp_path):
    port = free()
    config = configuration(tmp_path, port)
    with guard(config, port):
        assert asks(port, "agent", "/dossiers/1/identite", number=1)[0] == 200
    assert not healthy(port)
    with guard(config, port):
        assert api(port, "viewer", "GET", "status")[1]["counts"]["asked"] == 1


def _status(port):
    return api(port, "viewer", "GET", "status")[1]


def _load_while(port, act, *, guard_itself=False):
    """Ask for the account's own patients on four connections while something happens; return all statuses."""
    found, ending = [], threading.Event()

    def ask():
        client = HTTPConnection("127.0.0.1", port, timeout=10)
        n = 0
        while not ending.is_set():
            n += 1
            target = f"/dossiers/{100 + n % 20}/identite"
            if guard_itself:
                headers = {"X-Original-URI": target, "X-Account": "agent01"}
                client.request("GET", "/auth/orientations", headers=headers)
            else:
                client.request("GET", target, headers={"X-Test-Account": "agent01"})
            answer = client.getresponse()
            answer.read()
            found.append(answer.status)
        client.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    act()
    time.sleep(0.7)
    ending.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert len(found) > 20
    return found
