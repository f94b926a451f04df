"""A program's output made fit for a cell: colours stay, every other control is shown and none hides text.

A cell is no terminal: a carriage return or a cursor movement would cover text that was there. So progress bars become
lines, and controls become their visible signs.
"""

from __future__ import annotations

import re

_COLOUR = r"\x1b\[[0-9;]*m"
_CONTROL = re.compile(rf"(?P<colour>{_COLOUR})|(?P<end>\r+\n)|(?P<other>[\x00-\x08\x0b-\x1f\x7f-\x9f])")
_OPEN = re.compile(r"(?:\r+|\x1b(?:\[[0-9;]{0,64})?)$")


def _visible(match: re.Match[str]) -> str:
    if match["colour"]:
        return match["colour"]
    if match["end"]:
        return "\n"
    sign = match["other"]
    if sign == "\r":
        return "\n"
    if sign == "\x7f":
        return "\u2421"
    return chr(0x2400 + ord(sign)) if ord(sign) < 0x20 else f"\\x{ord(sign):02x}"


class Screen:
    """Takes output in pieces, cut anywhere, and gives the same text however it was cut."""

    def __init__(self) -> None:
        self._kept = ""

    def feed(self, piece: str) -> str:
        """The text of this piece; an unfinished control at its end waits for the next."""
        text = self._kept + piece
        cut = _OPEN.search(text)
        text, self._kept = (text[: cut.start()], text[cut.start() :]) if cut else (text, "")
        return _CONTROL.sub(_visible, text)

    def end(self) -> str:
        """What was still waiting."""
        text, self._kept = self._kept, ""
        return _CONTROL.sub(_visible, text)


def plain(text: str) -> str:
    """A whole output at once."""
    screen = Screen()
    return screen.feed(text) + screen.end()
