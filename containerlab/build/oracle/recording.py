"""A build that has taken place, put into the memory."""

from __future__ import annotations

from dataclasses import replace

from containerlab.build.oracle.facts import Given
from containerlab.build.oracle.memory import Memory, Node
from containerlab.build.oracle.ops import Op, StageOps, all_ops
from containerlab.model import Build, BuildStep
from containerlab.model.prediction import became


def record(given: Given, build: Build, memory: Memory) -> list[Node]:
    """The build has taken place: its steps are in the cache from now on. Returns those that it carried out itself."""
    ran: list[Node] = []
    ends: list[Node | None] = []
    for stage in all_ops(given):
        node = _recorded_start(stage, given, memory, ends) if stage.needed else None
        lonely = True  # whether no step on the way had another beside it that may be the same
        for at, op in stage.ops.items():
            step = build.steps[at]
            was = became(build, step)
            if node is None or not (was or _may_be_there(step, build)):
                node = None
                break
            alike = [child for child in node.children if child.alike(op)]
            lonely = lonely and len(alike) <= 1
            origin = _recorded_origin(given, op, ends)
            node, new = _recorded(memory, node, op, origin, was == "hit" and lonely, step.image_id)
            if was == "miss":
                node.doubtful = node.gone = False
                ran.append(node)
            elif new or node.gone:
                node.doubtful, node.gone = was is None, False
        ends.append(node)
    return ran


def _recorded_start(stage: StageOps, given: Given, memory: Memory, ends: list[Node | None]) -> Node | None:
    if stage.below is not None:
        return ends[stage.below]
    return memory.root(given.builder, stage.base) if stage.scratch or stage.base else None


def _recorded_origin(given: Given, op: Op, ends: list[Node | None]) -> str | None:
    if op.origin is None:
        return ""
    if isinstance(op.origin, int):
        source = ends[op.origin]
        return source.id if source else None
    base = given.bases.get(op.origin)
    return base.id if base else None


def _may_be_there(step: BuildStep, build: Build) -> bool:
    """BuildKit works on several steps at once: when one fails, what else runs may still come to its end. A failure
    without an exit code can have been another step's: a COPY's file that is not there is found out early."""
    return build.builder == "buildkit" and build.state != "done" and not step.exit_code


def _recorded(memory: Memory, parent: Node, op: Op, origin: str | None, cached: bool, image: str) -> tuple[Node, bool]:
    """The node, and whether it is new. ``cached``: it was a hit, and can have been but one step's."""
    if image:  # the classic builder names each step
        known = [node for node in parent.children if node.id == image]
    elif op.fine is not None and origin is not None:
        known = [node for node in parent.children if (op.fine, origin) in node.fines]
    else:
        known = []
    if not known and cached and not image:
        known = [node for node in parent.children if node.alike(op)]  # not certain before, but now: it is this one
    if not known:
        exact = replace(op, fine=op.fine if origin is not None else None)
        return memory.add(parent, exact, origin or "", image), True
    if op.fine is not None and origin is not None:
        known[-1].fines.add((op.fine, origin))
    return known[-1], False
