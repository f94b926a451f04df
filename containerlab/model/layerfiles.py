"""What one layer's archive holds: a row for each entry, kept as columns, since a layer may have 100,000 of them."""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal["file", "folder", "symlink", "hardlink", "char device", "block device", "pipe", "whiteout", "opaque"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FILE, FOLDER, SYMLINK, HARDLINK, CHAR, BLOCK, PIPE, WHITEOUT, OPAQUE = range(len(KINDS))

_MAGIC = b"clabfiles3\n"
_TYPE = ("-", "d", "l", "-", "c", "b", "p", "", "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a layer. ``path`` has no slash at either end; ``size`` is in bytes, 0 for all but files.

    ``link`` is a symbolic link's text, or the path of the file that a hard link shares its bytes with: of the paths
    that share a file, the first in order is the file, and the others are its links. A "whiteout" takes the path away
    from the layers below, an "opaque" takes away all that the folder had below (OCI image spec, layer.md).
    ``flag`` says what is suspicious about it, "" for nothing.
    """

    path: str
    kind: Kind
    size: int = 0
    mode: int = 0
    uid: int = 0
    gid: int = 0
    link: str = ""
    flag: str = ""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def permissions(self) -> str:
        """As ``ls -l`` prints them: ``-rwsr-xr-x``."""
        return permissions(KINDS.index(self.kind), self.mode)


def permissions(kind: int, mode: int) -> str:
    if kind in (WHITEOUT, OPAQUE):
        return ""
    shown = [letter if mode & (256 >> at) else "-" for at, letter in enumerate("rwxrwxrwx")]
    for bit, at, letter in ((0o4000, 2, "s"), (0o2000, 5, "s"), (0o1000, 8, "t")):
        if mode & bit:
            shown[at] = letter if shown[at] == "x" else letter.upper()
    return _TYPE[kind] + "".join(shown)


def _numbers() -> array[int]:
    return array("q")


@dataclass(slots=True)
class LayerFiles:
    """The entries of one layer, as columns: entry ``i`` is ``paths[i]``, ``sizes[i]``, ``table[attrs[i]]``.

    ``table`` holds each (kind, mode, uid, gid) once. ``links`` and ``flags`` have only the entries that have one.
    ``whiteouts`` and ``opaques`` are the paths that the layer takes away. ``note`` says why there are fewer than
    the layer has.
    """

    paths: list[str] = field(default_factory=list)
    sizes: array[int] = field(default_factory=_numbers)
    attrs: array[int] = field(default_factory=lambda: array("I"))
    table: list[tuple[int, int, int, int]] = field(default_factory=list)
    links: dict[int, str] = field(default_factory=dict)
    flags: dict[int, str] = field(default_factory=dict)
    whiteouts: list[str] = field(default_factory=list)
    opaques: list[str] = field(default_factory=list)
    note: str = ""

    def __len__(self) -> int:
        return len(self.paths) + len(self.whiteouts) + len(self.opaques)

    @property
    def size(self) -> int:
        """The bytes of its files."""
        return sum(self.sizes)

    def kind(self, at: int) -> int:
        return self.table[self.attrs[at]][0]

    def entry(self, at: int) -> Entry:
        kind, mode, uid, gid = self.table[self.attrs[at]]
        link, flag = self.links.get(at, ""), self.flags.get(at, "")
        return Entry(self.paths[at], KINDS[kind], self.sizes[at], mode, uid, gid, link, flag)

    def __iter__(self) -> Iterator[Entry]:
        yield from (self.entry(at) for at in range(len(self.paths)))
        yield from (Entry(path, "whiteout") for path in self.whiteouts)
        yield from (Entry(path, "opaque") for path in self.opaques)

    def as_dict(self) -> dict[str, object]:
        """The columns as plain JSON values."""
        return {
            "paths": self.paths,
            "sizes": self.sizes.tolist(),
            "attrs": self.attrs.tolist(),
            "table": self.table,
            "links": self.links,
            "flags": self.flags,
            "whiteouts": self.whiteouts,
            "opaques": self.opaques,
            "note": self.note,
        }

    def dump(self) -> bytes:
        """The columns as bytes, for keeping; ``load`` reads them. Little-endian, like every machine that we meet."""
        head = {
            "table": self.table,
            "links": list(self.links.items()),
            "flags": list(self.flags.items()),
            "whiteouts": self.whiteouts,
            "opaques": self.opaques,
            "note": self.note,
        }
        parts = [
            json.dumps(head, separators=(",", ":")).encode(),
            "\0".join(self.paths).encode("utf-8", "surrogateescape"),
            self.sizes.tobytes(),
            self.attrs.tobytes(),
        ]
        return _MAGIC + struct.pack("<5Q", len(self.paths), *map(len, parts)) + b"".join(parts)

    @classmethod
    def load(cls, raw: bytes) -> LayerFiles:
        """ValueError where ``raw`` is not what ``dump`` gave."""
        if not raw.startswith(_MAGIC) or len(raw) < len(_MAGIC) + 40:
            raise ValueError("not a layer's index")
        at = len(_MAGIC)
        count, *lengths = struct.unpack_from("<5Q", raw, at)
        at += 40
        if at + sum(lengths) != len(raw):
            raise ValueError("a layer's index that was cut")
        parts = []
        for length in lengths:
            parts.append(raw[at : at + length])
            at += length
        head = json.loads(parts[0])
        files = cls(
            paths=parts[1].decode("utf-8", "surrogateescape").split("\0") if count else [],
            table=[tuple(row) for row in head["table"]],
            links=dict(head["links"]),
            flags=dict(head["flags"]),
            whiteouts=head["whiteouts"],
            opaques=head["opaques"],
            note=head["note"],
        )
        files.sizes.frombytes(parts[2])
        files.attrs.frombytes(parts[3])
        if not len(files.paths) == len(files.sizes) == len(files.attrs) == count:
            raise ValueError("a layer's index whose columns differ in length")
        return files
