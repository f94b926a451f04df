"""Containers, taught on a real engine: a cell runs a real command, and what it shows is drawn from the engine's answer.

``%load_ext containerlab`` in a notebook gives it ``lab``, ``%docker`` and ``%%dockerfile``. Nothing is imported before
it is needed: the names below are found when they are first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself would be half of the time that this import takes
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"
__all__ = ["CommandResult", "Lab", "LabBuild", "LabContainer", "LabError", "LabImage", "load_ipython_extension"]

_HOMES = {
    "CommandResult": "containerlab.results",
    "Lab": "containerlab.lab",
    "LabBuild": "containerlab.objects",
    "LabContainer": "containerlab.objects",
    "LabError": "containerlab.errors",
    "LabImage": "containerlab.objects",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'containerlab' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext containerlab``: the magics, and ``lab``; one line names the engine. Twice is as good as once."""
    from containerlab.magics import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    from containerlab.magics import unload

    unload(shell)
