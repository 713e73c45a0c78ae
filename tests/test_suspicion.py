"""What adds up against an account, what explains it, and what a person's word clears: walks, sessions, programs."""

import numpy as np

from maillon.facts.account import ACCOUNT, NEW, SESSIONS
from maillon.facts.event import Action, Outcome
from maillon.facts.evidence import Kind, Rung
from maillon.facts.policy import Policy
from maillon.facts.pool import SERVICE
from maillon.score.fold import Scoring
from maillon.score.kinds.walk import STEPS, walk
from maillon.score.sessions import attend
from maillon.sim.hashes import neighbourhoods
from small_region import FIRST_DAY, honest, keyed, local, merged, rows, theft


def record():
    return np.zeros(1, ACCOUNT)[0]


def of(scoring, account):
    return scoring.accounts[scoring.accounts["account"] == keyed(account, 3)][0]


def steps(numbers, *, missed=False, explained=False):
    account = record()
    counted = [walk(account, near, missed, explained) for near in neighbourhoods(np.array(numbers))]
    return counted, account


def test_a_walk_counts_from_its_fourth_step():
    counted, account = steps(range(1000, 1020))
    assert counted == [False] * STEPS + [True] * (20 - STEPS)
    assert account["walked"] == account["in_row"] == 20 - STEPS


def test_a_stride_is_a_walk_and_a_jump_is_none():
    assert steps(range(1000, 1600, 30))[1]["walked"] == 17
    assert steps(range(1000, 9000, 200))[1]["walked"] == 0
    assert steps([-1] * 20)[1]["walked"] == 0, "identifiers without an order"


def test_a_miss_counts_wherever_it_lies_and_an_explained_step_does_not():
    assert steps(range(0, 90_000, 9000), missed=True)[1]["walked"] == 10
    counted, account = steps(range(1000, 1020), explained=True)
    assert not any(counted)
    assert account["in_row"] == 20 - STEPS, "it is told all the same"


def test_sessions_have_places_and_the_least_recent_makes_room():
    account = record()
    places = [attend(account, np.uint64(key), 0, at) for at, key in enumerate([11, 12, 11, 13, 14], 1)]
    assert places[0] == places[2]
    assert len(set(places)) == SESSIONS
    assert attend(account, np.uint64(15), 0, 9) == places[1], "session 12 was used the longest ago"
    assert not account["session_moved"].any()
    attend(account, np.uint64(11), 3, 10)
    assert account["session_moved"][places[0]] == 1


def replayed(session_of_thief):
    """Return evidence of an owner at work, and of a thief who reads from elsewhere with that session or another."""
    owner = honest(4, accounts=12, days=12)
    day = merged(*[rows(local(12, 9) + np.arange(30) * 600_000_000, keyed(2, 3), keyed(np.arange(30), 1), keyed(2, 4),
                        keyed(2, 5))])  # fmt: skip
    thief = theft(2, 12, 60, 120, hour=10)
    thief["session"] = session_of_thief
    return Scoring(Policy()).fold(merged(owner, day, thief))


def test_one_session_from_two_places_is_replayed():
    own, other = replayed(keyed(keyed(2, 3), 7)), replayed(np.uint64(99))
    assert (own["kind"] == Kind.REPLAY).any()
    assert not (other["kind"] == Kind.REPLAY).any()
    assert own[own["kind"] == Kind.REPLAY][0]["patients_new"] < 60


def program(days, patients=200, account=1, network=1):
    parts = [
        rows(local(day, 2) + np.arange(patients) * 20_000_000, keyed(account, 3),
             keyed(1000 * day + np.arange(patients), 9), keyed(network, 4), keyed(1, 5))
        for day in range(days)
    ]  # fmt: skip
    return merged(*parts)


def test_what_reads_like_a_program_from_its_first_day_is_judged_as_one():
    scoring = Scoring(Policy())
    scoring.fold(
        merged(
            program(5, patients=120),
            *[theft(1, day, 9, 600, network=60 + day, first_patient=40 * day) for day in range(5)],
        )
    )
    assert of(scoring, 1)["stratum"] != SERVICE, "a person uses the same account"
    scoring = Scoring(Policy())
    evidence = scoring.fold(program(6, account=90))
    assert of(scoring, 90)["stratum"] == SERVICE
    later = evidence[evidence["day"] >= FIRST_DAY + 3]
    assert not len(later), "its volume is nobody's business until the site has programs enough to compare"


def test_whom_the_directory_names_is_a_program_from_the_first_access_on():
    late = merged(honest(1, accounts=20, days=12), theft(90, 12, 400, 5, network=77))
    unknown, named = Scoring(Policy()), Scoring(Policy())
    named.name_programs([int(keyed(90, 3)), int(keyed(91, 3))])
    found = unknown.fold(late)
    assert (found["account"] == keyed(90, 3)).any(), "a newcomer who reads like a thief"
    spared = named.fold(late)
    assert of(named, 90)["stratum"] == SERVICE
    assert spared[spared["account"] == keyed(90, 3)]["rung"].max(initial=0) < Rung.CONTAIN
    assert Scoring.from_bytes(named.to_bytes(), Policy()).to_bytes() == named.to_bytes()


def test_nobody_becomes_a_program_later():
    scoring = Scoring(Policy())
    calm = [theft(90, day, 5, 600, network=1, first_patient=50 * day) for day in range(3)]
    busy = [theft(90, day, 300, 20, network=1, first_patient=5000 * day) for day in range(3, 9)]
    scoring.fold(merged(*calm, *busy))
    assert of(scoring, 90)["stratum"] != SERVICE


def test_a_program_elsewhere_is_paced_not_contained():
    moved = theft(90, 8, 400, 5, network=77, first_patient=90_000)
    evidence = Scoring(Policy()).fold(merged(program(8, account=90), honest(1, accounts=20, days=8), moved))
    mine = evidence[(evidence["account"] == keyed(90, 3)) & (evidence["kind"] == Kind.ORIGIN)]
    assert mine["rung"].max() == Rung.PACE


def test_misses_from_a_young_origin_count_as_reads_of_strangers():
    guesses = theft(2, 12, 40, 30)
    guesses["outcome"] = Outcome.MISSING
    scoring = Scoring(Policy())
    scoring.fold(merged(honest(3, accounts=10, days=12), theft(2, 12, 1, 30, hour=13), guesses))
    assert of(scoring, 2)["young"] > 3 * 40
    assert of(scoring, 2)["misses"] == 40


def test_a_care_act_explains_what_a_young_origin_read():
    region = honest(3, accounts=10, days=12)
    reads = theft(2, 12, 40, 60)
    acts = reads.copy()
    acts["action"], acts["at"] = Action.CARE, acts["at"] + 20_000_000
    alone, cared = Scoring(Policy()), Scoring(Policy())
    alone.fold(merged(region, reads))
    cared.fold(merged(region, reads, acts))
    assert of(cared, 2)["young"] < 0.2 * of(alone, 2)["young"]
    few = Scoring(Policy())
    few.fold(merged(region, reads, acts[9::10]))  # one in ten is enough
    assert of(few, 2)["young"] < 0.2 * of(alone, 2)["young"]


def login(account, day, network, hour=8):
    events = theft(account, day, 1, hour=hour, network=network)
    events["patient"], events["action"] = 0, Action.LOGIN
    return events


def test_a_log_in_is_held_against_the_accounts_own_past_and_decides_nothing_alone():
    region = honest(3, accounts=20, days=12)
    usual = np.unique(region[region["account"] == keyed(2, 3)][["network", "device"]])[0]
    same = login(2, 12, 1)
    same["network"], same["device"] = usual["network"], usual["device"]
    surprises = {}
    for name, event in (("same", same), ("new", login(2, 12, 99))):
        scoring = Scoring(Policy())
        assert not len(scoring.fold(merged(region, event)))
        surprises[name] = float(of(scoring, 2)["login_surprise"])
    assert surprises["same"] < 0.1
    assert surprises["new"] > 1.5
    refused = login(2, 12, 99)
    refused["outcome"] = Outcome.REFUSED
    scoring = Scoring(Policy())
    assert not len(scoring.fold(merged(region, *[refused] * 50))), "anybody can fail to log in as somebody"


def test_an_account_that_wakes_is_nowhere_quite_at_home():
    """From its own old place: a thief behind the hospital's gateway, or somebody back from a long leave."""
    days = [theft(90, day, 12, 600, network=1, first_patient=12 * day) for day in range(12)]
    woken, awake = Scoring(Policy()), Scoring(Policy())
    woken.fold(merged(*days, theft(90, 60, 40, 60, network=1, first_patient=5000)))
    awake.fold(merged(*days, theft(90, 13, 40, 60, network=1, first_patient=5000)))
    assert of(awake, 90)["young"] == 0
    assert of(woken, 90)["young"] == 20


def test_a_verdict_clears_and_holds():
    region = honest(3, accounts=10, days=12)
    scoring = Scoring(Policy())
    evidence = scoring.fold(merged(region, theft(2, 12, 200, 30)))
    assert (evidence["account"] == keyed(2, 3)).any()
    assert scoring.forgive(int(keyed(2, 3)))
    assert not scoring.forgive(12345)
    account = of(scoring, 2)
    assert account["young"] == account["today"][NEW] == 0
    again = scoring.fold(theft(2, 13, 30, 60, first_patient=5000))
    assert not len(again), "the origin is the account's own from now on"


def test_made_up_accounts_cost_nothing():
    scoring = Scoring(Policy())
    tried = rows(local(0, 9) + np.arange(50_000), keyed(np.arange(50_000), 3), keyed(1, 9), 1, 1)
    tried["outcome"] = Outcome.REFUSED
    scoring.fold(tried)
    assert len(scoring.accounts) == 0
