"""The page on notices names every key, placeholder, list, table and condition that there is, and no other."""

from __future__ import annotations

import re

import pytest

from conftest import REPOSITORY
from maillon.cli.notice_files import settings_from
from maillon.render.notices.evidence import evidence_of
from maillon.render.notices.gaps import GAPS
from notice_case import case

PAGE = (REPOSITORY / "docs" / "notices.md").read_text()
EVERY = evidence_of(case(announced=True), {}, "en")


@pytest.mark.parametrize(
    ("mark", "names"),
    [
        ("keys", GAPS.keys() - {"aware_at", "aware_by", "aware_why"}),
        ("values", EVERY.values.keys()),
        ("lists", EVERY.lists.keys()),
        ("tables", EVERY.tables.keys()),
    ],
)
def test_the_page_names_what_there_is(mark, names):
    (text,) = re.findall(rf"<!-- {mark} -->(.*?)<!-- end -->", PAGE)
    assert set(re.findall(r"`(\w+)`", text)) == set(names)


def test_the_page_names_every_condition():
    (text,) = re.findall(r"<!-- conditions -->(.*?)<!-- end -->", PAGE)
    source = (REPOSITORY / "src/maillon/render/notices/evidence.py").read_text().split("def _conditions")[1]
    assert set(re.findall(r"`(\w+)`", text)) == set(re.findall(r'^        "(\w+)":', source, re.MULTILINE))


@pytest.mark.parametrize("page", ["notices.md", "fr/notifications.md"])
def test_the_settings_on_the_pages_are_taken(tmp_path, page):
    text = (REPOSITORY / "docs" / page).read_text()
    examples = [one for one in re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.MULTILINE) if " = " in one]
    assert examples
    for number, one in enumerate(examples):
        path = tmp_path / f"{number}.toml"
        path.write_text(re.sub(r"^    ", "", one, flags=re.MULTILINE))
        assert settings_from([path])
