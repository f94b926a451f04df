"""The layers of an image as the engine's own folders (overlay2): nothing to export, and so the fastest way."""

from __future__ import annotations

import base64
import json
import os
import stat
import zlib
from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from containerlab.engine.layers import walker
from containerlab.engine.layers.columns import layer_files
from containerlab.engine.layers.tarscan import LIMIT, Rows, no_collection
from containerlab.errors import EngineRefused, LabError
from containerlab.model.layerfiles import LayerFiles


def folders(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The folder of each layer, base first, by GET /images/{name}/json; none where the engine keeps no such folders."""
    driver = raw.get("GraphDriver") or {}
    data = driver.get("Data") or {}
    if driver.get("Name") != "overlay2" or not data.get("UpperDir"):
        return ()
    found = (*reversed((data.get("LowerDir") or "").split(":")), data["UpperDir"])
    named = tuple(one for one in found if one)
    return named if len(named) == len((raw.get("RootFS") or {}).get("Layers") or ()) else ()


def readable(found: Sequence[str]) -> bool:
    """Whether this process may look into them."""
    return bool(found) and os.geteuid() == 0 and all(Path(one).is_dir() for one in found)


def read_folder(folder: str, limit: int = LIMIT) -> LayerFiles:
    """The files of the layer that lies in ``folder``; EngineRefused where only an export can tell."""
    with no_collection():
        return _layer(walker.walk(folder, limit))


def _layer(found: Mapping[str, Any]) -> LayerFiles:
    if found["error"]:
        raise EngineRefused(f"The engine's folder cannot be read: {found['error']}.")
    rows = Rows(
        names=os.fsencode("\0".join(found["names"])).split(b"\0") if found["names"] else [],
        sizes=array("q", found["sizes"]),
        attrs=array("I", found["attrs"]),
        table=[(row[0], row[1], row[2], row[3]) for row in found["table"]],
        links={int(at): os.fsencode(link) for at, link in found["links"].items()},
        note=found["note"],
    )
    files = layer_files(rows)
    files.whiteouts += found["whiteouts"]
    files.opaques += found["opaques"]
    return files


def read_by_helper(
    engine: Any,
    image: str,
    found: Sequence[str],
    labels: Mapping[str, str],
    made: Callable[[str], object] | None = None,
) -> list[LayerFiles]:
    """The same through a container on the engine's own machine, where this process may not look: the folders are
    mounted read-only, it has no network, and it is removed. ``image`` has to have a ``python3``; ``made`` is told the
    container's id, for the record of what is ours."""
    source = Path(walker.__file__).read_text("utf-8")
    inside = [f"/layers/{at}" for at in range(len(found))]
    host = {
        "Binds": [f"{folder}:{place}:ro" for folder, place in zip(found, inside, strict=True)],
        "NetworkMode": "none",
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        # Only with it are the marks of opaque folders to be seen (trusted.* attributes), and every folder.
        "CapAdd": ["SYS_ADMIN", "DAC_READ_SEARCH"],
        "LogConfig": {"Type": "json-file", "Config": {}},
    }
    container = engine.create(
        image, ["-c", source, *inside], entrypoint=["python3"], labels=labels, limits=False, host_config=host
    )
    try:
        if made:
            made(container)
        engine.start(container)
        code = engine.wait(container, timeout=600)
        output = engine.logs(container, stderr=code != 0)
    finally:
        engine.remove(container, force=True)
    if code != 0:
        raise LabError(f"The helper container ended with status {code}.", output.strip()[-300:])
    return [_layer(one) for one in json.loads(zlib.decompress(base64.b64decode(output)))]


def open_inside(folder: str, path: str) -> int:
    """A descriptor of the regular file ``path`` in ``folder``; no link on the way is followed."""
    *parents, name = path.split("/")
    if {"", ".", ".."} & {*parents, name}:
        raise LabError(f"{path} is not a path inside a layer.")
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for parent in parents:
            below = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
    finally:
        os.close(here)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise LabError(f"{path} is not a file.")
    return file


def same_content(folder: str, other: str, path: str) -> bool:
    """Whether two layers' folders hold the same bytes at ``path``."""
    try:
        with open(open_inside(folder, path), "rb") as one, open(open_inside(other, path), "rb") as two:
            while piece := one.read(1 << 20):
                if piece != two.read(1 << 20):
                    return False
            return not two.read(1)
    except (OSError, LabError):
        return False
