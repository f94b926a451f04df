"""Exercises that are checked against the engine's own state, with a hint for each common wrong answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: ``says`` is what the engine shows, ``hint`` what to try where it is not right."""

    right: bool
    says: str
    hint: str = ""

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        mark = "✓ right" if self.right else "✗ not yet"
        hint = f"\n  hint: {self.hint}" if self.hint and not self.right else ""
        return f"{mark}: {self.says}{hint}"


@dataclass(frozen=True, slots=True)
class Check:
    """An exercise. ``look`` gets the lab, reads the engine through it, and changes nothing."""

    id: str
    task: str
    look: Callable[[Any], Verdict]


def all_checks() -> tuple[Check, ...]:
    """The exercises of all lectures."""
    from containerlab.course import registry

    return registry.checks()
