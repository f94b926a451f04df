"""Class and instance: an image as a class made from its own config, its containers as the instances."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence

from containerlab.draw import graph
from containerlab.draw.escape import Html, element, one_line, visible
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


def dot(image: Image, containers: Sequence[Container]) -> str:
    """The class diagram in DOT: superclass, class, instances. No ids and no times."""
    import graphviz

    drawn = graphviz.Digraph(
        graph_attr={"rankdir": "BT", "bgcolor": "transparent", "nodesep": "0.35", "ranksep": "0.55", "margin": "0.1"},
        node_attr={"shape": "plain", "fontname": "Helvetica", "fontsize": "13"},
        edge_attr={
            "color": graph.TONE["line"],
            "fontname": "Helvetica",
            "fontsize": "12",
            "fontcolor": graph.TONE["muted"],
        },
    )
    if image.base:
        drawn.node("base", graph.label([_title(image.base, "image, the superclass")], "base"))
        drawn.edge("class", "base", arrowhead="onormal", label=f"<{graph.line('  FROM', tone='muted', mono=True)}>")
    drawn.node("class", graph.label(_class_rows(image), "class"))
    for at, container in enumerate(containers[:SHOWN_INSTANCES]):
        drawn.node(f"object{at}", graph.label(_object_rows(container, image), "object"))
        drawn.edge(f"object{at}", "class", style="dashed", arrowhead="vee")
    rest = len(containers) - SHOWN_INSTANCES
    if rest > 0:
        drawn.node("more", graph.label([graph.cell(graph.line(f"and {rest} more", tone="muted"))], "object"))
        drawn.edge("more", "class", style="dashed", arrowhead="vee")
    return str(drawn.source)


def diagram(image: Image, containers: Sequence[Container] = ()) -> Html:
    """The class diagram, drawn by Graphviz; where none is there, the same in words."""
    label = f"Class diagram of {image.name} with {len(containers)} containers as its instances"
    shown = graph.picture(dot(image, containers), label=label, instead=diagram_text(image, containers))
    empty = "No container yet. Call the image, or docker run it, and the instance appears here."
    hint = element("p", empty, class_="cl-hint") if not containers else None
    return element("div", shown, hint, class_="cl cl-diagram", role="group", aria_label=label)


def diagram_text(image: Image, containers: Sequence[Container] = ()) -> str:
    """Class and instances in words: no ids and no times."""
    lines = [f"class {class_name(image.name)}  (image {one_line(image.name, 60)})"]
    if image.base:
        lines.append(f"  superclass  {class_name(image.base)}  (image {one_line(image.base, 60)})")
    for container in containers:
        told = one_line(" ".join(container.args), 60) or "no arguments"
        lines.append(f"  instance    {one_line(container.name, 60)}: {told}, {container.state}, {_changed(container)}")
    return "\n".join(lines if containers else [*lines, "  no instance yet"])


def _title(reference: str, role: str) -> str:
    named = graph.line(class_name(reference), bold=True)
    return graph.cell(
        named, graph.line(reference, mono=True, tone="muted", limit=46), graph.line(role, tone="muted"), align="CENTER"
    )


def _class_rows(image: Image) -> list[str]:
    config = image.config
    attributes = [f"{name} = {value!r}" for name, value in config.env]
    attributes += [f"workdir = {config.workdir!r}"] if config.workdir else []
    shown = [graph.line(one, mono=True, limit=46) for one in attributes[:8]]
    if len(attributes) > 8:
        shown.append(graph.line(f"and {len(attributes) - 8} more", tone="muted"))
    always = " ".join(config.entrypoint) or "(none)"
    default = " ".join(config.cmd) or "(none)"
    return [
        _title(image.name, "image, the class"),
        graph.cell(*(shown or [graph.line("no attributes of its own", tone="muted")])),
        graph.cell(
            graph.line("__call__(*args)", mono=True, bold=True),
            graph.line(f"ENTRYPOINT {always}", mono=True, limit=46),
            graph.line(f"CMD        {default}".replace(" ", "\u00a0"), mono=True, limit=46),
        ),
    ]


def _object_rows(container: Container, image: Image) -> list[str]:
    tone = {"running": "run", "exited": "done", "dead": "bad"}.get(container.state, "muted")
    if container.state == "exited" and container.exit_code:
        tone = "bad"
    exited = container.state == "exited" and container.exit_code is not None
    state = f"exited ({container.exit_code})" if exited else container.state
    named = graph.line(f"{container.name} : {class_name(image.name)}", bold=True, limit=34)
    return [
        graph.cell(named, graph.line(f"● {state}", tone=tone), align="CENTER"),
        graph.cell(graph.line("args: " + (" ".join(container.args) or "(none)"), mono=True, limit=34)),
        graph.cell(graph.line(f"writable layer: {_changed(container)}", limit=40)),
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
