"""The words of the course, each beside the thing on this engine that it names (row L15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from containerlab.draw.escape import Html, element, one_line
from containerlab.draw.parts import copyable, plural
from containerlab.errors import LabError

if TYPE_CHECKING:
    from containerlab.model import Build, Container, Image
    from containerlab.widgets.picture import Picture


@dataclass(frozen=True, slots=True)
class Word:
    """``key`` names the live thing that stands beside it."""

    name: str
    meaning: str
    key: str


WORDS = (
    Word("engine", "the program that stores images and runs containers; docker only talks to it", "engine"),
    Word("image", "files and settings, read-only: what a container starts from. Images are stored", "image"),
    Word("container", "a process with its own view of files, network and processes. Containers run", "container"),
    Word("registry", "a server that keeps images for others to pull", "registry"),
    Word("Dockerfile", "a text of instructions from which an image is built", "dockerfile"),
    Word("build", "carrying out a Dockerfile, step by step, until there is an image", "build"),
    Word("layer", "what one step changed in the files; an image is a stack of them", "layer"),
    Word("base image", "the image that FROM names; its layers are the bottom of the stack", "base"),
    Word("writable layer", "the layer on top that belongs to one container alone", "writable"),
    Word("tag", "a name for an image, of a repository and a version; it can move to another image", "tag"),
    Word("build cache", "what earlier builds have made, taken again where nothing changed", "cache"),
)


@dataclass(frozen=True, slots=True)
class Live:
    """What there is to point at: the newest of each."""

    engine: str
    builds: tuple[Build, ...] = ()
    image: Image | None = None
    container: Container | None = None


def glossary(lab: Any) -> Picture:
    """The glossary of a lab, its words linked to what this engine has right now."""
    from containerlab.widgets.picture import Picture

    return Picture(html=table(look(lab)), text=text())


def look(lab: Any) -> Live:
    """The newest objects of this session; an engine that holds none of them still gives the words."""
    builds = tuple(one.model for one in lab.builds if one.model.state == "done")
    image = container = None
    try:
        made = lab.containers()
        container = made[-1].model if made else None
        if builds:
            image = lab.engine.image(builds[-1].image_id or builds[-1].tag)
        elif container:
            image = lab.engine.image(container.image_id)
    except LabError:
        pass
    return Live(str(lab.info), builds, image, container)


def text() -> str:
    """The words alone: what they point at differs from engine to engine."""
    width = max(len(word.name) for word in WORDS)
    return "\n".join(f"{word.name:{width}}  {word.meaning}" for word in WORDS)


def table(live: Live) -> Html:
    """A row a word."""
    head = element("tr", *[element("th", title, scope="col") for title in ("word", "what it means", "here, now")])
    rows = [
        element(
            "tr",
            element("th", element("b", word.name), scope="row"),
            element("td", word.meaning),
            element("td", _here(word.key, live)),
        )
        for word in WORDS
    ]
    shown = element("table", element("thead", head), element("tbody", *rows), class_="cl-table")
    return element(
        "div",
        element("div", shown, class_="cl-scroll", tabindex="0", role="region", aria_label="Glossary"),
        class_="cl cl-glossary",
    )


def _here(key: str, live: Live) -> Html | str:
    image, container = live.image, live.container
    build = live.builds[-1] if live.builds else None
    none = element("span", "none yet", class_="cl-thin")
    match key:
        case "engine":
            return one_line(live.engine)
        case "registry":
            return element("span", "none is needed here: the lessons' images are on the engine", class_="cl-thin")
        case "image" if image:
            return element("span", element("code", one_line(image.name)), " ", copyable(image.id))
        case "container" if container:
            return element("span", element("code", one_line(container.name)), " ", copyable(container.id))
        case "dockerfile" if build:
            return f"{plural(len(build.dockerfile.strip().splitlines()), 'line')}, of {one_line(build.tag)}"
        case "build" if build:
            return f"{one_line(build.tag)}: {plural(len(build.steps), 'step')}"
        case "layer" if image and image.layers:
            return element(
                "span", f"{plural(len(image.layers), 'layer')}, the top one ", copyable(image.layers[-1].diff_id)
            )
        case "base" if image and image.base:
            return element("code", one_line(image.base))
        case "writable" if container:
            return f"the one of {one_line(container.name)}"
        case "tag" if image and image.tags:
            return element("code", one_line(image.tags[0]))
        case "cache" if build:
            return f"{plural(sum(len(one.cached) for one in live.builds), 'step')} taken from it so far"
    return none
