"""A JupyterLab and a Chromium for tests: how to start them, open a notebook, run it, look at it.

    from in_jupyter import axe, open_notebook, run_all, screenshot

    def test_it(page, lab_server):
        open_notebook(page, "06_build_cache.ipynb")    # a path below the server's root folder
        run_all(page)                                  # every cell, to its end; no sleeps
        assert axe(page, ".cl-widget") == []           # violations, each on one line
        screenshot(page, "06-light")                   # build/screenshots/06-light.png
        assert not console_errors(page)

A test file that needs another folder or environment overrides the fixture for itself:

    @pytest.fixture(scope="session")
    def lab_server(lab_servers):
        return lab_servers(root_dir=NOTEBOOKS, env={"CONTAINERLAB_HOME": ...})
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as NotInTime

from containerlab.command.jupyter import OVERRIDES

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "build"
LIMIT = 120.0  # seconds that anything may take on a busy machine
CHROMIUM = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE_CORE = "axe-core@4.14.1"

_SETTINGS = {**OVERRIDES, "@jupyterlab/docmanager-extension:plugin": {"autosave": False}}


@dataclass
class LabServer:
    """A JupyterLab on 127.0.0.1 with a folder, a configuration and settings of its own. ``env`` is what its kernels
    get on top of this process's environment; PYTHONPATH has the repository."""

    root_dir: Path
    home: Path
    env: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> LabServer:
        """Start it and wait until it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        folders = {
            "JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "IPYTHONDIR": "ipython", "JUPYTER_DATA_DIR": "data",
        }  # fmt: skip
        own = {name: str(self.home / folder) for name, folder in folders.items()}
        for folder in own.values():
            Path(folder).mkdir(exist_ok=True)
        for plugin, values in _SETTINGS.items():
            package, _, name = plugin.partition(":")
            path = self.home / "settings" / package / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values), "utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        known = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
        path = os.pathsep.join(part for part in (str(REPOSITORY), known.get("PYTHONPATH")) if part)
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={self.port}", "--allow-root",
            "--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.root_dir}", "--expose-app-in-browser",
        ]  # fmt: skip
        with (self.home / "jupyter.log").open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=self.root_dir, env={**known, "PYTHONPATH": path, **own, **self.env},
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + LIMIT
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"JupyterLab did not start:\n{(self.home / 'jupyter.log').read_text('utf-8')[-3000:]}"
                )
            time.sleep(0.1)
        return self

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/api/status?token={self.token}", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        """Stop it and its kernels."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)


@dataclass
class Seen:
    """What a page said and asked for while a test had it."""

    server: LabServer
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


_SEEN: WeakKeyDictionary[Page, Seen] = WeakKeyDictionary()


def watch(page: Page, server: LabServer) -> Seen:
    """Collect console errors, script errors, dialogs, and requests that leave the server."""
    seen = _SEEN[page] = Seen(server)

    def dialog(shown: Any) -> None:
        seen.dialogs.append(shown.message)
        shown.dismiss()

    page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("dialog", dialog)
    local = (server.url, server.url.replace("http", "ws", 1), "data:", "blob:")
    page.on("request", lambda asked: None if asked.url.startswith(local) else seen.requests.append(asked.url))
    return seen


def new_page(browser: Browser, server: LabServer) -> Page:
    """A page of 1280 by 900 in a context of its own, watched. Close it by ``page.context.close()``."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(LIMIT * 1000)
    watch(page, server)
    return page


def seen(page: Page) -> Seen:
    return _SEEN[page]


def console_errors(page: Page) -> list[str]:
    """Errors in the browser's console, so far."""
    return _SEEN[page].errors


def open_notebook(page: Page, name: str) -> None:
    """Open ``name`` (a path below the server's root) and wait until its kernel is ready."""
    server = _SEEN[page].server
    page.goto(f"{server.url}/lab/tree/{name}?token={server.token}&reset", timeout=LIMIT * 1000)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=LIMIT * 1000)
    session = "window.jupyterapp?.shell?.currentWidget?.context?.sessionContext"
    try:
        ready = f"{session}?.isReady && {session}.session?.kernel?.connectionStatus === 'connected'"
        page.wait_for_function(f"() => {ready}", timeout=LIMIT * 1000)
    except NotInTime as error:
        state = page.evaluate(f"() => {session}?.kernelDisplayStatus ?? 'no session'")
        state += page.evaluate(f"() => ` ${{{session}?.session?.kernel?.connectionStatus}}`")
        log = (server.home / "jupyter.log").read_text("utf-8")[-2000:]
        raise RuntimeError(f"the kernel of {name} is not ready: {state}\n{log}") from error
    # The kernel's own word, not its status: a busy machine can lose the status message of a kernel that starts.
    page.evaluate(
        f"""() => Promise.race([
            {session}.session.kernel.requestKernelInfo(),
            new Promise((_, fail) => setTimeout(() => fail(new Error('the kernel does not answer')), {LIMIT * 1000})),
        ]).then(() => true)"""
    )


def run_all(page: Page, limit: float = 300.0) -> None:
    """Run every cell; returns when the last one has ended. It may take ``limit`` seconds."""
    page.evaluate(
        """(limit) => Promise.race([
            window.jupyterapp.commands.execute('notebook:run-all-cells'),
            new Promise((_, fail) => setTimeout(() => fail(new Error(`running after ${limit} s`)), limit * 1000)),
        ]).then(() => true)""",
        limit,
    )


def run_cell(page: Page, at: str | int) -> None:
    """Run one cell, by its id or its place, to its end, and wait until each widget that it shows is there.

    Many widgets at once on a busy machine do not come up within the two seconds that anywidget gives each.
    """
    page.evaluate(
        """async (at) => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            const found = notebook.widgets.findIndex((cell, index) => cell.model.id === at || index === at);
            notebook.activeCellIndex = found;
            await window.jupyterapp.commands.execute('notebook:run-cell');
            const views = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.widget-view+json"]';
            const shown = () => notebook.widgets[found].node.querySelectorAll('.cl-widget').length;
            while (shown() < notebook.widgets[found].node.querySelectorAll(views).length)
                await new Promise((next) => setTimeout(next, 50));
        }""",
        at,
    )


def theme(page: Page, name: str) -> None:
    """Switch JupyterLab's theme: "JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"."""
    page.evaluate("(name) => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name)
    light = "false" if "Dark" in name else "true"
    page.wait_for_selector(f"body[data-jp-theme-light='{light}'][data-jp-theme-name='{name}']", state="attached")


def axe_source() -> str:
    """axe-core's script; fetched once by npm into build/."""
    folder = BUILD / "node"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("axe-core is needed: install npm, or put axe.min.js into " + str(script.parent))
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), AXE_CORE]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    return script.read_text("utf-8")


def axe(page: Page, selector: str) -> list[str]:
    """What axe-core finds wrong in every element that ``selector`` names, a line for each; [] is what we want."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe_source())
    found = page.evaluate(
        """async (selector) => {
            const nodes = [...document.querySelectorAll(selector)];
            if (!nodes.length) return [{id: 'nothing to look at', nodes: [{html: selector}]}];
            return (await axe.run({include: nodes}, {resultTypes: ['violations']})).violations;
        }""",
        selector,
    )
    return [
        f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')}" for one in found for node in one["nodes"]
    ]


def screenshot(page: Page, name: str, selector: str | None = None) -> Path:
    """The page, or the first element that ``selector`` names, into build/screenshots/NAME.png."""
    path = BUILD / "screenshots" / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    if selector:
        page.locator(selector).first.screenshot(path=path)
    else:
        page.screenshot(path=path)
    return path
