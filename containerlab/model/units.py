"""Sizes, times and ids as Docker prints them."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def human_size(size: int | float) -> str:
    """Bytes as Docker prints them: decimal units, three significant digits (go-units ``HumanSizeWithPrecision``)."""
    value = float(size)
    for unit in _UNITS:
        if abs(value) < 999.5 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{float(f'{value:.3g}'):g}{unit}"


def human_time(seconds: float) -> str:
    """A length of time: ``0.3 s``, ``12 s``, ``2 min 05 s``."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def short_id(full: str) -> str:
    """The 12 characters by which Docker shows an id or a digest; the algorithm's name is dropped."""
    return full.rpartition(":")[2][:12]
