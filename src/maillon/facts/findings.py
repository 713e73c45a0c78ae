"""All that one scan has to say, as values: screens, reports and JSON are drawn from this and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from maillon.facts.coverage import Coverage
from maillon.facts.decision import Decision
from maillon.facts.incident import Incident
from maillon.facts.noted import Noted


@dataclass
class AccountSeries:
    """One account over the days around an incident, against its own past and its peers. Lists have one entry a day."""

    account: str
    days: list[str]  # local dates, ISO 8601
    patients: list[int]  # distinct patients read
    new: list[int]  # of which never read before by this account
    usual: list[float]  # its own baseline of that day
    peers: list[float]  # median of the accounts active that day
    step_up_at: int = 0  # microseconds since 1970 UTC; 0 = never
    contain_at: int = 0
    read_in_all: int = 0  # patients read from the start of the suspicion
    read_before_containment: int = 0
    network: str = ""  # readable name of the suspicious network
    device: str = ""


@dataclass
class Comparator:
    """What a simple rule would have done on the same accounts: its name, patients read before it acted, accounts."""

    name_fr: str
    name_en: str
    patients_before: int
    accounts_stopped: int
    honest_stopped: int


@dataclass
class Advice:
    """Something the operator should do so that Maillon sees better: said first, with the exact lines to add."""

    code: str  # "no_account", "no_patient", "silent_source", "rejected_share", "short_history", "learnt_profile", …
    fr: str
    en: str
    lines: dict[str, str] = field(default_factory=dict)  # where → the exact lines to add


@dataclass
class Findings:
    """Everything a scan found."""

    coverages: list[Coverage]
    decisions: list[Decision]
    incidents: list[Incident]
    series: dict[str, list[AccountSeries]] = field(default_factory=dict)  # incident id → its accounts
    advice: list[Advice] = field(default_factory=list)
    comparators: list[Comparator] = field(default_factory=list)
    accounts: int = 0
    events: int = 0
    first: int = 0
    last: int = 0
    zone: int = 0
    days_until_own: int | None = None  # days until calibration is the site's own; None = it is
    truth: dict[str, int] = field(default_factory=dict)  # the demo's truth, where known
    noted: dict[str, Noted] = field(default_factory=dict)  # incident id → what is on record about it
    logs_begin: int = 0  # the first access that is kept, µs; 0 = not known
