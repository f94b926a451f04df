"""The walk through a build, step by step, against what the memory holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from containerlab.build.oracle import reasons
from containerlab.build.oracle.facts import Given
from containerlab.build.oracle.memory import Memory, Node
from containerlab.build.oracle.ops import Op, StageOps, all_ops
from containerlab.model.prediction import Foreseen, Outcome, Prediction


@dataclass
class Place:
    """Where a build stands: ``certain`` is the step that it is at; ``possible`` are others that it may be at.

    Nothing in both: it is at a step that the cache doesn't have. ``outside``: it may be at one that nobody knows."""

    certain: Node | None = None
    possible: list[Node] = field(default_factory=list)
    outside: bool = False
    cause: str = ""  # the first miss, for those that follow


def predict(given: Given, memory: Memory) -> Prediction:
    """Which steps the builder will find in its cache; certain, or said to be unknown."""
    instructions = given.dockerfile.instructions
    found: dict[int, Foreseen] = {}
    places: list[Place] = []
    for stage in all_ops(given):
        place = _start(stage, given, memory, places)
        places.append(place)
        before: Outcome = "unknown" if place.outside else "hit"
        for at, one in enumerate(instructions):
            if one.stage != stage.stage.index:
                continue
            if not stage.needed:
                found[at] = _foreseen(given, at, "skipped", "no later step needs this stage")
            elif one.keyword == "FROM":
                why = "the base image is here" if not place.outside else "this base image is not known to the oracle"
                found[at] = _foreseen(given, at, before, why, silent=True)
            elif at not in stage.ops:
                found[at] = _foreseen(given, at, before, reasons.SILENT, silent=True)
            else:
                found[at] = _step(given, at, stage.ops[at], place, places, memory)
                before = found[at].outcome
                if stage.ops[at].missing:
                    place.outside = True
    for at, one in enumerate(instructions):
        if one.stage < 0:
            found[at] = _foreseen(given, at, "hit", "read before the first FROM", silent=True)
    return Prediction(_counted(tuple(found[at] for at in sorted(found))))


def _foreseen(given: Given, at: int, outcome: Outcome, why: str, silent: bool = False) -> Foreseen:
    one = given.dockerfile.instructions[at]
    return Foreseen(at + 1, one.text, one.line, one.stage, outcome, why, silent)


def _start(stage: StageOps, given: Given, memory: Memory, places: list[Place]) -> Place:
    if stage.below is not None:
        below = places[stage.below]
        return Place(below.certain, list(below.possible), below.outside, below.cause)
    if stage.scratch:
        return Place(memory.root(given.builder, None))
    if stage.base is None:
        return Place(outside=True)
    return Place(memory.root(given.builder, stage.base), outside=False)


def _step(given: Given, at: int, op: Op, place: Place, places: list[Place], memory: Memory) -> Foreseen:
    """The verdict on one step, and the place moved on."""
    made = _foreseen(given, at, "unknown", "")
    if op.missing:
        return replace(made, why=f"{op.missing} is not in the context: the build will stop here")
    foreign = memory.has_foreign(_nodes(place), op.keyword)
    alike = [child for node in _nodes(place) for child in node.children if child.alike(op)]
    same = _same(given, op, place, places)
    if same is not None:
        others = [node for node in alike if node is not same]
        place.certain, place.possible = same, others
        if given.builder == "classic" and others:
            place.certain, place.possible = None, [same, *others]  # it takes the newest of those that match
        if foreign:
            place.certain, place.possible, place.outside = None, [same, *others], True
        return replace(made, outcome="hit", why=reasons.HIT)
    follows = bool(place.cause)
    unseen = place.outside or foreign or not memory.whole
    if not alike and not unseen and not op.free:
        why = f"follows: {place.cause} missed" if follows else reasons.why(op, _nodes(place))
        if not follows:
            place.cause = reasons.name(op)
        place.certain, place.possible = None, []
        return replace(made, outcome="miss", why=why, follows=follows)
    why = reasons.unknown(op, alike, unseen, origin_missed=_missed(op, places))
    place.certain, place.possible, place.outside = None, alike, unseen
    return replace(made, why=why)


def _nodes(place: Place) -> list[Node]:
    return ([place.certain] if place.certain else []) + place.possible


def _same(given: Given, op: Op, place: Place, places: list[Place]) -> Node | None:
    if place.certain is None or op.fine is None:
        return None
    origin = _origin(given, op, places)
    if origin is None:
        return None
    sure = (one for one in reversed(place.certain.children) if not one.doubtful and not one.gone)
    return next((one for one in sure if (op.fine, origin) in one.fines), None)


def _origin(given: Given, op: Op, places: list[Place]) -> str | None:
    """What COPY --from reads, as a name that is equal only for the same content; None where that is not known."""
    if op.origin is None:
        return ""
    if isinstance(op.origin, int):
        source = places[op.origin].certain
        return source.id if source else None
    base = given.bases.get(op.origin)
    return base.id if base else None


def _missed(op: Op, places: list[Place]) -> str:
    return places[op.origin].cause if isinstance(op.origin, int) else ""


def _counted(steps: tuple[Foreseen, ...]) -> tuple[Foreseen, ...]:
    """The first miss of a stage says how many follow it."""
    told = list(steps)
    for at, one in enumerate(steps):
        if one.outcome == "miss" and not one.silent and not one.follows:
            after = sum(1 for later in steps[at + 1 :] if later.stage == one.stage and later.follows)
            told[at] = replace(one, why=one.why + reasons.following(after))
    return tuple(told)
