"""The table `[kafka]` of the configuration: by TLS, unless the servers are on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from maillon.edges.kafka import FILES, mistakes_in
from maillon.facts.serving import Broker, Serving
from maillon.read.toml_keys import Key
from maillon.run.addresses import is_address, is_local

KAFKA = (
    Key("servers", "text", "host:port, several with commas"),
    Key("decisions", "text", "the topic of decisions and of what is in force, shared with other guards", ""),
    Key("options", "table", "settings of its client, librdkafka, as they are: TLS, log-in; secrets by place", {}),
)
OWN, SHARED = "own", "kafka"
"""Who scores: this guard, or another one whose decisions it reads."""

Wrong = Callable[[str, str, str], None]
"""Called with place, key and sentence."""


def broker_of(values: Mapping[str, Any], here: Path, wrong: Wrong) -> Broker:
    """Return how Kafka is reached; paths are relative to `here`."""
    for name, sentence in mistakes_in(values["options"]):
        wrong("[kafka.options] ", name, sentence)
    options = {name: str(here / value) if name in FILES else value for name, value in values["options"].items()}
    addresses = [one.strip() for one in values["servers"].split(",")]
    for address in addresses:
        if values["servers"] and not is_address(address):
            wrong("[kafka] ", "servers", f"{address!r} must be host:port (an IPv6 host in brackets)")
    local = all(map(is_local, addresses))
    options = {"security.protocol": "plaintext" if local else "ssl"} | options
    if not local and "ssl" not in str(options["security.protocol"]).lower():
        wrong("[kafka.options] ", "security.protocol", "must be ssl or sasl_ssl: a server is not on this machine")
    return Broker(values["servers"], values["decisions"], options)


def check_broker(serving: Serving, wrong: Wrong) -> None:
    """Look at what only several fields together tell."""
    if serving.decisions not in (OWN, SHARED):
        wrong("", "decisions", f"{serving.decisions!r} is not known (known: {OWN}, {SHARED})")
    if any(one.kind == "kafka" for one in serving.origins) and not serving.broker.servers:
        wrong("", "kafka", "is missing: a source of kind kafka needs [kafka] servers")
    if serving.decisions != SHARED:
        return
    if not serving.broker.decisions:
        wrong("", "decisions", f"{SHARED!r} needs [kafka] with servers and decisions")
    if serving.origins:
        wrong("", "source", f"belongs to the guard that scores: this one has decisions = {SHARED!r}")
