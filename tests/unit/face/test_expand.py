"""Python's names in a docker command; what is not Python's stays as typed."""

from __future__ import annotations

import pytest

from containerlab.magics.expand import expand

NAMES = {"name": "Ada", "n": 3, "box": type("Box", (), {"id": "abc"})(), "port": 8080, "i": 1}


@pytest.mark.parametrize(
    ("typed", "run"),
    [
        ("run hello:first", "run hello:first"),
        ("run hello:first $name", "run hello:first Ada"),
        ("run hello:first {name.upper()} {n + 1}", "run hello:first ADA 4"),
        ("rm $box.id", "rm abc"),
        ("run -p $port:80 web", "run -p 8080:80 web"),
        ("ps --format {{.Names}}", "ps --format {{.Names}}"),
        (
            'ps --format "table {{.Image}}\\t{{.State}}" -f name=$name',
            'ps --format "table {{.Image}}\\t{{.State}}" -f name=Ada',
        ),
        ("ps --format '{{json .}}' {n}", "ps --format '{{json .}}' 3"),
        ('run x \'{"a": 1, "b": .X}\'', 'run x \'{"a": 1, "b": .X}\''),
        ("run x echo $HOME $unknown.y", "run x echo $HOME $unknown.y"),
        ("run x sh -c 'echo $name'", "run x sh -c 'echo $name'"),
        ('run x sh -c "echo $name"', 'run x sh -c "echo Ada"'),
        ('run x sh -c "echo $$name"', 'run x sh -c "echo $name"'),
        ("run x sh -c 'echo ${name:-y} {name}'", "run x sh -c 'echo ${name:-y} Ada'"),
        ("run x awk '{print}'", "run x awk '{print}'"),
        ("run x echo {", "run x echo {"),
        ("run x echo {} {1/0}", "run x echo {} {1/0}"),
        ("run x echo it\\'s $name", "run x echo it\\'s Ada"),
        ("$$", "$$"),
    ],
)
def test_a_line(typed: str, run: str) -> None:
    assert expand(typed, NAMES) == run
