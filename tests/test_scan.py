"""The corridor from a line to a finding, through the command line."""

from __future__ import annotations

import gzip
import lzma
from itertools import pairwise

import pytest
import zstandard

from scanning import in_order, maillon, objects, of_kind, quiet_log, theft, write


@pytest.fixture(scope="module")
def lines():
    return in_order(quiet_log(days=8), theft(start=7 * 86_400 + 6 * 3_600))


@pytest.fixture(scope="module")
def found(lines, tmp_path_factory):
    folder = tmp_path_factory.mktemp("found")
    return maillon("scan", "--json", write(folder / "access.log", lines), home=folder)


def decisions(done):
    return [(d["id"], d["at"], d["account"], d["action"]) for d in of_kind(done, "decision")]


def test_a_theft_in_an_unknown_log_is_found_without_configuration(found):
    assert found.returncode == 10
    incidents = of_kind(found, "incident")
    assert incidents[0]["accounts"] == ["agent05"]
    assert 350 <= incidents[0]["patients"]["lower"] <= 400
    assert {d["account"] for d in of_kind(found, "decision")} == {"agent05"}
    assert [d["action"] for d in of_kind(found, "decision")] == ["step_up", "pace", "contain"]
    assert incidents[0]["patients_before_step_up"] < 100
    assert incidents[0]["patients_before_containment"] < 250


def test_with_two_days_of_history_a_theft_is_asked_and_says_how_little_is_known(tmp_path):
    done = maillon("scan", "--json", write(tmp_path / "access.log", in_order(quiet_log(), theft())), home=tmp_path)
    (decision,) = of_kind(done, "decision")
    assert (decision["account"], decision["action"], decision["calibration"]) == ("agent05", "step_up", "borrowed")
    assert decision["short_history"]


def test_nothing_vanishes(found, lines):
    (coverage,) = of_kind(found, "coverage")
    assert coverage["lines"] == len(lines)
    assert coverage["lines"] == coverage["parsed"] + coverage["ignored"] + coverage["rejected"] + coverage["duplicates"]


def test_every_object_follows_the_contract(found):
    kinds = [one["kind"] for one in objects(found)]
    assert {one["v"] for one in objects(found)} == {1}
    assert kinds == sorted(kinds, key=["coverage", "decision", "incident"].index)
    for one in of_kind(found, "decision"):
        assert {"id", "at", "service", "account", "action", "reasons", "calibration", "incident"} <= one.keys()
        assert one["reasons"]
        assert all(reason["fr"] and reason["en"] for reason in one["reasons"])
    moments = [one["at"] for one in of_kind(found, "decision")]
    assert all(a <= b for a, b in pairwise(moments))


def test_nothing_found_says_so(tmp_path):
    done = maillon("scan", write(tmp_path / "access.log", quiet_log()), home=tmp_path)
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("access.log.gz", gzip.compress),
        ("access.log.xz", lzma.compress),
        ("access.log.zst", zstandard.ZstdCompressor().compress),
        ("no-ending-at-all", gzip.compress),
    ],
)
def test_compressed_logs_decide_the_same(found, lines, tmp_path, name, pack):
    path = tmp_path / name
    path.write_bytes(pack("".join(lines).encode()))
    key = tmp_path / "maillon"
    assert [d[1:] for d in decisions(maillon("scan", "--json", path, home=key))] == [d[1:] for d in decisions(found)]


def test_rotated_sets_in_any_order_and_standard_input_decide_the_same(lines, tmp_path):
    a, b = len(lines) // 3, 2 * len(lines) // 3
    whole = write(tmp_path / "whole.log", lines)
    oldest, middle, newest = (
        write(tmp_path / name, part)
        for name, part in (("access.log.2", lines[:a]), ("access.log.1", lines[a:b]), ("access.log", lines[b:]))
    )
    once = decisions(maillon("scan", "--json", whole, home=tmp_path))
    assert once
    assert decisions(maillon("scan", "--json", newest, oldest, middle, home=tmp_path)) == once
    text = "".join(lines).encode()
    assert decisions(maillon("scan", "--json", "-", home=tmp_path, stdin=text)) == once


def test_a_log_cut_at_any_point_gives_the_same_decisions_up_to_the_cut(lines, tmp_path):
    whole = decisions(maillon("scan", "--json", write(tmp_path / "access.log", lines), home=tmp_path))
    profile = tmp_path / "p.toml"
    profile.write_text(
        'name = "access"\n[[route]]\nmatch = "GET /dossiers/{patient}/identite"\naction = "read"\n'
        'fields = ["family_name", "birth_date"]\n'
    )
    for cut in (len(lines) - 350, len(lines) - 100):
        cut_log = write(tmp_path / f"cut{cut}.log", lines[:cut])
        part = decisions(maillon("scan", "--json", "--service", profile, cut_log, home=tmp_path))
        full = decisions(maillon("scan", "--json", "--service", profile, tmp_path / "access.log", home=tmp_path))
        last = of_kind(maillon("scan", "--json", "--service", profile, cut_log, home=tmp_path), "coverage")
        assert last
        assert part == full[: len(part)]
    assert whole


def test_the_same_rotated_file_given_twice_counts_once(lines, tmp_path):
    one = write(tmp_path / "access.log", lines)
    copy = tmp_path / "copy.log.gz"
    copy.write_bytes(gzip.compress("".join(lines).encode()))
    once = maillon("scan", "--json", one, home=tmp_path)
    twice = maillon("scan", "--json", one, copy, home=tmp_path)
    assert decisions(twice) == decisions(once)
    assert sum(c["duplicates"] for c in of_kind(twice, "coverage")) == len(lines)
    assert sum(c["lines"] for c in of_kind(twice, "coverage")) == 2 * len(lines)


def test_two_equal_lines_in_one_second_are_two(tmp_path):
    lines = quiet_log()
    done = maillon("scan", "--json", write(tmp_path / "access.log", [*lines, lines[-1]]), home=tmp_path)
    (coverage,) = of_kind(done, "coverage")
    assert (coverage["parsed"], coverage["duplicates"]) == (len(lines) + 1, 0)
