"""What the cache oracle needs to know of an engine: the images that builds begin with, and what its cache holds."""

from __future__ import annotations

from collections.abc import Collection

from containerlab.build.oracle.facts import BaseImage
from containerlab.engine.client import Engine
from containerlab.engine.reading import seconds
from containerlab.model import short_id

_STEPS = ("mount / from exec", "fileop target")  # what BuildKit calls the records of RUN, and of COPY, ADD, WORKDIR


def base_image(engine: Engine, reference: str) -> BaseImage:
    """ImageNotFound where the engine doesn't have it."""
    with engine.asking(f"image {reference}"):
        found = engine.api.inspect_image(reference)
    config = found.get("Config") or {}
    pairs = [(name, value) for name, _, value in (one.partition("=") for one in config.get("Env") or ())]
    return BaseImage(
        found["Id"],
        tuple((found.get("RootFS") or {}).get("Layers") or ()),
        tuple(pairs),
        config.get("WorkingDir") or "",
        config.get("User") or "",
        plain=not config.get("OnBuild") and not config.get("Shell"),
    )


def cache_records(engine: Engine) -> dict[str, float]:
    """BuildKit's cache records of steps, by the engine's own names, with the time at which each was made."""
    with engine.asking("the build cache"):
        rows = engine.api.df().get("BuildCache") or ()
    return {
        row["ID"]: seconds(row.get("CreatedAt")) or 0.0
        for row in rows
        if str(row.get("Description") or "").startswith(_STEPS)
    }


def step_images(engine: Engine) -> frozenset[str]:
    """Every image of the engine, those of the classic builder's steps included."""
    with engine.asking("images"):
        rows = engine.api.images(all=True)
    return frozenset(row["Id"] for row in rows)


def steps_of_others(engine: Engine, known: Collection[str]) -> frozenset[tuple[str, str]]:
    """Images that the classic builder may take for a step of its own, beside the ``known`` (short ids): each as the
    image that it stands on (short) and the instruction's keyword."""
    found = set()
    with engine.asking("images"):
        for row in engine.api.images(all=True):
            parent = short_id(row.get("ParentId") or "")
            if parent and short_id(row["Id"]) not in known:
                config = engine.api.inspect_image(row["Id"]).get("ContainerConfig") or {}
                found.add((parent, _keyword(config.get("Cmd") or [])))
    return frozenset(found)


def _keyword(command: list[str]) -> str:
    """Of the text that a classic step leaves: ``/bin/sh -c #(nop)  ENV A=1`` is an ENV, all else was run."""
    for word in command:
        if word.startswith("#(nop) "):
            return (word[7:].split() or ["RUN"])[0]
    return "RUN"
