"""What was removed, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

_ORDER = ("container", "image", "network", "volume")


def told(removed: Iterable[str]) -> str:
    """ "Removed 3 containers and 2 images."; the build cache's records are not named: a student never made one."""
    counts = Counter(name.split()[0] for name in removed)
    parts = [f"{counts[noun]} {noun}{'' if counts[noun] == 1 else 's'}" for noun in _ORDER if counts[noun]]
    if not parts:
        return "Nothing to remove: this lab has made nothing that is still there."
    return f"Removed {_listed(parts)}."


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
