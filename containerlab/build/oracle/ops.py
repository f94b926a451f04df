"""Instructions as operations: what each builder's cache would compare of them.

An operation has two keys. Two that are equal in ``fine`` are the same to the builder: a hit is certain. Two that
differ in ``coarse`` are different to it: a miss is certain. Between the two the oracle does not know. ``fine`` None
equals nothing, ``coarse`` None may equal anything of its keyword.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from containerlab.build import stages
from containerlab.build.dockerfile import Dockerfile, Instruction, Stage
from containerlab.build.oracle.facts import BaseImage, Given
from containerlab.build.oracle.files import Source
from containerlab.build.oracle.stage import StageState, on_base, outer_args


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told of an operation when it differs from an earlier one."""

    text: str
    line: int
    sources: tuple[Source, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    args: tuple[tuple[str, str], ...] = ()
    workdir: str = ""
    user: str = ""
    shell: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Op:
    """``origin``: the stage (a number) or image (its name) that COPY --from reads, None for the context.

    ``free``: COPY --link, which hits whatever is below it. ``missing``: a source that is not there."""

    keyword: str
    fine: str | None
    coarse: str | None
    told: Told
    origin: int | str | None = None
    free: bool = False
    missing: str = ""


@dataclass
class StageOps:
    """A stage: the stage it stands on, or the image (None: not known), and its operations by instruction index."""

    stage: Stage
    needed: bool
    below: int | None = None
    reference: str = ""
    base: BaseImage | None = None
    scratch: bool = False
    ops: dict[int, Op] = field(default_factory=dict)


def dumps(*parts: object) -> str:
    return json.dumps(parts, separators=(",", ":"))


def all_ops(given: Given) -> list[StageOps]:
    """Every stage of the build, in order."""
    from containerlab.build.oracle import buildkit, classic

    dialect = classic if given.builder == "classic" else buildkit
    dockerfile = given.dockerfile
    outer = outer_args(dockerfile.instructions, given.build_args, dockerfile.escape)
    needed = _needed(given)
    found: list[StageOps] = []
    states: list[StageState] = []
    by_stage: dict[int, list[tuple[int, Instruction]]] = {}
    for at, one in enumerate(dockerfile.instructions):
        by_stage.setdefault(one.stage, []).append((at, one))
    for stage in dockerfile.stages:
        ops, state = _stage(given, stage, outer, states)
        state.sure = state.sure and not any(_changes_the_builder(name) for name in given.build_args)
        ops.needed = stage.index in needed
        found.append(ops)
        states.append(state)
        for at, one in by_stage.get(stage.index, ()):
            if one.keyword != "FROM":
                op = dialect.op(one, state, given, outer.args)
                if op is not None:
                    ops.ops[at] = op
    return found


def _changes_the_builder(build_arg: str) -> bool:
    """Some build args are told to BuildKit itself."""
    return build_arg == "SOURCE_DATE_EPOCH" or build_arg.startswith("BUILDKIT_")


def _needed(given: Given) -> frozenset[int]:
    if given.builder != "classic":
        return stages.needed(given.dockerfile, given.target)
    last = stages.target_stage(given.dockerfile, given.target).index
    return frozenset(range(last + 1))


def _stage(given: Given, stage: Stage, outer: StageState, states: list[StageState]) -> tuple[StageOps, StageState]:
    dockerfile, mixed = given.dockerfile, given.builder != "classic"
    reference = outer.expand(stage.base)
    below = _named(dockerfile, reference, stage)
    if below is not None:
        state = states[below].child()
        if given.builder == "classic":  # an image: its ENV, and nothing of its ARGs
            state.seen, state.inherited = dict(state.env), frozenset()
        return StageOps(stage, True, below, reference), state
    if reference.lower() == "scratch":
        return StageOps(stage, True, None, reference, scratch=True), on_base(None, dockerfile.escape, mixed)
    base = given.bases.get(reference)
    state = on_base(base, dockerfile.escape, mixed)
    state.sure = state.sure and base is not None and outer.sure
    return StageOps(stage, True, None, reference, base), state


def references(given: Given) -> frozenset[str]:
    """The images that the build begins with or copies from, by the names that it asks for."""
    outer = outer_args(given.dockerfile.instructions, given.build_args, given.dockerfile.escape)
    found = set()
    for stage in given.dockerfile.stages:
        reference = outer.expand(stage.base)
        if _named(given.dockerfile, reference, stage) is None and reference.lower() != "scratch":
            found.add(reference)
    for one in given.dockerfile.instructions:
        where = origin(one, outer, given) if one.keyword == "COPY" else None
        if isinstance(where, str):
            found.add(where)
    return frozenset(found)


def _named(dockerfile: Dockerfile, name: str, stage: Stage) -> int | None:
    for earlier in reversed(dockerfile.stages[: stage.index]):
        if earlier.name and earlier.name.lower() == name.lower():
            return earlier.index
    return None


def origin(one: Instruction, state: StageState, given: Given) -> int | str | None:
    """Where COPY --from reads: an earlier stage's number, or an image's name."""
    name = one.flag("from")
    if name is None:
        return None
    stage = given.dockerfile.stage_of(name)
    if stage is not None and stage.index < one.stage:
        return stage.index
    return name


def told(
    one: Instruction,
    state: StageState,
    sources: tuple[Source, ...] = (),
    args: Mapping[str, str | None] | None = None,
) -> Told:
    shown = {name: value for name, value in (args or {}).items() if value is not None}
    return Told(
        one.text,
        one.line,
        sources,
        tuple(state.env.items()),
        tuple(shown.items()),
        state.workdir,
        state.user,
        state.shell,
    )
