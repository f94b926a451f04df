"""The files of an image on an engine, by the fastest way that is allowed.

kept      read before: one inspect
folders   the engine's own folders, where we may look: our private engine
helper    the same through a read-only container, only when asked
export    what the engine writes of the image: always there, never faster than ``docker save``
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from containerlab.engine import bases
from containerlab.engine.client import Engine
from containerlab.engine.layers import kept
from containerlab.engine.layers.archive import from_contents
from containerlab.engine.layers.export import exported
from containerlab.engine.layers.folders import folders, read_by_helper, read_folder, readable
from containerlab.engine.layers.members import read_stream
from containerlab.engine.layers.tarscan import LIMIT
from containerlab.errors import EngineRefused, ImageNotFound, LabError
from containerlab.model.filetree import FileTree
from containerlab.model.layerfiles import LayerFiles

Way = Literal["kept", "folders", "helper", "export"]
HELPER_IMAGE = "debian-python:bookworm"
Progress = Callable[[int, LayerFiles], None]  # a layer's number from 0, and its files


@dataclass(frozen=True, slots=True)
class Indexed:
    """``way`` is how the layers came that were not kept; ``folders`` where they lie, if we may look there."""

    tree: FileTree
    way: Way
    folders: tuple[str, ...] = ()


def way_for(engine: Engine, raw: Mapping[str, Any], helper: bool = False) -> Way:
    """The way that ``read_image`` takes, by GET /images/{name}/json."""
    diff_ids = _diff_ids(raw)
    if all(kept.get(diff_id) is not None for diff_id in diff_ids):
        return "kept"
    found = folders(raw)
    if engine.kind == "private" and readable(found):
        return "folders"
    return "helper" if helper and found else "export"


def read_image(
    engine: Engine,
    ref: str,
    *,
    way: Way | None = None,
    helper: bool = False,
    labels: Mapping[str, str] | None = None,
    made: Callable[[str], object] | None = None,
    progress: Progress | None = None,
    limit: int = LIMIT,
) -> Indexed:
    """The files of every layer of ``ref``. A ``way`` that is named is taken whatever was kept."""
    with engine.asking(f"image {ref}"):
        raw = engine.api.inspect_image(ref)
    found = folders(raw)
    chosen = way or way_for(engine, raw, helper)
    diff_ids = _diff_ids(raw)
    layers: list[LayerFiles] = []
    certain = True  # that these are the layers with those digests
    if chosen in ("kept", "folders"):
        try:
            layers = _from_folders(diff_ids, found, chosen, way is not None, progress, limit)
        except EngineRefused:
            if way is not None:
                raise
            chosen = "export"
    if chosen == "helper":
        if not found:
            raise LabError("This engine keeps its layers in no folders that can be read.", "Leave helper=True out.")
        try:
            layers = read_by_helper(engine, bases.resolve(engine, HELPER_IMAGE), found, labels or {}, made)
        except ImageNotFound:  # an engine that is not ours need not have it
            if way is not None:
                raise
            chosen = "export"
    if chosen == "export":
        with exported(engine, ref) as window:
            exported_image = from_contents(read_stream(window, limit))
        layers = list(exported_image.layers)
        certain = tuple(layer.diff_id for layer in exported_image.image.layers) == diff_ids
    if len(layers) != len(diff_ids):
        raise EngineRefused(f"The engine exported {len(layers)} layers of {ref}; it has {len(diff_ids)}.")
    for at, (diff_id, files) in enumerate(zip(diff_ids, layers, strict=True)):
        if certain:
            kept.put(diff_id, files)
        if progress and chosen in ("helper", "export"):
            progress(at, files)
    if chosen != "kept":
        kept.trim()
    may_look = engine.kind == "private" and readable(found)
    return Indexed(FileTree(layers), chosen, found if may_look else ())


def _from_folders(
    diff_ids: tuple[str, ...],
    found: tuple[str, ...],
    chosen: Way,
    afresh: bool,
    progress: Progress | None,
    limit: int,
) -> list[LayerFiles]:
    layers = []
    for at, diff_id in enumerate(diff_ids):
        files = None if chosen == "folders" and afresh else kept.get(diff_id)
        if files is None:
            if chosen == "kept" or not found:
                raise EngineRefused("Not all of the image's layers were kept, or lie in folders.")
            files = read_folder(found[at], limit)
            limit = max(limit - len(files), 1)
        layers.append(files)
        if progress:
            progress(at, files)
    return layers


def _diff_ids(raw: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple((raw.get("RootFS") or {}).get("Layers") or ())
