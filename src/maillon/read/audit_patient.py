"""A patient's identifier as FHIR and HL7 v2 write it, in one form: the same patient in two dialects stays one.

An INS is its bare number, which `identifiers` brings to its canonical form. Another identifier keeps its system
(`system|value`, OIDs without `urn:oid:`), so that two hospitals' numbers do not meet. A reference is its bare id.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

INS = "1.2.250.1.213.1.4."
"""OIDs of the INS: NIR (.8), NIA (.9), test (.10), demonstration (.11)."""

_REFERENCE = re.compile(r"(?:.*/)?([A-Z][A-Za-z]{1,63})/([A-Za-z0-9.\-]{1,64})(?:/_history/[^/]*)?")
_CONDITIONAL = re.compile(r"(?:.*/)?Patient\?identifier=([^&]+)")
_OID = "urn:oid:"


def of_reference(reference: str) -> tuple[str, str]:
    """Return (type, id) of a FHIR reference, relative or absolute; ("", the identifier) of one by search or by URN."""
    if found := _REFERENCE.fullmatch(reference):
        return found[1], found[2]
    if found := _CONDITIONAL.fullmatch(reference):
        system, bar, value = unquote(found[1]).rpartition("|")
        return "Patient", of_identifier(value, system if bar else "")
    return "", reference.removeprefix("urn:uuid:") if reference.startswith("urn:uuid:") else ""


def of_identifier(value: str, system: str) -> str:
    """Return the one form of an identifier; `value` may itself be an HL7 CX."""
    if "^" in value:
        return of_cx(value)
    value, system = value.strip(), system.strip().removeprefix(_OID)
    return f"{system}|{value}" if value and system and not system.startswith(INS) else value


def of_cx(text: str) -> str:
    """Return the one form of an HL7 v2 CX (`value^^^namespace&oid&ISO^type`), of a FHIR reference or of a bare id.

    Some senders escape it twice, or write the namespace alone.
    """
    value, caret, rest = text.replace("&amp;", "&").partition("^")
    if not caret:
        kind, found = of_reference(value)
        return found if kind == "Patient" else value.strip()
    authority = rest.lstrip("^").partition("^")[0].split("&")
    return of_identifier(value, authority[1] if len(authority) > 1 and authority[1] else authority[0])
