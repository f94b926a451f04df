"""Layers joined: compared with an engine's rules told as simply as can be, on layers that nobody would think of."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from containerlab.model.filetree import FileTree, difference
from containerlab.model.layerfiles import FILE, FOLDER, LayerFiles
from containerlab.model.treerows import Rows

PATHS = ["a", "a/b", "a/b/c", "a/b/d", "a/e", "f", "f/g", "h", "ab", "a.b"]


@st.composite
def layers(draw: Any) -> LayerFiles:
    """A layer whose folders are all there, as every reader gives it."""
    kinds: dict[str, int] = {}
    for path in draw(st.lists(st.sampled_from(PATHS), unique=True, max_size=7)):
        above = path.rpartition("/")[0]
        while above:
            kinds[above] = FOLDER
            above = above.rpartition("/")[0]
        kinds.setdefault(path, draw(st.sampled_from([FILE, FOLDER])))
    folders = [path for path, kind in kinds.items() if kind == FOLDER]
    files = LayerFiles(
        whiteouts=draw(st.lists(st.sampled_from(PATHS), unique=True, max_size=3)),
        opaques=draw(st.lists(st.sampled_from(folders), unique=True, max_size=2)) if folders else [],
    )
    for path in draw(st.permutations(sorted(kinds))):
        row = (kinds[path], draw(st.sampled_from([0o755, 0o700])), 0, 0)
        if row not in files.table:
            files.table.append(row)
        files.paths.append(path)
        files.attrs.append(files.table.index(row))
        files.sizes.append(draw(st.integers(1, 1000)) if kinds[path] == FILE else 0)
    return files


def plainly(stack: list[LayerFiles]) -> list[dict[str, tuple[int, int]]]:
    """The merged view after each layer: path to (layer, number in it). Whiteouts first, then the layer's own entries;
    a file over a folder hides all that was in it (overlayfs; OCI image spec, layer.md)."""
    seen: dict[str, tuple[int, int]] = {}
    views = []
    for index, layer in enumerate(stack):
        gone = (*layer.whiteouts, *(path + "/" for path in layer.opaques))
        for path in list(seen):
            if any(path == one or path.startswith(one.rstrip("/") + "/") for one in gone):
                del seen[path]
        for at, path in enumerate(layer.paths):
            if layer.kind(at) != FOLDER:
                for below in [one for one in seen if one.startswith(path + "/") and seen[one][0] < index]:
                    del seen[below]
            seen[path] = (index, at)
        views.append(dict(seen))
    return views


@settings(max_examples=100, deadline=None)
@given(st.lists(layers(), min_size=1, max_size=5))
def test_the_joined_layers_are_what_an_engine_shows(stack: list[LayerFiles]) -> None:
    tree = FileTree(stack)
    views = plainly(stack)
    for index, view in enumerate(views):
        shown = {
            tree.path(ref): (tree.layer_of(ref), ref - tree.starts[tree.layer_of(ref)]) for ref in tree.visible(index)
        }
        assert shown == view
        before = views[index - 1] if index else {}
        changes = tree.changes(index)
        assert {path for path, state in changes.items() if state == "removed"} == before.keys() - view.keys()
        assert {path for path, state in changes.items() if state == "added"} == view.keys() - before.keys()
        assert {path for path, state in changes.items() if state == "changed"} <= view.keys() & before.keys()
    size = sum(stack[layer].sizes[at] for layer, at in views[-1].values())
    assert sum(waste.size for waste in tree.wastes()) == tree.size - size
    assert sum(count.wasted for count in tree.counts()) == tree.size - size


@settings(max_examples=60, deadline=None)
@given(st.lists(layers(), min_size=1, max_size=4))
def test_the_rows_and_their_sums_are_those_of_the_merged_view(stack: list[LayerFiles]) -> None:
    tree = FileTree(stack)
    rows = Rows(tree)
    for index in range(len(stack)):
        merged, changes = tree.merged(index), tree.changes(index)
        met: dict[str, str] = {}
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            below = [entry for path, entry in merged.items() if path.startswith(folder + "/") or not folder]
            sums = rows.sums(folder, index)
            assert sums.size == sum(entry.size for entry in below)
            assert sums.files == sum(entry.kind != "folder" for entry in below)
            inside = [state for path, state in changes.items() if path.startswith(folder + "/") or not folder]
            assert (sums.added, sums.changed, sums.removed) == tuple(map(inside.count, ("added", "changed", "removed")))
            for row in rows.children(folder, index):
                met[row.entry.path] = row.state
                if row.sums is not None:
                    waiting.append(row.entry.path)
        assert {path for path, state in met.items() if state != "removed"} == merged.keys()
        assert {path: state for path, state in met.items() if state != "same"} == changes


@settings(max_examples=60, deadline=None)
@given(st.lists(layers(), max_size=3), st.lists(layers(), max_size=3), st.lists(layers(), max_size=2))
def test_a_difference_makes_the_one_of_the_other(
    a: list[LayerFiles], b: list[LayerFiles], common: list[LayerFiles]
) -> None:
    one, other = FileTree([*common, *a]), FileTree([*common, *b])
    tree = difference(one, other)
    top = {path: one.entry(ref) for path, ref in one.top.items()}
    assert tree.merged(0) == top
    assert tree.merged(1) == {path: other.entry(ref) for path, ref in other.top.items()}
    if not a and not b:
        assert not tree.changes(1)


def layer(paths: dict[str, int], **marks: Any) -> LayerFiles:
    files = LayerFiles(table=[(FILE, 0o644, 0, 0), (FOLDER, 0o755, 0, 0)], **marks)
    for path, size in paths.items():
        files.paths.append(path)
        files.attrs.append(0 if size >= 0 else 1)
        files.sizes.append(max(size, 0))
    return files


def test_waste_is_told_with_the_layers_that_made_it() -> None:
    tree = FileTree(
        [
            layer({"a": -1, "a/large": 900, "a/small": 5, "kept": 3}),
            layer({"a": -1, "a/large": 901}),
            layer({}, whiteouts=["a"]),
        ]
    )
    told = [(waste.path, waste.size, waste.layer, waste.by, waste.deleted) for waste in tree.wastes()]
    assert told == [("a/large", 901, 1, 2, True), ("a/large", 900, 0, 1, False), ("a/small", 5, 0, 2, True)]
    assert [count.wasted for count in tree.counts()] == [905, 901, 0]
    assert tree.changes(1) == {"a/large": "changed"}
    assert tree.changes(2) == {"a": "removed", "a/large": "removed", "a/small": "removed"}
    assert [tree.path(ref) for ref in tree.search("LARGE", 2)[0]] == ["a/large"]
    assert tree.search("large", 2)[1] == 1 and tree.find("a/large", 2) is None


def test_a_file_that_a_link_still_shows_is_not_wasted() -> None:
    files = layer({"a": 100, "b": 0})
    files.table.append((3, 0o644, 0, 0))
    files.attrs[1] = 2
    files.links[1] = "a"
    assert FileTree([files, layer({}, whiteouts=["a"])]).wastes() == []
    assert len(FileTree([files, layer({}, whiteouts=["a", "b"])]).wastes()) == 1
