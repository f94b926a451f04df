"""Every lecture has the form that the course promises: rows, predictions, exercises, slides, short cells."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from containerlab.course.check import all_checks
from containerlab.course.predict import all_questions

NOTEBOOKS = sorted((Path(__file__).parents[3] / "notebooks").glob("*.ipynb"))
ROWS = {"03": {"L08", "L09", "L15"}, "05": {"L12", "L13", "L20", "L21"}, "06": {"L22"}}
SLIDES = {"slide", "subslide", "fragment", "skip", "notes"}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def lecture(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    path: Path = request.param
    return path.stem[:2], json.loads(path.read_text("utf-8"))


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def code(notebook: dict[str, Any]) -> list[str]:
    return [source(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_the_lectures_are_there() -> None:
    assert set(ROWS) <= {path.stem[:2] for path in NOTEBOOKS}


def test_its_rows_are_named_and_each_has_its_section(lecture: tuple[str, dict[str, Any]]) -> None:
    number, notebook = lecture
    rows = set(notebook["metadata"]["containerlab"]["rows"])
    assert rows == ROWS[number]
    tagged = {tag for cell in notebook["cells"] for tag in cell["metadata"].get("tags", ()) if tag.startswith("row:")}
    assert tagged == {f"row:{row}" for row in rows}


def test_it_says_what_one_can_do_after_it_and_where_to_go_on(lecture: tuple[str, dict[str, Any]]) -> None:
    _, notebook = lecture
    assert "you will be able to" in source(notebook["cells"][0])
    last = source(notebook["cells"][-1])
    assert "What you take along" in last
    links = re.findall(r"\]\(([^)]+\.ipynb)\)", last)
    names = {path.name for path in NOTEBOOKS}
    assert links
    assert set(links) <= names


def test_its_questions_and_exercises_exist(lecture: tuple[str, dict[str, Any]]) -> None:
    number, notebook = lecture
    text = "\n".join(code(notebook))
    asked = set(re.findall(r'lab\.predict\("([^"]+)"\)', text))
    checked = set(re.findall(r'lab\.check\("([^"]+)"\)', text))
    assert asked == {one.id for one in all_questions() if one.id.startswith(f"{number}-")}
    assert checked == {one.id for one in all_checks() if one.id.startswith(f"{number}-")}
    assert len(asked) >= 3
    assert len(checked) >= 2


def test_each_cell_has_its_place_on_the_slides(lecture: tuple[str, dict[str, Any]]) -> None:
    _, notebook = lecture
    kinds = [cell["metadata"]["slideshow"]["slide_type"] for cell in notebook["cells"]]
    assert set(kinds) <= SLIDES
    assert kinds[0] == "slide"


def test_its_cells_are_short(lecture: tuple[str, dict[str, Any]]) -> None:
    _, notebook = lecture
    lengths = sorted(len(text.splitlines()) for text in code(notebook))
    assert lengths[len(lengths) // 2] <= 4
    assert lengths[-1] <= 15


def test_plain_cells_are_python(lecture: tuple[str, dict[str, Any]]) -> None:
    _, notebook = lecture
    for text in code(notebook):
        if not text.startswith("%%"):
            ast.parse("\n".join(line for line in text.splitlines() if not line.startswith("%")))


def test_its_outputs_are_saved_and_without_an_error(lecture: tuple[str, dict[str, Any]]) -> None:
    """nbval compares nothing in a cell that was never run."""
    _, notebook = lecture
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["execution_count"], cell["id"]
            assert not [one for one in cell["outputs"] if one["output_type"] == "error"], cell["id"]
