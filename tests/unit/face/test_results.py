"""Tables that a docker client printed, as rows; output that hides nothing."""

from __future__ import annotations

from containerlab.results import CommandResult
from containerlab.terminal import Screen, plain

IMAGES = """\
REPOSITORY   TAG             IMAGE ID       CREATED          SIZE
busybox      latest          4b8e1a1d3c20   2 minutes ago    1.98MB
debian       bookworm-slim   0f2d1f1c3a11   15 minutes ago   68.9MB
<none>       <none>          77c1a1d3c201   3 days ago       0B
"""
BOXES = """\
CONTAINER ID   IMAGE         COMMAND                  CREATED         STATUS                     PORTS     NAMES
6e7c7b2a9d11   hello:first   "/bin/echo Hello wor…"   2 minutes ago   Exited (0) 2 minutes ago             bold_bell
"""


def test_rows_of_images() -> None:
    table = CommandResult(["image", "ls"], IMAGES, 0)
    assert [(row.repository, row.tag) for row in table][:2] == [("busybox", "latest"), ("debian", "bookworm-slim")]
    assert sum(row.size for row in table) == 70_880_000
    assert str(table[0].size) == "1.98MB"
    assert type(table[0]).__name__ == "ImageRow"
    assert repr(table) == IMAGES.rstrip("\n")


def test_rows_of_containers_with_an_empty_column() -> None:
    (row,) = CommandResult(["ps", "-a"], BOXES, 0)
    assert (row.command, row.ports, row.names) == ('"/bin/echo Hello wor…"', "", "bold_bell")


def test_what_is_no_table_has_no_rows() -> None:
    assert not list(CommandResult(["run", "busybox"], IMAGES, 0))
    assert not list(CommandResult(["image", "ls", "-q"], "4b8e1a1d3c20\n", 0))
    failed = CommandResult(["stop", "x"], "Error: no such container\n", 1)
    assert not failed
    assert repr(failed) == "Error: no such container\n[exit status 1]"


def test_the_same_text_however_it_is_cut() -> None:
    raw = "10%\r20%\r\n\x1b[31mred\x1b[0m \x1b[2J\x1b]8;;http://x\x07link a\bb\r\r\nend\r"
    whole = plain(raw)
    assert whole == "10%\n20%\n\x1b[31mred\x1b[0m ␛[2J␛]8;;http://x␇link a␈b\nend\n"
    for size in (1, 2, 3, 7):
        screen = Screen()
        pieces = [screen.feed(raw[at : at + size]) for at in range(0, len(raw), size)]
        assert "".join(pieces) + screen.end() == whole
