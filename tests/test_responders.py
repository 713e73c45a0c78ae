"""One contract for every responder: replayed, refused, timed out, half done, undone; and no secret leaves it."""

from __future__ import annotations

import logging

import msgspec
import pytest

from counterparts import ACCOUNT, SECRET, serving
from counterparts.blockers import CrowdSec, Lemonldap
from counterparts.directories import Keycloak, Scim
from counterparts.listeners import Chat, Mail, Receiver, Webhook, mailing
from maillon.edges.responders import RESPONDERS, keycloak
from maillon.facts.decision import Reason
from maillon.facts.errors import MaillonError
from maillon.facts.order import ORDERS, OUTCOMES, Order

NOW = 1_790_000_000_000_000
HOUR = 3_600_000_000
KINDS = (Keycloak, Scim, Receiver, Webhook, CrowdSec, Lemonldap, Chat, Mail)
CASES = [(kind, action) for kind in KINDS for action in kind.actions]
by_name = {one.name: one for one in RESPONDERS}


def order(action, name="order-1"):
    return Order(
        id=name,
        decision="d1",
        at=NOW,
        account=ACCOUNT,
        account_hash=42,
        session=0,
        action=action,
        until=NOW + 72 * HOUR,
        reasons=(Reason("volume", {"patients": 400.0}, "400 patients jamais vus", "400 patients never seen"),),
        since=2_000_000_000,
        address="203.0.113.0/24",
        incident="4f1c09ab77d2",
    )


@pytest.fixture(autouse=True)
def _no_second(monkeypatch):
    """The real server needs a second to pass between two log-outs; a counterpart does not."""
    monkeypatch.setattr(keycloak, "_A_SECOND", 0.0)


@pytest.fixture(name="outside")
def _outside(tmp_path):
    """Return a function that starts one kind of counterpart."""
    opened = []

    def start(kind):
        run = mailing if kind is Mail else serving
        one = run(kind(tmp_path))
        opened.append(one)
        return one.__enter__()

    yield start
    for one in opened:
        one.__exit__(None, None, None)


class Acting:
    """One responder beside its counterpart."""

    def __init__(self, counterpart):
        self.responder = by_name[counterpart.responder]
        self.settings = msgspec.convert(counterpart.settings(), self.responder.settings)

    def respond(self, action):
        receipt = self.responder.respond(order(action), self.settings, NOW)
        assert (receipt.order, receipt.responder, receipt.account_hash) == ("order-1", self.responder.name, 42)
        assert receipt.outcome in OUTCOMES
        return receipt

    def undo(self, receipt):
        return self.responder.undo(order("release", "order-2"), receipt, self.settings, NOW + HOUR)

    def check(self):
        return self.responder.check(self.settings)


def test_every_responder_has_a_counterpart_and_every_action_a_case():
    assert {kind.responder for kind in KINDS} == set(by_name) - {"dry_run"}
    for kind in KINDS:
        told = set(by_name[kind.responder].takes)
        assert set(kind.actions) <= told <= set(ORDERS)
        assert set(kind.actions) == told or kind.responder == "people", "people are told of grave things by default"


@pytest.mark.parametrize(("kind", "action"), CASES)
def test_done_and_done_again(outside, kind, action):
    counterpart = outside(kind)
    acting = Acting(counterpart)
    assert acting.check()
    first = acting.respond(action)
    assert (first.outcome, first.at) == ("done", NOW)
    counterpart.effect(action)
    again = acting.respond(action)
    assert again.outcome == "done"
    counterpart.effect(action)
    if kind is not Scim:  # SCIM has no place to note who closed an account: the first receipt counts
        assert again.undo == first.undo


@pytest.mark.parametrize(("kind", "action"), CASES)
def test_undone(outside, kind, action):
    counterpart = outside(kind)
    acting = Acting(counterpart)
    before = counterpart.standing()
    receipt = acting.respond(action)
    assert acting.undo(receipt).outcome == "done"
    assert counterpart.standing() == before
    assert acting.undo(receipt).outcome == "done"
    assert counterpart.standing() == before


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("kind", KINDS)
def test_refused(outside, kind, status):
    counterpart = outside(kind)
    acting = Acting(counterpart)
    before = counterpart.standing()
    counterpart.faults.status = status
    receipt = acting.respond(kind.actions[-1])
    assert receipt.outcome == "refused"
    assert counterpart.standing() == before
    if kind in (Keycloak, Scim, CrowdSec, Lemonldap, Mail):
        with pytest.raises(MaillonError):
            acting.check()


@pytest.mark.parametrize("kind", KINDS)
def test_timed_out(outside, kind):
    counterpart = outside(kind)
    acting = Acting(counterpart)
    counterpart.faults.hang = True
    receipt = acting.respond(kind.actions[-1])
    assert receipt.outcome == "timeout"
    counterpart.faults.released.set()


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_there(outside, kind):
    counterpart = outside(kind)
    acting = Acting(counterpart)
    table = msgspec.to_builtins(acting.settings)
    closed = msgspec.json.decode(msgspec.json.encode(table).replace(f":{counterpart.port}".encode(), b":1"))
    acting.settings = msgspec.convert(closed, acting.responder.settings)
    if kind is Chat:
        counterpart.secret("chat", f"http://127.0.0.1:1/hooks/{SECRET}")
    assert acting.respond(kind.actions[-1]).outcome == "timeout"


@pytest.mark.parametrize(("kind", "action"), CASES)
def test_half_done_is_told_finished_by_a_replay_and_taken_back_whole(outside, kind, action):
    """The other side fails from the n-th request on, for every n that matters."""
    counterpart = outside(kind)
    acting = Acting(counterpart)
    before = counterpart.standing()
    acting.respond(action)
    needed = counterpart.faults.seen
    partial = 0
    for after in range(needed):
        counterpart.faults.mend()
        counterpart.start()
        wipe(acting.settings)
        counterpart.faults.status, counterpart.faults.after = 503, after
        half = acting.respond(action)
        if half.outcome == "done":
            assert kind is Mail, "what is left is to say goodbye"
            continue
        assert half.outcome in ("timeout", "partial")
        partial += half.outcome == "partial"
        counterpart.faults.mend()
        whole = acting.respond(action)
        assert whole.outcome == "done"
        counterpart.effect(action)
        assert acting.undo(whole).outcome == "done"
        assert counterpart.standing() == before

        counterpart.start()
        wipe(acting.settings)
        counterpart.faults.status, counterpart.faults.after = 503, after
        half = acting.respond(action)
        counterpart.faults.mend()
        assert acting.undo(half).outcome == "done"
        assert counterpart.standing() == before, f"stopped at request {after + 1} of {needed}"
    if kind is Keycloak and action != "step_up":
        assert partial, "ended sessions are told although the rest failed"


def wipe(settings):
    """Forget what a transmitter keeps."""
    from pathlib import Path

    if hasattr(settings, "folder"):
        for name in Path(settings.folder).glob("streams.sqlite*"):
            name.unlink()


@pytest.mark.parametrize("status", [400, 401, 500])
@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_in_receipts_errors_settings_and_logs(outside, kind, status, caplog):
    """The other side even sends back all that it was sent."""
    caplog.set_level(logging.DEBUG)
    counterpart = outside(kind)
    acting = Acting(counterpart)
    said = [repr(acting.settings), acting.respond(kind.actions[-1])]
    for after in (0, 1, 2):
        counterpart.faults.status, counterpart.faults.echo = status, True
        counterpart.faults.after, counterpart.faults.seen = after, 0
        said.append(acting.respond(kind.actions[-1]))
        said.append(acting.undo(said[1]))
        try:
            acting.check()
        except MaillonError as error:
            said.append(error)
    assert SECRET not in " ".join(map(str, said))
    assert SECRET not in caplog.text
