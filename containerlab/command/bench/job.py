"""One thing to measure: ours against theirs, or against a limit."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """``ours`` and ``theirs`` do the job once and return what it cost: seconds, or bytes, the same for both.

    Without ``theirs`` the ratio is to ``limit``, in the unit of ``ours``. ``goal`` is the highest ratio that will do.
    """

    id: str
    job: str
    against: str
    goal: float
    ours: Callable[[], float]
    theirs: Callable[[], float] | None = None
    limit: float = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Costs of every run, in the order in which they were made."""

    job: Job
    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median to median."""
        below = statistics.median(self.theirs) if self.theirs else self.job.limit
        return statistics.median(self.ours) / below

    @property
    def met(self) -> bool:
        return self.ratio <= self.job.goal

    def as_row(self) -> dict[str, object]:
        runs = {"ours": list(self.ours), "theirs": list(self.theirs)}
        return {
            "id": self.job.id,
            "job": self.job.job,
            "against": self.job.against,
            "ratio": round(self.ratio, 4),
            "goal": self.job.goal,
            "met": self.met,
            "runs": runs,
        }


def run(job: Job, runs: int) -> Outcome:
    """One warm-up each, then ours and theirs in turn, so that a busy moment of the machine meets both."""
    job.ours()
    if job.theirs:
        job.theirs()
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(job.ours())
        if job.theirs:
            theirs.append(job.theirs())
    return Outcome(job, tuple(ours), tuple(theirs))
