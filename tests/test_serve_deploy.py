"""The units and the container file of the guard."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from conftest import REPOSITORY
from maillon.cli.main import parser

UNITS = ("maillon-serve.service", "maillon-fallback.service")


@pytest.mark.parametrize("name", UNITS)
def test_systemd_accepts_the_unit_and_finds_it_hardened(tmp_path, name):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here")
    text = (REPOSITORY / "deploy" / name).read_text()
    text = re.sub(r"/opt/maillon/bin/[\w-]+", shutil.which("true"), text).replace("User=maillon", "User=daemon")
    text = text.replace("\nGroup=maillon\n", "\n")
    (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / name], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if "maillon" in line] == []
    assert done.returncode == 0
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", tmp_path / name],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert rated.returncode == 0, rated.stdout[-300:] + rated.stderr


@pytest.mark.parametrize("name", UNITS)
def test_the_unit_and_the_container_give_the_command_what_it_asks_for(name):
    unit = (REPOSITORY / "deploy" / name).read_text()
    for command in re.findall(r"^ExecStart(?:Pre)?=\S+ (.*)$", unit, re.MULTILINE):
        parser("serve").parse_args(command.split())
    assert "LoadCredential=maillon.key:" in unit
    container = (REPOSITORY / "deploy" / "Containerfile").read_text()
    words = re.findall(r'^CMD \["(.*)"\]', container, re.MULTILINE)[-1].split('", "')
    parser("serve").parse_args(words)
    assert "\nUSER maillon\n" in container
