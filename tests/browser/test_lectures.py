"""Each lecture in a real JupyterLab, on the real engine: it runs, its pictures are there, and nothing complains."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from in_jupyter import (
    REPOSITORY,
    LabServer,
    axe,
    console_errors,
    open_notebook,
    run_cell,
    screenshot,
    seen,
    theme,
)
from playwright.sync_api import Page, expect

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
# What a lecture must show, by the class of the picture's root.
PICTURES = {
    "03": {"player", "question", "pipeline", "source", "diagram", "stack", "analogies", "glossary"},
    "05": {"player", "question", "stack", "history", "transcript-picture", "shared", "explorer"},
    "06": {"player", "question", "shared", "playground"},
}
KINDS = """() => [...document.querySelectorAll('.cl-widget')].flatMap(
    widget => [widget, ...widget.querySelectorAll('.cl')].flatMap(one => [...one.classList]))"""


@pytest.fixture(scope="session")
def lab_server(lab_servers: Callable[..., LabServer], tmp_path_factory: pytest.TempPathFactory) -> LabServer:
    """JupyterLab on a copy of the notebooks, so that the ones in the checkout stay as they are."""
    folder = tmp_path_factory.mktemp("notebooks")
    for path in NOTEBOOKS:
        shutil.copy(path, folder)
    kept = {name: os.environ[name] for name in ("CONTAINERLAB_HOME", "CONTAINERLAB_CACHE") if name in os.environ}
    return lab_servers(root_dir=folder, env={**kept, "CONTAINERLAB_ENGINE": "private"})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lecture_runs_from_top_to_bottom(page: Page, path: Path) -> None:
    open_notebook(page, path.name)
    theme(page, "JupyterLab Light")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            run_cell(page, cell["id"])
    page.wait_for_function("() => !document.querySelector('.cl-widget [data-playing=true]')")
    kinds = set(page.evaluate(KINDS))
    missing = {kind for kind in PICTURES[path.stem[:2]] if f"cl-{kind}" not in kinds}
    assert not missing, f"not shown: {missing}; there are {sorted(kinds)}"
    errors = page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]').all_inner_texts()
    assert not errors
    assert not console_errors(page)
    assert not seen(page).requests
    assert axe(page, ".cl-widget") == []
    for number, widget in enumerate(page.locator(".cl-widget").all()):
        widget.scroll_into_view_if_needed()
        widget.screenshot(path=REPOSITORY / "build" / "screenshots" / f"{path.stem[:2]}-{number:02d}.png")
    theme(page, "JupyterLab Dark")
    assert axe(page, ".cl-widget") == []
    screenshot(page, f"{path.stem[:2]}-dark")


def test_a_prediction_is_made_kept_and_scored_beside_the_run(page: Page) -> None:
    open_notebook(page, "03_image_and_container.ipynb")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    for name in ("load", "build", "predict-run"):
        run_cell(page, name)
    question = page.locator(".cl-question")
    expect(question).to_have_attribute("data-state", "open")
    question.get_by_label("Hello world").check()
    expect(question.get_by_role("status")).to_contain_text("Noted")
    run_cell(page, "run")
    expect(question).to_have_attribute("data-state", "locked")
    expect(question).to_contain_text("The engine agrees with you")
    expect(page.locator(".jp-OutputArea").filter(has_text="Your prediction: Hello world").first).to_be_visible()
    run_cell(page, "clean")
