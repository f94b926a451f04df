"""A Dockerfile's instructions joined to an image's history: which line made which row, and which layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from containerlab.build import stages
from containerlab.build.dockerfile import Dockerfile, parse
from containerlab.build.instructions import KEYWORDS
from containerlab.model import Build, HistoryRow, Image

COURSE = "org.containerlab."


def finish(build: Build, image: Image | None, target: str = "", dockerfile: Dockerfile | None = None) -> Build:
    """The build with each step's layer, once its image can be asked."""
    if image is None:
        return build
    rows = dict(pairs(image, dockerfile or parse(build.dockerfile), target))
    steps = []
    for at, step in enumerate(build.steps):
        row = rows.get(at)
        steps.append(step if row is None else replace(step, layer=row.layer, metadata_only=row.layer is None))
    return replace(build, steps=tuple(steps), image_id=image.id or build.image_id)


def lines_of(image: Image, dockerfile: Dockerfile, target: str = "") -> Image:
    """The image with the lines of the Dockerfile that built it, and with what came from its base told apart."""
    found = {id(row): at for at, row in pairs(image, dockerfile, target)}
    if not found:
        return image
    history = tuple(
        replace(row, line=dockerfile.instructions[found[id(row)]].line) if id(row) in found else row
        for row in image.history
    )
    base_rows = next(at for at, row in enumerate(image.history) if id(row) in found)
    base_layers = sum(row.layer is not None for row in image.history[:base_rows])
    base = stages.root_base(dockerfile, target)
    return replace(image, history=history, base=base, base_rows=base_rows, base_layers=base_layers)


def pairs(image: Image, dockerfile: Dockerfile, target: str = "") -> Iterator[tuple[int, HistoryRow]]:
    """Index of an instruction and the history row that it made, the newest first.

    Both lists have one order, and the image's ends with ours: so they are joined from the end. Rows of the course's
    own label, and of triggers of a base image, belong to no instruction.
    """
    rows = list(image.history)
    for at in reversed(stages.chain(dockerfile, target)):
        keyword = dockerfile.instructions[at].keyword
        if keyword == "FROM":
            continue
        while rows and COURSE in rows[-1].instruction and COURSE not in dockerfile.instructions[at].text:
            rows.pop()
        if not rows or not _same(keyword, rows[-1]):
            return
        yield at, rows.pop()


def _same(keyword: str, row: HistoryRow) -> bool:
    word = row.instruction.split(None, 1)[0].upper() if row.instruction.strip() else ""
    # The classic builder writes a RUN as the bare command line.
    return word == keyword or (keyword == "RUN" and word not in KEYWORDS)
