"""What was read of a layer, kept by its diff id: a layer never changes. In memory, and in the cache folder.

Only what an engine gave comes here: an engine has checked that the bytes have that digest. What a file on disk says of
itself is not checked, so its layers are not kept under a digest that it only claims.
"""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

from containerlab import settings
from containerlab.model.layerfiles import LayerFiles

MEMORY = 400_000  # entries in memory, about 60 MB
DISK = 200_000_000  # bytes in the folder
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_memory: OrderedDict[str, LayerFiles] = OrderedDict()


def folder() -> Path:
    return settings.cache() / "layers"


def get(diff_id: str) -> LayerFiles | None:
    """The layer's files, if they were read before."""
    if diff_id in _memory:
        _memory.move_to_end(diff_id)
        return _memory[diff_id]
    path = _path(diff_id)
    if path is None:
        return None
    try:
        files = LayerFiles.load(path.read_bytes())
    except OSError:
        return None
    except (ValueError, KeyError, TypeError):  # cut, or of another version: to be written again
        with suppress(OSError):
            path.unlink()
        return None
    _remember(diff_id, files)
    return files


def put(diff_id: str, files: LayerFiles) -> None:
    """Keeps it, unless it was not read to its end. A cache that cannot be written is no error."""
    path = _path(diff_id)
    if path is None or files.note:
        return
    _remember(diff_id, files)
    with suppress(OSError):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = path.with_suffix(f".{os.getpid()}.new")
            new.write_bytes(files.dump())
            new.replace(path)


def forget() -> None:
    """Empties the memory; the folder stays."""
    _memory.clear()


def trim(limit: int = DISK) -> None:
    """Removes the oldest files of the folder until it holds ``limit`` bytes at most."""
    with suppress(OSError):
        found = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in folder().iterdir())
        left = sum(size for _, size, _ in found)
        for _, size, path in found:
            if left <= limit:
                return
            path.unlink(missing_ok=True)
            left -= size


def _remember(diff_id: str, files: LayerFiles) -> None:
    _memory[diff_id] = files
    while len(_memory) > 1 and sum(map(len, _memory.values())) > MEMORY:
        _memory.popitem(last=False)


def _path(diff_id: str) -> Path | None:
    match = _DIGEST.fullmatch(diff_id)
    return folder() / f"{match[1]}.files" if match else None
