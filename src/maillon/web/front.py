"""Where a request goes: the door, the pages and the emergency form for proxies, the API for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from maillon.edges.http import Request, Response
from maillon.facts.answer import VERDICTS, Answer
from maillon.web.api import Api
from maillon.web.callers import Callers
from maillon.web.door import Door, Opened, respond
from maillon.web.pages import glass_page
from maillon.web.signals import Reply

_PAGE = {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"


@dataclass
class Front:
    """Hands each request on. What nobody proved to be allowed gets 401, whatever it asks for."""

    door: Door
    callers: Callers
    api: Api | None
    healthy: Callable[[], bool]
    signals: Callable[[Request, Reply], bool] | None = None  # the transmitter of security events, where there is one

    def answer(self, request: Request, reply: Callable[[Response], None]) -> None:
        """Answer one request."""
        target = request.target
        place = target[1:].partition("?")[0].partition("/")[0] if target.startswith("/") else ""
        if place in ("auth", "envoy", "page", "glass"):
            if not self.callers.is_proxy(request):
                reply(Response(401))
            elif place in ("auth", "envoy"):
                self.door.answer(request, reply)
            else:
                reply(self._page(request) if place == "page" else self._glass(request))
        elif place == "health":
            reply(
                Response(
                    200 if self.healthy() else 503,
                    {"content-type": "text/plain"},
                    b"ok\n" if self.healthy() else b"no\n",
                )
            )
        elif place == "v1" and self.api is not None:
            self.api.answer(request, reply)
        elif self.signals is None or not self.signals(request, reply):
            reply(Response(404))

    def _service(self, request: Request) -> Opened | None:
        return self.door.opened(request.target.partition("?")[0].split("/")[2] if request.target.count("/") > 1 else "")

    def _page(self, request: Request) -> Response:
        """Draw the page of a decision that a proxy was told: for nginx, which throws away the body of the answer."""
        opened = self._service(request)
        if opened is None:
            return Response(404)
        headers = request.headers
        verdict, code = headers.get("x-maillon-decision", ""), headers.get("x-maillon-code", "")
        if verdict not in VERDICTS or verdict == "allow":
            return Response(404)
        asked = self.door.asked(opened, request, "GET", "/")
        until, retry = (headers.get(f"x-maillon-{name}", "") for name in ("until", "retry"))
        answer = Answer(
            verdict,
            code,
            until=int(until) * 1_000_000 if until.isdigit() and len(until) < 12 else 0,
            retry_at=asked.at + int(retry) * 1_000_000 if retry.isdigit() and len(retry) < 6 else 0,
            incident="".join(c for c in headers.get("x-maillon-incident", "")[:32] if c.isalnum()),
            may_break_glass=headers.get("x-maillon-glass", "") == "yes",
        )
        return respond(answer, opened.service, asked, request, for_nginx=False)

    def _glass(self, request: Request) -> Response:
        """Open the emergency passage that a carer asks for on the page."""
        opened = self._service(request)
        if opened is None or self.api is None:
            return Response(404)
        if request.method != "POST":
            return Response(405, {"allow": "POST"})
        # A page of somebody else's must not spend a carer's passage.
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return Response(403)
        asked = self.door.asked(opened, request, "POST", "/")
        fields = parse_qs(request.body.decode("utf-8", "replace"), max_num_fields=8)
        reason = fields.get("reason", [""])[0]
        found = self.api.guard.glass(opened.service.name, asked, reason)
        status = 409 if isinstance(found, tuple) else 200
        headers = _PAGE | {"content-security-policy": _POLICY}
        spoken = request.headers.get("accept-language", "")
        return Response(status, headers, glass_page(found, opened.service, spoken, asked.zone))
