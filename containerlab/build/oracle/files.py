"""The files of a context, each as a short mark of all that the cache looks at: kind, mode, content. Never its date."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from posixpath import basename, normpath

from containerlab.build.context import Context
from containerlab.build.ignore import Ignore, read, regex


def file_mark(content: bytes, mode: int = 0o644) -> str:
    return f"f:{mode:o}:{hashlib.sha256(content).hexdigest()[:32]}"


class TooLarge(Exception):
    """The context has more bytes than one wants to read."""


def marks(context: Context, limit: int | None = None) -> dict[str, str]:
    """Path to mark of all that would be sent; TooLarge for more than ``limit`` bytes."""
    found: dict[str, str] = {}
    total = 0
    for name in context.paths():
        plain = name.rstrip("/")
        if plain == context.dockerfile_name:
            continue
        path = f"{context.folder}/{plain}"
        status = os.lstat(path)
        total += status.st_size
        if limit is not None and total > limit:
            raise TooLarge
        mode = stat.S_IMODE(status.st_mode)
        if stat.S_ISDIR(status.st_mode):
            found[name] = f"d:{mode:o}"
        elif stat.S_ISLNK(status.st_mode):
            found[name] = f"l:{Path(path).readlink()}"
        elif stat.S_ISREG(status.st_mode):
            found[name] = f"f:{mode:o}:{_content(path, status.st_size, status.st_mtime_ns, status.st_ino)}"
        else:
            found[name] = f"s:{status.st_mode:o}:{status.st_rdev}"
    mode = 0o644
    if context.folder is not None and (context.folder / context.dockerfile_name).is_file():
        mode = stat.S_IMODE(os.lstat(context.folder / context.dockerfile_name).st_mode)
    found[context.dockerfile_name] = file_mark(context.text.encode(), mode)
    return found


@lru_cache(4096)
def _content(path: str, size: int, changed: int, inode: int) -> str:
    """Read again only where the file's date or size says so."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Source:
    """What one source of a COPY takes: its paths relative to it, each with its mark. ``sure`` is False where a link or
    a pattern's form is beyond the oracle; ``found`` is False where the build will stop for want of it."""

    name: str
    files: tuple[tuple[str, str], ...]
    kind: str = "file"
    sure: bool = True
    found: bool = True
    folder_mark: str = ""


def source(name: str, files: Mapping[str, str]) -> Source:
    """``name`` as the Dockerfile has it, variables filled in."""
    path = normpath("/" + name).lstrip("/")
    if path == "":
        taken = tuple(sorted((one, mark) for one, mark in files.items() if one not in ("./", ".")))
        return Source("", taken, "folder")
    if re.search(r"[*?\[\\]", path):
        return _matching(path, files)
    if any(files.get(parent, "").startswith("l:") for parent in _ways(path)):
        return Source(path, tuple(sorted(files.items())), "link", sure=False)
    if path in files:
        return Source(path, (("", files[path]),), "file")
    if path + "/" in files or any(one.startswith(path + "/") for one in files):
        return Source(path, _below(path, files), "folder", folder_mark=files.get(path + "/", ""))
    return Source(path, (), "missing", found=False)


def _ways(path: str) -> Iterable[str]:
    parts = path.split("/")
    return ("/".join(parts[: at + 1]) for at in range(len(parts)))


def _below(path: str, files: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    length = len(path) + 1
    return tuple(
        sorted((one[length:], mark) for one, mark in files.items() if one.startswith(path + "/") and len(one) > length)
    )


def _matching(path: str, files: Mapping[str, str]) -> Source:
    """Go's filepath.Match, each part by itself. A folder among the matches comes with what is below; not certain."""
    try:
        patterns = [re.compile(regex(part), re.S) for part in path.split("/")]
    except re.error:
        return Source(path, tuple(sorted(files.items())), "pattern", sure=False)
    taken = []
    sure = "[" not in path and "\\" not in path and "**" not in path
    for one, mark in files.items():
        parts = one.rstrip("/").split("/")
        if len(parts) == len(patterns) and all(p.fullmatch(part) for p, part in zip(patterns, parts, strict=True)):
            sure = sure and mark.startswith("f:")
            taken.append((basename(one.rstrip("/")), mark))
            if one.endswith("/"):
                taken += [(basename(one.rstrip("/")) + "/" + rest, m) for rest, m in _below(one.rstrip("/"), files)]
    return Source(path, tuple(sorted(taken)), "pattern", sure, bool(taken))


def without_ignored(files: Mapping[str, str], dockerfile_name: str, ignore: str) -> dict[str, str]:
    """The classic builder takes the Dockerfile and .dockerignore out where .dockerignore names them."""
    rules: Ignore = read(ignore)
    dropped = {one for one in (dockerfile_name, ".dockerignore") if rules and rules.excludes(one)}
    return {path: mark for path, mark in files.items() if path not in dropped}
