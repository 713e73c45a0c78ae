"""Which advice a scan calls for, from what it read."""

from __future__ import annotations

from collections.abc import Sequence

from maillon.explain import advice
from maillon.facts.coverage import Coverage
from maillon.facts.findings import Advice
from maillon.facts.profile import Profile

_REJECTED = 0.02
_UNMATCHED = 0.5
_LATE = 0.05
_SILENT_US = 24 * 3_600_000_000
_HOUR_US = 3_600_000_000


def advise(
    coverages: Sequence[Coverage],
    profiles: Sequence[Profile],
    zoneless: Sequence[str],
    joined: int,
    days_until_own: int | None,
) -> list[Advice]:
    """Return what to tell first. `profiles` stand beside `coverages`; `joined` counts accounts found by log-ins."""
    latest = max((one.last for one in coverages), default=0)
    said: list[Advice] = []
    for coverage, profile in zip(coverages, profiles, strict=True):
        said += _of_source(coverage, profile, latest, joined)
    said += [advice.zoneless_log(source) for source in zoneless]
    if days_until_own is not None:
        said.append(advice.short_history(days_until_own))
    return said


def rejects_unusually(coverage: Coverage) -> bool:
    """Tell whether an unusual share of what was read anew could not be read."""
    return sum(coverage.rejected.values()) > _REJECTED * (coverage.records - coverage.duplicates)


def silent(coverage: Coverage, latest: int) -> bool:
    """Tell whether a source says nothing more while others, which reach `latest` (µs), go on."""
    return coverage.last > 0 and latest - coverage.last > _SILENT_US


def _of_source(coverage: Coverage, profile: Profile, latest: int, joined: int) -> list[Advice]:
    said = [advice.damaged(text) for text in coverage.warnings]
    if rejects_unusually(coverage):
        rejected, new = sum(coverage.rejected.values()), coverage.records - coverage.duplicates
        reason = max(coverage.rejected, key=lambda name: coverage.rejected[name])
        said.append(advice.rejected_share(coverage.source, rejected / new, reason))
    if not coverage.events:
        return said
    if coverage.without_account > coverage.events // 2:
        said.append(advice.no_account(coverage.source, joined > 0))
    if profile.routes or coverage.unmatched:
        if not any("{patient}" in route.template for route in profile.routes):
            said.append(advice.no_patient(coverage.source))
        elif coverage.unmatched > _UNMATCHED * coverage.parsed:
            said.append(advice.unmatched_routes(coverage.source, coverage.unmatched / coverage.parsed))
    if profile.learnt and profile.routes:
        certain = sum(1 for route in profile.routes if route.certainty >= 0.8)
        said.append(advice.learnt_profile(coverage.source, len(profile.routes), certain))
    if coverage.late > _LATE * coverage.parsed:
        said.append(advice.late_share(coverage.source, coverage.late / coverage.parsed))
    if silent(coverage, latest):
        said.append(advice.silent_source(coverage.source, (latest - coverage.last) / _HOUR_US))
    return said
