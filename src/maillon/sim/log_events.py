"""Maillon's own event lines: what a service writes that can log what it likes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from maillon.facts.event import Field, Outcome
from maillon.sim.places import address_text, agent_text
from maillon.sim.routes import PAGES
from maillon.sim.simulated import outcomes
from maillon.sim.texts import chunks, iso_times, session_text, spelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from maillon.sim.simulated import Simulated

_ACTIONS = [page.action.name.lower() for page in PAGES]
_OUTCOMES = [outcome.name.lower() for outcome in Outcome]
_FIELDS = [
    json.dumps([field.name.lower() for field in Field if page.fields & field and field.name], separators=(",", ":"))
    for page in PAGES
]


def event_lines(sim: Simulated) -> Iterator[bytes]:
    """Yield all events, log-ins too, in blocks of whole lines."""
    for part in chunks(len(sim)):
        yield _block(sim, part)


def _block(sim: Simulated, part: slice) -> bytes:
    columns, sittings = sim.columns, sim.sittings
    sitting, outcome = columns.sitting[part], outcomes(columns.status[part])
    accounts = [json.dumps(name) for name in sim.accounts]
    lines = [
        f'{{"maillon":1,"at":"{at}","account":{accounts[who]},"session":"{session}","address":"{address}",'
        f'"client":"{agent}","action":"{_ACTIONS[page]}",{patient}"fields":{_FIELDS[page] if shown == 0 else "[]"},'
        f'"listed":{listed},"outcome":"{_OUTCOMES[shown]}"}}\n'
        for at, who, session, address, agent, page, patient, listed, shown in zip(
            iso_times(columns.at[part], sim.zone[part]),
            sittings.account[sitting].tolist(),
            spelled(sittings.session[sitting], session_text),
            spelled(sittings.address[sitting], address_text),
            spelled(sittings.agent[sitting], agent_text),
            columns.page[part].tolist(),
            spelled(columns.patient[part], lambda index: f'"patient":"{sim.numbers[index]}",' if index >= 0 else ""),
            columns.listed[part].tolist(),
            outcome.tolist(),
            strict=True,
        )
    ]
    return "".join(lines).encode()
