"""Which layers make an image: manifest.json of ``docker save``, or index.json of an OCI layout."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from containerlab.engine import history, reading
from containerlab.errors import LabError
from containerlab.model import HistoryRow, Image, Layer

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
MOST_LAYERS = 1_000  # engines stop at 127
Blob = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """``layers`` are members of the archive, base first; ``config`` is the image's (OCI image spec, config.md)."""

    names: tuple[str, ...]
    layers: tuple[str, ...]
    config: Mapping[str, Any]
    config_name: str

    @property
    def diff_ids(self) -> tuple[str, ...]:
        listed = (self.config.get("rootfs") or {}).get("diff_ids") or ()
        return tuple(str(one) for one in listed)


def manifest(blob: Blob, ref: str = "") -> Manifest:
    """The image ``ref`` of an archive whose members ``blob(name)`` reads; the first one if ``ref`` is ""."""
    try:
        listed = _json(blob("manifest.json"))
        found = _saved(listed, blob, ref) if listed is not None else _oci(_json(blob("index.json")), blob, ref)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise LabError("This archive's manifest cannot be read.", f"({type(error).__name__}: {error})") from None
    if found is None:
        raise LabError(
            f"The archive has no image {ref}." if ref else "This archive has no image in it.",
            "It should be one that docker save wrote, or an OCI layout.",
        )
    if len(found.layers) > MOST_LAYERS:
        raise LabError(f"This archive names {len(found.layers):,} layers; an image has at most {MOST_LAYERS}.")
    if found.diff_ids and len(found.diff_ids) != len(found.layers):
        raise LabError("This archive's config and manifest name different numbers of layers.")
    return found


def _json(raw: bytes | None) -> Any:
    return None if raw is None else json.loads(raw)


def _saved(listed: Sequence[Mapping[str, Any]], blob: Blob, ref: str) -> Manifest | None:
    for entry in listed:
        names = reading.tags(entry.get("RepoTags"))
        if not ref or ref in names or f"{ref}:latest" in names:
            name = str(entry["Config"])
            config = _json(blob(name)) or {}
            return Manifest(names, tuple(str(one) for one in entry["Layers"] or ()), config, name)
    return None


def _oci(index: Mapping[str, Any] | None, blob: Blob, ref: str, depth: int = 0) -> Manifest | None:
    if index is None or depth > 4:
        return None
    for entry in sorted(index["manifests"], key=_rank):
        marks = entry.get("annotations") or {}
        name = marks.get("io.containerd.image.name") or marks.get("org.opencontainers.image.ref.name") or ""
        names = reading.tags([name] if name else [])
        if ref and depth == 0 and ref not in names and f"{ref}:latest" not in names:
            continue
        document = _json(blob(_member(entry["digest"])))
        if document is None:
            continue
        if "manifests" in document:
            found = _oci(document, blob, "", depth + 1)
            if found is not None:
                return replace(found, names=names)
        elif document.get("layers") is not None:
            config_name = _member(document["config"]["digest"])
            layers = tuple(_member(one["digest"]) for one in document["layers"])
            return Manifest(names, layers, _json(blob(config_name)) or {}, config_name)
    return None


def _rank(entry: Mapping[str, Any]) -> int:
    """This machine's platform first, attestations last."""
    where = entry.get("platform") or {}
    if where.get("os") == "unknown" or "vnd.docker.reference.type" in (entry.get("annotations") or {}):
        return 2
    machine = os.uname().machine if hasattr(os, "uname") else "x86_64"
    return 0 if where.get("architecture") in (None, _ARCHITECTURES.get(machine, machine)) else 1


def _member(digest: str) -> str:
    return "blobs/" + str(digest).replace(":", "/", 1)


def image(found: Manifest, sizes: Sequence[int]) -> Image:
    """The image as the archive's config tells of it; ``sizes`` are those of its layers' files, in bytes."""
    diff_ids = found.diff_ids or ("",) * len(found.layers)
    layers = tuple(Layer(diff_id, at, size) for at, (diff_id, size) in enumerate(zip(diff_ids, sizes, strict=True)))
    rows, left = [], list(layers)
    for row in (found.config.get("history") or ())[: 4 * MOST_LAYERS]:
        layer = left.pop(0) if left and not row.get("empty_layer") else None
        created_by = str(row.get("created_by") or "")
        rows.append(
            HistoryRow(
                created_by=created_by,
                instruction=history.instruction(created_by),
                size=layer.size if layer else 0,
                layer=layer,
                created=reading.seconds(row.get("created")),
                comment=str(row.get("comment") or ""),
            )
        )
    digest = found.config_name.removesuffix(".json").rpartition("/")[2]
    return Image(
        id=f"sha256:{digest}",
        tags=found.names,
        size=sum(sizes),
        created=reading.seconds(found.config.get("created")),
        os=str(found.config.get("os") or ""),
        architecture=str(found.config.get("architecture") or ""),
        layers=layers,
        history=tuple(rows),
        config=reading.config(found.config.get("config") or {}),
    )
