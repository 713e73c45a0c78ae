"""FHIR Shorthand of the shared examples as JSON: as much of the language as instances of AuditEvent use."""

from __future__ import annotations

import re

_HEAD = re.compile(r"^(Instance|InstanceOf|Usage|Title|Description|Alias|Profile|Parent|Id)\s*:\s*(.*)$")
_RULE = re.compile(r"^\* ([\w.\[\]+=\-]+) = (.*)$", re.DOTALL)
_STEP = re.compile(r"(\w+)((?:\[[^\]]*\])*)")
_LISTS = {"agent", "entity", "subtype", "role", "policy", "detail", "coding", "purposeOfUse", "purposeOfEvent", "entry"}
_ALIASES = {"DCM": "http://dicom.nema.org/resources/ontology/DCM"}
_OF_CONCEPTS = {("agent", "type"), ("agent", "role"), ("agent", "purposeOfUse"), ("purposeOfEvent",)}
_CODE = re.compile(r'([^\s#"]*)#([^\s"]+)(?:\s+"([^"]*)")?')


def instances(text):
    """Return name → (what it is an instance of, the resource) of each instance in `text`."""
    found, name = {}, None
    slices: dict[tuple, int] = {}
    for rule in _statements(text):
        if head := _HEAD.match(rule):
            if head[1] == "Instance":
                name, slices = head[2].strip(), {}
                found[name] = ["", {}]
            elif head[1] in {"Profile", "Alias"}:
                name = None
            elif head[1] == "InstanceOf" and name:
                found[name][0] = head[2].strip()
        elif name and (set_to := _RULE.match(rule)):
            _set(found[name][1], set_to[1], _value(set_to[2].strip()), slices)
    return {name: tuple(both) for name, both in found.items()}


def events(text):
    """Return the AuditEvents of `text`, by name: instances that have agents."""
    every = instances(text)
    found = {name: _resolved(resource, every) for name, (_, resource) in every.items() if "agent" in resource}
    return {name: {"resourceType": "AuditEvent", "id": name, **resource} for name, resource in found.items()}


def _resolved(value, every):
    """Write the type before the name of an instance that is referred to."""
    if isinstance(value, list):
        return [_resolved(one, every) for one in value]
    if not isinstance(value, dict):
        return value
    kind = every.get(value.get("reference"), ("",))[0].removeprefix("FRCore").removesuffix("Profile")
    if kind:
        return {**value, "reference": f"{kind}/{value['reference']}"}
    return {key: _resolved(one, every) for key, one in value.items()}


def _statements(text):
    rule, quoted = "", False
    for line in text.splitlines():
        plain = line if quoted else re.sub(r"\s//.*$|^//.*$", "", line)
        if quoted or not (plain.startswith("* ") or _HEAD.match(plain)):
            rule += "\n" + plain
        else:
            yield rule.strip()
            rule = plain
        quoted ^= line.count('"""') % 2 == 1
    yield rule.strip()


def _value(text):
    if text.startswith('"""'):
        return text.strip('"').strip()
    if text.startswith('"'):
        return text[1:-1]
    if found := re.fullmatch(r"(?:Reference|Canonical)\((.*)\)", text):
        return {"reference": found[1]}
    if found := _CODE.fullmatch(text):
        code = {"system": _ALIASES.get(found[1], found[1]), "code": found[2]}
        return {key: value for key, value in {**code, "display": found[3]}.items() if value}
    return {"true": True, "false": False}.get(text, text)


def _set(resource, path, value, slices):
    steps = _STEP.findall(path)
    names = tuple(name for name, _ in steps)
    if isinstance(value, dict) and "code" in value:
        if names in _OF_CONCEPTS:
            value = {"coding": [value]}
        elif names in {("action",), ("outcome",), ("agent", "network", "type")}:
            value = value["code"]
    node, where = resource, ()
    for index, (name, marks) in enumerate(steps):
        where += (name,)
        last = index == len(steps) - 1
        if name in _LISTS:
            several = node.setdefault(name, [])
            place = _place(marks[1:-1].split("][")[0], where, len(several), slices)
            where += (place,)
            while len(several) <= place:
                several.append({})
            if last:
                several[place] = value
            node = several[place]
        elif last:
            node[name] = value
        else:
            node = node.setdefault(name, {})


def _place(mark, where, length, slices):
    if mark == "+":
        return length
    if mark == "=":
        return length - 1
    if mark.isdigit():
        return int(mark)
    return slices.setdefault((*where, mark), length if mark else 0)
