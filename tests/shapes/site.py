"""From the steps of a world to the lines of a service's log, with all the noise that a real log has around them."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from shapes.line import Line
from shapes.world import DAY, START, Step, World, world

BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/122.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:123.0) Gecko/20100101 Firefox/123.0",
    "Mozilla/5.0 (iPad; CPU OS 17_3 like Mac OS X) AppleWebKit/605.1.15 Version/17.3 Safari/604.1",
)
SCANS = (
    "/.env", "/wp-login.php", "/phpmyadmin/index.php", "/.git/config", "/admin/config.php", "/cgi-bin/luci",
    "/boaform/admin/formLogin", "/actuator/env", "/solr/admin/info/system", "/backup.sql", "/server-status",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/owa/auth/x.js", "/?s=../../../../etc/passwd",
)  # fmt: skip
FIRST_NAMES = ("camille", "dominique", "claude", "sacha", "alix", "morgan", "eden", "noa", "lou", "charlie")
LAST_NAMES = ("martin", "petit", "durand", "leroy", "moreau", "simon", "laurent", "lefebvre", "michel", "garcia")


@dataclass(frozen=True)
class Request:
    """One request of a step, with the truth that only its author knows."""

    method: str
    target: str
    kind: str = "page"
    patient: str = ""
    status: int = 200


def rest(step: Step, target: str) -> list[Request]:
    """Return the one request of a step that a service has nothing special for."""
    kind = {"logout": "logout", "export": "export", "print": "export"}.get(step.act, "page")
    return [Request("GET", target, kind)]


def nobody(_step: Step) -> tuple[str, str, str]:
    """The log names neither account nor session."""
    return "", "", ""


def user_name(who: int) -> str:
    """Return an invented account name, letters and digits mixed as real ones are."""
    return f"{FIRST_NAMES[who % 10][0]}.{LAST_NAMES[who // 10 % 10]}{who if who >= 100 else ''}{'' if who % 3 else who}"


def by_user(step: Step) -> tuple[str, str, str]:
    """The log has the account in its user field."""
    name = "" if step.act == "login_failed" else user_name(step.account)
    return name, "", name


def session_of(step: Step) -> str:
    """Return the digest of a session cookie, one a visit."""
    return hashlib.sha256(f"visit {step.visit}".encode()).hexdigest()[:24]


def by_session(step: Step) -> tuple[str, str, str]:
    """The log has only a digest of the session cookie."""
    return "", session_of(step), session_of(step)


@dataclass(frozen=True)
class Site:
    """How one service writes: requests of a step, where the account is, its static files and health checks."""

    requests: Callable[[Step], list[Request]]
    account: Callable[[Step], tuple[str, str, str]] = by_user
    statics: tuple[str, ...] = ("/static/app.js", "/static/style.css", "/static/logo.png", "/favicon.ico")
    health: str = "/health"
    probes: list[str] = field(default_factory=list)  # what a scanner that knows the service tries


def digits(rng: random.Random, count: int, width: int = 7) -> list[str]:
    """Return `count` distinct decimal identifiers, in order with holes, as a sequence hands them out."""
    at = rng.randrange(10 ** (width - 1), 10**width // 2)
    made = []
    for _ in range(count):
        at += rng.randrange(1, 9)
        made.append(str(at))
    return made


def uuids(rng: random.Random, count: int) -> list[str]:
    """Return random UUIDs."""
    return [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(count)]


def hexes(rng: random.Random, count: int, width: int = 40) -> list[str]:
    """Return random digests in hexadecimal."""
    return [f"{rng.getrandbits(4 * width):0{width}x}" for _ in range(count)]


def alphanumerics(rng: random.Random, count: int, width: int = 8) -> list[str]:
    """Return short opaque identifiers such as a shop's order numbers."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return ["".join(rng.choice(letters) for _ in range(width)) for _ in range(count)]


def facility_numbers(rng: random.Random, count: int) -> list[str]:
    """Return invented establishment numbers of nine digits."""
    return [f"{rng.choice((21, 25, 39, 58, 70, 71, 89, 90))}0{rng.randrange(10**6):06d}" for _ in range(count)]


def address_of(step: Step) -> str:
    """Return an address: an office's own for the honest, somewhere else for a thief."""
    if step.thief:
        return f"198.51.100.{step.account % 250}"
    return f"10.{step.account % 7}.{step.account // 7}.{step.visit % 3 + 1}"


def _person(site: Site, made: World, rng: random.Random) -> list[Line]:
    lines = []
    for step in made.steps:
        user, session, account = site.account(step)
        agent = BROWSERS[step.account % len(BROWSERS)]
        address = address_of(step)
        for k, request in enumerate(site.requests(step)):
            status = 404 if step.missing and request.patient else request.status
            at = step.at + k * 0.2
            lines.append(
                Line(at, address, user, session, request.method, request.target, status, "", agent,
                     request.patient, account, request.kind)
            )  # fmt: skip
            if site.statics and rng.random() < 0.25:
                lines += [
                    Line(at + 0.1, address, user, session, "GET", name, rng.choice((200, 304)), "", agent,
                         "", account if user or session else "", "static")
                    for name in rng.sample(site.statics, min(3, len(site.statics)))
                ]  # fmt: skip
    return lines


def _machines(site: Site, rng: random.Random, days: int) -> list[Line]:
    lines = []
    if site.health:
        lines += [
            Line(at, "10.9.9.9", "", "", "GET", site.health, 200, "", "kube-probe/1.29", kind="health")
            for at in range(START, START + days * DAY, 600)
        ]
    for _ in range(rng.randrange(4, 20)):
        at = START + rng.uniform(0, days) * DAY
        name = rng.choice(("/robots.txt", "/robots.txt", "/sitemap.xml", "/"))
        lines.append(Line(at, "203.0.113.8", "", "", "GET", name, 200, "", "Googlebot/2.1", kind="robot"))
    for _ in range(rng.randrange(1, 4)):
        at = START + rng.uniform(0, days) * DAY
        address = f"192.0.2.{rng.randrange(250)}"
        tries = [*SCANS, *site.probes, *(f"/{rng.getrandbits(60):x}" for _ in range(12))]
        rng.shuffle(tries)
        for name in tries:
            at += rng.uniform(0.05, 2)
            lines.append(Line(at, address, "", "", "GET", name, 404, "", "zgrab/0.x", kind="scan"))
    return lines


def lines_of(
    site_of: Callable[[random.Random, World], Site], seed: int, accounts: int = 0, days: int = 4
) -> list[Line]:
    """Return the log of one shape for one seed, in time order."""
    rng = random.Random(seed)
    made = world(rng, accounts, days)
    site = site_of(rng, made)
    lines = _person(site, made, rng) + _machines(site, rng, days)
    lines.sort(key=lambda line: line.at)
    return lines
