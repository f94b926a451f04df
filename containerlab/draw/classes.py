"""Class and instance: an image as a class made from its own config, its containers as the instances."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence

from containerlab.draw import graph
from containerlab.draw.escape import Html, element, one_line, visible
from containerlab.draw.parts import chip, plural
from containerlab.model import Container, Image

SHOWN_INSTANCES = 6


def class_name(reference: str) -> str:
    """A Python class name for an image's name: ``hello:first`` is ``HelloFirst``, ``debian:latest`` is ``Debian``."""
    last = reference.rpartition("/")[2]
    words = re.findall(r"[A-Za-z0-9]+", last.removesuffix(":latest"))
    name = "".join(word[0].upper() + word[1:] for word in words) or "Image"
    return f"Image{name}" if name[0].isdigit() else name + "_" * keyword.iskeyword(name)


def source_text(image: Image) -> str:
    """The image's config as the source of a Python class; it can be compiled, and every string in it is a literal."""
    name, base = class_name(image.name), class_name(image.base) if image.base else "Scratch"
    config = image.config
    told = f"{visible(image.name)}: a class for containers".replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        f"class {name}({base}):".ljust(40) + f"# FROM {one_line(image.base or 'scratch', 60)}",
        f'    """{told}"""',
        "",
    ]
    attributes = [line for pair in config.env for line in _attribute(*pair)]
    if config.workdir:
        attributes += _noted(f"    workdir = {_literal(config.workdir)}", "WORKDIR")
    if config.user:
        attributes += _noted(f"    user = {_literal(config.user)}", "USER")
    if config.ports:
        attributes += _noted(f"    ports = {_literal(config.ports)}", "EXPOSE")
    if config.volumes:
        attributes += _noted(f"    volumes = {_literal(config.volumes)}", "VOLUME")
    lines += [*attributes, ""] if attributes else []
    lines += ["    def __call__(self, *args):".ljust(40) + "# docker run IMAGE [ARG...]"]
    if config.cmd:
        lines += _noted(f"        args = args or {_literal(config.cmd)}", "CMD: used when no argument is given")
    if config.entrypoint:
        fixed = "".join(f"{_literal(word)}, " for word in config.entrypoint)
        lines += _noted(f"        return self.start({fixed}*args)", "ENTRYPOINT: always there")
    else:
        lines += _noted("        return self.start(*args)", "no ENTRYPOINT: the arguments are the command")
    return "\n".join(lines) + "\n"


def source(image: Image) -> Html:
    """The source as a picture, its keywords and strings told apart."""
    return element(
        "div",
        element(
            "pre", *_coloured(source_text(image)), class_="cl-code", tabindex="0", aria_label=f"{image.name} as a class"
        ),
        class_="cl cl-source",
        role="group",
        aria_label=f"The image {image.name} as a Python class",
    )


def dot(image: Image, containers: Sequence[Container] = ()) -> str:
    """The class diagram in DOT: superclass, class, instances. No ids and no times."""
    return _graph(image, containers).source


def diagram(image: Image, containers: Sequence[Container] = ()) -> Html:
    """The class diagram, drawn by Graphviz; where none is there, the same in words."""
    label = f"Class diagram of {image.name} with {plural(len(containers), 'container')} as instances"
    shown = graph.picture(_graph(image, containers), label=label, instead=diagram_text(image, containers))
    empty = "No container yet. Call the image, or docker run it, and the instance appears here."
    hint = element("p", empty, class_="cl-hint") if not containers else None
    return element("div", _head(image), shown, hint, class_="cl cl-diagram", role="group", aria_label=label)


def _graph(image: Image, containers: Sequence[Container]) -> graph.Graph:
    drawn = graph.Graph(rankdir="BT")
    if image.base:
        drawn.node("base", [_title(image.base, "image, the superclass")], "base")
        drawn.edge("class", "base", " FROM", arrowhead="onormal")
    drawn.node("class", _class_fields(image), "class")
    for at, container in enumerate(containers[:SHOWN_INSTANCES]):
        drawn.node(f"object{at}", _object_fields(container, image), "object")
        drawn.edge(f"object{at}", "class", style="dashed", arrowhead="vee")
    rest = len(containers) - SHOWN_INSTANCES
    if rest > 0:
        drawn.node("more", [[graph.Line(f"and {rest} more", ("muted",), centred=True)]], "object")
        drawn.edge("more", "class", style="dashed", arrowhead="vee")
    return drawn


def diagram_text(image: Image, containers: Sequence[Container] = ()) -> str:
    """Class and instances in words: no ids and no times."""
    lines = [f"class {class_name(image.name)}  (image {one_line(image.name, 60)})"]
    if image.base:
        lines.append(f"  superclass  {class_name(image.base)}  (image {one_line(image.base, 60)})")
    for container in containers:
        told = one_line(" ".join(container.args), 60) or "no arguments"
        lines.append(f"  instance    {one_line(container.name, 60)}: {told}, {container.state}, {_changed(container)}")
    return "\n".join(lines if containers else [*lines, "  no instance yet"])


def _head(image: Image) -> Html:
    named = element("span", "as the class ", element("code", class_name(image.name)), class_="cl-sum")
    return element("div", chip(image.name, image.id), named, class_="cl-head")


def _title(reference: str, role: str) -> list[graph.Line]:
    return [
        graph.Line(class_name(reference), ("bold",), centred=True),
        graph.Line(reference, ("mono", "muted"), centred=True),
        graph.Line(role, ("muted",), centred=True),
    ]


def _class_fields(image: Image) -> list[list[graph.Line]]:
    config = image.config
    attributes = [f"{name} = {value!r}" for name, value in config.env]
    attributes += [f"workdir = {config.workdir!r}"] if config.workdir else []
    shown = [graph.Line(one, ("mono",)) for one in attributes[:8]]
    if len(attributes) > 8:
        shown.append(graph.Line(f"and {len(attributes) - 8} more", ("muted",)))
    call = [
        graph.Line("__call__(*args)", ("mono",)),
        graph.Line(f"ENTRYPOINT {' '.join(config.entrypoint) or '(none)'}", ("mono",)),
        graph.Line(f"CMD {' '.join(config.cmd) or '(none)'}", ("mono",)),
    ]
    return [_title(image.name, "image, the class"), shown or [graph.Line("no attributes of its own", ("muted",))], call]


def _object_fields(container: Container, image: Image) -> list[list[graph.Line]]:
    tone = {"running": "run", "exited": "done", "dead": "bad"}.get(container.state, "muted")
    exited = container.state == "exited" and container.exit_code is not None
    state = f"exited ({container.exit_code})" if exited else container.state
    tone = "bad" if exited and container.exit_code else tone
    return [
        [
            graph.Line(f"{container.name} : {class_name(image.name)}", ("bold", "under"), centred=True, limit=34),
            graph.Line(f"● {state}", (tone,), centred=True),
        ],
        [graph.Line("args: " + (" ".join(container.args) or "(none)"), ("mono",), limit=34)],
        [graph.Line(f"writable layer: {_changed(container)}")],
    ]


def _changed(container: Container) -> str:
    count = len(container.changes)
    return "no changes" if not count else f"{count} change{'s' if count > 1 else ''}"


def _literal(value: object) -> str:
    """``repr`` in ASCII where a character hides or reorders, so that the literal shows it."""
    told = repr(value)
    return told if told == visible(told) else ascii(value)


def _noted(line: str, note: str) -> list[str]:
    """The line with its note beside it, or the note above where the line is long."""
    if len(line) <= 58:
        return [line.ljust(40) + ("" if len(line) < 40 else "  ") + f"# {note}"]
    return [line[: len(line) - len(line.lstrip())] + f"# {note}", line]


def _attribute(name: str, value: str) -> list[str]:
    if name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and not name.startswith("__"):
        return _noted(f"    {name} = {_literal(value)}", "ENV")
    return _noted(f"    locals()[{_literal(name)}] = {_literal(value)}", "ENV")


_TOKEN = re.compile(
    r"""(?P<text>\"\"\"(?:\\.|[^\\])*?\"\"\"|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|(?P<note>\#[^\n]*)"""
    r"""|(?P<word>\b(?:class|def|return|or|self)\b)"""
)


def _coloured(code: str) -> list[object]:
    parts: list[object] = []
    at = 0
    for found in _TOKEN.finditer(code):
        parts += [code[at : found.start()], element("span", found.group(), class_=f"cl-py-{found.lastgroup}")]
        at = found.end()
    return [*parts, code[at:]]
