"""`maillon chain`: from a leak or a look-alike to the log-ins and readings that followed, and a step-up."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maillon.edges.state import State
    from maillon.facts.chain import Chain, Sighting
    from maillon.facts.findings import Findings
    from maillon.read.pseudonym import Keys

EPILOG = """A leak (`maillon leaks --state DIR`) or a visit to a look-alike is where a theft begins. This command joins
each with what its account did from then on: log-ins, networks it had never used, patients read, what was decided.
Visits come from your own logs, searched for the names that `maillon lookalikes --state DIR` told, or from a CSV with
the columns at, name, and account or address (docs/chain.md); they are kept in the ledger.

With --step-up each account that was used after a hit, and about which nothing was decided since, is asked for a
stronger log-in, and an incident opens that begins with the hit: `maillon exposure` then counts from there.

examples:
  maillon chain --state /var/lib/maillon --seen dns.log --seen /var/log/nginx/access.log
  maillon chain --state /var/lib/maillon --visits seen.csv
  maillon chain --state /var/lib/maillon --step-up --who c.moreau --why "stealer log of 12 March, CERT Santé"
  maillon chain --state /var/lib/maillon --json | jq 'select(.kind == "chain")'

exit status: 0 no hit · 10 something to look at · 2 bad usage · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    from maillon.cli.options import add_key, add_language, add_state

    parser.epilog = EPILOG
    add_state(parser, required=True)
    parser.add_argument(
        "--seen",
        action="append",
        type=Path,
        default=[],
        metavar="LOG",
        help="a DNS, proxy or access log in which to look for the look-alikes that the state knows; repeatable",
    )
    parser.add_argument("--visits", type=Path, metavar="FILE.csv", help="who went to look-alikes, line by line")
    parser.add_argument("--step-up", action="store_true", help="ask the accounts for a stronger log-in")
    parser.add_argument("--why", default="", metavar="TEXT", help="with --step-up: why, in your words")
    parser.add_argument("--who", default="", metavar="NAME", help="with --step-up: who says it")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on standard output, nothing else")
    add_key(parser)
    add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Take in visits, order what is asked, print the chains."""
    from maillon.ahead.visits import visits
    from maillon.cli.handing import checked, hand_over, reading, said
    from maillon.facts.errors import UsageError
    from maillon.render.chain import chain_lines, chain_screen
    from maillon.render.in_force import ordered
    from maillon.run.chain import all_chains, decision_entries, to_ask, visit_entry, words

    if args.step_up and not (args.why.strip() and args.who.strip()):
        raise UsageError("--step-up orders something: say who and why with --who NAME --why TEXT")
    keys = checked(argparse.Namespace(state=args.state, key=args.key))
    with reading(args, keys) as (state, _):
        sightings = _seen(args, keys, state) + _listed(args, keys)
        if sightings:
            names = state.names().get("account", {})
            state.record([visit_entry(one) for one in visits(state.lake(), sightings, names)])
        orders = []
        if args.step_up:
            decisions = to_ask(state)
            state.record(decision_entries(decisions))
            orders = words(decisions, args.who.strip(), args.why.strip(), said())
    hands = hand_over(args, keys, *orders) if orders else None
    if not args.json:
        told = (
            ordered(word, hands.in_force if hands else None, hands.last if hands else 0, args.lang) for word in orders
        )
        for line in dict.fromkeys(line for text in told for line in text.splitlines()):
            print(line)
    with reading(args, keys) as (state, _):
        found = all_chains(state)
    if args.json:
        for text in chain_lines(found):
            print(text)
    elif found:
        print(chain_screen(found, args.lang))
    return 10 if found else 0


def of_incidents(args: argparse.Namespace, findings: Findings) -> list[Chain]:
    """Return the chains of the incidents of `findings`, where a leak or a look-alike belongs to them."""
    from maillon.cli.handing import checked, reading
    from maillon.run.chain import chains

    keys = checked(argparse.Namespace(state=args.state, key=args.key))
    with reading(args, keys) as (state, _):
        return [one for one in chains(state, findings.incidents, findings.decisions) if one.incident]


def _seen(args: argparse.Namespace, keys: Keys, state: State) -> list[Sighting]:
    """Return where the logs that `--seen` names hold look-alikes of the ledger."""
    import sys

    from maillon.run.chain import seen_in

    if not args.seen:
        return []
    brands = {one["name"]: one["brand"] for one in state.entries("lookalike")}
    if not brands:
        print("maillon: the state knows no look-alike yet: `maillon lookalikes --feed … --state DIR`", file=sys.stderr)
    zone = next((one["zone"] for one in reversed(state.entries("decision"))), 0)
    found, lacking = seen_in(args.seen, brands, keys, zone)
    for what, count in lacking.items():
        if count:
            print(f"maillon: {count} lines name a look-alike and tell no {what}: left out", file=sys.stderr)
    return found


def _listed(args: argparse.Namespace, keys: Keys) -> list[Sighting]:
    """Return what the file that `--visits` names tells. Raises UsageError."""
    import sys

    from maillon.ahead.visits import read_sightings
    from maillon.facts.errors import UsageError
    from maillon.render.safe import harmless

    if not args.visits:
        return []
    try:
        text = args.visits.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"the visits {args.visits} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the visits {args.visits} are not UTF-8 text") from None
    sightings, mistakes = read_sightings(text, keys)
    for sentence in mistakes[:20]:
        print(f"maillon: {args.visits}: {harmless(sentence)}", file=sys.stderr)
    if len(mistakes) > 20:
        print(f"maillon: {args.visits}: {len(mistakes) - 20} more mistakes", file=sys.stderr)
    return sightings
