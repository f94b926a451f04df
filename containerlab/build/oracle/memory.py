"""What is in an engine's build cache, as far as builds that were recorded tell: a tree of steps on their bases."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from containerlab.build.oracle.facts import BaseImage
from containerlab.build.oracle.ops import Op, Told
from containerlab.model import short_id
from containerlab.model.engine import Builder


@dataclass
class Node:
    """A step that was built, on the one before it. ``id`` is its image with the classic builder, else a number.

    ``fines``: the keys that are known to be this step, each with what COPY --from read. ``doubtful``: the engine may
    have dropped it since; ``gone``: it has."""

    id: str
    keyword: str
    fines: set[tuple[str, str]] = field(default_factory=set)
    coarse: str | None = None
    told: Told | None = None
    doubtful: bool = False
    gone: bool = False
    children: list[Node] = field(default_factory=list)

    def alike(self, op: Op) -> bool:
        """Whether it may be the same to the builder."""
        same = self.coarse is None or op.coarse is None or self.coarse == op.coarse
        return self.keyword == op.keyword and same and not self.gone


class Memory:
    """The steps that one engine keeps, for each builder. ``whole`` is False where builds may have been made that
    nobody recorded: then nothing is a certain miss. ``foreign``: where the classic builder may find a step that nobody
    recorded, as the image below (short id) and the keyword."""

    def __init__(self, whole: bool = True) -> None:
        self.whole = whole
        self.foreign: Collection[tuple[str, str]] = ()
        self._roots: dict[tuple[Builder, str], Node] = {}
        self._count = 0

    def root(self, builder: Builder, base: BaseImage | None) -> Node:
        """Where stages on that base begin. BuildKit knows a base by its layers, the classic builder by its id."""
        key = "scratch"
        if base is not None:
            key = base.id if builder == "classic" or not base.layers else " ".join(base.layers)
        return self._roots.setdefault((builder, key), Node(key, "FROM"))

    def has_foreign(self, nodes: Iterable[Node], keyword: str) -> bool:
        """Whether somebody else's step of that kind stands on one of them."""
        return any((short_id(node.id), keyword) in self.foreign for node in nodes)

    def add(self, parent: Node, op: Op, origin: str, id: str = "") -> Node:
        """The step is in the cache now."""
        self._count += 1
        node = Node(id or str(self._count), op.keyword, set(), op.coarse, op.told)
        if op.fine is not None:
            node.fines.add((op.fine, origin))
        parent.children.append(node)
        return node

    def keep_only(self, ids: Collection[str]) -> None:
        """Forget the classic builder's steps whose images are gone; ids may be short ones."""
        known = {short_id(one) for one in ids}
        for (builder, _), root in self._roots.items():
            if builder == "classic":
                _prune(root, known)

    def ids(self, builder: Builder) -> Iterable[str]:
        """Of all steps that it holds of a builder."""
        waiting = [root for (one, _), root in self._roots.items() if one == builder]
        while waiting:
            node = waiting.pop()
            yield node.id
            waiting += node.children


def _prune(node: Node, known: set[str]) -> None:
    node.children = [child for child in node.children if short_id(child.id) in known]
    for child in node.children:
        _prune(child, known)
