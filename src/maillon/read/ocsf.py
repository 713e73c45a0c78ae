"""OCSF events (Open Cybersecurity Schema Framework 1.x): log-ins, changes of accounts, HTTP, web resources, API calls.

HTTP activity (4002) is an access like one of an access log: the profile finds action and patient in its URL. Web
resources (6001) and API calls (6003) say the action themselves; a patient is a resource whose type is Patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maillon.facts.event import Action, Outcome
from maillon.facts.record import METHODS, UNROUTED
from maillon.read.audit_act import moment_of
from maillon.read.instant import instant
from maillon.read.json_audit import Ignored, Item, opened, share
from maillon.read.reader import Dialect, Reader, ReadSettings
from maillon.read.records import Row

OTHER_CLASS = "other class"
ACCOUNT_CHANGE, AUTHENTICATION, HTTP, WEB_RESOURCES, API = 3001, 3002, 4002, 6001, 6003
_LOGINS = {1: Action.LOGIN, 2: Action.LOGOUT}
_CHANGES = frozenset((3, 4, 7, 8, 10, 11))  # password changed or reset, policy attached or detached, MFA factor
_WEB = {
    1: Action.UPDATE,
    2: Action.READ,
    3: Action.UPDATE,
    4: Action.UPDATE,
    5: Action.SEARCH,
    6: Action.UPDATE,
    7: Action.EXPORT,
    8: Action.EXPORT,
}
_API = {1: Action.UPDATE, 2: Action.READ, 3: Action.UPDATE, 4: Action.UPDATE}
_FAILURE = 2
_DENIED = 2

EXAMPLE = (
    b'{"class_uid":6001,"category_uid":6,"activity_id":2,"type_uid":600102,"severity_id":1,"time":1772349123000,'
    b'"status_id":1,"metadata":{"version":"1.4.0","product":{"name":"orientations"}},"actor":{"user":{"name":'
    b'"dr.martin","uid":"0e7c9a"},"session":{"uid":"b7e1"}},"src_endpoint":{"ip":"192.0.2.17"},'
    b'"web_resources":[{"type":"Patient","uid":"4711"}],"http_request":{"uid":"6f1c02"}}\n'
)


def read(item: Item, _memory: dict[str, Any]) -> list[Row] | Ignored | str:
    """Return the rows of an event, or why there are none."""
    kind, activity = item.get("class_uid"), item.get("activity_id")
    if type(kind) is not int:
        return "not an event"
    if kind not in {ACCOUNT_CHANGE, AUTHENTICATION, HTTP, WEB_RESOURCES, API}:
        return Ignored(OTHER_CLASS)
    written = next((item[key] for key in ("time", "time_dt") if item.get(key) not in (None, "")), None)
    when = moment_of(written) if isinstance(written, str) else instant(written)
    if when is None:
        return "time" if written is not None else "no time"
    if type(activity) is not int:
        return "activity"
    texts = _texts(item)
    if kind == HTTP:
        return _access(item, when, texts)
    failed = item.get("status_id") == _FAILURE or item.get("action_id") == _DENIED
    if kind == AUTHENTICATION:
        outcome = Outcome.REFUSED if failed else Outcome.OK
        return [Row(when, _LOGINS.get(activity, Action.OTHER), outcome, texts)]
    if kind == ACCOUNT_CHANGE:
        action = Action.TAMPER if activity in _CHANGES else Action.OTHER
        changed = _text(item, "user", "name") or _text(item, "user", "uid") or texts["account"]
        return [Row(when, action, Outcome.REFUSED if failed else Outcome.OK, {"account": changed})]
    denied = item.get("action_id") == _DENIED
    outcome = (Outcome.REFUSED if denied else Outcome.FAILED) if failed else Outcome.OK
    action = (_WEB if kind == WEB_RESOURCES else _API).get(activity, Action.OTHER)
    patients = _patients(item, "web_resources" if kind == WEB_RESOURCES else "resources")
    return [Row(when, action, outcome, {**texts, "patient": patient}) for patient in patients or [""]]


def _texts(item: Item) -> dict[str, str]:
    """Return who, from where, with what. The actor did it; in a log-in it is the user who logs in."""
    user = item.get("user") if item.get("class_uid") == AUTHENTICATION else None
    holder = {"user": user} if isinstance(user, dict) else item.get("actor")
    return {
        "account": _text(holder, "user", "name") or _text(holder, "user", "uid") or _text(holder, "user", "email_addr"),
        "session": _text(item, "session", "uid") or _text(item, "actor", "session", "uid"),
        "address": _text(item, "src_endpoint", "ip") or _text(item, "src_endpoint", "hostname"),
        "agent": _text(item, "http_request", "user_agent"),
        "request": _text(item, "http_request", "uid"),
        "host": _text(item, "http_request", "url", "hostname") or _text(item, "dst_endpoint", "hostname"),
    }


def _access(item: Item, when: tuple[int, int], texts: dict[str, str]) -> list[Row] | str:
    url = _dig(item, "http_request", "url")
    path, query = _text(url, "path"), _text(url, "query_string")
    target = f"{path}?{query.removeprefix('?')}" if path and query and "?" not in path else path
    target = target or _text(url, "url_string") or _text(url, "text")
    if not target:
        return "no request"
    method = _text(item, "http_request", "http_method").upper()
    code = _dig(item, "http_response", "code")
    status = code if type(code) is int and 100 <= code < 600 else 0
    number = METHODS.index(method) if method in METHODS else 0
    return [Row(when, UNROUTED, UNROUTED, {**texts, "target": target}, status=status, method=number)]


def _patients(item: Item, key: str) -> list[str]:
    resources = item.get(key)
    found = [
        _text(one, "uid") or _text(one, "name")
        for one in (resources if isinstance(resources, list) else [])
        if _text(one, "type").lower() == "patient"
    ]
    return list(dict.fromkeys(filter(None, found)))


def _dig(value: object, *path: str) -> Any:  # noqa: ANN401 (any JSON value)
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _text(value: object, *path: str) -> str:
    found = _dig(value, *path)
    return found.strip() if isinstance(found, str) else str(found) if type(found) is int else ""


def _sniff(sample: bytes, _settings: ReadSettings) -> float:
    return share(sample, read) if b'"class_uid"' in sample else 0.0


def _open(sample: bytes, settings: ReadSettings) -> Reader:
    return opened("ocsf", sample, settings, read)


FIELDS = (
    ("moment", "`time`, else `time_dt`"),
    ("account", "`actor.user` (3002: `user`): `name`, `uid`, `email_addr`"),
    ("session", "`session.uid`, `actor.session.uid`"),
    ("address", "`src_endpoint.ip`, `hostname`"),
    ("client", "`http_request.user_agent`"),
    ("request", "`http_request.uid`"),
    (
        "action",
        "`class_uid` 3001 (account changes), 3002 (authentication), 4002 (HTTP: by the profile), 6001 (web resources),"
        " 6003 (API), with `activity_id`",
    ),
    ("outcome", "`status_id`, `action_id`; 4002: `http_response.code`"),
    (
        "patient",
        "`uid` of each of `web_resources` (6001) or `resources` (6003) with `type` `Patient`; 4002: in the URL",
    ),
    ("service", "`http_request.url.hostname`, `dst_endpoint.hostname`"),
)
DIALECT = Dialect("ocsf", "OCSF events", EXAMPLE, _sniff, _open, FIELDS)
