"""The normal form of notebooks."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from containerlab.command import notebooks
from containerlab.command.normal import normal_text, normalize
from containerlab.errors import CommandError, LabError


def notebook(*cells: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def code(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, **more}


def test_what_an_editor_noted_goes_and_what_the_lecture_says_stays() -> None:
    cell = code(
        "1 + 1\n",
        id="sum",
        metadata={
            "collapsed": True,
            "execution": {"iopub.busy": "2026"},
            "tags": ["L08"],
            "slideshow": {"slide_type": "slide"},
        },
    )
    made = normalize(notebook(cell, code("", id="end"), containerlab={"rows": ["L08"]}, widgets={"a": 1}, toc={"b": 2}))
    assert [one["id"] for one in made["cells"]] == ["sum"]
    assert made["cells"][0]["metadata"] == {"tags": ["L08"], "slideshow": {"slide_type": "slide"}}
    assert made["cells"][0]["source"] == ["1 + 1"]
    assert made["metadata"]["containerlab"] == {"rows": ["L08"]}
    assert made["metadata"].keys() == {"containerlab", "kernelspec", "language_info"}


def test_widget_ids_go_and_their_text_stays() -> None:
    output = {
        "output_type": "execute_result",
        "execution_count": 17,
        "metadata": {"w": 1},
        "data": {"text/plain": "three layers", "application/vnd.jupyter.widget-view+json": {"model_id": "f00"}},
    }
    made = normalize(notebook(code("a"), code("b", execution_count=17, outputs=[output])))["cells"][1]
    assert made["execution_count"] == 1
    assert made["outputs"][0] == {
        "output_type": "execute_result",
        "execution_count": 1,
        "metadata": {},
        "data": {"text/plain": ["three layers"]},
    }


def test_ids_are_kept_made_from_the_text_and_never_twice() -> None:
    cells = [code("x", id="same"), code("x", id="same"), code("x"), code("y", id="not valid!")]
    first, second = normalize(notebook(*cells)), normalize(notebook(*cells))
    ids = [one["id"] for one in first["cells"]]
    assert ids[0] == "same"
    assert len(set(ids)) == 4
    assert ids == [one["id"] for one in second["cells"]]


sources = st.text(st.characters(codec="utf-8"), max_size=40)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["code", "markdown"]), sources, st.none() | sources), max_size=6))
def test_normal_is_valid_and_normal_again_is_the_same(cells: list[tuple[str, str, str | None]]) -> None:
    made = []
    for kind, source, own in cells:
        cell: dict[str, Any] = {
            "cell_type": kind,
            "source": source,
            "metadata": {"x": 1},
            **({"id": own} if own else {}),
        }
        made.append(cell | ({"outputs": [], "execution_count": 3} if kind == "code" else {}))
    once = normal_text(json.dumps(notebook(*made)))
    assert normal_text(once) == once
    nbformat.validate(nbformat.reads(once, as_version=4))
    assert once.endswith("}\n")


def arguments(*names: str, check: bool = False) -> argparse.Namespace:
    return argparse.Namespace(names=list(names), check=check, run=False)


def test_check_names_the_file_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "untidy.ipynb"
    path.write_text(json.dumps(notebook(code("1"))))
    before = path.read_text()
    assert notebooks.main(arguments(str(path), check=True)) == 1
    assert "untidy.ipynb" in capsys.readouterr().out
    assert path.read_text() == before
    assert notebooks.main(arguments(str(path))) == 0
    assert path.read_text() != before
    assert notebooks.main(arguments(str(path), check=True)) == 0


def test_what_is_no_notebook_is_said_and_left(tmp_path: Path) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text("{")
    with pytest.raises(LabError, match=r"broken\.ipynb is no notebook"):
        notebooks.main(arguments(str(path)))
    assert path.read_text() == "{"


def test_notebooks_are_found_by_number_and_the_nearest_is_named(tmp_path: Path) -> None:
    for name in ("03_image.ipynb", "05_layers.ipynb"):
        (tmp_path / name).write_text("{}")
    assert [path.name for path in notebooks.choose(["03"], tmp_path)] == ["03_image.ipynb"]
    with pytest.raises(CommandError, match="05_lairs") as raised:
        notebooks.choose(["05_lairs"], tmp_path)
    assert "05_layers" in raised.value.next
