"""Reasons: true numbers, idiomatic sentences, right plurals, in two languages."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.explain.reasons import reasons
from maillon.explain.words import NARROW, NO_BREAK, counted, duration, number
from maillon.facts.evidence import EVIDENCE, Calibration, Kind, Sign
from maillon.facts.policy import Policy
from maillon.score.fold import Scoring
from small_region import honest, merged, theft

MINUTE = 60_000_000
NAMES = {"network": {5: "203.0.113.0/24"}, "device": {6: "curl"}}


def row(**values):
    """Return a row of evidence: 84 new patients in 40 minutes."""
    evidence = np.zeros(1, EVIDENCE)[0]
    defaults = {"at": 41 * MINUTE, "since": MINUTE, "patients_new": 84, "usual": 6.04, "network": 5, "device": 6}
    for name, value in (defaults | values).items():
        evidence[name] = value
    return evidence


def said(evidence):
    return {reason.code: (reason.fr, reason.en) for reason in reasons(evidence, NAMES)}


def plain(text):
    return text.replace(NARROW, " ").replace(NO_BREAK, " ")


def test_the_sentence_of_the_contract():
    fr, en = said(row())["volume"]
    assert plain(fr) == "84 patients jamais vus auparavant par ce compte en 40 minutes ; d’ordinaire 6 par jour"
    assert plain(en) == "84 patients never seen before by this account in 40 minutes; usually 6 a day"


def test_the_main_reason_is_that_of_the_kind():
    codes = [reasons(row(kind=kind, listed=900), NAMES)[0].code for kind in Kind]
    assert codes == ["volume", "burst", "origin", "listed", "strange", "window", "walk", "replay"]


@pytest.mark.parametrize(("count", "fr", "en"), [
    (0, "0 patient jamais vu auparavant par ce compte", "0 patients never seen before by this account"),
    (1, "1 patient jamais vu auparavant par ce compte", "1 patient never seen before by this account"),
    (2, "2 patients jamais vus auparavant par ce compte", "2 patients never seen before by this account"),
    (1234, "1 234 patients jamais vus auparavant par ce compte", "1,234 patients never seen before by this account"),
])  # fmt: skip
def test_plurals(count, fr, en):
    spoken = [plain(text) for text in said(row(patients_new=count))["volume"]]
    assert spoken[0].startswith(fr)
    assert spoken[1].startswith(en)


def test_each_sign_has_a_sentence_of_its_own():
    signs = list(Sign)
    for sign in signs:
        only = reasons(row(signs=sign, calibration=Calibration.OWN), NAMES)
        assert len(only) == 2, sign
    every = reasons(row(signs=sum(signs), calibration=Calibration.BORROWED), NAMES)
    assert len({reason.code for reason in every}) == len(every) == len(signs) + 2
    assert "borrowed" in said(row(calibration=Calibration.BORROWED))
    assert "borrowed" not in said(row(calibration=Calibration.OWN))


def test_networks_and_clients_are_named_and_shared_or_not():
    alone = said(row(signs=Sign.NEW_NETWORK | Sign.NEW_DEVICE))
    assert plain(alone["network"][1]) == "network new to this account (203.0.113.0/24), its own or nearly so"
    assert "(curl)" in alone["client"][0]
    shared = said(row(signs=Sign.NEW_NETWORK, network_accounts=40))
    assert plain(shared["network"][0]).endswith("partagé par 40 comptes")
    unnamed = said(row(signs=Sign.NEW_NETWORK, network=77))
    assert "(" not in unnamed["network"][0]


def test_french_typography():
    every = reasons(row(signs=511, calibration=1, patients_new=12_345, misses=3, odd=2, idle_days=40), NAMES)
    for reason in every:
        assert not re.search(r"(?<!\u202f);", reason.fr), "a narrow no-break space before ;"
        assert not re.search(r"(?<!\u00a0):", reason.fr), "a no-break space before :"
        assert "'" not in reason.fr + reason.en, "typographic apostrophes"
        assert not re.search(r"\d (?!par)[a-z]", reason.fr), "number and noun stay together"


@given(st.integers(0, 10**9), st.sampled_from(["fr", "en"]))
def test_numbers_read_back(value, lang):
    assert int(re.sub(r"\D", "", number(value, lang))) == value


@pytest.mark.parametrize(("value", "fr", "en"), [
    (0.5, "0,5 jour", "0.5 days"), (1, "1 jour", "1 day"), (1.9, "1,9 jour", "1.9 days"), (2, "2 jours", "2 days"),
    (6.04, "6 jours", "6 days"), (12.6, "13 jours", "13 days"), (1500, "1 500 jours", "1,500 days"),
])  # fmt: skip
def test_counted(value, fr, en):
    assert plain(counted(value, "jour", "jours", "fr")) == fr
    assert plain(counted(value, "day", "days", "en")) == en


@pytest.mark.parametrize(("seconds", "fr", "en"), [
    (0, "1 seconde", "1 second"), (59, "59 secondes", "59 seconds"), (60, "1 minute", "1 minute"),
    (89 * 60, "89 minutes", "89 minutes"), (90 * 60, "2 heures", "2 hours"), (3 * 86400, "3 jours", "3 days"),
])  # fmt: skip
def test_durations(seconds, fr, en):
    assert plain(duration(seconds * 1_000_000, "fr")) == fr
    assert plain(duration(seconds * 1_000_000, "en")) == en


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_every_row_that_the_fold_writes_has_reasons_with_its_numbers(seed):
    account = 1 + seed % 9
    evidence = Scoring(Policy()).fold(merged(honest(seed, 10, 6), theft(account, 5, 2500, 5)))
    assert len(evidence)
    for each in evidence:
        main, *others = reasons(each, {})
        told = "weight" if each["kind"] == Kind.WINDOW else "in_row" if each["kind"] == Kind.WALK else "patients_new"
        assert main.numbers[told] == each[told]
        assert main.numbers["score"] >= main.numbers["threshold"] > 0
        assert number(float(each[told]), "en") in main.en
        assert all(reason.fr and reason.en and reason.numbers for reason in [main, *others])
