"""`maillon lookalikes`: names of the Internet that imitate the brands of health and your own portals."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from maillon.cli.options import add_key, add_language, add_state

EPILOG = """A feed is anything that holds names, one line or one answer after the other: newly registered names,
certstream JSON, answers of a certificate log (RFC 6962 get-entries), your own DNS, proxy or access logs (referrers).
Plain, gzip, zstd or xz. With --state each name is told once. Needs the extra maillon[lookalikes].
docs/lookalikes.md: brands files, scores, how right it is, also in French.

examples:
  maillon lookalikes --feed new-names.txt                        against the brands of French health
  maillon lookalikes --brands ours.toml --feed dns.log --feed access.log.1.gz --state DIR
  certstream-client | maillon lookalikes --feed - --json
  maillon lookalikes --print-brands > ours.toml                  the shipped file, to add your portals to

exit status: 0 nothing new · 10 names to look at · 2 bad usage · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    parser.add_argument(
        "--brands", type=Path, metavar="TOML", help="what is imitated (default: the shipped brands of French health)"
    )
    parser.add_argument(
        "--feed",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="where names come from; - = standard input",
    )
    parser.add_argument("--threshold", type=float, default=0.5, metavar="S", help="least score told (default: 0.5)")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many to tell (default: 20; 0 = all)")
    parser.add_argument("--indicators", type=Path, metavar="FILE", help="write what others may know, one JSON a line")
    parser.add_argument("--json", action="store_true", help="one JSON object a name on standard output, nothing else")
    parser.add_argument("--print-brands", action="store_true", help="print the shipped brands file and stop")
    add_state(parser, required=False)
    add_key(parser)
    add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Read the feeds, tell the names that are new, and remember them."""
    from dataclasses import replace

    from maillon.ahead.brands import read_brands
    from maillon.ahead.lookalikes import ranked, watch_for
    from maillon.cli.handing import said
    from maillon.cli.remembered import opened
    from maillon.edges.keys import load_or_create
    from maillon.facts.errors import UsageError
    from maillon.read.pseudonym import Keys
    from maillon.run.lookalikes import lookalike_entry, read_feeds

    text, where = _brands(args.brands)
    if args.print_brands:
        print(text, end="")
        return 0
    if not args.feed:
        raise UsageError("name what to read: --feed FILE, or --feed - for standard input")
    if not 0 < args.threshold <= 1 or args.limit < 0:
        raise UsageError("--threshold is above 0 and at most 1; --limit is 0 or more")
    watch = watch_for(read_brands(text, where))
    names = read_feeds(args.feed, watch, args.threshold)
    now = said()
    found = [replace(one, first=now) for one in ranked(names.found.values())]
    keys = Keys(*load_or_create(args.key, args.state)) if args.state else Keys(bytes(32), 0)
    with opened(args.state, keys) as state:
        if state:
            told = {one["name"] for one in state.entries("lookalike")}
            found = [one for one in found if one.name not in told]
        shown = found[: args.limit] if args.limit else found
        if state:  # those left out for want of room will come again
            state.record([lookalike_entry(one) for one in shown])
    if args.indicators:
        from maillon.cli.exposure_files import write_bytes
        from maillon.render.lookalikes import lookalike_indicators

        write_bytes(args.indicators, "".join(f"{one}\n" for one in lookalike_indicators(shown)).encode())
    if args.json:
        from maillon.render.lookalikes import lookalike_lines

        for line in lookalike_lines(shown):
            print(line)
        for reason, count in sorted(names.aside.items()):
            print(f"maillon: {count} × {reason}", file=sys.stderr)
        if len(found) > len(shown):
            print(f"maillon: {len(found) - len(shown)} more names above the threshold (--limit)", file=sys.stderr)
    else:
        from maillon.render.lookalikes import lookalikes_screen

        more = len(found) - len(shown)
        print(lookalikes_screen(shown, more, names.lines, names.judged, names.aside, args.lang))
    return 10 if shown else 0


def _brands(path: Path | None) -> tuple[str, str]:
    """Return the text of a brands file and its name: the shipped one where none is named. Raises UsageError."""
    from importlib.resources import files

    from maillon.facts.errors import UsageError

    if path is None:
        return files("maillon.ahead").joinpath("brands_fr.toml").read_text(encoding="utf-8"), "brands_fr.toml"
    try:
        return path.read_text(encoding="utf-8"), str(path)
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"the brands file {path} cannot be read as UTF-8 text") from None
