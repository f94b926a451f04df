"""What other orders of a Dockerfile's instructions would cost, for the edits that somebody makes in a day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, islice, product

from containerlab.build.dockerfile import Dockerfile, Instruction
from containerlab.build.oracle.files import source
from containerlab.build.words import split

MOST = 2000  # orders that are looked at


@dataclass(frozen=True, slots=True)
class Order:
    """``seconds`` a day that the steps take which the edits make run again. ``text`` is the Dockerfile in that order;
    ``steps`` are its steps that take time, in order."""

    steps: tuple[str, ...]
    seconds: float
    text: str
    current: bool = False


def orders(
    dockerfile: Dockerfile,
    files: Mapping[str, str],
    edits: Mapping[str, float],
    seconds: Mapping[str, float],
) -> tuple[Order, ...]:
    """The orders of the last stage, cheapest first; the one that the text has is marked.

    ``edits``: how often a day each file is edited. ``seconds``: how long each instruction took, by its text. COPYs
    move; RUNs keep their order, and stay after what they name: a RUN that says ``prepare.py`` needs the COPY that
    brings it. Whether a RUN needs more than it names, only its author knows.
    """
    last = dockerfile.stages[-1].index
    own = [one for one in dockerfile.instructions if one.stage == last and one.keyword != "FROM"]
    movable = [one for one in own if one.keyword in ("COPY", "ADD") and one.flag("from") is None]
    fixed = [one for one in own if one not in movable]
    taken = {one.line: _taken(one, files) for one in movable}
    found: dict[tuple[str, ...], Order] = {}
    for order in _arrangements(own, fixed, movable):
        if not _possible(order, own, taken):
            continue
        cost = sum(
            times * sum(seconds.get(one.text, 0.0) for one in order[first:])
            for name, times in edits.items()
            if (first := _first(order, name, taken)) is not None
        )
        steps = tuple(one.text for one in order if one.keyword in ("COPY", "ADD", "RUN"))
        found.setdefault(steps, Order(steps, round(cost, 3), _text(dockerfile, own, order), order == own))
    # Among equals, the one that is written.
    return tuple(sorted(found.values(), key=lambda one: (one.seconds, not one.current)))


def _taken(one: Instruction, files: Mapping[str, str]) -> frozenset[str]:
    names = list(one.json if one.json is not None else split(one.value))[:-1]
    taken: set[str] = set()
    for name in names:
        made = source(name, files)
        taken |= {f"{made.name}/{path}".strip("/") if made.kind != "pattern" else path for path, _ in made.files}
    return frozenset(taken)


def _arrangements(
    own: list[Instruction], fixed: list[Instruction], movable: list[Instruction]
) -> Iterator[list[Instruction]]:
    """The written order first; then each COPY at each place among the others, COPYs at one place as written."""
    yield own
    runs = [at for at, one in enumerate(fixed) if one.keyword == "RUN"]
    places = sorted({0, *runs, *(at + 1 for at in runs), len(fixed)})
    ways = (
        product(places, repeat=len(movable))
        if len(places) ** len(movable) <= MOST
        else combinations_with_replacement(places, len(movable))
    )
    for way in islice(ways, MOST):
        order: list[Instruction] = []
        for at in range(len(fixed) + 1):
            order += [one for one, place in zip(movable, way, strict=True) if place == at]
            order += fixed[at : at + 1]
        yield order


def _possible(order: list[Instruction], own: list[Instruction], taken: Mapping[int, frozenset[str]]) -> bool:
    """Each RUN still has what it names, each COPY the folder and variables that it had, and none overwrites another
    in a new way."""
    position = {one.line: at for at, one in enumerate(order)}
    for at, one in enumerate(own):
        for earlier in own[:at]:
            kept = position[earlier.line] < position[one.line]
            if not kept and _bound(earlier, one, taken):
                return False
    return True


def _bound(earlier: Instruction, later: Instruction, taken: Mapping[int, frozenset[str]]) -> bool:
    if later.line in taken:
        overlap = earlier.line in taken and taken[earlier.line] & taken[later.line]
        return earlier.keyword in ("WORKDIR", "ENV", "ARG") or bool(overlap)
    if earlier.line in taken and later.keyword == "WORKDIR":
        return True
    if earlier.line in taken and later.keyword == "RUN":
        return any(_names(later.text, path) for path in taken[earlier.line])
    return False


def _names(command: str, path: str) -> bool:
    """Whether a command says a file's name, or its module's."""
    name = path.rstrip("/").rpartition("/")[2]
    return bool(name) and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", command) is not None


def _first(order: Sequence[Instruction], name: str, taken: Mapping[int, frozenset[str]]) -> int | None:
    return next((at for at, one in enumerate(order) if name in taken.get(one.line, ())), None)


def _text(dockerfile: Dockerfile, own: list[Instruction], order: list[Instruction]) -> str:
    """The Dockerfile with the instructions' lines put into that order; all between them stays where it is."""
    lines = dockerfile.text.split("\n")
    made: list[str] = []
    at = 1
    for place, one in zip(own, order, strict=True):
        made += lines[at - 1 : place.line - 1] + lines[one.line - 1 : one.end_line]
        at = place.end_line + 1
    return "\n".join(made + lines[at - 1 :])
