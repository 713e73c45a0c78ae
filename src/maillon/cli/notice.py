"""`maillon notice`: what must be said to whom, filled from the evidence, ready to be read and completed."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path
from typing import Any

from maillon.cli.options import add_key, add_state

FORMATS = ("pdf", "html", "json")

EPILOG = """Nothing is sent. What only a person can say is marked in the pages and listed on the screen; say it once
in a settings file. Templates are files: a file of the same name under --templates replaces the one that ships
(docs/notices.md, docs/fr/notifications.md).

examples:
  maillon notice 4f1c09ab77d2 --state DIR --form cnil --settings operator.toml --out notices/
  maillon notice 4f1c09ab77d2 --state DIR --form cnil --phase complementary --out notices/
  maillon notice 4f1c09ab77d2 --state DIR --form patients --settings house.toml --settings case.toml --out notices/
  maillon notice 4f1c09ab77d2 --state DIR --form cnil --sent "2026-03-10 17:05"
  maillon notice --form staff --lang en --out notices/
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    from maillon.render.notices.forms import FORMS, PHASES

    kinds = "\n".join(f"  {name:<11} {form.help}" for name, form in FORMS.items())
    parser.epilog = f"forms:\n{kinds}\n\n{EPILOG}"
    parser.add_argument("id", metavar="ID", nargs="?", default="", help="the incident, or the beginning of its name")
    parser.add_argument("--form", choices=tuple(FORMS), required=True, help="what to draw up, for whom")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the folder for the files")
    parser.add_argument("--phase", choices=PHASES, default="initial", help="phase of the notification (cnil only)")
    parser.add_argument("--lang", choices=("fr", "en"), default="fr", help="language of the notice (default: fr)")
    parser.add_argument(
        "--format", default=",".join(FORMATS), metavar="LIST", help="which files, with commas (default: pdf,html,json)"
    )
    parser.add_argument(
        "--settings",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what the operator says (TOML); may be given several times, the later wins",
    )
    parser.add_argument("--templates", type=Path, metavar="DIR", help="templates of your own")
    parser.add_argument("--replace", action="store_true", help="replace files that are there")
    parser.add_argument(
        "--sent", metavar="TIME", default="", help="draw nothing: record that you sent this form then (or: now)"
    )
    parser.add_argument(
        "--who", default=getpass.getuser(), metavar="NAME", help="who says so (default: who is logged in)"
    )
    add_state(parser, required=False)
    add_key(parser)


def run(args: argparse.Namespace) -> int:
    """Draw up one form and say what is left to fill in."""
    from hashlib import sha256

    from maillon.cli.notice_files import settings_from, write_all
    from maillon.facts.errors import UsageError
    from maillon.render.notices.forms import FORMS, template_names

    if args.sent:
        from maillon.cli.notice_sent import record_sent

        return record_sent(args)
    if not args.out:
        raise UsageError("name the folder for the files with --out DIR")
    formats = tuple(dict.fromkeys(args.format.split(",")))
    if unknown := set(formats) - set(FORMATS):
        raise UsageError(f"--format {args.format}: no such format {', '.join(unknown)}; there are {', '.join(FORMATS)}")
    if FORMS[args.form].incident and not args.id:
        raise UsageError(
            f"--form {args.form} speaks of one incident: name it (`maillon incidents --state DIR` lists them)"
        )
    if args.id and not args.state:
        raise UsageError("name the state directory that holds the incident with --state DIR")
    if args.templates and not args.templates.is_dir():
        raise UsageError(f"--templates {args.templates}: no such directory")
    settings = settings_from(args.settings)
    source = _Source(args, settings)
    contents: dict[str, bytes] = {}
    gaps: dict[str, str] = {}
    for name in template_names(args.form, args.phase):
        drawn, left = source.draw(name, formats)
        contents |= drawn
        gaps |= left
    paths = write_all(args.out, contents, replace=args.replace)
    source.record(sha256(b"\x1f".join(contents[name] for name in sorted(contents))).hexdigest(), len(gaps))
    for path in paths:
        print(path)
    if gaps:
        print(f"\n{len(gaps)} " + ("passages à compléter :" if args.lang == "fr" else "gaps to fill in:"))
        for key, label in sorted(gaps.items()):
            print(f"  {key:<18} {label}")
    return 0


class _Source:
    """What the templates of one run are filled from: one incident with its evidence, or none."""

    def __init__(self, args: argparse.Namespace, settings: Any) -> None:  # noqa: ANN401 - imported when used
        import time

        self._args = args
        self._settings = settings
        self._made = time.time_ns() // 1_000
        self._case = _case(args, settings, self._made) if args.id else None

    def draw(self, name: str, formats: tuple[str, ...]) -> tuple[dict[str, bytes], dict[str, str]]:
        """Return the files of one template, and the gaps in it."""
        from maillon.cli.notice_files import template_text
        from maillon.render.notices.compose import compose, plain, short_message
        from maillon.render.notices.evidence import evidence_of
        from maillon.render.notices.notice_json import notice_json
        from maillon.render.notices.pages import html, pdf
        from maillon.render.notices.template import parse
        from maillon.render.notices.watching import evidence_of_watching

        args, case, words = self._args, self._case, self._settings.words
        evidence = evidence_of(case, words, args.lang) if case else evidence_of_watching(self._made, words, args.lang)
        text, source = template_text(f"{name}.{args.lang}.toml", args.templates)
        document = compose(parse(text, source), evidence, source)
        base = "-".join(part for part in (name, case.incident.id if case else "", args.lang) if part)
        files: dict[str, bytes] = {}
        if "pdf" in formats:
            files[f"{base}.pdf"] = pdf(document, template_text("notice.typ", args.templates)[0], self._made)
        if "html" in formats:
            files[f"{base}.html"] = html(document, template_text("notice.html.j2", args.templates)[0]).encode()
        if "json" in formats:
            files[f"{base}.json"] = notice_json(args.form, args.phase, document, case, self._made).encode()
        messages = document["messages"]
        if "sms" in messages:
            files[f"{base}-sms.txt"] = f"{short_message(messages['sms'], args.lang)}\n".encode()
        if "mail" in messages:
            subject, body = (plain(messages[part], args.lang) for part in ("mail_subject", "mail"))
            files[f"{base}-mail.txt"] = f"{subject}\n\n{body}\n".encode()
        return files, document["gaps"]

    def record(self, digest: str, gaps: int) -> None:
        """Enter in the ledger that a notice of an incident was drawn up, with the numbers that it gives."""
        from dataclasses import asdict

        from maillon.run.notes import notice_entry

        args, case = self._args, self._case
        if case is None:
            return
        body = {
            "incident": case.incident.id,
            "form": args.form,
            "phase": args.phase if args.form == "cnil" else "",
            "lang": args.lang,
            "made": self._made,
            "sent": 0,
            "who": args.who,
            "patients": asdict(case.exposure.patients),
            "gaps": gaps,
            "digest": digest,
        }
        with _state(args) as state:
            state.record([notice_entry(body)])


def _case(args: argparse.Namespace, settings: Any, made: int) -> Any:  # noqa: ANN401 - imported when used
    from maillon.cli.chosen import chosen
    from maillon.expose.severity import adjust, propose
    from maillon.render.notices.case import Case
    from maillon.run.exposure import exposure_of
    from maillon.run.notes import announced, noted_of

    incident, findings = chosen(args)
    decisions = tuple(one for one in findings.decisions if one.incident == incident.id)
    with _state(args) as state:
        exposure, _ = exposure_of(state, incident.id)
        noted = noted_of(state, [incident])[incident.id]
        given = announced(state, incident)
    shown = [name for name, bounds in exposure.fields.items() if bounds.upper]
    of = settings.severity
    proposed = propose(shown, exposure.patients.upper, children=of.children, health=of.health)
    severity = adjust(proposed, of.changes(), unintelligible=of.unintelligible)
    return Case(incident, exposure, severity, decisions, noted, made, given)


def _state(args: argparse.Namespace) -> Any:  # noqa: ANN401 - imported when used
    from maillon.cli.handing import checked
    from maillon.edges.state import State

    return State(args.state, checked(args).pseudonym("state", b"key id"), hold=False)
