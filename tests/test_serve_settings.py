"""The configuration: every mistake at once, with its place, and never a secret."""

from __future__ import annotations

import re
import tomllib

import pytest

from conftest import REPOSITORY
from guarded import PROFILE, configuration
from maillon.cli.main import main
from maillon.facts.errors import UsageError
from maillon.run.cautions import cautions
from maillon.run.settings import load_settings, reference


@pytest.fixture
def place(tmp_path):
    (tmp_path / "profile.toml").write_text(PROFILE)
    (tmp_path / "short.token").write_text("secret123\n")
    return tmp_path


def mistakes(place, text):
    with pytest.raises(UsageError) as told:
        load_settings(text, str(place / "maillon.toml"), {})
    return str(told.value)


def test_every_mistake_is_told_at_once(place):
    said = mistakes(
        place,
        """stat = "x"
        commit_seconds = -1
        [listen]
        address = "0.0.0.0:8621"
        [response]
        enforced = true
        [[caller]]
        name = "desk"
        role = "boss"
        token_file = "short.token"
        [[service]]
        name = "a b"
        profile = "absent.toml"
        trusted_proxies = ["10.0.0.0/33"]
        zone = "Europe/Pariss"
        [[source]]
        kind = "kafkaesque"
        name = "log"
        [[source]]
        kind = "syslog"
        name = "log"
        address = "0.0.0.0:6514"
        [responders.keycloack]
        """,
    )
    for part in (
        "field 'stat': is not known; did you mean 'state'?",
        "field 'state': is missing: the state directory",
        "field 'commit_seconds': must be a number above 0",
        "[listen] field 'address': 0.0.0.0:8621 is not on this machine: it needs certificate and private_key",
        "name client_ca, or a [[caller]] with the role proxy",
        "[response] enforced: is not known; did you mean 'enforce'?",
        "caller 1, field 'role': 'boss' is not a role",
        "caller 1, field 'token_file': holds 9 letters",
        "service 1, field 'name': 'a b' stands in an address",
        "service 1, field 'account_header': nothing tells the account",
        "'10.0.0.0/33' is not a network",
        "'Europe/Pariss' is not a time zone",
        "cannot be read",
        "source 1, field 'kind': 'kafkaesque' is not a kind of source",
        "source 2, field 'name': 'log' stands twice",
        "source 2, field 'certificate': is missing: a source of kind syslog needs it",
        "source 2, field 'client_ca': 0.0.0.0:6514 is not on this machine",
        "[responders.keycloack]: no such responder",
    ):
        assert part in said, part
    assert "secret123" not in said
    assert "19 mistake(s)" in said or said.count("\n") >= 18


def test_what_is_no_toml_is_one_sentence(place):
    assert "this is not TOML" in mistakes(place, "state = ")


def test_tokens_come_from_files_or_the_environment_and_are_not_kept(place):
    text = configuration(place, 8621).read_text()
    text += '[[caller]]\nname = "env"\nrole = "viewer"\ntoken_env = "DESK"\n'
    serving, _ = load_settings(text, str(place / "maillon.toml"), {"DESK": "e" * 32})
    assert [one.role for one in serving.callers] == ["viewer", "analyst", "officer", "viewer"]
    assert "e" * 32 not in repr(serving)
    assert serving.state == str(place / "state"), "relative to the configuration"
    assert "DESK" in mistakes(place, text) or "token_env" in mistakes(place, text)


def test_check_says_whether_all_is_right(place, capsys):
    config = configuration(place, 8621)
    assert main(["serve", "--config", str(config), "--check"]) == 0
    config.write_text("state = 1")
    assert main(["serve", "--config", str(config), "--check"]) == 2
    assert "field 'state': must be a text" in capsys.readouterr().err
    assert main(["serve", "--config", str(place / "none.toml"), "--check"]) == 2


def test_the_example_is_right_and_every_key_is_documented():
    page = (REPOSITORY / "docs" / "serve.md").read_text()
    assert reference().rstrip() in page, "put into docs/serve.md what run.settings.reference() prints"
    example = tomllib.loads((REPOSITORY / "examples" / "maillon.toml").read_text())
    assert (REPOSITORY / "examples" / "maillon.toml").read_text().rstrip() in page
    assert example["response"]["enforce"] is False


@pytest.mark.parametrize(
    ("response", "service", "told"),
    [
        ("", "", 'level "2"'),
        ("", 'acr_header = "X-Acr"', 'level "2"'),
        ("", 'acr_header = "X-Acr"\nauth_time_header = "X-Auth-Time"', ""),
        ("step_up_acr = []", "", "when its accounts logged in"),
        ("step_up_acr = []", 'auth_time_header = "X-Auth-Time"', ""),
        ("step_up = false", "", ""),
    ],
)
def test_a_step_up_that_nobody_can_satisfy_is_told(tmp_path, response, service, told):
    path = configuration(tmp_path, 1, response=response, service=service)
    (sentence,) = cautions(load_settings(path.read_text(), str(path))[0]) or [""]
    assert told in sentence
    assert bool(told) == bool(sentence)


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ("cache_seconds = 4", "must be 0 to 3"),
        ("cache_seconds = 1\nrequest_id = false", "needs request_id"),
        ('cache_seconds = 1\n[service.tokens]\nissuer = "i"\nkeys = "profile.toml"', "does not go with [tokens]"),
    ],
)
def test_a_cache_that_would_hide_requests_is_refused(tmp_path, service, why):
    path = configuration(tmp_path, 1, service=service)
    with pytest.raises(UsageError, match=re.escape(why)):
        load_settings(path.read_text(), str(path))
