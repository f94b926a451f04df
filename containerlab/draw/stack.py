"""The stack: an image's layers from the base up, a container's writable layer on top, two images that share."""

from __future__ import annotations

from collections.abc import Sequence

from containerlab.draw import theme
from containerlab.draw.escape import Html, element, join, one_line
from containerlab.draw.parts import (
    age,
    chip,
    command,
    copyable,
    details,
    instruction,
    is_course_label,
    pick,
    plural,
    rows,
    side,
    summary,
)
from containerlab.model import Change, Container, HistoryRow, Image, human_size, shared_layers

SHOWN_CHANGES = 8
DEEP = 24  # a stack with more rows scrolls in a pane of its own
_SIGN = {"added": ("+", "ok"), "changed": ("~", "warn"), "deleted": ("−", "bad")}


def stack(image: Image, container: Container | None = None, *, now: float | None = None) -> Html:
    """The layers of an image, base at the bottom; with a container, its writable layer on top.

    ``now`` (seconds since 1970) is what ages are told against; the clock's where it is left out.
    """
    base, own = rows(image)
    slabs = [_row(row, image, now) for row in reversed(own)]
    if base:
        slabs.append(_base(image, base, now))
    if not image.layers and not image.history:
        slabs.append(element("li", "An image without layers: FROM scratch, and nothing added yet.", class_="cl-hint"))
    if container:
        slabs.insert(0, _writable(container))
    plate = element(
        "span", chip(image.name, image.id), element("span", summary(image), class_="cl-sum"), class_="cl-group"
    )
    top = (
        element("span", chip(container.name, container.id), _state(container), class_="cl-group") if container else None
    )
    named = element("div", top, plate, class_="cl-head")
    kind = "cl-slabs cl-deep" if len(image.history) > DEEP else "cl-slabs"
    listed = element("ol", *slabs, class_=kind, reversed=True, aria_label=f"Layers of {image.name}, newest first")
    pane = side("Select a layer: its size, its age, its digest and the line that made it appear here.")
    return element(
        "div",
        named,
        element("div", listed, pane, class_="cl-cols"),
        class_="cl cl-stack cl-of-container" if container else "cl cl-stack",
        role="group",
        aria_label=_label(image, container),
    )


def shared(image_a: Image, image_b: Image, *, now: float | None = None) -> Html:
    """Two images side by side; the layers that both have are drawn once and reach under both."""
    common = shared_layers(image_a, image_b)
    columns = [
        element(
            "div",
            element(
                "div", chip(image.name, image.id), element("span", summary(image), class_="cl-sum"), class_="cl-head"
            ),
            element(
                "ol",
                *[_row(row, image, now) for row in reversed(_above(image, len(common)))],
                class_="cl-slabs",
                reversed=True,
                aria_label=f"Layers that only {image.name} has",
            ),
            class_="cl-column",
        )
        for image in (image_a, image_b)
    ]
    below = _below(image_a, len(common))
    under = (
        element(
            "div",
            element("span", f"in both images: {plural(len(common), 'layer')}", class_="cl-cap"),
            element(
                "ol",
                *[_row(row, image_a, now) for row in reversed(below)],
                class_="cl-slabs",
                reversed=True,
                aria_label="Layers that both images have",
            ),
            class_="cl-under",
        )
        if common
        else None
    )
    return element(
        "div",
        element("p", _shared_sentence(image_a, image_b), class_="cl-lead"),
        element(
            "div",
            element("div", *columns, under, class_="cl-pair"),
            side("Select a layer to see what it is and which instruction made it."),
            class_="cl-cols",
        ),
        class_="cl cl-shared",
        role="group",
        aria_label=f"Layers that {image_a.name} and {image_b.name} share",
    )


def stack_text(image: Image, container: Container | None = None) -> str:
    """The stack in words, newest first: no ids, sizes or times, so that two runs print the same."""
    if container:
        named = f"{one_line(container.name, 60)}: a container of {one_line(image.name, 60)}, {container.state}"
        lines = [named, _line("writable layer", _changes_text(container.changes))]
    else:
        lines = [f"{one_line(image.name, 60)}: an image"]
    base, own = rows(image)
    return "\n".join(lines + _rows_text(own) + _base_text(image, base))


def shared_text(image_a: Image, image_b: Image) -> str:
    """What two images share, in words; stable like ``stack_text``."""
    names = f"{one_line(image_a.name, 60)} and {one_line(image_b.name, 60)}"
    common = len(shared_layers(image_a, image_b))
    if not common:
        return f"{names} share no layer"
    lines = [f"{names} stand on the same layers"]
    for image in (image_a, image_b):
        lines.append(f"only in {one_line(image.name, 60)}:")
        lines += _rows_text(_above(image, common)) or [_line("nothing", "")]
    below = _below(image_a, common)
    at_base = [row for row in below if row.layer and row.layer.index < image_a.base_layers]
    lines.append("in both:")
    return "\n".join(lines + _rows_text(below[len(at_base) :]) + _base_text(image_a, at_base))


def _line(kind: str, told: str) -> str:
    return f"  {kind:<15} {told}".rstrip()


def _rows_text(told: Sequence[HistoryRow]) -> list[str]:
    kept = [row for row in reversed(told) if not is_course_label(row)]
    return [_line("layer" if row.layer else "metadata", one_line(row.instruction, 100)) for row in kept]


def _base_text(image: Image, told: Sequence[HistoryRow]) -> list[str]:
    return [_line("base image", one_line(image.base, 100))] if told and image.base else _rows_text(told)


def _changes_text(changes: tuple[Change, ...]) -> str:
    if not changes:
        return "no changes"
    kinds = [(kind, sum(change.kind == kind for change in changes)) for kind in ("added", "changed", "deleted")]
    return ", ".join(f"{count} {kind}" for kind, count in kinds if count)


def _below(image: Image, common: int) -> list[HistoryRow]:
    """The rows of the shared layers."""
    return [row for row in sum(rows(image), ()) if row.layer and row.layer.index < common]


def _above(image: Image, common: int) -> list[HistoryRow]:
    """The rows that come after the last shared layer; metadata right after it belongs to the image that says it."""
    told = list(sum(rows(image), ()))
    last = max((at for at, row in enumerate(told) if row.layer and row.layer.index < common), default=-1)
    if common and common == image.base_layers:
        last = max(last, image.base_rows - 1)
    return told[last + 1 :]


def _row(row: HistoryRow, image: Image, now: float | None) -> Html:
    more = _details(row, image, now)
    if row.layer is None:
        face = pick(
            instruction(row.instruction, 110),
            element("span", "the course's" if is_course_label(row) else "metadata", class_="cl-size"),
        )
        return element("li", face, more, class_="cl-line")
    face = pick(
        element("span", element("span", "layer ", class_="cl-sr"), row.layer.index + 1, class_="cl-n"),
        instruction(row.instruction),
        element("span", human_size(row.layer.size), class_="cl-size"),
    )
    return element("li", face, more, class_="cl-slab", style=f"--cl-h:{theme.slab_height(row.layer.size)}px")


def _base(image: Image, base: tuple[HistoryRow, ...], now: float | None) -> Html:
    named = element("span", "base image ", element("code", one_line(image.base or "unnamed", 80)), class_="cl-cap")
    slabs = [_row(row, image, now) for row in reversed(base)]
    listed = element("ol", *slabs, class_="cl-slabs", reversed=True, aria_label="Layers of the base image")
    return element("li", listed, named, class_="cl-base")


def _writable(container: Container) -> Html:
    size = None if container.writable_bytes is None else human_size(container.writable_bytes)
    listed = [_change(change) for change in container.changes[:SHOWN_CHANGES]]
    rest = len(container.changes) - len(listed)
    if rest > 0:
        listed.append(element("li", f"and {rest} more", class_="cl-hint"))
    files = element("ul", *listed, class_="cl-files") if listed else element("span", "no changes yet", class_="cl-hint")
    face = pick(
        element("span", "writable layer", class_="cl-n"),
        element("span", _changes_text(container.changes), class_="cl-ins"),
        element("span", size, class_="cl-size"),
    )
    more = details(
        [
            ("writable layer of", container.name),
            ("size", size),
            ("changes", _changes_text(container.changes)),
            (
                "paths",
                element("ul", *[_change(change) for change in container.changes[:200]], class_="cl-files")
                if listed
                else None,
            ),
            ("lives", "as long as the container: docker rm removes it"),
        ]
    )
    return element("li", face, more, files, class_="cl-slab cl-writable", style="--cl-h:44px")


def _change(change: Change) -> Html:
    sign, tone = _SIGN[change.kind]
    said = element("span", f"{change.kind} ", class_="cl-sr")
    size = element("span", human_size(change.size), class_="cl-size") if change.size is not None else None
    signed = element("b", sign, class_=f"cl-sign cl-{tone}", aria_hidden="true")
    return element("li", signed, said, element("code", one_line(change.path, 120)), size)


def _state(container: Container) -> Html:
    look = theme.CONTAINER[container.state]
    word = look.word
    if container.state == "exited" and container.exit_code is not None:
        word = f"exited ({container.exit_code})"
        look = theme.Look("bad" if container.exit_code else "done", word)
    ran = element("code", one_line(command(container), 80), class_="cl-cmd") if container.command else None
    return join([theme.mark(look, word), ran])


def _details(row: HistoryRow, image: Image, now: float | None) -> Html:
    if row.layer:
        share = f" ({_percent(row.layer.size / image.size)} of the image)" if image.size else ""
        size = human_size(row.layer.size) + share
    else:
        size = "0B: a line in the image's config, no layer"
    return details(
        [
            ("layer", f"{row.layer.index + 1} of {len(image.layers)}, read-only" if row.layer else None),
            ("instruction", element("code", one_line(row.instruction, 600), class_="cl-full")),
            (
                "Dockerfile",
                f"line {row.line}" if row.line else "not known: it came with the base image" if image.base else None,
            ),
            ("size", size),
            ("created", age(row.created, now) if row.created else None),
            ("digest", copyable(row.layer.diff_id) if row.layer else None),
            ("history id", copyable(row.image_id) if row.image_id else "<missing>: this step has no image of its own"),
        ]
    )


def _percent(share: float) -> str:
    return "less than 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def _label(image: Image, container: Container | None) -> str:
    stacked = f"{image.name}: {summary(image)}"
    return f"Container {container.name}, {container.state}, on {stacked}" if container else f"Image {stacked}"


def _shared_sentence(image_a: Image, image_b: Image) -> str:
    common = shared_layers(image_a, image_b)
    if not common:
        return "No layer in common: each image keeps all of its bytes for itself."
    once = human_size(sum(layer.size for layer in common))
    return (
        f"{plural(len(common), 'layer')} in both: {len(common)} of {len(image_a.layers)} and of {len(image_b.layers)}. "
        f"{once} lie on the disk once, not twice."
    )
