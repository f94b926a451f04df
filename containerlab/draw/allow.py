"""The allow-list that every foreign SVG passes: shapes and text, no link, script, style, or anything from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from containerlab.draw.escape import Html, text

_SHAPES: Mapping[str, frozenset[str]] = {
    "svg": frozenset({"viewBox", "width", "height"}),
    "g": frozenset({"transform", "class"}),
    "path": frozenset({"d"}),
    "polygon": frozenset({"points"}),
    "polyline": frozenset({"points"}),
    "ellipse": frozenset({"cx", "cy", "rx", "ry"}),
    "circle": frozenset({"cx", "cy", "r"}),
    "rect": frozenset({"x", "y", "width", "height", "rx", "ry"}),
    "line": frozenset({"x1", "y1", "x2", "y2"}),
    "text": frozenset({"x", "y", "text-anchor", "font-size", "font-weight", "font-style", "text-decoration"}),
}
_PAINT = frozenset({"fill", "stroke", "stroke-width", "stroke-dasharray", "fill-opacity"})
# Numbers, names, colours, path letters. No colon, no quote, no slash; parentheses only as in a transform.
_VALUE = re.compile(r"[A-Za-z0-9#%.,+\- \t\n]*|(?:(?:translate|scale|rotate|matrix)\([-+0-9.,e ]*\) ?)+")


class NotSvg(ValueError):
    """The text is not an SVG that can be read."""


def svg(
    source: str,
    *,
    label: str,
    paint: Mapping[str, str] | None = None,
    looks: Mapping[str, Sequence[tuple[str, ...]]] | None = None,
) -> Html:
    """The drawing without whatever is not on the list. ``label`` is read by screen readers. ``paint`` maps a colour
    in the source (``#rrggbb``) to the class that paints it by the theme; ``looks`` gives the texts of a group with
    that title, one after the other, classes of their own."""
    if re.search(r"<!ENTITY|<!DOCTYPE[^>]*\[", source, re.IGNORECASE):
        raise NotSvg("an SVG with entities of its own")
    try:
        root = ElementTree.fromstring(source)
    except ElementTree.ParseError as error:
        raise NotSvg(str(error)) from None
    if _local(root.tag) != "svg":
        raise NotSvg(f"the root is {_local(root.tag)}, not svg")
    written: list[str] = []
    colours = {key.lower(): value for key, value in (paint or {}).items()}
    _Writer(written, colours, looks or {}).write(root, label)
    return Html("".join(written))


def _local(name: object) -> str:
    """The name without its SVG namespace; a name of another namespace is on no list."""
    return str(name).removeprefix("{http://www.w3.org/2000/svg}")


class _Writer:
    def __init__(
        self, out: list[str], paint: Mapping[str, str], looks: Mapping[str, Sequence[tuple[str, ...]]]
    ) -> None:
        self.out, self.paint, self.looks = out, paint, looks

    def write(self, node: ElementTree.Element, label: str = "", look: tuple[str, ...] = ()) -> None:
        name = _local(node.tag)
        if name == "a":  # a link's drawing stays, the link goes
            for child in node:
                self.write(child)
            return
        allowed = _SHAPES.get(name)
        if allowed is None:
            return
        classes = list(look)
        parts = [name]
        for key, value in node.attrib.items():
            if key in ("fill", "stroke") and value.lower() in self.paint:
                classes.append(f"{key}-{self.paint[value.lower()]}")
            elif key == "class" and "class" in allowed:
                classes += [word for word in value.split() if re.fullmatch(r"[a-z-]{1,30}", word)]
            elif (key in allowed or key in _PAINT) and _VALUE.fullmatch(value):
                parts.append(f'{key}="{text(value)}"')
        if classes:
            parts.append(f'class="{text(" ".join(f"clg-{word}" for word in classes))}"')
        if label:
            parts.append(f'role="img" aria-label="{text(label)}"')
        self.out.append(f"<{' '.join(parts)}>")
        if name == "text":
            self.out.append(text("".join(node.itertext())))
        else:
            self._children(node)
        self.out.append(f"</{name}>")

    def _children(self, node: ElementTree.Element) -> None:
        titles = [child for child in node if _local(child.tag) == "title"]
        looks = iter(self.looks.get("".join(titles[0].itertext()), ()) if titles else ())
        for child in node:
            self.write(child, look=next(looks, ()) if _local(child.tag) == "text" else ())
