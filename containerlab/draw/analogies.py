"""The lecture's two analogies, each beside the thing itself, and where each one breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from containerlab.draw.classes import class_name
from containerlab.draw.escape import Html, element, one_line
from containerlab.model import Container, Image


@dataclass(frozen=True, slots=True)
class Analogy:
    """``rows``: Docker's word, the analogy's word, and what they have in common. ``breaks``: where it ends."""

    title: str
    rows: tuple[tuple[str, str, str], ...]
    breaks: tuple[str, ...]


RECIPE = Analogy(
    "Recipe and dish",
    (
        ("Dockerfile", "recipe on paper", "text: instructions, in order"),
        ("image", "the dish, cooked and deep-frozen", "made once from the recipe, kept, never changed"),
        ("container", "a portion, thawed and served", "many from one; what happens to one happens to no other"),
        ("registry", "the freezer of a shop", "where finished ones are kept for others"),
    ),
    (
        "A cook can change the recipe while cooking. An image never changes: another recipe makes another image.",
        "A portion that is eaten is gone. A container that stopped is still there, with all that was written in it.",
        "Two cooks get two dishes. Two engines that pull one image have the same bytes.",
    ),
)
CLASS = Analogy(
    "Class and instance",
    (
        ("image", "class", "what all have in common, written once"),
        ("base image", "superclass", "what is taken over from below"),
        ("ENV", "attribute", "a value that every instance starts with"),
        ("ENTRYPOINT, CMD", "the call and its default argument", "what runs when an instance is made"),
        ("container", "instance", "its own state; the class stays as it is"),
    ),
    (
        "Change a class and its instances follow. Build an image anew and its containers stay on the old one.",
        "A class looks up its superclass when it runs. An image holds its base's layers as they were at build time.",
        "An instance dies with its process. A container outlives its process, until it is removed.",
    ),
)
ANALOGIES = (RECIPE, CLASS)


def analogies(image: Image | None = None, containers: Sequence[Container] = ()) -> Html:
    """Both analogies; with an image and its containers, their real names stand beside the words."""
    real = _real(image, containers)
    return element(
        "div",
        element("div", element("span", "image and container, in other words", class_="cl-sum"), class_="cl-head"),
        *[_panel(analogy, real) for analogy in ANALOGIES],
        class_="cl cl-analogies",
        role="group",
        aria_label="Two analogies for image and container, and where each breaks",
    )


def analogies_text() -> str:
    """Both analogies in words."""
    lines: list[str] = []
    for analogy in ANALOGIES:
        lines.append(analogy.title)
        lines += [f"  {docker} is like {word}: {why}" for docker, word, why in analogy.rows]
        lines += [f"  breaks: {told}" for told in analogy.breaks]
    return "\n".join(lines)


def _real(image: Image | None, containers: Sequence[Container]) -> dict[str, str]:
    if image is None:
        return {}
    real = {"image": image.name, "base image": image.base, "container": ", ".join(one.name for one in containers[:3])}
    real["class"] = class_name(image.name)
    real["ENTRYPOINT, CMD"] = " ".join((*image.config.entrypoint, *image.config.cmd))
    return real


def _panel(analogy: Analogy, real: dict[str, str]) -> Html:
    rows = [
        element(
            "tr",
            element("th", docker, _here(real.get(docker)), scope="row"),
            element("td", element("b", word), element("span", why, class_="cl-why")),
        )
        for docker, word, why in analogy.rows
    ]
    head = element("tr", element("th", "in Docker", scope="col"), element("th", "is like", scope="col"))
    broken = [
        element(
            "li", element("span", element("i", class_="cl-mark", aria_hidden="true"), class_="cl-state cl-bad"), told
        )
        for told in analogy.breaks
    ]
    return element(
        "div",
        element("div", analogy.title, class_="cl-title"),
        element("table", element("thead", head), element("tbody", *rows), class_="cl-table"),
        element("div", "Where it breaks", class_="cl-cap"),
        element("ul", *broken, class_="cl-breaks"),
        class_="cl-panel",
    )


def _here(name: str | None) -> Html | None:
    return element("code", one_line(name, 48), class_="cl-here") if name else None
