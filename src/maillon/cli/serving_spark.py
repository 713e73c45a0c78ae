"""The wiring of `serve --engine spark`: configuration, state, signals."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from maillon.cli.directory import directory_of
from maillon.cli.serving import say
from maillon.edges.keys import load_or_create
from maillon.edges.ledger_place import put_ledger
from maillon.edges.state import State
from maillon.facts.errors import UsageError
from maillon.facts.serving import Serving
from maillon.read.pseudonym import Keys
from maillon.run.running import profiles_of
from maillon.run.spark_serve import serve_on_spark


def serve(serving: Serving, shards: int, *, at_once: int, once: bool) -> int:
    """Run until a signal ends it, or, with `once`, until all files were read; 10 = something was decided."""
    if shards < 1:
        raise UsageError(f"--shards {shards}: accounts need one shard at least")
    if at_once < 1:
        raise UsageError("--batch-mb: a batch needs a file at least")
    folder, key = Path(serving.state), Path(serving.key) if serving.key else None
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    keys = Keys(*load_or_create(key, folder))
    named = Path(serving.directory) if serving.directory else None
    programs = directory_of(argparse.Namespace(directory=named, key=key, state=folder)).programs()
    put_ledger(folder, serving.ledger)
    with State(folder, keys.pseudonym("state", b"key id")) as state:
        done = serve_on_spark(
            serving, profiles_of(serving), state, shards, say, stop, at_once=at_once, once=once, programs=programs
        )
    return 10 if once and done.decisions else 0
