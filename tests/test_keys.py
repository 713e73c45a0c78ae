"""The key: made once, for its owner alone, whole or not at all; refused wherever others could have it."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from maillon.edges.keys import load_or_create, save
from maillon.facts.errors import KeyUnavailableError


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty home, with no key named by the environment."""
    for name in ("MAILLON_KEY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "maillon" / "key"


def saved(path, fill=7, version=1):
    save(path, bytes([fill]) * 32, version)
    return path


def test_the_users_own_key_is_made_at_first_use_and_kept(home):
    old = os.umask(0)
    try:
        made = load_or_create(None)
    finally:
        os.umask(old)
    assert (len(made[0]), made[1]) == (32, 1)
    assert load_or_create(None) == made
    assert load_or_create(home) == made
    assert home.stat().st_mode & 0o777 == 0o600
    assert home.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in home.parent.iterdir()] == ["key"]


def test_two_keys_made_apart_differ(home):
    one = load_or_create(None)
    home.unlink()
    assert load_or_create(None) != one


def test_processes_that_begin_together_share_one_key():
    code = "from maillon.edges.keys import load_or_create; print(load_or_create(None)[0].hex())"

    def key(_):
        return subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(key, range(6)))) == 1


def test_a_named_key_that_is_missing_is_an_error_and_is_not_made(tmp_path, monkeypatch):
    with pytest.raises(KeyUnavailableError, match="does not exist") as caught:
        load_or_create(tmp_path / "named")
    assert caught.value.exit_status == 2
    monkeypatch.setenv("MAILLON_KEY", str(tmp_path / "named"))
    with pytest.raises(KeyUnavailableError, match="does not exist"):
        load_or_create(None)
    assert not (tmp_path / "named").exists()


def test_where_the_key_is_looked_for(tmp_path, monkeypatch):
    saved(tmp_path / "named", 1)
    monkeypatch.setenv("MAILLON_KEY", str(tmp_path / "named"))
    assert load_or_create(None)[0][0] == 1
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    assert load_or_create(None)[0][0] == 1
    saved(tmp_path / "credentials" / "maillon.key", 2)
    assert load_or_create(None)[0][0] == 2
    assert load_or_create(saved(tmp_path / "explicit", 3, 12))[:2] == (bytes([3]) * 32, 12)


def test_systemd_guards_its_credentials_itself_and_no_other_key(tmp_path, monkeypatch):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    saved(tmp_path / "credentials" / "maillon.key", 2).chmod(0o440)
    assert load_or_create(None)[0][0] == 2
    saved(tmp_path / "other", 3).chmod(0o440)
    with pytest.raises(KeyUnavailableError, match="open to others"):
        load_or_create(tmp_path / "other")


@pytest.mark.parametrize("rights", [0o640, 0o604, 0o602, 0o610, 0o777])
def test_a_key_that_others_may_touch_is_refused(tmp_path, rights):
    saved(tmp_path / "key").chmod(rights)
    with pytest.raises(KeyUnavailableError, match="open to others"):
        load_or_create(tmp_path / "key")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away here")
def test_a_key_of_another_user_is_refused(tmp_path):
    os.chown(saved(tmp_path / "key"), 65534, -1)
    with pytest.raises(KeyUnavailableError, match="another user"):
        load_or_create(tmp_path / "key")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"maillon-key",
        b"maillon-key 1 " + b"0" * 63,
        b"maillon-key x " + b"0" * 64,
        b"maillon-key 1 " + b"0" * 64 + b" more",
        b"other-key 1 " + b"0" * 64,
        b"0" * 64,
        b"\xff\x00" * 40,
        b"x" * 5_000,
    ],
)
def test_a_malformed_key_is_refused(tmp_path, content):
    (tmp_path / "key").write_bytes(content)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(KeyUnavailableError, match="not a key file") as caught:
        load_or_create(tmp_path / "key")
    assert "0000" not in str(caught.value)


def test_a_key_under_the_state_directory_is_refused(tmp_path):
    state = tmp_path / "state"
    key = saved(state / "deep" / "key")
    (tmp_path / "link").symlink_to(key)
    for path in (key, tmp_path / "link", tmp_path / "state" / ".." / "state" / "deep" / "key"):
        with pytest.raises(KeyUnavailableError, match="under the state directory"):
            load_or_create(path, state)
    assert load_or_create(key, tmp_path / "other")[:2] == (bytes([7]) * 32, 1)


def test_a_key_is_never_replaced(tmp_path):
    saved(tmp_path / "key", 1)
    with pytest.raises(KeyUnavailableError, match="File exists"):
        saved(tmp_path / "key", 2)
    assert load_or_create(tmp_path / "key")[0][0] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_place_that_cannot_hold_a_key_is_told(tmp_path, monkeypatch):
    (tmp_path / "config").write_text("not a directory")
    with pytest.raises(KeyUnavailableError, match=r"key .* cannot be"):
        load_or_create(None)
    with pytest.raises(KeyUnavailableError, match="cannot be read: Is a directory"):
        load_or_create(tmp_path)
