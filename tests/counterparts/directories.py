"""Counterparts that hold accounts: Keycloak's Admin API and a SCIM service."""

from __future__ import annotations

import copy
import json
import re
from urllib.parse import parse_qs

from counterparts import ACCOUNT, SECRET, Counterpart

GROUPS = {"g-up": "maillon-step-up", "g-off": "maillon-suspended"}


class Keycloak(Counterpart):
    responder = "keycloak"
    actions = ("step_up", "end_sessions", "suspend")

    def start(self):
        self.user = {"id": "u1", "username": ACCOUNT, "enabled": True, "requiredActions": ["VERIFY_EMAIL"]}
        self.groups = {"g-other"}
        self.sessions = {"s1", "s2"}
        self.offline = {"o1", "o2"}
        self.credentials = {"c-old": 1_000, "c-new": 5_000_000}

    def settings(self):
        return {"url": self.base, "realm": "sante", "client_secret": self.secret("keycloak"), "seconds": 0.4}

    def standing(self):
        return copy.deepcopy((self.user["enabled"], sorted(self.user["requiredActions"]), self.groups))

    def effect(self, action):
        if action == "step_up":
            assert "g-up" in self.groups
            assert self.sessions, "nobody is thrown out by a step-up"
            return
        assert (self.sessions, self.offline) == (set(), set())
        if action == "suspend":
            assert self.user["enabled"] is False
            assert set(self.user["requiredActions"]) == {"VERIFY_EMAIL", "UPDATE_PASSWORD"}
            assert set(self.credentials) == {"c-old"}, "the one enrolled since the theft began is gone"
            assert "g-off" in self.groups
        else:
            assert set(self.credentials) == {"c-old", "c-new"}, "only listed"
            assert self.user["enabled"] is True
        assert "g-other" in self.groups

    def answer(self, asked):
        if asked.path == "/realms/sante/protocol/openid-connect/token":
            given = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
            wanted = {"grant_type": "client_credentials", "client_id": "maillon", "client_secret": SECRET}
            return (200, {"access_token": "t-" + SECRET}) if given == wanted else (401, {"error": "invalid_client"})
        if asked.bearer != "t-" + SECRET:
            return 401, {"error": "HTTP 401 Unauthorized"}
        place = asked.path.removeprefix("/admin/realms/sante")
        return self.admin(asked.method, place, asked)

    def admin(self, method, place, asked):
        if (method, place) == ("GET", "/users"):
            wanted = asked.query.get("username")
            return 200, [self.user] if wanted in (None, ACCOUNT) else []
        if (method, place) == ("GET", "/groups"):
            assert asked.query["exact"] == "true"
            return 200, [{"id": one, "name": name} for one, name in GROUPS.items() if name == asked.query["search"]]
        if match := re.fullmatch(r"/sessions/(.+)", place):
            assert (method, asked.query) == ("DELETE", {"isOffline": "true"})
            if match[1] not in self.offline:
                return 404, {"error": "Session not found"}
            self.offline.discard(match[1])
            return 204, None
        if not place.startswith("/users/u1"):
            return 404, {"error": "not found"}
        return self.of_user(method, place.removeprefix("/users/u1"), asked)

    def of_user(self, method, place, asked):
        if place == "" and method == "GET":
            return 200, self.user
        if place == "" and method == "PUT":
            self.user |= asked.json()
            return 204, None
        if (method, place) == ("POST", "/logout"):
            self.sessions.clear()
            return 204, None
        if (method, place) == ("GET", "/groups"):
            return 200, [{"id": one} for one in self.groups]
        if (method, place) == ("GET", "/consents"):
            grants = [{"client": "c1", "key": "Offline Token"}] if self.offline else []
            return 200, [{"clientId": "portal", "additionalGrants": grants}]
        if (method, place) == ("GET", "/offline-sessions/c1"):
            return 200, [{"id": one} for one in sorted(self.offline)]
        if (method, place) == ("GET", "/credentials"):
            return 200, [{"id": k, "type": "otp", "createdDate": v} for k, v in self.credentials.items()]
        kind, _, name = place.strip("/").partition("/")
        if kind == "groups" and name in GROUPS:
            (self.groups.add if method == "PUT" else self.groups.discard)(name)
            return 204, None
        if kind == "credentials" and method == "DELETE":
            return (204, None) if self.credentials.pop(name, None) else (404, {"error": "gone"})
        return 404, {"error": place}


class Scim(Counterpart):
    responder = "scim"
    actions = ("suspend",)

    def start(self):
        self.users = {"7": {"id": "7", "userName": ACCOUNT, "active": True}}

    def settings(self):
        return {"url": f"{self.base}/scim/v2", "token": self.secret("scim"), "seconds": 0.4}

    def standing(self):
        return self.users["7"]["active"]

    def effect(self, action):  # noqa: ARG002
        assert self.users["7"]["active"] is False

    def answer(self, asked):
        if asked.bearer != SECRET:
            return 401, {"status": "401"}
        assert asked.headers["accept"] == "application/scim+json"
        if asked.method == "GET" and asked.path == "/scim/v2/Users":
            wanted = asked.query.get("filter")
            found = [one for one in self.users.values() if wanted in (None, f'userName eq "{one["userName"]}"')]
            return 200, {"totalResults": len(found), "Resources": found}
        if asked.method == "PATCH" and asked.path == "/scim/v2/Users/7":
            assert asked.headers["content-type"] == "application/scim+json"
            change = json.loads(asked.body)
            assert change["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
            (operation,) = change["Operations"]
            assert (operation["op"], operation["path"]) == ("replace", "active")
            assert isinstance(operation["value"], bool)
            self.users["7"]["active"] = operation["value"]
            return 204, None
        return 404, {"status": "404"}
