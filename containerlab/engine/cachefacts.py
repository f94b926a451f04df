"""What the cache oracle needs to know of an image that a build begins with."""

from __future__ import annotations

from containerlab.build.oracle.facts import BaseImage
from containerlab.engine.client import Engine


def base_image(engine: Engine, reference: str) -> BaseImage:
    """ImageNotFound where the engine doesn't have it."""
    with engine.asking(f"image {reference}"):
        found = engine.api.inspect_image(reference)
    config = found.get("Config") or {}
    pairs = [one.partition("=")[::2] for one in config.get("Env") or ()]
    return BaseImage(
        found["Id"],
        tuple((found.get("RootFS") or {}).get("Layers") or ()),
        tuple(pairs),
        config.get("WorkingDir") or "",
        config.get("User") or "",
        plain=not config.get("OnBuild") and not config.get("Shell"),
    )
