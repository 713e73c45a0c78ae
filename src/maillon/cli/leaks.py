"""`maillon leaks`: which of your accounts stolen credentials name, and what to do about each."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from maillon.cli.options import add_key, add_language, add_state

if TYPE_CHECKING:
    from maillon.ahead.leak_accounts import LeakIndex
    from maillon.ahead.leaks import Found
    from maillon.edges.sources.archives import Passwords
    from maillon.facts.leak import Leak, Prior
    from maillon.read.pseudonym import Keys

EPILOG = """FILE is what a CERT or a provider of threat intelligence lawfully handed over: a stealer's archive (RedLine,
Raccoon, Vidar, Lumma …), lines url:login:password, a combolist; plain, zip, 7z, tar, compressed, or a folder. Nothing
is unpacked, no password and no cookie is ever written or shown. accounts.csv: column `account`, and where there are any
`email`, `rpps`, `login` (several values parted by blanks). docs/leaks.md says more, also in French.

examples:
  maillon leaks stealer.zip combo.txt --accounts accounts.csv --domain portail.sante-region.example
  maillon leaks dump.7z --accounts accounts.csv --archive-password-file words.txt --state DIR    told once only; from
      then on what is found of these accounts counts more
  zcat combo.gz | maillon leaks - --accounts accounts.csv --domain portail.example    of any size: nothing is kept of it
  maillon leaks dump.7z --accounts accounts.csv --domain … --state DIR --contain    ends sessions of infected devices

exit status: 0 nothing new · 10 accounts to look at · 2 bad usage · 1 failure
"""


_STANDARD_INPUT = Path("/dev/stdin")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="a leak: file, archive or folder; - = standard input"
    )
    parser.add_argument("--accounts", required=True, type=Path, metavar="CSV", help="your accounts")
    parser.add_argument(
        "--domain",
        action="append",
        default=[],
        metavar="HOST",
        help="a host of your services, with all below it; may be given several times. Plain logins count there only",
    )
    parser.add_argument(
        "--archive-password-file",
        type=Path,
        metavar="FILE",
        help="passwords of archives, one a line (without it, a person at a terminal is asked)",
    )
    parser.add_argument(
        "--range-service",
        metavar="URL",
        default="",
        help="ask a breach-range service how often each password was met (https://…/range; five digits of a hash "
        "leave; off by default)",
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write what was found as CSV")
    parser.add_argument("--indicators", type=Path, metavar="FILE", help="write what others may know, one JSON a line")
    parser.add_argument("--json", action="store_true", help="one JSON object a leak on standard output, nothing else")
    parser.add_argument(
        "--contain",
        action="store_true",
        help="with --state: contain the accounts whose access to the service a stealer took, as `maillon contain` does",
    )
    add_state(parser, required=False)
    add_key(parser)
    add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Search the leaks, tell what is new, and remember that it was told."""
    from maillon.ahead.leaks import gravest_first, search_for
    from maillon.cli.remembered import opened
    from maillon.edges.keys import load_or_create
    from maillon.facts.errors import UsageError
    from maillon.read.pseudonym import Keys
    from maillon.run.leaks import leak_entry, read_leaks

    args.files = [_STANDARD_INPUT if str(path) == "-" else path for path in args.files]
    for path in args.files:
        if not path.exists():
            raise UsageError(f"{path}: no such file or folder")
    if args.contain and not args.state:
        raise UsageError("--contain orders what a running guard obeys: name its state with --state DIR")
    keys = Keys(*load_or_create(args.key, args.state))
    search = search_for(_index(args), keys)
    with opened(args.state, keys) as state:
        told = {one["digest"] for one in state.entries("leak")} if state else set()
        found, counts = read_leaks(args.files, search, _passwords(args), told, _progress)
        leaks = gravest_first(_asked(args, found))
        if state:
            now = _now()
            state.record([leak_entry(one, now) for one in leaks])
    _write(args, leaks)
    priors = _raise_priors(args, keys, leaks) if args.state and leaks else []
    if args.contain:
        _contain(args, keys, leaks)
    if args.json:
        from maillon.render.leaks import leak_lines

        for line in leak_lines(leaks):
            print(line)
        for reason, count in sorted(counts.aside.items()):
            print(f"maillon: {count} × {reason}", file=sys.stderr)
    else:
        from maillon.render.leaks import leaks_screen

        print(leaks_screen(leaks, counts, args.lang, priors))
    return 10 if leaks else 0


def _index(args: argparse.Namespace) -> LeakIndex:
    from maillon.ahead.leak_accounts import index_of, read_accounts
    from maillon.facts.errors import UsageError
    from maillon.render.safe import harmless

    try:
        accounts, mistakes = read_accounts(args.accounts.read_bytes())
    except OSError as error:
        raise UsageError(f"the accounts {args.accounts} cannot be read: {error.strerror}") from None
    index, shared = index_of(accounts, args.domain)
    for sentence in [*mistakes, *shared][:20]:
        print(f"maillon: {args.accounts}: {harmless(sentence)}", file=sys.stderr)
    if (more := len(mistakes) + len(shared) - 20) > 0:
        print(f"maillon: {args.accounts}: {more} more mistakes", file=sys.stderr)
    if not accounts:
        raise UsageError(f"{args.accounts} names no account: a CSV with a column `account` is needed")
    if not args.domain:
        print(
            "maillon: no --domain: only e-mail addresses and RPPS numbers are looked for, and every password counts as "
            "one of another service",
            file=sys.stderr,
        )
    return index


def _passwords(args: argparse.Namespace) -> Passwords:
    """Return what opens archives: a file's lines, or what a person types unseen; never words of the command line."""
    from getpass import getpass

    from maillon.edges.sources.archives import Passwords
    from maillon.facts.errors import UsageError

    if args.archive_password_file:
        try:
            text = args.archive_password_file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise UsageError(
                f"{args.archive_password_file} cannot be read as UTF-8 text, one password a line"
            ) from None
        return Passwords([one for one in text.splitlines() if one])
    if sys.stdin.isatty():
        return Passwords(ask=lambda archive: getpass(f"password of {archive} (empty: pass it over): "))
    return Passwords()


def _asked(args: argparse.Namespace, found: list[Found]) -> list[Leak]:
    """Return the leaks, with what a range service says of their passwords where one was named."""
    from dataclasses import replace

    if not args.range_service:
        return [one.leak for one in found]
    from maillon.edges.breach_range import RangeService

    service = RangeService(args.range_service)
    return [replace(one.leak, pwned=service.times_met(one.sha1)) if one.sha1 else one.leak for one in found]


def _write(args: argparse.Namespace, leaks: list[Leak]) -> None:
    if args.csv:
        import polars as pl

        from maillon.cli.exposure_files import as_csv, write_bytes
        from maillon.render.leaks import CSV, leak_rows

        rows = pl.DataFrame(leak_rows(leaks, args.lang), schema=dict.fromkeys(CSV, pl.String))
        write_bytes(args.csv, as_csv(rows))
    if args.indicators:
        from maillon.cli.exposure_files import write_bytes
        from maillon.render.leaks import indicator_lines

        sources = {path.name: _sha256(path) for path in args.files if path.is_file()}
        write_bytes(args.indicators, "".join(f"{one}\n" for one in indicator_lines(leaks, sources)).encode())


def _raise_priors(args: argparse.Namespace, keys: Keys, leaks: list[Leak]) -> list[Prior]:
    """Let the scoring of the state know which accounts were named: from now on their evidence counts more."""
    from dataclasses import replace

    import msgspec

    from maillon.ahead.leak_accounts import read_accounts
    from maillon.ahead.prior import bounded, priors
    from maillon.cli.handing import hand_over, new_id, reading
    from maillon.facts.leak import Leak

    now, named = _now(), {one.account_hash for one in leaks}
    with reading(args, keys) as (state, hands):
        known = priors((msgspec.convert(one, Leak) for one in state.entries("leak")), now)
        standing = {one.account_hash: one for one in hands.in_force.priors() if now < one.until}
        seen = len(state.names().get("account", {}))
    new = [one for one in known if one.account_hash in named]
    others = [one for one in standing.values() if one.account_hash not in named]
    told = bounded(new, others, max(seen, len(read_accounts(args.accounts.read_bytes())[0])))
    words = [replace(one, id=new_id("prior", one.account_hash), said=now) for one in told if one.decades > 0.0]
    if words:
        hand_over(args, keys, *words)
    return words


def _contain(args: argparse.Namespace, keys: Keys, leaks: list[Leak]) -> None:
    """Order the containment of accounts whose access to the service was taken from an infected device."""
    from maillon.cli.handing import hand_over, new_id
    from maillon.facts.hand import HandOrder

    taken = {one.account_hash: one for one in leaks if one.nature == "stealer" and one.account_hash and one.certain}
    for one in taken.values():
        if one.own_service or one.cookies:
            now = _now()
            why = "an infected device gave away the access to the service (maillon leaks)"
            word = HandOrder(
                new_id("leak", one.digest),
                now,
                one.account,
                one.account_hash,
                "contain",
                "maillon leaks",
                why,
                said=now,
            )
            hand_over(args, keys, word)
            print(f"maillon: {one.account}: containment ordered", file=sys.stderr)


def _sha256(path: Path) -> str:
    from hashlib import file_digest

    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _now() -> int:
    from maillon.cli.handing import said

    return said()


def _progress(path: Path) -> None:
    if sys.stderr.isatty():
        print(f"maillon: reading {path}", file=sys.stderr)
