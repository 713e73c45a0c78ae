"""The guard's event loop: who waits for what, and that a replay of its journal remembers the same, byte for byte."""

from __future__ import annotations

import asyncio

import pytest

from maillon.edges.http import run
from maillon.edges.journal import Journal
from maillon.edges.state import State
from maillon.read.normalise import account_hash
from maillon.run.guard import Guard
from test_guard_exact import KEYS, book, content, normaliser, request


def lived(folder, life):
    """Run `life(guard, loop)` with a guard in the event loop; return its book."""
    found = []

    async def main():
        with State(folder / "state", "key") as state:
            journal = Journal(folder / "state")
            guard = Guard(
                book(folder, journal), state, {"orientations": normaliser()}, 1e9, 1.0, 7, lambda _: None, pytest.fail,
                named={"orientations": lambda name: account_hash(KEYS, name)},
            )  # fmt: skip
            await life(guard, asyncio.get_running_loop())
            await guard._idle()
            found.append(guard.book)
            await guard.stop()

    run(main())
    return found[0]


def asked(guard, account, number, at):
    """Ask about one record; return the list in which the answer comes."""
    came = []
    guard.ask("orientations", request(account, 20_000_000 + number, at, number + 1), lambda *one: came.append(one))
    return came


def test_a_request_waits_until_what_its_account_asked_before_is_scored_and_others_do_not(tmp_path):
    seen = {}

    async def life(guard, loop):
        desk, ended = guard.book.desk, loop.create_future()

        def between():  # written down, and not yet scored
            seen["before"] = desk.waiting()
            assert asked(guard, "agent-other", 300, 4.0)
            seen["after another's"] = desk.waiting()
            assert asked(guard, "agent007", 301, 4.0)
            seen["after its own"] = desk.waiting()
            ended.set_result(None)

        for number in range(256):
            assert asked(guard, f"agent{number:03d}", number, number / 100), "let through at once"
        loop.call_soon(between)
        await ended

    lived(tmp_path, life)
    assert seen["before"] > 0
    assert seen["after another's"] == seen["before"]
    assert seen["after its own"] == 0


def test_many_that_waited_are_scored_in_a_thread_and_a_replay_remembers_the_same(tmp_path):
    async def life(guard, loop):
        guard._busy = True  # as while a snapshot is taken
        for number in range(3000):
            assert asked(guard, f"agent{number % 50:03d}", number, number / 100)
            if number % 97 == 0:
                await asyncio.sleep(0)
        guard._answer()
        assert guard.book.desk.waiting()
        guard._busy = False
        guard._score()
        assert guard._busy, "it is scored beside the answering"
        assert asked(guard, "agent001", 3000, 31.0), "who asks meanwhile is answered"

    one = lived(tmp_path, life)
    again = book(tmp_path)
    for _ in again.redo(Journal(tmp_path / "state").since(0)):
        pass
    assert one.desk.counts["asked"] == 3001
    assert content(again) == content(one)
