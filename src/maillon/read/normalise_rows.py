"""From RECORD rows to EVENT rows, one pass: routes, keyed hashes, outcomes, and what is counted instead."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maillon.facts.event import Action, Flag, Outcome
from maillon.facts.record import METHODS, UNROUTED
from maillon.jit import njit
from maillon.read.address import IPV4, IPV6, parse_address
from maillon.read.escapes import RAW, TOO_LONG
from maillon.read.identifiers import canonical_account, canonical_patient
from maillon.read.memo import ONE, TWO, is_there, keep, place_of
from maillon.read.neighbours import neighbourhood
from maillon.read.route_match import ACCOUNT, PATIENT, ROUTE, SESSION
from maillon.read.siphash import siphash13
from maillon.read.target import BYTE_CLASS, SEGMENT_END, authority, host_hash
from maillon.read.words import S, U, Word

# Keyed hashes, each under two words of `Rules.keys`.
LABELS = ("account", "session", "address", "network", "device", "request", "patient", "near")
_ACCOUNT, _SESSION, _ADDRESS, _NETWORK, _DEVICE, _REQUEST, _PATIENT, _NEAR = (S(n) for n in range(0, 16, 2))
_SERVICE = 16  # the service's own hash

SOURCES = ("user", "path", "session")
_USER, _PATH, _FROM_SESSION = range(3)

# Indices of `counts`: the kinds that are ignored come first, named in IGNORED.
IGNORED = ("", "static", "health", "robot", "preflight", "other host", "no request")
_STATIC, _PREFLIGHT, _OTHER_HOST, _NO_REQUEST = 1, 4, 5, 6
PARSED, UNMATCHED, WITHOUT_ACCOUNT, WITHOUT_PATIENT, REJECTED = range(7, 12)
COUNTS = 12

_OPTIONS = METHODS.index("OPTIONS")
_OTHER, _READ = int(Action.OTHER), int(Action.READ)
_OK, _REDIRECT, _REFUSED = int(Outcome.OK), int(Outcome.REDIRECT), int(Outcome.REFUSED)
_MISSING, _FAILED = int(Outcome.MISSING), int(Outcome.FAILED)
_ACCOUNT_FROM_SESSION, _LISTED_UNKNOWN = int(Flag.ACCOUNT_FROM_SESSION), int(Flag.LISTED_UNKNOWN)
_DASH, _DOT, _SLASH = 0x2D, 0x2E, 0x2F
_START, _THREE, _FOUR, _SIX, _SIXTEEN = S(0), S(3), S(4), S(6), S(16)


class Rules(NamedTuple):
    """What a profile says, as arrays; per route where not said otherwise."""

    keys: NDArray[np.uint64]  # two words for each of LABELS, and the service's hash
    sources: NDArray[np.int64]  # of the account, the strongest first
    hosts: NDArray[np.uint64]  # hashes of the hosts that the profile is for; none = any
    static: NDArray[np.uint64]  # endings of static files, as `packed` writes them
    routes: NDArray[np.int64]  # ACTION, FIELDS, LISTED, IGNORE (index in IGNORED), EXPOSES_ON_REDIRECT, _REFUSAL
    names: NDArray[np.uint64]  # of routes: their hashes


ACTION, FIELDS, LISTED, IGNORE, EXPOSES_ON_REDIRECT, EXPOSES_ON_REFUSAL = range(6)

# Columns of `origins`, per event: its row, and where the names of account and patient are.
ROW = 0
ACCOUNT_AT, ACCOUNT_LENGTH, ACCOUNT_MODE = 1, 2, 3
PATIENT_AT, PATIENT_LENGTH, PATIENT_MODE = 4, 5, 6
ORIGINS = 7


@njit
def _keyed(keys: NDArray[np.uint64], which: int, text: NDArray[np.uint8], offset: int, length: int) -> Word:
    return siphash13(text, offset, length, U(keys[which]), U(keys[which + 1]))


@njit
def outcome_of(status: int) -> int:
    """Return the Outcome of an HTTP status; 0, unknown, and 304 (the client already had the answer) are OK."""
    if status < 300 or status == 304:
        return _OK
    if status < 400:
        return _REDIRECT
    if status == 401 or status == 403 or status == 407:  # noqa: PLR1714 - compiled code is slow to build tuples
        return _REFUSED
    if status == 404 or status == 410:  # noqa: PLR1714
        return _MISSING
    return _FAILED


@njit
def _is_static(endings: NDArray[np.uint64], buffer: NDArray[np.uint8], offset: int, length: int) -> bool:
    """Tell whether a target's path ends like a static file."""
    end = offset + length
    at = max(offset, authority(buffer, offset, end))
    packed = U(0)
    size = -1  # of the ending; -1 = no dot yet
    while at < end:
        c = int(buffer[at])
        if c == _SLASH:
            size = -1
        elif BYTE_CLASS[c] & SEGMENT_END != 0:
            break
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
    for ending in endings:  # noqa: SIM110 - compiled code has no generators
        if ending == packed:
            return True
    return False


@njit
def _is_elsewhere(
    hosts: NDArray[np.uint64], buffer: NDArray[np.uint8], offset: int, length: int, host: int, size: int
) -> bool:
    """Tell whether a request names a host that the profile is not for."""
    end = offset + length
    absolute = authority(buffer, offset, end)
    if absolute > 0:
        h, _ = host_hash(buffer, absolute, end)
    elif size > 0:
        h, _ = host_hash(buffer, host, host + size)
    else:
        return False
    for known in hosts:  # noqa: SIM110
        if known == h:
            return False
    return True


@njit
def _device(
    keys: NDArray[np.uint64], scratch: NDArray[np.uint8], buffer: NDArray[np.uint8], offset: int, length: int
) -> Word:
    """Return the hash of a user agent without its digits: versions come and go, the client stays."""
    n = S(0)
    for i in range(offset, offset + length):
        c = buffer[i]
        scratch[n] = c
        n += 1 if c < 48 or c > 57 else 0
    return _keyed(keys, _DEVICE, scratch, _START, n)


@njit
def _address(
    keys: NDArray[np.uint64], scratch: NDArray[np.uint8], buffer: NDArray[np.uint8], offset: int, length: int
) -> tuple[Word, Word]:
    """Return the hashes of an address and of its network, however it is written."""
    kind = parse_address(buffer, offset, length, scratch)
    if kind == IPV4:
        return _keyed(keys, _ADDRESS, scratch, _START, _FOUR), _keyed(keys, _NETWORK, scratch, _START, _THREE)
    if kind == IPV6:
        return _keyed(keys, _ADDRESS, scratch, _START, _SIXTEEN), _keyed(keys, _NETWORK, scratch, _START, _SIX)
    return _keyed(keys, _ADDRESS, buffer, offset, length), _keyed(keys, _NETWORK, buffer, offset, length)


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
        for which in range(PARSED, REJECTED):
            if seen & (1 << which) != 0:
                counts[which] += 1
    else:
        for kind in range(1, PARSED):
            if seen & (1 << kind) != 0:
                counts[kind] += 1


@njit
def normalise_rows(
    rules: Rules,
    memos: NDArray[np.uint64],
    scratch: NDArray[np.uint8],
    buffer: NDArray[np.uint8],
    rows: NDArray[Any],
    found: NDArray[np.int64],
    events: NDArray[Any],
    origins: NDArray[np.int64],
    rejected: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> int:
    """Write one EVENT row for each RECORD row that is an access; return how many.

    `found` is what `match_rows` wrote of `rows`. The outputs have room for as many rows: `origins` has ORIGINS columns
    (length 0 = no name), `rejected` begins with the `counts[REJECTED]` rows whose identifier is too long. `counts` has
    COUNTS entries, in records. `scratch` holds 2 × LONGEST bytes and the longest user agent; `memos` a memo each, all
    zeros, of accounts, addresses and user agents.
    """
    keys = rules.keys
    accounts, addresses, agents = memos[0], memos[1], memos[2]
    n = S(0)
    first = S(0)  # event of this record
    seen = S(0)
    for i in range(len(rows)):
        row = rows[i]
        if i == 0 or row["position"] != rows[i - 1]["position"]:
            if i > 0:
                _tally(counts, seen)
            seen = S(0)
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
        if len(rules.hosts) > 0 and _is_elsewhere(rules.hosts, buffer, target, target_length, host, host_length):
            seen |= 1 << _OTHER_HOST
            continue
        if not routed and method == _OPTIONS:
            seen |= 1 << _PREFLIGHT
            continue
        route = found[i, ROUTE]
        if not routed:
            if route >= 0 and rules.routes[route, IGNORE] != 0:
                seen |= 1 << S(rules.routes[route, IGNORE])
                continue
            if route < 0:
                if _is_static(rules.static, buffer, target, target_length):
                    seen |= 1 << _STATIC
                    continue
                seen |= 1 << UNMATCHED

        # Who
        session = U(0)
        at, length = S(row["session"]), S(row["session_len"])
        if _is_absent(buffer, at, length):
            at, length = found[i, SESSION], found[i, SESSION + 1]
        if not _is_absent(buffer, at, length):
            session = _keyed(keys, _SESSION, buffer, at, length)
        account = U(0)
        flags = 0
        origins[n, ACCOUNT_LENGTH] = 0
        too_long = False
        for kind in rules.sources:
            if kind == _FROM_SESSION:
                if session != U(0):
                    account = session
                    flags = _ACCOUNT_FROM_SESSION
                    break
                continue
            at, length, mode = S(row["account"]), S(row["account_len"]), RAW
            if kind == _PATH:
                at, length, mode = found[i, ACCOUNT], found[i, ACCOUNT + 1], found[i, ACCOUNT + 2]
            size = length
            place = place_of(accounts, buffer, at, length)
            if length > 0 and is_there(accounts, place, buffer, at, length) and accounts[place, TWO] == U(mode):
                account = U(accounts[place, ONE])
            else:
                size = canonical_account(buffer, at, length, mode, scratch)
                if size > 0:
                    account = _keyed(keys, _ACCOUNT, scratch, _START, size)
                    keep(accounts, place, at, length, account, U(mode))
            if size == TOO_LONG:
                too_long = True
            elif size > 0:
                origins[n, ACCOUNT_AT] = at
                origins[n, ACCOUNT_LENGTH] = length
                origins[n, ACCOUNT_MODE] = mode
                break
        if origins[n, ACCOUNT_LENGTH] == 0:
            seen |= 1 << WITHOUT_ACCOUNT

        # Whose record
        patient = near = U(0)
        at, length, mode = S(row["patient"]), S(row["patient_len"]), RAW
        if length == 0:
            at, length, mode = found[i, PATIENT], found[i, PATIENT + 1], found[i, PATIENT + 2]
        size = canonical_patient(buffer, at, length, mode, scratch)
        if size > 0:
            patient = _keyed(keys, _PATIENT, scratch, _START, size)
            near = neighbourhood(scratch, size, U(keys[_NEAR]), U(keys[_NEAR + 1]))
        if size == TOO_LONG or too_long:
            rejected[counts[REJECTED]] = i
            seen = S(1 << REJECTED)
            n = first
            continue
        origins[n, ROW] = i
        origins[n, PATIENT_AT] = at
        origins[n, PATIENT_LENGTH] = length if size > 0 else 0
        origins[n, PATIENT_MODE] = mode

        # From where
        address = network = device = request = U(0)
        at, length = S(row["address"]), S(row["address_len"])
        if not _is_absent(buffer, at, length):
            place = place_of(addresses, buffer, at, length)
            if is_there(addresses, place, buffer, at, length):
                address, network = U(addresses[place, ONE]), U(addresses[place, TWO])
            else:
                address, network = _address(keys, scratch, buffer, at, length)
                keep(addresses, place, at, length, address, network)
        at, length = S(row["agent"]), S(row["agent_len"])
        if not _is_absent(buffer, at, length):
            place = place_of(agents, buffer, at, length)
            if is_there(agents, place, buffer, at, length):
                device = U(agents[place, ONE])
            else:
                device = _device(keys, scratch, buffer, at, length)
                keep(agents, place, at, length, device, device)
        at, length = S(row["request"]), S(row["request_len"])
        if not _is_absent(buffer, at, length):
            request = _keyed(keys, _REQUEST, buffer, at, length)

        # What came of it
        outcome = S(row["outcome"])
        if outcome == UNROUTED:
            outcome = outcome_of(status)
        fields, listed = S(row["fields"]), S(row["listed"])
        name = U(0)
        if route >= 0:
            name = U(rules.names[route])
            if outcome == _REDIRECT and rules.routes[route, EXPOSES_ON_REDIRECT] != 0:
                outcome = _OK
            if outcome == _REFUSED and rules.routes[route, EXPOSES_ON_REFUSAL] != 0:
                outcome = _OK
            if not routed:
                action = S(rules.routes[route, ACTION])
            if outcome == _OK:
                fields = S(rules.routes[route, FIELDS]) if fields == 0 else fields
                listed = S(rules.routes[route, LISTED]) if listed == 0 else listed
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
        event["service"] = keys[_SERVICE]
        event["account"] = account
        event["session"] = session
        event["address"] = address
        event["network"] = network
        event["device"] = device
        event["patient"] = patient
        event["near"] = near
        event["route"] = name
        event["request"] = request
        n += 1
        seen |= 1 << PARSED
    if len(rows) > 0:
        _tally(counts, seen)
    return int(n)


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
        at, length, mode = S(slices[i, 0]), S(slices[i, 1]), S(slices[i, 2])
        if are_accounts:
            size = canonical_account(buffer, at, length, mode, scratch)
        else:
            size = canonical_patient(buffer, at, length, mode, scratch)
        for k in range(size):
            out[n + k] = scratch[k]
        n += size
        ends[i] = n
