"""The configuration of the guard (TOML), read with all its mistakes at once."""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from maillon.decide.response_policy import response_policy
from maillon.edges.responders.configured import Configured, configured
from maillon.facts.errors import UsageError
from maillon.facts.policy import Policy
from maillon.facts.retention import Terms
from maillon.facts.serving import LONGEST_CACHE, ROLES, Broker, Caller, Limits, Listen, Origin, Service, Serving, Tokens
from maillon.read.toml_keys import KINDS, Key, values_of
from maillon.run.addresses import is_address, is_local
from maillon.run.broker_settings import KAFKA, SHARED, broker_of, check_broker

_NUMBER = "number above 0"
_KINDS: dict[str, Callable[[Any], bool]] = {
    **KINDS,
    _NUMBER: lambda value: type(value) in (int, float) and 0 < value < 2**31,
    "table": lambda value: isinstance(value, dict),
}
_SHORTEST_TOKEN = 24

TOP = (
    Key("state", "text", "the state directory"),
    Key("key", "text", "the file of the pseudonym key; by default as for `maillon scan`", ""),
    Key("ledger", "text", "a ledger in PostgreSQL (docs/postgres.md): `file:/PATH` or `env:NAME` of its address", ""),
    Key("directory", "text", "the directory file, who works where as what (docs/directory.md)", ""),
    Key("fallback", "text", "where `maillon serve --fallback` answers", "127.0.0.1:8622"),
    Key("budget", _NUMBER, "wrong containments a month per 40,000 accounts", 0.5),
    Key("commit_seconds", _NUMBER, "how often lake, ledger and snapshot are written", 120.0),
    Key("sync_seconds", _NUMBER, "a power failure loses at most so many seconds of the journal", 0.5),
    Key("journal_days", "whole number", "how long the journal is kept for replays", 7),
    Key("lake_months", "whole number", "accesses older than so many months are erased (docs/retention.md)", 12),
    Key("ledger_years", "whole number", "entries of the ledger older than so many years are erased", 3),
    Key("decisions", "text", "own: this guard scores · kafka: another guard does, and this one answers by it", "own"),
    Key("kafka", "table", "the Kafka servers", {}),
    Key("listen", "table", "where the guard answers", {}),
    Key("limits", "table", "how much one account or address may ask", {}),
    Key("response", "table", "what is done about whom (docs/response.md)", {}),
    Key("responders", "table", "one `[responders.NAME]` for each system that acts on orders (docs/response.md)", {}),
    Key("caller", "tables", "one `[[caller]]` for each holder of a token", []),
    Key("service", "tables", "one `[[service]]` for each service behind a proxy", []),
    Key("source", "tables", "one `[[source]]` for each live source", []),
)
LISTEN = (
    Key("address", "text", "host:port, or unix:/path", "127.0.0.1:8621"),
    Key("certificate", "text", "TLS: the certificate chain (PEM)", ""),
    Key("private_key", "text", "TLS: its key (PEM)", ""),
    Key("client_ca", "text", "mTLS: who signs the callers' certificates (PEM)", ""),
)
LIMITS = (
    Key("account_per_second", _NUMBER, "requests a second of one account, lasting", 50.0),
    Key("account_burst", "whole number", "requests of one account at once", 200),
    Key("address_per_second", _NUMBER, "requests a second from one address, lasting", 500.0),
    Key("address_burst", "whole number", "requests from one address at once", 2000),
)
CALLER = (
    Key("name", "text", "who it is: it stands in the ledger beside what they do"),
    Key("role", "text", f"{', '.join(ROLES)}"),
    Key("token_file", "text", "the file that holds the token", ""),
    Key("token_env", "text", "or the environment's variable that holds it", ""),
)
SERVICE = (
    Key("name", "text", "the service: it stands in the address that the proxy asks, /auth/NAME"),
    Key("profile", "text", "its profile (docs/profile.md)"),
    Key("account_header", "text", "the header in which the proxy names the account it has authenticated", ""),
    Key("session_header", "text", "the header with the session", ""),
    Key("acr_header", "text", "the header with the level of the log-in (acr)", ""),
    Key("auth_time_header", "text", "the header with the moment of the log-in, seconds since 1970", ""),
    Key("tokens", "table", "or: the service's JWTs, checked here", {}),
    Key("request_id", "true or false", "the proxy sends X-Request-Id, and its log writes the same", True),  # noqa: FBT003
    Key("cache_seconds", "whole number", "how long the proxy may go by an `allow` without asking, 0 – 3", 0),
    Key("trusted_proxies", "list of texts", "networks whose X-Forwarded-For is believed", ["127.0.0.0/8", "::1/128"]),
    Key("acr_values", "list of texts", "what a step-up asks for, the dearest first; empty: a fresh log-in only", []),
    Key("max_age", "whole number", "how fresh a step-up's log-in must be, in seconds", 300),
    Key("zone", "text", "the time zone of the service's days", "Europe/Paris"),
    Key("contact_fr", "text", "on the pages: whom to call, in French", ""),
    Key("contact_en", "text", "the same in English", ""),
)
TOKENS = (
    Key("issuer", "text", "the provider: must equal `iss`"),
    Key("audience", "text", "must be in `aud`; empty: not checked", ""),
    Key("keys", "text", "the provider's keys (JWKS): a file, or an https address"),
    Key("account_claim", "text", "the claim that names the account", "preferred_username"),
    Key("session_claim", "text", "the claim that names the session", "sid"),
)
SOURCES: Mapping[str, tuple[str, ...]] = {
    "files": ("paths",),
    "syslog": ("address", "certificate", "private_key"),
    "keycloak": ("address", "realm", "client_id", "secret_file"),
    "kafka": ("topic",),
}
"""Each kind of source, and what it cannot do without."""
SOURCE = (
    Key("kind", "text", f"{', '.join(SOURCES)}"),
    Key("name", "text", "what it is called"),
    Key("paths", "list of texts", "files: what to follow, globs and directories too", []),
    Key("profile", "text", "the profile of the service that logs here; empty: learnt", ""),
    Key("log_format", "text", "an nginx log_format string", ""),
    Key("tz", "text", "the time zone of logs that write none", ""),
    Key("address", "text", "syslog: host:port to listen on · keycloak: its address", ""),
    Key("certificate", "text", "syslog: the certificate chain (PEM)", ""),
    Key("private_key", "text", "syslog: its key (PEM)", ""),
    Key("client_ca", "text", "syslog: who signs the senders' certificates · keycloak: who signs the server's", ""),
    Key("realm", "text", "keycloak: the realm", ""),
    Key("client_id", "text", "keycloak: the client with the role view-events", ""),
    Key("secret_file", "text", "keycloak: the file of its secret", ""),
    Key("poll_seconds", _NUMBER, "keycloak: how often it is asked", 2.0),
    Key("topic", "text", "kafka: the topic; its servers stand under [kafka]", ""),
)


@dataclass
class _Mistakes:
    """What is wrong, one sentence each, with its place."""

    found: list[str]

    def add(self, place: str, key: str, sentence: str) -> None:
        self.found.append(f"{place}field {key!r}: {sentence}")


def load_settings(
    text: str, path: str, environment: Mapping[str, str] | None = None
) -> tuple[Serving, list[Configured]]:
    """Return what the configuration `text` says, and the responders that it sets up.

    `path` is named in messages, relative paths are relative to it.

    Raises UsageError with every mistake of the file. Tokens are read here and kept as digests only.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: this is not TOML: {error}") from None
    wrong = _Mistakes([])
    here = Path(path).parent
    top = _values(table, TOP, "", wrong)
    listen = Listen(**_values(top["listen"], LISTEN, "[listen] ", wrong))
    response, mistakes = response_policy(top["response"])
    wrong.found += mistakes
    usual = Policy()
    share = top["budget"] / usual.contain
    serving = Serving(
        state=_beside(here, top["state"]),
        key=_beside(here, top["key"]),
        ledger=top["ledger"],
        directory=_beside(here, top["directory"]),
        listen=replace(
            listen,
            **{name: _beside(here, getattr(listen, name)) for name in ("certificate", "private_key", "client_ca")},
        ),
        fallback=top["fallback"],
        callers=tuple(_callers(top["caller"], here, environment if environment is not None else os.environ, wrong)),
        limits=Limits(**_values(top["limits"], LIMITS, "[limits] ", wrong)),
        policy=replace(usual, contain=top["budget"], pace=usual.pace * share, step_up=usual.step_up * share),
        response=response,
        services=tuple(_services(top["service"], here, wrong)),
        origins=tuple(_origins(top["source"], here, wrong)),
        broker=broker_of(_values(top["kafka"], KAFKA, "[kafka] ", wrong), here, wrong.add)
        if top["kafka"]
        else Broker(),
        decisions=top["decisions"],
        commit_seconds=float(top["commit_seconds"]),
        sync_seconds=float(top["sync_seconds"]),
        journal_days=top["journal_days"],
        terms=Terms(max(1, top["lake_months"]), max(1, top["ledger_years"])),
    )
    _check(serving, wrong)
    try:
        responders = configured(top["responders"], path)
    except UsageError as error:
        wrong.found += [sentence.strip() for sentence in str(error).splitlines()[1:]]
    if serving.decisions == SHARED and top["responders"]:
        wrong.add("", "responders", "belong to the guard that scores: it hands this one's orders over too")
    if wrong.found:
        lines = "\n".join(f"  {sentence}" for sentence in wrong.found)
        raise UsageError(f"{path}: {len(wrong.found)} mistake(s) in the configuration:\n{lines}")
    return serving, [] if serving.decisions == SHARED else responders


def _values(table: Mapping[str, Any], keys: Iterable[Key], place: str, wrong: _Mistakes) -> dict[str, Any]:
    """Return the value of each key, a harmless one where it is missing or wrong."""
    return values_of(table, keys, _KINDS, partial(wrong.add, place))


def _callers(tables: list[Any], here: Path, environment: Mapping[str, str], wrong: _Mistakes) -> Iterable[Caller]:
    for number, table in enumerate(tables, 1):
        place = f"caller {number}, "
        values = _values(table, CALLER, place, wrong)
        if values["role"] and values["role"] not in ROLES:
            wrong.add(place, "role", f"{values['role']!r} is not a role (known: {', '.join(ROLES)})")
        token = _token(values, here, environment, place, wrong)
        yield Caller(values["name"], values["role"], sha256(token).digest())


def _token(
    values: Mapping[str, Any], here: Path, environment: Mapping[str, str], place: str, wrong: _Mistakes
) -> bytes:
    """Return the token of a caller. It never stands in a message."""
    if bool(values["token_file"]) == bool(values["token_env"]):
        wrong.add(
            place, "token_file", "name either a file or an environment's variable (token_env) that holds the token"
        )
        return b""
    key = "token_file" if values["token_file"] else "token_env"
    if key == "token_env":
        token = environment.get(values[key], "").encode()
    else:
        try:
            token = Path(_beside(here, values[key])).read_bytes()
        except OSError as error:
            wrong.add(place, key, f"cannot be read: {error.strerror}")
            return b""
    token = token.strip()
    if len(token) < _SHORTEST_TOKEN:
        wrong.add(
            place, key, f"holds {len(token)} letters; a token has {_SHORTEST_TOKEN} at least: openssl rand -hex 32"
        )
    return token


def _services(tables: list[Any], here: Path, wrong: _Mistakes) -> Iterable[Service]:
    names: set[str] = set()
    for number, table in enumerate(tables, 1):
        place = f"service {number}, "
        values = _values(table, SERVICE, place, wrong)
        name = values["name"]
        if name and not name.replace("-", "").replace("_", "").isalnum():
            wrong.add(place, "name", f"{name!r} stands in an address: letters, digits, - and _ only")
        if name in names:
            wrong.add(place, "name", f"{name!r} stands twice")
        names.add(name)
        tokens = (
            Tokens(**_values(values["tokens"], TOKENS, f"{place}[tokens] ", wrong)) if values["tokens"] else Tokens()
        )
        if not values["account_header"] and not values["session_header"] and not tokens.issuer:
            wrong.add(place, "account_header", "nothing tells the account: name a header of the proxy's, or [tokens]")
        for network in values["trusted_proxies"]:
            _network(network, place, wrong)
        _zone(values["zone"], place, "zone", wrong)
        if not 0 <= values["cache_seconds"] <= LONGEST_CACHE:
            wrong.add(place, "cache_seconds", f"must be 0 to {LONGEST_CACHE}: so long a thief would read on")
        if values["cache_seconds"] and not values["request_id"]:
            wrong.add(place, "cache_seconds", "needs request_id: what the proxy answers by itself is known by the log")
        if values["cache_seconds"] and tokens.issuer:
            wrong.add(place, "cache_seconds", "does not go with [tokens]: the proxy would keep them to tell them apart")
        if tokens.keys and not tokens.keys.startswith("https://"):
            tokens = replace(tokens, keys=_beside(here, tokens.keys))
        plain = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
        made: dict[str, Any] = {**plain, "profile": _beside(here, values["profile"]), "tokens": tokens}
        yield Service(**made)


def _origins(tables: list[Any], here: Path, wrong: _Mistakes) -> Iterable[Origin]:
    names: set[str] = set()
    for number, table in enumerate(tables, 1):
        place = f"source {number}, "
        values = _values(table, SOURCE, place, wrong)
        kind = values["kind"]
        if kind and kind not in SOURCES:
            wrong.add(place, "kind", f"{kind!r} is not a kind of source (known: {', '.join(SOURCES)})")
        for needed in SOURCES.get(kind, ()):
            if not values[needed]:
                wrong.add(place, needed, f"is missing: a source of kind {kind} needs it")
        if values["name"] in names:
            wrong.add(place, "name", f"{values['name']!r} stands twice")
        names.add(values["name"])
        if values["tz"]:
            _zone(values["tz"], place, "tz", wrong)
        files = ("profile", "certificate", "private_key", "client_ca", "secret_file")
        plain = values | {key: _beside(here, values[key]) for key in files}
        if kind == "syslog" and not values["client_ca"] and values["address"] and not is_local(values["address"]):
            wrong.add(
                place,
                "client_ca",
                f"{values['address']} is not on this machine: name who signs the senders' certificates",
            )
        if kind == "keycloak" and not values["address"].startswith(
            ("https://", "http://127.0.0.1", "http://localhost")
        ):
            wrong.add(place, "address", "must begin with https:// (http:// on this machine only)")
        yield Origin(**{**plain, "paths": tuple(_beside(here, one) for one in values["paths"])})


def _broker(table: Mapping[str, Any], here: Path, wrong: _Mistakes) -> Broker:
    return broker_of(_values(table, KAFKA, "[kafka] ", wrong), here, wrong.add) if table else Broker()


def _check(serving: Serving, wrong: _Mistakes) -> None:
    """Look at what only several fields together tell."""
    check_broker(serving, wrong.add)
    listen = serving.listen
    for place, key, address in (("[listen] ", "address", listen.address), ("", "fallback", serving.fallback)):
        if not is_address(address):
            wrong.add(place, key, f"{address!r} must be host:port (an IPv6 host in brackets) or unix:/path")
    if bool(listen.certificate) != bool(listen.private_key):
        wrong.add("[listen] ", "certificate", "certificate and private_key go together")
    if listen.client_ca and not listen.certificate:
        wrong.add("[listen] ", "client_ca", "needs certificate and private_key too")
    if not is_local(listen.address):
        if not listen.certificate:
            wrong.add(
                "[listen] ", "address", f"{listen.address} is not on this machine: it needs certificate and private_key"
            )
        if not listen.client_ca and not any(caller.role == "proxy" for caller in serving.callers):
            wrong.add(
                "[listen] ",
                "address",
                f"{listen.address} is not on this machine: name client_ca, or a [[caller]] with the role proxy",
            )
    if not serving.services and not serving.origins:
        wrong.add("", "service", "nothing to do: name a [[service]] or a [[source]]")
    for path, place in [(one.profile, f"service {one.name!r}, ") for one in serving.services] + [
        (one.profile, f"source {one.name!r}, ") for one in serving.origins
    ]:
        if path and not os.access(path, os.R_OK):
            wrong.add(place, "profile", f"{path} cannot be read")


def _network(text: str, place: str, wrong: _Mistakes) -> None:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        wrong.add(place, "trusted_proxies", f"{text!r} is not a network (10.0.0.0/8, 2001:db8::/32)")


def _zone(text: str, place: str, key: str, wrong: _Mistakes) -> None:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        wrong.add(place, key, f"{text!r} is not a time zone (Europe/Paris)")


def _beside(here: Path, path: str) -> str:
    return str(here / path) if path and "://" not in path else path


def reference() -> str:
    """Return the tables of docs/serve.md, printed from the declarations above."""
    parts = {
        "The file": TOP, "`[listen]`": LISTEN, "`[kafka]`": KAFKA, "`[limits]`": LIMITS, "`[[caller]]`": CALLER,
        "`[[service]]`": SERVICE, "`[service.tokens]`": TOKENS, "`[[source]]`": SOURCE,
    }  # fmt: skip
    lines: list[str] = []
    for title, keys in parts.items():
        rows = [f"| `{key.name}` | {key.kind} | {_shown(key.default)} | {key.meaning} |" for key in keys]
        lines += [f"### {title}", "", "| key | holds | by default | meaning |", "|---|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _shown(value: Any) -> str:  # noqa: ANN401 - any default
    if value is None:
        return "needed"
    if value in ("", [], {}):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`".replace("'", '"')
