"""Images written as ``docker load`` reads them: a manifest, a config, a tar a layer. No engine is needed for it.

Format: the Docker image specification v1.2 (manifest.json); layers and whiteouts: the OCI image spec, layer.md.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the history; ``layer`` is the tar that it made, None for metadata."""

    created_by: str
    layer: Path | None = None
    comment: str = ""


def write_image(
    target: Path, tag: str, rows: Sequence[Row], config: Mapping[str, Any], architecture: str, created: int
) -> str:
    """Writes the archive at once or not at all (a rename); the image's id."""
    stamp = datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    layers = [row.layer for row in rows if row.layer is not None]
    digests = [digest(path) for path in layers]
    document = {
        "architecture": architecture,
        "os": "linux",
        "created": stamp,
        "config": dict(config),
        "history": [
            {"created": stamp, "created_by": row.created_by}
            | ({"comment": row.comment} if row.comment else {})
            | ({} if row.layer is not None else {"empty_layer": True})
            for row in rows
        ],
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{one}" for one in digests]},
    }
    raw = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    identity = hashlib.sha256(raw).hexdigest()
    manifest = [{"Config": f"{identity}.json", "RepoTags": [tag], "Layers": [f"{one}/layer.tar" for one in digests]}]
    partial = target.with_suffix(".partial")
    with tarfile.open(partial, "w", format=tarfile.GNU_FORMAT) as archive:
        for path, one in zip(layers, digests, strict=True):
            archive.addfile(_folder(one, created))
            member = _file(f"{one}/layer.tar", path.stat().st_size, created)
            with path.open("rb") as layer:
                archive.addfile(member, layer)
        _add_bytes(archive, f"{identity}.json", raw, created)
        _add_bytes(archive, "manifest.json", json.dumps(manifest).encode(), created)
    partial.replace(target)
    return f"sha256:{identity}"


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_layer(target: Path, tree: Path, extra: Mapping[str, bytes], leave_out: Iterable[str] = ()) -> None:
    """A layer from a tar of a whole root: sorted, owners by number; ``extra`` files added, ``leave_out`` dropped.

    ``leave_out`` are paths without a leading slash; one that ends with / keeps the folder and drops what is in it.
    """
    drop = tuple(leave_out)
    with tarfile.open(tree) as source, tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as layer:
        members = {path_of(member): member for member in source.getmembers()}
        newest = max((int(member.mtime) for member in members.values()), default=0)
        # Hard links last: each needs its target before it.
        for path in sorted(members.keys() - extra.keys(), key=lambda path: (members[path].islnk(), path)):
            if path and not any(path == one or (one.endswith("/") and path.startswith(one)) for one in drop):
                _copy(source, members[path], layer)
        for path, content in sorted(extra.items()):
            for parent in reversed(PurePosixPath(path).parents):
                if str(parent) not in {".", *members}:
                    layer.addfile(_folder(str(parent), newest))
                    members[str(parent)] = _folder(str(parent), newest)
            _add_bytes(layer, path, content, newest)


def write_difference(target: Path, lower: Path, upper: Path) -> None:
    """The layer that makes ``upper`` out of ``lower`` (tars of whole roots): what is new or other, and whiteouts.

    A file that differs in its time alone is left out. Each entry brings its folders along, as a container's diff does.
    """
    with tarfile.open(lower) as below, tarfile.open(upper) as above, tarfile.open(target, "w") as layer:
        old = {path_of(member): member for member in below.getmembers()}
        new = {path_of(member): member for member in above.getmembers()}
        wanted = {path for path, member in new.items() if path not in old or _differ(below, old[path], above, member)}
        # A hard link needs its target in the same layer.
        wanted |= {new[path].linkname.removeprefix("./") for path in wanted if new[path].islnk()}
        gone = {path for path in old if path not in new and str(PurePosixPath(path).parent) in {".", *new}}
        for path in [*wanted, *gone]:
            wanted |= {str(parent) for parent in PurePosixPath(path).parents} & new.keys()
        for path in sorted(wanted - {"", "."}, key=lambda path: (new[path].islnk(), path)):
            _copy(above, new[path], layer)
        for path in sorted(gone):
            name = PurePosixPath(path)
            _add_bytes(
                layer, str(name.parent / f".wh.{name.name}"), b"", int(new.get(str(name.parent), old[path]).mtime)
            )


def path_of(member: tarfile.TarInfo) -> str:
    """The path without a leading ./ or slash; "" for the root itself."""
    plain = _plain(member.name)
    return "" if plain == "." else plain


def _plain(name: str) -> str:
    return name.removeprefix("./").strip("/")


def _differ(below: tarfile.TarFile, a: tarfile.TarInfo, above: tarfile.TarFile, b: tarfile.TarInfo) -> bool:
    said = [
        (one.type, one.mode, one.uid, one.gid, one.size, one.linkname, one.devmajor, one.devminor) for one in (a, b)
    ]
    if said[0] != said[1]:
        return True
    return a.isreg() and _content(below, a) != _content(above, b)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = cast("io.BufferedReader", archive.extractfile(member))  # None only for what is no regular file
    return hashlib.file_digest(file, "sha256").digest()


def _copy(source: tarfile.TarFile, member: tarfile.TarInfo, target: tarfile.TarFile) -> None:
    kept = member.replace(name=_plain(member.name), mtime=int(member.mtime), uname="", gname="", deep=False)
    if member.islnk():
        kept.linkname = _plain(member.linkname)
    kept.pax_headers = {key: value for key, value in member.pax_headers.items() if key.startswith("SCHILY.xattr.")}
    content: IO[bytes] | None = source.extractfile(member) if member.isreg() else None
    target.addfile(kept, content)


def _folder(name: str, time: int, mode: int = 0o755) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.mtime = tarfile.DIRTYPE, mode, time
    return member


def _file(name: str, size: int, time: int, mode: int = 0o644) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, mode, time
    return member


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes, time: int) -> None:
    archive.addfile(_file(name, len(content), time), io.BytesIO(content))


def is_whole(path: Path) -> bool:
    """True if the archive can be read to its manifest: a cache may hold what a full disk cut off."""
    with suppress(OSError, tarfile.TarError, KeyError), tarfile.open(path) as archive:
        return archive.getmember("manifest.json").size > 0
    return False
