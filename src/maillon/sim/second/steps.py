"""From sessions and the patients opened in them to requests: log-ins, lists, searches, misses, pages, acts, pauses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maillon.sim.second import pages
from maillon.sim.second.bases import NOBODY, Bases
from maillon.sim.second.draws import Column, within
from maillon.sim.second.tables import Batch, Rows, Sittings

# What is usual in each session: probabilities, but for `detail`, `lists`, `exports` (means) and the time columns.
HABITS = np.dtype(
    [
        (name, "f4")
        for name in (
            "login", "fails", "logout", "lists", "exports", "search", "narrow", "typo", "glass", "double", "detail",
            "care", "update", "pace", "unsteady", "pause",
        )
    ]
)  # fmt: skip
_MEDIAN = np.array([3.0, 1.5, 6.0, 10.0, 7.0, 6.0, 14.0, 55.0, 40.0, 20.0, 9.0])  # seconds before each page
PAUSE = 420.0  # mean seconds of an interruption
_LAST = 1 << 30
_SHOWN = 50  # patients that a page lists at most


@dataclass
class Opened:
    """Sessions about to be filled."""

    sittings: Sittings
    start: Column
    habits: Column  # HABITS


@dataclass
class _Asked:
    """Requests of one sort: their session, their place in it, the page, the patient, the answer."""

    session: Column
    place: Column
    page: int
    patient: Column
    status: Column
    listed: Column


def expand(
    rng: np.random.Generator,
    bases: Bases,
    opened: Opened,
    session: Column,
    patient: Column,
    typed: Column | None = None,
) -> Batch:
    """Return the requests of sessions in which `patient` (identifiers) are opened, in order within each session.

    `session` ascends. An identifier -2 - i is the number `typed[i]`, which belongs to nobody: its page is missing.
    """
    typed = np.zeros(0, np.int64) if typed is None else typed
    ordinal = within(np.bincount(session, minlength=len(opened.start))) + 1
    asked = [*_around(rng, opened.habits), *_of_reads(rng, opened.habits, session, ordinal, patient)]
    wrong, slips = _typos(rng, bases, opened.habits, session, ordinal, patient)
    wrong.patient = np.where(wrong.patient < 0, wrong.patient - len(typed), wrong.patient)
    return _in_time(rng, opened, [*asked, wrong], np.concatenate([typed, slips]))


def _plain(session: Column, place: Column | int, page: int, status: int = 200) -> _Asked:
    """Return requests that concern no patient."""
    count = len(session)
    nobody, none = np.full(count, -1), np.zeros(count, np.int64)
    return _Asked(session, np.full(count, 0) + place, page, nobody, np.full(count, status), none)


def _around(rng: np.random.Generator, habits: Column) -> list[_Asked]:
    """What sessions hold besides patients' pages."""
    count = len(habits)
    login, fails = rng.random(count) < habits["login"], rng.random(count) < habits["fails"]
    tries = np.where(login & fails, 1 + rng.binomial(2, 0.3, count), 0)
    lists, exports = np.minimum(rng.poisson(habits["lists"]), 400), rng.poisson(habits["exports"])
    sessions = np.arange(count)
    pages_listed = _plain(np.repeat(sessions, lists), 5, pages.LIST)
    # List pages come first or anywhere between the reads: the reader comes back to the list.
    pages_listed.place += rng.integers(0, 6, len(pages_listed.place)) * 32 * (rng.random(len(pages_listed.place)) < 0.5)
    pages_listed.listed = _SHOWN - np.minimum(rng.negative_binomial(0.8, 0.04, int(lists.sum())), _SHOWN)
    files = _plain(np.repeat(sessions, exports), 20, pages.EXPORT)
    files.listed = np.minimum(rng.lognormal(5.0, 1.3, int(exports.sum())), 30_000).astype(np.int64) + 1
    return [
        _plain(np.repeat(sessions, tries), within(tries), pages.LOGIN, 401),
        _plain(sessions[login], 3, pages.LOGIN),
        _plain(sessions, 4, pages.HOME_PAGE),
        pages_listed,
        files,
        _plain(sessions[rng.random(count) < habits["logout"]], _LAST, pages.LOGOUT),
    ]


def _of_reads(
    rng: np.random.Generator, habits: Column, session: Column, ordinal: Column, patient: Column
) -> list[_Asked]:
    """What each opened patient brings with it."""
    count, base = len(session), ordinal * 32
    own = habits[session]
    exists = patient >= 0

    def some(which: Column, step: Column | int, page: int) -> _Asked:
        place, size = base[which] + step, len(which)
        return _Asked(session[which], place, page, patient[which], np.full(size, 200), np.zeros(size, np.int64))

    searched = rng.random(count) < own["search"]
    again = searched & (rng.random(count) < 0.18)
    searches = [_plain(session[kept], base[kept] + step, pages.SEARCH) for kept, step in ((searched, 7), (again, 8))]
    for search, kept in zip(searches, (searched, again), strict=True):
        drawn = rng.random(len(search.session))
        many = np.minimum(rng.geometric(0.11, len(drawn)), _SHOWN)
        one_or_none = (drawn > 0.3 * own["narrow"][kept]).astype(np.int64)
        search.listed = np.where(drawn < own["narrow"][kept], one_or_none, many)
    read = some(np.arange(count), 12, pages.READ)
    read.status = np.where(exists, np.where(rng.random(count) < 0.0015, 403, 200), 404)
    further = np.where(exists, np.minimum(rng.poisson(own["detail"]), 8), 0)
    files = some(np.repeat(np.arange(count), further), within(further) + 14, pages.FILE)
    pairs = (
        ("glass", 10, pages.GLASS),
        ("double", 13, pages.READ),
        ("care", 24, pages.CARE_ACT),
        ("update", 25, pages.UPDATE),
    )
    rest = [some(np.flatnonzero(exists & (rng.random(count) < own[name])), step, page) for name, step, page in pairs]
    return [*searches, read, files, *rest]


def _typos(
    rng: np.random.Generator, bases: Bases, habits: Column, session: Column, ordinal: Column, patient: Column
) -> tuple[_Asked, Column]:
    """Identifiers typed wrong before the right one. A wrong number may be somebody else's: that page is shown."""
    wrong = np.flatnonzero((patient >= 0) & (rng.random(len(session)) < habits["typo"][session]))
    number = bases.numbers[patient[wrong]]
    slip = 10 ** rng.integers(0, 7, len(wrong)) * rng.integers(1, 10, len(wrong)) * rng.choice([-1, 1], len(wrong))
    typed = np.where(number >= 0, np.abs(number + slip), -1)
    met = np.where(number >= 0, bases.find(typed), NOBODY)
    missed = met == NOBODY
    asked = _plain(session[wrong], ordinal[wrong] * 32 + 11, pages.READ)
    asked.status = np.where(missed, 404, 200)
    asked.patient = np.where(missed, -2 - (np.cumsum(missed) - missed), met)
    return asked, typed[missed]


def _in_time(rng: np.random.Generator, opened: Opened, asked: list[_Asked], typed: Column) -> Batch:
    """Put requests in order within each session and give each its moment."""
    session = np.concatenate([each.session for each in asked])
    place = np.concatenate([each.place for each in asked])
    page = np.repeat(np.array([each.page for each in asked], np.uint8), [len(each.session) for each in asked])
    order = np.argsort((session.astype(np.int64) << 32) | place, kind="stable")
    session, page, place = session[order], page[order], place[order]
    own = opened.habits[session]
    gap = _MEDIAN[page] * own["pace"] * np.exp(rng.normal(0, 1, len(order)) * own["unsteady"])
    gap = np.where(place % 32 == 13, 0.45 * gap / _MEDIAN[pages.READ] + 0.05, gap)  # a double click
    gap += np.where(rng.random(len(order)) < own["pause"], rng.exponential(PAUSE, len(order)), 0.0)
    begins = np.concatenate([[True], session[1:] != session[:-1]]) if len(order) else np.zeros(0, bool)
    elapsed = np.cumsum(gap)
    elapsed -= np.repeat(elapsed[begins], np.diff([*np.flatnonzero(begins), len(order)]))
    patient, status, listed = (
        np.concatenate([getattr(each, name) for each in asked])[order] for name in ("patient", "status", "listed")
    )
    status = np.where((status == 200) & (rng.random(len(order)) < 0.0015), 500, status)
    rows = Rows(
        at=opened.start[session] + (elapsed * 1e6).astype(np.int64),
        sitting=session.astype(np.int32),
        patient=patient.astype(np.int32),
        asked=page,
        status=status.astype(np.uint16),
        listed=np.where(status == 200, listed, 0).astype(np.int32),
    )
    return Batch(opened.sittings, rows, typed)
