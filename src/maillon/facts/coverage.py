"""How much of each source was read: nothing vanishes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Coverage:
    """records = parsed + sum(ignored) + sum(rejected) + duplicates. `late` are parsed ones older than the watermark."""

    source: str
    service: str = ""
    dialect: str = ""
    records: int = 0
    parsed: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)  # by reason
    duplicates: int = 0
    late: int = 0
    events: int = 0
    without_account: int = 0
    without_patient: int = 0
    unmatched: int = 0  # parsed records whose route no template covers
    first: int = 0  # microseconds since 1970 UTC; 0 = none
    last: int = 0
    adopted: int = 0  # from which moment on a better profile than the sealed one holds; 0 = none was adopted
    warnings: list[str] = field(default_factory=list)
