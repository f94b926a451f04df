"""A notebook that was saved and is opened again: its pictures are there and its builds play, though nothing ran."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from in_jupyter import BUILD, LabServer, axe, console_errors, open_notebook, run_all
from playwright.sync_api import Page, expect

NAME = "saved.ipynb"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
CELLS = (
    "%load_ext containerlab",
    "%%dockerfile -t saved:1\nFROM busybox\nRUN echo once > /once\nCMD ['sh']",
    'lab.image("saved:1").stack',
    "lab.clean()",
)


@pytest.fixture
def saved(page: Page, lab_server: LabServer) -> Path:
    """Run, saved, and its kernel gone."""
    path = lab_server.root_dir / NAME
    cells = [nbformat.v4.new_code_cell(text) for text in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), path)
    open_notebook(page, NAME)
    run_all(page)
    page.wait_for_selector("[data-played=true]")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.sessionContext.shutdown()")
    return path


def test_a_saved_notebook_plays_again(page: Page, saved: Path) -> None:
    state = json.loads(saved.read_text("utf-8"))["metadata"]["widgets"]
    assert state
    page.goto("about:blank")
    open_notebook(page, NAME)
    player = page.locator(".cl-player")
    expect(player).to_be_visible()
    expect(page.locator(".cl-stack")).to_contain_text("echo once")
    player.get_by_label("Step of the build").fill("0")
    expect(player).not_to_have_attribute("data-played", "true")
    player.get_by_label("Play", exact=True).click()
    page.wait_for_selector("[data-played=true]")
    expect(player).to_contain_text("RUN echo once")
    assert axe(page, ".cl-widget") == []
    assert not console_errors(page)
    page.locator(".jp-Notebook").screenshot(path=BUILD / "screenshots" / "saved.png")
