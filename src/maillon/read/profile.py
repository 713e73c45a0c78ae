"""The profile file of a service (TOML): read with all its mistakes at once, and written back."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable
from functools import partial
from typing import Any

from maillon.facts.errors import ProfileError
from maillon.facts.event import Action, Field
from maillon.facts.profile import Profile, Route
from maillon.facts.record import METHODS
from maillon.read.template import PLACES, parse_template
from maillon.read.toml_keys import KINDS, Key, suggested, values_of

ACCOUNT_SOURCES = {
    "user": "the user field of the log",
    "path": "the {account} of the templates",
    "session": "the session, where nothing names the account: a labelled stand-in",
}
IGNORED = {
    "static": "pictures, scripts, style sheets: nothing about a patient",
    "health": "health checks of load balancers",
    "robot": "what robots and browsers ask for on their own",
}
ACTIONS = {
    Action.READ: "one patient's record or identity is shown",
    Action.LIST: "a page that lists patients",
    Action.SEARCH: "a search that may list patients",
    Action.EXPORT: "a file that holds patients",
    Action.UPDATE: "the record is changed",
    Action.CARE: "a care act: an orientation sent, a message, a prescription",
    Action.LOGIN: "a log-in",
    Action.LOGOUT: "a log-out",
    Action.TAMPER: "the account's own credentials or address are changed",
    Action.BREAK_GLASS: "a carer's emergency passage",
    Action.OTHER: "says nothing of a patient: a page, a menu",
}


PROFILE_KEYS = (
    Key("name", "text", "the service, as people call it"),
    Key("account", "list of texts", "where the account is, the strongest first", ["user", "path", "session"]),
    Key("domain", "text", "services of one domain share their patients; by default the service stands alone", ""),
    Key("hosts", "list of texts", "the virtual hosts that this profile is for; by default any", []),
    Key("learnt", "true or false", "written by `maillon profile learn`", False),  # noqa: FBT003
    Key("notes", "list of texts", "of a learnt profile: what was seen and what is missing", []),
    Key("route", "tables", "one `[[route]]` for each template", []),
)
ROUTE_KEYS = (
    Key("match", "text", "method and template: `GET /dossiers/{patient}`; without a method, any"),
    Key("action", "text", "what is done; not needed beside `ignore`", ""),
    Key("fields", "list of texts", "the identity fields that the answer shows", []),
    Key("listed", "whole number", "how many patients the page shows at most, besides {patient}", 0),
    Key("ignore", "text", "count the request under this kind and leave it at that", ""),
    Key("exposes_on_redirect", "true or false", "a redirect of this route shows the patient too", False),  # noqa: FBT003
    Key("exposes_on_refusal", "true or false", "a refusal of this route (401, 403) shows the patient too", False),  # noqa: FBT003
    Key("certainty", "number from 0 to 1", "of a learnt route: how sure", 1.0),
    Key("why", "text", "of a learnt route: the evidence", ""),
)


class _Mistakes:
    """Mistakes with their places. tomllib tells no lines: they are found by looking for the n-th header and its key."""

    def __init__(self, text: str) -> None:
        self.found: list[tuple[int, str]] = []
        self._lines = _lines_of_keys(text)

    def add(self, route: int, key: str, sentence: str) -> None:
        """Note a mistake of `key` in the n-th route (0 = the profile itself)."""
        line = self._lines.get((route, key)) or self._lines.get((route, "")) or 1
        place = f"route {route}, " if route else ""
        self.found.append((line, f"line {line}, {place}field {key!r}: {sentence}"))

    def sentences(self) -> list[str]:
        """Return one sentence a mistake, in the order of the file."""
        return [sentence for _, sentence in sorted(self.found, key=lambda found: found[0])]


def _lines_of_keys(text: str) -> dict[tuple[int, str], int]:
    """Return the line of each (route, key) of the file; the key "" is the route's header."""
    lines: dict[tuple[int, str], int] = {}
    route = 0
    section = ""
    inside = False  # a text over several lines
    for number, line in enumerate(text.splitlines(), 1):
        if not inside:
            header = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]", line)
            key = re.match(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*[.=]""", line)
            if header:
                section = header[1]
                route += section == "route"
                lines.setdefault((route, "") if section == "route" else (0, section), number)
            elif key and section in ("", "route"):
                lines.setdefault((route, key[1] or key[2] or key[3] or ""), number)
        inside ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return lines


def load_profile(text: str, path: str) -> Profile:
    """Return the profile written in `text`. `path` is only named in messages.

    Raises ProfileError with every mistake of the file, each with its line and field.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(path, [f"this is not TOML: {error}"]) from None
    mistakes = _Mistakes(text)
    values = _read(table, PROFILE_KEYS, 0, mistakes)
    _check_names(values["account"], ACCOUNT_SOURCES, "a source of the account", 0, "account", mistakes)
    if not values["name"].strip() and "name" in table:
        mistakes.add(0, "name", "the service needs a name")
    if not values["account"] and "account" in table:
        mistakes.add(0, "account", f"is empty: name at least one of {', '.join(ACCOUNT_SOURCES)}")
    for host in values["hosts"]:
        if not re.fullmatch(r"[\w.-]+|\[[0-9a-fA-F:.]+\]", host):
            mistakes.add(0, "hosts", f"{host!r} is not a plain host name (no scheme, no port)")
    routes = tuple(_route(entry, number, mistakes) for number, entry in enumerate(values["route"], 1))
    _check_duplicates(routes, mistakes)
    if mistakes.found:
        raise ProfileError(path, mistakes.sentences())
    return Profile(
        values["name"],
        tuple(values["account"]),
        values["domain"],
        tuple(values["hosts"]),
        routes,
        values["learnt"],
        tuple(values["notes"]),
    )


def _read(table: dict[str, Any], keys: tuple[Key, ...], route: int, mistakes: _Mistakes) -> dict[str, Any]:
    """Return the value of each key, a harmless one where it is missing or wrong."""
    return values_of(table, keys, KINDS, partial(mistakes.add, route))


def _check_names(names: list[str], known: Iterable[str], what: str, route: int, key: str, mistakes: _Mistakes) -> None:
    known = list(known)
    for name in dict.fromkeys(names):
        if name not in known:
            mistakes.add(route, key, f"{name!r} is not {what}{suggested(name, known)}")
        if names.count(name) > 1:
            mistakes.add(route, key, f"{name!r} stands twice")


def _route(table: dict[str, Any], number: int, mistakes: _Mistakes) -> Route:
    values = _read(table, ROUTE_KEYS, number, mistakes)
    method, template = _match(values["match"], number, mistakes) if "match" in table else ("*", "")
    action, ignore = values["action"], values["ignore"]
    actions = [known.name.lower() for known in ACTIONS]
    if action:
        _check_names([action], actions, "an action", number, "action", mistakes)
    elif not ignore and not ("action" in table and not isinstance(table["action"], str)):
        mistakes.add(number, "action", f"is missing: what is done (known: {', '.join(actions)}), or ignore")
    if ignore:
        _check_names([ignore], IGNORED, "a kind to ignore", number, "ignore", mistakes)
    fields = [field.name.lower() for field in Field if field.name]
    _check_names(values["fields"], fields, "an identity field", number, "fields", mistakes)
    return Route(
        method,
        template,
        Action[action.upper()] if action in actions else Action.OTHER,
        sum(Field[name.upper()] for name in set(values["fields"]) if name in fields),
        values["listed"],
        ignore,
        values["exposes_on_redirect"],
        float(values["certainty"]),
        values["why"],
        values["exposes_on_refusal"],
    )


def _match(text: str, number: int, mistakes: _Mistakes) -> tuple[str, str]:
    words = text.split()
    if len(words) not in (1, 2):
        mistakes.add(number, "match", f"{text!r} must be a method and a template, a space between (in a path, %20)")
        return "*", ""
    method = words[0] if len(words) == 2 else "*"
    if method == "HEAD":
        mistakes.add(number, "match", "HEAD counts as GET: write GET")
    elif method not in (*METHODS[1:], "*"):
        mistakes.add(number, "match", f"{method!r} is not a method{_suggest_method(method)}")
    for mistake in parse_template(words[-1])[1]:
        mistakes.add(number, "match", mistake)
    return method, words[-1]


def _suggest_method(method: str) -> str:
    known = [name for name in METHODS[1:] if name != "HEAD"]
    near = difflib.get_close_matches(method.upper(), known, 1, 0.5)
    return f"; did you mean {near[0]}?" if near else f" (known: {', '.join(known)}, * for any)"


def _check_duplicates(routes: tuple[Route, ...], mistakes: _Mistakes) -> None:
    seen: dict[Any, int] = {}
    for number, route in enumerate(routes, 1):
        template, wrong = parse_template(route.template)
        first = seen.setdefault((route.method, template.shape()), number)
        if first != number and not wrong:
            mistakes.add(number, "match", f"matches the same requests as route {first}: keep one")


def dump_profile(profile: Profile) -> str:
    """Return the profile as the text of a file that `load_profile` reads back to the same profile."""
    lines = [f"name = {_toml(profile.name)}", f"account = {_toml(list(profile.account))}"]
    plain = Profile(profile.name)
    said = [key for key in ("domain", "hosts", "learnt", "notes") if getattr(profile, key) != getattr(plain, key)]
    lines += [f"{key} = {_toml(getattr(profile, key))}" for key in said]
    for route in profile.routes:
        lines += ["", "[[route]]", *_route_lines(route)]
    return "\n".join(lines) + "\n"


def _route_lines(route: Route) -> list[str]:
    method = "" if route.method == "*" else route.method + " "
    values: dict[str, Any] = {
        "match": method + route.template,
        "action": "" if route.ignore and route.action == Action.OTHER else route.action.name.lower(),
        "fields": [field.name.lower() for field in Field if field.name and route.fields & field],
        "listed": route.listed,
        "ignore": route.ignore,
        "exposes_on_redirect": route.exposes_on_redirect,
        "exposes_on_refusal": route.exposes_on_refusal,
        "certainty": route.certainty,
        "why": route.why,
    }
    return [f"{key.name} = {_toml(values[key.name])}" for key in ROUTE_KEYS if values[key.name] != key.default]


def _toml(value: Any) -> str:  # noqa: ANN401 - any value of a profile
    if isinstance(value, str):
        # A log's name can hold what acts on a terminal: TOML has an escape for each such character.
        quoted = json.dumps(value, ensure_ascii=False)
        return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in quoted)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(entry) for entry in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)


def reference() -> str:
    """Return the tables of docs/profile.md, printed from the declarations above."""
    fields = [(field.name.lower(), "") for field in Field if field.name]
    return "\n".join(
        [
            *_key_table("The profile", PROFILE_KEYS),
            *_key_table("One route", ROUTE_KEYS),
            *_word_table("Where the account is (`account`)", ACCOUNT_SOURCES.items()),
            *_word_table("Actions (`action`)", ((action.name.lower(), text) for action, text in ACTIONS.items())),
            *_word_table("Kinds to ignore (`ignore`)", IGNORED.items()),
            *_word_table("Braces of a template", ((f"{{{place}}}", text) for place, text in PLACES.items())),
            "### Identity fields (`fields`)",
            "",
            ", ".join(f"`{name}`" for name, _ in fields) + ".",
            "",
        ]
    )


def _key_table(title: str, keys: tuple[Key, ...]) -> list[str]:
    defaults = ["needed" if key.default is None else f"`{_toml(key.default)}`" for key in keys]
    rows = [
        f"| `{key.name}` | {key.kind} | {default} | {key.meaning} |"
        for key, default in zip(keys, defaults, strict=True)
    ]
    return [f"### {title}", "", "| key | holds | by default | meaning |", "|---|---|---|---|", *rows, ""]


def _word_table(title: str, words: Iterable[tuple[str, str]]) -> list[str]:
    rows = [f"| `{word}` | {text} |" for word, text in words]
    return [f"### {title}", "", "| word | meaning |", "|---|---|", *rows, ""]
