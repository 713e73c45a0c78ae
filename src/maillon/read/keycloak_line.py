"""The line that Keycloak's jboss-logging listener writes for an event in the server's log.

Facts: `type=LOGIN_ERROR, realmId=…, userId=null, …` with details as `k='v with space'` before version 23; later each
value is quoted by a character that the operator may choose, quotes inside are written after a backslash. With
`quotes=none` a value such as a user name may hold `, userId=…`: it forges a field.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

CATEGORIES = ("org.keycloak.events", "org.key.events")
_HEAD = re.compile(
    r"[^\[]{0,100}?(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?"
    r"(?: ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?) +(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL) +\[(?P<category>[^\]]{1,200})\]"
    r"(?: \((?P<thread>[^)]{0,200})\))? *:? *"
)
_LONGEST = 1 << 16  # what a message holds beyond this is no event of Keycloak's
_FIXED = frozenset(
    (
        *("type", "realmId", "clientId", "userId", "sessionId", "ipAddress", "error"),
        *("operationType", "resourceType", "resourcePath"),
    )
)
_DETAILS = frozenset(("username", "code_id"))
_BARE = re.compile(r"([A-Za-z_][\w.-]*)=(?:'(.*?)'|(.*?))(?:, (?=[A-Za-z_][\w.-]*=)|\Z)", re.ASCII | re.DOTALL)


def head(line: str) -> tuple[str, str, int] | None:
    """Return time, category and where the message starts, of a line of the server's log."""
    found = _HEAD.match(line)
    return (found["time"], found["category"], found.end()) if found else None


def event_of(message: str) -> dict[str, Any]:
    """Return the event in `message` (its `time` stands outside), with the details that are wanted.

    The fixed fields come first in the line, so the first one counts. A detail that a line without quotes gives twice
    is not believed at all.
    """
    found = re.match(r"(?:type|operationType)=(.)", message)
    if found is None:
        return {}
    quoted = not (found[1].isalnum() or found[1] == "_")
    pattern = _quoted(found[1]) if quoted else _BARE
    event: dict[str, Any] = {}
    details: dict[str, str] = {}
    twice: set[str] = set()
    message, at = message[:_LONGEST], 0
    while (field := pattern.match(message, at)) and field.end() > at:
        key = field[1]
        value = next((part for part in field.groups()[1:] if part is not None), "")
        at = field.end()
        if key in _FIXED:
            event.setdefault(key, value)
        elif key in _DETAILS:
            twice.update({key} & details.keys())
            details.setdefault(key, value.replace("\\" + found[1], found[1]) if quoted else value)
    event["details"] = {key: value for key, value in details.items() if quoted or key not in twice}
    return event


@lru_cache(maxsize=16)
def _quoted(quote: str) -> re.Pattern[str]:
    q = re.escape(quote)
    return re.compile(rf"([A-Za-z_][\w.-]*)={q}((?:[^{q}\\]++|\\.)*+){q}(?:, |\Z)", re.ASCII | re.DOTALL)
