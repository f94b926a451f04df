"""An image's files, layer by layer: read by the fastest way that is allowed, shown as they come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from containerlab.draw import explorer as draw
from containerlab.errors import LabError
from containerlab.model import Image, shared_layers
from containerlab.model.filetree import FileTree, difference
from containerlab.model.treerows import Rows
from containerlab.widgets.explorer import Explorer

if TYPE_CHECKING:
    from containerlab.engine.client import Engine
    from containerlab.engine.layers.content import Content
    from containerlab.lab import Lab
    from containerlab.objects import LabImage

OpenFile = Callable[[int, str, Collection[str]], "Content"]  # a layer from 0, a path, other names of that file

_WAYS = {
    "kept": "",
    "folders": "",
    "helper": "read by a helper container, which looked into the engine's folders and is gone again",
    "export": "read from the engine's export",
}


class Exploration:
    """What a browser may ask of an image's files. ``names`` stand for the layers where they are none of a build."""

    def __init__(self, image: Image, names: tuple[str, ...] = ()) -> None:
        self.image = image
        self.names = names
        self.tree: FileTree | None = None
        self._rows: Rows | None = None
        self._open: OpenFile | None = None
        self.cheap = True

    def take(self, tree: FileTree, open_file: OpenFile | None, cheap: bool = True) -> None:
        """The files are there. ``cheap``: a file's content can be had at once, so that it is shown when selected."""
        self.tree, self._rows, self._open, self.cheap = tree, Rows(tree), open_file, cheap

    def head(self, note: str = "", problem: str = "") -> dict[str, Any]:
        head = draw.head(self.image, self.tree, note=note, names=self.names, problem=problem)
        return head | {"opens": self._open is not None, "cheap": self.cheap}

    def view(self, **asked: Any) -> dict[str, Any]:
        if self._rows is None or self.tree is None or not self.tree.layers:
            return {}
        layer = asked.pop("layer", len(self.tree.layers) - 1)
        return draw.view(self._rows, layer, **asked)

    def text(self) -> str:
        return draw.explorer_text(self.image, self.tree, self.names)

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a browser's question; whatever it asks, an answer comes."""
        try:
            if self.tree is None:
                return {"problem": "The files are not read yet."}
            layer = min(max(int(question.get("layer", 0)), 0), len(self.tree.layers) - 1)
            if question["kind"] == "view":
                opened = {str(key): int(count) for key, count in dict(question.get("opened") or {}).items()}
                only, search = bool(question.get("only")), str(question.get("search") or "")[:200]
                return self.view(layer=layer, only_changes=only, opened=opened, search=search)
            path = draw.path_of(str(question.get("key") or ""))
            if question["kind"] == "file":
                return draw.details(self.tree, self.image, path, layer, self.names)
            return self._content(layer, path)
        except LabError as error:
            return {"problem": str(error)}
        except (KeyError, TypeError, ValueError) as error:
            return {"problem": f"This question makes no sense ({type(error).__name__})."}

    def _content(self, layer: int, path: str) -> dict[str, Any]:
        tree = self.tree
        if tree is None or self._open is None:
            return {"problem": "The content of files is not to be had here."}
        if not any(tree.layer_of(ref) == layer for ref in tree.versions(path)):
            raise LabError(f"{path} is not a file of layer {layer + 1}.")
        files = tree.layers[layer]
        aliases = [files.paths[at] for at, link in files.links.items() if link == path]
        found = self._open(layer, path, aliases)
        return draw.content(found.text, found.size, found.binary, found.cut) | {"key": draw.key(path)}


def explore(
    engine: Engine,
    image: Image,
    *,
    helper: bool = False,
    labels: Mapping[str, str] | None = None,
    made: Callable[[str], object] | None = None,
    in_background: bool = True,
) -> Explorer:
    """The explorer of an image on an engine. Its layers are shown at once; its files at once where they were read
    before or lie in folders that we may read, else as soon as the engine has exported them."""
    from containerlab.engine.layers import reading

    exploration = Exploration(image)
    with engine.asking(f"image {image.name}"):
        way = reading.way_for(engine, engine.api.inspect_image(image.id), helper)

    def read(asked: Engine) -> str:
        found = reading.read_image(asked, image.id, helper=helper, labels=labels, made=made)
        exploration.take(found.tree, *_opener(engine, image.id, found))
        return _WAYS[found.way]

    if way != "export" or not in_background:
        return _filled(exploration, read(engine))
    widget = Explorer(exploration.answer, exploration.head(), {}, exploration.text())

    def fill() -> None:
        own = type(engine)(engine.address, engine.kind)  # a connection of its own: the cells go on meanwhile
        try:
            note = read(own)
            widget.fill(exploration.head(note), exploration.view(), exploration.text())
        except Exception as error:  # nobody waits for this thread: whatever happened is told in the picture
            told = str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
            widget.head = exploration.head(problem=told)
        finally:
            own.close()

    threading.Thread(target=fill, name="containerlab-explore", daemon=True).start()
    return widget


def of_lab(lab: Lab, image: LabImage, against: str | LabImage | None, helper: bool) -> Explorer:
    """``LabImage.explore``: what a helper container needs comes from the lab's session."""
    session = lab.session
    options: dict[str, Any] = {
        "helper": helper,
        "labels": session.labels(),
        "made": lambda container: session.record("container", container),
    }
    if against is None:
        return explore(lab.engine, lab.with_lines(image.model), **options)
    other = lab.image(against) if isinstance(against, str) else against
    return compare(lab.engine, other.model, image.model, **options)


def compare(engine: Engine, a: Image, b: Image, **options: Any) -> Explorer:
    """What ``b`` has in place of ``a``: its files as a layer on top of those of ``a``."""
    from containerlab.engine.layers import reading

    one, other = (reading.read_image(engine, image.id, **options) for image in (a, b))
    names = (f"all of {a.name}", f"{b.name} instead")
    shown = Image(b.id, (f"{a.name} → {b.name}",), b.size, None, b.os, b.architecture, (), ())
    exploration = Exploration(shown, names)
    same = _same_content(one, other) if one.folders and other.folders else None
    exploration.take(difference(one.tree, other.tree, len(shared_layers(a, b)), same), None)
    note = "" if same else "Files of the same size, mode and owner count as the same: their content was not compared."
    return _filled(exploration, note, only_changes=True)


def _same_content(a: Any, b: Any) -> Callable[[int, int], bool]:
    """Whether two files of the engine's folders hold the same bytes."""
    from containerlab.engine.layers.folders import same_content

    def same(ref: int, other: int) -> bool:
        folders = a.folders[a.tree.layer_of(ref)], b.folders[b.tree.layer_of(other)]
        return folders[0] == folders[1] or same_content(*folders, a.tree.path(ref))

    return same


def archive(path: Any, ref: str = "") -> Explorer:
    """The explorer of an image in a file: what ``docker save`` wrote, or an OCI layout. No engine is asked."""
    from containerlab.engine.layers import content
    from containerlab.engine.layers.archive import read_archive

    found = read_archive(path, ref)
    exploration = Exploration(found.image)
    opens = (lambda *file: content.from_archive(found, *file)) if found.places else None
    exploration.take(FileTree(found.layers), opens)
    return _filled(exploration, "read from an archive")


def _filled(exploration: Exploration, note: str, **view: Any) -> Explorer:
    return Explorer(exploration.answer, exploration.head(note), exploration.view(**view), exploration.text())


def _opener(engine: Engine, ref: str, found: Any) -> tuple[OpenFile, bool]:
    from containerlab.engine.layers import content

    if found.folders:
        return (lambda layer, path, _: content.from_folder(found.folders[layer], path)), True
    return (lambda *file: content.from_export(engine, ref, *file)), False
