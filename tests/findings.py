"""Findings of an invented site, as values: a theft through three accounts, a slowed one, two only asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from maillon.facts.coverage import Coverage
from maillon.facts.decision import Decision, Reason
from maillon.facts.findings import AccountSeries, Advice, Comparator, Findings
from maillon.facts.incident import Incident

ZONE = 3600
FIRST_DAY = date(2026, 3, 2)
HOSTILE = '<script>document.title="owned"</script>\x1b[31m\u202egnp.exe\x9b2J\n'


def at(day, hour=0, minute=0):
    """Return microseconds since 1970 of a local moment (UTC+1) of March 2026."""
    moment = datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(seconds=ZONE)
    return int(moment.timestamp()) * 1_000_000


def volume(new, usual, minutes):
    return Reason(
        "volume",
        {"patients_new": float(new), "usual": float(usual), "seconds": minutes * 60.0},
        f"{new} patients jamais vus auparavant par ce compte en {minutes} minutes ; d’ordinaire {usual} par jour",
        f"{new} patients never seen before by this account in {minutes} minutes; usually {usual} a day",
    )


def joined(suspects):
    return Reason(
        "campaign",
        {"suspects": float(suspects)},
        f"connexion depuis un réseau (192.0.2.0/24) que {suspects} comptes suspects viennent aussi de découvrir",
        f"log-in from a network (192.0.2.0/24) that {suspects} suspected accounts have also just come to",
    )


BORROWED = Reason("borrowed", {"threshold": 12.5}, "calibration empruntée", "borrowed calibration")
NO_CARE = Reason("no_care", {"care": 0.0}, "aucun acte de soin ce jour-là", "no care act that day")


def decision(name, account, when, action, *reasons, kind="day", log10_p=-5.0, incident="", calibration="borrowed"):
    return Decision(
        id=name, at=when, zone=ZONE, service="orientations", account=account, account_hash=hash_of(account),
        action=action, kind=kind, calibration=calibration, reasons=reasons, network=9, device=8, session=7,
        since=when - 3_600_000_000, log10_p=log10_p, incident=incident,
    )  # fmt: skip


def hash_of(account):
    return sum(ord(one) * 31**place for place, one in enumerate(account)) % 2**63


def series(account, usual, stolen_from, pace, step_up, contain, days=21):
    """An account that reads `usual` patients a day, and `pace` from the day `stolen_from` on."""
    dates = [FIRST_DAY + timedelta(days=i) for i in range(days)]
    patients = [pace if stolen_from <= one.day < stolen_from + 8 else usual for one in dates]
    new = [pace if stolen_from <= one.day < stolen_from + 8 else usual // 2 for one in dates]
    read = sum(one for one in new if one == pace)
    return AccountSeries(
        account=account, days=[one.isoformat() for one in dates], patients=patients, new=new,
        usual=[0.0, *[float(usual)] * (days - 1)], peers=[6.0] * days, step_up_at=step_up, contain_at=contain,
        read_in_all=read, read_before_containment=read // 4 if contain else read, network="192.0.2.0/24",
        device="Firefox, Windows",
    )  # fmt: skip


def findings(hostile=""):
    """The whole: `hostile` is appended to every name that a log could have brought."""
    thieves = [f"m.durand{hostile}", f"c.leroy{hostile}", f"inf.nuit{hostile}"]
    slowed, calm, other = f"a.petit{hostile}", f"b.moreau{hostile}", f"s.garnier{hostile}"
    theft = Incident(
        id="4f1c09ab77d2", accounts=thieves, account_hashes=[hash_of(one) for one in thieves], since=at(8, 9, 12),
        until=at(15, 18, 40), zone=ZONE, gravest="contain", decisions=["d1", "d2", "d3", "d4"], patients_lower=4120,
        patients_upper=5033, patients_before_step_up=61, patients_before_containment=1034,
        fields={"family_name": 4120, "given_name": 4120, "nir": 380}, absorbs=["77d20b1c9af4"],
        networks=[9], devices=[8],
    )  # fmt: skip
    pace = Incident(
        id="9be2", accounts=[slowed], account_hashes=[hash_of(slowed)], since=at(17, 20), until=at(17, 23), zone=ZONE,
        gravest="pace", decisions=["d5"], patients_lower=251, patients_upper=251, patients_before_step_up=40,
        patients_before_containment=251, fields={"family_name": 251},
    )  # fmt: skip
    asked = [
        Incident(
            id=f"ask{index}", accounts=[one], account_hashes=[hash_of(one)], since=at(18 + index), until=at(18 + index),
            zone=ZONE, gravest="step_up", decisions=[f"d{6 + index}"], patients_lower=12, patients_upper=12,
        )
        for index, one in enumerate((calm, other))
    ]  # fmt: skip
    return Findings(
        coverages=[
            Coverage(
                source=f"portal/access.log{hostile}", service="orientations", dialect="combined + session",
                records=268_299, parsed=173_700, ignored={"static": 63_664, "health": 30_240}, rejected={"layout": 127},
                duplicates=568, late=12, events=173_700, first=at(2, 0, 14), last=at(22, 23, 59),
            ),
            Coverage(
                source="old.log", dialect="common", records=1_000, parsed=700, rejected={"timestamp": 300}, events=700,
                first=at(2), last=at(12, 8), warnings=["old.log.gz ends early"],
            ),
        ],
        decisions=[
            decision("d1", thieves[0], at(8, 9, 40), "step_up", volume(61, 6, 28), BORROWED, incident=theft.id),
            decision("d2", thieves[1], at(8, 10, 5), "contain", joined(2), kind="campaign", incident=theft.id),
            decision("d3", thieves[0], at(8, 11, 2), "contain", volume(84, 6, 40), NO_CARE, BORROWED, log10_p=-9.5,
                     incident=theft.id),
            decision("d4", thieves[2], at(9, 2, 30), "contain", joined(3), kind="campaign", incident=theft.id),
            decision("d5", slowed, at(17, 22), "pace", volume(232, 8, 60), BORROWED, incident=pace.id),
            decision("d6", calm, at(18, 9), "step_up", volume(30, 9, 50), incident="ask0", calibration="own"),
            decision("d7", other, at(19, 9), "step_up", volume(31, 9, 50), incident="ask1"),
        ],
        incidents=[asked[0], pace, theft, asked[1]],
        series={
            theft.id: [
                series(thieves[0], 6, 8, 190, at(8, 9, 40), at(8, 11, 2)),
                series(thieves[1], 9, 8, 240, at(8, 10, 5), at(8, 10, 5)),
                series(thieves[2], 4, 9, 85, at(9, 2, 30), at(9, 2, 30)),
            ],
            pace.id: [series(slowed, 8, 17, 232, at(17, 20, 30), 0)],
        },
        advice=[
            Advice("no_account", f"access.log{hostile} : le journal ne nomme pas le compte.",
                   f"access.log{hostile}: the log names no account.", {"nginx": "# http { }\nlog_format maillon '…';"}),
            Advice("no_account", "b.log : le journal ne nomme pas le compte.", "b.log: the log names no account.",
                   {"nginx": "# http { }\nlog_format maillon '…';"}),
            Advice("short_history", "historique trop court", "not enough history"),
        ],
        comparators=[
            Comparator("limite fixe de 100 dossiers par heure", "fixed limit of 100 records an hour", 2210, 1, 4),
        ],
        accounts=398, events=174_400, first=at(2, 0, 14), last=at(22, 23, 59), zone=ZONE, days_until_own=12,
    )  # fmt: skip


def nothing():
    """A quiet site with enough history."""
    quiet = Coverage(source="access.log", dialect="combined", records=10, parsed=10, events=10, first=at(2), last=at(3))
    return Findings([quiet], [], [], accounts=3, events=10, first=at(2), last=at(3), zone=ZONE)
