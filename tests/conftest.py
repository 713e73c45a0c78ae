"""What all tests share: the real data beside the repository, and system parts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parts import found

pytest_plugins = ("real_keycloak", "real_kafka", "real_postgres", "ledgers")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real third-party logs, where they lie beside the repository."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared real logs are not beside this repository (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def part():
    """Return the path of a program, or of a file by its full name, or skip (in CI: fail) for want of it."""

    def find(name: str) -> str:
        path = found(name)
        if path is None:
            reason = f"{name} is not installed here (tests/parts.py installs it where it may)"
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
        return path

    return find
