"""The parser against the engine's own judgement: what it accepts, and how many steps it sees.

A line that fails at once is put after the first FROM, so that no engine carries anything out: its first words tell the
number of steps (``Step 1/7``), and a text that it cannot read is refused before.
"""

from __future__ import annotations

import http.client
import re
import socket
from typing import TYPE_CHECKING

import pytest

from containerlab.build.context import Context
from containerlab.build.dockerfile import parse
from containerlab.build.tar import END, with_content
from tests.engine.other_engines import trixie_engine
from tests.unit.builds.corpus import BAD, BAD_HEREDOCS, generated, hard, heredocs

if TYPE_CHECKING:
    from containerlab.engine.client import Engine

__all__ = ["trixie_engine"]

STOP = "COPY /no-such-file-in-this-context /"
# Where engines differ from each other or from us on purpose: the reason, and the text is left out.
DIFFERS = {
    "FROM busybox\nRUN\n": "an engine reads it and runs an empty command; we tell that the command is missing",
    "ARG A=1\n": "the classic builder reads it, and hangs up without an image and without an error",
}


def steps(engine: Engine, text: str) -> int | None:
    """The number of steps that the engine's classic builder sees; None where it refuses to read the text."""
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.connect(engine.address.removeprefix("unix://"))
    body = with_content("Dockerfile", 0o644, text.encode()) + END
    connection.request("POST", "/v1.41/build?version=1&rm=1&forcerm=1", body, {"Content-Type": "application/x-tar"})
    answer = connection.getresponse()
    try:
        said = answer.read().decode()
    except http.client.IncompleteRead as cut:  # an engine hangs up on an empty Dockerfile
        said = cut.partial.decode()
    connection.close()
    found = re.search(r"Step 1/(\d+) ", said)
    return int(found[1]) if found else None


def stopped(text: str) -> str:
    """The text with the failing line after its first FROM; the engine's directives stay on top."""
    first = next(one for one in parse(text).instructions if one.keyword == "FROM")
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join([*lines[: first.end_line], STOP, *lines[first.end_line :]])


def accepted(engine: Engine, texts: list[str]) -> None:
    for text in texts:
        seen = steps(engine, stopped(text))
        assert seen == len(parse(text).instructions) + 1, text


def test_accepted(engine: Engine) -> None:
    accepted(engine, [text for text, _ in hard()])
    accepted(engine, [case.text for case in generated(60, seed=7, with_heredocs=False)])


def test_accepted_with_heredocs(trixie_engine: Engine) -> None:
    """Heredocs came after 20.10."""
    accepted(trixie_engine, [text for text, _ in hard() + heredocs()])
    accepted(trixie_engine, [case.text for case in generated(60, seed=8)])


@pytest.mark.parametrize("newer", [False, True])
def test_refused(engine: Engine, request: pytest.FixtureRequest, newer: bool) -> None:
    asked = request.getfixturevalue("trixie_engine") if newer else engine
    taken = []
    for text, _, _ in BAD + (BAD_HEREDOCS if newer else []):
        changed = text.replace("FROM busybox\n", f"FROM busybox\n{STOP}\n", 1)
        if text not in DIFFERS and steps(asked, changed) is not None:
            taken.append(text)
    assert taken == []
    assert steps(asked, Context(None, f"FROM busybox\n{STOP}\n").text) == 2, "the allowed twin"
