"""A folder with files that a lesson builds from and edits: written, shown and changed from Python."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from containerlab.errors import CommandError


class Folder(os.PathLike[str]):
    """``folder["app.py"]`` reads a file, ``folder["app.py"] = text`` writes it; it can stand wherever a path can."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            self[name] = content

    def __getitem__(self, name: str) -> str:
        return self._inside(name).read_text("utf-8")

    def __setitem__(self, name: str, content: str | bytes) -> None:
        path = self._inside(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def __delitem__(self, name: str) -> None:
        self._inside(name).unlink()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._inside(name).is_file()

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def touch(self, name: str) -> None:
        """A new date for a file, and nothing else."""
        os.utime(self._inside(name))

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its files, sorted."""
        found = (path for path in self.path.rglob("*") if not path.is_dir())
        return tuple(sorted(path.relative_to(self.path).as_posix() for path in found))

    def _inside(self, name: str) -> Path:
        path = self.path / name
        if not path.resolve().is_relative_to(self.path.resolve()):
            raise CommandError(f"{name} would lie outside of the folder.", "give a name without ..")
        return path

    def __fspath__(self) -> str:
        return str(self.path)

    __str__ = __fspath__

    def __repr__(self) -> str:
        return f"a folder with {', '.join(self.files) or 'no files yet'}"


class Folders:
    """The folders of a lab. A named one lies beside the notebook, where a student can open its files; one that
    somebody else made there is never written to. Which ones are ours is kept in ``home/folders.json``."""

    def __init__(self, home: Path) -> None:
        self._register = home / "folders.json"
        self._named: dict[Path, dict[str, bytes]] = {}
        self._unnamed: list[tempfile.TemporaryDirectory[str]] = []

    def named(self, name: str, files: Mapping[str, str | bytes]) -> Folder:
        path = Path.cwd() / name
        if Path(name).is_absolute() or ".." in Path(name).parts or name in ("", "."):
            raise CommandError(
                f"{name!r} is not the name of a folder beside this notebook.", 'lab.folder("app", {...})'
            )
        if path not in self._named:
            self._claim(path)
            self._named[path] = {}
        folder = Folder(path)
        folder.write(files)
        for file, content in files.items():
            self._named[path][file] = content.encode() if isinstance(content, str) else content
        return folder

    def unnamed(self, files: Mapping[str, str | bytes]) -> Folder:
        self._unnamed.append(tempfile.TemporaryDirectory(prefix="containerlab-"))
        folder = Folder(Path(self._unnamed[-1].name))
        folder.write(files)
        return folder

    def touch(self, path: str) -> None:
        if not Path(path).is_file():
            raise CommandError(f"There is no file {path}.", "name one that lab.folder has written")
        os.utime(path)

    def clean(self) -> None:
        """Removes the files that are still as we wrote them. What a student has written or changed stays."""
        for path, files in self._named.items():
            for file, content in files.items():
                with suppress(OSError):
                    if (path / file).read_bytes() == content:
                        (path / file).unlink()
            for below in sorted(path.rglob("*"), reverse=True):
                with suppress(OSError):
                    below.rmdir()
            with suppress(OSError):
                path.rmdir()
                self._write(self._read() - {str(path)})
        self._named.clear()
        for folder in self._unnamed:
            folder.cleanup()
        self._unnamed.clear()

    def _claim(self, path: Path) -> None:
        """A new folder, or one that an earlier session left."""
        ours = self._read()
        if path.exists() and str(path) not in ours and any(path.iterdir()):
            raise CommandError(
                f"There is a folder {path.name} beside this notebook that the lab did not make.",
                "choose another name; nothing in it was changed",
            )
        self._write(ours | {str(path)})

    def _read(self) -> set[str]:
        try:
            kept = json.loads(self._register.read_text("utf-8"))
        except (OSError, ValueError):
            return set()
        return {one for one in kept if isinstance(one, str)} if isinstance(kept, list) else set()

    def _write(self, ours: set[str]) -> None:
        self._register.parent.mkdir(parents=True, exist_ok=True)
        self._register.write_text(json.dumps(sorted(ours)), "utf-8")
