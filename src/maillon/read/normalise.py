"""From what a dialect read to events: the door behind which no patient, path, query, referrer or client text is left.

What comes out holds numbers, keyed hashes, and names that may be read: accounts, networks, client families, routes.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

import numpy as np
from numpy.typing import NDArray

from maillon.facts.event import EVENT, Outcome
from maillon.facts.profile import Profile
from maillon.facts.record import Parsed, Rejected
from maillon.read.address import network_name
from maillon.read.client_name import client_name
from maillon.read.fresh import Fresh
from maillon.read.identifiers import LONGEST, canonical_bytes, is_ins, is_nir
from maillon.read.memo import MEMO
from maillon.read.normalise_rows import (
    ACCOUNT_AT,
    ACCOUNT_MODE,
    COUNTS,
    IGNORED,
    LABELS,
    ORIGINS,
    PARSED,
    PATIENT_AT,
    REJECTED,
    ROW,
    SOURCES,
    UNMATCHED,
    WITHOUT_ACCOUNT,
    WITHOUT_PATIENT,
    Rules,
    canonical_many,
    normalise_rows,
)
from maillon.read.pseudonym import Keys
from maillon.read.route_hash import text_hash
from maillon.read.route_match import FOUND, match_rows, new_work
from maillon.read.routes import RouteTable, compile_routes
from maillon.read.shape import shape
from maillon.read.siphash import siphash13

STATIC = (
    *("js", "mjs", "css", "map", "wasm", "woff", "woff2", "ttf", "otf", "eot"),
    *("png", "jpg", "jpeg", "gif", "svg", "ico", "webp", "avif", "bmp", "mp3", "mp4", "webm"),
)
"""Endings of static files, of eight letters at most."""

TOO_LONG = "identifier too long"


_MOST_PLACES = 12  # of a memo, as a power of two


@dataclass
class Events:
    """The events of one block. Counts are records: parsed + sum(ignored) + len(rejected) = the block's distinct rows.

    `names` and `pseudonyms` hold only what this Normaliser has not given before. While two versions of the key overlap,
    a pseudonym is followed by the coming one and by the patient's coming hash, apart by blanks. `without_account`
    counts the records whose log names nobody, even where a session stands in (Flag.ACCOUNT_FROM_SESSION).
    """

    rows: NDArray[Any]  # EVENT
    positions: NDArray[np.int64]  # of each event in its source
    names: dict[str, dict[int, str]]  # "account", "network", "device", "route", "service" → hash → name
    pseudonyms: dict[int, str]  # patient's hash → keyed pseudonym
    ignored: dict[str, int]
    parsed: int
    unmatched: int
    without_account: int
    without_patient: int
    rejected: list[Rejected] = field(default_factory=list)


class Normaliser:
    """Makes events of the records of one service, by its profile. It remembers only which names it has given.

    Raises ProfileError if the profile's templates cannot be compiled.
    """

    def __init__(self, profile: Profile, service: str, keys: Keys, *, pseudonyms: bool = True) -> None:
        """`pseudonyms`: whether `Events.pseudonyms` is filled; the hashes in the events are keyed all the same."""
        self._keys = keys
        self._domain = profile.domain or service
        self._gives_pseudonyms = pseudonyms
        self._table = compile_routes(profile)
        self._rules, self._given_at_once = _rules(profile, service, keys, self._table)
        self._work = new_work(self._table, 1 << 12)
        self._scratch = np.zeros(1 << 12, np.uint8)
        # Kept from block to block: new memory costs more than what is done in it.
        self._matches, self._origins, self._rejected = _new_columns(0)
        self._accounts, self._networks, self._devices, self._patients = Fresh(), Fresh(), Fresh(), Fresh()

    def events(self, parsed: Parsed) -> Events:
        """Return the events of one block."""
        buffer, rows = _read_only(parsed.buffer), _read_only(parsed.rows)
        self._make_room(rows)
        found = np.empty(len(rows), EVENT)
        matches, origins, rejected = self._matches, self._origins, self._rejected
        counts = np.zeros(COUNTS, np.int64)
        memos = np.zeros((3, 1 << min(_MOST_PLACES, len(rows).bit_length()), MEMO), np.uint64)
        match_rows(self._table.arrays, self._work, buffer, rows, matches)
        n = normalise_rows(
            self._rules, memos, self._scratch, buffer, rows, matches, found, origins, rejected, counts,
        )  # fmt: skip
        found, origins = found[:n], origins[:n]
        source = origins[:, ROW]
        names = self._given_at_once
        self._given_at_once = {kind: {} for kind in names}
        names["account"] = self._account_names(buffer, found, origins[:, ACCOUNT_AT : ACCOUNT_MODE + 1])
        names["network"] = _slice_names(self._networks, buffer, rows, found, source, "network", "address")
        names["device"] = _slice_names(self._devices, buffer, rows, found, source, "device", "agent")
        return Events(
            found,
            rows["position"][source],
            names,
            self._pseudonyms(buffer, found, origins[:, PATIENT_AT:]),
            {IGNORED[kind]: int(counts[kind]) for kind in range(1, PARSED) if counts[kind]},
            int(counts[PARSED]),
            int(counts[UNMATCHED]),
            int(counts[WITHOUT_ACCOUNT]),
            int(counts[WITHOUT_PATIENT]),
            [_rejected(buffer, rows[index]) for index in rejected[: counts[REJECTED]]],
        )

    def _make_room(self, rows: NDArray[Any]) -> None:
        """Let the scratch hold the longest target and user agent of these rows."""
        if len(rows) == 0:
            return
        if len(rows) > len(self._matches):
            self._matches, self._origins, self._rejected = _new_columns(len(rows) + len(rows) // 8)
        target, agent = int(rows["target_len"].max()), int(rows["agent_len"].max())
        if target >= len(self._work.text):
            self._work = new_work(self._table, 2 * target)
        if agent > len(self._scratch):
            self._scratch = np.zeros(2 * agent, np.uint8)

    def _account_names(
        self, buffer: NDArray[np.uint8], events: NDArray[Any], slices: NDArray[np.int64]
    ) -> dict[int, str]:
        """Name the new accounts. One that was only ever refused gets no name: anybody can invent such accounts."""
        hashes = np.where(events["outcome"] == Outcome.REFUSED, np.uint64(0), events["account"])
        new = self._accounts.indices(hashes)
        texts = _canonical(buffer, slices[new], are_accounts=True)
        return {
            int(account): self._account_name(text) if text else _session_name(int(account))
            for account, text in zip(hashes[new], texts, strict=True)
        }

    def _account_name(self, text: bytes) -> str:
        plain = unquote_to_bytes(text)
        if is_nir(plain) or is_ins(plain):
            return self._keys.pseudonym("account", canonical_bytes(plain))
        name = text.decode("utf-8", "replace")
        return name if name.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in name)

    def _pseudonyms(self, buffer: NDArray[np.uint8], events: NDArray[Any], slices: NDArray[np.int64]) -> dict[int, str]:
        if not self._gives_pseudonyms:
            return {}
        hashes = np.ascontiguousarray(events["patient"])
        new = self._patients.indices(hashes)
        texts = _canonical(buffer, slices[new], are_accounts=False)
        names = self._keys.pseudonyms(self._domain, texts)
        if coming := self._keys.coming:
            label = f"patient\x1f{self._domain}"
            others = zip(names, coming.pseudonyms(self._domain, texts), texts, strict=True)
            names = [f"{name} {other} {_hash(coming, label, text):016x}" for name, other, text in others]
        return dict(zip(hashes[new].tolist(), names, strict=True))


def account_hash(keys: Keys, name: str) -> int:
    """Return the hash that events carry for an account's name, whatever service it comes from.

    Raises ValueError if the name is too long to be one.
    """
    return _hash(keys, "account", canonical_bytes(name.encode(), account=True))


def service_hash(keys: Keys, service: str) -> int:
    """Return the hash that events carry for a service."""
    return _hash(keys, "service", service.encode())


def _hash(keys: Keys, label: str, text: bytes) -> int:
    return int(siphash13(np.frombuffer(text + bytes(8), np.uint8), 0, len(text), *keys.sip(label)))


def _rules(profile: Profile, service: str, keys: Keys, table: RouteTable) -> tuple[Rules, dict[str, dict[int, str]]]:
    """Return the profile as arrays, and the names that are known before any record: the service and its routes."""
    domain = profile.domain or service
    labels = [f"{label}\x1f{domain}" if label in ("patient", "near") else label for label in LABELS]
    name = service_hash(keys, service)
    routes = table.routes
    hashes = [_hash(keys, "route", f"{service}\x1f{r.method}\x1f{r.template}".encode()) for r in routes]
    rules = Rules(
        np.array([*(word for label in labels for word in keys.sip(label)), name], np.uint64),
        np.array([SOURCES.index(source) for source in profile.account], np.int64),
        np.array([text_hash(host.lower().encode()) for host in profile.hosts], np.uint64),
        np.array([int.from_bytes(ending.encode(), "big") for ending in STATIC], np.uint64),
        np.array(
            [
                (r.action, r.fields, r.listed, IGNORED.index(r.ignore), r.exposes_on_redirect, r.exposes_on_refusal)
                for r in routes
            ],
            np.int64,
        ),
        np.array(hashes, np.uint64),
    )
    known = zip(hashes[: len(profile.routes)], profile.routes, strict=True)
    return rules, {"service": {name: service}, "route": {hash_: route.template for hash_, route in known}}


def _new_columns(rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return room for what `match_rows` and `normalise_rows` tell of as many rows, besides the events."""
    return np.empty((rows, FOUND), np.int64), np.empty((rows, ORIGINS), np.int64), np.empty(rows, np.int64)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view that cannot be written: compiled code knows one kind of input only."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _canonical(buffer: NDArray[np.uint8], slices: NDArray[np.int64], *, are_accounts: bool) -> list[bytes]:
    """Return the canonical form of each slice; empty for one of length 0."""
    out = np.empty(int(slices[:, 1].sum()), np.uint8)
    ends = np.empty(len(slices), np.int64)
    canonical_many(buffer, np.ascontiguousarray(slices), are_accounts, np.zeros(2 * LONGEST, np.uint8), out, ends)
    text, starts = out.tobytes(), [0, *ends.tolist()]
    return [text[starts[i] : starts[i + 1]] for i in range(len(slices))]


def _slice_names(
    given: Fresh,
    buffer: NDArray[np.uint8],
    rows: NDArray[Any],
    events: NDArray[Any],
    source: NDArray[np.int64],
    kind: str,
    slice_: str,
) -> dict[int, str]:
    """Name the new networks or devices from the text that their record has of them."""
    name = {"network": network_name, "device": client_name}[kind]
    hashes = np.ascontiguousarray(events[kind])
    named = {}
    for index in given.indices(hashes).tolist():
        named[int(hashes[index])] = name(_text(buffer, rows[source[index]], slice_))
    return named


def _text(buffer: NDArray[np.uint8], row: np.void, slice_: str) -> bytes:
    offset = int(row[slice_])
    return buffer[offset : offset + int(row[f"{slice_}_len"])].tobytes()


def _session_name(session: int) -> str:
    return "session " + base64.b32encode(session.to_bytes(8, "big")[:5]).decode()


def _rejected(buffer: NDArray[np.uint8], row: np.void) -> Rejected:
    return Rejected(int(row["position"]), TOO_LONG, shape(_text(buffer, row, "target")))
