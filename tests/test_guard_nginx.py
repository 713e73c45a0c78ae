"""A real nginx asks the guard about every request: what it passes on, in each verdict."""

from __future__ import annotations

import pytest

from guarded import api, call, configuration, free, guard, nginx, service, until


@pytest.fixture(scope="module")
def site(part, tmp_path_factory):
    folder = tmp_path_factory.mktemp("guard")
    port, web = free(), free()
    config = configuration(folder, port, log=folder / "access.log")
    (folder / "access.log").touch()
    with service() as behind, guard(config, port), nginx(part("nginx"), folder, web, port, behind):
        yield folder, port, web


def reads(web, account, patient, **headers):
    return call(web, "GET", f"/dossiers/{patient}/identite", X_Test_Account=account, **headers)


def test_what_is_allowed_reaches_the_service_and_counts_once(site):
    _, port, web = site
    for number in range(10):
        status, _, body = reads(web, "m.durand", 20_000_000 + number)
        assert (status, body) == (200, b"a record")
    until(lambda: api(port, "viewer", "GET", "status")[1]["counts"].get("joined", 0) >= 10, "the log confirms nothing")
    counts = api(port, "viewer", "GET", "status")[1]["counts"]
    assert counts["asked"] == counts["joined"] == counts["lines"] == 10


def test_a_contained_carer_is_told_why_and_breaks_the_glass(site):
    _, port, web = site
    assert reads(web, "agent", 20_000_001)[0] == 200
    status, said = api(port, "analyst", "POST", "contain", account="agent", why="she calls: it is not her")
    assert (status, said["who"]) == (200, "the analyst")
    status, headers, body = reads(web, "agent", 20_000_002, Accept_Language="fr")
    page = body.decode()
    assert status == 403
    assert headers["x-maillon-decision"] == "contain"
    assert page.index("Que faire") < page.index("What to do")
    assert '<html lang="fr">' in page
    assert 'action="/_maillon/glass"' in page
    assert "<script" not in page
    status, _, body = call(web, "POST", "/_maillon/glass", b"reason=present", X_Test_Account="agent")
    assert status == 200, body
    for patient in range(5):
        assert reads(web, "agent", 30_000_000 + patient)[0] == 200
    assert reads(web, "agent", 30_000_005)[0] == 403
    assert reads(web, "agent", 30_000_002)[0] == 200, "what it has opened stays open"
    status, glasses = api(port, "viewer", "GET", "glasses")
    assert [(one["account"], one["opened"], one["refused"]) for one in glasses] == [("agent", 5, 1)]
    assert api(port, "analyst", "POST", "release", account="agent", why="it was her")[0] == 200
    assert reads(web, "agent", 30_000_006)[0] == 200
