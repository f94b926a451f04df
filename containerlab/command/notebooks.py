"""``lab notebooks``: every lecture in its normal form; ``--check`` for CI; ``--run`` makes the outputs anew."""

from __future__ import annotations

import argparse
import difflib
import json
import os
from pathlib import Path

from containerlab.command.normal import normal_text, normalize, text_of
from containerlab.command.screen import paint, say, step
from containerlab.errors import CommandError, LabError

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
CELL_SECONDS = 600


def main(arguments: argparse.Namespace) -> int:
    chosen = choose(arguments.names)
    if arguments.run:
        for path in chosen:
            run(path)
        return 0
    changed = [path for path in chosen if read(path) != normal(path)]
    for path in changed:
        say(f"{paint('not normal', 'bad') if arguments.check else 'normalized'}: {short(path)}")
        if not arguments.check:
            write(path, normal(path))
    if not changed:
        say(f"{len(chosen)} notebooks, all in normal form.")
    elif arguments.check:
        say("→ ./lab notebooks")
    return 1 if changed and arguments.check else 0


def choose(names: list[str], folder: Path = FOLDER) -> list[Path]:
    """Files by path, by name or by number ("03"); all in ``folder`` where none is named."""
    everyone = sorted(folder.glob("*.ipynb"))
    chosen: list[Path] = []
    for name in names:
        if Path(name).is_file():
            chosen.append(Path(name))
            continue
        found = [path for path in everyone if path.name in {name, f"{name}.ipynb"} or path.name.startswith(f"{name}_")]
        if not found:
            near = difflib.get_close_matches(name, [path.stem for path in everyone], n=1, cutoff=0.4)
            raise CommandError(
                f"There is no notebook '{name}'.", f"Did you mean {near[0]}?" if near else "ls notebooks"
            )
        chosen += found
    return chosen or everyone


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def normal(path: Path) -> str:
    try:
        return normal_text(read(path))
    except (ValueError, KeyError, TypeError) as error:
        raise LabError(f"{short(path)} is no notebook: {error}", "Restore it: git checkout -- that file.") from None


def write(path: Path, text: str) -> None:
    """In one move: a notebook is never half written."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def short(path: Path) -> str:
    return os.path.relpath(path)


def run(path: Path) -> None:
    """Runs it from top to bottom in a new kernel and keeps its outputs, in normal form."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.reads(normal(path), as_version=4)
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    done = 0
    with step(f"Running {short(path)}") as running:

        def began(cell: dict[str, str], cell_index: int) -> None:
            nonlocal done
            if cell["cell_type"] == "code":
                done += 1
                running(f"cell {done} of {total}", done / total)

        environment = {**os.environ, "PYTHONPATH": str(FOLDER.parent)}
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
            on_cell_start=began,
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
        )
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            raise LabError(f"{short(path)} stopped at cell {done} of {total}; it is left as it was.\n{error}") from None
    write(path, text_of(normalize(json.loads(nbformat.writes(notebook)))))
