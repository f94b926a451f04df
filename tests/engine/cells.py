"""A real kernel whose cells a test runs one by one, to see what each shows and to interrupt it."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import start_new_kernel

LIMIT = 120.0  # seconds until a cell that does not end counts as hung


@dataclass
class Shown:
    """What a cell showed: its text, its displays and its value by mime type, and the error that ended it."""

    text: str = ""
    displays: list[dict[str, Any]] = field(default_factory=list)
    value: dict[str, Any] | None = None
    error: tuple[str, str, list[str]] | None = None

    @property
    def plain(self) -> str:
        """The value's text/plain."""
        return str(self.value["text/plain"]) if self.value else ""


class Cells:
    def __init__(self, manager: Any, client: Any) -> None:
        self._manager = manager
        self._client = client

    def run(self, code: str) -> Shown:
        """Run a cell to its end."""
        return self._collect(self._client.execute(code, allow_stdin=False))

    def run_and_interrupt(self, code: str, when: Callable[[], object]) -> Shown:
        """Run a cell, and press Ctrl-C as soon as ``when`` is true."""
        return self._collect(self._client.execute(code, allow_stdin=False), when)

    def kill(self) -> None:
        """As a crash would: nothing in the kernel runs any more."""
        self._manager.shutdown_kernel(now=True)

    def _collect(self, asked: str, when: Callable[[], object] | None = None) -> Shown:
        shown = Shown()
        end = time.monotonic() + LIMIT
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=0.1 if when else LIMIT)
            except queue.Empty:
                assert when is not None, "the cell hangs"
                assert time.monotonic() < end, "the cell hangs"
                if when():
                    self._manager.interrupt_kernel()
                    when = None
                continue
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                shown.text += content["text"]
            elif kind == "display_data":
                shown.displays.append(content["data"])
            elif kind == "execute_result":
                shown.value = content["data"]
            elif kind == "error":
                shown.error = (content["ename"], content["evalue"], content["traceback"])
            elif kind == "status" and content["execution_state"] == "idle":
                return shown


@contextmanager
def kernel(home: Path, folder: Path, engine: str = "private") -> Iterator[Cells]:
    """A kernel whose lab has its things under ``home``, started in ``folder``."""
    environment = {**os.environ, "CONTAINERLAB_HOME": str(home), "CONTAINERLAB_ENGINE": engine}
    root = str(Path(__file__).parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    manager, client = start_new_kernel(kernel_name="python3", env=environment, cwd=str(folder), startup_timeout=LIMIT)
    try:
        yield Cells(manager, client)
    finally:
        client.stop_channels()
        if manager.is_alive():
            manager.shutdown_kernel()
