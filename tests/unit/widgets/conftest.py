"""The models of these tests come from the drawings' factory."""

from __future__ import annotations

import sys
from pathlib import Path

FACTORY = str(Path(__file__).parents[1] / "draw")
if FACTORY not in sys.path:
    sys.path.insert(0, FACTORY)
