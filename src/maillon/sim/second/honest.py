"""A block of honest accounts over the period: their sessions, from where, and what they asked."""

from __future__ import annotations

import numpy as np

from maillon.sim.second import caseload, steps, volumes
from maillon.sim.second.almanac import DAY, HOUR
from maillon.sim.second.draws import Column, mix, share, stream
from maillon.sim.second.happenings import EXPORTS, LISTS
from maillon.sim.second.land import CARE
from maillon.sim.second.lines import JAVA, KIOSK
from maillon.sim.second.pages import IDENTITY, RECORD
from maillon.sim.second.steps import HABITS, Opened
from maillon.sim.second.tables import NEW, Batch, Sittings
from maillon.sim.second.trades import BATCH, OFFICE, ROBOT, SHIFTS, column
from maillon.sim.second.volumes import Visits
from maillon.sim.second.world import World

BLOCK = 1_000  # accounts drawn together: bounds memory


def block(world: World, first: int) -> Batch:
    """Return everything that accounts `first` to `first` + BLOCK did."""
    rng = stream(world.seed, "honest", first)
    accounts = np.arange(first, min(first + BLOCK, len(world.staff)))
    visits = volumes.visits(rng, world, accounts)
    role = world.staff.role[visits.account]
    a_session = 3.0 + 9.0 * share(world.seed, 40, visits.account)  # patients that one likes to see in a session
    sessions = np.where(role == ROBOT, 1, 1 + rng.poisson(np.minimum(visits.reads / a_session, 6.0)))
    visit = np.repeat(np.arange(len(sessions)), sessions)
    second = world.staff.shared[visits.account[visit]] & (rng.random(len(visit)) < 0.4)
    opened = _open(rng, world, visits, visit, second.astype(np.int64))
    of_read = np.repeat(np.arange(len(sessions)), visits.reads)
    place = (rng.random(len(of_read)) * sessions[of_read]).astype(np.int64)
    session = np.sort((np.cumsum(sessions) - sessions)[of_read] + place)
    patient = caseload.choose(rng, world, visits, visit[session], second[session].astype(np.int64))
    session, patient = _some_in_order(rng, world, session, patient, len(visit))
    identifier = world.bases.of(opened.sittings.service[session], patient, visits.day[visit[session]])
    return steps.expand(rng, world.bases, opened, session, identifier)


def _some_in_order(
    rng: np.random.Generator, world: World, session: Column, patient: Column, sessions: int
) -> tuple[Column, Column]:
    """Let one session in seven go through its patients in order of their numbers, as lists show them."""
    ordered = rng.random(sessions) < 0.15
    which = np.flatnonzero(ordered[session])
    turned = which[np.lexsort((world.throng.number[patient[which]], session[which]))]
    patient[which] = patient[turned]
    return session, patient


def _open(rng: np.random.Generator, world: World, visits: Visits, visit: Column, second: Column) -> Opened:
    """Place sessions in the day and on a client, and say what is usual in them."""
    account, day = visits.account[visit], visits.day[visit]
    service = _services(rng, world, account)
    local = day * DAY + (_moment(rng, world, account, day, second) * HOUR).astype(np.int64)
    address, agent = _client(rng, world, account, day, second)
    return Opened(
        Sittings(account, np.full(len(account), NEW), address, agent, service.astype(np.uint8)),
        world.almanac.utc(local),
        habits(world, account, service, visits.manner[visit]),
    )


def _services(rng: np.random.Generator, world: World, account: Column) -> Column:
    """Draw the service of each session: mostly the one that the account is there for."""
    weights = np.cumsum(column("services")[world.staff.role[account]], axis=1)[:, :-1]
    strays = rng.random(len(account)) < 0.3
    drawn = np.where(strays, rng.random(len(account)), share(world.seed, 56, account))
    service: Column = (drawn[:, None] > weights).sum(axis=1)
    return service


def _moment(rng: np.random.Generator, world: World, account: Column, day: Column, second: Column) -> Column:
    """Draw when sessions begin, in local hours; a night shift ends after midnight."""
    staff = world.staff
    shift, drawn = staff.shift[account], rng.random(len(account))
    # One draw a day for those who rotate: a person does not work the morning and the night.
    rotating = share(world.seed, 41, account, day, second)
    drawn = np.where((shift != OFFICE) & (shift != BATCH), rotating, drawn)
    piece = np.zeros(len(account), np.int64)
    low, high = np.zeros((4, 3)), np.zeros((4, 3))
    for row, pieces in enumerate(SHIFTS):
        bounds = np.cumsum([part for part, _, _ in pieces])
        piece = np.where(shift == row, np.minimum(np.searchsorted(bounds, drawn), len(pieces) - 1), piece)
        low[row, : len(pieces)], high[row, : len(pieces)] = [p[1] for p in pieces], [p[2] for p in pieces]
    kept = staff.piece[account]
    piece = np.where((kept >= 0) & (shift != OFFICE), np.maximum(kept, 0), piece)
    begin, end = low[shift, piece], high[shift, piece]
    lag = 0.6 * (share(world.seed, 42, account * 2 + second) - 0.5)
    return np.maximum(begin + lag + (end - begin) * rng.beta(1.15, 1.35, len(account)), 0.0)


def _client(
    rng: np.random.Generator, world: World, account: Column, day: Column, second: Column
) -> tuple[Column, Column]:
    """Return address and client of each session."""
    lines, staff = world.lines, world.staff
    person, role = account * 2 + second, staff.role[account]
    unit = staff.unit_on(account, day, world.almanac)
    site, fresh = world.land.unit_site[unit], rng.integers(0, 1 << 60, len(account))
    home = share(world.seed, 43, person, day) < staff.from_home[account]
    way = rng.random(len(account))
    tour = (world.land.site_kind[site] == CARE) & (role != ROBOT) & (way < 0.6)
    spare = (way > 0.988) & (role != ROBOT)  # the hospital's line is slow: the telephone's is taken
    abroad = share(world.seed, 44, person, day // 9) < 0.0012
    kiosk = (share(world.seed, 45, unit) < 0.22) & (rng.random(len(account)) < 0.35) & (staff.shift[account] != OFFICE)
    hosted = (role == ROBOT) & (share(world.seed, 46, account) < 0.4)
    desk = np.where(rng.random(len(account)) < 0.8, account, fresh % 997)
    address = np.select(
        [hosted, abroad, home & (way < 0.55), home & (way < 0.95), tour | spare | home],
        [
            lines.hosting(account),
            lines.foreign(mix(person, day // 9)),
            lines.at_exit(fresh),
            lines.at_home(person, day),
            lines.mobile(fresh),
        ],
        lines.at_site(site, day, np.where(kiosk, unit, desk)),
    )
    agent = np.select(
        [role == ROBOT, home | tour | abroad | spare, kiosk],
        [np.full(len(account), JAVA), lines.own_client(person), np.full(len(account), KIOSK)],
        lines.work_client(site, account, day),
    )
    return address.astype(np.int32), agent.astype(np.int16)


def habits(world: World, account: Column, service: Column, manner: Column) -> Column:
    """Return HABITS of sessions of these accounts."""
    staff, seed = world.staff, world.seed
    role = staff.role[account]
    usual = np.zeros(len(account), HABITS)
    robot = role == ROBOT
    usual["login"] = np.where(
        robot, 1.0, 0.55 + 0.45 * share(seed, 47, account)
    )  # others come from a session kept open
    usual["fails"] = np.where(robot, 0.002, 0.16 * share(seed, 48, account) ** 2)
    usual["logout"] = share(seed, 49, account) ** 2
    usual["lists"] = column("lists")[role] * (0.3 + 1.4 * share(seed, 50, account)) + np.where(
        manner == LISTS, 4.0, 0.0
    )
    usual["exports"] = np.where(manner == EXPORTS, 0.5, np.where(column("lists")[role] > 1.4, 0.012, 0.0))
    usual["search"] = np.clip(column("search")[role] * (0.4 + 1.2 * share(seed, 51, account)), 0, 0.98)
    usual["narrow"] = np.where(service == IDENTITY, 0.65, 0.45)
    usual["typo"] = np.where(robot, 0.0, np.where(service == IDENTITY, 0.03, 0.004))
    usual["glass"] = np.where((service == RECORD) & ~robot, 0.012, 0.0)
    usual["double"] = np.where(robot, 0.0, 0.07 * share(seed, 52, account))
    personal = 2.0 * share(seed, 53, account)
    usual["detail"] = column("detail")[role] * personal
    usual["care"] = np.minimum(column("care")[role] * 2.0 * share(seed, 54, account), 0.9)
    usual["update"] = np.minimum(column("update")[role] * 2.0 * share(seed, 55, account), 0.9)
    usual["pace"] = np.where(robot, 0.08, staff.pace[account])
    usual["unsteady"] = np.where(robot, 0.15, 0.95)
    usual["pause"] = np.where(robot, 0.0, 0.035)
    return usual
