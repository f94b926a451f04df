"""``%docker`` and ``%%dockerfile``, and the ``lab`` that they work on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, needs_local_scope, no_var_expand

from containerlab.errors import CommandError
from containerlab.lab import Lab
from containerlab.magics.expand import expand
from containerlab.show import say


@magics_class
class LabMagics(Magics):
    """The magics of one shell, and its lab."""

    def __init__(self, shell: Any, lab: Lab) -> None:
        super().__init__(shell)
        self.lab = lab

    @no_var_expand
    @needs_local_scope
    @line_magic
    def docker(self, line: str, local_ns: dict[str, Any] | None = None) -> Any:
        """``%docker COMMAND ...``: the docker command, as typed in a terminal, on the lab's engine.

        ``$name`` and ``{expression}`` come from Python. ``rows = %docker image ls`` keeps what it printed: the rows
        of a table, ``.output`` and ``.exit_code``.
        """
        from containerlab.magics.command import read
        from containerlab.running import docker

        return docker(self.lab, read(expand(line, self._names(local_ns))))

    @no_var_expand
    @needs_local_scope
    @cell_magic
    def dockerfile(self, line: str, cell: str, local_ns: dict[str, Any] | None = None) -> Any:
        """``%%dockerfile -t TAG [options of docker build] [FOLDER]``: the cell is a Dockerfile; build it.

        COPY reads FOLDER, or the notebook's own folder. ``-f FILE`` also writes the Dockerfile there. ``--classic``
        takes the classic builder, which gives each step an image.
        """
        return dockerfile(self.lab, expand(line, self._names(local_ns)), cell)

    def _names(self, local_ns: dict[str, Any] | None) -> dict[str, Any]:
        assert self.shell is not None
        return {**self.shell.user_ns, **(local_ns or {})}


def dockerfile(lab: Lab, line: str, text: str) -> Any:
    """What the cell magic does."""
    from containerlab.building import build
    from containerlab.magics.command import parse, words
    from containerlab.magics.options import read_options
    from containerlab.running import refuse_urls

    options = read_options(words(line))
    if options.unknown:
        raise CommandError(
            f"%%dockerfile does not know {options.unknown}.",
            "give the file a name with -f, then use the docker command: %docker build " + line.strip(),
        )
    refuse_urls(parse(["build", options.context or "."]))
    folder = Path(options.context or ".")
    if not folder.is_dir():
        raise CommandError(f"There is no folder {folder}.", "leave it out, or make it with lab.folder(...)")
    if options.file:
        Path(options.file).write_text(text, "utf-8")
        say(f"Wrote {options.file}")
    lab.connected()
    return build(lab, text, folder, options, Path(options.file or "Dockerfile").name)


def load(shell: Any) -> None:
    """Registers the magics and puts ``lab`` into the notebook; then connects, and says to which engine.

    Where no engine answers the magics are there all the same: cells run as soon as one does.
    """
    from containerlab.magics.complete import complete

    lab = shell.user_ns.get("lab")
    if not isinstance(lab, Lab):
        lab = Lab()
        shell.push({"lab": lab}, interactive=False)
    shell.register_magics(LabMagics(shell, lab))
    shell.set_hook("complete_command", lambda _, event: complete(lab, event.line, event.symbol), str_key="%docker")
    lab.connect()
    say(lab.greeting())
    lab.ensure_bases()
    if lab.swept:
        say(f"Removed {lab.swept} left over from a session that ended without cleaning up.")


def unload(shell: Any) -> None:
    """The magics go; ``lab`` stays, since it knows what is to be cleaned up."""
    for kind, name in (("line", "docker"), ("cell", "dockerfile")):
        shell.magics_manager.magics[kind].pop(name, None)
