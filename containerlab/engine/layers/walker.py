"""One layer as the overlay2 driver keeps it: a folder, walked without following anything.

Standard library only and no import of the course: the helper container runs this file as it is. As a script it walks
the folders that it is given and prints what it found, as JSON, zlib and base64.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import Any

# The numbers of containerlab.model.layerfiles.KINDS; a test compares them.
FILE, FOLDER, SYMLINK, HARDLINK, CHAR, BLOCK, PIPE = range(7)
_KINDS = {stat.S_IFREG: FILE, stat.S_IFDIR: FOLDER, stat.S_IFLNK: SYMLINK, stat.S_IFCHR: CHAR, stat.S_IFBLK: BLOCK}
_KINDS |= {stat.S_IFIFO: PIPE}


def walk(folder: str, limit: int = 1_000_000) -> dict[str, Any]:
    """Names with surrogates where they are no UTF-8; "error" where the folder cannot stand for the layer's archive."""
    names: list[str] = []
    sizes: list[int] = []
    attrs: list[int] = []
    links: dict[int, str] = {}
    whiteouts: list[str] = []
    opaques: list[str] = []
    rows: dict[tuple[int, int, int], int] = {}
    table: list[tuple[int, int, int, int]] = []
    inodes: dict[int, str] = {}
    note = error = ""
    waiting = [""]
    try:
        while waiting and not note:
            inside = waiting.pop()
            for entry in os.scandir(f"{folder}/{inside}"):
                name = inside + entry.name
                info = entry.stat(follow_symlinks=False)
                mode = info.st_mode
                kind = _KINDS.get(stat.S_IFMT(mode), -1)
                if kind == CHAR and info.st_rdev == 0:  # overlayfs' mark for what is removed
                    whiteouts.append(name)
                    continue
                if kind < 0:  # a socket: archives leave it out
                    continue
                shared = ""
                if kind == FOLDER:
                    waiting.append(name + "/")
                    marks = os.listxattr(entry.path, follow_symlinks=False)
                    if marks and _is_opaque(entry.path, marks):
                        opaques.append(name)
                elif info.st_nlink > 1:
                    shared = inodes.setdefault(info.st_ino, name)
                key = (mode if shared in ("", name) else -mode, info.st_uid, info.st_gid)
                if key not in rows:
                    rows[key] = len(table)
                    table.append((kind if key[0] > 0 else HARDLINK, mode & 0o7777, info.st_uid, info.st_gid))
                if shared not in ("", name):
                    links[len(names)] = shared
                elif kind == SYMLINK:
                    links[len(names)] = os.readlink(entry.path)  # noqa: PTH115
                sizes.append(info.st_size if kind == FILE and key[0] > 0 else 0)
                attrs.append(rows[key])
                names.append(name)
                if len(names) >= limit:
                    note = f"shown up to {limit:,} entries"
                    break
    except OSError as problem:
        error = f"{problem.strerror}: {folder}"
    except ValueError as problem:
        error = str(problem)
    return {
        "names": names,
        "sizes": sizes,
        "attrs": attrs,
        "table": table,
        "links": links,
        "whiteouts": whiteouts,
        "opaques": opaques,
        "note": note,
        "error": error,
    }


def _is_opaque(path: str, marks: Sequence[str]) -> bool:
    for mark in marks:
        if mark.endswith((".overlay.redirect", ".overlay.metacopy")):
            raise ValueError("this layer's folder refers to others")
        if mark in ("trusted.overlay.opaque", "user.overlay.opaque"):
            return os.getxattr(path, mark, follow_symlinks=False) == b"y"
    return False


if __name__ == "__main__":
    import base64
    import json
    import sys
    import zlib

    found = [walk(one) for one in sys.argv[1:]]
    print(base64.b64encode(zlib.compress(json.dumps(found).encode(), 1)).decode())
