"""Hand a person's word to a state directory: it waits in the inbox, and is taken in at once where nobody else will."""

from __future__ import annotations

import argparse
import difflib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from secrets import token_hex

from maillon.edges import inbox
from maillon.edges.keys import load_or_create
from maillon.edges.ledger_place import holds_ledger
from maillon.edges.state import State
from maillon.facts.errors import StateInUseError, UsageError
from maillon.read.normalise import account_hash
from maillon.read.pseudonym import Keys
from maillon.run.hands import Hands, look, take_in_alone

_DAY_US = 86_400_000_000


def checked(args: argparse.Namespace) -> Keys:
    """Return the keys of the state that `args` names. Raises UsageError where there is none, or nobody says why."""
    for name in ("why", "who"):
        if not getattr(args, name, "-").strip():
            raise UsageError(f"--{name} is empty: an order by hand tells who gave it and why")
    if not holds_ledger(args.state):
        raise UsageError(f"{args.state}: no state of Maillon here; `maillon scan --state {args.state} LOG…` makes one")
    return Keys(*load_or_create(args.key, args.state, create=False))


@contextmanager
def reading(args: argparse.Namespace, keys: Keys) -> Iterator[tuple[State, Hands]]:
    """Open the state to look at it, beside whoever holds it, with what is in force in it."""
    with State(args.state, keys.pseudonym("state", b"key id"), hold=False) as state:
        yield state, look(state)


def account_of(name: str, keys: Keys, state: State, *, unseen: bool = False) -> tuple[str, int]:
    """Return an account's name as the logs write it, and its hash. Raises UsageError for one that no log has shown."""
    hash_ = account_hash(keys, name)
    known = state.names().get("account", {})
    if hash_ in known:
        return known[hash_], hash_
    if unseen:
        return name, hash_
    near = difflib.get_close_matches(name, known.values(), 3, 0.6)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise UsageError(f"{name}: no log of this state shows such an account{hint} (--unseen orders it all the same)")


def hand_over(args: argparse.Namespace, keys: Keys, *words: inbox.Word) -> Hands | None:
    """Put words in the inbox and take them in; None where the process that holds the state will do so."""
    for word in words:
        inbox.put(args.state, word)
    try:
        with State(args.state, keys.pseudonym("state", b"key id")) as state:
            hands = take_in_alone(state)
    except StateInUseError:
        return None
    for sentence in hands.refused:
        print(f"maillon: {sentence}", file=sys.stderr)
    return hands


def said() -> int:
    """Return the clock's moment, in microseconds."""
    return time.time_ns() // 1000


def new_id(*parts: object) -> str:
    """Return the name of a word that was never said before."""
    return sha256("\x1f".join([*map(str, parts), token_hex(8)]).encode()).hexdigest()[:16]


def days(count: int) -> int:
    """Return so many days in microseconds."""
    return count * _DAY_US
