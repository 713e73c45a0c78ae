"""The directory file is read whatever spreadsheet wrote it; each of its mistakes is told, none stops the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import REPOSITORY
from maillon.facts.directory import Group
from maillon.facts.profile import Profile
from maillon.read.access_log import open_reader
from maillon.read.directory import COLUMNS, network_hashes, read_directory
from maillon.read.normalise import Normaliser, account_hash
from maillon.read.pseudonym import Keys
from maillon.read.reader import ReadSettings
from scanning import in_order, line, maillon, objects, quiet_log, theft, write

KEYS = Keys(bytes(range(32)), 1)
HEAD = ",".join(COLUMNS) + "\n"


def read(text, encoding="utf-8"):
    return read_directory(text.encode(encoding), KEYS)


def person(directory, name):
    return directory.people[account_hash(KEYS, name)]


def test_the_example_is_read_without_a_mistake():
    directory, mistakes = read_directory((REPOSITORY / "examples" / "directory.csv").read_bytes(), KEYS)
    assert mistakes == []
    assert len(directory.people) == 5
    assert person(directory, "M.DURAND").role == "nurse"
    assert person(directory, "svc-interop").service_account
    assert person(directory, "svc-interop").networks == ("10.20.30.0/28",)
    assert person(directory, "urgences.box1").shared
    assert directory.sizes == {
        Group("CH-NORD", "nurse"): 2,
        Group("CH-NORD", "physician"): 1,
        Group("CLINIQUE-SUD", "secretary"): 1,
    }
    assert directory.gateways["CLINIQUE-SUD"] == ("203.0.113.64/29", "2001:db8:40::/48")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_spreadsheets_of_all_kinds(encoding, delimiter, end):
    rows = [["Account", " ROLE ", "facility"], ["j.éric", "infirmière", "Évry"]]
    directory, mistakes = read("".join(delimiter.join(row) + end for row in rows), encoding)
    assert len(mistakes) == (encoding == "cp1252")
    assert (person(directory, "j.éric").role, person(directory, "j.éric").facility) == ("infirmière", "Évry")


def test_every_mistake_is_told_with_its_line():
    text = (
        "account,role,facilty,service_account,networks\n"
        "a,nurse,X,perhaps,10.0.0.0/8 nonsense\n"
        ",,,,\n"
        "-,nurse,X,no,\n"
        "A,physician,X,no,\n"
        ",,X,no,\n"
        "b,nurse,X,oui,0.0.0.0/0\n" + "c" * 5000 + ",nurse,X,no,\n"
    )
    directory, mistakes = read(text)
    assert [one.split(":")[0].split(",")[0] for one in mistakes] == [
        "line 1", "line 2", "line 2", "line 4", "line 5", "line 6", "line 7", "line 8",
    ]  # fmt: skip
    assert "did you mean `facility`" in mistakes[0]
    assert set(directory.people) == {account_hash(KEYS, "a"), account_hash(KEYS, "b")}
    assert person(directory, "a").role == "nurse"  # the first line of two
    assert person(directory, "a").networks == ("10.0.0.0/8",)
    assert person(directory, "b").service_account
    assert not person(directory, "b").networks


def test_a_file_that_is_none_says_so():
    for text in ("", "name;role\nx;y\n", "\0\0\0"):
        directory, mistakes = read(text)
        assert not directory.people
        assert "no column `account`" in mistakes[-1]


TEXTS = st.text(max_size=300).map(lambda text: (HEAD + text).encode("utf-8", "replace"))


@given(st.one_of(st.binary(max_size=300), TEXTS))
def test_no_bytes_break_the_reader(data):
    directory, mistakes = read_directory(data, KEYS)
    assert all(isinstance(one, str) for one in mistakes)
    assert len(directory.people) <= data.count(b"\n") + data.count(b"\r") + 1


def test_gateways_are_the_hashes_that_events_carry():
    addresses = ["192.0.2.9", "198.51.100.7", "203.0.113.70", "10.1.2.3", "2001:db8:40:1::5"]
    text = "".join(line(n, address=one) for n, one in enumerate(addresses)).encode()
    events = _events(text)
    whole, single = network_hashes(["192.0.2.0/24", "203.0.113.64/29", "2001:db8:40::/48"], KEYS)
    met = [int(one["network"]) in whole or int(one["address"]) in single for one in events]
    assert met == [True, False, True, False, True]
    assert len(single) == 8


def _events(text):
    parsed = open_reader(text, ReadSettings()).parse(text, 0)
    return Normaliser(Profile("portal"), "portal", KEYS).events(parsed).rows


def test_scan_names_role_and_facility_and_tells_mistakes(tmp_path):
    log = write(tmp_path / "a.log", in_order(quiet_log(), theft()))
    directory = tmp_path / "directory.csv"
    directory.write_text("account,role,facility,shared\nagent05,nurse,CH-NORD,perhaps\n", encoding="utf-8")
    done = maillon("scan", log, "--directory", directory, "--json", home=tmp_path)
    told = [one for one in objects(done) if one["kind"] == "decision"]
    assert told
    assert {(one["account"], one["role"], one["facility"]) for one in told} == {("agent05", "nurse", "CH-NORD")}
    assert b"line 2, column `shared`" in done.stderr
    missing = maillon("scan", log, "--directory", tmp_path / "none.csv", home=tmp_path, check=False)
    assert missing.returncode == 2
    assert b"none.csv" in missing.stderr
