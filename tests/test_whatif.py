"""A past under another policy: nothing is written, a wider budget touches more, the audit is told."""

from __future__ import annotations

import json

import pytest

from maillon.cli.main import main
from maillon.cli.scanning import policy_for
from maillon.edges.keys import load_or_create, save
from maillon.edges.state import State
from maillon.facts.policy import Policy
from maillon.read.pseudonym import Keys
from maillon.render.whatif import reached
from maillon.run.whatif import whatif
from test_drill import fingerprint

DAY_US = 86_400_000_000


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The state that a scan of a region with ten stolen accounts left, and its logs."""
    folder = tmp_path_factory.mktemp("whatif")
    with pytest.MonkeyPatch.context() as patch:
        save(folder / "key", b"k" * 32, 1)
        patch.setenv("MAILLON_KEY", str(folder / "key"))
        region = ["--seed", "7", "--accounts", "120", "--days", "24", "--out", str(folder / "logs")]
        assert main(["simulate", *region]) == 0
        logs = [str(folder / "logs" / name) for name in ("portal-access.log", "keycloak-events.jsonl")]
        assert main(["scan", *logs, "--state", str(folder / "state"), "--json"]) == 10
        yield folder, logs


@pytest.fixture
def state(kept):
    folder, _ = kept
    keys = Keys(*load_or_create(folder / "key", None))
    with State(folder / "state", keys.pseudonym("state", b"key id"), hold=False) as opened:
        yield opened


def test_the_policy_in_force_touches_whom_the_scan_touched(state):
    found = whatif(state, Policy())
    for rung in ("step_up", "pace", "contain"):
        assert reached(rung, found.decisions) == reached(rung, found.before) != set()


def test_a_wider_budget_touches_more_and_promises_more(state):
    narrow, wide = (whatif(state, policy_for(budget)) for budget in (0.05, 50))
    for rung in ("step_up", "pace", "contain"):
        assert len(reached(rung, narrow.decisions)) <= len(reached(rung, wide.decisions))
        assert narrow.allowed(rung) * 1000 == pytest.approx(wide.allowed(rung))
    assert len(reached("step_up", narrow.decisions)) < len(reached("step_up", wide.decisions))


def test_what_a_budget_allows_is_in_proportion_to_the_account_days(state):
    found = whatif(state, Policy())
    assert found.allowed("contain") == pytest.approx(0.5 * found.account_days / 600_000)
    assert 100 <= found.accounts <= 120
    assert found.accounts <= found.account_days <= found.accounts * 24


def test_only_the_last_days_are_told_though_all_teach(state):
    whole, last = whatif(state, policy_for(50)), whatif(state, policy_for(50), days=3)
    first = (last.until + last.zone * 1_000_000) // DAY_US - 2
    kept = [one.id for one in whole.decisions if (one.at + one.zone * 1_000_000) // DAY_US >= first]
    assert [one.id for one in last.decisions] == kept
    assert len(kept) < len(whole.decisions)
    assert last.account_days < whole.account_days


def test_the_audit_of_the_budget_is_the_last_one_sealed(state):
    found = whatif(state, Policy())
    audits = [one["values"] for one in state.entries("seal") if one["what"] == "audit"]
    assert dict(found.audit) == (audits[-1] if audits else {})
    assert audits, "24 days from 2 March 2026 hold the day on which an audit is sealed"


def test_it_writes_nothing_and_speaks_both_languages(kept, capsys):
    folder, _ = kept
    before = fingerprint(folder / "state")
    told = {}
    for lang in ("fr", "en"):
        assert main(["whatif", "--state", str(folder / "state"), "--budget", "0.5", "--lang", lang]) == 10
        told[lang] = capsys.readouterr().out
    assert fingerprint(folder / "state") == before
    assert "Audit du budget" in told["fr"]
    assert "Audit of the budget" in told["en"]
    assert max(map(len, told["fr"].splitlines())) <= 96


def test_json_tells_decisions_then_the_policy(kept, capsys):
    _, logs = kept
    main(["whatif", *logs, "--budget", "0.5", "--json"])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = [one["kind"] for one in told]
    assert kinds[:2] == ["coverage", "coverage"]
    assert set(kinds[2:-1]) == {"decision"}
    assert kinds[-1] == "whatif"
    assert all(one["reasons"] for one in told[2:-1])
    last = told[-1]
    assert set(last["rungs"]) == {"contain", "pace", "step_up"}
    contained = {one["account"] for one in told[2:-1] if one["action"] == "contain"}
    assert set(last["rungs"]["contain"]["accounts"]) == contained
    assert last["rungs"]["contain"]["as_is"] == last["rungs"]["contain"]["accounts"]


@pytest.mark.parametrize("extra", [["--budget", "0"], ["--budget", "1", "--days", "0"]])
def test_bad_numbers_are_refused(extra, kept, capsys):
    folder, _ = kept
    assert main(["whatif", "--state", str(folder / "state"), *extra]) == 2
    assert capsys.readouterr().err.startswith("maillon: --")


def test_a_folder_without_a_state_is_told(tmp_path, capsys):
    assert main(["whatif", "--state", str(tmp_path), "--budget", "1"]) == 2
    assert "holds no state" in capsys.readouterr().err
