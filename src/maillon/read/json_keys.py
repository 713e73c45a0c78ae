"""Under which keys the JSON access logs of common servers hold what. A new server is a few words more here.

A key path is written with `/` between levels; a list on the way stands for its first entry. Of several paths the
first that holds something wins, line by line: what the server itself found stands before what a client may claim.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

Path = tuple[str, ...]

_KEYS = {
    "time": "time_iso8601 @timestamp StartUTC start_time StartLocal ts msec time_local timestamp datetime time date",
    "address": "request/client_ip request/remote_ip request/remote_addr client_ip clientip remote_addr remote_ip"
    " remoteAddr remote_address ClientHost ClientAddr downstream_remote_address downstream_direct_remote_address"
    " source/ip source.ip source_ip src_ip clientIp remote_host client ip",
    "forwarded": "http_x_forwarded_for x_forwarded_for x-forwarded-for request_X-Forwarded-For"
    " request/headers/X-Forwarded-For",
    # Not request/headers/X-Forwarded-User: Caddy writes that header as the client sent it, so anybody may be named.
    "account": "remote_user ClientUsername auth_user user username user_name user/name user.name preferred_username"
    " user_id userid user/id user.id account login sub jwt_sub jwt_claim_sub oidc_user x_forwarded_user"
    " x-forwarded-user http_x_forwarded_user request_X-Forwarded-User upstream_http_x_user",
    "session": "session session_id sessionid sid session/id session.id session_state jti",
    # Not correlation and trace ids, which several requests share, nor headers that the client sends.
    "request": "request_id requestId x-request-id x_request_id http/request/id http.request.id"
    " resp_headers/X-Request-Id",
    "method": "request/method request_method RequestMethod method http_method verb http/request/method"
    " http.request.method :method",
    "target": "request_uri requestUri request/uri RequestPath x-envoy-original-path x_envoy_original_path"
    " x-envoy-origin-path url/original url.original",
    "request_line": "request request_line requestLine http_request",
    # After the request line: a server may have rewritten these.
    "path": "uri path url url/path url.path :path",
    "query": "args query_string query url/query url.query",
    "host": "host http_host request/host RequestHost :authority authority server_name vhost virtual_host domain"
    " url/domain url.domain",
    "status": "status status_code statusCode response_code DownstreamStatus http_status response_status"
    " http/response/status_code http.response.status_code",
    "referrer": "http_referer http_referrer referer referrer request_Referer request/headers/Referer"
    " http/request/referrer http.request.referrer",
    "agent": "http_user_agent user_agent userAgent user-agent request_User-Agent request/headers/User-Agent"
    " user_agent/original user_agent.original agent ua",
}

KEYS: dict[str, tuple[Path, ...]] = {
    column: tuple(tuple(path.split("/")) for path in paths.split()) for column, paths in _KEYS.items()
}
_WORDS = frozenset(path[0] for paths in KEYS.values() for path in paths)
_BRANCHES = frozenset(path[0] for paths in KEYS.values() for path in paths if len(path) > 1)

_COOKIE = re.compile(r"cookie_.*(?:sess|sid|token|auth)", re.IGNORECASE)  # nginx: $cookie_NAME


def keys_of(items: list[dict[str, Any]]) -> dict[str, tuple[Path, ...]]:
    """Return those of KEYS that `items` can have: the others need not be looked up in each of them."""
    words = frozenset(word for word in set().union(*items) if word in _WORDS or _COOKIE.match(word))
    nested = (word for word in words & _BRANCHES if any(type(item.get(word)) is dict for item in items))
    return _keys_among(words, frozenset(nested))


@lru_cache(maxsize=256)
def _keys_among(words: frozenset[str], nested: frozenset[str]) -> dict[str, tuple[Path, ...]]:
    """Return KEYS without the paths that cannot be found where only `words` are keys, and `nested` hold objects.

    A cookie that is logged under its name, and whose name says session, sid, token or auth, is a session.
    """
    found = {
        column: tuple(path for path in paths if path[0] in (nested if len(path) > 1 else words))
        for column, paths in KEYS.items()
    }
    found["session"] += tuple((word,) for word in sorted(words) if _COOKIE.match(word))
    return found
