"""The portal's web log: nginx combined with the account, then `$request_time` and `$cookie_sid`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from maillon.facts.event import Action
from maillon.sim.decor import ITEMS, MACHINES, draw_decor
from maillon.sim.hashes import splitmix64
from maillon.sim.places import address_text, agent_text
from maillon.sim.routes import PAGES
from maillon.sim.texts import chunks, common_times, search_terms, session_text, spelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from maillon.sim.simulated import Simulated

LOG_FORMAT = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent" $request_time $cookie_sid'
)
"""What an operator would write in nginx.conf for this log."""

_SITE = "https://orientation.example.org"
_ELSEWHERE = np.array([page.action in {Action.LOGIN, Action.LOGOUT, Action.TAMPER} for page in PAGES])
"""Pages of the identity provider: they are in its own log."""


@dataclass(frozen=True)
class _Requests:
    """All requests in order of time. `kind` is an index in PAGES, or in ITEMS after them."""

    at: NDArray[np.int64]
    sitting: NDArray[np.int64]
    kind: NDArray[np.int64]
    number: NDArray[np.int64]  # the patient's; -1 = none
    status: NDArray[np.int64]


def combined(sim: Simulated) -> Iterator[bytes]:
    """Yield the web log in blocks of whole lines."""
    requests = _requests(sim)
    zone = sim.period.zone(requests.at)
    for part in chunks(len(requests.at)):
        yield _block(sim, requests, zone, part)


def _requests(sim: Simulated) -> _Requests:
    columns, decor = sim.columns, draw_decor(sim)
    ours = np.flatnonzero(~_ELSEWHERE[columns.page])
    at = np.concatenate((columns.at[ours], decor.at))
    order = np.argsort(at, kind="stable")
    none = np.full(len(decor.at), -1)
    status = np.array([item.status for item in ITEMS])[decor.item]
    numbers = np.append(sim.numbers, -1)
    sitting = columns.sitting[ours].astype(np.int64)
    kind = columns.page[ours].astype(np.int64)
    return _Requests(
        at=at[order],
        sitting=np.concatenate((sitting, decor.sitting))[order],
        kind=np.concatenate((kind, decor.item + len(PAGES)))[order],
        number=np.concatenate((numbers[columns.patient[ours]], none))[order],
        status=np.concatenate((columns.status[ours], status))[order],
    )


@cache
def _ends() -> tuple[list[str], list[str]]:
    """What comes before and after the blank in the request of each kind."""
    pages = [f"{page.method} {page.template} HTTP/2.0" for page in PAGES]
    cuts = [(text[: text.find("{")], text[text.find("}") + 1 :]) if "{" in text else (text, "") for text in pages]
    cuts += [(f"GET {item.target} HTTP/1.1", "") for item in ITEMS]
    return [head for head, _ in cuts], [tail for _, tail in cuts]


@cache
def _durations() -> list[str]:
    return [f"{0.004 + 0.05 * -np.log1p(-(step + 0.5) / 1024):.3f}" for step in range(1024)]


def _block(sim: Simulated, requests: _Requests, zone: NDArray[np.int64], part: slice) -> bytes:
    kind, sitting, status = requests.kind[part], requests.sitting[part], requests.status[part]
    luck = splitmix64((requests.at[part] ^ (sitting << 20)).astype(np.uint64))
    named = np.append(np.ones(len(PAGES), np.bool_), [item.named for item in ITEMS])[kind]
    none = np.full(len(MACHINES), -1)
    account = np.where(named, np.append(sim.sittings.account, none)[sitting], -1)
    session = np.where(named, np.append(sim.sittings.session, none)[sitting], -1)
    accounts, durations = [*sim.accounts, "-"], _durations()
    lines = [
        f'{address} - {accounts[who]} [{when}] "{request}" {code} {size} "{before}" "{agent}" {durations[pick]} {sid}\n'
        for address, who, when, request, code, size, before, agent, pick, sid in zip(
            spelled(_with_machines(sim.sittings.address, 0)[sitting], address_text),
            account.tolist(),
            common_times(requests.at[part], zone[part]),
            _request_texts(kind, requests.number[part], luck),
            status.tolist(),
            _sizes(kind, status, luck).tolist(),
            _referrers(kind, requests.number[part], luck),
            spelled(_with_machines(sim.sittings.agent, 1)[sitting], _agent_text),
            (luck >> np.uint64(54)).tolist(),
            spelled(session, session_text),
            strict=True,
        )
    ]
    return "".join(lines).encode()


def _with_machines(codes: NDArray[np.integer], which: int) -> NDArray[np.int64]:
    """Return the codes of the sittings followed by those of the machines: addresses (0), or agents (1) below zero."""
    machines = [machine[0] if which == 0 else -1 - rank for rank, machine in enumerate(MACHINES)]
    return np.append(codes.astype(np.int64), machines)


def _agent_text(code: int) -> str:
    return agent_text(code) if code >= 0 else MACHINES[-1 - code][1]


def _request_texts(kind: NDArray[np.int64], number: NDArray[np.int64], luck: NDArray[np.uint64]) -> list[str]:
    heads, tails = _ends()
    terms = search_terms()
    search = np.array([page.action == Action.SEARCH for page in PAGES] + [False] * len(ITEMS))[kind]
    blank = np.array(["{" in page.template for page in PAGES] + [False] * len(ITEMS))[kind]
    pick = (luck % np.uint64(len(terms))).astype(np.int64)
    counted = np.where(number >= 0, number, 1 + pick % 4)
    fills = [
        terms[term] if searched else (str(count) if has else "")
        for term, searched, count, has in zip(
            pick.tolist(), search.tolist(), counted.tolist(), blank.tolist(), strict=True
        )
    ]
    return [f"{heads[which]}{fill}{tails[which]}" for which, fill in zip(kind.tolist(), fills, strict=True)]


def _sizes(kind: NDArray[np.int64], status: NDArray[np.int64], luck: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Answers vary by a fifth about their usual size; refusals and failures are short."""
    usual = np.array([page.size for page in PAGES] + [item.size for item in ITEMS])[kind]
    varied = usual * (820 + (luck >> np.uint64(20) & np.uint64(255)).astype(np.int64)) // 1000
    return np.where(status >= 400, 162, np.where(kind < len(PAGES), varied, usual))


def _referrers(kind: NDArray[np.int64], number: NDArray[np.int64], luck: NDArray[np.uint64]) -> list[str]:
    """Care acts and updates come from the patient's page, the rest from the home page, a list, or nowhere."""
    usual = (f"{_SITE}/accueil", f"{_SITE}/recherche", f"{_SITE}/listes/attente?page=1", "-")
    act = np.array([page.action in {Action.CARE, Action.UPDATE} for page in PAGES] + [False] * len(ITEMS))[kind]
    anonymous = np.array([False] * len(PAGES) + [not item.named for item in ITEMS])[kind]
    pick = np.where(anonymous, 3, (luck >> np.uint64(40) & np.uint64(3)).astype(np.int64))
    return [
        f"{_SITE}/dossiers/{patient}" if acts else usual[which]
        for patient, acts, which in zip(number.tolist(), act.tolist(), pick.tolist(), strict=True)
    ]
