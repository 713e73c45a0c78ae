"""How the guard is set up: what `maillon serve --config FILE` reads, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from maillon.facts.policy import Policy
from maillon.facts.response import ResponsePolicy
from maillon.facts.retention import Terms

ROLES = ("proxy", "viewer", "analyst", "officer")
"""Who may call: a proxy asks about requests and nothing else; a viewer reads; an analyst contains, releases and gives
verdicts; an officer suspends and opens further emergency passages too."""

DOORS = ("headers", "envoy")
"""How a proxy tells the original request: in X-Original-* or X-Forwarded-* headers, or as the request itself."""


LONGEST_CACHE = 3
"""A proxy takes `allow` for granted so many seconds at most."""


@dataclass(frozen=True)
class Listen:
    """Where the guard answers. Away from this machine it needs TLS, and callers who prove themselves."""

    address: str = "127.0.0.1:8621"  # host:port, or unix:/path
    certificate: str = ""
    private_key: str = ""
    client_ca: str = ""  # clients must show a certificate that it signed


@dataclass(frozen=True)
class Caller:
    """Somebody with a token. `digest` is the SHA-256 of the token; the token itself is not kept."""

    name: str
    role: str  # one of ROLES
    digest: bytes


@dataclass(frozen=True)
class Limits:
    """How many inline requests one account and one address may make, in a second and at once."""

    account_per_second: float = 50.0
    account_burst: int = 200
    address_per_second: float = 500.0
    address_burst: int = 2000


@dataclass(frozen=True)
class Tokens:
    """How the service's own JWTs are checked. Empty `issuer` = there are none."""

    issuer: str = ""
    audience: str = ""
    keys: str = ""  # a JWKS: a file or an https address
    account_claim: str = "preferred_username"
    session_claim: str = "sid"


@dataclass(frozen=True)
class Service:
    """One service behind a proxy that asks the guard about each request."""

    name: str
    profile: str
    account_header: str = ""
    session_header: str = ""
    acr_header: str = ""
    auth_time_header: str = ""
    tokens: Tokens = field(default_factory=Tokens)
    request_id: bool = True  # the service's log, where one is followed, names the same request ids
    cache_seconds: int = 0  # how long the proxy may take `allow` for granted; 0 = it asks about each request
    trusted_proxies: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    acr_values: tuple[str, ...] = ()
    max_age: int = 300
    zone: str = "Europe/Paris"
    contact_fr: str = ""
    contact_en: str = ""


@dataclass(frozen=True)
class Origin:
    """One live source."""

    kind: str  # "files" | "syslog" | "keycloak" | "kafka"
    name: str
    paths: tuple[str, ...] = ()
    profile: str = ""  # a service's profile; "" = learnt
    log_format: str = ""
    tz: str = ""
    address: str = ""  # syslog: host:port to listen on · keycloak: its base address
    certificate: str = ""
    private_key: str = ""
    client_ca: str = ""
    realm: str = ""
    client_id: str = ""
    secret_file: str = ""
    poll_seconds: float = 2.0
    topic: str = ""


@dataclass(frozen=True)
class Broker:
    """The Kafka servers. `options` are its client's own settings; a secret among them is named by where it lies."""

    servers: str = ""  # host:port, several with commas; empty = none
    decisions: str = ""  # the topic of decisions and of what is in force
    options: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Serving:
    """Everything that `maillon serve` was told."""

    state: str
    key: str = ""
    ledger: str = ""  # where the name of its database lies: "file:/PATH" or "env:NAME"; empty = in the state directory
    directory: str = ""
    listen: Listen = field(default_factory=Listen)
    fallback: str = "127.0.0.1:8622"
    callers: tuple[Caller, ...] = ()
    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)
    response: ResponsePolicy = field(default_factory=ResponsePolicy)
    services: tuple[Service, ...] = ()
    origins: tuple[Origin, ...] = ()
    broker: Broker = field(default_factory=Broker)
    decisions: str = "own"  # "own": it scores · "kafka": another guard does
    commit_seconds: float = 120.0
    sync_seconds: float = 0.5
    journal_days: int = 7
    terms: Terms = field(default_factory=Terms)
