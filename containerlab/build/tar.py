"""Tar entries as the docker CLI writes them: owner 0:0, no names of owners, the file's type in its mode.

The classic builder's cache takes its checksums from these very headers (moby, pkg/tarsum), where Python's tarfile
leaves the type bits away: an entry without them is another file to it (moby, archive.fillGo18FileTypeBits).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from containerlab.errors import CommandError

PIECE = 128 * 1024
END = bytes(1024)  # two blocks of zeros end a tar
_TYPES = {
    stat.S_IFREG: b"0",
    stat.S_IFLNK: b"2",
    stat.S_IFCHR: b"3",
    stat.S_IFBLK: b"4",
    stat.S_IFDIR: b"5",
    stat.S_IFIFO: b"6",
}
_BIGGEST = 8**11 - 1


def header(name: str, mode: int, size: int = 0, mtime: int = 0, link: str = "", device: int = 0) -> bytes:
    """The block(s) before an entry's content; ``mode`` with its type bits, as in ``st_mode``."""
    kind = stat.S_IFMT(mode) or stat.S_IFREG
    path = os.fsencode(name) + (b"/" if kind == stat.S_IFDIR else b"")
    target = os.fsencode(link)
    extra = {}
    if len(path) > 100 or not path.isascii():
        extra[b"path"] = path
    if len(target) > 100 or not target.isascii():
        extra[b"linkpath"] = target
    if size > _BIGGEST:
        extra[b"size"] = str(size).encode()
    block = _block(
        path, kind | stat.S_IMODE(mode), size if size <= _BIGGEST else 0, mtime, _TYPES[kind], target, device
    )
    return _extended(extra) + block if extra else block


def _block(path: bytes, mode: int, size: int, mtime: int, kind: bytes, link: bytes, device: int) -> bytes:
    block = b"".join(
        (
            path[:100].ljust(100, b"\0"),
            b"%07o\0" % mode,
            b"0000000\0" * 2,  # uid, gid
            b"%011o\0" % size,
            b"%011o\0" % min(max(mtime, 0), _BIGGEST),
            b" " * 8,
            kind,
            link[:100].ljust(100, b"\0"),
            b"ustar\x0000",
            bytes(64),  # no names of the owner
            b"%07o\0%07o\0" % (os.major(device), os.minor(device)) if device else b"0000000\0" * 2,
            bytes(167),
        )
    )
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def _extended(records: dict[bytes, bytes]) -> bytes:
    """A PAX header: what does not fit into the block that follows it."""
    content = b""
    for key, value in records.items():
        rest = b" " + key + b"=" + value + b"\n"
        length = len(rest) + 1
        while len(str(length)) + len(rest) != length:
            length = len(str(length)) + len(rest)
        content += str(length).encode() + rest
    head = _block(b"PaxHeaders.0/entry", 0, len(content), 0, b"x", b"", 0)
    return head + content + bytes(-len(content) % 512)


def with_content(name: str, mode: int, content: bytes, mtime: int = 0) -> bytes:
    """An entry whose content is at hand."""
    return header(name, stat.S_IFREG | stat.S_IMODE(mode), len(content), mtime) + content + bytes(-len(content) % 512)


def entry(name: str, path: str, found: os.stat_result) -> Iterator[bytes]:
    """The entry of what lies at ``path``, in pieces of at most 128 KiB and a header."""
    kind = stat.S_IFMT(found.st_mode)
    mtime = int(found.st_mtime)
    if kind == stat.S_IFREG:
        yield from _file(name, path, found)
    elif kind == stat.S_IFLNK:
        yield header(name, found.st_mode, mtime=mtime, link=str(Path(path).readlink()))
    else:
        yield header(name, found.st_mode, mtime=mtime, device=found.st_rdev if kind != stat.S_IFDIR else 0)


def _file(name: str, path: str, found: os.stat_result) -> Iterator[bytes]:
    """A file that shrinks while it is read is filled up with zeros, one that grows is cut."""
    size = found.st_size
    head = header(name, found.st_mode, size, int(found.st_mtime))
    try:
        file = Path(path).open("rb", buffering=0)  # noqa: SIM115
    except OSError as error:
        raise CommandError(
            f"The file {path} cannot be read: {error.strerror}.", "Put it into .dockerignore, or change its mode."
        ) from None
    with file:
        if size <= PIECE:
            yield head + file.read(size).ljust(size, b"\0") + bytes(-size % 512)
            return
        yield head
        left = size
        while left and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
        while left:
            piece = bytes(min(PIECE, left))
            left -= len(piece)
            yield piece
        yield bytes(-size % 512)
