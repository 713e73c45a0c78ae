"""The forms that a notice may take, in one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """One form: its templates (`NAME.LANG.toml`), whether it speaks of one incident."""

    templates: tuple[str, ...]
    help: str
    incident: bool = True


FORMS: dict[str, Form] = {
    "cnil": Form(("cnil",), "notification to the authority (art. 33 GDPR)"),
    "patients": Form(("patients",), "letter, SMS and e-mail to the patients (art. 34 GDPR)"),
    "ars": Form(("ars",), "notice to the regional health agency"),
    "cert-sante": Form(("cert-sante",), "declaration to CERT Santé"),
    "owner": Form(("owner",), "letter to the owner of a stolen account"),
    "register": Form(("register",), "internal record of the breach (art. 33(5) GDPR)"),
    "leaflet": Form(("leaflet", "leaflet-easy"), "leaflet for patients, also easy to read", incident=False),
    "aipd": Form(("aipd",), "impact assessment of the watching itself (art. 35 GDPR)", incident=False),
    "staff": Form(("staff",), "information of the staff and their representatives", incident=False),
}

PHASES = ("initial", "complementary")
"""The authority is told in phases (art. 33(4) GDPR): `cnil` has one template for each, `cnil-PHASE.LANG.toml`."""


def template_names(form: str, phase: str) -> tuple[str, ...]:
    """Return the names of a form's templates, without language and ending."""
    return tuple(f"{name}-{phase}" if form == "cnil" else name for name in FORMS[form].templates)
