"""A notebook with every picture of the course, made of the tests' own models; for looking, and for axe."""

from __future__ import annotations

from pathlib import Path

import nbformat

REPOSITORY = Path(__file__).resolve().parents[2]

OPENING = f"""
import sys
sys.path[:0] = [{str(REPOSITORY)!r}, {str(REPOSITORY / "tests" / "unit" / "draw")!r}]
import factory as f
from containerlab.draw.analogies import analogies, analogies_text
from containerlab.draw.classes import diagram, diagram_text, source, source_text
from containerlab.draw.history import history, history_text
from containerlab.draw.pipeline import pipeline, pipeline_text
from containerlab.draw.player import compare, compare_text
from containerlab.draw.stack import shared, shared_text, stack, stack_text
from containerlab.draw.transcript import transcript, transcript_text
from containerlab.widgets.picture import Picture
from containerlab.widgets.player import Player
from containerlab.widgets.question import Question
hello, app, newer = f.greeter(), f.translator(), f.translator("2", code=5_120)
pavlos = f.container(hello, "amber_lark", ("Pavlos",), changes=f.CHANGES)
ada = f.container(hello, "busy_ada", state="running")
crashed = f.container(hello, "calm_turing", ("Grace",), exit_code=137)
edited = f.DOCKERFILE.replace("translate.py .", "translate.py . # 2")
first, second = f.build(), f.build("ccccccddd", of=newer, text=edited)
failed, running = f.build("dddddfwww"), f.build("dddddrwww")
"""

CELLS = {
    "stack": "Picture(stack(app), stack_text(app))",
    "container": "Picture(stack(hello, pavlos), stack_text(hello, pavlos))",
    "deep": "Picture(stack(f.deep()), stack_text(f.deep()))",
    "shared": "Picture(shared(app, newer), shared_text(app, newer))",
    "history": "Picture(history(app), history_text(app))",
    "source": "Picture(source(app), source_text(app))",
    "diagram": "Picture(diagram(hello, [pavlos, ada, crashed]), diagram_text(hello, [pavlos, ada, crashed]))",
    "analogies": "Picture(analogies(hello, [pavlos, ada]), analogies_text())",
    "pipeline": "Picture(pipeline(f.DOCKERFILE, first, app, [pavlos, ada, crashed]), 'pipeline')",
    "pipeline-empty": "Picture(pipeline('', None, None), 'pipeline')",
    "compare": "Picture(compare(second, first), compare_text(second, first))",
    "transcript": "Picture(transcript(second), transcript_text(second))",
    "player": "Player(second, first)",
    "player-failed": "Player(failed)",
    "player-empty": "Player()",
    "question": "Question('Which steps will come from the cache after you edit translate.py?', "
    "['all of them', 'the steps above COPY translate.py', 'none'], answer=['all of them'])",
    "question-locked": "q = Question('Which add one?', ['RUN', 'ENV', 'COPY'], 'many', answer=['RUN', 'ENV'])\n"
    "q.reveal(['RUN', 'COPY'], 'ENV writes a line into the config and adds no files.')\nq",
    "question-right": "q2 = Question('How many layers?', ['1', '2'], answer=['2'])\nq2.reveal(['2'])\nq2",
}


def write(path: Path, cells: dict[str, str] = CELLS, opening: str = OPENING) -> None:
    """The notebook with a cell for each picture; its place is told by the order of ``cells``."""
    made = nbformat.v4.new_notebook()
    made.cells = [
        nbformat.v4.new_code_cell(source.strip(), id=name) for name, source in {"opening": opening, **cells}.items()
    ]
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)


def place(name: str) -> str:
    """The selector of a picture in the open notebook."""
    return f".jp-Cell:nth-of-type({list(CELLS).index(name) + 2}) .cl-widget"
