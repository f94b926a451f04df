"""The playground of a folder: what is typed is foreseen at once, built when asked, and scored."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from containerlab import keeping
from containerlab.draw import playground as draw
from containerlab.errors import CommandError, DockerfileError, LabError
from containerlab.magics.options import BuildOptions
from containerlab.model import human_time
from containerlab.widgets.playground import Playground

if TYPE_CHECKING:
    from containerlab.build.oracle import Given, Prediction
    from containerlab.lab import Lab
    from containerlab.model import Build
    from containerlab.model.engine import Builder

SMALL = 8_000  # bytes of a file that can be edited here
MOST = 8  # files that can be
OTHERS = (
    "This engine has build steps that this lab did not make: where one of them may be the same as a new step here, "
    "the oracle says unknown."
)
_NAMES = {"buildkit": "BuildKit", "classic": "the classic builder"}


class Playing:
    """One playground. ``widget`` is what the notebook shows."""

    def __init__(self, lab: Lab, folder: Path, tag: str, builder: Builder, ask: bool) -> None:
        self._lab = lab
        self._folder = folder
        self._path = folder / "Dockerfile"
        self._tag = tag
        self._options = BuildOptions(tags=[tag], builder=builder)
        self._keeper = keeping.of(lab)
        self._keeper.refresh()
        self._prediction: Prediction | None = None
        self._last: Build | None = None
        files = _small_files(folder)
        self.widget = Playground(
            self._asked,
            title=tag,
            builder=f"for {_NAMES[builder]}",
            dockerfile=self._path.read_text("utf-8") if self._path.is_file() else "FROM busybox\n",
            files=files,
            ask=ask,
            edits=[{"file": name, "times": 20 if at == 0 else 1} for at, name in enumerate(files)],
        )
        self._disk = self._marks_on_disk()
        self._foresee()
        self.widget.observe(self._edited, ["dockerfile", "files"])
        self.widget.observe(self._guessed, ["guesses", "committed"])

    # -- what is typed -----------------------------------------------------------------------------------------------

    def _edited(self, _: Any) -> None:
        """A key stroke: new rows. The scores of a build that was of another text go."""
        with self.widget.hold_sync():
            if self.widget.state != "open":
                self.widget.state, self.widget.score, self._last = "open", "", None
                self.widget.guesses, self.widget.committed = {}, False
            self.widget.orders, self.widget.advice = [], ""
            self._foresee()

    def _guessed(self, _: Any) -> None:
        if self._last is None:
            self._show()

    def _foresee(self) -> None:
        try:
            given = self._given()
        except DockerfileError as error:
            self.widget.problem = str(error)
            return
        self.widget.problem = ""
        if given is None:
            self.widget.problem = "The oracle cannot read this folder: it is too large, or holds what it may not read."
            return
        memory = self._keeper.memory(given.builder)
        self.widget.notice = "" if memory.whole and not memory.foreign else OTHERS
        self._prediction = self._keeper.foresee(given)
        self._show()

    def _show(self) -> None:
        if self._prediction is None:
            return
        hidden = self.widget.ask and not self.widget.committed
        shown = draw.rows(self._prediction, self.widget.guesses, self._last, hidden)
        with self.widget.hold_sync():
            self.widget.rows = shown
            self.widget.text = draw.playground_text(self._tag, shown)
            if self._last is not None:
                self.widget.score = draw.score(shown).words

    def _given(self) -> Given | None:
        """What would be built now: the folder's files, with those of the editor in their place."""
        from containerlab.build.context import Context
        from containerlab.build.oracle import file_mark

        context = Context(self._folder, self.widget.dockerfile)
        _ = context.dockerfile
        files = dict(self._disk)
        for name, text in self.widget.files.items():
            if name in files:
                files[name] = file_mark(text.encode(), int(files[name].split(":")[1], 8))
        files["Dockerfile"] = file_mark(
            self.widget.dockerfile.encode(), int(files.get("Dockerfile", "f:644:").split(":")[1], 8)
        )
        return self._keeper.given(context, self._options, files)

    def _marks_on_disk(self) -> dict[str, str]:
        """All of the folder, whatever the Dockerfile copies by now."""
        from containerlab.build.context import Context
        from containerlab.build.oracle import marks
        from containerlab.build.oracle.files import TooLarge

        with suppress(TooLarge, OSError, LabError):
            return marks(Context(self._folder, "FROM scratch\nCOPY . .\n", everything=True), keeping.LARGEST)
        return {}

    # -- what is asked -----------------------------------------------------------------------------------------------

    def _asked(self, kind: str) -> None:
        if kind == "build":
            self.build()
        else:
            self.compare_orders()

    def build(self) -> None:
        """Writes what was edited into the folder and builds it; then the three answers stand side by side."""
        from containerlab.building import build

        widget = self.widget
        if widget.problem or widget.state == "building" or (widget.ask and not widget.committed):
            return
        self._write()
        self._keeper.refresh()
        self._foresee()  # against the cache as it is now
        widget.state = "building"
        count = len(self._lab.builds)
        state = "built"
        problem = ""
        try:
            build(self._lab, widget.dockerfile, self._folder, self._options, quiet=True)
        except LabError as error:
            state, problem = "failed", str(error)
        made = self._lab.builds[count:]
        self._last = made[-1].model if made else None
        with widget.hold_sync():
            widget.state, widget.problem = state, problem
            self._show()

    def _write(self) -> None:
        self._path.write_text(self.widget.dockerfile, "utf-8")
        for name, text in self.widget.files.items():
            path = self._folder / name
            if path.read_text("utf-8") != text:
                path.write_text(text, "utf-8")
        self._disk = self._marks_on_disk()

    def compare_orders(self) -> None:
        """What each order of the instructions would cost a day, by the times that the steps took here."""
        from containerlab.build.dockerfile import parse
        from containerlab.build.oracle.advice import orders

        widget = self.widget
        if widget.problem:
            return
        seconds = self._keeper.seconds()
        dockerfile = parse(widget.dockerfile)
        edits = {str(one["file"]): float(one.get("times") or 0) for one in widget.edits}
        found = orders(dockerfile, self._disk, edits, seconds)
        written = next(one for one in found if one.current)
        best = found[0]
        untimed = [one.text for one in dockerfile.instructions if one.keyword == "RUN" and one.text not in seconds]
        if untimed:
            said = f"Build it first: how long {untimed[0]} takes is not known yet."
        elif best.current:
            said = f"No other order costs less than {human_time(best.seconds)} a day."
            if best.seconds:
                said += " Where one COPY takes several files, two may do better: each before the RUN that needs it."
        else:
            said = (
                f"As written, a day's edits cost {human_time(written.seconds)} of building; the best order "
                f"{human_time(best.seconds)}. A RUN stays after the files that it names; whether it reads others, "
                "only you know."
            )
        with widget.hold_sync():
            widget.advice = said
            widget.orders = draw.order_rows(found)


def _small_files(folder: Path) -> dict[str, str]:
    """The text files that are small enough to be edited in a cell."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        # .dockerignore decides what is in the context at all: it is edited outside, and read when the playground opens.
        if (
            name in ("Dockerfile", ".dockerignore")
            or path.is_symlink()
            or not path.is_file()
            or path.stat().st_size > SMALL
        ):
            continue
        with suppress(UnicodeDecodeError, OSError):
            found[name] = path.read_bytes().decode("utf-8")
        if len(found) == MOST:
            break
    return found


def playground(lab: Lab, folder: Any, tag: str, builder: str, ask: bool) -> Playground:
    path = Path(folder)
    if not path.is_dir():
        raise CommandError(
            f"There is no folder {folder}.", "name one that lab.folder has written, or a folder of yours"
        )
    chosen = builder or lab.info.builders[0]
    if chosen not in _NAMES:
        raise CommandError(f"The oracle does not know the builder {chosen}.", f"it knows: {', '.join(_NAMES)}")
    return Playing(lab, path, tag or f"{path.resolve().name.lower()}:playground", chosen, ask).widget  # type: ignore[arg-type]
