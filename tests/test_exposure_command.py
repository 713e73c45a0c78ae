"""`maillon exposure` on an invented region: what it prints and writes, against what the thief really did."""

from __future__ import annotations

import csv
import io
import json
import sqlite3

import polars as pl
import pytest

from maillon.facts.event import Field
from scanning import in_order, maillon, objects, of_kind, quiet_log, theft, write

PATIENTS = 400
FIELDS = {str(one.name).lower() for one in Field}


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    """Return a home with a state in which one account was stolen, and the incident's name."""
    home = tmp_path_factory.mktemp("home")
    log = write(home / "access.log", in_order(quiet_log(days=6), theft(start=5 * 86_400 + 6 * 3_600)))
    maillon("scan", log, "--state", home / "state", home=home)
    (incident,) = of_kind(maillon("incidents", "--state", home / "state", "--json", home=home), "incident")
    return home, incident["id"]


def run(scanned, *arguments, **how):
    home, incident = scanned
    return maillon("exposure", incident, "--state", home / "state", *arguments, home=home, **how)


def test_json_holds_every_patient_the_thief_read_and_nobody_else(scanned):
    _, incident = scanned
    done = run(scanned, "--json")
    assert done.returncode == 10
    summary, *rows = objects(done)
    assert summary["kind"] == "exposure_summary"
    assert summary["patients"] == {"lower": PATIENTS, "likely": PATIENTS, "upper": PATIENTS}
    assert summary["start"]["likely"] == "2026-03-07T14:00:00+00:00"
    assert {row["kind"] for row in rows} == {"exposure"}
    assert {(row["v"], row["incident"], row["account"]) for row in rows} == {(1, incident, "agent05")}
    assert len({row["patient"] for row in rows}) == PATIENTS
    for row in rows:
        assert 0 <= row["thief"] <= 1
        assert row["first"] <= row["last"]
        assert set(row["fields"]) <= FIELDS
        assert row["route"] == "/dossiers/{patient}/identite"
    assert "7000" not in done.stdout.decode()  # a patient's number


def test_csv_and_parquet_hold_the_same_rows_for_their_owner_only(scanned):
    home, _ = scanned
    run(scanned, "--csv", home / "out.csv", "--parquet", home / "out.parquet")
    rows = list(csv.DictReader(io.StringIO((home / "out.csv").read_text())))
    table = pl.read_parquet(home / "out.parquet")
    assert len(rows) == len(table) == PATIENTS
    assert sorted(row["patient"] for row in rows) == sorted(table["patient"])
    assert table.schema["first"] == pl.Datetime("us", "UTC")
    assert {path.stat().st_mode & 0o777 for path in (home / "out.csv", home / "out.parquet")} == {0o600}


@pytest.mark.parametrize(("lang", "sentence"), [("fr", "Exposition de l’incident"), ("en", "Exposure of incident")])
def test_the_screen_speaks_both_languages(scanned, lang, sentence):
    text = run(scanned, "--lang", lang).stdout.decode()
    assert sentence in text
    assert f"{PATIENTS} / {PATIENTS} / {PATIENTS}" in text
    assert max(map(len, text.splitlines())) <= 96


def test_an_absorbed_or_shortened_name_will_do_and_an_unknown_one_is_told(scanned):
    home, incident = scanned
    assert maillon("exposure", incident[:5], "--state", home / "state", home=home).returncode == 10
    done = maillon("exposure", "ffffffffffff", "--state", home / "state", home=home, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert "no such incident" in done.stderr.decode()


def test_a_lost_key_is_one_sentence(scanned):
    home, incident = scanned
    done = maillon("exposure", incident, "--state", home / "state", "--key", home / "gone", home=home, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert "does not exist" in done.stderr.decode()


def test_patients_leave_encrypted_and_the_ledger_knows_who_asked(scanned):
    pyrage = pytest.importorskip("pyrage", reason="the extra maillon[exposure] is not installed")
    home, _ = scanned
    reader = pyrage.x25519.Identity.generate()
    lines = [f"{70_000_000 + n * 13};Nom{n};+33 6 39 98 {n:04d};=1+1\n" for n in range(PATIENTS - 1)]
    write(home / "registry.csv", ["ipp;nom;tel;note\n", "20000001;Autre;;\n", *lines])
    asked = (
        *("--patients", home / "registry.csv", "--recipient", reader.to_public(), "--out", home / "patients.age"),
        *("--who", "A. Martin", "--why", "letters"),
    )
    done = run(scanned, *asked)
    told = done.stderr.decode()
    assert "1 exposed patients are not in" in told
    clear = pyrage.decrypt((home / "patients.age").read_bytes(), [reader]).decode()
    rows = list(csv.DictReader(io.StringIO(clear)))
    assert {row["nom"] for row in rows} == {f"Nom{n}" for n in range(PATIENTS - 1)}
    assert {row["tel"][:3] for row in rows} == {"+33"}
    assert {row["note"] for row in rows} == {"'=1+1"}
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file() and path.name != "registry.csv")
    assert b"Nom17" not in kept
    base = sqlite3.connect(home / "state" / "ledger.sqlite")
    (body,) = base.execute("SELECT body FROM entries WHERE kind = 'reidentification'").fetchone()
    base.close()
    recorded = json.loads(body)
    assert (recorded["who"], recorded["why"], recorded["patients"]) == ("A. Martin", "letters", PATIENTS - 1)
    assert recorded["recipients"] == [str(reader.to_public())]
    assert maillon("verify", home / "state", home=home).returncode == 0


@pytest.mark.parametrize("left_out", ["--recipient", "--who", "--why", "--out"])
def test_patients_need_reader_name_reason_and_place(scanned, left_out):
    home, _ = scanned
    given = {"--recipient": "age1x", "--who": "A", "--why": "B", "--out": home / "x.age"}
    options = [word for name, value in given.items() if name != left_out for word in (name, value)]
    done = run(scanned, "--patients", home / "registry.csv", *options, check=False)
    assert done.returncode == 2
    assert left_out in done.stderr.decode()
    assert not (home / "x.age").exists()


def test_a_recipient_that_is_no_key_is_told_before_anything(scanned):
    pytest.importorskip("pyrage", reason="the extra maillon[exposure] is not installed")
    home, _ = scanned
    done = run(
        scanned,
        *("--patients", home / "none.csv", "--recipient", "age1x", "--who", "A", "--why", "B", "--out", home / "x.age"),
        check=False,
    )
    assert done.returncode == 2
    assert "not a public key" in done.stderr.decode()
