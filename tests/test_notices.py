"""Every form in both languages: its pages are drawn, say what the evidence says, and mark what is missing."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from pypdf import PdfReader

from findings import HOSTILE, at
from maillon.cli.notice_files import template_text
from maillon.facts.event import EVENT
from maillon.facts.exposure import Bounds
from maillon.render.notices.compose import plain, short_message
from maillon.render.notices.evidence import evidence_of
from maillon.render.notices.forms import FORMS
from maillon.render.notices.gaps import GAPS
from maillon.render.notices.notice_json import notice_json
from maillon.render.notices.pages import html, pdf
from maillon.render.notices.template import parse
from maillon.render.notices.watching import KEPT, evidence_of_watching
from notice_case import MADE, SETTINGS, case
from notice_pages import ALL, document, words

TYPST, HTML = template_text("notice.typ", None)[0], template_text("notice.html.j2", None)[0]
MARKUP = '#panic() $x$ *b* _i_ @ref <l> \\ `raw` // "q" [x] {p}'
EVERYTHING = {name: f"~{name}~" for name in GAPS}


def evidence(form, lang, settings=SETTINGS, **kwargs):
    if FORMS[form].incident:
        return evidence_of(case(**kwargs), settings, lang)
    return evidence_of_watching(MADE, settings, lang)


def drawn(form, name, lang, settings=SETTINGS, **kwargs):
    return document(name, lang, evidence(form, lang, settings, **kwargs))


def told(form, name, lang, settings=SETTINGS, **kwargs):
    """Return the words of the pages of a form."""
    return words(pdf(drawn(form, name, lang, settings, **kwargs), TYPST, MADE))


@pytest.mark.parametrize(("form", "name", "lang"), ALL)
def test_pages_hold_the_whole_document_and_mark_its_gaps(form, name, lang):
    found = drawn(form, name, lang)
    pages = pdf(found, TYPST, MADE)
    text = words(pages)
    # Words broken at the end of a line are compared without hyphens and spaces.
    squeezed = re.sub(r"[\s\u00ad\u2010-]", "", text)
    for block in found["blocks"]:
        for run in _runs(block):
            for part in re.split(r"\n", run["text"]):
                assert re.sub(r"[\s\u00ad\u2010-]", "", part) in squeezed, part
    marked = text.count("à compléter :" if lang == "fr" else "to fill in:")
    assert marked >= len(found["gaps"])
    meta = PdfReader(io.BytesIO(pages))
    assert meta.metadata["/Title"] == plain(found["title"], lang)
    assert meta.trailer["/Root"]["/Lang"].startswith(lang)
    assert meta.trailer["/Root"]["/MarkInfo"]["/Marked"], "pages are tagged for screen readers"
    assert b"pdfuaid:part>1<" in meta.trailer["/Root"]["/Metadata"].get_data(), "PDF/UA-1"


def _runs(block):
    if block["kind"] == "list":
        return [run for item in block["items"] for run in item]
    if block["kind"] == "rows":
        return [run for row in block["rows"] for cell in row for run in cell]
    if block["kind"] == "table":
        return [{"text": cell} for row in [block["head"], *block["rows"]] for cell in row]
    return block["text"]


@pytest.mark.parametrize(("form", "name", "lang"), ALL)
def test_nothing_is_left_open_where_a_person_has_said_all(form, name, lang):
    found = drawn(form, name, lang, EVERYTHING, announced=True)
    assert found["gaps"] == {}
    assert "compléter" not in words(pdf(found, TYPST, MADE)).replace("à compléter par", "").replace(
        "à compléter et", ""
    )


@pytest.mark.parametrize(("form", "name", "lang"), ALL)
def test_every_placeholder_is_known(form, name, lang):
    """A slip of the pen in a template would be a gap that nobody can fill."""
    template = parse(template_text(f"{name}.{lang}.toml", None)[0], name)
    known = GAPS.keys() | evidence_of(case(announced=True), {}, lang).values.keys()
    assert template.placeholders() - known == set()


@pytest.mark.parametrize("name", sorted({name for _, name, _ in ALL}))
def test_both_languages_say_the_same(name):
    """Same blocks, same placeholders, same conditions: nothing stands in one language only."""
    fr, en = (parse(template_text(f"{name}.{lang}.toml", None)[0], name) for lang in ("fr", "en"))
    shapes = [
        [(one.kind, one.when, one.unless, one.each, one.table, len(one.list), len(one.rows)) for one in each.blocks]
        for each in (fr, en)
    ]
    assert shapes[0] == shapes[1]
    assert fr.placeholders() == en.placeholders()


def test_the_notification_gives_numbers_with_bounds_clock_and_severity():
    text = told("cnil", "cnil-initial", "fr")
    for said in (
        "avant le 18 mars 2026 11:30 (UTC+01:00)",
        "entre 3 980 et 5 033 (le plus vraisemblable : 4 120)",
        "Perte de Confidentialité",
        "numéro de sécurité sociale (NIR) 370 380 380",
        "appel du titulaire",
        "3 × 1 + 1 = 4 : très élevée",
        "Gravité proposée maximale",
        "Comptes contenus le 9 mars 2026 03:00",
        "[à compléter : numéro SIREN]",
    ):
        assert said in text, said
    assert "compte00" not in text, "the authority is not told who the professionals are"
    assert "numéro de la notification initiale" not in text
    assert "Motifs du retard" not in text


def test_a_late_one_asks_for_reasons_and_an_old_theft_says_at_least():
    late = replace(case(before_logs=True), made_at=at(20))
    text = words(pdf(document("cnil-initial", "en", evidence_of(late, SETTINGS, "en")), TYPST, MADE))
    assert "Reasons for the delay" in text
    assert "at least since 8 Mar 2026 09:12 (the logs begin there, on 2 Mar 2026 00:14" in text
    assert "Our logs reach no further back" in told("patients", "patients", "en", before_logs=True)


def test_awareness_that_nobody_recorded_is_proposed_and_its_gap_marked():
    text = told("cnil", "cnil-initial", "en", awareness=False)
    assert "Maillon proposes the first containment that was decided, by the clock of the logs: 8 Mar 2026 10:05" in text
    assert "before 11 Mar 2026 10:05" in text
    assert "Awareness [to fill in: date and time of awareness (maillon aware)]" in text


def test_what_nobody_did_is_not_claimed():
    """A decision is not a deed: in a dry run, or when old logs are read, no account was blocked."""
    for form, name in (("cnil", "cnil-initial"), ("patients", "patients"), ("owner", "owner"), ("ars", "ars")):
        text = told(form, name, "en", contained=False)
        assert "[to fill in: containment: date, time, means (nothing in Maillon’s ledger says that it was" in text
        assert not re.search(r"blocked on|Accounts contained", text)


def test_a_complementary_one_sets_the_numbers_beside_those_announced():
    text = told("cnil", "cnil-complementary", "fr", announced=True)
    assert "Annoncé le 15 mars 2026 entre 900 et 1 500 (le plus vraisemblable : 1 000)" in text
    assert "Établi aujourd’hui entre 3 980 et 5 033" in text
    assert "Numéro de la notification initiale [à compléter" in text


def test_patients_are_told_plainly_what_was_seen_and_what_was_not():
    text = told("patients", "patients", "fr")
    seen, rest = text.split("Ce qui n’apparaît pas dans les pages ouvertes")
    not_seen = rest.split("Ce que nous avons fait")[0]
    assert "votre numéro de sécurité sociale" in seen
    assert "votre date de naissance" in seen
    assert "Votre adresse de courriel, votre adresse postale" in not_seen
    assert "votre âge" not in not_seen, "a birth date tells it"
    assert "INS" not in not_seen, "an NIR tells it"
    for said in (
        "Assurance maladie",
        "ARS",
        "SMS avec un lien",
        "33700",
        "signal-spam.fr",
        "17Cyber",
        "08 00 00 00 00",
    ):
        assert said in text, said
    assert not re.search(r"https?://|www\.", text), "a notice holds no link to touch"


GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Characters of 3GPP TS 23.038: with any other, a text message holds 70 instead of 160."""


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_messages_to_patients_are_one_short_message_and_a_mail_without_link(lang):
    found = drawn("patients", "patients", lang)["messages"]
    messages = {name: plain(runs, lang) for name, runs in found.items()}
    sms = short_message(found["sms"], lang)
    assert len(sms) <= 160
    assert set(sms) <= GSM
    for text in messages.values():
        assert not re.search(r"https?://|www\.|urgent", text, re.IGNORECASE)
    assert "33700" in messages["mail"]
    assert "exemple.invalid" in messages["mail"], "where to check that it is genuine"


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_tables_run_over_pages_with_their_heading_on_each(lang):
    pages = pdf(drawn("register", "register", lang, accounts=90), TYPST, MADE)
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(pages)).pages]
    with_accounts = [text for text in texts if "compte8" in text or "compte4" in text or "compte1" in text]
    assert len(with_accounts) >= 2
    assert all("account" in text or "compte " in text or "compte\n" in text for text in with_accounts)
    whole = " ".join(texts)
    assert [n for n in range(90) if f"compte{n:02d}" not in whole] == []


@pytest.mark.parametrize("form", ["register", "cnil", "cert-sante", "owner"])
@pytest.mark.parametrize("value", [HOSTILE, MARKUP, "患者 \U0001f600 \ue000"], ids=["page", "markup", "rare"])
def test_values_from_logs_are_text_and_nothing_else(form, value):
    name = "cnil-initial" if form == "cnil" else form
    found = drawn(form, name, "en", {**SETTINGS, "cause": value}, hostile=value)
    text = words(pdf(found, TYPST, MADE))
    page = html(found, HTML)
    assert "<script>" not in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page)
    if value == MARKUP and form != "owner":
        assert "#panic() $x$ *b* _i_ @ref <l> \\ `raw` //" in text
        assert "#panic() $x$ *b* _i_ @ref &lt;l&gt;" in page


class _Closed(HTMLParser):
    """Notes tags that do not close, and whatever could fetch or run something."""

    def __init__(self, text):
        super().__init__()
        self.open, self.astray = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag in {"script", "link", "img", "iframe", "form", "a"} or any(n in {"src", "href"} for n, _ in attrs):
            self.astray.append(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.astray.append(tag)


@pytest.mark.parametrize(("form", "name", "lang"), ALL)
def test_html_is_whole_and_fetches_nothing(form, name, lang):
    page = _Closed(text := html(drawn(form, name, lang), HTML))
    assert (page.open, page.astray) == ([], [])
    assert f'<html lang="{lang}">' in text
    assert "default-src 'none'" in text


def test_json_is_the_data():
    one = case()
    found = drawn("cnil", "cnil-initial", "fr")
    told = json.loads(notice_json("cnil", "initial", found, one, MADE))
    assert told["patients"] == {"lower": 3980, "likely": 4120, "upper": 5033}
    assert told["deadline"] == "2026-03-18T11:30:00+01:00"
    assert (told["severity"]["score"], told["severity"]["level"]) == (4, "very_high")
    assert told["gaps"]["siren"] == "numéro SIREN"
    assert told["document"] == json.loads(json.dumps(found))


def test_one_number_where_bounds_agree():
    one = case()
    sure = replace(one, exposure=replace(one.exposure, patients=Bounds(12, 12, 12)))
    text = words(pdf(document("ars", "en", evidence_of(sure, SETTINGS, "en")), TYPST, MADE))
    assert "Persons concerned 12 Data" in text


def test_the_assessment_lists_every_column_that_is_kept():
    assert list(KEPT) == list(EVENT.names)
    text = told("aipd", "aipd", "fr")
    assert "pseudonyme à clé, jamais en clair" in text
    assert "voisinage du dossier" in text


def test_the_leaflet_stands_alone_and_with_an_incident():
    alone = words(pdf(document("leaflet", "fr", evidence_of_watching(MADE, SETTINGS, "fr")), TYPST, MADE))
    of_one = words(pdf(document("leaflet", "fr", evidence_of(case(), SETTINGS, "fr")), TYPST, MADE))
    assert "Entre le" not in alone
    assert "Entre le 8 mars 2026 et le 15 mars 2026" in of_one
    for text in (alone, of_one):
        assert all(said in text for said in ("33700", "signal-spam.fr", "17Cyber", "cybermalveillance.gouv.fr"))
        assert "Rien n’est signalé à votre place" in text


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_easy_to_read_is_short_sentences_on_one_large_page(lang):
    found = document("leaflet-easy", lang, evidence_of(case(), SETTINGS, lang))
    texts = [runs for block in found["blocks"] for runs in block.get("items", [block.get("text")])]
    sentences = [one for runs in texts for one in re.split(r"(?<=[.:])\s", plain(runs, lang))]
    assert max(len(one.split()) for one in sentences) <= 12
    assert len(PdfReader(io.BytesIO(pdf(found, TYPST, MADE))).pages) == 1


def test_pages_are_the_same_for_the_same_evidence():
    found = drawn("ars", "ars", "fr")
    assert pdf(found, TYPST, MADE) == pdf(found, TYPST, MADE)
