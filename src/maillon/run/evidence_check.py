"""Whether an evidence pack is as it was signed, and where it is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from maillon.edges import chain
from maillon.edges.chain import Link
from maillon.edges.heads import read_head
from maillon.edges.signing import fingerprint, is_signed
from maillon.facts.errors import UsageError
from maillon.run.evidence import PUBLIC, SIGNATURE, SUMS, manifest

_SUM = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_.-]{1,80})")


@dataclass
class Checked:
    """What a pack holds and what is wrong with it."""

    files: int
    key: str  # fingerprint of the key that signed it
    entries: int = 0  # of the ledger, in its segment
    wrong: list[str] = field(default_factory=list)


def check(files: Mapping[str, bytes], frame: str = "", public: bytes = b"") -> Checked:
    """Check the files of a pack; `frame` is what is wrong with its archive, `public` the key that must have signed it.

    Every sentence of `wrong` names the file that was changed, is missing or was added.
    """
    carried = files.get(PUBLIC, b"")
    done = Checked(len(files), fingerprint(carried))
    if not files:
        done.wrong.append("no file can be read in it: this is no evidence pack, or its frame is destroyed")
        return done
    sums, signature = files.get(SUMS, b""), files.get(SIGNATURE, b"")
    again = manifest({name: content for name, content in files.items() if name not in {SUMS, SIGNATURE}})
    if sums != again and is_signed(again, signature, carried):  # what it lists is whole, so it is itself what changed
        done.wrong.append(f"{SUMS} was changed" if sums else f"{SUMS} is missing")
        return done
    listed = _listed(sums)
    told = {name: _sum(files, name, listed[name]) for name in listed}
    done.wrong += [sentence for sentence in told.values() if sentence]
    done.wrong += [f"{name} was added" for name in files if name not in {*listed, SUMS, SIGNATURE}]
    if public and fingerprint(public) != done.key:
        done.wrong.append(f"it was not signed by the key given, {fingerprint(public) or 'which is no Ed25519 key'}")
    if not done.key:
        done.wrong.append(f"{PUBLIC} holds no Ed25519 key")
    elif not is_signed(sums, signature, carried) and not told.get(PUBLIC):
        which = f"{SIGNATURE} was changed" if sums == again else f"{SUMS} or {SIGNATURE} was changed too"
        done.wrong.append(f"the signature does not fit: {which}")
    if not done.wrong:
        _check_ledger(files, done)
    if frame and not done.wrong:
        done.wrong.append(frame)
    return done


def _listed(sums: bytes) -> dict[str, str]:
    """Return the names and sums of a manifest."""
    found = (_SUM.fullmatch(line) for line in sums.decode("ascii", "replace").splitlines())
    return {one[2]: one[1] for one in found if one}


def _sum(files: Mapping[str, bytes], name: str, digest: str) -> str:
    if name not in files:
        return f"{name} is missing"
    return "" if sha256(files[name]).hexdigest() == digest else f"{name} was changed"


def _check_ledger(files: Mapping[str, bytes], done: Checked) -> None:
    """Check what a manifest cannot tell: the segment is one chain up to the signed head, and holds the decisions."""
    try:
        start, *rest = (msgspec.json.decode(one) for one in files["ledger.jsonl"].splitlines())
        links = [Link(**one) for one in rest]
        head = read_head(files["head.txt"], "head.txt")
        decided: list[Any] = [msgspec.json.decode(one)["id"] for one in files["decisions.jsonl"].splitlines()]
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, UsageError) as error:
        done.wrong.append(f"ledger.jsonl, head.txt or decisions.jsonl is not what a pack holds: {error}")
        return
    whole, wrong = chain.walk(links, start["before"], start["first"], withheld=True)
    done.entries = len(links)
    if wrong:
        done.wrong.append(f"ledger.jsonl: {wrong}")
    elif (head.genesis, head.entries, head.link) != (start["ledger"], whole, links[-1].hash):
        done.wrong.append("head.txt is not the head of ledger.jsonl")
    elif fingerprint(head.public) != done.key:
        done.wrong.append("head.txt was signed by another key")
    elif missing := set(decided) - {link.id for link in links if link.kind == "decision"}:
        done.wrong.append(f"decisions.jsonl: {', '.join(sorted(missing))} stand not in ledger.jsonl")
