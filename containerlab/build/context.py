"""The build context: a folder as the tar that the engine gets.

Like the docker CLI's: owner 0:0, sorted, ``.dockerignore`` applied, so that the engine's cache knows our files for its.
Unlike it, only what the Dockerfile can ask for is sent.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from containerlab.build import ignore, tar
from containerlab.build.dockerfile import Dockerfile, parse
from containerlab.build.selection import Selection, selection
from containerlab.errors import CommandError

_URL = re.compile(r"^(?:[a-z][a-z0-9+.-]*://|git@|github\.com/)", re.I)


class Context:
    """A folder on this machine with its Dockerfile; ``folder`` None for a Dockerfile that needs no file.

    ``dockerfile_text`` stands for the file of that name in the folder, whether there is one or not. ``everything``
    sends all that ``.dockerignore`` lets through, as an image with ONBUILD triggers may ask for any of it.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        dockerfile_text: str | None = None,
        dockerfile_name: str = "Dockerfile",
        *,
        everything: bool = False,
    ) -> None:
        self.folder = _folder(folder)
        self.dockerfile_name = posixpath.normpath(dockerfile_name.replace(os.sep, "/"))
        if self.dockerfile_name.startswith(("../", "/")):
            raise CommandError(
                f"{dockerfile_name} lies outside the build folder.", "Name a Dockerfile below the folder."
            )
        self.everything = everything
        self.size = 0  # bytes of the tar, once it was made
        self._text = dockerfile_text

    @cached_property
    def text(self) -> str:
        """The Dockerfile's text."""
        if self._text is not None:
            return self._text
        if self.folder is None:
            raise CommandError("There is no Dockerfile and no folder to find one in.", "Give one of the two.")
        path = self.folder / self.dockerfile_name
        try:
            return path.read_text("utf-8")
        except FileNotFoundError:
            raise CommandError(
                f"The folder {self.folder} has no {self.dockerfile_name}.", "Write one there, or name it with -f."
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}", "A Dockerfile is a text file in UTF-8.") from None

    @cached_property
    def dockerfile(self) -> Dockerfile:
        return parse(self.text)

    def tar(self) -> bytes:
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """The tar, piece by piece; ``size`` is known after the last."""
        self.size = 0
        for piece in self._pieces():
            self.size += len(piece)
            yield piece

    def small(self, limit: int = 256 * 1024) -> bytes | None:
        """The whole tar where nothing but the Dockerfile is sent, or little; None where it should be streamed."""
        made: list[bytes] = []
        size = 0
        for piece in self.pieces():
            size += len(piece)
            if size > limit:
                return None
            made.append(piece)
        return b"".join(made)

    @property
    def narrow(self) -> bool:
        """Whether only what the Dockerfile names is sent, so that a trigger of its base could miss a file."""
        return self.folder is not None and not self._selection().everything

    def paths(self) -> list[str]:
        """What is sent, in order; folders end with a slash."""
        return [name + "/" if stat.S_ISDIR(found.st_mode) else name for name, _, found in self._entries()]

    # -- the tar ---------------------------------------------------------------------------------------------------

    def _pieces(self) -> Iterator[bytes]:
        written = False
        for name, path, found in self._entries():
            if name == self.dockerfile_name:
                written = True
                if self._text is not None:
                    yield tar.with_content(name, found.st_mode, self._text.encode("utf-8"), int(found.st_mtime))
                    continue
            yield from tar.entry(name, path, found)
        if not written:
            yield tar.with_content(self.dockerfile_name, 0o644, self.text.encode("utf-8"))
        yield tar.END

    def _entries(self) -> Iterator[tuple[str, str, os.stat_result]]:
        if self.folder is None:
            return
        wanted = self._selection()
        ignored = self._ignore()
        kept = {self.dockerfile_name, ".dockerignore"}  # the engine reads both, whatever is ignored
        # The folders on the way to a Dockerfile in a sub-folder.
        kept_folders = {part.as_posix() for part in Path(self.dockerfile_name).parents if part.as_posix() != "."}
        top = str(self.folder)
        yield from self._walk(top, "", wanted, ignored, kept, kept_folders)

    def _walk(
        self, folder: str, prefix: str, wanted: Selection, ignored: ignore.Ignore, kept: set[str], on_way: set[str]
    ) -> Iterator[tuple[str, str, os.stat_result]]:
        try:
            with os.scandir(folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            raise CommandError(
                f"The folder {folder} cannot be read: {error.strerror}.",
                "Put it into .dockerignore, or change its mode.",
            ) from None
        for entry in entries:
            name = prefix + entry.name
            must = name in kept or name in on_way
            if not must and not wanted.takes(name):
                continue
            found = entry.stat(follow_symlinks=False)
            is_folder = stat.S_ISDIR(found.st_mode)
            out = bool(ignored) and not must and ignored.excludes(name)
            if out and not (is_folder and not ignored.can_skip(name)):
                continue
            if stat.S_ISSOCK(found.st_mode):
                continue
            if not out:
                yield name, entry.path, found
            if is_folder:
                yield from self._walk(entry.path, name + "/", wanted, ignored, kept, on_way)

    def _selection(self) -> Selection:
        wanted = Selection([], everything=True) if self.everything else selection(self.dockerfile)
        if wanted.everything or self.folder is None:
            return wanted
        # A name that goes through a link needs what the link points to; a pattern may meet one anywhere.
        if not wanted.only_plain or any(_through_link(self.folder, one) for one in wanted.plain):
            return Selection([], everything=True)
        return wanted

    def _ignore(self) -> ignore.Ignore:
        assert self.folder is not None
        for name in (f"{self.dockerfile_name}.dockerignore", ".dockerignore"):
            try:
                return ignore.read((self.folder / name).read_text("utf-8", "replace"))
            except OSError:
                continue
        return ignore.Ignore(())


def _folder(folder: str | os.PathLike[str] | None) -> Path | None:
    if folder is None:
        return None
    written = os.fspath(folder)
    if _URL.match(written) or written == "-":
        raise CommandError(
            f"The course builds from a folder on this machine, not from {written}.",
            "Fetch it first (git clone, or a download you have looked at), then build in its folder.",
        )
    path = Path(written).expanduser()
    if not path.is_dir():
        what = "is not a folder" if path.exists() else "does not exist"
        raise CommandError(f"{written} {what}.", "Name a folder on this machine to build from.")
    return path.absolute()


def _through_link(folder: Path, name: str) -> bool:
    path = folder
    for part in name.split("/"):
        path = path / part
        if path.is_symlink():
            return True
    return False
