"""The wiring of the guard: configuration, state, sources, listener, signals. Used by `serve`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from maillon.cli.directory import directory_of
from maillon.cli.serving_kafka import caught_up, follow, listen_to, share, topics_of
from maillon.edges import http
from maillon.edges.jwt_keys import Verifier
from maillon.edges.keys import load_or_create
from maillon.edges.ledger_place import put_ledger
from maillon.edges.responders.configured import Configured
from maillon.edges.sources.keycloak_api import KeycloakApi
from maillon.edges.sources.seen import Seen
from maillon.edges.sources.syslog_tls import SyslogListener
from maillon.edges.state import State
from maillon.facts.coverage import Coverage
from maillon.facts.directory import Directory
from maillon.facts.errors import MaillonError, UsageError
from maillon.facts.profile import Profile
from maillon.facts.serving import Serving
from maillon.read.pseudonym import Keys
from maillon.read.reader import ReadSettings
from maillon.run.addresses import is_local
from maillon.run.book import Piece
from maillon.run.broker_settings import SHARED
from maillon.run.cautions import cautions
from maillon.run.fallback import Fallback, remembered
from maillon.run.live import Files, Reading, Stream, catch_up
from maillon.run.running import Running, load_book, normalisers, now, profiles_of, running, warm_up
from maillon.run.settings import load_settings
from maillon.web.api import Api
from maillon.web.callers import Callers
from maillon.web.door import Door
from maillon.web.front import Front
from maillon.web.limits import Buckets
from maillon.web.signals import signals

_REFRESH_S = 5.0
_SWITCH_S = 0.0005  # a thread that reads or saves lets requests be answered so soon
_SNAPSHOT_S = 30.0
_GARBAGE = (10_000, 50, 100)


def configuration(path: Path) -> tuple[Serving, list[Configured]]:
    """Read the configuration. Raises UsageError with every mistake of it and of the profiles that it names."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the configuration {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the configuration {path} is not UTF-8 text") from None
    serving, responders = load_settings(text, str(path))
    profiles_of(serving)
    return serving, responders


def serve(path: Path, serving: Serving, responders: Sequence[Configured]) -> int:
    """Run the guard until a signal ends it."""
    keys = _keys(serving)
    put_ledger(Path(serving.state), serving.ledger)
    with State(Path(serving.state), keys.pseudonym("state", b"key id")) as state:
        http.run(_serve(path, serving, responders, state, keys))
    return 0


def say(sentence: str) -> None:
    """Tell the operator. Names from outside may stand in it: nothing in it acts on a terminal."""
    from maillon.render.safe import harmless

    print(f"maillon: {harmless(sentence)}", file=sys.stderr, flush=True)


def defect(error: Exception) -> None:
    """Tell of an unexpected error by its kind and place only: its message could carry what a request carries."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    say(
        f"an unexpected {type(error).__name__} in {Path(place.filename).name}, line {place.lineno}: a defect of Maillon"
    )


def verifiers(serving: Serving) -> dict[str, Verifier | None]:
    """Return what checks each service's tokens."""
    return {one.name: Verifier(one.tokens) if one.tokens.issuer else None for one in serving.services}


def _keys(serving: Serving) -> Keys:
    state = Path(serving.state)
    return Keys(*load_or_create(Path(serving.key) if serving.key else None, state))


def _directory(serving: Serving) -> Directory:
    """Read the directory file. Raises UsageError where it cannot be read; its mistakes are told."""
    path = Path(serving.directory) if serving.directory else None
    key = Path(serving.key) if serving.key else None
    return directory_of(argparse.Namespace(directory=path, key=key, state=Path(serving.state)))


async def _serve(path: Path, serving: Serving, responders: Sequence[Configured], state: State, keys: Keys) -> None:
    loop = asyncio.get_running_loop()
    sys.setswitchinterval(_SWITCH_S)
    profiles = profiles_of(serving)
    book, came = load_book(serving, state, keys, _directory(serving))
    sets = _files(serving, book.memory, profiles, keys)
    topics = topics_of(serving, book.memory, profiles, keys, say)
    coverages = [one.coverages for one in sets] + [one.coverages for one in topics]
    run = running(
        serving,
        state,
        keys,
        book,
        profiles,
        responders,
        lambda: [asdict(c) for some in coverages for c in some.values()],
        say,
    )
    sharing = share(serving, keys, run, state, say)
    coverages += [{one.coverage.source: one.coverage} for one in sharing]
    await loop.run_in_executor(None, warm_up, normalisers(serving, profiles, keys), state.folder)
    came += await loop.run_in_executor(None, catch_up, book, state, sets, topics, say)
    for one in came:
        run.tell(one)
    await run.guard.commit()
    _settle()
    gate = Gate(run, serving, verifiers(serving))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: loop.create_task(_reload(path, gate)))

    def told(sentence: str) -> None:
        loop.call_soon_threadsafe(say, sentence)

    def give(piece: Piece) -> None:
        loop.call_soon_threadsafe(run.guard.piece, piece)

    reading = Reading(sets, give, told)
    tasks = [loop.create_task(run.guard.run()), loop.create_task(run.keep()), loop.create_task(gate.refresh())]
    reading.start()
    streams = await _streams(serving, profiles, keys, book.memory, run, coverages, give, told)
    readers = [*follow(topics, run, loop), *listen_to(sharing, run, loop)]
    await caught_up(serving, readers, say)
    listen = serving.listen
    server = await http.listen(
        listen.address, gate.answer, defect,
        certificate=listen.certificate, private_key=listen.private_key, client_ca=listen.client_ca,
    )  # fmt: skip
    mode = "orders are enforced" if serving.response.enforce else "a dry run: everything is answered `allow`"
    for sentence in cautions(serving):
        say(sentence)
    say(f"ready at {listen.address}, {len(serving.services)} service(s), {mode}")
    await stop.wait()
    say("ending")
    server.close()
    for stop_one in streams:
        stop_one()
    await asyncio.gather(*(loop.run_in_executor(None, end) for end in (reading.stop, *(one.stop for one in readers))))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await run.guard.stop()
    for shared in sharing:
        shared.close()
    run.responding.close()


def _settle() -> None:
    """Let the collector of garbage leave alone what was loaded, and look at the rest rarely: answers wait for it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)


class Gate:
    """What answers: replaced as a whole when the configuration is read again, between two requests."""

    def __init__(self, run: Running, serving: Serving, tokens: dict[str, Verifier | None]) -> None:
        self.run = run
        self.set(serving, tokens)

    def set(self, serving: Serving, tokens: dict[str, Verifier | None]) -> None:
        """Answer by this configuration from now on."""
        self.serving = serving
        self.tokens = tokens
        limits, guard = serving.limits, self.run.guard
        accounts = Buckets(limits.account_per_second, limits.account_burst, self.run.flood("account", limits))
        addresses = Buckets(limits.address_per_second, limits.address_burst, self.run.flood("address", limits))
        services = {one.name: (one, tokens[one.name]) for one in serving.services}
        door = Door(services, guard.ask, accounts, addresses, now)
        local = is_local(serving.listen.address)
        callers = Callers(serving.callers, local=local)
        told = signals(self.run.responding.responders, now)
        self._front = Front(door, callers, Api(self.run, callers, now), lambda: not guard.failed, told)

    def answer(self, request: http.Request, reply: Callable[[http.Response], None]) -> None:
        """Answer one request."""
        self._front.answer(request, reply)

    async def refresh(self) -> None:
        """Keep the keys of identity providers fresh, apart from any request."""
        loop = asyncio.get_running_loop()
        while True:
            for verifier in [one for one in self.tokens.values() if one]:
                try:
                    await loop.run_in_executor(None, verifier.refresh)
                except MaillonError as error:
                    say(str(error))
            await asyncio.sleep(_REFRESH_S)


async def _reload(path: Path, gate: Gate) -> None:
    """Read the configuration again; where it is wrong, the one before goes on."""
    try:
        serving, responders = configuration(path)
        tokens = verifiers(serving)
        for verifier in [one for one in tokens.values() if one]:
            await asyncio.get_running_loop().run_in_executor(None, verifier.refresh)
    except MaillonError as error:
        say(f"the configuration stays as it was: {error}")
        return
    run, before = gate.run, gate.serving
    if _fixed(serving) != _fixed(before):
        say("services, sources and Kafka change at the next start only")
        return
    await run.guard.obey(serving.policy, serving.response)
    run.responding.configure(responders)
    gate.set(serving, tokens)
    for sentence in cautions(serving):
        say(sentence)
    say("the configuration was read again")


def _fixed(serving: Serving) -> object:
    """Return what is the same until the next start."""
    return [one.name for one in serving.services], serving.origins, serving.broker, serving.decisions


async def _streams(
    serving: Serving,
    profiles: dict[str, Profile],
    keys: Keys,
    memory: dict[str, Any],
    run: Running,
    coverages: list[dict[str, Coverage]],
    give: Callable[[Piece], None],
    told: Callable[[str], None],
) -> list[Callable[[], None]]:
    """Start the sources that are no files; return what ends each."""
    ends: list[Callable[[], None]] = []
    for one in serving.origins:
        if one.kind in ("files", "kafka"):
            continue
        profile = profiles[one.profile] if one.profile else Profile(one.name)
        coverage = Coverage(one.name, profile.name)
        coverages.append({one.name: coverage})
        stream = Stream(one, ReadSettings(one.tz, one.log_format), profile, keys, coverage)
        if one.kind == "syslog":
            listener = SyslogListener(one, partial(_at_once, run, stream), say)
            await listener.start()
            ends.append(listener.stop)
        else:
            before = memory.get("sources", {}).get(one.name, {})
            api = KeycloakApi(one, before, partial(_later, give, stream), told)
            api.start()
            ends.append(api.stop)
    return ends


def _at_once(run: Running, stream: Stream, lines: bytes) -> None:
    run.guard.piece(stream.piece(lines))


def _later(give: Callable[[Piece], None], stream: Stream, lines: bytes, memory: dict[str, Any]) -> None:
    give(stream.piece(lines, memory))


def _files(serving: Serving, memory: dict[str, object], profiles: dict[str, Profile], keys: Keys) -> list[Files]:
    seen = Seen(memory.get("contents", []))  # type: ignore[arg-type]
    return [
        Files(
            one, ReadSettings(one.tz, one.log_format), [profiles[one.profile]] if one.profile else [], keys, seen,
            memory, {},
        )
        for one in serving.origins
        if one.kind == "files"
    ]  # fmt: skip


def serve_fallback(serving: Serving) -> int:
    """Answer from the last snapshot until a signal ends it. Raises UsageError for a guard that scores nothing."""
    if serving.decisions == SHARED:
        raise UsageError("a guard with decisions = 'kafka' knows nobody's patients: no fallback can answer for it")
    http.run(_serve_fallback(serving, _keys(serving)))
    return 0


async def _serve_fallback(serving: Serving, keys: Keys) -> None:
    loop = asyncio.get_running_loop()
    made = normalisers(serving, profiles_of(serving), keys)
    warm_up(made, Path(serving.state))
    fallback = Fallback(remembered(serving, keys), normalisers(serving, profiles_of(serving), keys))
    limits, tokens = serving.limits, verifiers(serving)
    door = Door(
        {one.name: (one, tokens[one.name]) for one in serving.services}, fallback.ask,
        Buckets(limits.account_per_second, limits.account_burst),
        Buckets(limits.address_per_second, limits.address_burst), now,
    )  # fmt: skip
    front = Front(door, Callers(serving.callers, local=is_local(serving.fallback)), None, lambda: True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    listen = serving.listen
    server = await http.listen(
        serving.fallback, front.answer, defect,
        certificate=listen.certificate, private_key=listen.private_key, client_ca=listen.client_ca,
    )  # fmt: skip
    say(f"fallback ready at {serving.fallback}: the account's own patients only")
    while not stop.is_set():
        try:
            for verifier in [one for one in tokens.values() if one]:
                await loop.run_in_executor(None, verifier.refresh)
            await asyncio.wait_for(stop.wait(), _SNAPSHOT_S)
        except TimeoutError:
            try:
                fallback.memory = await loop.run_in_executor(None, remembered, serving, keys)
            except (MaillonError, OSError) as error:
                say(f"the last snapshot cannot be read, the one before goes on: {error}")
        except MaillonError as error:
            say(str(error))
    server.close()
