"""The layer explorer: what the browser shows of an image's files, computed here, page by page.

A name that is no UTF-8 cannot travel as it is: a row carries it visibly for the eye, and as an ASCII key for asking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from containerlab.draw.escape import one_line, visible
from containerlab.draw.parts import plural, summary
from containerlab.model import HistoryRow, Image, human_size
from containerlab.model.filetree import FileTree, LayerCount, Waste
from containerlab.model.treerows import Row, Rows

PAGE = 200  # rows of a folder until one asks for more
MOST = 3_000  # rows that a browser gets in one answer
FOUND = 200
WASTES = 40
_SIGNS = {"added": "+", "changed": "~", "removed": "−", "same": ""}


def key(path: str) -> str:
    return quote_from_bytes(path.encode("utf-8", "surrogateescape"), safe="/")


def path_of(key: str) -> str:
    return unquote_to_bytes(key).decode("utf-8", "surrogateescape")


def row_of(image: Image, layer: int) -> HistoryRow | None:
    """The history's row that made the layer."""
    return next((row for row in image.history if row.layer is not None and row.layer.index == layer), None)


def head(
    image: Image, tree: FileTree | None = None, *, note: str = "", names: Sequence[str] = (), problem: str = ""
) -> dict[str, Any]:
    """What is told once: the layers, base first, and the largest wastes. Without ``tree``: what inspect and history
    tell, before the files are read. ``names`` stand for the instructions where the layers are none of a build."""
    counts: Sequence[LayerCount | None] = tree.counts() if tree else [None] * len(image.layers)
    wastes = tree.wastes() if tree and not names else []
    layers = []
    for at, count in enumerate(counts):
        row = row_of(image, at)
        size = count.size if count else image.layers[at].size
        told = names[at] if names else row.instruction if row else "a layer without history"
        layers.append(
            {
                "instruction": one_line(told, 200),
                "line": row.line if row and not names else None,
                "base": at < image.base_layers and not names,
                "size": human_size(size),
                "bytes": size,
                "added": count.added if count else None,
                "changed": count.changed if count else None,
                "removed": count.removed if count else None,
                "flagged": count.flagged if count else 0,
                "wasted": human_size(count.wasted) if count and count.wasted and not names else "",
                "note": count.note if count else "",
            }
        )
    lost = sum(waste.size for waste in wastes)
    return {
        "name": one_line(image.name, 80),
        "summary": _differs(counts[-1])
        if names and counts[-1]
        else f"{plural(len(layers), 'layer')} · {human_size(tree.size if tree else image.size)}",
        "ready": tree is not None,
        "note": note,
        "problem": problem,
        "layers": layers,
        "wasted": human_size(lost) if lost else "",
        "share": f"{100 * lost / tree.size:.1f} %" if tree and tree.size else "",
        "wastes": [_waste(waste, image) for waste in wastes[:WASTES]],
        "waste_count": len(wastes),
        "compares": bool(names),
    }


def _differs(count: LayerCount) -> str:
    return ", ".join(f"{number:,} {word}" for number, word in _did(count) if number) or "nothing differs"


def _waste(waste: Waste, image: Image) -> dict[str, Any]:
    return {
        "key": key(waste.path),
        "path": one_line(waste.path, 200),
        "size": human_size(waste.size),
        "layer": waste.layer,
        "by": waste.by,
        "how": "deleted" if waste.deleted else "replaced",
        "made": _made(image, waste.layer),
        "lost": _made(image, waste.by),
    }


def _made(image: Image, layer: int) -> str:
    row = row_of(image, layer)
    if row is None:
        return f"layer {layer + 1}"
    line = f"line {row.line}: " if row.line else ""
    return f"{line}{one_line(row.instruction, 120)}"


def view(
    rows: Rows,
    layer: int,
    *,
    only_changes: bool = False,
    opened: Mapping[str, int] | None = None,
    search: str = "",
) -> dict[str, Any]:
    """The tree as a flat list of rows, each with its level. ``opened`` maps the key of an open folder to how many of
    its rows are wanted. With ``search`` the rows are what was found, by path."""
    layer = min(max(layer, 0), len(rows.tree.layers) - 1)
    total = rows.sums("", layer)
    answer: dict[str, Any] = {
        "layer": layer,
        "only": only_changes,
        "search": visible(search),
        "size": human_size(total.changed_size if only_changes else total.size),
        "files": total.files,
    }
    if search.strip():
        refs, count = rows.tree.search(search, layer, FOUND)
        answer["rows"] = [_row(rows.row(ref, layer), 1, only_changes, True, False) for ref in refs]
        answer["found"] = count
        return answer
    listed: list[dict[str, Any]] = []
    _list(rows, "", layer, only_changes, opened or {}, 1, listed)
    answer["rows"] = listed
    return answer


def _list(
    rows: Rows, folder: str, layer: int, only: bool, opened: Mapping[str, int], level: int, listed: list[dict[str, Any]]
) -> None:
    children = rows.children(folder, layer, only)
    wanted = min(max(int(opened.get(key(folder), PAGE)), PAGE), MOST)
    for row in children[:wanted]:
        if len(listed) >= MOST:
            return
        path = row.entry.path
        is_open = row.sums is not None and key(path) in opened and level < 60
        listed.append(_row(row, level, only, False, is_open))
        if is_open:
            _list(rows, path, layer, only, opened, level + 1, listed)
    if len(children) > wanted:
        listed.append({"more": key(folder), "level": level, "left": len(children) - wanted, "next": wanted + PAGE})


def _row(row: Row, level: int, only: bool, whole_path: bool, is_open: bool) -> dict[str, Any]:
    entry, sums = row.entry, row.sums
    size = entry.size
    if sums is not None and entry.kind == "folder":
        size = sums.changed_size if only else sums.size
    shown: dict[str, Any] = {
        "key": key(entry.path),
        "name": one_line(entry.path if whole_path else entry.name, 200),
        "level": level,
        "kind": entry.kind,
        "size": human_size(size) if entry.kind in ("file", "folder") else "",
        "mode": entry.permissions,
        "owner": f"{entry.uid}:{entry.gid}",
        "state": row.state,
        "layer": row.layer,
    }
    if entry.link:
        shown["link"] = one_line(entry.link, 160)
    if entry.flag:
        shown["flag"] = entry.flag
    if sums is not None:
        shown["open"] = is_open
        if sums.touched:
            shown["touched"] = [sums.added, sums.changed, sums.removed]
    return shown


def details(tree: FileTree, image: Image, path: str, layer: int, names: Sequence[str] = ()) -> dict[str, Any]:
    """All that the layers tell of a path: an entry a layer, and what one sees at ``layer``."""
    refs = tree.versions(path)
    seen = next((ref for ref in refs if tree.layer_of(ref) <= layer < tree.ends[ref]), None)
    before = [ref for ref in refs if tree.layer_of(ref) <= layer]
    ref = seen if seen is not None else before[-1] if before else refs[0] if refs else None
    if ref is None:
        return {"path": visible(path), "facts": [], "story": []}
    entry = tree.entry(ref)
    facts = [["kind", entry.kind], ["mode", f"{entry.permissions} ({entry.mode:04o})"]]
    facts.append(["owner", f"user {entry.uid}, group {entry.gid}"])
    if entry.kind == "file":
        facts.append(["size", human_size(entry.size)])
    if entry.link:
        facts.append(["shares its bytes with" if entry.kind == "hardlink" else "points to", one_line(entry.link, 300)])
    if entry.flag:
        facts.append(["suspicious", entry.flag])
    story = []
    for one in refs:
        born, end = tree.layer_of(one), tree.ends[one]
        did = tree.state(one, born)
        if did != "same":
            size = f", {human_size(tree.size_of(one))}" if entry.kind == "file" else ""
            story.append([born, did, f"{_where(image, born, names)}{size}"])
        if tree.deleted[one]:
            story.append([end, "removed", _where(image, end, names)])
    return {
        "path": visible(path),
        "key": key(path),
        "facts": facts,
        "story": sorted(story, key=lambda item: item[0]),
        "file": entry.kind == "file",
        "from": tree.layer_of(ref),
        "gone": seen is None,
    }


def _where(image: Image, layer: int, names: Sequence[str]) -> str:
    return one_line(names[layer], 120) if names else _made(image, layer)


def explorer_text(image: Image, tree: FileTree | None = None, names: Sequence[str] = ()) -> str:
    """The same in words, stable: what each layer did, top layer first, and the largest wastes."""
    if tree is None:
        return f"{one_line(image.name, 80)}: {summary(image)}"
    told = f"{plural(len(tree.layers), 'layer')}, {human_size(tree.size)} of files"
    lines = [f"{one_line(image.name, 80)}: {_differs(tree.counts()[-1]) if names else told}"]
    for count in reversed(tree.counts()):
        did = [f"{number} {word}" for number, word in _did(count) if number]
        row = row_of(image, count.index)
        told = names[count.index] if names else row.instruction if row else "a layer without history"
        note = f" ({count.note})" if count.note else ""
        lines.append(
            f"  {count.index + 1:>3}  {human_size(count.size):>7}  {', '.join(did) or 'no files'}{note}"
            f"  {one_line(told, 70)}"
        )
    wastes = [] if names else tree.wastes()
    if wastes:
        lost = sum(waste.size for waste in wastes)
        lines.append(f"wasted: {human_size(lost)} in {plural(len(wastes), 'file')} that later layers hide")
        lines += [
            f"  {human_size(waste.size):>7}  {one_line(waste.path, 70)}  layer {waste.layer + 1}, "
            f"{'deleted' if waste.deleted else 'replaced'} by layer {waste.by + 1}"
            for waste in wastes[:5]
        ]
    return "\n".join(lines)


def _did(count: LayerCount) -> tuple[tuple[int, str], ...]:
    return (count.added, "added"), (count.changed, "changed"), (count.removed, "removed"), (count.flagged, "flagged")


def content(text: str, size: int, binary: bool, cut: bool) -> dict[str, Any]:
    """A file's content for the side pane: what hides or reorders text is marked, what was cut is told."""
    if binary:
        return {"text": "", "note": f"{human_size(size)}, not text"}
    lines = visible(text.replace("\r\n", "\n").replace("\r", "\n"))
    note = f"the first {human_size(len(text.encode('utf-8', 'surrogateescape')))} of {human_size(size)}" if cut else ""
    return {"text": lines, "note": note or ("an empty file" if not size else "")}
