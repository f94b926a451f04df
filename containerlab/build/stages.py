"""Which stages of a Dockerfile a build needs, and which of their instructions a builder counts."""

from __future__ import annotations

import re

from containerlab.build.dockerfile import Dockerfile, Instruction, Stage
from containerlab.build.words import quoted_words, unquoted

COUNTED = frozenset(["RUN", "COPY", "ADD", "WORKDIR"])
"""What BuildKit makes a step of, beside FROM (dockerfile2llb/convert.go, cmdTotal)."""


_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})")


def target_stage(dockerfile: Dockerfile, target: str = "") -> Stage:
    """The stage that the image is made of: the named one, else the last."""
    return (dockerfile.stage_of(target) if target else None) or dockerfile.stages[-1]


def base_stage(dockerfile: Dockerfile, stage: Stage) -> Stage | None:
    """The stage that ``FROM name`` stands for; None where the base is an image."""
    for earlier in reversed(dockerfile.stages[: stage.index]):
        if earlier.name and earlier.name.lower() == stage.base.lower():
            return earlier
    return None


def needed(dockerfile: Dockerfile, target: str = "") -> frozenset[int]:
    """The stages that BuildKit and Podman build: the target, its bases, and what they copy or mount from."""
    found: set[int] = set()
    waiting = [target_stage(dockerfile, target)]
    while waiting:
        stage = waiting.pop()
        if stage.index in found:
            continue
        found.add(stage.index)
        if base := base_stage(dockerfile, stage):
            waiting.append(base)
        for instruction in dockerfile.instructions:
            if instruction.stage == stage.index:
                waiting += [other for name in sources(instruction) if (other := _earlier(dockerfile, name, stage))]
    return frozenset(found)


def _earlier(dockerfile: Dockerfile, name: str, stage: Stage) -> Stage | None:
    other = dockerfile.stage_of(name)
    return other if other and other.index < stage.index else None


def sources(instruction: Instruction) -> list[str]:
    """What ``--from=`` names: of a COPY, and of a RUN's mounts."""
    names = [flag.partition("=")[2] for flag in instruction.flags if flag.startswith("--from=")]
    for flag in instruction.flags:
        if flag.startswith("--mount="):
            names += re.findall(r"(?:^|,)from=([^,]+)", flag.partition("=")[2])
    return names


def chain(dockerfile: Dockerfile, target: str = "") -> list[int]:
    """Indexes of the instructions that the image's history holds, oldest first: those of the target and its bases."""
    stage: Stage | None = target_stage(dockerfile, target)
    indexes: list[int] = []
    while stage is not None:
        own = [at for at, one in enumerate(dockerfile.instructions) if one.stage == stage.index]
        indexes = own + indexes
        stage = base_stage(dockerfile, stage)
    return indexes


def root_base(dockerfile: Dockerfile, target: str = "") -> str:
    """The image at the bottom of the target, as its FROM line writes it."""
    stage = target_stage(dockerfile, target)
    while base := base_stage(dockerfile, stage):
        stage = base
    return stage.base


def counted(dockerfile: Dockerfile, stage: Stage) -> list[int]:
    """Indexes of the instructions that BuildKit numbers in its ``[stage 2/5]``."""
    has_from = base_stage(dockerfile, stage) is None and stage.base.lower() != "scratch"
    return [
        at
        for at, one in enumerate(dockerfile.instructions)
        if one.stage == stage.index and (one.keyword in COUNTED or (one.keyword == "FROM" and has_from))
    ]


def expanded(dockerfile: Dockerfile, stage: int) -> str:
    """The stage's base with the defaults of the ARGs before the first FROM filled in."""
    values: dict[str, str] = {}
    for one in dockerfile.instructions:
        if one.stage < 0 and one.keyword == "ARG":
            for word in quoted_words(one.value, dockerfile.escape):
                name, _, value = word.partition("=")
                values[name] = unquoted(value, dockerfile.escape)
    return _VARIABLE.sub(
        lambda match: values.get(match[1] or match[2] or "", "") or (match[3] or ""), dockerfile.stages[stage].base
    )
