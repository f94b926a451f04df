"""A build that has not taken place yet: what will become of each of its instructions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from containerlab.model.build import Build, BuildStep

Outcome = Literal["hit", "miss", "unknown", "skipped"]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What will become of one instruction. ``silent``: this builder makes no step of it, it stands as the one before.

    ``skipped`` is an instruction of a stage that nobody needs. ``follows``: it misses only since an earlier one does.
    """

    number: int
    instruction: str
    line: int
    stage: int
    outcome: Outcome
    why: str = ""
    silent: bool = False
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Prediction:
    steps: tuple[Foreseen, ...]

    @property
    def asserted(self) -> Sequence[Foreseen]:
        """The steps that the builder will report, and of which the oracle is certain."""
        return [one for one in self.steps if not one.silent and one.outcome in ("hit", "miss")]

    @property
    def unknown(self) -> Sequence[Foreseen]:
        return [one for one in self.steps if not one.silent and one.outcome == "unknown"]


def became(build: Build, step: BuildStep) -> Outcome | None:
    """What the engine made of a step; None where it did not come so far, or where its word is not to be trusted.

    When BuildKit gives up, it calls every step cached that it did not carry out, also those that it never had. Only
    before a command that failed, in its stage, is the word true."""
    if step.state == "done":
        return "miss"
    if step.state != "cached":
        return None
    failed = build.failed
    true = build.builder != "buildkit" or build.state == "done"
    true = true or (failed is not None and bool(failed.exit_code) and failed.stage == step.stage)
    return "hit" if true else None
