"""What a thief finds: accounts not yet stolen, their owners' days, the patients, the networks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from maillon.sim.second.draws import Column
from maillon.sim.second.land import HOSPITAL
from maillon.sim.second.lines import BROWSERS, SCRIPTS
from maillon.sim.second.tables import Rows, Sittings
from maillon.sim.second.trades import ROBOT, column
from maillon.sim.second.world import World


@dataclass
class Scene:
    """The honest region. Its rows are sitting by sitting, each sitting's in order of time."""

    world: World
    sittings: Sittings
    rows: Rows
    taken: set[int] = field(default_factory=set)

    def account(self, rng: np.random.Generator, day: int, *, among: Column | None = None) -> int:
        """Draw an account that is open on a day and that nobody has stolen yet."""
        staff = self.world.staff
        fits = (staff.role != ROBOT) & (staff.joins < day) & (staff.leaves > day)
        if among is not None:
            fits &= among
        fits[list(self.taken)] = False
        if not fits.any():
            raise ValueError("no account is left that such a thief could steal: ask for fewer thieves or more accounts")
        account = int(rng.choice(np.flatnonzero(fits)))
        self.taken.add(account)
        return account

    def late_day(self, rng: np.random.Generator, spare: int = 2) -> int:
        """Draw a day of the last third that leaves `spare` days after it."""
        days = self.world.almanac.days
        return int(rng.integers(days * 2 // 3, max(days * 2 // 3 + 1, days - spare)))

    def service(self, rng: np.random.Generator, account: int) -> int:
        """Draw one of the services that the account opens."""
        return int(rng.choice(3, p=column("services")[self.world.staff.role[account]]))

    def own_sittings(self, account: int) -> tuple[Column, Column, Column]:
        """Return the owner's sittings with the instants of their first and last rows, in order of time."""
        mine = np.flatnonzero(self.sittings.account == account)
        begin, end = np.searchsorted(self.rows.sitting, mine), np.searchsorted(self.rows.sitting, mine, "right")
        mine, begin, end = mine[end > begin], begin[end > begin], end[end > begin]
        order = np.argsort(self.rows.at[begin])
        return mine[order], self.rows.at[begin][order], self.rows.at[end - 1][order]

    def last_seen(self) -> Column:
        """Return the last instant of each account, 0 where it was never used."""
        seen = np.zeros(len(self.world.staff), np.int64)
        np.maximum.at(seen, self.sittings.account[self.rows.sitting], self.rows.at)
        return seen

    def usual_place(self, account: int, starts: Column) -> tuple[Column, Column]:
        """Return address and client of the owner's desk at some instants."""
        world, who = self.world, np.full(len(starts), account)
        day = np.clip(self.day(starts), 0, world.almanac.days - 1)
        site = world.land.unit_site[world.staff.unit_on(who, day, world.almanac)]
        return world.lines.at_site(site, day, who), world.lines.work_client(site, who, day)

    def day(self, at: Column) -> Column:
        """Return the local day of instants."""
        local: Column = self.world.almanac.local(at) // 86_400_000_000
        return local

    def patients(self, rng: np.random.Generator, choice: str, account: int, day: int, count: int) -> Column:
        """Return at most `count` patients, hardly one twice.

        `choice`: "anywhere", "houses" (the lists of some hospitals, from top to bottom), "own" (the owner's
        establishment, latest first) or "newest" (the latest admissions of the region).
        """
        throng, land = self.world.throng, self.world.land
        if choice == "houses":
            sites = rng.permutation(np.flatnonzero(land.site_kind == HOSPITAL))
            spans = [
                throng.site_order[throng.site_first[s] : throng.site_first[s] + self._known(s, day)] for s in sites
            ]
            return np.concatenate(spans)[:count]
        units = np.arange(len(land.unit_rate))
        if choice == "own":
            site = land.unit_site[self.world.staff.unit[account]]
            units = units[land.unit_site == site]
        known = throng.by(units, np.full(len(units), day))
        drawn = rng.choice(len(units), count * 2 + 50, p=known / known.sum())
        depth = rng.random(len(drawn)) if choice == "anywhere" else 0.6 * rng.random(len(drawn)) ** 2
        chosen = throng.first[units[drawn]] + known[drawn] - 1 - (depth * known[drawn]).astype(np.int64)
        _, first = np.unique(chosen, return_index=True)
        return chosen[np.sort(first)][:count]

    def _known(self, site: int, day: int) -> int:
        throng = self.world.throng
        return int(throng.site_known[site, throng.known.shape[1] - self.world.almanac.days + day])

    def identifiers(
        self, rng: np.random.Generator, service: int, account: int, day: int, count: int, choice: str | None = None
    ) -> Column:
        """Return `count` identifiers to open from a day on, some of them twice; anywhere's once the choice runs out."""
        choice = choice or str(rng.choice(["anywhere", "houses", "own", "newest"]))
        patients = self.patients(rng, choice, account, day, count)
        if len(patients) < count:
            patients = np.concatenate([patients, self.patients(rng, "anywhere", account, day, count - len(patients))])
        if rng.random() < 0.5:
            again = rng.random(len(patients)) < rng.uniform(0.0, 0.05)
            patients = np.where(again, rng.permutation(patients), patients)
        found = self.world.bases.of(np.full(len(patients), service), patients, np.full(len(patients), day))
        return np.resize(found, count)


def client(scene: Scene, rng: np.random.Generator, kind: str, account: int, starts: Column) -> tuple[Column, Column]:
    """Return address and client of each outing of a thief.

    `kind`: "abroad", "hosting", "home" (one residential line), "proxies" (another home each time), "mobile", "exit"
    (the region's remote access), "desk" (a machine of the owner's site) or "any" of them.
    """
    lines, count = scene.world.lines, len(starts)
    one, fresh = np.full(count, rng.integers(1 << 60)), rng.integers(0, 1 << 60, count)
    if kind == "any":
        kind = str(rng.choice(["abroad", "hosting", "home", "proxies", "mobile", "exit", "desk"]))
    desk, agent = scene.usual_place(account, starts)
    address = {
        "abroad": lines.foreign(one),
        "hosting": lines.hosting(one),
        "home": lines.residential_address(one),
        "proxies": lines.residential_address(fresh),
        "mobile": lines.mobile(fresh),
        "exit": lines.at_exit(fresh),
        "desk": desk,
    }[kind]
    own = np.full(count, rng.choice(BROWSERS))
    script = np.full(count, rng.choice(SCRIPTS))
    drawn = rng.random()
    if kind == "desk" or drawn < 0.3:  # the machine itself, or a thief who copies what the owner sends
        return address, agent
    return address, script if drawn < 0.5 else own
