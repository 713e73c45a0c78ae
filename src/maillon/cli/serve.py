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
  maillon serve --config folders.toml --engine spark           files that arrive in folders, folded on Spark
  maillon serve --config /etc/maillon/maillon.toml --fallback  a second, small process for when the guard is dead

exit status: 0 ended · 10 with --once, something to look at · 2 bad usage or configuration · 1 failure
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
    parser.add_argument(
        "--engine",
        choices=("here", "spark"),
        default="here",
        help="where: here (the default), or on Spark, which reads files that arrive in folders and answers nobody "
        "(docs/spark.md)",
    )
    parser.add_argument("--shards", type=int, default=16, metavar="N", help="with --engine spark (default: 16)")
    parser.add_argument(
        "--batch-mb",
        type=float,
        default=256.0,
        metavar="N",
        help="with --engine spark: files of one batch (default: 256)",
    )
    parser.add_argument("--once", action="store_true", help="with --engine spark: read what is there, and end")


def run(args: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    from maillon.cli.serving import configuration, serve, serve_fallback
    from maillon.edges.http import need_libraries

    serving, responders = configuration(args.config)
    if args.check:
        from maillon.run.cautions import cautions

        print(f"{args.config}: nothing wrong", *cautions(serving), sep="\n")
        return 0
    if args.engine == "spark":
        from maillon.cli.serving_spark import serve as serve_on_spark

        return serve_on_spark(serving, args.shards, at_once=int(args.batch_mb * 1e6), once=args.once)
    need_libraries()
    if args.fallback:
        return serve_fallback(serving)
    return serve(args.config, serving, responders)
