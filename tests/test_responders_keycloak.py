"""The Keycloak responder at a real server: what is ended is dead, what is taken back is as before, few rights do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from maillon.edges.responders import keycloak as responder
from maillon.edges.responders.keycloak_admin import Settings
from maillon.facts.errors import ResponderError
from maillon.facts.order import Order
from real_keycloak import Browser

TOTP = "nur-ein-versuch-1234"


@pytest.fixture(name="settings")
def _settings(keycloak, tmp_path):
    path = tmp_path / "secret"
    path.write_text(keycloak.secret)
    path.chmod(0o600)
    return Settings(url=keycloak.base, realm="sante", client_secret=f"file:{path}", seconds=20)


def now():
    return time.time_ns() // 1000


def order(account, action, name="", since=0):
    return Order(
        id=name or f"{action}-{account}",
        decision="d",
        at=now(),
        account=account,
        account_hash=1,
        session=0,
        action=action,
        since=since,
    )


def respond(settings, account, action, **more):
    receipt = responder.respond(order(account, action, **more), settings, now())
    assert receipt.outcome == "done", receipt
    return receipt


def totp(secret=TOTP):
    """Return the code of now (RFC 6238)."""
    digest = hmac.new(secret.encode(), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def enrol(keycloak, user, label):
    """Give a user a one-time password, as if enrolled now."""
    data = {"subType": "totp", "digits": 6, "counter": 0, "period": 30, "algorithm": "HmacSHA1"}
    otp = {"type": "otp", "userLabel": label, "secretData": json.dumps({"value": TOTP})}
    keycloak.admin("PUT", f"/realms/sante/users/{user}", {"credentials": [{**otp, "credentialData": json.dumps(data)}]})


def claims(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def test_the_service_account_can_do_its_work_and_no_more(keycloak, settings):
    assert len(responder.check(settings)) == 3
    admin = responder.enter(settings)
    closed = (
        "/clients",
        "/events",
        "/admin-events",
        "/roles/maillon-step-up/users",
        "/identity-provider/instances",
    )
    for place in closed:
        with pytest.raises(ResponderError) as refused:
            admin.ask("GET", place)
        assert refused.value.status == 403, place
    with pytest.raises(ResponderError):
        admin.ask("PUT", "", {"enabled": False})


def test_check_names_what_is_missing(keycloak, settings, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("not-the-secret")
    wrong.chmod(0o600)
    table = {name: getattr(settings, name) for name in settings.__struct_fields__}
    with pytest.raises(ResponderError, match="401"):
        responder.check(Settings(**{**table, "client_secret": f"file:{wrong}"}))
    with pytest.raises(ResponderError, match="no group elsewhere"):
        responder.check(Settings(**{**table, "step_up_group": "elsewhere"}))


def moment_of_death(keycloak, token):
    """Ask again and again whether a token is good; return when it was refused."""
    until = time.perf_counter() + 30
    while keycloak.active(token):
        assert time.perf_counter() < until, "the session outlived its end"
    return time.perf_counter()


def test_an_order_ends_every_session_and_the_milliseconds_are_told(keycloak, settings, capsys):
    keycloak.user("end.all")
    online = [keycloak.log_in("end.all")[1] for _ in range(3)]
    offline = keycloak.log_in("end.all", scope="openid offline_access")[1]
    keycloak.user("bystander")
    other = keycloak.log_in("bystander")[1]
    assert all(keycloak.active(one["access_token"]) for one in (*online, offline, other))

    with ThreadPoolExecutor(1) as watcher:
        start = time.perf_counter()
        death = watcher.submit(moment_of_death, keycloak, online[0]["access_token"])
        receipt = responder.respond(order("end.all", "end_sessions"), settings, now())
        told, dead = time.perf_counter(), death.result(60)

    assert receipt.outcome == "done"
    assert "1 offline session(s) ended" in receipt.detail
    for one in (*online, offline):
        assert not keycloak.active(one["access_token"])
        assert not keycloak.active(one["refresh_token"])
        status, answer = keycloak.refresh(one["refresh_token"])
        assert (status, answer["error"]) == (400, "invalid_grant")
    assert keycloak.active(other["access_token"])
    assert keycloak.refresh(other["refresh_token"])[0] == 200
    with capsys.disabled():
        took = f"order to a refused token {1000 * (dead - start):.0f} ms, to the receipt {1000 * (told - start):.0f} ms"
        print(f"\n  {took}")


def test_a_session_in_use_does_not_outlive_its_end(keycloak, settings):
    """Asked about without pause while it ends, and younger than a second: one log-out alone lets some of these live."""
    for n in range(4):
        keycloak.user(f"in.use{n}")
        stolen = keycloak.log_in(f"in.use{n}")[1]
        ended = threading.Event()

        def use(token=stolen["access_token"], ended=ended):
            while not ended.is_set():
                keycloak.active(token)

        with ThreadPoolExecutor(1) as thief:
            using = thief.submit(use)
            respond(settings, f"in.use{n}", "end_sessions")
            ended.set()
            using.result(20)
        assert not keycloak.active(stolen["access_token"])
        assert keycloak.refresh(stolen["refresh_token"])[0] == 400


def test_not_before_is_set_for_the_user_and_for_nobody_else(keycloak, settings):
    user = keycloak.user("not.before")
    start = int(time.time())
    respond(settings, "not.before", "end_sessions")
    assert keycloak.admin("GET", f"/realms/sante/users/{user}")["notBefore"] >= start
    assert keycloak.admin("GET", "/realms/sante")["notBefore"] == 0


def test_who_was_only_contained_may_log_in_again(keycloak, settings):
    keycloak.user("again")
    respond(settings, "again", "end_sessions")
    assert keycloak.log_in("again")[0] == 200


def test_a_suspension_closes_merges_and_is_taken_back(keycloak, settings):
    user = keycloak.user("suspended", requiredActions=["VERIFY_EMAIL"], attributes={})
    group = keycloak.admin("POST", "/realms/sante/groups", {"name": "cardiology"})
    (group,) = keycloak.admin("GET", "/realms/sante/groups?search=cardiology&exact=true")
    keycloak.admin("PUT", f"/realms/sante/users/{user}/groups/{group['id']}", {})
    before = keycloak.admin("GET", f"/realms/sante/users/{user}")

    receipt = respond(settings, "suspended", "suspend", since=now())
    closed = keycloak.admin("GET", f"/realms/sante/users/{user}")
    assert closed["enabled"] is False
    assert set(closed["requiredActions"]) == {"VERIFY_EMAIL", "UPDATE_PASSWORD"}
    assert keycloak.log_in("suspended")[0] == 400
    groups = {one["name"] for one in keycloak.admin("GET", f"/realms/sante/users/{user}/groups")}
    assert groups == {"cardiology", "maillon-suspended"}

    again = respond(settings, "suspended", "suspend", since=now())
    assert again.undo == receipt.undo, "a replay still knows what to take back"
    release = order("suspended", "release")
    assert responder.undo(release, receipt, settings).outcome == "done"
    after = keycloak.admin("GET", f"/realms/sante/users/{user}")
    assert {**after, "notBefore": 0} == {**before, "notBefore": 0}
    assert "already" in responder.undo(release, receipt, settings).detail


def test_a_closure_by_somebody_else_outlives_the_release(keycloak, settings):
    user = keycloak.user("left.us")
    keycloak.admin("PUT", f"/realms/sante/users/{user}", {"enabled": False})
    receipt = respond(settings, "left.us", "suspend")
    assert "somebody else" in receipt.detail
    assert responder.undo(order("left.us", "release"), receipt, settings).outcome == "done"
    assert keycloak.admin("GET", f"/realms/sante/users/{user}")["enabled"] is False


def test_what_the_thief_enrolled_is_listed_then_removed(keycloak, settings):
    user = keycloak.user("enrolled")
    enrol(keycloak, user, "the owner's")
    time.sleep(0.01)
    theft = now()
    time.sleep(0.01)
    enrol(keycloak, user, "the thief's")

    def kinds():
        return [one.get("userLabel") for one in keycloak.admin("GET", f"/realms/sante/users/{user}/credentials")]

    receipt = respond(settings, "enrolled", "end_sessions", since=theft)
    assert "to be judged: otp of" in receipt.detail
    assert len(kinds()) == 3
    receipt = respond(settings, "enrolled", "suspend", since=theft)
    assert "removed for good: otp of" in receipt.detail
    assert kinds() == [None, "the owner's"], "password and the owner's device stay"


def test_an_account_that_is_not_there_is_refused_not_guessed(keycloak, settings):
    keycloak.user("jean.dupont")
    for name in ("jean", "*", "jean.dupon_", "jean.dupont "):
        receipt = responder.respond(order(name, "suspend"), settings, now())
        assert receipt.outcome == "refused", name
        assert "0 users" in receipt.detail
    assert keycloak.log_in("jean.dupont")[0] == 200


# Step-up: the realm of the example


def test_a_service_that_asks_for_a_level_gets_it(keycloak):
    user = keycloak.user("level.two")
    enrol(keycloak, user, "phone")
    browser = Browser(keycloak)
    first = browser.tokens(browser.send(browser.open(), username="level.two", password="geheim"))
    assert claims(first["access_token"])["acr"] == "simple"
    page = browser.open(acr="renforcee")
    assert 'name="otp"' in page, "the password is not asked for again, the second factor is"
    second = browser.tokens(browser.send(page, otp=totp()))
    assert claims(second["access_token"])["acr"] == "renforcee"
    assert claims(second["access_token"])["sid"] == claims(first["access_token"])["sid"]


def test_a_demanded_step_up_asks_every_new_log_in(keycloak, settings):
    user = keycloak.user("demanded")
    living = keycloak.log_in("demanded")[1]
    enrol(keycloak, user, "phone")
    receipt = respond(settings, "demanded", "step_up")
    assert keycloak.active(living["access_token"]), "a carer at work is not thrown out: the guard asks"
    browser = Browser(keycloak)
    page = browser.send(browser.open(), username="demanded", password="geheim")
    assert 'name="otp"' in page
    assert 'name="otp"' in browser.send(page, otp="000000"), "a wrong code does not pass"
    assert "code" in browser.send(page, otp=totp())

    once = Browser(keycloak)
    page = once.send(once.open(acr="renforcee"), username="demanded", password="geheim")
    back = once.send(page, otp=totp())
    assert claims(once.tokens(back)["access_token"])["acr"] == "renforcee", "asked for once, not twice"

    assert responder.undo(order("demanded", "release"), receipt, settings).outcome == "done"
    free = Browser(keycloak)
    assert "code" in free.send(free.open(), username="demanded", password="geheim")


def test_a_thief_with_the_password_cannot_enrol_his_own_second_factor(keycloak, settings):
    user = keycloak.user("no.factor")
    respond(settings, "no.factor", "step_up")
    for acr in ("", "renforcee"):
        browser = Browser(keycloak)
        page = browser.send(browser.open(acr=acr), username="no.factor", password="geheim")
        assert isinstance(page, str), "no code came back"
        assert "totpSecret" not in page
        assert 'name="otp"' not in page
    kinds = [one["type"] for one in keycloak.admin("GET", f"/realms/sante/users/{user}/credentials")]
    assert kinds == ["password"]
