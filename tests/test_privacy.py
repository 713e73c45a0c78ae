"""No file, screen or error that Maillon writes holds a patient's identity in clear.

Identifiers are planted wherever a log can carry one, in several encodings; then everything that was written is
searched, raw and decoded.
"""

from __future__ import annotations

import base64
import sqlite3
from urllib.parse import quote

import polars as pl
import pytest

from scanning import in_order, line, maillon, quiet_log, theft, write

NIR = "199137512345678"  # month 13: nobody's
INS = "288147500112233"
PATIENT = "84756123"
SURNAME = "QUENTINVALLOIS"
BIRTH = "1931-04-17"
SECRETS = (NIR, NIR[:13], INS, INS[:13], PATIENT, SURNAME, BIRTH)


def hidden(text):
    """Return a text in the encodings that logs use."""
    raw = text.encode()
    return {
        text,
        text.lower(),
        quote(text, safe=""),
        "".join(f"%{b:02X}" for b in raw),
        "".join(f"\\x{b:02X}" for b in raw),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        raw.hex(),
    }


def planted():
    lines, at = [], 86_400
    for secret in SECRETS:
        for form in sorted(hidden(secret)):
            at += 1
            lines += [
                line(at, target=f"/dossiers/{form}/identite"),
                line(at, target=f"/recherche?nom={form}&naissance={form}"),
                line(at, target=f"/{form}"),
                line(at, target=f"/a/{form};x={form}/b.{form}"),
                line(at, target="/accueil", referrer=f"https://portail.example.org/dossiers/{form}?q={form}"),
                line(at, target="/accueil", agent=f"Mozilla/5.0 {form} ({form}) {form}/1.0"),
                f'10.0.0.1 - agent01 [broken] "GET /dossiers/{form}/identite HTTP/1.1" 200\n',
                f"{form}\n",
                f'{{"patient": "{form}"}}\n',
                f'{{"resourceType":"AuditEvent","entity":[{{"what":{{"reference":"Patient/{form}"}}}}]}}\n',
                f'<85>1 - - - - - - <AuditMessage><a ParticipantObjectID="{form}"/></AuditMessage>\n',
            ]
    return lines


def everything_written(folder, runs):
    pieces = [("stdout", r.stdout) for r in runs] + [("stderr", r.stderr) for r in runs]
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        pieces.append((path.name, path.read_bytes()))
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
            texts = [c for c, t in frame.schema.items() if t == pl.String]
            pieces.append((f"{path.name} decoded", "\n".join(map(str, frame.select(texts).rows())).encode()))
        if path.suffix in (".sqlite", ".db"):
            with sqlite3.connect(path) as database:
                pieces.append((f"{path.name} decoded", "\n".join(database.iterdump()).encode()))
    return pieces


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    logs = tmp_path_factory.mktemp("logs")
    log = write(logs / "access.log", in_order(quiet_log(), theft()) + planted())
    state = folder / "state"
    home = folder / "home"
    runs = [
        maillon("scan", "--state", state, "--report", folder / "r.html", log, home=home),
        maillon("scan", "--json", log, home=home),
        maillon("profile", "learn", log, home=home),
        maillon("incidents", "--state", state, home=home),
        maillon("incidents", "--state", state, "--json", home=home),
    ]
    return everything_written(folder, runs)


@pytest.mark.parametrize("secret", SECRETS)
def test_no_planted_identifier_is_written(written, secret):
    needles = [form.encode() for form in hidden(secret) if len(form) >= 8]
    assert [(place, needle) for place, text in written for needle in needles if needle in text] == []


def test_the_theft_was_found_all_the_same(written):
    assert any(b"agent05" in text for place, text in written if place == "stdout")


def test_account_names_stay_readable_and_the_key_is_not_in_the_state(written):
    key = next(text for place, text in written if place == "key")
    body = max(key.split(), key=len)
    assert [place for place, text in written if body in text and place != "key"] == []
