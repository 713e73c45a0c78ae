"""`maillon serve`: the guard at the door."""

from __future__ import annotations

import argparse
from pathlib import Path

EPILOG = """One process follows live sources, decides, and answers proxies request by request: nginx auth_request,
Caddy and Traefik forward_auth, Envoy ext_authz (examples/). Nothing is enforced until [response] enforce = true; until
then all is decided and told. docs/serve.md explains every key of the configuration.
Live sources are files, syslog over TLS, Keycloak's event API and topics of Kafka; guards of several places can share
one scoring by a topic of Kafka (docs/kafka.md).

signals: SIGHUP reads the configuration again (policy, responders, callers, limits) · SIGTERM ends cleanly

examples:
  maillon serve --config /etc/maillon/maillon.toml             the guard
  maillon serve --config /etc/maillon/maillon.toml --check     is the configuration right?
  maillon serve --config /etc/maillon/maillon.toml --fallback  a second, small process for when the guard is dead

exit status: 0 ended · 2 bad usage or configuration · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration (TOML)")
    parser.add_argument("--check", action="store_true", help="read the configuration, say what is wrong, and end")
    parser.add_argument(
        "--fallback",
        action="store_true",
        help="answer from the last snapshot only: the account's own patients are open",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    from maillon.cli.serving import configuration, serve, serve_fallback
    from maillon.edges.http import need_libraries

    serving, responders = configuration(args.config)
    if args.check:
        from maillon.run.cautions import cautions

        print(f"{args.config}: nothing wrong", *cautions(serving), sep="\n")
        return 0
    need_libraries()
    if args.fallback:
        return serve_fallback(serving)
    return serve(args.config, serving, responders)
