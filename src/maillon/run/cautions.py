"""What a configuration allows, and will not do as its operator thinks: told when the guard starts, and by --check."""

from __future__ import annotations

from maillon.facts.serving import Serving


def cautions(serving: Serving) -> list[str]:
    """Return a sentence for each thing that is allowed and most likely not meant."""
    response = serving.response
    if not response.step_up or not serving.services:
        return []
    dated = [one for one in serving.services if one.tokens.issuer or one.auth_time_header]
    graded = [one for one in dated if one.tokens.issuer or one.acr_header]
    levels = ", ".join(f'"{one}"' for one in response.step_up_acr)
    if levels and not graded:
        return [
            f"[response] step_up_acr asks for a log-in of level {levels}, and no service tells level and moment of its "
            "log-ins: whoever is asked for a stronger one stays refused until the order lapses. Name acr_header and "
            "auth_time_header or [service.tokens]; or set step_up_acr = [], so that any newer log-in counts; or "
            "step_up = false (docs/response.md)"
        ]
    if not levels and not dated:
        return [
            "[response] step_up asks for a newer log-in, and no service tells when its accounts logged in: whoever is "
            "asked stays refused until the order lapses. Name auth_time_header or [service.tokens], or set "
            "step_up = false (docs/response.md)"
        ]
    return []
