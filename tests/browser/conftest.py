"""Fixtures of the browser tests: ``lab_servers``, ``lab_server``, ``browser``, ``page``. Helpers: ``in_jupyter``."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "unit" / "draw")]

from in_jupyter import CHROMIUM, LabServer, new_page  # noqa: E402


@pytest.fixture(scope="session")
def lab_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., LabServer]]:
    """``lab_servers(root_dir=None, env={})``: a running JupyterLab for that folder and environment, started once."""
    running: dict[tuple[Path, tuple[tuple[str, str], ...]], LabServer] = {}

    def server(root_dir: Path | None = None, env: Mapping[str, str] | None = None) -> LabServer:
        home = tmp_path_factory.mktemp("jupyter")
        root = root_dir or home / "root"
        root.mkdir(exist_ok=True)
        key = (root, tuple(sorted((env or {}).items())))
        if key not in running:
            running[key] = LabServer(root, home, env or {}).start()
        return running[key]

    yield server
    for one in running.values():
        one.stop()


@pytest.fixture(scope="session")
def lab_server(lab_servers: Callable[..., LabServer]) -> LabServer:
    """A JupyterLab on an empty temporary folder (``.root_dir``). A test file may override it, see ``in_jupyter``."""
    return lab_servers()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """This machine's Chromium, headless, steady while containers come and go (see ``steady``)."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "the browser tests need chromium: apt install chromium"
    start = tmp_path_factory.mktemp("chromium") / "chromium"
    words = [sys.executable, str(Path(__file__).with_name("steady.py")), chromium]
    start.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', "utf-8")
    start.chmod(0o755)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=start, args=CHROMIUM, chromium_sandbox=False)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, lab_server: LabServer) -> Iterator[Page]:
    """A new page of 1280 by 900 on ``lab_server``; its errors, dialogs and requests are collected (``seen(page)``)."""
    opened = new_page(browser, lab_server)
    yield opened
    opened.context.close()
