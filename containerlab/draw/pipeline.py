"""The pipeline: Dockerfile, build, image, run, containers; every box is the real object."""

from __future__ import annotations

from collections.abc import Sequence

from containerlab.draw import theme
from containerlab.draw.escape import Html, element, one_line, visible
from containerlab.draw.parts import chip, command, copyable, details, is_course_label, pick, plural, rows, side, split
from containerlab.draw.player import step_look
from containerlab.model import Build, Container, HistoryRow, Image, Layer, human_size, human_time

SHOWN = 8


def pipeline(dockerfile: str, build: Build | None, image: Image | None, containers: Sequence[Container] = ()) -> Html:
    """Five boxes from text to processes. A box whose object is not there yet says how it comes about."""
    boxes = [
        ("Dockerfile", "text", _dockerfile(dockerfile or (build.dockerfile if build else ""))),
        ("build", "docker build", _build(build)),
        ("image", "at rest", _image(image)),
        ("run", "docker run", _run(image)),
        ("containers", "at work", _containers(containers)),
    ]
    name = image.name if image else build.tag if build else "an image to be built"
    drawn = [
        element(
            "li",
            element("div", element("b", title), element("span", kind, class_="cl-thin"), class_="cl-title"),
            body,
            class_=f"cl-box cl-box-{title.lower()}",
        )
        for title, kind, body in boxes
    ]
    return element(
        "div",
        element("div", chip(name), element("span", "from text to processes", class_="cl-sum"), class_="cl-head"),
        element("ol", *drawn, class_="cl-pipe", aria_label="From the Dockerfile to its containers"),
        side("Select a box's object to see what it is called on the engine."),
        class_="cl cl-pipeline",
        role="group",
        aria_label=f"Pipeline of {name}",
    )


def pipeline_text(
    dockerfile: str, build: Build | None, image: Image | None, containers: Sequence[Container] = ()
) -> str:
    """The pipeline in words: no ids, sizes or times."""
    lines = [line for line in (dockerfile or (build.dockerfile if build else "")).splitlines() if line.strip()]
    told = [f"Dockerfile   {plural(len(lines), 'line')}" if lines else "Dockerfile   not known"]
    steps = [step for step in build.steps if not is_course_label(step.instruction)] if build else []
    told.append(
        f"build        {plural(len(steps), 'step')}, {theme.BUILD[build.state].word}"
        if build
        else "build        not yet"
    )
    told.append(f"image        {one_line(image.name, 60)}" if image else "image        not yet")
    told.append(f"run          {_call(image)}" if image else "run          not yet")
    made = [f"{one_line(one.name, 40)}: {one_line(command(one), 60)}, {one.state}" for one in containers]
    return "\n".join(told + [f"container    {line}" for line in made or ["none yet"]])


def _empty(told: str) -> Html:
    return element("p", told, class_="cl-hint")


def _dockerfile(text: str) -> Html:
    if not text.strip():
        return _empty("The text of an image. %%dockerfile writes one.")
    lines = visible(text).splitlines()
    shown = []
    for line in lines[:14]:
        keyword, rest = split(line[:200])
        shown.append(element("span", *([element("b", keyword), " "] if keyword else []), rest, "\n"))
    if len(lines) > 14:
        shown.append(element("span", f"and {len(lines) - 14} more lines", class_="cl-thin"))
    return element("pre", *shown, class_="cl-code", tabindex="0", aria_label="Dockerfile")


def _build(build: Build | None) -> Html:
    if build is None:
        return _empty("Runs the instructions one by one. docker build starts it.")
    steps = [step for step in build.steps if not is_course_label(step.instruction)]
    listed = [
        element(
            "li",
            theme.mark(step_look(step), ""),
            element("code", element("b", step.keyword), " ", one_line(split(step.instruction)[1], 40)),
        )
        for step in steps[:SHOWN]
    ]
    if len(steps) > SHOWN:
        listed.append(element("li", f"and {len(steps) - SHOWN} more", class_="cl-hint"))
    ended = element(
        "div",
        theme.mark(theme.BUILD[build.state]),
        element("span", human_time(build.seconds), class_="cl-size"),
        class_="cl-foot",
    )
    return element("div", element("ol", *listed, class_="cl-steps-mini"), ended)


def _image(image: Image | None) -> Html:
    if image is None:
        return _empty("Read-only layers and a config. It appears when the build has ended.")
    slabs = [_mini(row, row.layer) for row in reversed(sum(rows(image), ())) if row.layer]
    if len(slabs) > SHOWN:
        slabs = [*slabs[: SHOWN - 1], element("li", f"and {len(slabs) - SHOWN + 1} more", class_="cl-line cl-hint")]
    named = pick(element("b", one_line(image.name, 60)), element("span", human_size(image.size), class_="cl-size"))
    more = details(
        [
            ("image", image.name),
            ("id", copyable(image.id)),
            ("size", human_size(image.size)),
            ("layers", str(len(image.layers))),
        ]
    )
    return element(
        "div", named, more, element("ol", *slabs, class_="cl-slabs cl-mini", reversed=True, aria_label="Layers")
    )


def _mini(row: HistoryRow, layer: Layer) -> Html:
    named = element("b", split(row.instruction)[0] or "layer")
    size = element("span", human_size(layer.size), class_="cl-size")
    return element("li", named, size, class_="cl-slab", style=f"--cl-h:{max(20, theme.slab_height(layer.size) // 2)}px")


def _call(image: Image) -> str:
    always, default = " ".join(image.config.entrypoint), " ".join(image.config.cmd)
    return one_line(f"ENTRYPOINT {always or '(none)'}, CMD {default or '(none)'}", 100)


def _run(image: Image | None) -> Html:
    if image is None:
        return _empty("Adds a writable layer and starts one process in it.")
    pairs = [("ENTRYPOINT", image.config.entrypoint), ("CMD", image.config.cmd)]
    return element(
        "dl",
        *[
            (element("dt", name), element("dd", element("code", one_line(" ".join(value), 60) or "(none)")))
            for name, value in pairs
        ],
        class_="cl-run",
    )


def _containers(containers: Sequence[Container]) -> Html:
    if not containers:
        return _empty("None yet. docker run makes one, and another, and another.")
    cards = []
    for container in containers[:4]:
        look = theme.CONTAINER[container.state]
        exited = container.state == "exited" and container.exit_code is not None
        word = f"exited ({container.exit_code})" if exited else look.word
        look = theme.STEP["failed"] if exited and container.exit_code else look
        face = pick(
            element("b", one_line(container.name, 40)),
            theme.mark(look, word),
            element("code", one_line(command(container), 60)),
        )
        more = details(
            [
                ("container", container.name),
                ("id", copyable(container.id)),
                ("image", container.image_name),
                ("command", element("code", one_line(command(container), 300))),
            ]
        )
        cards.append(element("li", face, more, class_="cl-card"))
    if len(containers) > 4:
        cards.append(element("li", f"and {len(containers) - 4} more", class_="cl-hint"))
    return element("ul", *cards, class_="cl-cards")
