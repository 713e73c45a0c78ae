"""A hunt finds every use of an indicator that the state keeps, and nothing else."""

import json

import pytest

from scanning import in_order, maillon, objects, quiet_log, theft, write


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("hunt")
    log = write(home / "access.log", in_order(quiet_log(days=2), theft(start=90_000)))
    maillon("scan", "--state", home / "state", log, home=home)
    return home


def hunt(home, *arguments):
    return maillon("hunt", "--json", "--state", home / "state", *arguments, home=home)


def found(done):
    return {(one["account"], one["accesses"], one["patients"]) for one in objects(done)}


@pytest.mark.parametrize(
    "indicator", [["203.0.113.9"], ["203.0.113.0/24"], ["203.0.113.77/24"], ["--client", "CURL"], ["203.0.112.0/23"]]
)
def test_the_thief_is_found_by_any_of_its_traces(home, indicator):
    done = hunt(home, *indicator)
    assert done.returncode == 10
    assert found(done) == {("agent05", 400, 400)}
    (one,) = objects(done)
    assert one["first"] < one["last"]


def test_several_indicators_add_up_and_an_access_counts_once(home):
    both = found(hunt(home, "203.0.113.9", "10.1.7.3", "--client", "curl"))
    assert both == {("agent05", 400, 400), ("agent07", 16, 10)}
    ((account, accesses, _),) = found(hunt(home, "AGENT07"))
    assert (account, accesses) == ("agent07", 16)


def test_what_was_never_seen_is_not_found(home):
    done = hunt(home, "203.0.113.10", "198.51.100.0/24", "nobody", "--client", "no such program")
    assert done.returncode == 0
    assert done.stdout == b""
    assert maillon("hunt", "--state", home / "state", "198.51.100.1", home=home).returncode == 0


def test_the_screen_says_who(home):
    done = maillon("hunt", "--lang", "fr", "--state", home / "state", "203.0.113.9", home=home)
    assert "agent05" in done.stdout.decode()
    assert "400" in done.stdout.decode()


@pytest.mark.parametrize("indicators", [[], ["0.0.0.0/0"], ["2001:db8::/16"], [""], ["--client", " "]])
def test_what_cannot_be_meant_is_refused_with_a_sentence(home, indicators):
    done = maillon("hunt", "--state", home / "state", *indicators, home=home, check=False)
    assert done.returncode == 2
    assert b"hunt for" in done.stderr


def test_json_has_a_version(home):
    assert all(json.loads(text)["v"] == 1 for text in hunt(home, "203.0.113.9").stdout.splitlines())
