"""ECS events (Elastic Common Schema), nested or dotted: log-ins, changes of accounts, accesses over HTTP.

An access over HTTP is one like in an access log: the profile finds action and patient in its URL.
"""

from __future__ import annotations

from typing import Any

from maillon.facts.event import Action, Outcome
from maillon.facts.record import METHODS, UNROUTED
from maillon.read.audit_act import moment_of
from maillon.read.instant import instant
from maillon.read.json_audit import Ignored, Item, opened, share
from maillon.read.reader import Dialect, Reader, ReadSettings
from maillon.read.records import Row

OTHER_EVENT = "other event"
_OUTCOMES = {"failure": Outcome.REFUSED}
_LOGOUTS = frozenset(("end",))
_LOGOUT_WORDS = frozenset(("logout", "logged-out", "log-out", "logoff", "user_logout", "session-end"))
_CHANGES = frozenset(("change", "user-password-change", "password-change"))

EXAMPLE = (
    b'{"@timestamp":"2026-03-01T08:12:03+01:00","ecs":{"version":"8.11.0"},"event":{"kind":"event",'
    b'"category":["authentication"],"type":["start"],"action":"login","outcome":"success"},"user":{"name":"dr.martin"},'
    b'"source":{"ip":"192.0.2.17"},"user_agent":{"original":"Mozilla/5.0"},"service":{"name":"orientations"}}\n'
)


def read(item: Item, _memory: dict[str, Any]) -> list[Row] | Ignored | str:
    """Return the row of an event, or why there is none."""
    if not is_ecs(item):
        return "not an event"
    categories, types = _words(item, "event", "category"), _words(item, "event", "type")
    target = _text(item, "url", "original") or _target(item)
    is_login, is_change = "authentication" in categories, "iam" in categories
    if not (is_login or is_change or target):
        return Ignored(OTHER_EVENT)
    written = _dig(item, "@timestamp")
    when = moment_of(written) if isinstance(written, str) else instant(written)
    if when is None:
        return "time" if written not in (None, "") else "no time"
    outcome = _OUTCOMES.get(_text(item, "event", "outcome"), Outcome.OK)
    texts = {
        "account": _text(item, "user", "name") or _text(item, "user", "id") or _text(item, "user", "email"),
        "address": _text(item, "client", "ip") or _text(item, "source", "ip") or _text(item, "source", "address"),
        "agent": _text(item, "user_agent", "original"),
        "request": _text(item, "http", "request", "id"),
        "host": _text(item, "url", "domain") or ("" if target else _text(item, "service", "name")),
        "session": _text(item, "session", "id"),
    }
    if is_login:
        out = types & _LOGOUTS or _text(item, "event", "action").lower() in _LOGOUT_WORDS
        return [Row(when, Action.LOGOUT if out else Action.LOGIN, outcome, texts)]
    if is_change:
        action = Action.TAMPER if types & _CHANGES and "user" in types else Action.OTHER
        changed = _text(item, "user", "target", "name") or texts["account"]
        return [Row(when, action, outcome, {"account": changed})]
    status = _text(item, "http", "response", "status_code")
    method = _text(item, "http", "request", "method").upper()
    return [
        Row(
            when,
            UNROUTED,
            UNROUTED,
            {**texts, "target": target, "referrer": _text(item, "http", "request", "referrer")},
            status=int(status) if status.isascii() and status.isdigit() and len(status) == 3 else 0,
            method=METHODS.index(method) if method in METHODS else 0,
        )
    ]


def is_ecs(item: Item) -> bool:
    """Tell an object that says which ECS it follows, or that is categorised as ECS does."""
    return bool(_text(item, "ecs", "version")) or ("@timestamp" in item and bool(_words(item, "event", "category")))


def _target(item: Item) -> str:
    path, query = _text(item, "url", "path"), _text(item, "url", "query")
    return f"{path}?{query}" if path and query and "?" not in path else path or _text(item, "url", "full")


def _dig(item: Item, *path: str) -> Any:  # noqa: ANN401 (any JSON value)
    """Return what lies under a path, whichever of its dots are levels."""
    for cut in range(len(path), 0, -1):
        head = ".".join(path[:cut])
        if head in item:
            inner = item[head]
            if cut == len(path):
                return inner
            return _dig(inner, *path[cut:]) if isinstance(inner, dict) else None
    return None


def _text(item: Item, *path: str) -> str:
    found = _dig(item, *path)
    if isinstance(found, list):
        found = found[0] if found else ""
    return found.strip() if isinstance(found, str) else str(found) if type(found) is int else ""


def _words(item: Item, *path: str) -> frozenset[str]:
    found = _dig(item, *path)
    several = found if isinstance(found, list) else [found]
    return frozenset(one for one in several if isinstance(one, str))


def _sniff(sample: bytes, _settings: ReadSettings) -> float:
    said = b'"ecs' in sample or (b'"@timestamp"' in sample and b"category" in sample)
    return share(sample, read) if said else 0.0


def _open(sample: bytes, settings: ReadSettings) -> Reader:
    return opened("ecs", sample, settings, read)


FIELDS = (
    ("moment", "`@timestamp`"),
    ("account", "`user.name`, `user.id`, `user.email`; of a change `user.target.name` first"),
    ("session", "`session.id`"),
    ("address", "`client.ip`, `source.ip`, `source.address`"),
    ("client", "`user_agent.original`"),
    ("request", "`http.request.id`"),
    (
        "action",
        "`event.category` `authentication` (`event.type` `end` or a log-out in `event.action`: a log-out), `iam` (with"
        " `event.type` `user` and `change`), else `url.*` by the profile",
    ),
    ("outcome", "`event.outcome`; of an access `http.response.status_code`"),
    ("patient", "in the URL, by the profile"),
    ("service", "`url.domain`, `service.name`"),
)
DIALECT = Dialect("ecs", "ECS events (Elastic Common Schema)", EXAMPLE, _sniff, _open, FIELDS)
