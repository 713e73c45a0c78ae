"""How long what Maillon keeps is kept, and what went when it was over."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Terms:
    """Calendar months of accesses, years of the ledger. CNIL, délibération 2021-122: six months to a year, or three."""

    lake_months: int = 12
    ledger_years: int = 3


@dataclass
class Gone:
    """What a retention erased, or would erase."""

    oldest: str  # the first day that is kept, ISO date
    days: list[str] = field(default_factory=list)
    events: int = 0
    entries: int = 0  # of the ledger, which lost what they said
    names: int = 0  # readable names that nothing names any more
    merged: int = 0  # files of the lake that became fewer
    incidents: list[str] = field(default_factory=list)  # whose accesses begin to go; their numbers stay in the ledger
    tidied: bool = True  # the ledger's file was written anew
