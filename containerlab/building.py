"""A build as a notebook sees it: the player first, then the steps as the engine reports them, then the build."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from containerlab import settings
from containerlab.errors import BuildCancelled, BuildFailed, CommandError
from containerlab.folder import Folder
from containerlab.magics.options import BuildOptions
from containerlab.objects import LabBuild, summary
from containerlab.show import in_notebook, say, shell

PAUSE = 0.1  # seconds

if TYPE_CHECKING:
    from containerlab.build.context import Context
    from containerlab.lab import Lab
    from containerlab.model import Build, BuildEvent
    from containerlab.model.engine import Builder


def build(lab: Lab, text: str, folder: Path, options: BuildOptions, name: str = "Dockerfile") -> LabBuild:
    """Build ``text`` with ``folder`` as its context. A failed build is shown, remembered, and raised."""
    from containerlab.build.context import Context

    context = Context(folder, text, name)
    dockerfile = context.dockerfile  # an error in it is told before anything is shown or sent
    options.builder = options.builder or settings.builder_choice()
    tag = options.tags[0] if options.tags else ""
    live = Live(dockerfile, tag, options.builder or lab.info.builders[0], _before(lab.builds, tag, folder))
    live.show()
    try:
        with live:
            model = _carry_out(lab, context, options, live.feed)
    except BuildFailed as failed:
        if failed.build is not None:
            live.end(failed.build)
            made = LabBuild(lab, failed.build, live.player, folder, options)
            made._shown_now()
            lab.builds.append(made)
            if not isinstance(failed, BuildCancelled):
                lab.ran(made)
        raise
    with lab.naming(*options.tags[1:]):
        for other in options.tags[1:]:
            lab.engine.tag(model.image_id or tag, other)
    live.end(model)
    made = LabBuild(lab, model, live.player, folder, options)
    made._shown_now()
    say(summary(model))
    lab.builds.append(made)
    lab.ran(made)
    return made


def _given(build_args: Mapping[str, str | None]) -> dict[str, str]:
    """``--build-arg NAME`` without a value takes the environment's, if there is one."""
    values = {name: os.environ.get(name) if value is None else value for name, value in build_args.items()}
    return {name: value for name, value in values.items() if value is not None}


def _before(builds: Sequence[LabBuild], tag: str, folder: Path) -> Build | None:
    """The build that this one is to be compared with: the last of the same tag, else of the same folder."""
    done = [one for one in reversed(builds) if one.model.state == "done"]
    same = [one for one in done if tag and one.tag == tag] or [one for one in done if one.folder == folder]
    return same[0].model if same else None


def _carry_out(lab: Lab, context: Context, options: BuildOptions, on_event: Any) -> Build:
    from containerlab.engine import builds

    tag = options.tags[0] if options.tags else ""
    steps = [one.text for one in context.dockerfile.instructions]
    with lab.naming(*options.tags[:1]), lab.kept.building(steps):
        model = builds.build(
            lab.engine,
            context,
            tag=tag,
            builder=cast("Builder", options.builder) if options.builder else None,
            build_args=_given(options.build_args),
            labels={**options.labels, **lab.session.labels()},
            target=options.target,
            no_cache=options.no_cache,
            pull=options.pull,
            on_event=on_event,
        )
    if model.image_id and not tag:
        lab.session.record("image", model.image_id)
    return model


class Live:
    """The player of a build that goes on: shown before the first step, patched as steps come."""

    def __init__(self, dockerfile: Any, tag: str, builder: str, previous: Build | None) -> None:
        from containerlab.build.assemble import Assembler

        self._assembler = Assembler(dockerfile, tag, builder)
        self._dockerfile = dockerfile
        self._tag = tag
        self._previous = previous
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._stale = False
        self.player: Any = None

    def show(self) -> None:
        """The player, before anything has happened. Its text lists the steps only: it is the cell's output and stays
        as it is, while how each step ended is known later (and told in a line of its own)."""
        if not in_notebook():
            return
        from IPython.display import display

        from containerlab.widgets.player import Player

        self.player = Player(self._assembler.build, self._previous, live=True)
        data, metadata = self.player._repr_mimebundle_()
        display({**data, "text/plain": self._text()}, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]

    def feed(self, event: BuildEvent) -> None:
        with self._lock:
            self._assembler.feed(event)
            self._stale = self.player is not None and not self.player.follow(lambda: self._assembler.build)

    def __enter__(self) -> Live:
        if self.player is not None:
            threading.Thread(target=self._catch_up, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _catch_up(self) -> None:
        """What came faster than the screen can show and was the last for a while: a step that began and is silent."""
        while not self._over.wait(PAUSE):
            with self._lock:
                if self._stale and not self._over.is_set():
                    self._stale = not self.player.follow(lambda: self._assembler.build)

    def end(self, build: Build) -> None:
        if self.player is not None:
            self.player.finish(build)
        elif shell() is not None:
            from containerlab.draw.player import player_text

            say(player_text(build))

    def _text(self) -> str:
        steps = self._assembler.build.steps
        lines = [f"[{step.number}/{len(steps)}] {step.instruction.splitlines()[0]}" for step in steps]
        return "\n".join([f"build of {self._tag or 'an image without a name'}", *lines])


def build_from(lab: Lab, source: str | Path | Folder, tag: str, options: dict[str, Any]) -> LabBuild:
    """What ``lab.build`` takes: a Dockerfile's text, a folder that holds one, or its file."""
    known = {"builder", "build_args", "target", "no_cache", "pull", "folder", "file", "labels"}
    if unknown := set(options) - known:
        raise CommandError(f"lab.build has no option {sorted(unknown)[0]}.", f"it has {', '.join(sorted(known))}")
    asked = BuildOptions(
        tags=[tag] if tag else [],
        file=str(options.get("file") or ""),
        build_args=dict(options.get("build_args") or {}),
        labels=dict(options.get("labels") or {}),
        target=options.get("target") or "",
        builder=options.get("builder") or "",
        no_cache=bool(options.get("no_cache")),
        pull=bool(options.get("pull")),
    )
    if isinstance(source, str) and ("\n" in source or not Path(source).exists()):
        return build(lab, source, Path(options.get("folder") or "."), asked)
    path = Path(source)
    if path.is_file():
        return build(lab, path.read_text("utf-8"), Path(options.get("folder") or path.parent), asked, path.name)
    return build_folder(lab, path, asked)


def build_folder(lab: Lab, folder: Path, options: BuildOptions) -> LabBuild:
    """``docker build FOLDER``: its Dockerfile, or the one that ``-f`` names."""
    if not folder.is_dir():
        raise CommandError(f"There is no folder {folder}.", "name a folder on this machine that holds a Dockerfile")
    path = Path(options.file) if options.file else folder / "Dockerfile"
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = "no Dockerfile" if isinstance(error, FileNotFoundError) else "a Dockerfile that cannot be read"
        raise CommandError(f"{path.parent} holds {what} ({path.name}).", "name it with -f, or write one") from None
    name = (
        path.resolve().relative_to(folder.resolve()).as_posix()
        if path.resolve().is_relative_to(folder.resolve())
        else ""
    )
    return build(lab, text, folder, options, name or "Dockerfile")


def last_two(builds: Sequence[LabBuild]) -> tuple[LabBuild, LabBuild]:
    """The last build and the one before it."""
    done = [one for one in builds if one.model.state == "done"]
    if len(done) < 2:
        raise CommandError("There are no two builds to compare yet.", "build twice, then lab.compare()")
    return done[-2], done[-1]


def try_edit(lab: Lab, tag: str, name: str) -> tuple[str, ...]:
    """The instructions that would run after an edit of ``name``: built from a copy of the context, without its tag."""
    from containerlab.build.context import Context

    made = next((one for one in reversed(lab.builds) if one.tag == tag and one.model.state == "done"), None)
    if made is None or made.folder is None:
        raise CommandError(f"{tag} was not built in this session.", "run its cell again")
    with tempfile.TemporaryDirectory(prefix="containerlab-") as copy:
        folder = Path(copy, "context")
        shutil.copytree(made.folder, folder, symlinks=True, ignore=shutil.ignore_patterns(".git", ".venv", "build"))
        file = folder / name
        if not file.is_file():
            raise CommandError(f"The context of {tag} holds no {name}.", "name a file that its Dockerfile copies")
        edit = f"\n# edited {secrets.token_hex(8)}\n"  # one that no cache has seen
        file.write_bytes(file.read_bytes() + edit.encode())
        options = BuildOptions(
            build_args=made.options.build_args, target=made.options.target, builder=made.options.builder
        )
        with lab.not_scoring():
            model = _carry_out(lab, Context(folder, made.model.dockerfile), options, None)
    return tuple(step.instruction for step in model.ran)
