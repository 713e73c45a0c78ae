"""A service's profile: how its routes map to actions, patients and the identity fields that an answer shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from maillon.facts.event import Action


@dataclass(frozen=True)
class Route:
    """One route template.

    `template` is a path whose variable parts stand in braces: `{patient}` (the identifier of a patient), `{account}`
    and `{session}` (where the path holds them), `{id}` (any other identifier), `{*}` last (the rest of the path).
    A brace may have a fixed prefix and suffix inside its segment (`{patient}.pdf`, `Patients({patient})`).
    A query is `?key={patient}&other={id}` (keys that the template does not name are free), matrix parameters are
    `;key={patient}`. An absolute template `http://host/…` binds the host, otherwise any host matches.
    """

    method: str  # "GET", …, or "*"
    template: str
    action: Action
    fields: int = 0  # bits of Field
    listed: int = 0  # how many patients the page shows at most, besides {patient}
    ignore: str = ""  # "static", "health", "robot": counted under this kind, yields no event
    exposes_on_redirect: bool = False
    certainty: float = 1.0  # of a learnt route: how sure, 0 to 1
    why: str = ""  # of a learnt route: the evidence, in a sentence
    exposes_on_refusal: bool = False  # a failed log-in whose answer shows the patient, say


@dataclass(frozen=True)
class Profile:
    """The profile of one service. `account` says where the account is, the strongest first.

    Sources of an account: "user" (the log's user field), "path" (an {account} in the templates), "session".
    `domain` labels the patient identifiers: services with the same domain share their patients.
    """

    name: str
    account: tuple[str, ...] = ("user", "path", "session")
    domain: str = ""
    hosts: tuple[str, ...] = ()  # virtual hosts that this profile is for; empty = any
    routes: tuple[Route, ...] = ()
    learnt: bool = False
    notes: tuple[str, ...] = field(default=())  # of a learnt profile: what was seen and what is missing
