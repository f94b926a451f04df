"""The playground on a real engine: typed, foreseen, built, scored; and what a lab knows of its cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from containerlab import keeping
from containerlab.build.context import Context
from containerlab.engine import builds
from containerlab.engine.client import Engine
from containerlab.lab import Lab
from containerlab.widgets.playground import Playground

TEXT = """FROM busybox
WORKDIR /playground-test
COPY . .
RUN cat prepare.sh
CMD ["sh"]
"""
GOOD = TEXT.replace("COPY . .\nRUN cat prepare.sh", "COPY prepare.sh .\nRUN cat prepare.sh\nCOPY cli.py .")


@pytest.fixture
def lab(engine: Engine, engine_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.chdir(tmp_path)
    engine.prune_build_cache()  # else what earlier tests built is somebody else's
    lab = Lab(engine, engine_home)
    yield lab
    lab.close()


def outcomes(widget: Playground, column: str = "oracle") -> list[str]:
    return [row[column] for row in widget.rows if not row["silent"]]


def test_what_is_typed_is_foreseen_built_and_scored(lab: Lab) -> None:
    folder = lab.folder("play", {"Dockerfile": TEXT, "cli.py": "print(1)\n", "prepare.sh": "true\n"})
    widget = lab.playground(folder, "play:test", builder="buildkit")
    assert outcomes(widget) == ["miss"] * 3
    widget._message(widget, {"kind": "build"}, [])
    assert (widget.state, widget.problem) == ("built", "")
    assert outcomes(widget, "engine") == ["miss"] * 3
    assert widget.score == "Of 3 steps, you made no guess; the oracle: 3 right."

    widget.files = {**widget.files, "cli.py": "print(2)\n"}  # an edit, a key stroke
    assert widget.state == "open"
    assert outcomes(widget) == ["hit", "miss", "miss"]
    assert widget.rows[2]["why"] == "cli.py changed; the step after it follows"
    widget.dockerfile = TEXT.replace("COPY", "COPPY")
    assert "COPPY" in widget.problem
    widget.dockerfile = TEXT
    assert widget.problem == ""

    widget.ask = True
    widget.guesses = {"2": "hit", "3": "miss", "4": "hit"}
    assert outcomes(widget) == ["", "", ""]
    widget._message(widget, {"kind": "build"}, [])
    assert widget.state == "open"  # the guess comes first
    widget.committed = True
    widget._message(widget, {"kind": "build"}, [])
    assert [outcomes(widget, one) for one in ("guess", "oracle", "engine")] == [
        ["hit", "miss", "hit"],
        ["hit", "miss", "miss"],
        ["hit", "miss", "miss"],
    ]
    assert widget.score == "Of 3 steps, you: 2 of 3 right; the oracle: 3 right."
    assert folder["cli.py"] == "print(2)\n"
    assert lab.builds[-1].ran == ("COPY . .", "RUN cat prepare.sh", 'CMD ["sh"]')

    widget.dockerfile = GOOD
    widget.ask = False
    widget._message(widget, {"kind": "build"}, [])
    widget.edits = [{"file": "cli.py", "times": 20}, {"file": "prepare.sh", "times": 1}]
    widget._message(widget, {"kind": "orders"}, [])
    assert widget.orders[0]["steps"] == ["COPY prepare.sh .", "RUN cat prepare.sh", "COPY cli.py ."]
    assert widget.advice.startswith("No other order costs less")

    # Another kernel on the same engine knows what was built.
    later = Lab(lab.engine, lab.home)
    again = later.playground(folder, "play:test", builder="buildkit")
    assert set(outcomes(again)) == {"hit"}
    again.files = {**again.files, "cli.py": "print(3)\n"}
    assert outcomes(again) == ["hit", "hit", "hit", "miss"]
    later.close()
    lab.clean()


def test_what_others_built_and_what_was_dropped(lab: Lab) -> None:
    folder = lab.folder("kept", {"Dockerfile": TEXT, "cli.py": "print(1)\n", "prepare.sh": "true\n"})
    lab.build(folder, "kept:test", builder="buildkit")
    keeper = keeping.of(lab)
    keeper.refresh()
    assert keeper.memory("buildkit").whole
    assert set(outcomes(lab.playground(folder, builder="buildkit"))) == {"hit"}
    lab.engine.prune_build_cache()
    assert set(outcomes(lab.playground(folder, builder="buildkit"))) == {"miss"}

    builds.build(lab.engine, Context(None, "FROM busybox\nWORKDIR /else\n"), builder="buildkit", tag="somebody:else")
    widget = lab.playground(folder, builder="buildkit")
    lab.engine.remove_image("somebody:else")
    assert set(outcomes(widget)) == {"unknown"}
    assert "this lab did not make" in widget.notice
    lab.clean()


def test_the_classic_builder_s_steps_are_known_by_their_images(lab: Lab) -> None:
    folder = lab.folder("old", {"Dockerfile": TEXT, "cli.py": "print(1)\n", "prepare.sh": "true\n"})
    lab.build(folder, "old:test", builder="classic")
    widget = lab.playground(folder, builder="classic")
    assert outcomes(widget) == ["hit"] * 4
    widget.files = {**widget.files, "cli.py": "print(2)\n"}
    assert outcomes(widget) == ["hit", "miss", "miss", "miss"]
    lab.engine.remove_image("old:test", force=True)
    assert outcomes(lab.playground(folder, builder="classic")) == ["miss"] * 4
    lab.clean()
