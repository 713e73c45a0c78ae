"""How right a learnt profile is on a labelled log: a plain matcher of templates (`re`), then precision and recall."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from maillon.facts.profile import Profile, Route
from shapes.line import Line

SURE = 0.8  # from this certainty on, a wrong guess is a confident one
BRACE = re.compile(r"\{(patient|account|session|id|\*)\}")


def _segment(template: str, names: list[str]) -> str:
    """Return the expression of one segment (or value), noting the name of each brace."""
    out, at = "", 0
    for brace in BRACE.finditer(template):
        out += re.escape(template[at : brace.start()]) + ("(.*)" if brace[1] == "*" else "([^/;?&]+)")
        names.append(brace[1])
        at = brace.end()
    return out + re.escape(template[at:])


def _parts(target: str) -> tuple[str, dict[str, str], dict[str, str], str]:
    """Return (path without matrix parameters, matrix parameters, query, host) of a target."""
    host = ""
    if target.startswith(("http://", "https://")):
        scheme, _, rest = target.partition("://")
        host, slash, rest = rest.partition("/")
        host, target = f"{scheme}://{host.partition(':')[0]}", slash + rest
    path, _, query = target.partition("?")
    matrix: dict[str, str] = {}
    segments = []
    for segment in path.split("/"):
        name, *pairs = segment.split(";")
        segments.append(name)
        matrix.update((pair.partition("=")[0], pair.partition("=")[2]) for pair in pairs)
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return "/".join(segments), matrix, {key: value for key, _, value in reversed(pairs)}, host


@dataclass
class _Compiled:
    route: Route
    host: str
    path: re.Pattern[str]
    names: list[str]
    keyed: list[tuple[bool, str, re.Pattern[str], list[str]]]
    rank: tuple[object, ...]


def _compile(route: Route) -> _Compiled:
    path, matrix, query, host = _parts(route.template)
    names: list[str] = []
    pattern = re.compile("/".join(_segment(segment, names) for segment in path.split("/")))
    keyed = []
    for in_matrix, pairs in ((True, matrix), (False, query)):
        for key, value in pairs.items():
            inner: list[str] = []
            keyed.append((in_matrix, key, re.compile(_segment(value, inner)), inner))
    shape = tuple(0 if "{" not in s else 3 if s == "{*}" else 2 if BRACE.fullmatch(s) else 1 for s in path.split("/"))
    rank = (host == "", shape)
    return _Compiled(route, host, pattern, names, keyed, rank)


class Judge:
    """Applies the routes of a profile to targets, the most literal first."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.routes = sorted(map(_compile, profile.routes), key=lambda one: one.rank)
        self.seen: dict[tuple[str, str], tuple[Route | None, dict[str, str]]] = {}

    def match(self, method: str, target: str) -> tuple[Route | None, dict[str, str]]:
        """Return the route of a request and what its braces hold, percent-decoded."""
        if (method, target) not in self.seen:
            self.seen[method, target] = self._match(method, target)
        return self.seen[method, target]

    def _match(self, method: str, target: str) -> tuple[Route | None, dict[str, str]]:
        """The most specific host and path first; among its equals, most keys there, then the method named."""
        path, matrix, query, host = _parts(target)
        best: tuple[Route | None, dict[str, str]] = (None, {})
        best_score, rank = -1, None
        for one in self.routes:
            found = one.path.fullmatch(path)
            if not found or one.route.method not in {"*", method} or one.host not in {"", host}:
                continue
            if rank is not None and one.rank != rank:
                break
            score, held = 1_000_000 + (one.route.method == method), dict(zip(one.names, found.groups(), strict=True))
            for in_matrix, key, pattern, names in one.keyed:
                value = pattern.fullmatch((matrix if in_matrix else query).get(key, ""))
                if value:
                    score += 1000
                    held.update(zip(names, value.groups(), strict=True))
                elif set(names) <= {"id", "account", "session"} and names:
                    score -= 2
                else:
                    break
            else:
                if score > best_score:
                    best_score, rank = score, one.rank
                    best = one.route, {name: unquote(value) for name, value in held.items()}
        return best

    def account(self, line: Line, held: dict[str, str]) -> str:
        """Return the account of a line as the profile says where it is."""
        values = {"user": line.user, "path": held.get("account", ""), "session": line.session}
        return next((values[where] for where in self.profile.account if values[where]), "")


@dataclass
class Score:
    """Lines counted: `wrong_sure` were wrong although the route claimed a certainty of 0.8 or more."""

    told: int = 0  # lines whose log holds the value
    guessed: int = 0
    right: int = 0
    wrong_sure: int = 0

    def add(self, truth: str, guess: str, certainty: float) -> None:
        """Count one line."""
        self.told += truth != ""
        self.guessed += guess != ""
        self.right += guess == truth != ""
        self.wrong_sure += guess not in {"", truth} and certainty >= SURE

    @property
    def precision(self) -> float:
        """Share of guesses that are right; a confident wrong one counts double. 1 when nothing was guessed."""
        return self.right / (self.guessed + self.wrong_sure) if self.guessed else 1.0

    @property
    def recall(self) -> float:
        """Share of the values that the log holds which were found. 1 when it holds none."""
        return self.right / self.told if self.told else 1.0


@dataclass
class Verdict:
    """One profile on one log. `kinds` is the share of lines whose action or ignored kind is the true one."""

    account: Score
    patient: Score
    kinds: float
    unmatched: float


KINDS = {
    "static": {"ignore:static"},
    "health": {"ignore:health"},
    "robot": {"ignore:robot", "OTHER"},
    "page": {"OTHER", "TAMPER"},
    "login": {"LOGIN"},
    "logout": {"LOGOUT"},
    "list": {"LIST"},
    "search": {"SEARCH"},
    "read": {"READ"},
    "update": {"UPDATE"},
    "care": {"CARE"},
    "export": {"EXPORT"},
}


STATIC = (".js", ".css", ".png", ".svg", ".ico", ".gif", ".jpg", ".woff2", ".map")


def _said(route: Route | None, target: str) -> str:
    """Return what a profile says of a request; static files are known by their ending where no route is for them."""
    if route:
        return f"ignore:{route.ignore}" if route.ignore else route.action.name
    path = target.partition("?")[0]
    return "ignore:static" if path.endswith(STATIC) else "ignore:health" if path in HEALTH else "OTHER"


HEALTH = ("/health", "/healthz", "/livez", "/ping", "/health/ready", "/actuator/health")


def judge(profile: Profile, lines: Iterable[Line]) -> Verdict:
    """Compare what the profile says of each line with the truth; scanners' lines count for precision alone."""
    judge_of, account, patient = Judge(profile), Score(), Score()
    kinds = known = unmatched = 0
    for line in lines:
        route, held = judge_of.match(line.method, line.target)
        certainty = route.certainty if route else 0.0
        patient.add(line.patient, "" if route and route.ignore else held.get("patient", ""), certainty)
        account.add(line.account, judge_of.account(line, held), 1.0)
        if line.kind in KINDS:
            kinds += _said(route, line.target) in KINDS[line.kind]
            unmatched += route is None
            known += 1
    return Verdict(account, patient, kinds / max(known, 1), unmatched / max(known, 1))
