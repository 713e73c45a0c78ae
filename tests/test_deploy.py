"""What runs Maillon every hour: units that systemd accepts, a mail when there is something to look at."""

from __future__ import annotations

import configparser
import csv
import ipaddress
import os
import re
import shutil
import subprocess

import pytest

from conftest import REPOSITORY
from maillon.cli.main import parser

DEPLOY = REPOSITORY / "deploy"


@pytest.fixture(name="units")
def _units(tmp_path):
    """Return the units, with commands that exist here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here")
    for name in ("maillon-scan.service", "maillon-scan.timer"):
        text = (DEPLOY / name).read_text()
        (tmp_path / name).write_text(re.sub(r"/opt/maillon/bin/[\w-]+", shutil.which("true"), text))
    return [tmp_path / "maillon-scan.service", tmp_path / "maillon-scan.timer"]


def test_systemd_accepts_the_units(units):
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "maillon" in line]
    assert ours == []
    assert done.returncode == 0


def test_the_scan_is_given_what_it_asks_for():
    service = configparser.RawConfigParser(strict=False, interpolation=None)
    service.optionxform = str
    service.read(DEPLOY / "maillon-scan.service")
    command = service["Service"]["ExecStart"].split()
    args = parser("scan").parse_args(["scan", *command[2:-2], "/var/log/nginx/"])
    assert str(args.state) == "${STATE_DIRECTORY}"
    after = service["Service"]["ExecStartPost"].split()
    kept = parser("retain").parse_args(["retain", *after[2:-1]])
    assert (kept.state == args.state, kept.lake_months, kept.ledger_years) == (True, 12, 3)
    assert service["Service"]["SuccessExitStatus"] == "10"
    assert service["Service"]["LoadCredential"].startswith("maillon.key:"), "the name that edges/keys.py looks for"
    assert "MemoryDenyWriteExecute" not in service["Service"]


@pytest.fixture(name="mailed")
def _mailed(tmp_path):
    """Run the mail script beside a journal and a sendmail that write down what they are given; return the mail."""
    tools = tmp_path / "bin"
    tools.mkdir()
    journal = '#!/bin/sh\n[ "$1" = --sync ] && exit\nprintf "asked: %s\\nIncident 4f1c : détecté\\n" "$*"\n'
    for name, text in (
        ("journalctl", journal),
        ("sendmail", f'#!/bin/sh\necho "$*" > {tmp_path}/args\ncat > {tmp_path}/mail\n'),
    ):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)

    def run(**environment):
        path = f"{tools}:{os.environ['PATH']}"
        subprocess.run([DEPLOY / "maillon-scan-mail"], env={"PATH": path, **environment}, check=True)
        mail = tmp_path / "mail"
        return mail.read_text() if mail.exists() else None

    return run


def test_nothing_found_sends_nothing(mailed):
    assert mailed(EXIT_STATUS="0", SERVICE_RESULT="success", INVOCATION_ID="abc") is None


def test_something_to_look_at_is_mailed_with_what_the_scan_printed(mailed, tmp_path):
    text = mailed(EXIT_STATUS="10", SERVICE_RESULT="success", INVOCATION_ID="abc", MAILLON_MAIL_TO="s@h.example")
    head, _, body = text.partition("\n\n")
    assert "To: s@h.example\nSubject: Maillon: something to look at on " in head
    assert "charset=utf-8" in head
    assert "_SYSTEMD_INVOCATION_ID=abc" in body
    assert "Incident 4f1c : détecté" in body
    assert (tmp_path / "args").read_text() == "-t -i\n", "recipients come from the headers; a lone dot ends nothing"


@pytest.mark.parametrize(("status", "said"), [("10", "quelque chose demande un regard"), ("1", "n'a pas abouti")])
def test_the_subject_is_french_where_the_scan_speaks_french(mailed, status, said):
    text = mailed(EXIT_STATUS=status, SERVICE_RESULT="x", INVOCATION_ID="abc", LANG="fr_FR.UTF-8")
    (subject,) = [line for line in text.splitlines() if line.startswith("Subject: Maillon : ")]
    assert said in subject
    assert subject.isascii()


@pytest.mark.parametrize(("status", "result"), [("1", "exit-code"), ("2", "exit-code"), ("KILL", "signal")])
def test_a_failed_scan_is_mailed_too(mailed, status, result):
    text = mailed(EXIT_STATUS=status, SERVICE_RESULT=result, INVOCATION_ID="abc")
    assert "To: root\n" in text
    assert f"the scan failed on {os.uname().nodename} ({result}, status {status})" in text


def test_the_example_directory_holds_what_its_page_says():
    page = (REPOSITORY / "docs" / "directory.md").read_text()
    with (REPOSITORY / "examples" / "directory.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    named = [row["account"] for row in rows if row["account"]]
    assert len(named) == len(set(named)) < len(rows)
    for row in rows:
        assert {row["service_account"], row["shared"]} <= {"yes", "no", ""}
        assert row["account"] or (row["facility"] and row["networks"])
        for network in row["networks"].split():
            assert ipaddress.ip_network(network).is_private, "documentation and private ranges only"


def test_links_between_pages_lead_somewhere():
    pages = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("deploy/*.md")]
    links = [(page, target) for page in pages for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())]
    inside = [(page, target) for page, target in links if not target.startswith("http")]
    lost = [f"{page.name}: {target}" for page, target in inside if not (page.parent / target).exists()]
    assert len(inside) > 10
    assert lost == []
