"""Images in files, made here: a docker archive and OCI layouts of the same layers, and tars of any kind."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from containerlab.engine.layers.members import read_layer
from containerlab.engine.layers.windows import FileWindow
from containerlab.model.layerfiles import LayerFiles

Item = tuple[str, Any]  # a name and: bytes for a file, None for a folder, "-> target", "== target", a TarInfo


def tar(items: Sequence[Item], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A layer's archive: ``("etc/", None)``, ``("etc/name", b"...")``, ``("link", "-> etc/name")``, ..."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, what in items:
            info = tarfile.TarInfo(name)
            info.mode = 0o644
            if isinstance(what, tarfile.TarInfo):
                info = what
                info.name = name
            elif what is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            elif isinstance(what, str):
                info.type = tarfile.SYMTYPE if what.startswith("-> ") else tarfile.LNKTYPE
                info.linkname = what[3:]
                info.mode = 0o777
            else:
                info.size = len(what)
            archive.addfile(info, io.BytesIO(what) if isinstance(what, bytes) else None)
    return out.getvalue()


def read(raw: bytes, folder: Path, **options: Any) -> LayerFiles:
    """The layer's files, read from a file in ``folder``."""
    path = folder / "layer.tar"
    path.write_bytes(raw)
    with path.open("rb") as file:
        return read_layer(FileWindow(file.fileno()), len(raw), **options)


def rows(files: LayerFiles) -> list[tuple[object, ...]]:
    """The entries as values, in order of their paths."""
    return sorted((one.path, one.kind, one.size, one.mode, one.uid, one.gid, one.link) for one in files)


def config(layers: Sequence[bytes]) -> bytes:
    history: list[dict[str, Any]] = []
    for at in range(len(layers)):
        history += [{"created_by": f"RUN step {at}"}, {"created_by": f"ENV AT={at}", "empty_layer": True}]
    diff_ids = [_digest(layer) for layer in layers]
    told = {"os": "linux", "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": history, "config": {}}
    return json.dumps(told).encode()


def docker_archive(path: Path, layers: Sequence[bytes], links: bool = False) -> Path:
    """As ``docker save`` of engine 20.10 writes it; with ``links`` a layer that comes twice is linked to."""
    members: list[Item] = []
    names: list[str] = []
    seen: dict[bytes, str] = {}
    for at, layer in enumerate(layers):
        name = f"{at:064x}/layer.tar"
        if links and layer in seen:
            members.append((name, f"-> ../{seen[layer]}"))
        else:
            members.append((name, layer))
            seen[layer] = name
        names.append(name)
    described = config(layers)
    described_name = f"{hashlib.sha256(described).hexdigest()}.json"
    manifest = [{"Config": described_name, "RepoTags": ["made:here"], "Layers": names}]
    members += [(described_name, described), ("manifest.json", json.dumps(manifest).encode())]
    path.write_bytes(tar(members))
    return path


def oci_files(layers: Sequence[bytes], compress: Callable[[bytes], bytes], media: str) -> Mapping[str, bytes]:
    """An OCI layout by file name, with an attestation beside the image, as BuildKit writes them."""
    files: dict[str, bytes] = {}

    def put(raw: bytes, kind: str) -> dict[str, Any]:
        digest = _digest(raw)
        files["blobs/" + digest.replace(":", "/")] = raw
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": digest, "size": len(raw)}

    described = put(config(layers), "config.v1+json")
    packed = [put(compress(layer), f"layer.v1.tar{media}") for layer in layers]
    image = put(json.dumps({"schemaVersion": 2, "config": described, "layers": packed}).encode(), "manifest.v1+json")
    attested = put(json.dumps({"schemaVersion": 2, "config": described, "layers": []}).encode(), "manifest.v1+json")
    image["platform"] = {"os": "linux", "architecture": "amd64"}
    attested["platform"] = {"os": "unknown", "architecture": "unknown"}
    inner = put(json.dumps({"schemaVersion": 2, "manifests": [attested, image]}).encode(), "index.v1+json")
    inner["annotations"] = {"io.containerd.image.name": "docker.io/library/made:here"}
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [inner]}).encode()
    files["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'
    return files


def oci_archive(path: Path, layers: Sequence[bytes], compress: Callable[[bytes], bytes] = gzip.compress) -> Path:
    media = {"compress": "+gzip"}.get(getattr(compress, "__name__", ""), "")
    path.write_bytes(tar(list(oci_files(layers, compress, media).items())))
    return path


def oci_folder(path: Path, layers: Sequence[bytes], compress: Callable[[bytes], bytes] = gzip.compress) -> Path:
    for name, raw in oci_files(layers, compress, "+gzip").items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(raw)
    return path


def _digest(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"
