"""From RECORD rows to EVENT rows, one pass: routes, keyed hashes, outcomes, and what is counted instead."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maillon.facts.event import Action, Flag, Outcome
from maillon.facts.record import METHODS, UNROUTED
from maillon.jit import njit
from maillon.read.address import IPV4, IPV6, parse_address
from maillon.read.escapes import TOO_LONG
from maillon.read.identifiers import canonical_account, canonical_patient
from maillon.read.route_match import Work, authority, host_hash, match_route
from maillon.read.routes import RouteArrays
from maillon.read.siphash import S, U, Word, siphash13

# Keyed hashes, each under two words of `Rules.keys`.
LABELS = ("account", "session", "address", "network", "device", "request", "patient")
_ACCOUNT, _SESSION, _ADDRESS, _NETWORK, _DEVICE, _REQUEST, _PATIENT = range(0, 14, 2)

SOURCES = ("user", "path", "session")
_USER, _PATH, _FROM_SESSION = range(3)

# Indices of `counts`: the kinds that are ignored come first, named in IGNORED.
IGNORED = ("", "static", "health", "robot", "preflight", "other host", "no request")
_STATIC, _PREFLIGHT, _OTHER_HOST, _NO_REQUEST = 1, 4, 5, 6
PARSED, REJECTED, UNMATCHED, WITHOUT_ACCOUNT, WITHOUT_PATIENT = range(7, 12)
COUNTS = 12

_OPTIONS = METHODS.index("OPTIONS")
_OTHER, _READ = int(Action.OTHER), int(Action.READ)
_OK, _REDIRECT, _REFUSED = int(Outcome.OK), int(Outcome.REDIRECT), int(Outcome.REFUSED)
_MISSING, _FAILED = int(Outcome.MISSING), int(Outcome.FAILED)
_ACCOUNT_FROM_SESSION, _LISTED_UNKNOWN = int(Flag.ACCOUNT_FROM_SESSION), int(Flag.LISTED_UNKNOWN)
_DASH, _DOT, _SLASH, _QUESTION, _SEMICOLON, _HASH = 0x2D, 0x2E, 0x2F, 0x3F, 0x3B, 0x23


class Rules(NamedTuple):
    """What a profile says, as arrays; per route where not said otherwise."""

    keys: NDArray[np.uint64]  # two words for each of LABELS
    service: NDArray[np.uint64]  # one: its hash
    sources: NDArray[np.int64]  # of the account, the strongest first
    hosts: NDArray[np.uint64]  # hashes of the hosts that the profile is for; none = any
    static: NDArray[np.uint64]  # endings of static files, as `packed` writes them
    action: NDArray[np.uint8]
    fields: NDArray[np.uint32]
    listed: NDArray[np.int32]
    ignore: NDArray[np.uint8]  # index in IGNORED
    exposes_on_redirect: NDArray[np.uint8]
    name: NDArray[np.uint64]  # its hash


class Scratch(NamedTuple):
    """Room for one identifier, one address, one user agent."""

    identifier: NDArray[np.uint8]
    address: NDArray[np.uint8]
    agent: NDArray[np.uint8]


@njit
def _keyed(rules: Rules, which: int, text: NDArray[np.uint8], offset: int, length: int) -> Word:
    return siphash13(text, offset, length, U(rules.keys[which]), U(rules.keys[which + 1]))


@njit
def outcome_of(status: int) -> int:
    """Return the Outcome of an HTTP status; 0, unknown, and 304 (the client already had the answer) are OK."""
    if status < 300 or status == 304:
        return _OK
    if status < 400:
        return _REDIRECT
    if status in (401, 403, 407):
        return _REFUSED
    if status in (404, 410):
        return _MISSING
    return _FAILED


@njit
def _is_static(rules: Rules, buffer: NDArray[np.uint8], offset: int, length: int) -> bool:
    """Tell whether a target's path ends like a static file."""
    end = offset + length
    at = max(offset, authority(buffer, offset, end))
    packed = U(0)
    size = -1  # of the ending; -1 = no dot yet
    while at < end:
        c = int(buffer[at])
        if c in (_QUESTION, _SEMICOLON, _HASH):
            break
        if c == _SLASH:
            size = -1
        elif c == _DOT:
            size = 0
            packed = U(0)
        elif 0 <= size < 8:
            packed = (packed << U(8)) | U(c + 32 if 65 <= c <= 90 else c)
            size += 1
        elif size == 8:
            size = 9
        at += 1
    if size < 1 or size > 8:
        return False
    for ending in rules.static:  # noqa: SIM110 - compiled code has no generators
        if ending == packed:
            return True
    return False


@njit
def _is_elsewhere(rules: Rules, buffer: NDArray[np.uint8], offset: int, length: int, host: int, size: int) -> bool:
    """Tell whether a request names a host that the profile is not for."""
    end = offset + length
    absolute = authority(buffer, offset, end)
    if absolute > 0:
        h, _ = host_hash(buffer, absolute, end)
    elif size > 0:
        h, _ = host_hash(buffer, host, host + size)
    else:
        return False
    for known in rules.hosts:  # noqa: SIM110
        if known == h:
            return False
    return True


@njit
def _device(rules: Rules, scratch: Scratch, buffer: NDArray[np.uint8], offset: int, length: int) -> Word:
    """Return the hash of a user agent without its digits: versions come and go, the client stays."""
    n = 0
    for i in range(offset, offset + length):
        c = buffer[i]
        if c < 48 or c > 57:
            scratch.agent[n] = c
            n += 1
    return _keyed(rules, _DEVICE, scratch.agent, 0, n)


@njit
def _is_absent(buffer: NDArray[np.uint8], offset: int, length: int) -> bool:
    """Tell whether a slice is empty, or the `-` by which logs say nothing."""
    return length == 0 or (length == 1 and buffer[offset] == _DASH)


@njit
def _tally(counts: NDArray[np.int64], seen: int) -> None:
    """Count one record: `seen` has the bit of each count that its rows asked for."""
    if seen & (1 << REJECTED) != 0:
        counts[REJECTED] += 1
    elif seen & (1 << PARSED) != 0:
        for which in (PARSED, UNMATCHED, WITHOUT_ACCOUNT, WITHOUT_PATIENT):
            if seen & (1 << which) != 0:
                counts[which] += 1
    else:
        for kind in range(1, PARSED):
            if seen & (1 << kind) != 0:
                counts[kind] += 1


@njit
def normalise_rows(
    rules: Rules,
    table: RouteArrays,
    work: Work,
    scratch: Scratch,
    buffer: NDArray[np.uint8],
    rows: NDArray[Any],
    events: NDArray[Any],
    source: NDArray[np.int64],
    accounts: NDArray[np.int64],
    patients: NDArray[np.int64],
    rejected: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> int:
    """Write one EVENT row for each RECORD row that is an access; return how many.

    All outputs have room for as many rows as `rows`: `source` the row that an event comes from, `accounts` and
    `patients` (offset, length, mode) of the names in the buffer (length 0 = none), `rejected` the first
    `counts[REJECTED]` rows whose identifier is too long. `counts` has COUNTS entries, in records.
    """
    n = 0
    first = 0  # event of this record
    seen = 0
    for i in range(len(rows)):
        row = rows[i]
        if i == 0 or row["position"] != rows[i - 1]["position"]:
            if i > 0:
                _tally(counts, seen)
            seen = 0
            first = n
        elif seen & (1 << REJECTED) != 0:
            continue

        # What was asked of whom
        target, target_length = S(row["target"]), S(row["target_len"])
        host, host_length = S(row["host"]), S(row["host_len"])
        method, action, status = S(row["method"]), S(row["action"]), S(row["status"])
        routed = action != UNROUTED
        if not routed and target_length == 0 and method == 0:
            seen |= 1 << _NO_REQUEST
            continue
        if len(rules.hosts) > 0 and _is_elsewhere(rules, buffer, target, target_length, host, host_length):
            seen |= 1 << _OTHER_HOST
            continue
        if not routed and method == _OPTIONS:
            seen |= 1 << _PREFLIGHT
            continue
        route = -1
        work.found[:] = 0
        if target_length > 0:
            route = match_route(table, work, buffer, target, target_length, method, host, host_length)
        if not routed:
            if route >= 0 and rules.ignore[route] != 0:
                seen |= 1 << S(rules.ignore[route])
                continue
            if route < 0:
                if _is_static(rules, buffer, target, target_length):
                    seen |= 1 << _STATIC
                    continue
                seen |= 1 << UNMATCHED

        # Who
        session = U(0)
        at, length = S(row["session"]), S(row["session_len"])
        if _is_absent(buffer, at, length):
            at, length = int(work.found[6]), int(work.found[7])
        if not _is_absent(buffer, at, length):
            session = _keyed(rules, _SESSION, buffer, at, length)
        account = U(0)
        flags = 0
        accounts[n, 1] = 0
        too_long = False
        for kind in rules.sources:
            if kind == _FROM_SESSION:
                if session != U(0):
                    account = session
                    flags = _ACCOUNT_FROM_SESSION
                    break
                continue
            at, length, mode = S(row["account"]), S(row["account_len"]), 0
            if kind == _PATH:
                at, length, mode = int(work.found[3]), int(work.found[4]), int(work.found[5])
            size = canonical_account(buffer, at, length, mode, scratch.identifier)
            if size == TOO_LONG:
                too_long = True
            elif size > 0:
                account = _keyed(rules, _ACCOUNT, scratch.identifier, 0, size)
                accounts[n, 0] = at
                accounts[n, 1] = length
                accounts[n, 2] = mode
                break
        if accounts[n, 1] == 0:
            seen |= 1 << WITHOUT_ACCOUNT

        # Whose record
        patient = U(0)
        at, length, mode = S(row["patient"]), S(row["patient_len"]), 0
        if length == 0:
            at, length, mode = int(work.found[0]), int(work.found[1]), int(work.found[2])
        size = canonical_patient(buffer, at, length, mode, scratch.identifier)
        if size > 0:
            patient = _keyed(rules, _PATIENT, scratch.identifier, 0, size)
        if size == TOO_LONG or too_long:
            rejected[counts[REJECTED]] = i
            seen = 1 << REJECTED
            n = first
            continue
        patients[n, 0] = at
        patients[n, 1] = length if size > 0 else 0
        patients[n, 2] = mode

        # From where
        address = network = device = request = U(0)
        at, length = S(row["address"]), S(row["address_len"])
        if not _is_absent(buffer, at, length):
            kind = parse_address(buffer, at, length, scratch.address)
            if kind == IPV4:
                address = _keyed(rules, _ADDRESS, scratch.address, 0, 4)
                network = _keyed(rules, _NETWORK, scratch.address, 0, 3)
            elif kind == IPV6:
                address = _keyed(rules, _ADDRESS, scratch.address, 0, 16)
                network = _keyed(rules, _NETWORK, scratch.address, 0, 6)
            else:
                address = _keyed(rules, _ADDRESS, buffer, at, length)
                network = _keyed(rules, _NETWORK, buffer, at, length)
        at, length = S(row["agent"]), S(row["agent_len"])
        if not _is_absent(buffer, at, length):
            device = _device(rules, scratch, buffer, at, length)
        at, length = S(row["request"]), S(row["request_len"])
        if not _is_absent(buffer, at, length):
            request = _keyed(rules, _REQUEST, buffer, at, length)

        # What came of it
        outcome = S(row["outcome"])
        if outcome == UNROUTED:
            outcome = outcome_of(status)
        fields, listed = S(row["fields"]), S(row["listed"])
        name = U(0)
        if route >= 0:
            name = U(rules.name[route])
            if outcome == _REDIRECT and rules.exposes_on_redirect[route] != 0:
                outcome = _OK
            if not routed:
                action = S(rules.action[route])
            if outcome == _OK:
                fields = S(rules.fields[route]) if fields == 0 else fields
                listed = S(rules.listed[route]) if listed == 0 else listed
        elif not routed:
            action = _OTHER
        if listed > 0:
            flags |= _LISTED_UNKNOWN
        if action == _READ and patient == U(0):
            seen |= 1 << WITHOUT_PATIENT

        event = events[n]
        event["at"] = row["at"]
        event["zone"] = row["zone"]
        event["action"] = action
        event["outcome"] = outcome
        event["flags"] = flags
        event["fields"] = fields
        event["listed"] = listed
        event["service"] = rules.service[0]
        event["account"] = account
        event["session"] = session
        event["address"] = address
        event["network"] = network
        event["device"] = device
        event["patient"] = patient
        event["route"] = name
        event["request"] = request
        source[n] = i
        n += 1
        seen |= 1 << PARSED
    if len(rows) > 0:
        _tally(counts, seen)
    return n


@njit
def canonical_many(
    buffer: NDArray[np.uint8],
    slices: NDArray[np.int64],
    are_accounts: bool,
    scratch: NDArray[np.uint8],
    out: NDArray[np.uint8],
    ends: NDArray[np.int64],
) -> None:
    """Write the canonical form of each (offset, length, mode) one after the other into `out`; `ends` tells where."""
    n = 0
    for i in range(len(slices)):
        at, length, mode = int(slices[i, 0]), int(slices[i, 1]), int(slices[i, 2])
        if are_accounts:
            size = canonical_account(buffer, at, length, mode, scratch)
        else:
            size = canonical_patient(buffer, at, length, mode, scratch)
        for k in range(size):
            out[n + k] = scratch[k]
        n += size
        ends[i] = n
