"""The wiring of the guard with Kafka: topics that it reads, and the one by which guards share what they decide."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from maillon.edges.ledger import Entry
from maillon.edges.sources.kafka import Reading
from maillon.edges.state import State
from maillon.facts.errors import MaillonError, SourceError
from maillon.facts.profile import Profile
from maillon.facts.serving import Serving
from maillon.read.pseudonym import Keys
from maillon.read.reader import ReadSettings
from maillon.run.book import Piece
from maillon.run.broker_settings import SHARED
from maillon.run.running import Running
from maillon.run.sharing import Sharing
from maillon.run.topics import Topics

_ADMITTED_S = 5.0
_CAUGHT_UP_S = 10.0

Say = Callable[[str], None]


def topics_of(
    serving: Serving, memory: Mapping[str, Any], profiles: Mapping[str, Profile], keys: Keys, say: Say
) -> list[Topics]:
    """Return the topics that are sources."""
    return [
        Topics(
            one, serving.broker, ReadSettings(one.tz, one.log_format),
            profiles[one.profile] if one.profile else Profile(one.name), keys, memory.get("sources", {}), say,
        )
        for one in serving.origins
        if one.kind == "kafka"
    ]  # fmt: skip


def share(serving: Serving, keys: Keys, run: Running, state: State, say: Say) -> list[Sharing]:
    """Let other guards hear of what this one decides, where a topic is named for it."""
    if not serving.broker.decisions:
        return []
    sharing = Sharing(serving.broker, keys, run.guard.book, state, say)
    run.guard.share, run.guard.unshared = sharing.share, sharing.unshared
    return [sharing]


def follow(topics: Sequence[Topics], run: Running, loop: asyncio.AbstractEventLoop) -> list[Reading]:
    """Read on in topics, in threads of their own; more is read only once what came is admitted."""

    def give(piece: Piece) -> None:
        admitted = threading.Event()

        def admit() -> None:
            run.guard.piece(piece)
            admitted.set()

        loop.call_soon_threadsafe(admit)
        admitted.wait(_ADMITTED_S)

    return _started([one.follow(give) for one in topics])


def listen_to(sharing: Sequence[Sharing], run: Running, loop: asyncio.AbstractEventLoop) -> list[Reading]:
    """Read what other guards decide, in a thread of its own."""

    def adopt(found: Sequence[tuple[Entry, bytes]], memory: dict[str, dict[str, int]]) -> None:
        try:
            asyncio.run_coroutine_threadsafe(run.guard.adopt(found, memory), loop).result()
        except MaillonError as error:
            raise SourceError(str(error)) from None

    return _started([one.reading(adopt) for one in sharing])


async def caught_up(serving: Serving, readers: Sequence[Reading], say: Say) -> None:
    """Let a guard that answers by others' decisions know them before it answers."""
    if serving.decisions != SHARED:
        return
    loop = asyncio.get_running_loop()
    for one in readers:
        if not await loop.run_in_executor(None, one.wait, _CAUGHT_UP_S):
            say("what others decided is not all read yet: until then it is answered by what was known before")


def _started(readers: list[Reading]) -> list[Reading]:
    for one in readers:
        one.start()
    return readers
