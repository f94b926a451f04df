"""The engine that a lab works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EngineKind = Literal["private", "docker", "desktop", "podman", "remote"]
Builder = Literal["buildkit", "classic", "podman"]


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Who answers.

    ``kind`` is "private" for the lab's own dockerd, "docker" for one that was on this machine before, "desktop" for
    Docker Desktop, "podman" for Podman's API, "remote" for an engine on another machine. ``api_version`` is the one
    that we speak with it. ``storage`` is the driver's name ("overlay2", "overlayfs", "vfs", ...).
    ``containerd_store`` tells whether images live in containerd's store, where an image's id is its manifest's digest.
    """

    kind: EngineKind
    address: str
    name: str
    version: str
    api_version: str
    os: str
    architecture: str
    kernel: str
    storage: str
    containerd_store: bool
    builders: tuple[Builder, ...]

    def __str__(self) -> str:
        title = {"private": "the lab's own engine", "podman": "Podman", "desktop": "Docker Desktop"}.get(
            self.kind, "Docker Engine"
        )
        return f"{title} {self.version} ({self.architecture}, {self.storage})"
