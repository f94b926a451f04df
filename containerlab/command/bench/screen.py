"""Row 14: from what a build step prints to the student's screen: engine, reader, kernel, Lab, browser, page.

The step prints the time by the machine's clock; the page notes, by the same clock, when each line is first in it.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from containerlab.command import jupyter
from containerlab.command.bench.job import Job
from containerlab.command.bench.place import Place
from containerlab.engine import processes
from containerlab.errors import SetupError

LINES = 20
LIMIT = 120_000  # milliseconds until what should have happened counts as failed
_STEP = f"RUN for i in $(seq {LINES}); do echo stamp-$(date +%s%N); sleep 0.1; done"
_WATCH = """() => {
  window.stamps = {};
  const look = () => {
    for (const found of document.body.innerText.matchAll(/stamp-(\\d{19})/g))
      window.stamps[found[1]] ??= Date.now() + performance.now() % 1 - Number(BigInt(found[1]) / 1000n) / 1000;
  };
  new MutationObserver(() => requestAnimationFrame(look)).observe(document.body,
    { subtree: true, childList: true, characterData: true });
}"""


@contextmanager
def jobs(place: Place) -> Iterator[list[Job]]:
    chromium = processes.which("chromium") or processes.which("google-chrome")
    if chromium is None:
        raise SetupError("Row 14 needs a browser: chromium is not installed.", "sudo apt-get install chromium")
    from playwright.sync_api import sync_playwright

    folder = place.folder / "screen"
    folder.mkdir()
    (folder / "screen.ipynb").write_text(json.dumps(_notebook()))
    (folder / "jupyter_lab_config.json").write_text('{"LabApp": {"expose_app_in_browser": true}}')
    more = {"JUPYTER_CONFIG_PATH": str(folder)}
    lab = jupyter.start("127.0.0.1", jupyter.choose_port("127.0.0.1", None), None, "", more, folder)
    try:
        with sync_playwright() as playwright:
            start = _steady(chromium, folder)
            browser = playwright.chromium.launch(executable_path=start, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            page.goto(f"{lab.address}/lab/tree/screen.ipynb?token={lab.token}&reset", timeout=LIMIT)
            page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=LIMIT)
            _ready(page)
            _run_cell(page, 0)
            page.evaluate(_WATCH)
            yield [Job("14", "a line that a step prints, to the screen", "100 ms", 1.0, lambda: _lag(page), limit=0.1)]
            browser.close()
    finally:
        jupyter.stop(lab)


def _steady(chromium: str, folder: Path) -> Path:
    """Chromium as the browser tests start it: it must not see a container's network come and go."""
    start = folder / "chromium"
    words = [sys.executable, str(jupyter.CHECKOUT / "tests" / "browser" / "steady.py"), chromium]
    start.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    start.chmod(0o755)
    return start


def _ready(page: Any) -> None:
    """The kernel has answered by itself: its status may be late on a busy machine."""
    session = "window.jupyterapp?.shell?.currentWidget?.context?.sessionContext"
    ready = f"{session}?.isReady && {session}.session?.kernel?.connectionStatus === 'connected'"
    page.wait_for_function(f"() => {ready}", timeout=LIMIT)
    page.evaluate(f"() => {session}.session.kernel.requestKernelInfo().then(() => true)")


def _run_cell(page: Any, index: int) -> None:
    """Returns when the cell has ended."""
    page.evaluate(
        """(index) => {
          window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
          return window.jupyterapp.commands.execute('notebook:run-cell').then(() => true);
        }""",
        index,
    )


def _lag(page: Any) -> float:
    """Seconds, the median of one build's lines. A line that was never shown by itself is not counted as quick."""
    page.evaluate("() => { window.stamps = {}; }")
    _run_cell(page, 1)
    page.wait_for_function("(n) => Object.keys(window.stamps).length >= n", arg=LINES, timeout=LIMIT)
    lags = sorted(page.evaluate("() => Object.values(window.stamps)"))
    return float(lags[len(lags) // 2]) / 1000


def _notebook() -> dict[str, Any]:
    sources = ("%load_ext containerlab", f"%%dockerfile -t bench:screen --no-cache\nFROM debian:bookworm-slim\n{_STEP}")
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": one, "outputs": [], "execution_count": None}
        for n, one in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
