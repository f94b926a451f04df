"""A file of a layer, on demand: its text up to a limit. Never written anywhere, never more than asked for."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from containerlab.engine.layers.archive import ReadImage
from containerlab.engine.layers.columns import plain
from containerlab.engine.layers.export import exported
from containerlab.engine.layers.folders import open_inside
from containerlab.engine.layers.manifest import manifest
from containerlab.engine.layers.members import METADATA_LIMIT, compression, members, uncompressed
from containerlab.engine.layers.tarscan import scan
from containerlab.engine.layers.windows import READ_ONLY, FileWindow, Part, Window
from containerlab.errors import LabError
from containerlab.model.layerfiles import FILE

TEXT_LIMIT = 64 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Content:
    """The first bytes of a file as text; "" and ``binary`` where they are none. ``size`` is the whole file's."""

    text: str
    size: int
    binary: bool = False

    @property
    def cut(self) -> bool:
        return not self.binary and self.size > TEXT_LIMIT


def content(raw: bytes, size: int) -> Content:
    """``raw`` as text. A NUL, or much that is no UTF-8, makes it binary; a character cut at the limit is left out."""
    if b"\0" in raw:
        return Content("", size, binary=True)
    for shorter in range(4 if size > len(raw) else 1):
        try:
            return Content(raw[: len(raw) - shorter].decode("utf-8"), size)
        except UnicodeDecodeError:
            continue
    text = raw.decode("utf-8", "surrogateescape")
    strange = sum("\udc80" <= letter <= "\udcff" for letter in text)
    return Content("", size, binary=True) if strange * 10 > len(text) else Content(text, size)


def from_folder(folder: str, path: str, limit: int = TEXT_LIMIT) -> Content:
    """The file ``path`` of the layer that lies in ``folder``."""
    try:
        descriptor = open_inside(folder, path)
    except OSError as error:
        raise LabError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        return content(os.read(descriptor, limit), os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)


def from_archive(
    read: ReadImage, layer: int, path: str, aliases: Collection[str] = (), limit: int = TEXT_LIMIT
) -> Content:
    """The file ``path`` of layer ``layer`` of an archive on disk. ``aliases`` are the names that share its bytes: an
    archive has them under one of these names."""
    if not read.places:
        raise LabError("This archive is compressed as a whole; its files can be listed, not opened.")
    place = read.places[layer]
    try:
        descriptor = os.open(place.path, READ_ONLY)
    except OSError as error:
        raise LabError(f"{place.path} cannot be read: {error.strerror}.") from None
    try:
        window = FileWindow(descriptor, place.begin, place.begin + place.length)
        return _in_layer(window, place.length, {path, *aliases}, limit)
    finally:
        os.close(descriptor)


def from_export(
    engine: Any, ref: str, layer: int, path: str, aliases: Collection[str] = (), limit: int = TEXT_LIMIT
) -> Content:
    """The same from an engine that shows only its export: it has to export the image once more.

    The manifest may come last, so the file is kept from every layer that has one of that name, up to the limit each."""
    found: dict[str, Content] = {}
    links: dict[str, str] = {}
    metadata: dict[str, bytes] = {}
    with exported(engine, ref) as window:
        for member in members(window):
            if member.link:
                links[member.name] = member.link
            elif member.kind == FILE:
                part = Part(window, member.offset, member.size)
                if member.size and compression(part):
                    try:
                        found[member.name] = _in_layer(part, member.size, {path, *aliases}, limit)
                    except LabError:
                        continue
                elif 0 < member.size <= METADATA_LIMIT:
                    data, start, stop = part.at(0, member.size)
                    metadata[member.name] = bytes(memoryview(data)[-start : min(member.size, stop) - start])
    names = manifest(lambda name: metadata.get(links.get(name, name))).layers
    name = plain(names[layer])[0]
    for _ in range(8):
        name = links.get(name, name)
    if name not in found:
        raise _not_there(path)
    return found[name]


def _in_layer(window: Window, length: int, names: Collection[str], limit: int) -> Content:
    opened = uncompressed(window, length)
    base = 0
    while True:
        rows = scan(Part(opened, base, 1 << 60), limit=1)
        if not rows.names:
            raise _not_there(min(names, key=len))
        offset, size = base + rows.offsets[0], rows.sizes[0]
        name = rows.names[0].decode("utf-8", "surrogateescape")
        if rows.table[rows.attrs[0]][0] == FILE and plain(name)[0] in names:
            wanted = min(size, limit)
            data, start, stop = opened.at(offset, wanted)
            return content(bytes(memoryview(data)[offset - start : min(offset - start + wanted, stop - start)]), size)
        base += rows.end


def _not_there(path: str) -> LabError:
    return LabError(f"{path} is not a file of this layer.")
