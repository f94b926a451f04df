"""Small parts that several pictures share: chips, ids with a copy button, instructions, details."""

from __future__ import annotations

import time
from collections.abc import Iterable

from containerlab.draw.escape import Html, element, one_line
from containerlab.model import Container, HistoryRow, Image, human_size, short_id


def copyable(full: str, shown: str | None = None) -> Html:
    """An id of 12 characters and a button that copies the whole of it."""
    short = one_line(short_id(full) if shown is None else shown, 80)
    button = element("button", class_="cl-copy", type="button", data_copy=full, aria_label=f"Copy {short}")
    return element("span", element("code", short), button, class_="cl-id")


def chip(name: str, id: str = "") -> Html:
    """The name plate of an image or a container."""
    return element("span", element("b", one_line(name, 80)), copyable(id) if id else None, class_="cl-chip")


def split(instruction: str) -> tuple[str, str]:
    """The keyword and the rest. An instruction that starts with no keyword has none."""
    head, _, rest = instruction.strip().partition(" ")
    return (head, rest.strip()) if head.isalpha() and head.isupper() else ("", instruction.strip())


def instruction(text: str, limit: int = 160) -> Html:
    keyword, rest = split(text)
    named = [element("b", keyword), " "] if keyword else []
    return element("code", *named, one_line(rest, limit), class_="cl-ins")


def details(pairs: Iterable[tuple[str, object]]) -> Html:
    """What the side pane shows of a thing that is selected; pairs without a value are left out."""
    rows = [(element("dt", name), element("dd", value)) for name, value in pairs if value not in (None, "")]
    return element("div", element("dl", *rows), class_="cl-detail", hidden=True)


def pick(*children: object, label: str | None = None) -> Html:
    """A thing that can be selected. It comes right before its ``details``."""
    return element("button", *children, class_="cl-pick", type="button", aria_pressed="false", aria_label=label)


def side(hint: str) -> Html:
    """The pane in which the details of the selected thing appear."""
    return element("div", element("p", hint, class_="cl-hint"), class_="cl-side", role="status")


def age(then: float | None, now: float | None = None) -> str:
    """How long ago, in the words of ``docker image ls``."""
    if then is None:
        return "not told"
    seconds = max((time.time() if now is None else now) - then, 0)
    if seconds < 60:
        return "less than a minute ago"
    units = (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3_600), ("minute", 60))
    unit, length = next(pair for pair in units if seconds >= pair[1])
    count = int(seconds // length)
    return f"{count} {unit}{'s' if count > 1 else ''} ago"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def command(container: Container) -> str:
    return " ".join(container.command)


def rows(image: Image) -> tuple[tuple[HistoryRow, ...], tuple[HistoryRow, ...]]:
    """The base's rows and the image's own, oldest first; a layer that no row tells of gets a row of its own."""
    told = {row.layer.index for row in image.history if row.layer}
    lost = tuple(
        HistoryRow("", "a layer without history", layer.size, layer)
        for layer in image.layers
        if layer.index not in told
    )
    base = image.history[: image.base_rows]
    own = image.history[image.base_rows :]
    return (lost + base, own) if image.base_rows else (base, lost + own)


def is_course_label(row: HistoryRow | str) -> bool:
    """A LABEL step that the course added itself, so that it can clean up (the classic builder makes a row of it)."""
    told = row if isinstance(row, str) else row.instruction
    return told.startswith("LABEL org.containerlab.")


def summary(image: Image) -> str:
    return f"{plural(len(image.layers), 'layer')} · {human_size(image.size)} · {image.os}/{image.architecture}"
