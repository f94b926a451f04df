"""A second command in a container (``docker exec``) that Ctrl-C left running: found, and ended.

The engine has no call that ends one. It tells the process's number on its own machine; where that is this machine,
``/proc`` tells the number that it has within the container, and there it is killed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from containerlab.errors import EngineError

if TYPE_CHECKING:
    from containerlab.engine.client import Engine

_INSIDE = re.compile(r"^NSpid:\s+\d+.*\s(\d+)$", re.M)


def end_exec(engine: Engine, container: str, argv: Sequence[str]) -> bool:
    """Ends every running command of these words in the container; false where one could not be reached."""
    if engine.kind not in ("private", "docker"):
        return False
    try:
        with engine.asking(f"container {container}"):
            raw = engine.api.inspect_container(container)
            running = [engine.api.exec_inspect(one) for one in raw.get("ExecIDs") or ()]
    except EngineError:
        return False
    ended = True
    for one in running:
        config = one.get("ProcessConfig") or {}
        if one.get("Running") and [config.get("entrypoint"), *(config.get("arguments") or ())] == list(argv):
            ended = _kill(engine, container, int(one.get("Pid") or 0)) and ended
    return ended


def _kill(engine: Engine, container: str, pid: int) -> bool:
    try:
        inside = _INSIDE.search(Path(f"/proc/{pid}/status").read_text("utf-8"))
    except OSError:
        return False
    if inside is None:
        return False
    try:
        return engine.exec(container, ["sh", "-c", f"kill -9 {inside[1]}"])[0] == 0
    except EngineError:
        return False
