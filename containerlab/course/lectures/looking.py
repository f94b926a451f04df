"""What the checks of several lectures ask an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from containerlab.errors import ContainerNotFound, EngineRefused, ImageNotFound

if TYPE_CHECKING:
    from containerlab.lab import Lab
    from containerlab.model import Container, Image

BUILD_FIRST = "Run the %%dockerfile cell above first."


def image_or_none(lab: Lab, reference: str) -> Image | None:
    """The engine's image of that name, None where there is none."""
    try:
        return lab.engine.image(lab.resolve(reference))
    except ImageNotFound:
        return None


def containers_of(lab: Lab, reference: str) -> tuple[Container, ...]:
    """All containers that were made from that image, running or not."""
    image = image_or_none(lab, reference)
    if image is None:
        return ()
    return tuple(container for container in lab.engine.containers(all=True) if container.image_id == image.id)


def answer(lab: Lab, reference: str, *args: str) -> str:
    """What a container of the image prints, started for the check and removed again; "" where it does not start."""
    try:
        container = lab.image(reference)(*args)
    except EngineRefused:
        return ""
    try:
        return container.output.strip()
    finally:
        container.remove()


def quoted(said: str) -> str:
    """An answer in a sentence."""
    return f"says “{said}”" if said else "says nothing"


def has_file(lab: Lab, container: Container, path: str) -> bool:
    try:
        return lab.engine.exec(container.id, ["test", "-e", path])[0] == 0
    except ContainerNotFound:
        return False
