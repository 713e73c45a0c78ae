"""One screen: in the order in which a person asks, in both languages, and harmless whatever logs hold."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from findings import HOSTILE, findings, nothing
from maillon.render.columns import WIDTH, width
from maillon.render.screen import screen


def flat(text):
    """Return the text without its line breaks."""
    return re.sub(r"\s*\n\s*", " ", text)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("hostile", ["", HOSTILE, " 患者データ" * 9])
def test_every_line_fits_and_none_acts_on_the_terminal(lang, hostile):
    shown = screen(findings(hostile), lang)
    assert [line for line in shown.split("\n") if width(line) > WIDTH] == []
    assert [one for one in shown if not one.isprintable() and one not in "\n\u00a0\u202f"] == []


def test_it_tells_in_the_order_in_which_a_person_asks():
    shown = screen(findings(), "en")
    told = ["To do first", "What was read", "4f1c09ab77d2", "9be2", "Only asked for a stronger log-in", "Not enough"]
    places = [shown.index(one) for one in told]
    assert places == sorted(places)


def test_an_incident_is_told_with_its_numbers():
    shown = screen(findings(), "en")
    assert "Incident 4f1c09ab77d2: 3\u00a0accounts, contained" in shown
    assert "from 8 Mar 2026 09:12 to 15 Mar 2026 18:40 (UTC+01:00) · also holds 77d20b1c9af4" in shown
    assert "4,120  patients’ identities read in all (at least 4,120, at most 5,033)" in shown
    assert "1,034  read before Maillon would have contained the accounts" in shown
    assert "61  read before Maillon would have asked for a stronger log-in" in shown
    assert "family name, given name (4,120); social-security number (NIR) (380)" in shown
    assert re.search(r"m\.durand +380 / 1,520 +8 Mar 09:40 +8 Mar 11:02 +192\.0\.2\.0/24\n", shown)


def test_rules_stand_side_by_side():
    shown = screen(findings(), "en")
    assert re.search(r"Maillon +1,034 of 4,120 +3 of 3 +0\n", shown)
    assert re.search(r"fixed limit of 100 records an hour +2,210 of 4,120 +1 of 3 +4\n", shown)


def test_reasons_come_with_what_joins_the_accounts_first():
    shown = screen(findings(), "en")
    shown = flat(shown)
    joint = shown.index("2\u00a0accounts, 9 Mar 02:30: log-in from a network (192.0.2.0/24) that 3 suspected")
    own = shown.index("m.durand, 8 Mar 11:02: 84 patients never seen before by this account in 40 minutes; usually")
    assert joint < own
    assert "61 patients never seen" not in shown, "of one account's own decisions only the gravest is told"


def test_accounts_that_were_only_asked_take_one_line_each():
    shown = screen(findings(), "fr")
    assert "Seulement une connexion renforcée (2\u00a0comptes)" in shown
    assert "b.moreau, 18 mars 09:00\u00a0: 30 patients" in shown
    assert "Incident ask0" not in shown


def test_coverage_gives_shares_and_warns():
    shown = screen(findings(), "en")
    assert "  portal/access.log [combined + session] 268,299 records · 65% parsed · 35% ignored (static" in shown
    assert "⚠ old.log [common] 1,000 records · 70% parsed · 30% rejected (timestamp 30%)" in shown
    assert "rejected: unusual share · silent since 12 Mar 2026 08:00" in flat(shown)
    assert "<0.1% rejected (layout <0.1%)" in flat(shown)


def test_the_same_lines_to_add_are_shown_once():
    shown = screen(findings(), "en")
    assert shown.count("log_format maillon") == 1
    assert "b.log: the log names no account. (the same lines as above)" in shown


def test_nothing_found_is_said_and_is_not_the_same_as_nothing_read():
    assert screen(nothing(), "fr").endswith("Rien d’anormal n’a été trouvé.")
    blind = replace(nothing(), events=0)
    assert "nothing can be concluded" in screen(blind, "en")
    assert "Nothing unusual" not in screen(blind, "en")


def test_logs_read_before_are_not_logs_without_access():
    (known,) = nothing().coverages
    known = replace(known, parsed=0, events=0, duplicates=known.records)
    assert "Nothing new in these logs" in screen(replace(nothing(), events=0, coverages=[known]), "en")
    empty = replace(known, records=0, duplicates=0)
    assert "nothing can be concluded" in screen(replace(nothing(), events=0, coverages=[empty]), "en")


def test_too_little_history_is_a_verdict_once():
    shown = screen(findings(), "en")
    assert shown.count("ot enough history") == 1
    assert "own calibration in about 12\u00a0days" in shown
    assert "accesses to read must come first" in screen(replace(nothing(), days_until_own=9999), "en")
    assert "calibration" not in screen(nothing(), "en")


def test_bold_only_when_asked():
    assert "\x1b" not in screen(findings(), "en")
    assert "\x1b[1mWhat was read\x1b[0m" in screen(findings(), "en", ansi=True)


def test_a_remembered_incident_without_series_names_its_accounts():
    found = findings()
    found.series, found.coverages = {}, []
    assert "m.durand, c.leroy, inf.nuit" in screen(found, "en")


def test_the_truth_of_an_invented_region_stands_beside():
    found = replace(findings(), truth={"stolen": 3, "found": 3, "patients": 4100, "honest_contained": 0})
    assert "3 accounts stolen, 3 of them in the first incident; 4,100 patients read" in flat(screen(found, "en"))
