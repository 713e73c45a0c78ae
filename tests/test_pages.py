"""The pages on the state and on privacy say what is so: files, rights, columns, names, the way to shorten a state."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3

import pytest

from conftest import REPOSITORY
from maillon.facts.event import EVENT
from scanning import in_order, maillon, quiet_log, theft, write

STATE = (REPOSITORY / "docs" / "state.md").read_text()
PRIVACY = (REPOSITORY / "docs" / "privacy.md").read_text()


def listed(page, mark):
    """Return the words between a mark and its end."""
    (text,) = re.findall(rf"<!-- {mark} -->(.*?)<!-- end -->", page)
    return re.findall(r"`(\w+)`", text)


@pytest.fixture(scope="module", name="site")
def _site(tmp_path_factory):
    """A state that a scan has left, with its logs and its key's home."""
    folder = tmp_path_factory.mktemp("site")
    log = write(folder / "access.log", [*in_order(quiet_log(days=8), theft(start=7 * 86_400 + 20_000)), "not a line\n"])
    done = maillon("scan", "--state", folder / "state", "--report", folder / "report.html", log, home=folder / "home")
    assert done.returncode == 10
    return folder


def test_every_file_of_a_state_is_on_its_page(site):
    told = re.findall(r"`([\w./…=-]+)`", STATE.split("## One moment")[0])
    patterns = [re.compile(re.escape(one).replace("…", r"[\d-]+")) for one in told]
    files = [path.relative_to(site / "state").as_posix() for path in (site / "state").rglob("*") if path.is_file()]
    assert len(files) > 8
    assert [name for name in files if not any(one.fullmatch(name) for one in patterns)] == []


def test_only_the_owner_may_read_it(site):
    paths = [site / "state", *(site / "state").rglob("*")]
    assert {(path.is_dir(), path.stat().st_mode & 0o777) for path in paths} == {(True, 0o700), (False, 0o600)}


def test_the_lake_holds_the_columns_that_the_page_names_and_the_ledger_the_names(site):
    assert listed(PRIVACY, "columns") == list(EVENT.names)
    with sqlite3.connect(site / "state" / "ledger.sqlite") as ledger:
        kinds = {kind for (kind,) in ledger.execute("SELECT DISTINCT kind FROM names")}
    assert kinds == set(listed(PRIVACY, "names"))


def test_reports_hold_no_pseudonym(site):
    shown = maillon("incidents", "--state", site / "state", "--json", home=site / "home").stdout.decode()
    assert [json.loads(line)["kind"] for line in shown.splitlines()]
    text = shown + (site / "report.html").read_text()
    assert not re.search(r"\b\d-[A-Z2-7]{26}\b", text)


def test_a_state_without_a_part_of_its_lake_is_refused_in_words(site, tmp_path):
    shutil.copytree(site / "state", tmp_path / "state")
    shutil.rmtree(next((tmp_path / "state" / "lake").iterdir()))
    done = maillon("incidents", "--state", tmp_path / "state", home=site / "home", check=False)
    assert done.returncode == 1
    assert b"parts of its lake are missing" in done.stderr


def test_a_state_is_shortened_by_a_new_one_from_the_logs_that_are_kept(site, tmp_path):
    lines = (site / "access.log").read_text().splitlines(keepends=True)
    kept = write(tmp_path / "access.log", lines[len(lines) // 2 :])
    done = maillon("scan", "--state", tmp_path / "new", kept, home=site / "home")
    assert done.returncode == 10, "the theft is in what is kept"
    kept_days, all_days = (
        {path.name for path in (state / "lake").iterdir()} for state in (tmp_path / "new", site / "state")
    )
    assert kept_days < all_days
    assert maillon("verify", tmp_path / "new", home=site / "home").returncode == 0
    again = maillon("scan", "--state", tmp_path / "new", kept, home=site / "home")
    assert again.returncode == 0
    assert b"Nothing new in these logs since they were last read." in again.stdout


def test_a_lost_key_is_told_and_brought_back(site, tmp_path):
    home = tmp_path / "home"
    maillon("backup", "--key-out", tmp_path / "key.backup", home=site / "home")
    refused = maillon("incidents", "--state", site / "state", home=home, check=False)
    assert refused.returncode == 2
    assert b"does not exist" in refused.stderr
    assert not (home / "maillon" / "key").exists()
    maillon("restore", "--key-from", tmp_path / "key.backup", home=home)
    assert maillon("incidents", "--state", site / "state", home=home).returncode == 10
