"""The door that proxies ask: what they say of a request becomes the question, the answer becomes what they can pass on.

/auth/SERVICE          nginx `auth_request`, Caddy and Traefik `forward_auth`: it is in X-Original-* or X-Forwarded-*
/envoy/SERVICE/PATH    Envoy `ext_authz`: the request itself, its path behind the prefix

nginx passes on 401 and 403 only: it is told the verdict in X-Maillon-Decision, and maps it (examples/nginx.conf). With
`?nginx` a request to slow down is therefore answered 403.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from maillon.edges.http import Request, Response, rendered
from maillon.edges.jwt_keys import Verifier
from maillon.facts.answer import Answer
from maillon.facts.serving import LONGEST_CACHE, Service
from maillon.read.forwarded import without_port
from maillon.read.inline import Asked, Networks, client_of, networks
from maillon.web.limits import Buckets
from maillon.web.pages import page

_ALLOWED = rendered(Response(200, {"x-maillon-decision": "allow"}))
_TAKEN_FOR_GRANTED = [
    _ALLOWED,
    *(
        rendered(Response(200, {"x-maillon-decision": "allow", "cache-control": f"max-age={seconds}"}))
        for seconds in range(1, LONGEST_CACHE + 1)
    ),
]
Ask = Callable[[str, Asked, Callable[[Answer | None, int], None]], None]
_SECOND = 1_000_000
_HOUR = 3600 * _SECOND
_MOST_CLIENTS = 1 << 14
_STATUS = {"allow": 200, "step_up": 401, "pace": 429, "contain": 403}


@dataclass(frozen=True)
class Opened:
    """A service at the door."""

    service: Service
    trusted: Networks
    zone: ZoneInfo
    verifier: Verifier | None
    names: tuple[str, str, str, str]  # headers of account, session, level and moment of the log-in; "" = none
    clients: dict[str, str] = field(default_factory=dict)  # X-Forwarded-For → the client that it tells


class Door:
    """Answers proxies. `now` gives microseconds since 1970 UTC."""

    def __init__(
        self,
        services: Mapping[str, tuple[Service, Verifier | None]],
        ask: Ask,
        accounts: Buckets,
        addresses: Buckets,
        now: Callable[[], int],
    ) -> None:
        self._services = {
            name: Opened(
                service,
                networks(service.trusted_proxies),
                ZoneInfo(service.zone),
                verifier,
                (
                    service.account_header.lower(),
                    service.session_header.lower(),
                    service.acr_header.lower(),
                    service.auth_time_header.lower(),
                ),
            )
            for name, (service, verifier) in services.items()
        }
        self._ask = ask
        self._accounts = accounts
        self._addresses = addresses
        self._now = now
        self._zones: dict[str, tuple[int, int]] = {}
        self._places = {  # what most proxies ask, letter by letter
            f"/auth/{name}{query}": (opened, query != "")
            for name, opened in self._services.items()
            for query in ("", "?nginx")
        }

    def answer(self, request: Request, reply: Callable[[Response], None]) -> None:
        """Answer a proxy."""
        found = self._find(request)
        if found is None:
            reply(Response(404))
            return
        opened, method, target, for_nginx = found
        asked = self.asked(opened, request, method, target)
        if (seconds := self._flood(asked)) > 0:
            answer = Answer("pace", "flood", retry_at=asked.at + seconds * _SECOND)
            reply(respond(answer, opened.service, asked, request, for_nginx=for_nginx))
            return

        def then(answer: Answer | None, _account: int) -> None:
            if answer is None:
                reply(Response(503, {"retry-after": "1"}))
            else:
                reply(respond(answer, opened.service, asked, request, for_nginx=for_nginx))

        self._ask(opened.service.name, asked, then)

    def opened(self, name: str) -> Opened | None:
        """Return a service by its name."""
        return self._services.get(name)

    def asked(self, opened: Opened, request: Request, method: str, target: str) -> Asked:
        """Return what a proxy asks, from verified headers or tokens only."""
        service, now = opened.service, self._now()
        header = request.headers.get
        # The proxy that asks is the nearest hop: what it wrote of its caller is the last entry.
        forwarded = header("x-forwarded-for", "")
        address = opened.clients.get(forwarded)
        if address is None:
            address = client_of(forwarded, opened.trusted) if forwarded else without_port(request.peer)
            if len(opened.clients) >= _MOST_CLIENTS:
                opened.clients.clear()
            if forwarded:
                opened.clients[forwarded] = address
        names = opened.names
        account, session = header(names[0], ""), header(names[1], "")
        acr, told = header(names[2], ""), header(names[3], "")
        auth_time = int(told) * _SECOND if told.isdigit() and len(told) < 12 else 0
        if opened.verifier:
            claims = opened.verifier.claims(header("authorization", ""))
            account, session, acr = claims.account or account, claims.session or session, claims.acr or acr
            auth_time = claims.auth_time or auth_time
        return Asked(
            method,
            target,
            header("x-forwarded-host") or header("x-original-host") or header("host", ""),
            address,
            account,
            session,
            header("user-agent", ""),
            header("x-request-id", "") if service.request_id else "",
            now,
            self._zone(opened.zone, now),
            acr,
            auth_time,
        )

    def _find(self, request: Request) -> tuple[Opened, str, str, bool] | None:
        """Return the service that is asked about, the original method and target, and whether nginx asks."""
        place = self._places.get(request.target)
        if place is None:
            path, _, query = request.target.partition("?")
            parts = path.split("/", 3)
            opened = self._services.get(parts[2]) if len(parts) > 2 else None
            if opened is None:
                return None
            if parts[1] == "envoy":
                original = "/" + "".join(parts[3:]) + (f"?{query}" if query else "")
                return opened, request.method, original, False
            place = opened, query == "nginx"
        headers = request.headers
        method = headers.get("x-original-method") or headers.get("x-forwarded-method") or "GET"
        target = headers.get("x-original-uri") or headers.get("x-forwarded-uri") or "/"
        return place[0], method, target, place[1]

    def _flood(self, asked: Asked) -> int:
        """Return in how many seconds a flood may go on, 0 where there is none."""
        second = asked.at / _SECOND
        wait = self._addresses.take(asked.address, second) if asked.address else 0.0
        if wait <= 0 and asked.account:
            wait = self._accounts.take(asked.account, second)
        return max(1, round(wait)) if wait > 0 else 0

    def _zone(self, zone: ZoneInfo, at: int) -> int:
        """Return how far east of UTC a zone is, looked up once an hour."""
        hour = at // _HOUR
        held = self._zones.get(zone.key)
        if held is None or held[0] != hour:
            offset = datetime.fromtimestamp(at / _SECOND, zone).utcoffset()
            held = self._zones[zone.key] = (hour, int(offset.total_seconds()) if offset else 0)
        return held[1]


def respond(answer: Answer, service: Service, asked: Asked, request: Request, *, for_nginx: bool) -> Response:
    """Return what a proxy can pass on of an answer."""
    if answer.verdict == "allow":
        if answer.code != "break_glass":
            return _TAKEN_FOR_GRANTED[service.cache_seconds] if answer.free else _ALLOWED
        return Response(200, {"x-maillon-decision": "allow", "x-maillon-break-glass": str(answer.until // _SECOND)})
    headers = {
        "x-maillon-decision": answer.verdict,
        "x-maillon-code": answer.code,
        "cache-control": "no-store",
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    }
    if answer.incident:
        headers["x-maillon-incident"] = answer.incident
    if answer.until:
        headers["x-maillon-until"] = str(answer.until // _SECOND)
    if answer.may_break_glass:
        headers["x-maillon-glass"] = "yes"
    status = _STATUS[answer.verdict]
    if answer.verdict == "step_up":
        headers["www-authenticate"] = challenge(service)
    if answer.verdict == "pace":
        headers["retry-after"] = str(max(1, -((asked.at - answer.retry_at) // _SECOND)) if answer.retry_at else 60)
        status = 403 if for_nginx else status
    body = b"" if for_nginx else page(answer, service, asked.at, request.headers.get("accept-language", ""), asked.zone)
    return Response(status, headers, body)


def challenge(service: Service) -> str:
    """Return the challenge of RFC 9470, section 3. Where a provider has one level only, freshness is all it can ask."""
    levels = f', acr_values="{" ".join(service.acr_values)}"' if service.acr_values else ""
    return (
        'Bearer error="insufficient_user_authentication", '
        f'error_description="A stronger or more recent log-in is needed"{levels}, max_age="{service.max_age}"'
    )
