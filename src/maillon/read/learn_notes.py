"""What a learnt profile says of itself: what is missing from the log, what is not sure. `code: sentence`."""

from __future__ import annotations

from maillon.read.learn_patient import Judged, rotates
from maillon.read.learn_sample import Sample

_FEW = 200
_CLOSE = 0.5  # difference of scores under which another identifier is nearly as likely


def notes(
    sample: Sample, account: tuple[str, ...], ranked: list[Judged], found: list[Judged], sure: float
) -> tuple[str, ...]:
    """Return the notes, the gravest first. They hold numbers and fixed words, no value of the log."""
    lines = len(sample.lines)
    dynamic = sum(not sample.targets[line.target].static for line in sample.lines)
    if not lines:
        return ("no_records: the sample holds no request, so nothing could be learnt.",)
    if not dynamic:
        return (f"only_static: all {lines} requests are for static files, so nothing could be learnt.",)
    said = _of_account(sample, account)
    said += _of_patient(sample, dynamic, ranked, found, sure)
    if lines < _FEW:
        said.append(f"few_records: learnt from {lines} requests only; learn again from more.")
    return tuple(said)


def _of_account(sample: Sample, account: tuple[str, ...]) -> list[str]:
    users, sessions = sample.users, sample.sessions
    if "user" in sample.account:
        if len(users.counts) == 1:
            return [f"one_account: one name alone stands on the {users.lines} requests that name one."]
        return []
    said = []
    if users.counts and users.steady:
        said.append(
            f"shared_account: {users.lines} requests name {len(users.counts)} technical user(s), not people; "
            f"{len(sessions.counts)} sessions tell them apart."
        )
    if account[:1] == ("path",) or (account[:1] == ("session",) and len(account) == 1 and not sample.account):
        where = "path" if account[0] == "path" else "session in its targets"
        return [*said, f"account_in_target: no user field; the {where} tells who asks."]
    if "session" in sample.account:
        return [*said, f"session_only: the log names no account; {len(sessions.counts)} sessions stand in for it."]
    return [*said, "no_account: the log names no account, and no session or path tells who asks."]


def _of_patient(sample: Sample, dynamic: int, ranked: list[Judged], found: list[Judged], sure: float) -> list[str]:
    if not found:
        posts = sum(line.method == "POST" for line in sample.lines)
        why = f"{posts} of {dynamic} requests are POSTs, whose bodies a log does not hold" if posts else "no value fits"
        tokens = sum(rotates(one.values) for one in ranked)
        if tokens:
            why += f"; {tokens} place(s) hold long tokens that never come back, as if made anew for each page"
        return [f"no_patient: no identifier of patients was found in the requests ({why})."]
    said = []
    rivals = [one for one in ranked if one not in found and one.score > found[0].score - _CLOSE]
    if rivals:
        said.append(
            f"rival_identifier: {len(rivals)} other identifier(s) look nearly as likely to be the patient's "
            f"({rivals[0].distinct} distinct values against {found[0].distinct})."
        )
    if sure < 0.8:
        said.append(f"unsure_patient: the patient's identifier was chosen with certainty {sure:.2f} only.")
    return said
