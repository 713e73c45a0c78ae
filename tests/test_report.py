"""The HTML report: one file that fetches and executes nothing, whatever the logs hold; accessible; two languages."""

from __future__ import annotations

import re
import subprocess
import zlib
from html.parser import HTMLParser

import pytest

from conftest import REPOSITORY
from findings import HOSTILE, findings, nothing
from maillon.facts.findings import Findings
from maillon.render.report import report
from maillon.render.texts import FIELDS, GLOSSARY, TEXTS

VOID = {"meta", "br", "link", "img", "hr", "input", "rect", "line", "path", "polyline"}


class Reader(HTMLParser):
    """Reads a page: its elements, their attributes, what stands in them; notes tags that do not close."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.astray, self.texts = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.astray.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


def words(text):
    """Return what a person reads of a page, spaces run together."""
    reader = Reader(re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL))
    return re.sub(r"[\s\u00a0\u202f]+", " ", " ".join(reader.texts))


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("hostile", ["", HOSTILE])
def test_the_page_is_whole_and_fetches_nothing(lang, hostile):
    text = report(findings(hostile), lang)
    reader = Reader(text)
    assert reader.astray == []
    assert reader.open == []
    assert {tag for tag, _ in reader.elements} & {"script", "link", "img", "iframe", "object", "form", "base"} == set()
    attributes = [(name, value) for _, attrs in reader.elements for name, value in attrs.items()]
    assert [name for name, _ in attributes if name.startswith("on") or name in {"src", "style", "srcset"}] == []
    assert [value for name, value in attributes if name == "href" and not value.startswith("#")] == []
    assert not re.search(r"url\(|@import|https?://", text)
    assert "default-src 'none'" in text


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_hostile_names_are_shown_and_do_nothing(lang):
    text = report(findings(HOSTILE), lang)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


def browse(part, folder, text, *options):
    """Let a browser open a page; return what it prints."""
    page = folder / "report.html"
    page.write_text(text, encoding="utf-8")
    command = [part("chromium"), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    return subprocess.run(
        [*command, *options, page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    ).stdout


def test_a_browser_runs_none_of_it(part, tmp_path):
    shown = browse(part, tmp_path, report(findings(HOSTILE), "en"), "--dump-dom")
    assert "<title>Maillon: what the logs say</title>" in shown
    assert "<svg" in shown


def drawn(image):
    """Return how many rows of a PNG differ from the pixel before or the row above, and how many rows there are.

    Chromium writes 8 bits a channel; PNG stores each row after one byte that names its filter.
    """
    chunks, at = {}, 8
    while at < len(image):
        size, kind = int.from_bytes(image[at : at + 4]), image[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + image[at + 8 : at + 8 + size]
        at += size + 12
    width, height, channels = (
        int.from_bytes(chunks[b"IHDR"][:4]), int.from_bytes(chunks[b"IHDR"][4:8]), {2: 3, 6: 4}[chunks[b"IHDR"][9]]
    )  # fmt: skip
    data, row = zlib.decompress(chunks[b"IDAT"]), width * channels + 1
    return sum(any(data[n * row + 1 + channels : (n + 1) * row]) for n in range(height)), height


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_browser_draws_it(part, tmp_path, lang):
    size = ("--hide-scrollbars", "--window-size=1000,3000")
    pictures = []
    for text in ("<!doctype html><title>nothing</title>", report(findings(), lang)):
        browse(part, tmp_path, text, *size, f"--screenshot={tmp_path / 'page.png'}")
        pictures.append(drawn((tmp_path / "page.png").read_bytes()))
    (blank, rows), (full, _) = pictures
    assert rows == 3000
    assert blank < 10
    assert full > 1000


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_plot_has_a_title_a_description_and_figures(lang):
    text = report(findings(), lang)
    reader = Reader(text)
    plots = [attrs for tag, attrs in reader.elements if tag == "svg" and attrs.get("role") == "img"]
    ids = [attrs["id"] for _, attrs in reader.elements if "id" in attrs]
    assert len(plots) == 2 + 4, "a timeline for each incident, a plot for each account"
    assert len(ids) == len(set(ids))
    assert all(set(attrs["aria-labelledby"].split()) <= set(ids) for attrs in plots)
    assert text.count("<details>") == 4
    assert re.search(r"<td>8 (mars|Mar)</td><td class=\"n\">190</td><td class=\"n\">190</td>", text)
    anchors = {attrs["href"][1:] for tag, attrs in reader.elements if tag == "a"}
    assert anchors <= set(ids)


def test_it_tells_what_the_screen_tells():
    text = words(report(findings(), "en"))
    assert "A theft through 3 accounts: 4,120 to 5,033 patients’ identities read, 1,034 of them before" in text
    assert "To be looked at: 1 account, 251 patients’ identities read." in text, "one number where both bounds agree"
    assert "Incident 4f1c09ab77d2: 3 accounts, contained" in text
    assert " access.log: the log names no account." in text, "a file keeps its name"
    assert "fixed limit of 100 records an hour 2,210 of 4,120 1 of 3 4" in text
    assert "84 patients never seen before by this account in 40 minutes; usually 6 a day" in text
    assert "Usually 6 a day, its peers 6" in text
    assert "own calibration in about 12 days" in text
    assert "Only asked for a stronger log-in (2 accounts)" in text
    assert "timestamp 30%" in text
    assert "log_format maillon '…';" in text


def test_nothing_found_is_said_plainly():
    text = words(report(nothing(), "fr"))
    assert "Rien d’anormal n’a été trouvé." in text
    assert "À faire d’abord" not in text
    assert "aucune conclusion" in words(report(Findings([*nothing().coverages], [], []), "fr"))


def test_remembered_incidents_need_neither_coverage_nor_series():
    found = findings()
    found.coverages, found.series, found.advice = [], {}, []
    text = words(report(found, "en"))
    assert "84 patients never seen before" in text


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_are_told_apart_in_light_and_dark():
    themes = [
        dict(re.findall(r"--(\w+):(#\w{6})", block)) for block in re.findall(r"--ink:[^}]+", report(nothing(), "en"))
    ]
    assert len(themes) == 3, "light, dark, print"
    for theme in themes:
        for ground in (theme["back"], theme["card"]):
            for text in ("ink", "soft", "alarm", "ask", "accent"):
                assert contrast(theme[text], ground) >= 4.5, (text, ground)
            assert contrast(theme["new" if "new" in theme else "accent"], theme["known"]) >= 1.6
            assert contrast(theme["accent"], theme["after"]) >= 1.6


def test_every_text_stands_in_both_languages():
    pairs = [*TEXTS.values(), *FIELDS.values(), *(pair for entry in GLOSSARY for pair in entry)]
    assert all(fr.strip() and en.strip() for fr, en in pairs)
    holes = {code: (fr, en) for code, (fr, en) in TEXTS.items() if _holes(fr) != _holes(en)}
    assert holes == {}


def _holes(text):
    return sorted(re.findall(r"\{(\w+)\}", text))


def test_every_text_is_used():
    room = REPOSITORY / "src" / "maillon" / "render"
    sources = "\n".join(
        file.read_text() for file in [*room.glob("*.py"), *room.glob("templates/*")] if file.name != "texts.py"
    )
    made = {f"many_{action}" for action in ("observe", "step_up", "pace", "contain")} | {"observe", "pace"}
    kinds = {"static", "health", "robot", "preflight", "blank", "no request", "other host"}
    assert [code for code in TEXTS if not re.search(f"[\"']{code}[\"']", sources) and code not in made | kinds] == []


def test_no_template_steps_around_the_escaping():
    room = REPOSITORY / "src" / "maillon" / "render"
    for file in room.rglob("*.*"):
        if file.suffix in {".py", ".j2"}:
            assert not re.search(r"\|\s*safe\b|Markup|autoescape\s+false", file.read_text()), file.name
