"""`maillon hunt`: who was used from what was learnt of later."""

from __future__ import annotations

import argparse
import ipaddress

from maillon.cli.options import add_key, add_language, add_state

EPILOG = """INDICATOR is an address, a network (CIDR) or an account's name. All that the state keeps is searched,
whatever was decided then: the accounts that were used from there, how often, how many patients their answers named,
from when to when. Networks are known as /24 and /48; a smaller IPv4 network is looked for address by address.

examples:
  maillon hunt --state /var/lib/maillon 203.0.113.0/24 198.51.100.7     what an alert of your CERT names
  maillon hunt --state /var/lib/maillon --client curl --json            every use of a client program
  maillon hunt --state /var/lib/maillon --engine spark 203.0.113.7      a lake of years, on Spark (docs/spark.md)

exit status: 0 nothing matches · 10 something to look at · 2 bad usage · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    parser.add_argument("indicators", nargs="*", metavar="INDICATOR", help="an address, a network or an account")
    parser.add_argument(
        "--client", action="append", default=[], metavar="TEXT", help="a client program whose name holds this text"
    )
    add_state(parser, required=True)
    parser.add_argument("--engine", choices=("here", "spark"), default="here", help="where to search (default: here)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on standard output, nothing else")
    add_key(parser)
    add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Search and print."""
    from maillon.cli.handing import checked
    from maillon.edges.state import State
    from maillon.facts.errors import UsageError
    from maillon.read.directory import network_hashes
    from maillon.read.normalise import account_hash
    from maillon.render.hunt import hunt_lines, hunt_screen
    from maillon.run.hunt import hunt, hunt_on_spark

    if not args.indicators and not args.client:
        raise UsageError("name what to hunt for: an address, a network, an account, or --client TEXT")
    if not all(text.strip() for text in (*args.indicators, *args.client)):
        raise UsageError("an empty text is nothing to hunt for: every client's name holds it")
    keys = checked(args)
    networks = {one: network for one in args.indicators if (network := _network(one))}
    for network in networks.values():
        if network.prefixlen < (8 if network.version == 4 else 32):
            raise UsageError(f"{network} is too large to hunt for: name networks of /8 (IPv6: /32) at most")
    whole, single = network_hashes(map(str, networks.values()), keys)
    accounts = {account_hash(keys, one) for one in args.indicators if one not in networks}
    with State(args.state, keys.pseudonym("state", b"key id"), hold=False) as state:
        names = state.names()
        clients = {
            hash_
            for hash_, name in names.get("device", {}).items()
            if any(text.casefold() in name.casefold() for text in args.client)
        }
        wanted = {"network": whole, "address": single, "account": accounts, "device": clients}
        found = (hunt_on_spark if args.engine == "spark" else hunt)(state, wanted)
    known = names.get("account", {})
    if args.json:
        for text in hunt_lines(found, known):
            print(text)
    else:
        print(hunt_screen(found, known, args.lang))
    return 10 if found else 0


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
