"""The engine's JSON read into the model. Pure functions; each names the API answer that it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from containerlab.engine.history import joined
from containerlab.model import Change, Container, EngineInfo, Image, ImageConfig
from containerlab.model.container import ContainerState
from containerlab.model.engine import Builder, EngineKind

_CHANGE_KINDS = {0: "changed", 1: "added", 2: "deleted"}


@dataclass(frozen=True, slots=True)
class ImageSummary:
    """A line of ``docker image ls``; ``size`` in bytes, ``created`` in seconds since 1970."""

    id: str
    tags: tuple[str, ...]
    size: int
    created: float | None
    labels: tuple[tuple[str, str], ...] = ()


def seconds(text: str | None) -> float | None:
    """RFC 3339 as Go prints it (nanoseconds, year 1 for "never") in seconds since 1970."""
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$", text or "")
    if not match or match[1].startswith(("0001-", "0000-")):
        return None
    zone = "+00:00" if match[3] in {"Z", None} else match[3]
    whole = datetime.fromisoformat(match[1] + zone).astimezone(UTC)
    return whole.timestamp() + float(match[2] or 0)


def tags(names: Sequence[str] | None) -> tuple[str, ...]:
    """References as a person types them: Podman's ``docker.io/library/`` and ``localhost/`` are dropped."""
    short = (re.sub(r"^(?:docker\.io/library/|docker\.io/|localhost/)", "", name) for name in names or ())
    return tuple(name for name in dict.fromkeys(short) if name and "<none>" not in name)


def pairs(labels: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((labels or {}).items()))


def words(value: str | Sequence[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def config(raw: Mapping[str, Any]) -> ImageConfig:
    """``Config`` of GET /images/{name}/json."""
    variables = (entry.partition("=") for entry in raw.get("Env") or ())
    return ImageConfig(
        entrypoint=words(raw.get("Entrypoint")),
        cmd=words(raw.get("Cmd")),
        env=tuple((name, value) for name, _, value in variables),
        workdir=raw.get("WorkingDir") or "",
        user=raw.get("User") or "",
        ports=tuple(sorted(raw.get("ExposedPorts") or ())),
        volumes=tuple(sorted(raw.get("Volumes") or ())),
        labels=pairs(raw.get("Labels")),
    )


def image(
    raw: Mapping[str, Any], history: Sequence[Mapping[str, Any]], depth: Callable[[str], int | None] | None = None
) -> Image:
    """GET /images/{name}/json with GET /images/{name}/history; ``depth`` as in ``history.which_have_layers``."""
    rows, layers = joined(history, (raw.get("RootFS") or {}).get("Layers") or (), depth)
    return Image(
        id=raw["Id"] if ":" in raw["Id"] else f"sha256:{raw['Id']}",
        tags=tags(raw.get("RepoTags")),
        size=int(raw.get("Size") or 0),
        created=seconds(raw.get("Created")),
        os=raw.get("Os") or "",
        architecture=raw.get("Architecture") or "",
        layers=layers,
        history=rows,
        config=config(raw.get("Config") or {}),
    )


def summary(raw: Mapping[str, Any]) -> ImageSummary:
    """An entry of GET /images/json."""
    identity = raw["Id"] if ":" in raw["Id"] else f"sha256:{raw['Id']}"
    created = raw.get("Created")
    return ImageSummary(
        id=identity,
        tags=tags(raw.get("RepoTags")),
        size=int(raw.get("Size") or 0),
        created=float(created) if created else None,
        labels=pairs(raw.get("Labels")),
    )


def changes(raw: Sequence[Mapping[str, Any]] | None) -> tuple[Change, ...]:
    """GET /containers/{id}/changes, without sizes; sorted by path, since an engine's own order varies."""
    rows = sorted(raw or (), key=lambda row: str(row["Path"]))
    return tuple(Change(row["Path"], _CHANGE_KINDS[row["Kind"]]) for row in rows)  # type: ignore[arg-type]


def container(raw: Mapping[str, Any], changed: tuple[Change, ...] = ()) -> Container:
    """GET /containers/{id}/json."""
    state = raw.get("State") or {}
    settings = raw.get("Config") or {}
    entrypoint = words(settings.get("Entrypoint"))
    args = words(settings.get("Cmd"))
    started, finished = seconds(state.get("StartedAt")), seconds(state.get("FinishedAt"))
    status: ContainerState = state.get("Status") or "created"
    identity = str(raw.get("Image") or "")
    return Container(
        id=raw["Id"],
        name=str(raw.get("Name") or "").lstrip("/"),
        image_id=identity if ":" in identity else f"sha256:{identity}",
        image_name=(tags([settings.get("Image") or ""]) or ("",))[0],
        state="exited" if str(status) == "stopped" else status,
        command=entrypoint + args,
        entrypoint=entrypoint,
        args=args,
        exit_code=state.get("ExitCode") if finished is not None and status not in {"created", "running"} else None,
        out_of_memory=bool(state.get("OOMKilled")),
        created=seconds(raw.get("Created")),
        started=started,
        finished=finished,
        changes=changed,
        writable_bytes=raw.get("SizeRw"),
        labels=pairs(settings.get("Labels")),
        ports=ports((raw.get("NetworkSettings") or {}).get("Ports")),
    )


def ports(raw: Mapping[str, Sequence[Mapping[str, str]] | None] | None) -> tuple[str, ...]:
    """``127.0.0.1:8080->80/tcp`` for each published port, ``80/tcp`` for one that is only exposed."""
    found = []
    for inside, outside in sorted((raw or {}).items()):
        found += [f"{one.get('HostIp', '')}:{one.get('HostPort', '')}->{inside}" for one in outside or ()] or [inside]
    return tuple(found)


def engine_info(address: str, kind: str, version: Mapping[str, Any], info: Mapping[str, Any], api: str) -> EngineInfo:
    """GET /version with GET /info. ``kind`` "" is answered from what the engine says of itself."""
    if not kind or kind == "docker":
        kind = _kind(version, info)
    builders: tuple[Builder, ...] = ("podman",) if is_podman(version) else ("buildkit", "classic")
    if info.get("OSType") == "windows":
        builders = ("classic",)
    status = dict(row for row in info.get("DriverStatus") or () if len(row) == 2)
    known: EngineKind = kind  # type: ignore[assignment]
    return EngineInfo(
        kind=known,
        address=address,
        name=str(info.get("Name") or ""),
        version=str(version.get("Version") or info.get("ServerVersion") or ""),
        api_version=api,
        os=str(version.get("Os") or info.get("OSType") or ""),
        architecture=str(version.get("Arch") or info.get("Architecture") or ""),
        kernel=str(version.get("KernelVersion") or info.get("KernelVersion") or ""),
        storage=str(info.get("Driver") or ""),
        containerd_store=status.get("driver-type") == "io.containerd.snapshotter.v1",
        builders=builders,
    )


def is_podman(version: Mapping[str, Any]) -> bool:
    return any("podman" in str(part.get("Name", "")).lower() for part in version.get("Components") or ())


def _kind(version: Mapping[str, Any], info: Mapping[str, Any]) -> str:
    if is_podman(version):
        return "podman"
    return "desktop" if info.get("OperatingSystem") == "Docker Desktop" else "docker"
