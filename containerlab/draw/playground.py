"""The playground's rows: what the oracle foresees of each step, what the student guesses, what the engine did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from containerlab.draw.escape import one_line
from containerlab.draw.parts import plural
from containerlab.draw.theme import Look
from containerlab.model import Build, human_time
from containerlab.model.prediction import Prediction, became

OUTCOME: dict[str, Look] = {
    "hit": Look("ok", "hit"),
    "miss": Look("done", "miss"),
    "unknown": Look("wait", "unknown"),
    "skipped": Look("wait", "not built"),
    "failed": Look("bad", "failed"),
    "": Look("wait", "not reached"),
}


@dataclass(frozen=True, slots=True)
class Score:
    """How many of the steps that the engine decided were right. ``open`` are those that the oracle left unknown."""

    steps: int
    guessed: int
    guess_right: int
    oracle_right: int
    open: int

    @property
    def words(self) -> str:
        if not self.steps:
            return "The engine reached no step that a cache could save."
        you = f"you: {self.guess_right} of {self.steps} right" if self.guessed else "you made no guess"
        unknown = f", {self.open} left unknown" if self.open else ""
        return f"Of {plural(self.steps, 'step')}, {you}; the oracle: {self.oracle_right} right{unknown}."


def engine_outcome(build: Build | None, number: int) -> str:
    """What the engine did with a step: hit, miss, failed; "" where it did not come so far."""
    if build is None or number > len(build.steps):
        return ""
    step = build.steps[number - 1]
    return "failed" if step.state == "failed" else became(build, step) or ""


def rows(
    prediction: Prediction,
    guesses: Mapping[str, str] | None = None,
    build: Build | None = None,
    hidden: bool = False,
) -> list[dict[str, Any]]:
    """Each instruction as the widget shows it. ``hidden`` keeps the oracle's words back until the student has guessed.

    ``guess``, ``oracle`` and ``engine`` hold an outcome or "". A silent row can't be guessed."""
    made = []
    for one in prediction.steps:
        look = OUTCOME[one.outcome]
        told = not hidden
        made.append(
            {
                "number": one.number,
                "line": one.line,
                "text": one_line(one.instruction, 160),
                "silent": one.silent or one.outcome == "skipped",
                "guess": (guesses or {}).get(str(one.number), ""),
                "oracle": one.outcome if told else "",
                "tone": look.tone if told else "wait",
                "word": look.word if told else "your guess first",
                "why": one_line(one.why, 300) if told else "",
                "engine": engine_outcome(build, one.number),
            }
        )
    return made


def score(shown: Sequence[Mapping[str, Any]]) -> Score:
    """From rows after a build."""
    decided = [row for row in shown if not row["silent"] and row["engine"] in ("hit", "miss")]
    return Score(
        len(decided),
        sum(1 for row in decided if row["guess"]),
        sum(1 for row in decided if row["guess"] == row["engine"]),
        sum(1 for row in decided if row["oracle"] == row["engine"]),
        sum(1 for row in decided if row["oracle"] == "unknown"),
    )


def playground_text(title: str, shown: Sequence[Mapping[str, Any]]) -> str:
    """The same in words, without times and ids."""
    lines = [f"playground of {one_line(title, 80)}"]
    for row in shown:
        word = "" if row["silent"] else OUTCOME[row["oracle"]].word if row["oracle"] else "your guess first"
        lines.append(f"[{row['number']}/{len(shown)}] {row['text']}" + (f" · {word}" if word else ""))
    return "\n".join(lines)


def order_rows(found: Sequence[Any], most: int = 6) -> list[dict[str, Any]]:
    """Orders as the widget shows them: the cheapest, and the one that is written."""
    shown = list(found[:most])
    current = next((one for one in found if one.current), None)
    if current is not None and current not in shown:
        shown.append(current)
    highest = max((one.seconds for one in shown), default=0.0)
    return [
        {
            "steps": [one_line(step, 80) for step in one.steps],
            "time": human_time(one.seconds),
            "part": round(one.seconds / highest, 4) if highest else 0,
            "current": one.current,
            "text": one.text,
        }
        for one in shown
    ]
