"""The headers of a tar, one after the other, and nothing of what the files hold.

POSIX.1-2001 (ustar, pax) and GNU tar, as the Go library reads them that wrote the engines' archives. Nothing is ever
extracted: a name is text here, wherever it points to.
"""

from __future__ import annotations

import gc
import struct
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from containerlab.engine.layers.windows import Window
from containerlab.model.layerfiles import BLOCK, CHAR, FILE, FOLDER, HARDLINK, PIPE, SYMLINK

BLOCK_SIZE = 512
LIMIT = 500_000  # entries of an image; the largest real ones have half of that
NAMES_LIMIT = 64 << 20  # bytes of long names and links
EXTENSION_LIMIT = 1 << 20  # bytes of one pax or long-name record; a name has at most 4,096
_HEADER = struct.Struct("100s24s12s20xc100x5s83xc166x")  # name, mode+uid+gid, size, type, magic, prefix's first byte
_KINDS = {b"0": FILE, b"\0": FILE, b"7": FILE, b"1": HARDLINK, b"2": SYMLINK, b"3": CHAR, b"4": BLOCK}
_KINDS |= {b"5": FOLDER, b"6": PIPE, b"S": FILE}
_PLAIN = frozenset({b"0", b"5"})
_ZEROS = bytes(BLOCK_SIZE)


@dataclass(slots=True)
class Rows:
    """What a scan found, raw: names and links as bytes, in the archive's order."""

    names: list[bytes] = field(default_factory=list)
    sizes: array[int] = field(default_factory=lambda: array("q"))
    attrs: array[int] = field(default_factory=lambda: array("I"))
    offsets: array[int] = field(default_factory=lambda: array("q"))
    table: list[tuple[int, int, int, int]] = field(default_factory=list)
    links: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, str] = field(default_factory=dict)
    note: str = ""
    end: int = 0  # where the next header would be


@contextmanager
def no_collection() -> Iterator[None]:
    """Without garbage collection: it would look at every name again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def scan(window: Window, limit: int = LIMIT) -> Rows:
    """The entries of the tar in ``window``; at most ``limit`` of them. ``Rows.note`` says what stopped it early."""
    rows = Rows()
    with no_collection():
        try:
            _scan(window, limit, rows)
        except ValueError as error:  # the compression's data
            rows.note = f"the archive is damaged: {error}"
    return rows


def _scan(window: Window, limit: int, rows: Rows) -> None:
    add_name, add_size, add_attr = rows.names.append, rows.sizes.append, rows.attrs.append
    add_offset, unpack = rows.offsets.append, _HEADER.unpack_from
    known: dict[tuple[bytes, bytes], int] = {}
    extra: dict[str, str | bytes] = {}  # what a pax or GNU record says of the entry that follows
    offset = start = stop = long_names = 0
    data: bytes | bytearray | memoryview = b""
    while True:
        if offset + BLOCK_SIZE > stop:
            data, start, stop = window.at(offset, BLOCK_SIZE)
            if offset + BLOCK_SIZE > stop:
                if stop != offset:  # in mid-header, or what was passed over was not there
                    rows.note = "the archive ends early"
                break
        name, owner, digits, letter, magic, prefix = unpack(data, offset - start)
        if magic != b"ustar":
            block = bytes(memoryview(data)[offset - start : offset - start + BLOCK_SIZE])
            if block == _ZEROS:
                break
            if not _has_checksum(block):
                rows.note = "the archive is damaged: what follows is no tar"
                break
            prefix = b"\0"
        offset += BLOCK_SIZE
        try:
            size = int(digits[:11], 8)
        except ValueError:
            size = _number(digits)
            if size < 0:
                rows.note = "the archive is damaged: an entry without a size"
                break
        attr = known.get((owner, letter))
        if attr is not None and letter in _PLAIN and prefix == b"\0" and not extra:  # nearly all of them
            add_name(name.rstrip(b"\0"))
            add_attr(attr)
            add_offset(offset)
            if letter == b"0":
                add_size(size)
                offset += (size + 511) & -512
            else:
                add_size(0)
            if len(rows.names) >= limit:
                rows.note = f"shown up to {len(rows.names):,} entries"
                break
            continue
        if letter in b"xgLK":
            piece = b""
            if size <= EXTENSION_LIMIT:
                data, start, stop = window.at(offset, size)
                piece = bytes(memoryview(data)[offset - start : min(offset - start + size, stop - start)])
            elif letter != b"g":
                extra["flag"] = "a header of its own that is too long to read"
            if letter == b"x":
                extra |= _pax(piece)
            elif letter != b"g":
                extra["path" if letter == b"L" else "linkpath"] = piece.partition(b"\0")[0]
            offset += (size + 511) & -512
            continue
        at = offset - BLOCK_SIZE - start
        block = bytes(memoryview(data)[at : at + BLOCK_SIZE])
        name = name.partition(b"\0")[0]
        if prefix != b"\0" and block[257:263] == b"ustar\0":
            name = block[345:500].partition(b"\0")[0] + b"/" + name
        kind = _KINDS.get(letter, FILE)
        if letter in {b"0", b"\0"} and name.endswith(b"/"):
            kind = FOLDER  # as old tars mark a folder
        shown = size
        if letter == b"S":
            shown = max(_number(block[483:495]), 0)
            more = block[482]
            while more:
                data, start, stop = window.at(offset, BLOCK_SIZE)
                if offset + BLOCK_SIZE > stop:
                    break
                more = data[offset - start + 504]
                offset += BLOCK_SIZE
        if kind == FILE and "size" in extra:
            size = shown = _decimal(extra["size"], size)
        if "realsize" in extra:
            shown = _decimal(extra["realsize"], shown)
        if attr is None or extra or (kind == FOLDER) != (letter == b"5"):
            mode, uid, gid = (max(_number(owner[i : i + 8]), 0) for i in (0, 8, 16))
            row = (kind, mode & 0o7777, _decimal(extra.get("uid"), uid), _decimal(extra.get("gid"), gid))
            try:
                attr = rows.table.index(row)
            except ValueError:
                attr = len(rows.table)
                rows.table.append(row)
            if not extra and (kind == FOLDER) == (letter == b"5"):
                known[owner, letter] = attr
        if kind in (SYMLINK, HARDLINK):
            linked = extra.get("linkpath", block[157:257].partition(b"\0")[0])
            rows.links[len(rows.names)] = linked if isinstance(linked, bytes) else linked.encode()
        named = extra.get("path", name)
        add_name((named if isinstance(named, bytes) else named.encode()).partition(b"\0")[0])
        if "flag" in extra:
            rows.flags[len(rows.names) - 1] = str(extra["flag"])
        add_attr(attr)
        add_offset(offset)
        add_size(shown if kind == FILE else 0)
        if kind == FILE:
            offset += (size + 511) & -512
        if extra:
            long_names += len(named) + len(rows.links.get(len(rows.names) - 1, b""))
        extra = {}
        if len(rows.names) >= limit or long_names > NAMES_LIMIT:
            rows.note = f"shown up to {len(rows.names):,} entries"
            break
    rows.end = offset


def _number(digits: bytes) -> int:
    """Octal with blanks or a NUL at its end, or base 256 (GNU); -1 for neither."""
    if digits and digits[0] & 0x80:
        value = int.from_bytes(bytes([digits[0] & 0x7F]) + digits[1:], "big")
        return value if value < 1 << 62 and not digits[0] & 0x40 else -1
    text = digits.partition(b"\0")[0].strip()
    try:
        return int(text, 8) if text else 0
    except ValueError:
        return -1


def _decimal(text: str | bytes | None, otherwise: int) -> int:
    try:
        value = int(text) if text is not None else otherwise
    except ValueError:
        return otherwise
    return value if 0 <= value < 1 << 62 else otherwise


def _has_checksum(block: bytes) -> bool:
    stored = _number(block[148:156])
    total = sum(block) - sum(block[148:156]) + 8 * 32
    return stored == total


def _pax(raw: bytes) -> dict[str, str | bytes]:
    """``LENGTH KEY=VALUE\\n`` records; of the keys, those that matter here."""
    found: dict[str, str | bytes] = {}
    keys = {b"path": "path", b"linkpath": "linkpath", b"size": "size", b"uid": "uid", b"gid": "gid"}
    keys |= {b"GNU.sparse.name": "path", b"GNU.sparse.realsize": "realsize", b"GNU.sparse.size": "realsize"}
    at = 0
    while at < len(raw):
        blank = raw.find(b" ", at, at + 12)
        if blank < 0 or not raw[at:blank].isdigit():
            break
        end = at + int(raw[at:blank])
        key, _, value = raw[blank + 1 : end - 1].partition(b"=")
        if end <= blank:
            break
        if key in keys and (keys[key] not in found or key.startswith(b"GNU.")):
            found[keys[key]] = value
        at = end
    return found
