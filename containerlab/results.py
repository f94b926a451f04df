"""What a docker command gave: its output, its exit status, and the rows of its table where it printed one."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Sequence
from typing import Any, overload

from containerlab.show import ShownByItsCell

_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "PB": 10**15}
_SIZE = re.compile(r"([\d.]+)\s*([kMGTP]?B)\b")
_HEADER = re.compile(r"[A-Z][A-Z0-9 /%]*")
_TITLE = re.compile(r"\S+(?: \S+)*")
_ROWS = {"images": "ImageRow", "image": "ImageRow", "ps": "ContainerRow", "container": "ContainerRow"}
_ROWS |= {"history": "HistoryRow", "network": "NetworkRow", "volume": "VolumeRow", "context": "ContextRow"}
_TABLES = {"ls", "list", "ps", "images", "history", "search", "stats", "top"}


class Size(int):
    """Bytes, as precisely as the table told them; prints as the table did."""

    _text: str

    def __new__(cls, text: str) -> Size:
        found = _SIZE.match(text)
        size = super().__new__(cls, round(float(found[1]) * _UNITS[found[2]]) if found else 0)
        size._text = text
        return size

    def __repr__(self) -> str:
        return self._text

    __str__ = __repr__


def read_table(args: Sequence[str], output: str) -> list[Any]:
    """The rows of a table that ``docker ARGS`` printed, as named tuples; [] where it printed none.

    Columns are cut where the titles begin: the docker client pads every cell to the same width.
    """
    words = [word for word in args if not word.startswith("-")][:2]
    lines = output.splitlines()
    if not lines or not _TABLES & set(words) or not _HEADER.fullmatch(lines[0].strip()):
        return []
    titles = list(_TITLE.finditer(lines[0]))
    names = [re.sub(r"\W+", "_", title[0].lower()).strip("_") for title in titles]
    row = namedtuple(_ROWS.get(words[0], "Row"), names, rename=True)  # type: ignore[misc]
    starts = [title.start() for title in titles]
    rows = []
    for line in lines[1:]:
        if not line.strip():
            continue
        cells = [line[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
        rows.append(row(*(Size(one) if name == "size" else one for name, one in zip(names, cells, strict=True))))
    return rows


class CommandResult(ShownByItsCell, Sequence[Any]):
    """A docker command that ended. As a sequence, the rows of its table; true when it succeeded.

    ``argv`` is the command after ``docker``, ``output`` its stdout and stderr in order, ``exit_code`` its status.
    """

    def __init__(self, argv: Sequence[str], output: str, exit_code: int) -> None:
        self.argv = tuple(argv)
        self.output = output
        self.exit_code = exit_code
        self.rows = read_table(self.argv, output)

    def __bool__(self) -> bool:
        return self.exit_code == 0

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self.rows[index]

    def __repr__(self) -> str:
        status = f"[exit status {self.exit_code}]" if self.exit_code else ""
        return "\n".join(part for part in (self.output.rstrip("\n"), status) if part)
