"""Keycloak's event API, asked again and again: GET /admin/realms/REALM/events, as JSON lines that `read` knows.

The API gives the newest events first, by pages, and filters by whole days. What was already read is known by the moment
of the newest event and the events of that moment, so that a restart reads on where it was. The client needs the role
`view-events` of `realm-management`, and nothing else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import urllib3

from maillon.facts.errors import SourceError
from maillon.facts.serving import Origin

_PAGE = 200
_MOST_PAGES = 100
_SECONDS = 10.0
_EARLY_S = 20.0  # a token is renewed so long before it ends


class KeycloakApi(threading.Thread):
    """Asks in a thread of its own. `give` gets some lines, and what must be known after them."""

    def __init__(
        self,
        origin: Origin,
        memory: Mapping[str, Any],
        give: Callable[[bytes, dict[str, Any]], None],
        say: Callable[[str], None],
    ) -> None:
        super().__init__(name=f"keycloak {origin.name}", daemon=True)
        self._origin = origin
        self._newest = int(memory.get("newest", 0))
        self._known = set(memory.get("known", ()))
        self._give = give
        self._say = say
        self._ended = threading.Event()
        self._token = ("", 0.0)
        options: dict[str, Any] = {"ca_certs": origin.client_ca} if origin.client_ca else {}
        self._http = urllib3.PoolManager(timeout=_SECONDS, retries=False, **options)

    def run(self) -> None:
        """Ask until `stop`."""
        told = ""
        while not self._ended.wait(self._origin.poll_seconds):
            try:
                self.ask()
                told = ""
            except SourceError as error:
                if str(error) != told:
                    told = str(error)
                    self._say(told)

    def stop(self) -> None:
        """End after what is being asked."""
        self._ended.set()
        self.join(_SECONDS)

    def ask(self) -> int:
        """Read what is new, hand it on, the oldest first; return how many events. Raises SourceError."""
        new: list[dict[str, Any]] = []
        for page in range(_MOST_PAGES):
            events = self._page(page * _PAGE)
            fresh = [one for one in events if self._is_new(one)]
            new += fresh
            if len(events) < _PAGE or len(fresh) < len(events):
                break
        else:
            self._say(f"{self._origin.name}: more than {_MOST_PAGES * _PAGE:,} events at once: older ones are left out")
        if not new:
            return 0
        new.sort(key=lambda one: int(one["time"]))
        newest = int(new[-1]["time"])
        known = {_name(one) for one in new if int(one["time"]) == newest}
        self._known = known | (self._known if newest == self._newest else set())
        self._newest = newest
        lines = b"".join(msgspec.json.encode(one) + b"\n" for one in new)
        self._give(lines, {"newest": self._newest, "known": sorted(self._known)})
        return len(new)

    def _is_new(self, event: Mapping[str, Any]) -> bool:
        moment = event.get("time")
        if not isinstance(moment, int):
            return False
        return moment > self._newest or (moment == self._newest and _name(event) not in self._known)

    def _page(self, first: int) -> list[dict[str, Any]]:
        query: dict[str, str | int] = {"first": first, "max": _PAGE}
        if self._newest:
            query["dateFrom"] = datetime.fromtimestamp(self._newest / 1000 - 86_400, UTC).date().isoformat()
        where = f"/admin/realms/{quote(self._origin.realm, safe='')}/events?{urlencode(query)}"
        events = self._answer("GET", where, headers={"Authorization": f"Bearer {self._access()}"})
        if not isinstance(events, list) or not all(isinstance(one, dict) for one in events):
            raise SourceError(f"{self._origin.name}: {self._origin.address} did not answer with a list of events")
        return events

    def _access(self) -> str:
        """Return an access token of the client, by its credentials (RFC 6749, section 4.4)."""
        token, until = self._token
        if time.monotonic() < until:
            return token
        try:
            secret = Path(self._origin.secret_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SourceError(f"{self._origin.name}: the secret {self._origin.secret_file} cannot be read") from None
        answer = self._answer(
            "POST",
            f"/realms/{quote(self._origin.realm, safe='')}/protocol/openid-connect/token",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(
                {"grant_type": "client_credentials", "client_id": self._origin.client_id, "client_secret": secret}
            ),
        )
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise SourceError(f"{self._origin.name}: {self._origin.address} gave no access token")
        lasts = answer.get("expires_in", 60)
        self._token = (answer["access_token"], time.monotonic() + max(1.0, float(lasts) - _EARLY_S))
        return self._token[0]

    def _answer(self, method: str, where: str, **options: Any) -> Any:  # noqa: ANN401 - JSON
        try:
            answer = self._http.request(method, self._origin.address.rstrip("/") + where, redirect=False, **options)
        except urllib3.exceptions.HTTPError as error:
            raise SourceError(f"{self._origin.name}: {self._origin.address}: {type(error).__name__}") from None
        if answer.status == 401:
            self._token = ("", 0.0)
        if answer.status != 200:
            raise SourceError(f"{self._origin.name}: {self._origin.address} answers {answer.status}")
        try:
            return msgspec.json.decode(answer.data)
        except msgspec.DecodeError:
            raise SourceError(f"{self._origin.name}: {self._origin.address} did not answer with JSON") from None


def _name(event: Mapping[str, Any]) -> str:
    return str(event.get("id") or sha256(msgspec.json.encode(event, order="sorted")).hexdigest()[:16])
