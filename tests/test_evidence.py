"""The evidence pack: whole as it leaves, checked by public tools; whichever byte changes, it is told where."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import tarfile
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.edges.archive import packed, unpacked
from maillon.edges.chain import sealed
from maillon.edges.heads import read_head, write_head
from maillon.edges.signing import signer
from maillon.facts.errors import KeyUnavailableError, UsageError
from maillon.run.evidence import PUBLIC, SIGNATURE, SUMS
from maillon.run.evidence import sealed as signed
from maillon.run.evidence_check import check
from scanning import in_order, maillon, of_kind, quiet_log, theft, write

PATIENTS = 60


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a home with a state in which one account was stolen, and its pack as zip and as tar."""
    home = tmp_path_factory.mktemp("home")
    log = write(
        home / "access.log", in_order(quiet_log(days=4), theft(start=3 * 86_400 + 6 * 3_600, patients=PATIENTS))
    )
    maillon("scan", log, "--state", home / "state", home=home)
    (incident,) = of_kind(maillon("incidents", "--state", home / "state", "--json", home=home), "incident")
    (home / "incident").write_text(incident["id"])
    for kind in ("zip", "tar"):
        export(home, home / f"pack.{kind}", "--why", "complaint")
    return home


def export(home, out, *more, **how):
    incident = (home / "incident").read_text()
    return maillon("incident", "export", incident[:6], "--state", home / "state", "--out", out, *more, home=home, **how)


def verified(home, *arguments):
    done = maillon("verify", *arguments, home=home, check=False)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def lines_of(files, name):
    return [json.loads(text) for text in files[name].splitlines()]


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_pack_is_whole_for_maillon(home, kind):
    status, told = verified(home, home / f"pack.{kind}")
    assert status == 0, told
    assert "13 files are whole" in told


def test_a_pack_holds_all_that_the_incident_rests_on(home):
    files, wrong = unpacked((home / "pack.zip").read_bytes())
    assert wrong == ""
    (incident,) = lines_of(files, "incident.json")
    decisions = lines_of(files, "decisions.jsonl")
    assert [one["id"] for one in decisions] == incident["decisions"]
    assert all(reason["fr"] and reason["en"] for one in decisions for reason in one["reasons"])
    summary, *rows = lines_of(files, "exposure.jsonl")
    assert summary["patients"]["likely"] == len({row["patient"] for row in rows}) == PATIENTS
    assert files["accesses.csv"].count(b'"agent05"') >= PATIENTS
    (coverage,) = lines_of(files, "coverage.json")
    assert sum(day["events"] for day in coverage["days"]) == 4 * 240 + PATIENTS
    (versions,) = lines_of(files, "versions.json")
    assert versions["why"] == "complaint"
    (configuration,) = lines_of(files, "configuration.json")
    assert configuration["profiles"]
    _, *links = lines_of(files, "ledger.jsonl")
    assert {link["kind"] for link in links} >= {"profile", "seal", "decision", "export"}
    said = {json.loads(link["body"]).get("id") for link in links if link["body"]}
    assert said >= set(incident["decisions"])


def test_no_identifier_of_a_patient_leaves(home):
    for kind in ("zip", "tar"):
        content = (home / f"pack.{kind}").read_bytes()
        for number in range(PATIENTS):
            assert str(70_000_000 + number * 13).encode() not in content


def test_what_others_did_is_withheld_and_the_chain_holds_all_the_same(home):
    files, _ = unpacked((home / "pack.tar").read_bytes())
    _, *links = lines_of(files, "ledger.jsonl")
    withheld = [link for link in links if not link["body"]]
    assert all(link["commitment"] and not link["salt"] and not link["id"] for link in withheld)


@pytest.mark.skipif(shutil.which("openssl") is None or shutil.which("sha256sum") is None, reason="no openssl, no sums")
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_public_tools_check_a_pack_by_the_commands_in_its_readme(home, tmp_path, kind):
    opened = zipfile.ZipFile if kind == "zip" else tarfile.open
    with opened(home / f"pack.{kind}") as archive:
        archive.extractall(tmp_path, **({} if kind == "zip" else {"filter": "data"}))
    commands = re.findall(r"^  ((?:openssl|sha256sum) .+)$", (tmp_path / "README.txt").read_text(), re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        assert subprocess.run(command.split(), cwd=tmp_path, capture_output=True).returncode == 0, command
    for name in ("accesses.csv", SUMS):
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
        assert any(subprocess.run(c.split(), cwd=tmp_path, capture_output=True).returncode for c in commands)
        (tmp_path / name).write_bytes(content)
    status, told = verified(home, tmp_path)  # unpacked, too
    assert status == 0, told


def test_one_changed_byte_of_any_file_names_that_file(home):
    files, _ = unpacked((home / "pack.zip").read_bytes())
    for name, content in files.items():
        for place in {0, 1, len(content) // 3, len(content) // 2, len(content) - 2, len(content) - 1}:
            changed = content[:place] + bytes([content[place] ^ 0x01]) + content[place + 1 :]
            wrong = check({**files, name: changed}).wrong
            assert wrong, (name, place)
            assert all(name in sentence for sentence in wrong[:1]), (name, place, wrong)


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_one_changed_byte_anywhere_in_the_archive_is_found(home, kind):
    whole = (home / f"pack.{kind}").read_bytes()
    files, _ = unpacked(whole)
    inside = {name: whole.index(content) for name, content in files.items()}
    frame = [at for at in range(len(whole)) if not any(s <= at < s + len(files[n]) for n, s in inside.items())]
    places = {*frame[:: 3 if kind == "zip" else 131], *range(0, len(whole), 5003), *inside.values()}
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 0x20
        wrong = check(*unpacked(bytes(changed))).wrong
        assert wrong, place
        for name, start in inside.items():
            if start <= place < start + len(files[name]):
                assert name in wrong[0], (place, name, wrong)


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_pack_that_was_cut_or_lengthened_is_found(home, kind):
    whole = (home / f"pack.{kind}").read_bytes()
    for some in (b"", whole[:100], whole[: len(whole) // 2], whole[:-1], whole + b"\0", whole + whole):
        assert check(*unpacked(some)).wrong


def test_missing_added_and_renamed_files_are_named(home):
    files, _ = unpacked((home / "pack.zip").read_bytes())
    without = {name: content for name, content in files.items() if name != "coverage.json"}
    assert check(without).wrong[0] == "coverage.json is missing"
    assert "more.txt was added" in check({**files, "more.txt": b"x"}).wrong
    for name in (SUMS, SIGNATURE, PUBLIC):
        wrong = check({one: content for one, content in files.items() if one != name}).wrong
        assert any(name in sentence for sentence in wrong), name


def test_a_pack_signed_anew_by_somebody_else_is_told_by_the_key(home, tmp_path):
    files, _ = unpacked((home / "pack.zip").read_bytes())
    (tmp_path / "site.pem").write_bytes(files[PUBLIC])
    other = signer(openssl_key(tmp_path / "other"), None)
    forged = {name: content for name, content in files.items() if name not in {SUMS, SIGNATURE}} | {
        PUBLIC: other.public
    }
    (tmp_path / "forged.zip").write_bytes(packed(signed(forged, other), "zip"))
    status, told = verified(home, tmp_path / "forged.zip", "--public", tmp_path / "site.pem")
    assert (status, "not signed by the key given" in told) == (1, True)
    status, told = verified(home, tmp_path / "forged.zip")
    assert (status, "head.txt was signed by another key" in told) == (1, True)
    assert verified(home, home / "pack.zip", "--public", tmp_path / "site.pem")[0] == 0


def test_a_holder_of_the_key_cannot_make_the_segment_contradict_itself(home):
    """Even signed anew, a changed decision or entry does not fit the chain."""
    files, _ = unpacked((home / "pack.zip").read_bytes())
    mine = signer(home / "maillon" / "signing-key", None)
    ledger = files["ledger.jsonl"].replace(b"agent05", b"agent06")
    rest = {name: content for name, content in files.items() if name not in {SUMS, SIGNATURE}}
    assert "ledger.jsonl: entry" in check(signed(rest | {"ledger.jsonl": ledger}, mine)).wrong[0]
    lines = files["ledger.jsonl"].splitlines(keepends=True)
    assert "not the head" in check(signed(rest | {"ledger.jsonl": b"".join(lines[:-1])}, mine)).wrong[0]
    added = files["decisions.jsonl"] + b'{"id":"invented"}\n'
    assert "invented" in check(signed(rest | {"decisions.jsonl": added}, mine)).wrong[0]
    assert check(signed(rest, mine)).wrong == []


def test_the_ledger_remembers_each_export(home):
    with sqlite3.connect(home / "state" / "ledger.sqlite") as base:
        bodies = [json.loads(b) for (b,) in base.execute("SELECT body FROM entries WHERE kind = 'export' ORDER BY seq")]
    base.close()
    assert [one["why"] for one in bodies[:2]] == ["complaint", "complaint"]
    files, _ = unpacked((home / "pack.zip").read_bytes())
    assert bodies[0]["files"]["accesses.csv"] in files[SUMS].decode()
    assert verified(home, home / "state")[0] == 0


def test_mistakes_are_one_sentence_each(home, tmp_path):
    for arguments, sentence in (
        (("incident", "export", "ffff", "--state", home / "state", "--out", tmp_path / "x.zip"), "no such incident"),
        (("incident", "export", "f", "--state", home / "state", "--out", tmp_path / "x.rar"), "a .zip or a .tar"),
        (("incident", "export", "f", "--state", tmp_path, "--out", tmp_path / "x.zip"), "no state of Maillon"),
        (("verify", tmp_path), "neither a state of Maillon nor an evidence pack"),
        (("verify", tmp_path / "nothing.zip"), "cannot be read"),
        (("verify", home / "pack.zip", "--head"), "about a state directory"),
        (("verify", home / "state", "--against", home / "access.log"), "is not a head of a ledger"),
    ):
        done = maillon(*arguments, home=home, check=False)
        assert done.returncode == 2
        assert sentence in done.stderr.decode()
        assert done.stderr.decode().count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_what_is_no_pack_at_all_is_told_so(home, tmp_path):
    (tmp_path / "some.log").write_bytes(b"10.1.7.3 - - [01/Mar/2026] nothing of a pack\n")
    done = maillon("verify", tmp_path / "some.log", home=home, check=False)
    assert done.returncode == 1
    assert b"no file can be read in it" in done.stdout


def openssl_key(path):
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    made = Ed25519PrivateKey.generate()
    pem = made.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    path.touch(0o600)
    path.write_bytes(pem)
    return path


def test_the_signing_key_is_its_owners_only_and_never_under_the_state(home, tmp_path):
    made = home / "maillon" / "signing-key"
    assert made.stat().st_mode & 0o777 == 0o600
    (tmp_path / "state").mkdir()
    with pytest.raises(KeyUnavailableError, match="lies under the state"):
        signer(tmp_path / "state" / "key", tmp_path / "state")
    with pytest.raises(KeyUnavailableError, match=r"does not exist.*openssl genpkey"):
        signer(tmp_path / "none", None)
    key = openssl_key(tmp_path / "key")
    assert signer(key, None).name in repr(signer(key, None))
    key.chmod(0o644)
    with pytest.raises(KeyUnavailableError, match="open to others"):
        signer(key, None)
    (tmp_path / "no-key").touch(0o600)
    with pytest.raises(KeyUnavailableError, match="no Ed25519 key"):
        signer(tmp_path / "no-key", None)


def test_heads_tell_a_cut_a_ledger_made_anew_and_one_that_goes_on(home, tmp_path):
    state = tmp_path / "state"
    shutil.copytree(home / "state", state)
    status, told = verified(home, state, "--head", tmp_path / "old.head")
    assert status == 0, told
    export(home, tmp_path / "again.zip")  # another state: the copy does not change
    with sqlite3.connect(state / "ledger.sqlite") as base:
        count, link = base.execute("SELECT seq, hash FROM entries ORDER BY seq DESC").fetchone()
    assert verified(home, state, "--against", tmp_path / "old.head")[0] == 0
    more = sealed(link, count + 1, "later", "decision", 5, "{}")
    script = f"""
        INSERT INTO entries VALUES ({count + 1}, 'later', 'decision', 5, '{{}}', '{more.hash}');
        INSERT INTO commitments VALUES ({count + 1}, '{more.salt}', '{more.commitment}');
        UPDATE meta SET value = '{count + 1}' WHERE name = 'entries'"""
    run_sql(state, script)
    status, told = verified(home, state, "--against", tmp_path / "old.head")
    assert status == 0, told
    cut = f"DELETE FROM entries WHERE seq > {count - 2}; UPDATE meta SET value = '{count - 2}' WHERE name = 'entries'"
    run_sql(state, cut)
    assert verified(home, state)[0] == 0  # the chain alone does not tell
    status, told = verified(home, state, "--against", tmp_path / "old.head")
    assert (status, "were cut off" in told) == (1, True)
    run_sql(state, "UPDATE meta SET value = '\"0\"' WHERE name = 'state'; DELETE FROM entries; DELETE FROM commitments;"
            "UPDATE meta SET value = '0' WHERE name = 'entries'")  # fmt: skip
    status, told = verified(home, state, "--against", tmp_path / "old.head")
    assert (status, "another ledger" in told) == (1, True)


def run_sql(state, script):
    with sqlite3.connect(state / "ledger.sqlite") as base:
        base.executescript(script)
    base.close()


def test_a_printed_head_stands_alone_on_standard_output(home):
    done = maillon("verify", home / "state", "--head", home=home)
    assert read_head(done.stdout, "printed").entries > 0
    assert b"entries are whole" in done.stderr


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_head_with_any_byte_changed_is_none(tmp_path_factory, data):
    key = tmp_path_factory.getbasetemp() / "head-key"
    mine = signer(key if key.exists() else openssl_key(key), None)
    text = write_head("0" * 64, data.draw(st.integers(0, 10**6)), "a" * 64, "2026-03-02T08:00:00+00:00", mine).encode()
    assert read_head(text, "head").public == mine.public
    place, bit = data.draw(st.integers(0, len(text) - 1)), data.draw(st.integers(0, 7))
    changed = text[:place] + bytes([text[place] ^ (1 << bit)]) + text[place + 1 :]
    with pytest.raises(UsageError):
        read_head(changed, "head")


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,12}\.(json|txt)", fullmatch=True), st.binary(max_size=700), max_size=5),
    st.sampled_from(["zip", "tar"]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=80, deadline=None)
def test_an_archive_gives_back_its_files_and_nothing_changed_comes_back_as_whole(files, kind, random):
    whole = packed(files, kind)
    assert unpacked(whole) == (files, "")
    place = random.randrange(len(whole))
    changed = whole[:place] + bytes([whole[place] ^ (1 << random.randrange(8))]) + whole[place + 1 :]
    back, wrong = unpacked(changed)
    assert wrong or back != files


@given(st.binary(max_size=600))
def test_anything_can_be_taken_for_a_pack_and_is_none(data):
    assert check(*unpacked(data)).wrong
    assert check(*unpacked(b"PK" + data)).wrong
