"""The words of the command line. Standard library only: ``lab`` reads them before there is an environment."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

SUITES = ("unit", "engine", "notebooks", "browser")


class Parser(argparse.ArgumentParser):
    """argparse, with the nearest word for one that it does not know."""

    def error(self, message: str) -> NoReturn:
        known = self._known_words()
        unknown = re.search(r"invalid choice: '([^']*)'|unrecognized arguments: (\S+)", message)
        if unknown:
            word = unknown.group(1) or unknown.group(2)
            near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
            message = f"unknown word '{word}'" + (f": did you mean '{near[0]}'?" if near else "")
        sys.stderr.write(f"{self.prog}: {message}\n→ {self.prog} --help\n")
        raise SystemExit(2)

    def _known_words(self) -> list[str]:
        words: list[str] = []
        for action in self._actions:
            words += action.option_strings
            if action.choices is not None:
                words += [str(choice) for choice in action.choices]
        return words


def make_parser() -> Parser:
    parser = Parser(
        prog="lab",
        description="A course on containers, on a real engine.",
        allow_abbrev=False,
        epilog="Start here: ./lab up",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)

    up = commands.add_parser("up", help="set up what is missing and open the course", allow_abbrev=False)
    up.add_argument("--no-browser", action="store_true", help="only print the address")
    up.add_argument(
        "--engine", default="", metavar="E", help="docker, podman, private, or a unix://, ssh://, tcp:// address"
    )
    up.add_argument("--yes", action="store_true", help="agree beforehand to use a remote engine")
    up.add_argument("--port", type=_port, help="JupyterLab's port (default: 8888, or the next that is free)")
    up.add_argument("--ip", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    up.add_argument("--token", help="JupyterLab's token (default: a new random one)")
    up.add_argument(
        "--foreground", action="store_true", help="stay here; Ctrl-C stops JupyterLab and the private engine"
    )

    commands.add_parser("down", help="stop JupyterLab and the private engine", allow_abbrev=False)

    doctor = commands.add_parser("doctor", help="what this machine has and lacks", allow_abbrev=False)
    doctor.add_argument("--json", action="store_true", help="the same for programs")

    clean = commands.add_parser("clean", help="remove what the course made, listed first", allow_abbrev=False)
    clean.add_argument("--all", action="store_true", help="also the private engine's data and the caches")
    clean.add_argument("--yes", action="store_true", help="do not ask")

    notebooks = commands.add_parser("notebooks", help="bring the notebooks to their normal form", allow_abbrev=False)
    notebooks.add_argument("names", nargs="*", metavar="FILE", help="which ones (default: all in notebooks/)")
    mode = notebooks.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="change nothing; exit status 1 names the ones to normalize")
    mode.add_argument("--run", action="store_true", help="run them on the engine and keep their outputs")

    test = commands.add_parser("test", help="run the tests (default: all suites and the checks)", allow_abbrev=False)
    test.add_argument("suites", nargs="*", metavar="SUITE", type=_suite, help=", ".join(("checks", *SUITES)))

    bench = commands.add_parser("bench", help="measure the goals and print the table", allow_abbrev=False)
    bench.add_argument("rows", nargs="*", metavar="ROW", help="which rows (default: all)")
    bench.add_argument("--runs", type=int, default=7, help="interleaved runs of each side (default: 7)")
    bench.add_argument("--json", metavar="FILE", help="write the result as JSON")
    return parser


def _port(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is no port (1 to 65535)")
    return number


def _suite(text: str) -> str:
    known = ("checks", *SUITES)
    if text in known:
        return text
    near = difflib.get_close_matches(text, known, n=1, cutoff=0.4)
    raise argparse.ArgumentTypeError(f"unknown word '{text}'" + (f": did you mean '{near[0]}'?" if near else ""))


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The arguments; prints the help and leaves with 0 where no command is given."""
    parser = make_parser()
    arguments, rest = parser.parse_known_args(words)
    if rest:
        _parser_of(parser, arguments.command).error(f"unrecognized arguments: {rest[0]}")
    if arguments.command is None:
        parser.print_help()
        raise SystemExit(0)
    return arguments


def _parser_of(parser: Parser, command: str | None) -> Parser:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction) and command in action.choices:
            found: Parser = action.choices[command]
            return found
    return parser
