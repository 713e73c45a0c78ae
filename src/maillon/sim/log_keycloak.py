"""The identity provider's user events as Keycloak gives them, one JSON object a line, in order of time.

Shapes and types: Keycloak's EventRepresentation. REFRESH_TOKEN is not saved by default, so there is none.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.places import address_text
from maillon.sim.routes import PAGE
from maillon.sim.texts import chunks, session_text, spelled, uuid_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from maillon.sim.simulated import Simulated

_TYPES = ("LOGIN", "LOGIN_ERROR", "LOGOUT", "UPDATE_CREDENTIAL", "CODE_TO_TOKEN")
_LOGIN, _ERROR, _LOGOUT, _CREDENTIAL, _TOKEN = range(5)
_REDIRECT = "https://orientation.example.org/connexion/retour"


def keycloak(sim: Simulated) -> Iterator[bytes]:
    """Yield the events in blocks of whole lines."""
    page, status = sim.columns.page, sim.columns.status
    rows = np.flatnonzero(np.isin(page, (PAGE["login"], PAGE["logout"], PAGE["credential"])))
    kind = np.select(
        [page[rows] == PAGE["logout"], page[rows] == PAGE["credential"], status[rows] == 401],
        [_LOGOUT, _CREDENTIAL, _ERROR],
        _LOGIN,
    )
    tokens = rows[kind == _LOGIN]
    at = np.concatenate((sim.columns.at[rows], sim.columns.at[tokens] + 300_000))
    kind = np.append(kind, np.full(len(tokens), _TOKEN))
    sitting = sim.columns.sitting[np.append(rows, tokens)]
    order = np.argsort(at, kind="stable")
    order = order[at[order] < sim.period.end]
    accounts = [json.dumps(name) for name in sim.accounts]
    for part in chunks(len(order)):
        chosen = order[part]
        seats = sitting[chosen]
        lines = [
            _line(time, which, accounts[who], user, session, address)
            for time, which, who, user, session, address in zip(
                (at[chosen] // 1000).tolist(),
                kind[chosen].tolist(),
                sim.sittings.account[seats].tolist(),
                spelled(sim.sittings.account[seats], _user_text),
                spelled(sim.sittings.session[seats], session_text),
                spelled(sim.sittings.address[seats], address_text),
                strict=True,
            )
        ]
        yield "".join(lines).encode()


def _user_text(account: int) -> str:
    return uuid_text("account", account)


def _line(time: int, kind: int, account: str, user: str, session: str, address: str) -> str:
    """Spell one event. A log-in that failed has no session; `code_id` is the session's, as in Keycloak."""
    known = "" if kind == _ERROR else f'"sessionId":"{session}",'
    error = '"error":"invalid_user_credentials",' if kind == _ERROR else ""
    if kind == _TOKEN:
        details = f'"grant_type":"authorization_code","code_id":"{session}","scope":"openid"'
    elif kind == _LOGOUT:
        details = f'"redirect_uri":"{_REDIRECT}"'
    elif kind == _CREDENTIAL:
        details = f'"username":{account},"credential_type":"password"'
    else:
        way = f'"auth_method":"openid-connect","auth_type":"code","redirect_uri":"{_REDIRECT}"'
        details = f'{way},"username":{account}' + ("" if kind == _ERROR else f',"code_id":"{session}"')
    return (
        f'{{"time":{time},"type":"{_TYPES[kind]}","realmId":"region","clientId":"orientation","userId":"{user}",'
        f'{known}"ipAddress":"{address}",{error}"details":{{{details}}}}}\n'
    )
