"""`maillon keys`: the versions of the key that makes pseudonyms: which there are, another one, an old one destroyed."""

from __future__ import annotations

import argparse
import os
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

from maillon.cli.options import add_key, add_state
from maillon.cli.person import add_person

if TYPE_CHECKING:
    from maillon.run.rotation import Warmth

EPILOG = """Rotation takes two moments. The first `rotate` makes the coming version: from the next scan on (restart a
running guard) patients are named under both. When accounts know their patients under the new one too, `rotate` again
changes over: it folds the lake anew, nobody's patients count as new. The old version then lies in a file of its own,
KEY.VERSION, for `maillon exposure --old-key`; `destroy` removes it, and its pseudonyms link to nobody any more.
Not for a key that somebody else knows: start a new state with a new key then (docs/retention.md).

examples:
  maillon keys list --state DIR --key /etc/maillon/key
  maillon keys rotate --state DIR --key /etc/maillon/key --why "yearly"
  maillon keys destroy 1 --state DIR --key /etc/maillon/key --why "its year is over"

exit status: 0 done · 10 the overlap is not warm yet · 2 bad usage · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    verbs = parser.add_subparsers(dest="verb", metavar="list|rotate|destroy", required=True)
    told = verbs.add_parser("list", help="which versions there are, and how warm an overlap is")
    add_state(told, required=False)
    add_key(told)
    rotate = verbs.add_parser("rotate", help="begin an overlap, or change over when it is warm")
    rotate.add_argument(
        "--budget", type=float, metavar="B", help="the alarm budget that this state is run with, as for `scan`"
    )
    add_person(rotate)
    destroy = verbs.add_parser("destroy", help="remove an old version for good")
    destroy.add_argument("version", type=int, metavar="VERSION", help="the version, as `list` names it")
    add_person(destroy)


def run(args: argparse.Namespace) -> int:
    """Do what was asked of the versions."""
    return {"list": _list, "rotate": _rotate, "destroy": _destroy}[args.verb](args)


def _list(args: argparse.Namespace) -> int:
    from maillon.edges.keys import default_path, load_or_create
    from maillon.edges.ledger_place import holds_ledger
    from maillon.edges.state import State
    from maillon.read.pseudonym import Keys
    from maillon.run.rotation import warmth

    path = args.key or default_path()
    key = load_or_create(path, args.state, create=False)
    print(f"{key.version}  current  {path}")
    if key.coming:
        print(f"{key.coming[1]}  coming   {path}")
        if args.state and holds_ledger(args.state):
            with State(args.state, Keys(*key).pseudonym("state", b"key id"), hold=False) as state:
                print(f"   {_warm_words(warmth(state, key.coming[1]))}")
    for version, file in sorted(_olds(path).items()):
        print(f"{version}  old      {file}")
    return 0


def _rotate(args: argparse.Namespace) -> int:
    from maillon.cli.handing import checked
    from maillon.cli.scanning import policy_for
    from maillon.edges.keys import default_path, load_or_create, save
    from maillon.edges.state import State
    from maillon.facts.errors import KeyUnavailableError
    from maillon.read.pseudonym import Keys
    from maillon.run.hands import reached
    from maillon.run.rotation import WARM, change, key_entry, warmth

    path, at = args.key or default_path(), time.time_ns() // 1_000
    keys, key, policy = checked(args), load_or_create(path, args.state, create=False), policy_for(args.budget)
    if keys.coming is None:
        version = max([key.version, *_olds(path)]) + 1
        with State(args.state, keys.pseudonym("state", b"key id"), hold=False) as state:
            save(path, *key[:3], (secrets.token_bytes(32), version), replace=True)
            state.record([key_entry("coming", version, args.who, args.why, at, reached(state))])
        print(f"version {version} is coming: back {path} up apart; from the next scan on patients are named under both")
        print("a running guard must be restarted; rotate again when `maillon keys list --state` says that it is warm")
        return 0
    try:
        with State(args.state, keys.pseudonym("state", b"key id")) as state:
            warm = warmth(state, keys.coming.version)
            print(_warm_words(warm))
            if warm.share < WARM:
                print(f"not warm yet: at {WARM:.0%} nobody's patients count as new; let it overlap longer")
                return 10
            _keep_old(path, key.master, key.version)
            entry = key_entry("current", keys.coming.version, args.who, args.why, at)
            print(f"{change(state, keys, policy, entry)} patients bear their new name")
    except KeyUnavailableError:
        with State(args.state, keys.coming.pseudonym("state", b"key id"), hold=False):
            pass  # the state had changed over when an earlier run was stopped: the key file follows
    assert key.coming
    save(path, *key.coming, Keys(*key).lasting(), replace=True)
    print(f"version {key.coming[1]} is current; the old one lies in {_old(path, key.version)}: back both up apart")
    return 0


def _destroy(args: argparse.Namespace) -> int:
    from maillon.cli.handing import checked
    from maillon.edges.durable import sync, sync_folder
    from maillon.edges.keys import default_path
    from maillon.edges.state import State
    from maillon.facts.errors import UsageError
    from maillon.run.rotation import key_entry

    keys, path = checked(args), args.key or default_path()
    file = _olds(path).get(args.version)
    if file is None:
        known = ", ".join(map(str, sorted(_olds(path)))) or "none"
        raise UsageError(f"{args.version} is no old version beside {path} (old ones: {known}); the current one stays")
    with State(args.state, keys.pseudonym("state", b"key id"), hold=False) as state:
        entry = key_entry("destroyed", args.version, args.who, args.why, time.time_ns() // 1_000)
        state.record([entry])
    with file.open("r+b") as opened:
        opened.write(b"\0" * os.fstat(opened.fileno()).st_size)
        sync(opened)
    file.unlink()
    sync_folder(file.parent)
    print(f"version {args.version} is destroyed: its pseudonyms link to nobody, once its backups are destroyed too")
    return 0


def _keep_old(path: Path, master: bytes, version: int) -> None:
    from maillon.edges.keys import save

    if not _old(path, version).exists():
        save(_old(path, version), master, version)


def _old(path: Path, version: int) -> Path:
    return path.with_name(f"{path.name}.{version}")


def _olds(path: Path) -> dict[int, Path]:
    """Return the files of old versions beside the key."""
    found = {file.name.removeprefix(f"{path.name}."): file for file in path.parent.glob(f"{path.name}.*")}
    return {int(number): file for number, file in found.items() if number.isdecimal()}


def _warm_words(warm: Warmth) -> str:
    return (
        f"{warm.patients} patients are named under both; of {warm.known} known patients read again in the last week, "
        f"{warm.named} ({warm.share:.1%}) would still have been known"
    )
