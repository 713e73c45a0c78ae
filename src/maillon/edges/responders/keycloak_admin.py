"""The few calls of Keycloak's Admin REST API that containment needs, as a service account with few rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from msgspec import Meta

from maillon.edges.responders.declaration import Connection
from maillon.edges.responders.http import FORM, Reply, ask, ask_json, form
from maillon.edges.responders.secret import Secret, read_secret
from maillon.facts.errors import ResponderError

_GONE = 404


class Settings(Connection, frozen=True, kw_only=True):
    """What `[responders.keycloak]` may say."""

    url: Annotated[str, Meta(description="where Keycloak answers, e.g. `https://sso.example.org`")]
    realm: Annotated[str, Meta(description="the realm of the professionals")]
    client_secret: Annotated[Secret, Meta(description="secret of the service account, `file:PATH` or `env:NAME`")]
    client_id: Annotated[str, Meta(description="client whose service account acts")] = "maillon"
    account: Annotated[
        Literal["username", "email", "id"], Meta(description="what the account of the logs is in Keycloak")
    ] = "username"
    step_up_group: Annotated[str, Meta(description="group of the accounts that must log in in a stronger way")] = (
        "maillon-step-up"
    )
    suspended_group: Annotated[str, Meta(description="group that marks the accounts that Maillon suspended")] = (
        "maillon-suspended"
    )
    required_actions: Annotated[
        tuple[str, ...], Meta(description="what a suspended account must do at its first log-in after a release")
    ] = ("UPDATE_PASSWORD",)
    remove_credentials: Annotated[
        Literal["suspend", "end_sessions", "never"],
        Meta(description="from which order on credentials enrolled since the theft began are removed, not just listed"),
    ] = "suspend"


@dataclass(frozen=True)
class Admin:
    """An authenticated way into one realm."""

    settings: Settings
    token: str

    def ask(self, method: str, place: str, value: object = None) -> Reply:
        """Ask the Admin API. Raises ResponderError."""
        realm = quote(self.settings.realm, safe="")
        url = f"{self.settings.url.rstrip('/')}/admin/realms/{realm}{place}"
        return ask_json(self.settings, method, url, token=self.token, value=value)

    def user(self, account: str) -> dict[str, Any]:
        """Return the account's user. Raises ResponderError where there is none, or more than one."""
        if self.settings.account == "id":
            return dict(self.ask("GET", f"/users/{quote(account, safe='')}").json())
        query = urlencode({self.settings.account: account, "exact": "true", "max": "2"})
        found = [one for one in self.ask("GET", f"/users?{query}").json() if _is(one, self.settings.account, account)]
        if len(found) != 1:
            told = f"realm {self.settings.realm} has {len(found)} users of this {self.settings.account}"
            raise ResponderError(told, "refused")
        return dict(found[0])

    def group(self, name: str) -> str:
        """Return the id of a group at the top, empty where the realm has none of that name."""
        query = urlencode({"search": name, "exact": "true"})
        return next((str(one["id"]) for one in self.ask("GET", f"/groups?{query}").json() if one["name"] == name), "")

    def groups_of(self, user: str) -> set[str]:
        """Return the ids of the groups that a user is in."""
        return {str(one["id"]) for one in self.ask("GET", f"/users/{user}/groups").json()}

    def offline_sessions(self, user: str) -> list[str]:
        """Return the ids of a user's offline sessions. `logout` leaves them alive."""
        consents = self.ask("GET", f"/users/{user}/consents").json()
        grants = [grant for one in consents for grant in one["additionalGrants"]]
        clients = {str(grant["client"]) for grant in grants if grant.get("key") == "Offline Token"}
        places = [f"/users/{user}/offline-sessions/{client}" for client in sorted(clients)]
        return sorted({str(one["id"]) for place in places for one in self.ask("GET", place).json()})

    def gone(self, place: str) -> None:
        """Delete something; what is not there is gone already."""
        try:
            self.ask("DELETE", place)
        except ResponderError as error:
            if error.status != _GONE:
                raise


def enter(settings: Settings) -> Admin:
    """Log in as the service account. Raises ResponderError, UsageError."""
    url = f"{settings.url.rstrip('/')}/realms/{quote(settings.realm, safe='')}/protocol/openid-connect/token"
    fields = {
        "grant_type": "client_credentials",
        "client_id": settings.client_id,
        "client_secret": read_secret(settings.client_secret),
    }
    reply = ask(settings, "POST", url, headers=FORM, body=form(fields))
    token = reply.json().get("access_token")
    if not isinstance(token, str):
        raise ResponderError(f"{reply.source} gave no access token", "refused")
    return Admin(settings, token)


def _is(user: Mapping[str, Any], attribute: str, account: str) -> bool:
    """Say whether the search meant this user: Keycloak stores names in lower case."""
    return str(user.get(attribute, "")).casefold() == account.casefold()
