"""The pictures of a model's values, as widgets. Drawing and widgets are imported when the first picture is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from containerlab.model import Build, Container, Image
    from containerlab.widgets.picture import Picture


def picture(html: str, text: str) -> Picture:
    from containerlab.widgets.picture import Picture

    return Picture(html=html, text=text)


def stack(image: Image, container: Container | None = None) -> Picture:
    from containerlab.draw.stack import stack, stack_text

    return picture(stack(image, container), stack_text(image, container))


def shared(image_a: Image, image_b: Image) -> Picture:
    from containerlab.draw.stack import shared, shared_text

    return picture(shared(image_a, image_b), shared_text(image_a, image_b))


def history(image: Image) -> Picture:
    from containerlab.draw.history import history, history_text

    return picture(history(image), history_text(image))


def source(image: Image) -> Picture:
    from containerlab.draw.classes import source, source_text

    return picture(source(image), source_text(image))


def diagram(image: Image, containers: Sequence[Container]) -> Picture:
    from containerlab.draw.classes import diagram, diagram_text

    return picture(diagram(image, containers), diagram_text(image, containers))


def pipeline(dockerfile: str, build: Build | None, image: Image | None, containers: Sequence[Container]) -> Picture:
    from containerlab.draw.pipeline import pipeline, pipeline_text

    return picture(pipeline(dockerfile, build, image, containers), pipeline_text(dockerfile, build, image, containers))


def analogies(image: Image | None, containers: Sequence[Container]) -> Picture:
    from containerlab.draw.analogies import analogies, analogies_text

    return picture(analogies(image, containers), analogies_text())


def transcript(build: Build) -> Picture:
    from containerlab.draw.transcript import transcript, transcript_text

    return picture(transcript(build), transcript_text(build))


def comparison(build: Build, previous: Build) -> Picture:
    from containerlab.draw.player import compare, compare_text

    return picture(compare(build, previous), compare_text(build, previous))


def player(build: Build, previous: Build | None = None) -> Any:
    from containerlab.widgets.player import Player

    return Player(build, previous)
