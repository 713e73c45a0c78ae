"""A route template taken apart: host, path segments, query and matrix pairs, and all that is wrong with it."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

PLACES = {
    "patient": "the identifier of a patient",
    "account": "the account, where the path holds it",
    "session": "the session, where the path holds it",
    "id": "any other identifier",
    "*": "the rest of the path, whatever it is; only as its last segment",
}
"""What may stand in braces, and what it means."""

DEEPEST = 32
"""Most path segments of a template."""

_BRACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Part:
    """A path segment, or the value of a pair: fixed text (decoded), or a place between fixed texts."""

    prefix: bytes
    place: str = ""  # a key of PLACES; "" = fixed text only, all of it in `prefix`
    suffix: bytes = b""


@dataclass(frozen=True)
class Pair:
    """`key=value` of the query, or of a matrix parameter."""

    matrix: bool
    key: bytes
    value: Part


@dataclass(frozen=True)
class Template:
    """One template. `host` is lower-case, "" = any host."""

    host: str
    segments: tuple[Part, ...]
    pairs: tuple[Pair, ...] = ()

    def shape(self) -> tuple[object, ...]:
        """Return what it matches, whatever its places are called: two templates of one shape match the same."""
        path = tuple((p.prefix, "*" if p.place == "*" else bool(p.place), p.suffix) for p in self.segments)
        pairs = sorted((p.matrix, p.key, b"" if p.value.place else p.value.prefix) for p in self.pairs)
        return (self.host, path, tuple(pairs))


def parse_template(text: str) -> tuple[Template, list[str]]:
    """Return the template and one sentence for each of its mistakes; with mistakes the template means nothing."""
    mistakes: list[str] = []
    host, rest = _host(text, mistakes)
    if text.count("{") != text.count("}") or _BRACE.sub("", text).count("{"):
        mistakes.append("a brace is not closed, or not opened: each variable part is one {name}")
        return Template(host, ()), mistakes
    if not rest.startswith("/"):
        mistakes.append("a template starts with / (or with http://host/)")
    names = _BRACE.findall(rest)
    mistakes += [_unknown(name) for name in names if name not in PLACES]
    mistakes += [
        f"{{{place}}} stands twice: a route has one; call the other {{id}}"
        for place in ("patient", "account", "session")
        if names.count(place) > 1
    ]
    path, _, query = rest.partition("?")
    segments, pairs = _path(path, mistakes)
    for written in filter(None, query.split("&")):
        _pair(written, matrix=False, pairs=pairs, mistakes=mistakes)
    return Template(host, segments, tuple(pairs)), mistakes


def _host(text: str, mistakes: list[str]) -> tuple[str, str]:
    scheme = re.match(r"https?://", text, re.IGNORECASE)
    if not scheme:
        return "", text
    host, slash, rest = text[scheme.end() :].partition("/")
    if not host or not re.fullmatch(r"[\w.-]+|\[[0-9a-fA-F:.]+\]", host):
        mistakes.append("the host is a plain name: no port (any port matches), no user, no braces")
    return host.lower(), slash + rest


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, PLACES, 1, 0.5)
    hint = f"; did you mean {{{near[0]}}}?" if near else ""
    return f"{{{name}}} is not known{hint} (known: {', '.join('{' + place + '}' for place in PLACES)})"


def _path(path: str, mistakes: list[str]) -> tuple[tuple[Part, ...], list[Pair]]:
    segments: list[Part] = []
    pairs: list[Pair] = []
    for written in path.split("/"):
        text, *parameters = written.split(";")
        for parameter in filter(None, parameters):
            _pair(parameter, matrix=True, pairs=pairs, mistakes=mistakes)
        if text:
            segments.append(_part(text, mistakes))
    if len(segments) > DEEPEST:
        mistakes.append(f"the path has more than {DEEPEST} segments")
    if any(part.place == "*" for part in segments[:-1]):
        mistakes.append("{*} is the rest of the path: nothing may follow it")
    if any(part.place == "*" and (part.prefix or part.suffix) for part in segments):
        mistakes.append("{*} stands alone in its segment")
    if any(part.prefix in (b".", b"..") and not part.place for part in segments):
        mistakes.append("a path has no . or .. segment: write where it leads")
    return tuple(segments), pairs


def _part(text: str, mistakes: list[str]) -> Part:
    braces = list(_BRACE.finditer(text))
    if not braces:
        return Part(unquote_to_bytes(text))
    if len(braces) > 1:
        mistakes.append(f"{text} holds several braces: a segment or a value has one, with fixed text around it")
    first = braces[0]
    return Part(unquote_to_bytes(text[: first.start()]), first[1], unquote_to_bytes(text[first.end() :]))


def _pair(written: str, *, matrix: bool, pairs: list[Pair], mistakes: list[str]) -> None:
    where = "matrix parameter" if matrix else "query key"
    key, equals, text = written.partition("=")
    if "{" in key:
        mistakes.append(f"the {where} {written} has a brace in its key: write key={{patient}}")
        return
    if not equals or not key:
        mistakes.append(f"the {where} {written} has no value: write {key or 'key'}={{patient}}, or leave it out")
        return
    if not matrix:
        key, text = key.replace("+", " "), text.replace("+", " ")
    name = unquote_to_bytes(key)
    value = _part(text, mistakes)
    if value.place and (value.prefix or value.suffix):
        mistakes.append(f"the {where} {key} mixes fixed text and a brace: its value is the one or the other")
    if value.place == "*":
        mistakes.append(f"the {where} {key} cannot be {{*}}, which is the rest of the path: write {{id}}")
    if any(pair.key == name and pair.matrix == matrix for pair in pairs):
        mistakes.append(f"the {where} {key} stands twice")
    pairs.append(Pair(matrix, name, value))
