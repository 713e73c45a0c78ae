"""`maillon profile`: what a service's routes mean."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

EPILOG = """examples:
  maillon profile learn access.log > profile.toml     propose a profile; every guess says why and how sure
  maillon profile check profile.toml                  report all mistakes of a profile at once

A profile says, per route, what was done, where the patient is and which identity fields the answer shows
(docs/profile.md). Read it before you rely on it: a learnt one knows what the log shows, not what the pages show.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    verbs = parser.add_subparsers(dest="verb", metavar="learn|check", required=True)
    learn = verbs.add_parser("learn", help="propose a profile from an unknown log")
    learn.add_argument("logs", nargs="+", metavar="LOG", help="what to learn from, as for `maillon scan`")
    learn.add_argument("--log-format", default="", metavar="STRING", help="an nginx log_format string")
    learn.add_argument("--tz", default="", metavar="ZONE", help="time zone of logs that write none")
    check = verbs.add_parser("check", help="report all mistakes of a profile at once")
    check.add_argument("profile", type=Path, help="a service profile (TOML)")


def run(args: argparse.Namespace) -> int:
    """Print the learnt profiles as TOML, or check one."""
    return _learn(args) if args.verb == "learn" else _check(args.profile)


def _check(path: Path) -> int:
    from maillon.facts.errors import UsageError
    from maillon.read.profile import load_profile

    try:
        profile = load_profile(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise UsageError(f"the profile {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the profile {path} is not UTF-8 text") from None
    print(f"{path}: {profile.name}, {len(profile.routes)} routes, no mistake")
    return 0


def _learn(args: argparse.Namespace) -> int:
    from maillon.edges.sources.files import expand
    from maillon.facts.errors import UsageError
    from maillon.read.profile import dump_profile
    from maillon.read.reader import ReadSettings
    from maillon.run.intake import learn_profile

    found = 0
    for source in expand(args.logs):
        profile = learn_profile(source, ReadSettings(args.tz, args.log_format))
        if profile is None:
            print(f"maillon: {source.name}: not a log with routes that Maillon reads", file=sys.stderr)
            continue
        found += 1
        print(dump_profile(profile))
    if not found:
        raise UsageError("no log to learn from: name a web access log")
    return 0
