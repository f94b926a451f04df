"""Predictions, progress and exercises, without an engine."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from containerlab.course import registry
from containerlab.course.check import Verdict
from containerlab.course.predict import Predictions, Question
from containerlab.course.progress import Progress
from containerlab.errors import CommandError

LAYERS = Question("x-1", "How many?", ("1", "2"), lambda lab, result: [str(result.layers)], note="Count them.")


class Asked:
    """What a question's widget has."""

    def __init__(self, *answer: str) -> None:
        self.answer = list(answer)
        self.revealed: tuple[Any, ...] = ()

    def reveal(self, truth: Any, note: str = "") -> None:
        self.revealed = (tuple(truth), note)


@pytest.mark.parametrize(
    ("answer", "line", "right"),
    [
        (("2",), "Your prediction: 2 · the engine: 2", True),
        (("1",), "Your prediction: 1 · the engine: 2", False),
        ((), "No prediction made · the engine: 2", None),
    ],
)
def test_the_next_run_scores(answer: tuple[str, ...], line: str, right: bool | None) -> None:
    waiting, asked = Predictions(), Asked(*answer)
    waiting.ask(LAYERS, asked)
    (scored,) = waiting.score(None, SimpleNamespace(layers=2))
    assert (str(scored), scored.right, asked.revealed) == (line, right, (("2",), "Count them."))
    assert waiting.score(None, SimpleNamespace(layers=2)) == []


def test_a_run_that_does_not_answer_leaves_the_question() -> None:
    waiting = Predictions()
    waiting.ask(LAYERS, Asked())
    waiting.ask(Question("x-2", "?", ("a",), lambda lab, result: None), Asked())
    assert waiting.score(None, SimpleNamespace(output="a list of images")) == []
    assert waiting.waiting == ("x-1", "x-2")


def test_progress_is_kept_and_solved_stays_solved(tmp_path: Path) -> None:
    progress = Progress(tmp_path / ".progress.json")
    progress.checked("05-1", False)
    progress.checked("05-1", True)
    progress.checked("05-1", False)
    progress.predicted("05-a", ("1",), ("2",), False)
    kept = json.loads(progress.path.read_text("utf-8"))
    assert kept["checks"]["05-1"] == {"solved": True, "tries": 2}
    assert kept["predictions"]["05-a"] == {"answer": ["1"], "truth": ["2"], "right": False}
    assert [path.name for path in tmp_path.iterdir()] == [".progress.json"]


@pytest.mark.parametrize("damaged", ["", "[]", "{", '{"checks": 3}', '{"checks": {"05-1": 1}}'])
def test_a_damaged_record_costs_the_record_only(tmp_path: Path, damaged: str) -> None:
    progress = Progress(tmp_path / ".progress.json")
    progress.path.write_text(damaged)
    progress.checked("05-1", True)
    assert progress.read()["checks"]["05-1"]["solved"] is True
    Progress(tmp_path / "gone" / ".progress.json").checked("05-1", True)


def test_a_verdict_reads_as_a_sentence() -> None:
    assert repr(Verdict(True, "Three layers.", "never shown")) == "✓ right: Three layers."
    assert repr(Verdict(False, "Two layers.", "Add a RUN.")) == "✗ not yet: Two layers.\n  hint: Add a RUN."


def test_every_lecture_registers_under_its_own_number() -> None:
    entries = [*registry.questions(), *registry.checks()]
    assert entries
    lectures = {name.removeprefix("lecture_") for name in registry.names()}
    assert {entry.id.partition("-")[0] for entry in entries} <= lectures
    for question in registry.questions():
        assert len(set(question.options)) == len(question.options) >= 2


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(CommandError) as caught:
        registry.check("05-11")
    assert 'lab.check("05-1")' in caught.value.next
