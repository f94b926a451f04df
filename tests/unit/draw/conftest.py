"""The factory is a plain module beside the tests; golden files are compared."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

#: Set to True to write the golden files anew, look at the difference, and set it back: a test says so.
UPDATE = False


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """``golden(name, text)``: the text is that of ``golden/name``."""

    def compare(name: str, text: str) -> None:
        path = HERE / "golden" / name
        if UPDATE:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text + "\n", "utf-8", newline="\n")
        assert path.read_text("utf-8") == text + "\n"

    return compare


@pytest.fixture
def updating() -> bool:
    return UPDATE
