"""What a student has predicted and solved, kept in one small file beside the notebooks."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

NAME = ".progress.json"


class Progress:
    """``predictions``: id -> answer, truth and whether it was right; ``checks``: id -> solved, and how many tries.

    A file that cannot be read or written costs the record, never the lesson.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, dict[str, Any]]:
        try:
            kept = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            kept = {}
        kept = kept if isinstance(kept, dict) else {}
        return {room: kept[room] if isinstance(kept.get(room), dict) else {} for room in ("predictions", "checks")}

    def predicted(self, name: str, answer: tuple[str, ...], truth: tuple[str, ...], right: bool | None) -> None:
        kept = self.read()
        kept["predictions"][name] = {"answer": list(answer), "truth": list(truth), "right": right}
        self._write(kept)

    def checked(self, name: str, right: bool) -> None:
        """Solved stays solved; tries are counted until then."""
        kept = self.read()
        before = kept["checks"].get(name)
        before = before if isinstance(before, dict) else {}
        if not before.get("solved"):
            kept["checks"][name] = {"solved": right, "tries": int(before.get("tries", 0)) + 1}
            self._write(kept)

    def _write(self, kept: dict[str, Any]) -> None:
        """All at once: a reader sees the old file or the new one."""
        with suppress(OSError):
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=NAME)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(kept, file, indent=1, sort_keys=True, ensure_ascii=False)
                Path(name).replace(self.path)
            except OSError:
                Path(name).unlink()
