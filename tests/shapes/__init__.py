"""Labelled logs of invented services, one function a shape, written without regard to how a profile is learnt."""

from __future__ import annotations

import random
from collections.abc import Callable

from shapes import json_api, legacy, opaque, portal
from shapes.line import Line, combined, parsed
from shapes.site import Site, lines_of
from shapes.world import World

SHAPES: dict[str, Callable[[random.Random, World], Site]] = {
    "single-page application": json_api.spa_json,
    "search by POST": portal.post_search,
    "GraphQL": json_api.graphql,
    "opaque UUIDs": opaque.opaque_uuids,
    "identifiers in the query": legacy.query_ids,
    "matrix parameters": legacy.matrix,
    "two identifiers": portal.two_ids,
    "stay and person": portal.stay_and_person,
    "digests": opaque.hashes,
    "numbers in file names": legacy.slug,
    "OData": json_api.odata,
    "FHIR": json_api.fhir,
    "servlet with actions": legacy.jsp,
    "PHP scripts": legacy.php,
    "account in the path": portal.account_in_path,
    "no account": portal.no_account,
    "shared technical user": portal.shared_user,
    "all by POST": legacy.all_post,
    "national number": opaque.national_number,
    "names in the path": opaque.named_people,
    "proxy with codes": opaque.codes_through_proxy,
}


def shape(name: str, seed: int, accounts: int = 0, days: int = 4) -> list[Line]:
    """Return the log of the shape `name` for a seed, in time order."""
    return lines_of(SHAPES[name], seed, accounts, days)


__all__ = ["SHAPES", "Line", "combined", "parsed", "shape"]
