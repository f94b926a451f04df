"""An image in a file: what ``docker save`` wrote, or an OCI layout, as a tar (also compressed) or a folder."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from containerlab.engine.layers.manifest import Manifest, image, manifest
from containerlab.engine.layers.members import METADATA_LIMIT, Contents, compression, members, read_layer, read_stream
from containerlab.engine.layers.tarscan import LIMIT
from containerlab.engine.layers.windows import READ_ONLY, FileWindow, StreamWindow, gzip_stream, reader, zstd_stream
from containerlab.errors import LabError
from containerlab.model import Image
from containerlab.model.layerfiles import FILE, HARDLINK, SYMLINK, LayerFiles

_BLOB = re.compile(r"blobs/[a-z0-9]+/[0-9a-f]{32,128}|index\.json|manifest\.json|oci-layout")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer's bytes are: a file, and the part of it."""

    path: Path
    begin: int
    length: int


@dataclass(frozen=True, slots=True)
class ReadImage:
    """An image and the files of its layers, base first. ``places`` say where the layers lie, where one can go back."""

    image: Image
    layers: tuple[LayerFiles, ...]
    places: tuple[Place, ...] = ()


def read_archive(path: Path | str, ref: str = "", limit: int = LIMIT) -> ReadImage:
    """The image ``ref`` (the first, if "") in the file or folder ``path``. Nothing is written anywhere."""
    path = Path(path)
    try:
        if path.is_dir():
            return _read_places(*_folder(path, ref), limit)
        with ExitStack() as stack:
            descriptor = os.open(path, READ_ONLY)
            stack.callback(os.close, descriptor)
            window = FileWindow(descriptor)
            way = compression(window)
            if way in ("gzip", "zstd"):
                opener = gzip_stream if way == "gzip" else zstd_stream
                contents = read_stream(StreamWindow(opener(reader(window, window.length))), limit)
                return from_contents(contents, ref)
            return _read_places(*_file(path, window, ref), limit)
    except OSError as error:
        raise LabError(f"{path} cannot be read: {error.strerror}.") from None
    except ModuleNotFoundError:
        raise LabError(f"{path} is compressed with zstd.", "pip install backports.zstd") from None


def from_contents(contents: Contents, ref: str = "") -> ReadImage:
    """The image in what a stream held."""
    found = manifest(lambda name: contents.metadata.get(contents.name_of(name)), ref)
    layers = []
    for name in found.layers:
        files = contents.layers.get(contents.name_of(name))
        layers.append(files if files is not None else LayerFiles(note="not in this archive"))
    return ReadImage(image(found, [files.size for files in layers]), tuple(layers))


def _file(path: Path, window: FileWindow, ref: str) -> tuple[Manifest, tuple[Place | None, ...]]:
    parts: dict[str, Place] = {}
    contents = Contents()
    for member in members(window):
        if member.kind in (SYMLINK, HARDLINK):
            contents.links[member.name] = member.link
        elif member.kind == FILE:
            parts[member.name] = Place(path, member.offset, member.size)

    def blob(name: str) -> bytes | None:
        place = parts.get(contents.name_of(name))
        if place is None or place.length > METADATA_LIMIT:
            return None
        data, start, _ = window.at(place.begin, place.length)
        return data[place.begin - start :][: place.length]

    found = manifest(blob, ref)
    return found, tuple(parts.get(contents.name_of(name)) for name in found.layers)


def _folder(folder: Path, ref: str) -> tuple[Manifest, tuple[Place | None, ...]]:
    def place(name: str) -> Place | None:
        path = folder / name
        if not _BLOB.fullmatch(name) or not path.is_file() or path.is_symlink():
            return None
        return Place(path, 0, path.stat().st_size)

    def blob(name: str) -> bytes | None:
        found = place(name)
        return found.path.read_bytes() if found is not None and found.length <= METADATA_LIMIT else None

    found = manifest(blob, ref)
    return found, tuple(place(name) for name in found.layers)


def _read_places(found: Manifest, places: tuple[Place | None, ...], limit: int) -> ReadImage:
    """Compressed layers are read by two threads: uncompressing lets the other one work."""

    left = limit

    def read(place: Place | None) -> LayerFiles:
        nonlocal left
        if place is None:
            return LayerFiles(note="not in this archive")
        descriptor = os.open(place.path, READ_ONLY)
        try:
            window = FileWindow(descriptor, place.begin, place.begin + place.length)
            files = read_layer(window, place.length, left)
            left = max(left - len(files), 1)
            return files
        finally:
            os.close(descriptor)

    first = next((place for place in places if place), None)
    if first is not None and _is_compressed(first) and len(places) > 1:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=2) as pool:
            layers = list(pool.map(read, places))
    else:
        layers = [read(place) for place in places]
    kept = tuple(place for place in places if place is not None)
    return ReadImage(
        image(found, [files.size for files in layers]), tuple(layers), kept if len(kept) == len(places) else ()
    )


def _is_compressed(place: Place) -> bool:
    with place.path.open("rb") as file:
        file.seek(place.begin)
        return file.read(4).startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd"))
