"""Raw rows into a layer's columns: names made plain, whiteouts told apart, hostile entries flagged.

The same rows come from a tar and from the engine's folders, so that both give the same layer.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

from containerlab.engine.layers.tarscan import Rows
from containerlab.model.layerfiles import BLOCK, CHAR, FOLDER, HARDLINK, SYMLINK, LayerFiles

# Whiteouts (OCI image spec, layer.md; AUFS) and names that no honest archive has.
_OPAQUE = ".wh..wh..opq"
_WHITEOUT = ".wh."
_METADATA = ".wh..wh."  # AUFS's own files; engines skip them
_LONGEST = 4096  # bytes of a path (PATH_MAX)
_PARENTS = 16 << 20  # characters of folders that no entry names
# What an odd name has in it, between two NULs. One pass a mark: a regular expression takes longer than the whole scan.
_ODD = ("\0/", "\0\0", "//", "/./", "/../", "/.\0", "/..\0", "\0./", "\0../", "\0.\0", "\0..\0")
_MARKS = ("/.wh.", "\0.wh.")
_FEW = 200  # whiteouts of a layer that are worth taking out one by one

ABSOLUTE = "an absolute name"
CLIMBS = "a name that climbs out (..)"
DEVICE = "a device"
THROUGH_LINK = "a path through a link"
TWICE = "twice in this archive"
TOO_LONG = "a name longer than any system takes"
LINK_CLIMBS = "a link that climbs out (..)"
LINK_LOST = "a hard link to a file that this layer does not have"


def layer_files(rows: Rows) -> LayerFiles:
    """The columns of a layer. ``rows`` is used up."""
    count = len(rows.names)
    joined = b"\0".join(rows.names).decode("utf-8", "surrogateescape") if count else ""
    if joined.count("\0") != count - 1:  # what stands after a name's end is none of it
        names = (name.partition(b"\0")[0] for name in rows.names)
        joined = b"\0".join(names).decode("utf-8", "surrogateescape")
    rows.names.clear()
    if joined.startswith("./"):
        joined = ("\0" + joined).replace("\0./", "\0")[1:]
    joined = joined.replace("/\0", "\0").removesuffix("/")
    paths = joined.split("\0") if count else []
    joined = f"\0{joined}\0"
    odd = any(mark in joined for mark in _ODD)
    marked = any(mark in joined for mark in _MARKS)
    del joined
    files = LayerFiles(paths=paths, sizes=rows.sizes, attrs=rows.attrs, table=rows.table, note=rows.note)
    files.flags = rows.flags
    files.links = {at: link.decode("utf-8", "surrogateescape") for at, link in rows.links.items()}
    if marked and not odd:
        odd = not _take_whiteouts(files)
    if odd or len(set(files.paths)) != len(files.paths) or max(map(len, paths), default=0) > _LONGEST:
        _clean(files)
    devices = {at for at, row in enumerate(files.table) if row[0] in (CHAR, BLOCK)}
    if devices:
        files.flags |= {at: DEVICE for at, attr in enumerate(files.attrs) if attr in devices}
    _add_parents(files)
    if files.links:
        _settle_links(files)
    return files


def plain(name: str) -> tuple[str, str]:
    """The path that a name means inside the layer, and its flag."""
    flag = ABSOLUTE if name.startswith("/") else ""
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            flag = CLIMBS
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts), flag


def _take_whiteouts(files: LayerFiles) -> bool:
    """Takes the whiteouts out of the columns, where they are few; tells whether it did."""
    found = [at for at, path in enumerate(files.paths) if ".wh." in path and _is_mark(path)]
    if len(found) > _FEW:
        return False
    for at in reversed(found):
        _take_away(files, files.paths[at])
        for column in (files.paths, files.sizes, files.attrs):
            del column[at]
    files.whiteouts.reverse()
    files.opaques.reverse()
    if found and (files.links or files.flags):
        files.links = {at - bisect_left(found, at): link for at, link in files.links.items()}
        files.flags = {at - bisect_left(found, at): flag for at, flag in files.flags.items()}
    files.whiteouts = list(dict.fromkeys(files.whiteouts))
    files.opaques = list(dict.fromkeys(files.opaques))
    return True


def _is_mark(path: str) -> bool:
    return path.rpartition("/")[2].startswith(_WHITEOUT)


def _take_away(files: LayerFiles, path: str) -> None:
    """Notes what a whiteout takes away."""
    folder, _, last = path.rpartition("/")
    if last == _OPAQUE:
        files.opaques.append(folder)
    elif not last.startswith(_METADATA):
        files.whiteouts.append(f"{folder}/{last[4:]}" if folder else last[4:])


def _clean(files: LayerFiles) -> None:
    """The slow way, for layers with whiteouts, odd names, or a name that comes twice: the last one counts."""
    kept: dict[str, int] = {}
    flags: dict[int, str] = files.flags
    for at, name in enumerate(files.paths):
        path, flag = plain(name)
        if len(path) > _LONGEST:
            path, flag = path.replace("/", "∕")[:255], TOO_LONG
        if _is_mark(path):
            _take_away(files, path)
            continue
        if not path:  # the root itself
            continue
        if path in kept:
            del kept[path]
            flag = flag or TWICE
        kept[path] = at
        if flag:
            flags[at] = flag
    files.whiteouts = list(dict.fromkeys(files.whiteouts))
    files.opaques = list(dict.fromkeys(files.opaques))
    keep = list(kept.values())
    moved = {old: new for new, old in enumerate(keep)}
    files.links = {moved[at]: link for at, link in files.links.items() if at in moved}
    files.flags = {moved[at]: flag for at, flag in flags.items() if at in moved}
    files.paths = list(kept)
    files.sizes = array("q", [files.sizes[at] for at in keep])
    files.attrs = array("I", [files.attrs[at] for at in keep])


def _add_parents(files: LayerFiles) -> None:
    """Folders that are in no entry, as the engine makes them; and what lies behind a link is flagged."""
    folder_attrs = {at for at, row in enumerate(files.table) if row[0] == FOLDER}
    folders = {path for path, attr in zip(files.paths, files.attrs, strict=True) if attr in folder_attrs}
    parents = {path.rpartition("/")[0] for path in files.paths}
    missing = parents - folders - {""}
    if not missing:
        return
    others = set(files.paths) - folders
    behind = missing & others
    if behind:
        for at, path in enumerate(files.paths):
            if path.rpartition("/")[0] in behind:
                files.flags.setdefault(at, THROUGH_LINK)
    new: dict[str, None] = {}
    length = 0
    for path in sorted(missing - others):
        while path and path not in folders and path not in new and path not in others:
            new[path] = None
            length += len(path)
            path = path.rpartition("/")[0]
        if length > _PARENTS:
            files.note = files.note or "shown without all of its folders"
            break
    if not new:
        return
    attr = len(files.table)
    files.table.append((FOLDER, 0o755, 0, 0))
    files.paths += new
    files.sizes.extend([0] * len(new))
    files.attrs.extend([attr] * len(new))


def _settle_links(files: LayerFiles) -> None:
    """Of the paths that share a file, the first in order becomes the file; a tar and a folder then agree."""
    hard = [at for at in files.links if files.kind(at) == HARDLINK]
    for at in files.links:
        if files.kind(at) == SYMLINK and _climbs(files.paths[at], files.links[at]):
            files.flags.setdefault(at, LINK_CLIMBS)
    if not hard:
        return
    index = {path: at for at, path in enumerate(files.paths)}
    groups: dict[int, list[int]] = {}
    for at in hard:
        target, flag = plain(files.links[at])
        files.links[at] = target
        if flag == CLIMBS:
            files.flags.setdefault(at, LINK_CLIMBS)
        seen = {at}
        owner = index.get(target, -1)
        while owner >= 0 and owner not in seen and files.kind(owner) == HARDLINK:
            seen.add(owner)
            owner = index.get(plain(files.links[owner])[0], -1)
        if owner < 0 or owner in seen or files.kind(owner) == FOLDER:
            files.flags.setdefault(at, LINK_LOST)
        else:
            groups.setdefault(owner, []).append(at)
    for owner, links in groups.items():
        first = min([owner, *links], key=files.paths.__getitem__)
        row = files.attrs[owner]
        if first != owner:
            files.sizes[first], files.sizes[owner] = files.sizes[owner], 0
            files.links.pop(first)
            if owner in files.links:  # a hard link to a symbolic link
                files.links[first] = files.links.pop(owner)
        linked = _row(files, (HARDLINK, *files.table[row][1:]))
        for at in (owner, *links):
            if at == first:
                files.attrs[at] = row
            else:
                files.attrs[at] = linked
                files.links[at] = files.paths[first]


def _row(files: LayerFiles, row: tuple[int, int, int, int]) -> int:
    if row not in files.table:
        files.table.append(row)
    return files.table.index(row)


def _climbs(path: str, link: str) -> bool:
    if link.startswith("/") or ".." not in link:
        return False
    depth = path.count("/")
    for part in link.split("/"):
        if part == "..":
            depth -= 1
            if depth < 0:
                return True
        elif part not in ("", "."):
            depth += 1
    return False
