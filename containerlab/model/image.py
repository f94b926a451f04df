"""An image: layers with bytes, history rows without, and the config that says how to start it."""

from __future__ import annotations

from dataclasses import dataclass

from containerlab.model.units import short_id


@dataclass(frozen=True, slots=True)
class Layer:
    """One read-only layer. ``diff_id`` is the digest of its uncompressed tar (OCI image spec, rootfs.diff_ids);
    ``index`` counts from 0 at the base; ``size`` is in bytes, as the engine's history tells it."""

    diff_id: str
    index: int
    size: int


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """What the image says about how to run it (OCI image spec, config). Environment as pairs, in order."""

    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    workdir: str = ""
    user: str = ""
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One instruction of an image's history, oldest first in ``Image.history``.

    ``created_by`` is the engine's own text, ``instruction`` the same as a Dockerfile would say it. ``layer`` is None
    where the instruction made only metadata. ``image_id`` is None where Docker prints ``<missing>``: the step was
    built elsewhere, or by BuildKit, and has no image of its own. ``line`` is the line of the Dockerfile that made it,
    None where that Dockerfile is not known (the base image's rows). ``created`` is in seconds since 1970.
    """

    created_by: str
    instruction: str
    size: int
    layer: Layer | None = None
    image_id: str | None = None
    line: int | None = None
    created: float | None = None
    comment: str = ""

    @property
    def metadata_only(self) -> bool:
        return self.layer is None


@dataclass(frozen=True, slots=True)
class Image:
    """An image as the engine describes it. ``size`` in bytes; ``created`` in seconds since 1970, None if unset.

    ``base`` is the reference in the FROM line that it was built from, "" where nobody knows; the first
    ``base_layers`` layers and ``base_rows`` rows of its history came with that base."""

    id: str
    tags: tuple[str, ...]
    size: int
    created: float | None
    os: str
    architecture: str
    layers: tuple[Layer, ...]
    history: tuple[HistoryRow, ...]
    config: ImageConfig = ImageConfig()
    base: str = ""
    base_layers: int = 0
    base_rows: int = 0

    @property
    def name(self) -> str:
        """The first tag, else the short id."""
        return self.tags[0] if self.tags else short_id(self.id)


def shared_layers(*images: Image) -> tuple[Layer, ...]:
    """The layers that all of the images have at their bottom, base first. Layers are shared from the base up: the
    same files on top of another base are another layer to the engine (its chain id differs)."""
    if not images:
        return ()
    shared: list[Layer] = []
    for row in zip(*(image.layers for image in images), strict=False):
        if len({layer.diff_id for layer in row}) > 1:
            break
        shared.append(row[0])
    return tuple(shared)
