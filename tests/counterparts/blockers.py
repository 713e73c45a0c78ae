"""Counterparts that block: CrowdSec's local API and the sessions module of LemonLDAP::NG's Manager."""

from __future__ import annotations

import base64

from counterparts import ACCOUNT, SECRET, Counterpart


class CrowdSec(Counterpart):
    responder = "crowdsec"

    def start(self):
        self.alerts = {}

    def settings(self):
        return {
            "url": self.base,
            "machine": "maillon",
            "password": self.secret("crowdsec"),
            "addresses": True,
            "seconds": 0.4,
        }

    def decisions(self):
        return sorted(
            (one["scope"], one["value"]) for alert in self.alerts.values() for one in alert["decisions"] if one["live"]
        )

    def standing(self):
        return self.decisions()

    def effect(self, action):  # noqa: ARG002
        assert self.decisions() == [("Range", "203.0.113.0/24"), ("Username", ACCOUNT)]

    def answer(self, asked):
        if (asked.method, asked.path) == ("POST", "/v1/watchers/login"):
            given = asked.json()
            fits = (given["machine_id"], given["password"]) == ("maillon", SECRET)
            return (200, {"code": 200, "token": "t-" + SECRET}) if fits else (403, {"message": "denied"})
        if asked.bearer != "t-" + SECRET:
            return 401, {"message": "cookie token is empty"}
        if (asked.method, asked.path) == ("GET", "/v1/alerts"):
            return 200, [one for one in self.alerts.values() if self.fits(one, asked.query)]
        if (asked.method, asked.path) == ("POST", "/v1/alerts"):
            return 201, [str(self.add(one)) for one in asked.json()]
        kind, number = asked.path.removeprefix("/v1/").split("/")
        if (asked.method, kind) == ("GET", "alerts"):
            return 200, self.alerts[int(number)]
        if (asked.method, kind) == ("DELETE", "decisions"):
            for alert in self.alerts.values():
                for one in alert["decisions"]:
                    if one["id"] == int(number):
                        one["live"] = False
            return 200, {"nbDeleted": "1"}
        return 404, {}

    def fits(self, alert, query):
        same = all(alert["source"][name] == query[name] for name in ("scope", "value"))
        return same and alert["scenario"] == query["scenario"] and any(one["live"] for one in alert["decisions"])

    def add(self, alert):
        number = len(self.alerts) + 1
        decisions = [{**one, "id": number * 10 + n, "live": True} for n, one in enumerate(alert["decisions"])]
        self.alerts[number] = {**alert, "id": number, "decisions": decisions}
        return number


class Lemonldap(Counterpart):
    responder = "lemonldap"

    def start(self):
        self.sessions = {"global": {"a1": ACCOUNT, "a2": ACCOUNT, "b1": "dwho"}, "offline": {"f1": ACCOUNT}}

    def settings(self):
        return {"url": self.base, "user": "maillon", "password": self.secret("lemonldap"), "seconds": 0.4}

    def effect(self, action):  # noqa: ARG002
        assert self.sessions == {"global": {"b1": "dwho"}, "offline": {}}, "nobody else's"

    def answer(self, asked):
        wanted = "Basic " + base64.b64encode(f"maillon:{SECRET}".encode()).decode()
        if asked.headers.get("authorization") != wanted:
            return 401, None
        _, _, kind, *session = asked.path.split("/")
        if asked.method == "GET":
            found = [one for one, account in self.sessions[kind].items() if account == asked.query["_whatToTrace"]]
            return 200, {"result": 1, "count": len(found), "values": [{"session": one, "date": 1} for one in found]}
        self.sessions[kind].pop(session[0], None)
        return 200, {"result": 1}
