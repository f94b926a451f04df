"""A folder of the merged view as rows: what one sees at a layer, what that layer did, and the sums below a folder."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from dataclasses import dataclass

from containerlab.model.filetree import FileTree, State
from containerlab.model.layerfiles import FOLDER, Entry


@dataclass(frozen=True, slots=True)
class Sums:
    """What lies in a folder and below: ``size`` in bytes and ``files`` of what one sees; of that, ``changed_size``
    bytes came with this layer; and how many entries the layer added, changed and removed."""

    size: int = 0
    files: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    changed_size: int = 0

    @property
    def touched(self) -> int:
        return self.added + self.changed + self.removed


@dataclass(frozen=True, slots=True)
class Row:
    """``entry`` as one sees it at a layer; ``layer`` brought it. ``sums`` for folders, and for what took a folder's
    place or has entries behind it, in an archive that wants to deceive."""

    entry: Entry
    state: State
    layer: int
    sums: Sums | None = None


class Rows:
    """The rows of a tree; the sums of the layers that were asked for last are kept."""

    def __init__(self, tree: FileTree, keep: int = 4) -> None:
        self.tree = tree
        self._keep = keep
        self._sums: OrderedDict[int, dict[str, list[int]]] = OrderedDict()
        self._born = array("h")
        self._kinds = bytearray()
        self._sizes = array("q")
        for index, layer in enumerate(tree.layers):
            self._born.extend([index] * len(layer.paths))
            kinds = bytes(row[0] for row in layer.table)
            self._kinds += bytes(kinds[attr] for attr in layer.attrs)
            self._sizes.extend(layer.sizes)

    def sums(self, folder: str, layer: int) -> Sums:
        """The sums of ``folder`` at ``layer``; all zero where it has nothing."""
        found = self._at(layer).get(folder)
        return Sums(*found) if found else Sums()

    def children(self, folder: str, layer: int, only_changes: bool = False) -> list[Row]:
        """What is in ``folder`` at ``layer``, folders first; what the layer removed from it as well."""
        tree, sums = self.tree, self._at(layer)
        rows = []
        for ref in tree.members.get(folder, ()):
            if self._born[ref] > layer or not self._shown(ref, layer):
                continue
            state = tree.state(ref, layer)
            entry = tree.entry(ref)
            below = None
            inside = sums.get(entry.path)
            if self._kinds[ref] == FOLDER or (inside and any(inside)):
                below = Sums(*inside) if inside else Sums()
            if only_changes and state == "same" and not (below and below.touched):
                continue
            rows.append(Row(entry, state, self._born[ref], below))
        rows.sort(key=lambda row: (row.entry.kind != "folder", row.entry.path))
        return rows

    def row(self, ref: int, layer: int) -> Row:
        entry = self.tree.entry(ref)
        below = self.sums(entry.path, layer) if entry.kind == "folder" else None
        return Row(entry, self.tree.state(ref, layer), self._born[ref], below)

    def _shown(self, ref: int, layer: int) -> bool:
        end = self.tree.ends[ref]
        return end > layer or (end == layer and bool(self.tree.deleted[ref]))

    def _at(self, layer: int) -> dict[str, list[int]]:
        if layer in self._sums:
            self._sums.move_to_end(layer)
            return self._sums[layer]
        tree, born, kinds, sizes = self.tree, self._born, self._kinds, self._sizes
        ends, states, deleted, before = tree.ends, tree.states, tree.deleted, tree.starts[layer + 1]
        found: dict[str, list[int]] = {}
        for folder, refs in tree.members.items():
            size = files = added = changed = removed = changed_size = 0
            for ref in refs:
                if ref >= before:
                    break
                end = ends[ref]
                if end > layer:
                    if kinds[ref] != FOLDER:
                        files += 1
                        size += sizes[ref]
                    if born[ref] == layer:
                        changed_size += sizes[ref]
                        state = states[ref]
                        if state == 0:
                            added += 1
                        elif state == 1:
                            changed += 1
                elif end == layer and deleted[ref]:
                    removed += 1
            found[folder] = [size, files, added, changed, removed, changed_size]
        for folder in sorted(found, key=lambda path: path.count("/"), reverse=True):  # deepest first
            above = found.get(folder.rpartition("/")[0]) if folder else None
            if above is not None:
                for at, number in enumerate(found[folder]):
                    above[at] += number
        self._sums[layer] = found
        while len(self._sums) > self._keep:
            self._sums.popitem(last=False)
        return found
