"""From a scanned theft to its notices: awareness and notices are entries of the ledger, files are drafts."""

from __future__ import annotations

import json
import re
import sqlite3

import pytest

from maillon.cli.main import main
from maillon.cli.notice_files import settings_from
from notice_pages import words
from scanning import in_order, maillon, of_kind, quiet_log, theft, write

SETTINGS = """
operator = "GRADeS Exemple"
service = "ViaExemple"
[severity]
children = true
[severity.set.cb_integrity]
value = 0.25
why = "one address changed, put back"
"""


@pytest.fixture(scope="module", name="site")
def _site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    log = write(folder / "access.log", in_order(quiet_log(days=8), theft(start=7 * 86_400 + 20_000)))
    maillon("scan", "--state", folder / "state", log, home=folder)
    (incident,) = [
        one["id"]
        for one in of_kind(maillon("incidents", "--state", folder / "state", "--json", home=folder), "incident")
        if one["accounts"] == ["agent05"]
    ]
    (folder / "operator.toml").write_text(SETTINGS)

    def run(command, *arguments, check=True):
        """Run a command on the incident (or, with an empty first argument, on none)."""
        return maillon(command, *arguments, home=folder, check=check)

    return folder, incident, run


def entries(folder, kind):
    with sqlite3.connect(folder / "state" / "ledger.sqlite") as ledger:
        return [json.loads(body) for (body,) in ledger.execute("SELECT body FROM entries WHERE kind = ?", (kind,))]


def test_from_awareness_to_a_notice_that_was_sent(site, tmp_path):
    folder, incident, run = site
    state = ("--state", folder / "state")
    shown = maillon("incident", "show", incident[:6], *state, "--lang", "en", home=folder).stdout.decode()
    assert "What now" in shown
    assert "[ ] Record awareness" in shown

    done = run("aware", incident, *state, "--at", "2026-03-09 15:00", "--why", "she said: not me", "--who", "C. D.",
               "--lang", "en")  # fmt: skip
    assert "before 12 Mar 2026 15:00 (UTC)" in done.stdout.decode().replace("\n", " ")
    assert entries(folder, "awareness")[-1]["why"] == "she said: not me"

    notice = ("notice", incident, *state, "--settings", folder / "operator.toml", "--lang", "en", "--out", tmp_path)
    done = run(*notice, "--form", "cnil")
    base = tmp_path / f"cnil-initial-{incident}-en"
    assert {path.suffix for path in tmp_path.iterdir()} == {".pdf", ".html", ".json"}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    told = json.loads(base.with_suffix(".json").read_text())
    assert told["deadline"] == "2026-03-12T15:00:00+00:00"
    assert told["patients"]["lower"] <= 400 <= told["patients"]["upper"]
    assert [one["en"] for one in told["severity"]["factors"] if one["by_hand"]] == ["one address changed, put back"]
    text = words(base.with_suffix(".pdf").read_bytes())
    assert "GRADeS Exemple" in text
    assert "she said: not me" in text
    assert "siren" in done.stdout.decode()
    assert "agent05" not in text

    shown = maillon("incident", "show", incident, *state, "--lang", "en", home=folder).stdout.decode()
    assert "[~] Notify the authority" in shown, "what is drawn up is not sent"
    run("notice", incident, *state, "--form", "cnil", "--sent", "2026-03-10T09:00:00+00:00")
    shown = maillon("incident", "show", incident, *state, "--lang", "en", home=folder).stdout.decode()
    assert "[x] Notify the authority" in shown
    assert "sent on 10 Mar 2026 09:00" in shown

    run(*notice, "--form", "cnil", "--phase", "complementary")
    text = words((tmp_path / f"cnil-complementary-{incident}-en.pdf").read_bytes())
    assert re.search(r"Announced on \d+ \w+ \d{4}", text)
    assert b"nothing is missing" in run("verify", folder / "state").stdout


def test_the_report_tells_it_too(site, tmp_path):
    folder, incident, _ = site
    report = tmp_path / "r.html"
    maillon(
        "incident", "show", incident, "--state", folder / "state", "--lang", "fr", "--report", report, home=folder
    )  # fmt: skip
    text = report.read_text()
    assert "Et maintenant" in text
    assert "Réinitialiser mots de passe" in text


def test_what_is_there_is_not_overwritten(site, tmp_path):
    folder, incident, run = site
    command = ("notice", incident, "--state", folder / "state", "--form", "ars", "--format", "html", "--out", tmp_path)
    run(*command)
    (page,) = tmp_path.iterdir()
    page.write_text("filled in by hand")
    refused = run(*command, check=False)
    assert refused.returncode == 2
    assert b"--replace" in refused.stderr
    assert page.read_text() == "filled in by hand"
    run(*command, "--replace")
    assert "filled in by hand" not in page.read_text()


def test_templates_of_the_operator_replace_those_that_ship(site, tmp_path):
    folder, incident, run = site
    own = tmp_path / "own"
    own.mkdir()
    (own / "ars.fr.toml").write_text(
        'title = "Chez nous {incident}"\nlayout = "form"\n'
        'blocks = [{p = "{salut}, {patients} !"}, {p = "x", when = "no"}]'
    )
    (folder / "own.toml").write_text('[own]\nsalut = "Bonjour"\n')
    run("notice", incident, "--state", folder / "state", "--form", "ars", "--templates", own, "--settings",
        folder / "own.toml", "--out", tmp_path / "out", "--format", "pdf")  # fmt: skip
    (page,) = (tmp_path / "out").iterdir()
    assert re.search(rf"Chez nous {incident} Bonjour, (entre )?\d.*\d.* !", words(page.read_bytes()))


def test_no_incident_is_needed_for_the_watching_itself(site, tmp_path):
    _, _, run = site
    for form in ("aipd", "staff", "leaflet"):
        run("notice", "--form", form, "--out", tmp_path, "--format", "pdf")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "aipd-fr.pdf", "leaflet-easy-fr.pdf", "leaflet-fr.pdf", "staff-fr.pdf",
    ]  # fmt: skip


def test_patients_get_a_letter_a_text_message_and_a_mail(site, tmp_path):
    folder, incident, run = site
    run("notice", incident, "--state", folder / "state", "--form", "patients", "--out", tmp_path, "--format", "json")
    names = {path.name.removeprefix(f"patients-{incident}-fr") for path in tmp_path.iterdir()}
    assert names == {".json", "-sms.txt", "-mail.txt"}


def test_a_later_settings_file_wins_key_by_key(tmp_path):
    first, second = tmp_path / "1.toml", tmp_path / "2.toml"
    first.write_text(
        'operator = "A"\nphone = "1"\n[severity]\nchildren = true\n[severity.set.ei]\nvalue = 1\nwhy = "x"'
    )
    second.write_text('operator = "B"\n[severity.set.cb_integrity]\nvalue = 0.5\nwhy = "y"')
    found = settings_from([first, second])
    assert found.words == {"operator": "B", "phone": "1"}
    assert found.severity.children is True
    assert found.severity.changes() == {"ei": (1, "x"), "cb_integrity": (0.5, "y")}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('operater = "x"', "operater: no such setting; do you mean operator?"),
        ('zzz = "x"', "words for templates of your own stand under [own]"),
        ("siren = 123", "siren: must be text in quotes"),
        ('aware_at = "yesterday"', "aware_at: no such setting"),
        ("siren = ", "are not TOML"),
        ("[severity]\nchildren = 3", "[severity] in the settings"),
        ("[severity.set.ei]\nvalue = 7", "missing required field `why`"),
    ],
)
def test_mistakes_in_settings_are_told_in_words(tmp_path, capsys, settings, told):
    (tmp_path / "s.toml").write_text(settings)
    assert main(["notice", "--form", "staff", "--settings", f"{tmp_path}/s.toml", "--out", f"{tmp_path}/out"]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ('title = "x"\nlayout = "wall"\nblocks = []', "layout = 'wall'"),
        ('title = "x"\nlayout = "form"\nblocks = [{p = "a", h = "b"}]', "block 1 holds h and p"),
        ('title = "x"\nlayout = "form"\nblocks = [{}]', "block 1 is empty"),
        ('title = "x"\nlayout = "form"\nblocks = [{para = "a"}]', "para"),
        ('title = "x"\nlayout = "form"\nblocks = [{table = "magic"}]', "block 1: table = 'magic'; there are kept"),
        ('title = "x"\nlayout = "form"\nblocks = [{each = "magic"}]', "block 1: each = 'magic'"),
        ('title = "x', "own/staff.fr.toml"),
    ],
)
def test_mistakes_in_a_template_are_told_with_their_place(tmp_path, capsys, template, told):
    own = tmp_path / "own"
    own.mkdir()
    (own / "staff.fr.toml").write_text(template)
    assert main(["notice", "--form", "staff", "--templates", str(own), "--out", f"{tmp_path}/out"]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("notice", "--form", "cnil", "--out", "x"), "speaks of one incident"),
        (("notice", "ID", "--form", "cnil", "--out", "x"), "name the state directory"),
        (("notice", "nowhere", "STATE", "--form", "cnil", "--out", "x"), "no such incident"),
        (("notice", "ID", "STATE", "--form", "cnil"), "--out DIR"),
        (("notice", "ID", "STATE", "--form", "cnil", "--out", "x", "--format", "docx"), "no such format docx"),
        (("notice", "ID", "STATE", "--form", "cnil", "--out", "x", "--templates", "/nowhere"), "no such directory"),
        (("notice", "ID", "STATE", "--form", "cnil", "--sent", "2999-01-01"), "lies in the future"),
        (("aware", "ID", "STATE", "--why", " "), "--why is empty"),
        (("aware", "ID", "STATE", "--why", "x", "--at", "soon"), "is no moment"),
        (("aware", "ID", "STATE", "--why", "x", "--at", "2999-01-01"), "lies in the future"),
        (("aware", "ID", "STATE", "--why", "x", "--at", "2001-01-01"), "before the first access"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(site, monkeypatch, capsys, arguments, told):
    folder, incident, _ = site
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    meant = {"STATE": ["--state", str(folder / "state")], "ID": [incident]}
    assert main([part for one in arguments for part in meant.get(one, [one])]) == 2
    assert told in capsys.readouterr().err


def test_without_typst_the_command_names_what_to_install(site, tmp_path):
    _, _, run = site
    (tmp_path / "typst.py").write_text("raise ImportError")
    blocked = maillon("notice", "--form", "staff", "--out", tmp_path / "out", home=tmp_path, check=False,
                      env={"PYTHONPATH": str(tmp_path)})  # fmt: skip
    assert blocked.returncode == 1
    assert b"pip install 'maillon[notices]'" in blocked.stderr
    assert run("notice", "--form", "staff", "--out", tmp_path / "out", "--format", "html").returncode == 0
