"""Accesses of suspected accounts with their attribution; and their rows: patient, fields, account, route, times."""

from __future__ import annotations

import polars as pl

from maillon.expose.attribute import CEILING
from maillon.expose.suspects import is_shown
from maillon.facts.event import Action
from maillon.facts.exposure import ROWS

ACCESS = (
    *("account", "session", "patient", "fields", "route", "at", "zone", "listed", "action"),
    *("thief", "replayed"),
)
"""Columns of attributed accesses: those of an event, the probability of the thief, whether the session is replayed."""


def attributed_accesses(events: pl.LazyFrame, sittings: pl.LazyFrame) -> pl.LazyFrame:
    """Give each access that showed somebody the probability of its sitting. Columns out: ACCESS.

    `events` are numbered by sitting; `sittings` come from `attribute.attributed`. Inside a session that is in use at
    two places at once nobody can be excluded, so that all its accesses are `replayed`.
    """
    told = sittings.select("sitting", "thief", pl.col("replayed").any().over("account", "session").alias("replayed"))
    return events.filter(is_shown()).join(told, on="sitting").select(ACCESS)


def not_excluded() -> pl.Expr:
    """Tell whether an attributed access counts for the upper bound."""
    return (pl.col("thief") >= CEILING) | pl.col("replayed")


def rows(
    accesses: pl.LazyFrame, pseudonyms: pl.LazyFrame, accounts: pl.LazyFrame, routes: pl.LazyFrame
) -> pl.LazyFrame:
    """Return one row for each (account, patient, route, fields) that cannot be excluded: columns facts.exposure.ROWS.

    `pseudonyms` has columns patient, pseudonym; `accounts` and `routes` have columns hash, name. A patient whose
    pseudonym is not kept has an empty one. Rows come in order of account and first time.
    """
    one = (
        accesses.filter(not_excluded() & (pl.col("patient") != 0))
        .group_by("account", "patient", "route", "fields")
        .agg(
            pl.col("at").min().alias("first"),
            pl.col("at").max().alias("last"),
            pl.col("zone").first(),
            pl.len().alias("accesses"),
            pl.col("thief").max(),
            pl.col("replayed").any(),
            (pl.col("action") == int(Action.BREAK_GLASS)).any().alias("break_glass"),
        )
        .rename({"account": "account_hash", "patient": "patient_hash"})
    )
    return (
        one.join(pseudonyms.unique("patient"), left_on="patient_hash", right_on="patient", how="left")
        .join(accounts.rename({"name": "account"}), left_on="account_hash", right_on="hash", how="left")
        .join(routes.rename({"name": "route_name"}), left_on="route", right_on="hash", how="left")
        .with_columns(
            pl.col("pseudonym").fill_null("").alias("patient"),
            pl.col("account").fill_null(""),
            pl.col("route_name").fill_null("").alias("route"),
        )
        .select(ROWS)
        .sort("account", "first", "patient_hash", "route", "fields")
    )
