"""How Kafka is reached: the settings of its client, with TLS and passwords, and errors as sentences.

The client is librdkafka's (confluent-kafka). What it is told beyond the addresses are its own settings, passed on as
they are; a password is named by where it lies, and read when it is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from maillon.edges.responders.secret import REFERENCE, read_secret
from maillon.facts.errors import SourceError, UsageError
from maillon.facts.serving import Broker

SECRET = re.compile(r"password|passphrase|secret|private\.key\.pem$|^ssl\.key\.pem$")
"""Settings of the client that hold a secret."""

FILES = frozenset(("ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location"))
"""Settings of the client that name a file."""

OURS = frozenset(
    ("bootstrap.servers", "metadata.broker.list", "group.id", "auto.offset.reset", "enable.auto.commit",
     "enable.auto.offset.store", "enable.partition.eof", "isolation.level", "enable.idempotence", "acks",
     "request.required.acks", "transactional.id", "plugin.library.paths", "log_level", "debug")
)  # fmt: skip
"""Settings on which it rests that nothing is lost and nothing comes twice, or that would load or print anything."""


def mistakes_in(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong with settings of the client: name and sentence. It never repeats a value."""
    found = []
    for name, value in options.items():
        if name in OURS:
            found.append((name, "is Maillon's own to set: leave it out"))
        elif not isinstance(value, (str, int, float, bool)):
            found.append((name, "must be a text, a number, or true or false"))
        elif SECRET.search(name) and not re.match(REFERENCE, str(value)):
            found.append((name, "is a secret, never written here: name it as `file:/PATH` or `env:NAME`"))
    return found


def need_library() -> None:
    """Raise UsageError where the client is missing."""
    try:
        import confluent_kafka  # noqa: F401
    except ImportError:
        raise UsageError("Kafka needs a library that is not installed: pip install 'maillon[kafka]'") from None


def client(broker: Broker, say: Callable[[str], None]) -> dict[str, Any]:
    """Return what every client of `broker` is set up with. Raises UsageError where a secret cannot be read.

    `say` hears, from another thread, of servers that cannot be reached.
    """
    told: set[str] = set()

    def trouble(error: Any) -> None:  # noqa: ANN401 - a KafkaError
        if error.name() not in told:
            told.add(error.name())
            say(f"Kafka: {sentence(error)}")

    options = {
        name: read_secret(str(value)) if SECRET.search(name) else value for name, value in broker.options.items()
    }
    return options | {"bootstrap.servers": broker.servers, "log_level": 0, "error_cb": trouble}


def opened(kind: Callable[[dict[str, Any]], Any], settings: dict[str, Any]) -> Any:  # noqa: ANN401 - a client
    """Return a client of a kind. Raises UsageError where its settings cannot be meant."""
    from confluent_kafka import KafkaException

    try:
        return kind(settings)
    except KafkaException as error:
        raise UsageError(f"[kafka.options]: {sentence(error.args[0])}") from None


def failed(what: str, error: Exception) -> SourceError:
    """Return a failure of the client as an error of a source."""
    return SourceError(f"{what}: {sentence(error.args[0])}")


def sentence(error: Any) -> str:  # noqa: ANN401 - a KafkaError
    """Return what an error of the client says."""
    return str(error.str() if hasattr(error, "str") else error)
