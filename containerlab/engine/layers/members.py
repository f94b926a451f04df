"""The members of an image's archive: which are layers, which are metadata. One pass; never extracted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from containerlab.engine.layers.columns import layer_files, plain
from containerlab.engine.layers.tarscan import LIMIT, scan
from containerlab.engine.layers.windows import Part, StreamWindow, Window, gzip_stream, reader, zstd_stream
from containerlab.errors import LabError
from containerlab.model.layerfiles import FILE, HARDLINK, SYMLINK, LayerFiles

METADATA_LIMIT = 8 << 20  # bytes of a manifest or a config; real ones have some kB
MEMBERS_LIMIT = 4_000  # an image has at most 127 layers


@dataclass(frozen=True, slots=True)
class Member:
    """``offset`` is where its bytes begin in the archive; ``link`` the name that a link stands for."""

    name: str
    kind: int
    size: int
    offset: int
    link: str = ""


def members(window: Window) -> Iterator[Member]:
    """The members of a tar, in order."""
    base = 0
    for _ in range(MEMBERS_LIMIT):
        rows = scan(Part(window, base, 1 << 60), limit=1)
        if not rows.names:
            if rows.note:
                raise LabError(f"This image's archive cannot be read: {rows.note}.")
            return
        raw = rows.names[0].decode("utf-8", "surrogateescape")
        name, kind = plain(raw)[0], rows.table[rows.attrs[0]][0]
        link = rows.links.get(0, b"").decode("utf-8", "surrogateescape")
        if kind == SYMLINK:
            link = plain(f"{name.rpartition('/')[0]}/{link}".lstrip("/"))[0]
        yield Member(name, kind, rows.sizes[0], base + rows.offsets[0], plain(link)[0])
        base += rows.end
    raise LabError(f"This archive has more than {MEMBERS_LIMIT:,} members: it is no image.")


def compression(window: Window) -> str:
    """ "gzip", "zstd", "tar" or "" (no layer) by the first bytes."""
    data, start, stop = window.at(0, 512)
    first = bytes(memoryview(data)[-start : min(512, stop) - start])
    if first.startswith(b"\x1f\x8b"):
        return "gzip"
    if first.startswith(b"\x28\xb5\x2f\xfd"):
        return "zstd"
    if first[257:262] == b"ustar" or (len(first) == 512 and not any(first)):
        return "tar"
    return ""


def uncompressed(window: Window, length: int) -> Window:
    """The window itself, or one onto what it compresses."""
    way = compression(window)
    if way == "gzip":
        return StreamWindow(gzip_stream(reader(window, length)))
    if way == "zstd":
        return StreamWindow(zstd_stream(reader(window, length)))
    return window


def read_layer(window: Window, length: int, limit: int = LIMIT) -> LayerFiles:
    """The files of the layer in ``window``, plain or compressed."""
    try:
        opened = uncompressed(window, length)
    except ModuleNotFoundError:
        return LayerFiles(note="compressed with zstd: pip install backports.zstd to see its files")
    return layer_files(scan(opened, limit))


class Contents:
    """What a pass over an archive found: ``layers`` by member name, ``metadata`` by member name."""

    def __init__(self) -> None:
        self.layers: dict[str, LayerFiles] = {}
        self.metadata: dict[str, bytes] = {}
        self.links: dict[str, str] = {}

    def name_of(self, name: str) -> str:
        """The member that a name stands for; older engines save a layer once and link to it."""
        name = plain(name)[0]
        for _ in range(8):
            if name not in self.links:
                break
            name = self.links[name]
        return name


def read_stream(window: Window, limit: int = LIMIT) -> Contents:
    """All layers and metadata of an archive that comes as a stream, in one pass."""
    found = Contents()
    left = limit
    for member in members(window):
        if member.kind in (SYMLINK, HARDLINK):
            found.links[member.name] = member.link
        elif member.kind == FILE:
            part = Part(window, member.offset, member.size)
            if member.size and compression(part):
                files = found.layers[member.name] = read_layer(part, member.size, left)
                left = max(left - len(files), 1)
            elif 0 < member.size <= METADATA_LIMIT:
                data, start, stop = part.at(0, member.size)
                found.metadata[member.name] = bytes(memoryview(data)[-start : min(member.size, stop) - start])
    return found
