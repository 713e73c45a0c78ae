"""The shelf of log formats: a table, and how the format of a log is told from its content."""

from __future__ import annotations

from maillon.read import (
    access_log,
    atna,
    ecs,
    fhir_audit,
    fr_traceability,
    json_lines,
    keycloak,
    maillon_event,
    ocsf,
    openhim,
)
from maillon.read.reader import Dialect, Reader, ReadSettings

DIALECTS: tuple[Dialect, ...] = (
    maillon_event.DIALECT,
    *keycloak.DIALECTS,
    fhir_audit.DIALECT,
    atna.DIALECT,
    fr_traceability.DIALECT,
    openhim.DIALECT,
    ocsf.DIALECT,
    ecs.DIALECT,
    json_lines.DIALECT,
    access_log.DIALECT,
)
"""The more particular first: it wins a tie."""

ENOUGH = 0.5  # share of a sample's lines that a dialect must read as its own


def detect(sample: bytes, settings: ReadSettings) -> Reader | None:
    """Return a reader for the log that starts with `sample`, or None where no dialect reads half of its lines.

    A `log_format` in the settings is for web access logs: the sample is not asked.
    """
    if settings.log_format:
        chosen, share = access_log.DIALECT, 1.0
    else:
        shares = [dialect.sniff(sample, settings) for dialect in DIALECTS]
        share = max(shares)
        chosen = DIALECTS[shares.index(share)]
    open_reader = chosen.open
    return open_reader(sample, settings) if share >= ENOUGH else None


def describe() -> str:
    """Return the shelf as Markdown: each dialect's name, title, example line, and the fields that are read."""
    return "\n".join(
        f"### {dialect.title}\n\n`{dialect.name}`\n\n```\n{dialect.example.decode().rstrip()}\n```\n"
        + _table(dialect.fields)
        for dialect in DIALECTS
    )


def _table(fields: tuple[tuple[str, str], ...]) -> str:
    rows = [f"| {what} | {where} |\n" for what, where in fields]
    return "".join(("\n| what is read | where |\n|---|---|\n", *rows)) if rows else ""
