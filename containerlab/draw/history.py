"""The history table: what ``docker history`` prints, joined with the layers and the lines of the Dockerfile."""

from __future__ import annotations

from containerlab.draw.escape import Html, element, one_line
from containerlab.draw.parts import age, chip, copyable, instruction, is_course_label, rows, summary
from containerlab.model import HistoryRow, Image, human_size

MISSING = (
    "<missing> is no damage. Every layer is here and intact. Docker prints it where a step has no image of its own: "
    "the step was built on another machine and pulled, or by BuildKit, which keeps its steps in a cache of its own."
)


def history(image: Image, *, now: float | None = None) -> Html:
    """The rows, newest first, as ``docker history`` orders them."""
    base, own = rows(image)
    missing = any(row.image_id is None for row in image.history)
    head = ["layer", "instruction", "line", "size", "created", "image id"]
    body = [_row(row, now) for row in reversed(own)]
    if base:
        named = element(
            "th",
            "from the base image ",
            element("code", one_line(image.base or "unnamed", 80)),
            colspan="6",
            scope="colgroup",
        )
        body += [element("tr", named, class_="cl-from"), *[_row(row, now) for row in reversed(base)]]
    table = element(
        "table",
        element("thead", element("tr", *[element("th", name, scope="col") for name in head])),
        element("tbody", *body),
        class_="cl-table",
    )
    empty = element(
        "p", "No history: this image was imported as one archive, without its instructions.", class_="cl-hint"
    )
    return element(
        "div",
        element("div", chip(image.name, image.id), element("span", summary(image), class_="cl-sum"), class_="cl-head"),
        element("div", table, class_="cl-scroll", tabindex="0", role="group", aria_label=f"History of {image.name}")
        if image.history or image.layers
        else empty,
        element("p", MISSING, class_="cl-note") if missing else None,
        class_="cl cl-history",
        role="group",
        aria_label=f"History of {image.name}",
    )


def history_text(image: Image) -> str:
    """The history in words, newest first: no ids, sizes or times."""
    base, own = rows(image)
    lines = [f"{one_line(image.name, 60)}: history, newest first"]
    shown = [row for row in reversed(own) if not is_course_label(row)]
    if not image.base:
        shown += reversed(base)
    for row in shown:
        line = f"line {row.line}" if row.line else ""
        lines.append(f"  {line:<8} {'layer' if row.layer else 'metadata':<9} {one_line(row.instruction, 100)}")
    if base and image.base:
        lines.append(f"  {'':<8} {'base':<9} {one_line(image.base, 100)}")
    return "\n".join(lines)


def _row(row: HistoryRow, now: float | None) -> Html:
    layer = (
        element("span", row.layer.index + 1, class_="cl-n")
        if row.layer
        else element("span", "metadata", class_="cl-thin")
    )
    made = copyable(row.image_id) if row.image_id else element("code", "<missing>", class_="cl-missing")
    ours = element("span", " the course's own label", class_="cl-thin") if is_course_label(row) else None
    return element(
        "tr",
        element("td", layer),
        element("td", instruction(row.instruction, 200), ours),
        element("td", row.line or "", class_="cl-num"),
        element("td", human_size(row.layer.size if row.layer else 0), class_="cl-num"),
        element("td", age(row.created, now), class_="cl-when"),
        element("td", made),
        class_="cl-slabrow" if row.layer else "cl-linerow",
    )
