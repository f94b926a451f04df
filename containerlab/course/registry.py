"""The questions and checks of all lectures, read when the first of a lecture is asked for.

Each module of ``containerlab/course/lectures`` carries a lecture: ``lecture_03.py`` has ``QUESTIONS`` and ``CHECKS``,
whose ids begin with its number: "03-1".
"""

from __future__ import annotations

import importlib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TypeVar

from containerlab.course.check import Check
from containerlab.course.predict import Question
from containerlab.errors import CommandError

Entry = TypeVar("Entry", Question, Check)
LECTURES = Path(__file__).parent / "lectures"


def names() -> tuple[str, ...]:
    """The lectures that are there, by their modules' names."""
    return tuple(sorted(path.stem for path in LECTURES.glob("lecture_*.py")))


def question(name: str) -> Question:
    return _find(name, _questions(), "question", "lab.predict")


def check(name: str) -> Check:
    return _find(name, _checks(), "exercise", "lab.check")


def questions() -> tuple[Question, ...]:
    return tuple(_questions().values())


def checks() -> tuple[Check, ...]:
    return tuple(_checks().values())


@cache
def _questions() -> dict[str, Question]:
    return _unique([one for module in names() for one in getattr(_lecture(module), "QUESTIONS", ())])


@cache
def _checks() -> dict[str, Check]:
    return _unique([one for module in names() for one in getattr(_lecture(module), "CHECKS", ())])


def _lecture(name: str) -> object:
    return importlib.import_module(f"containerlab.course.lectures.{name}")


def _unique(found: list[Entry]) -> dict[str, Entry]:
    table: dict[str, Entry] = {}
    for one in found:
        if one.id in table:
            raise ValueError(f"two lectures use the id {one.id!r}")
        table[one.id] = one
    return table


def _find(name: str, table: dict[str, Entry], noun: str, call: str) -> Entry:
    if name in table:
        return table[name]
    near = get_close_matches(name, table, 1) or sorted(table)[:1]
    step = f'{call}("{near[0]}") is one' if near else "no lecture has any yet"
    raise CommandError(f"The course has no {noun} {name!r}.", step)
