"""Images for the rows that read layers: made here, the same each time, and never pulled."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

_MIB = 1 << 20


def docker_archive(path: Path, layers: int, entries: int, size: int, packed: bool = False) -> Path:
    """An image of ``layers`` layers with ``entries`` entries and ``size`` bytes in all, as ``docker save`` writes it;
    with ``packed`` an OCI layout with gzip layers. Whiteouts included; sizes of files as uneven as in real images."""
    rng = random.Random(3)
    words = [f"{rng.randrange(1 << 40):x}\n".encode() for _ in range(4096)]
    text = b"".join(rng.choices(words, k=2 * _MIB // 10))
    diff_ids, names = [], []
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for number in range(layers):
            with TemporaryFile(dir=path.parent) as plain, TemporaryFile(dir=path.parent) as small:
                _layer(plain, number, entries // layers, size // layers, rng, text)
                diff_ids.append(f"sha256:{_digest(plain)}")
                body: IO[bytes] = plain
                if packed:
                    plain.seek(0)
                    with gzip.GzipFile(fileobj=small, mode="wb", compresslevel=1, mtime=0) as out:
                        while piece := plain.read(_MIB):
                            out.write(piece)
                    body = small
                names.append(f"blobs/sha256/{_digest(body)}" if packed else f"{diff_ids[-1][7:]}/layer.tar")
                _add(archive, names[-1], body)
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["sh"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [
                {"created": "2026-01-01T00:00:00Z", "created_by": f"RUN step {number}"} for number in range(layers)
            ],
        }
        raw = json.dumps(config).encode()
        digest = hashlib.sha256(raw).hexdigest()
        name = f"blobs/sha256/{digest}" if packed else f"{digest}.json"
        _add(archive, name, io.BytesIO(raw))
        manifest = [{"Config": name, "RepoTags": [f"bench:layers{layers}"], "Layers": names}]
        _add(archive, "manifest.json", io.BytesIO(json.dumps(manifest).encode()))
    return path


def _layer(out: IO[bytes], number: int, entries: int, size: int, rng: random.Random, text: bytes) -> None:
    shares = [rng.paretovariate(1.05) for _ in range(entries)]
    scale = size / sum(shares)
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:

        def add(name: str, kind: bytes = tarfile.DIRTYPE, length: int = 0, link: str = "") -> None:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname, info.mtime = kind, length, link, 1_700_000_000
            info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
            start = rng.randrange(_MIB)
            body = text[start : start + length]
            if len(body) < length:
                body += text * ((length - len(body)) // len(text) + 1)
            archive.addfile(info, io.BytesIO(body[:length]) if length else None)

        top = f"usr/lib/layer{number:03}"
        for folder in ("usr", "usr/lib", top):
            add(folder)
        gone = 20 if number > 1 else 0
        for at in range(gone):
            add(f"usr/lib/layer{number - 1:03}/part{at // 9}/.wh.file{at:05}.so", tarfile.REGTYPE)
        folder = top
        for at in range(entries - 3 - gone):
            if at % 10 == 0:
                folder = f"{top}/part{at // 10}"
                add(folder)
            elif at % 17 == 5:
                add(f"{folder}/link{at:05}.so", tarfile.SYMTYPE, link=f"file{at - 1:05}.so")
            else:
                add(f"{folder}/file{at:05}.so", tarfile.REGTYPE, int(shares[at] * scale))


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(_MIB):
        digest.update(piece)
    return digest.hexdigest()


def _add(archive: tarfile.TarFile, name: str, body: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size = body.seek(0, io.SEEK_END)
    body.seek(0)
    archive.addfile(info, body)
