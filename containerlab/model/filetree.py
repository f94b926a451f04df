"""The files of an image: its layers joined, so that one sees what each added, changed, removed and hid.

An entry has a number over all layers, ``ref``. One pass from the base up finds for each entry at which layer it stops
being visible; everything else is read off that. The merged view at layer ``n`` is every entry with
``born <= n < ends``.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from containerlab.model.layerfiles import FOLDER, HARDLINK, KINDS, Entry, LayerFiles

State = Literal["added", "changed", "same", "removed"]
_ADDED, _CHANGED, _SAME = 0, 1, 2
_STATES: tuple[State, ...] = ("added", "changed", "same")
NEVER = 0x7FFF


@dataclass(frozen=True, slots=True)
class LayerCount:
    """What a layer did to the layers below. ``size`` in bytes is what its files hold; ``wasted`` how much of that a
    later layer hides or deletes. ``changed`` counts folders only if their mode or owner differs."""

    index: int
    size: int
    added: int
    changed: int
    removed: int
    flagged: int
    wasted: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Waste:
    """Bytes that an image carries and nobody can see: the file ``path`` of layer ``layer``, which layer ``by`` replaces
    or deletes. Layers count from 0 at the base."""

    path: str
    size: int
    layer: int
    by: int
    deleted: bool


class FileTree:
    """The layers of an image, base first. The operations are pure; what they find is kept."""

    def __init__(self, layers: Sequence[LayerFiles]) -> None:
        self.layers = tuple(layers)
        if len(self.layers) >= NEVER:
            raise ValueError("an image has at most 127 layers")
        self.starts = [0, *accumulate(len(layer.paths) for layer in self.layers)]
        self.ends = array("h", [NEVER]) * self.starts[-1]
        self.states = bytearray(self.starts[-1])
        self.deleted = bytearray(self.starts[-1])
        self.top: dict[str, int] = {}
        self.removed: list[list[int]] = []
        self._children: dict[str, list[str]] | None = None
        for index in range(len(self.layers)):
            self.removed.append(self._join(index))
        self._children = None
        self._members: dict[str, list[int]] | None = None

    # -- joining -------------------------------------------------------------------------------------------------

    def _join(self, index: int) -> list[int]:
        """Puts one layer on top; the entries that it deletes. A whiteout speaks of lower layers only, wherever in
        the archive it stands."""
        layer, top, ends = self.layers[index], self.top, self.ends
        taken: dict[str, int] = {}
        for path in layer.whiteouts:
            self._take(path, taken, itself=True)
        for path in layer.opaques:
            self._take(path, taken, itself=False)
        number = self.starts[index]
        if not top and not taken:
            top.update(zip(layer.paths, range(number, self.starts[index + 1]), strict=True))
        else:
            states, attrs, table = self.states, layer.attrs, layer.table
            known = top.get
            for path in layer.paths:
                old = known(path)
                if old is None:
                    old = taken.pop(path, None) if taken else None
                    if self._children is not None:
                        self._note_child(path)
                if old is not None:
                    ends[old] = index
                    states[number] = _CHANGED
                    row = table[attrs[number - self.starts[index]]]
                    was = self._row(old)
                    if was[0] == FOLDER:
                        if row == was:
                            states[number] = _SAME
                        elif row[0] != FOLDER:
                            self._take(path, taken, itself=False)
                top[path] = number
                number += 1
        gone = list(taken.values())
        for ref in gone:
            ends[ref] = index
            self.deleted[ref] = 1
        return gone

    def _take(self, path: str, taken: dict[str, int], itself: bool) -> None:
        """Moves what is at ``path`` and below from the top view into ``taken``."""
        top = self.top
        ref = top.get(path)
        if itself and ref is not None:
            taken[path] = top.pop(path)
        if path and (ref is None or self._row(ref)[0] != FOLDER):
            return
        if self._children is None:
            self._children = {}
            for known in top:
                self._note_child(known)
        waiting = [path]
        while waiting:
            for below in self._children.pop(waiting.pop(), ()):
                ref = top.pop(below, None)
                if ref is not None:
                    taken[below] = ref
                waiting.append(below)

    def _note_child(self, path: str) -> None:
        assert self._children is not None
        self._children.setdefault(path.rpartition("/")[0], []).append(path)

    def _row(self, ref: int) -> tuple[int, int, int, int]:
        index = self.layer_of(ref)
        layer = self.layers[index]
        return layer.table[layer.attrs[ref - self.starts[index]]]

    # -- entries -------------------------------------------------------------------------------------------------

    def layer_of(self, ref: int) -> int:
        return bisect_right(self.starts, ref) - 1

    def entry(self, ref: int) -> Entry:
        index = self.layer_of(ref)
        return self.layers[index].entry(ref - self.starts[index])

    def path(self, ref: int) -> str:
        index = self.layer_of(ref)
        return self.layers[index].paths[ref - self.starts[index]]

    def size_of(self, ref: int) -> int:
        index = self.layer_of(ref)
        return self.layers[index].sizes[ref - self.starts[index]]

    def state(self, ref: int, layer: int) -> State:
        """What ``layer`` did to the entry: "same" if another layer brought it."""
        if self.deleted[ref] and self.ends[ref] == layer:
            return "removed"
        return _STATES[self.states[ref]] if self.layer_of(ref) == layer else "same"

    def visible(self, layer: int) -> Iterator[int]:
        """The refs of all that one sees at ``layer``."""
        ends = self.ends
        for ref in range(self.starts[layer + 1]):
            if ends[ref] > layer:
                yield ref

    def merged(self, layer: int) -> dict[str, Entry]:
        """The whole merged view at ``layer``, by path. For large images ask ``children`` instead."""
        return {self.path(ref): self.entry(ref) for ref in self.visible(layer)}

    def changes(self, layer: int) -> dict[str, State]:
        """What ``layer`` did, by path; folders that it only passes through are left out."""
        found: dict[str, State] = {self.path(ref): "removed" for ref in self.removed[layer]}
        for ref in range(self.starts[layer], self.starts[layer + 1]):
            if self.states[ref] != _SAME:
                found[self.path(ref)] = _STATES[self.states[ref]]
        return found

    def find(self, path: str, layer: int) -> int | None:
        """The ref of ``path`` as one sees it at ``layer``."""
        for ref in self.members.get(path.rpartition("/")[0], ()):
            if self.layer_of(ref) <= layer < self.ends[ref] and self.path(ref) == path:
                return ref
        return None

    def versions(self, path: str) -> tuple[int, ...]:
        """The refs of all entries of that path, base first."""
        return tuple(ref for ref in self.members.get(path.rpartition("/")[0], ()) if self.path(ref) == path)

    @property
    def members(self) -> dict[str, list[int]]:
        """The refs in each folder, of all layers, base first."""
        if self._members is None:
            members: dict[str, list[int]] = {}
            ref = 0
            for layer in self.layers:
                for path in layer.paths:
                    folder = path.rpartition("/")[0]
                    if folder in members:
                        members[folder].append(ref)
                    else:
                        members[folder] = [ref]
                    ref += 1
            self._members = members
        return self._members

    def search(self, text: str, layer: int, limit: int = 200) -> tuple[list[int], int]:
        """Entries at ``layer`` whose path has ``text`` in it, in any case, and those that it removes: the first
        ``limit`` by path, and how many there are."""
        wanted = text.lower().strip("/")
        found: list[tuple[str, int]] = []
        for index in range(layer + 1):
            start = self.starts[index]
            for at, path in enumerate(self.layers[index].paths, start):
                if wanted in path.lower():
                    end = self.ends[at]
                    if end > layer or (end == layer and self.deleted[at]):
                        found.append((path, at))
        found.sort()
        return [ref for _, ref in found[:limit]], len(found)

    # -- sums ----------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Bytes of the files of all layers."""
        return sum(layer.size for layer in self.layers)

    def wastes(self) -> list[Waste]:
        """What later layers hide or delete, the largest first. A file whose hard link is still to be seen is not."""
        found = []
        for index, layer in enumerate(self.layers):
            start = self.starts[index]
            alive: set[str] = set()
            for at, target in layer.links.items():
                if self.ends[start + at] == NEVER and layer.kind(at) == HARDLINK:
                    alive.add(target)
            for ref in range(start, self.starts[index + 1]):
                by = self.ends[ref]
                if by != NEVER:
                    size = layer.sizes[ref - start]
                    if size and layer.paths[ref - start] not in alive:
                        found.append(Waste(layer.paths[ref - start], size, index, by, bool(self.deleted[ref])))
        found.sort(key=lambda waste: (-waste.size, waste.path, waste.layer))
        return found

    def counts(self) -> tuple[LayerCount, ...]:
        """Each layer in numbers."""
        wasted = [0] * len(self.layers)
        for waste in self.wastes():
            wasted[waste.layer] += waste.size
        rows = []
        for index, layer in enumerate(self.layers):
            states = self.states[self.starts[index] : self.starts[index + 1]]
            rows.append(
                LayerCount(
                    index=index,
                    size=layer.size,
                    added=states.count(_ADDED),
                    changed=states.count(_CHANGED),
                    removed=len(self.removed[index]),
                    flagged=len(layer.flags),
                    wasted=wasted[index],
                    note=layer.note,
                )
            )
        return tuple(rows)


def difference(a: FileTree, b: FileTree, shared: int = 0, same: Callable[[int, int], bool] | None = None) -> FileTree:
    """What an image ``b`` has in place of ``a``, as a tree of two layers: all that one sees in ``a``, and on it what
    makes ``b`` of it. The first ``shared`` layers are the same in both. Files of other layers count as the same if
    nothing that the layers tell of them differs (kind, size, mode, owner, link) and ``same(ref in a, ref in b)``
    does not deny it."""
    below = a.top
    lower, upper = _Collected(), _Collected()
    for path, ref in below.items():
        lower.add(a.entry(ref))
        if path not in b.top:
            upper.files.whiteouts.append(path)
    for path, ref in b.top.items():
        entry, old = b.entry(ref), below.get(path)
        if old is not None and a.entry(old) == entry:
            inherited = a.layer_of(old) == b.layer_of(ref) < shared
            if inherited or entry.kind != "file" or same is None or same(old, ref):
                continue
        upper.add(entry)
    return FileTree([lower.files, upper.files])


class _Collected:
    """Entries gathered into columns."""

    def __init__(self) -> None:
        self.files = LayerFiles()
        self._rows: dict[tuple[int, int, int, int], int] = {}

    def add(self, entry: Entry) -> None:
        files = self.files
        row = (KINDS.index(entry.kind), entry.mode, entry.uid, entry.gid)
        if row not in self._rows:
            self._rows[row] = len(files.table)
            files.table.append(row)
        if entry.link:
            files.links[len(files.paths)] = entry.link
        if entry.flag:
            files.flags[len(files.paths)] = entry.flag
        files.paths.append(entry.path)
        files.sizes.append(entry.size)
        files.attrs.append(self._rows[row])
