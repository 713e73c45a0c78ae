"""The shelf of responders: whoever can act on an order, one foreign thing a file, one table."""

from __future__ import annotations

from maillon.edges.responders import crowdsec, dry_run, keycloak, lemonldap, people, scim, shared_signals, webhook
from maillon.edges.responders.declaration import Responder

RESPONDERS: tuple[Responder, ...] = (
    dry_run.DECLARATION,
    keycloak.DECLARATION,
    scim.DECLARATION,
    shared_signals.DECLARATION,
    webhook.DECLARATION,
    crowdsec.DECLARATION,
    lemonldap.DECLARATION,
    people.DECLARATION,
)
