"""Print docs/reference/cli.md from what the commands declare.

    python docs/print_reference.py > docs/reference/cli.md

A test compares the two: the page cannot say anything else than the code.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from maillon.cli.main import COMMANDS, parser

HEAD = """# The command line

Printed from the declarations by `docs/print_reference.py`. What `--json` prints: [the JSON contract](json.md).

Exit status of every command: 0 nothing found or done · 10 something to look at · 2 bad usage or configuration ·
1 failure. `maillon --version` prints the version, `maillon COMMAND --help` what stands here.

Environment: `MAILLON_KEY` names the key's file where `--key` does not; `MAILLON_CACHE` the folder for compiled code
(the user's cache by default); `LC_ALL`, `LC_MESSAGES` and `LANG` choose the language where `--lang` does not.
"""


def pages() -> Iterator[str]:
    """Yield the page piece by piece."""
    yield HEAD
    for name, summary in COMMANDS.items():
        declared = _verbs(parser(name))[name]
        yield f"## maillon {name}\n\n{_sentence(summary)}\n"
        yield from _command(f"maillon {name}", declared)


def _command(name: str, declared: argparse.ArgumentParser) -> Iterator[str]:
    verbs = _verbs(declared)
    for verb, inner in verbs.items():
        yield f"### {name} {verb}\n\n{_sentence(_told(declared, verb))}\n"
        yield from _command(f"{name} {verb}", inner)
    if not verbs:
        yield f"```\n{_usage(name, declared)}\n```\n"
        yield "| argument | meaning |\n|---|---|\n" + "".join(_row(one) for one in _arguments(declared))
    if declared.epilog:
        yield f"```\n{declared.epilog.strip()}\n```\n"


def _actions(declared: argparse.ArgumentParser) -> list[argparse.Action]:
    return declared._actions  # noqa: SLF001 - argparse offers no other way to ask


def _verbs(declared: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return next((dict(one.choices) for one in _actions(declared) if isinstance(one.choices, dict)), {})


def _told(declared: argparse.ArgumentParser, verb: str) -> str:
    """Return the one line that `--help` says of a verb."""
    (holder,) = (one for one in _actions(declared) if isinstance(one.choices, dict))
    return next(str(one.help) for one in holder._get_subactions() if one.dest == verb)  # noqa: SLF001


def _arguments(declared: argparse.ArgumentParser) -> list[argparse.Action]:
    """Return what may be said, positional arguments first."""
    said = [one for one in _actions(declared) if one.dest != "help"]
    return sorted(said, key=lambda one: bool(one.option_strings))


def _usage(name: str, declared: argparse.ArgumentParser) -> str:
    parts = []
    for one in _arguments(declared):
        text = _form(one)
        needed = one.required if one.option_strings else one.nargs not in {"?", "*"}
        parts.append(text if needed else f"[{text}]")
    return " ".join([name, *parts])


def _form(one: argparse.Action) -> str:
    """Return how an argument is written."""
    value = "|".join(map(str, one.choices)) if one.choices else str(one.metavar or one.dest.upper())
    if not one.option_strings:
        return f"{value} …" if one.nargs in {"+", "*"} else value
    return " ".join([*one.option_strings, *([] if one.nargs == 0 else [value])])


def _row(one: argparse.Action) -> str:
    told = (one.help or "") % vars(one) if "%(" in (one.help or "") else one.help or ""
    form = _form(one).replace("|", "\\|")
    return f"| `{form}` | {_sentence(told)} |\n"


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}." if text and not text.endswith((".", ")")) else text[:1].upper() + text[1:]


if __name__ == "__main__":
    print("\n".join(pages()), end="")
