"""The magics in a real kernel: what a cell shows, and what Ctrl-C and a vanished engine do."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from containerlab.engine.client import Engine
from tests.engine.cells import Cells, kernel

VIEW = "application/vnd.jupyter.widget-view+json"
HELLO = '%%dockerfile -t hello:first\nFROM busybox\nENTRYPOINT ["/bin/echo", "Hello"]\nCMD ["world"]\n'


@pytest.fixture(scope="module")
def loaded(engine: Engine, engine_home: Path) -> Iterator[Cells]:
    with tempfile.TemporaryDirectory() as folder, kernel(engine_home, Path(folder)) as cells:
        shown = cells.run("%load_ext containerlab")
        assert shown.text.startswith("Engine: ")
        assert shown.text.count("\n") == 1
        yield cells


@pytest.fixture
def cells(loaded: Cells) -> Iterator[Cells]:
    yield loaded
    assert loaded.run("lab.clean()").error is None


def test_loading_again_is_harmless(cells: Cells) -> None:
    cells.run("before = lab")
    assert cells.run("%reload_ext containerlab").text.startswith("Engine: ")
    assert cells.run("lab is before").plain == "True"
    assert cells.run("%load_ext containerlab").error is None


def test_a_build_shows_its_player_once(cells: Cells) -> None:
    shown = cells.run(HELLO)
    assert shown.error is None
    (player,) = shown.displays
    assert set(player) == {"text/plain", VIEW}
    assert player["text/plain"] == (
        'build of hello:first\n[1/3] FROM busybox\n[2/3] ENTRYPOINT ["/bin/echo", "Hello"]\n[3/3] CMD ["world"]'
    )
    assert shown.value is None
    assert shown.text.startswith("hello:first: built, ")
    again = cells.run("_")
    assert again.value is not None
    assert set(again.value) == {"text/plain", VIEW}
    assert again.value[VIEW]["model_id"] == player[VIEW]["model_id"]
    assert cells.run("_ is lab.last is lab.builds[-1]").plain == "True"


def test_a_command_is_typed_as_in_a_terminal(cells: Cells) -> None:
    cells.run(HELLO)
    cells.run("name, n = 'Ada', 2")
    assert cells.run("%docker run --rm hello:first $name {n + 1}").text == "Hello Ada 3\n"
    shown = cells.run("%docker run -it busybox sh -c 'echo out; echo err >&2; exit 3'")
    assert shown.text.startswith("(without -t: a cell is no terminal)\n")
    assert sorted(shown.text.splitlines()[1:3]) == ["err", "out"]
    assert shown.text.endswith("[exit status 3]\n")
    assert shown.value is None
    shown = cells.run('%docker image ls hello --format "table {{.Repository}}\\t{{.Tag}}"')
    assert shown.text.split() == ["REPOSITORY", "TAG", "hello", "first"]
    assert shown.value is None
    assert cells.run("rows = %docker image ls hello").value is None
    assert cells.run("[(row.repository, row.tag) for row in rows]").plain == "[('hello', 'first')]"
    assert cells.run("rows").plain.startswith("REPOSITORY ")


def test_a_mistake_is_told_without_a_traceback(cells: Cells) -> None:
    for code, name, words in (
        ("lab.image('no:such')", "ImageNotFound", "no image no:such"),
        ("%%dockerfile\nFROM busybox\nRUNN x\n", "DockerfileError", "unknown instruction RUNN"),
        ("%docker ps | grep x", "CommandError", "without a shell"),
        ("%%dockerfile --nope\nFROM busybox\n", "CommandError", "--nope"),
    ):
        shown = cells.run(code)
        assert shown.error is not None, code
        kind, said, lines = shown.error
        assert kind == name
        assert words in said
        assert "\n".join(lines) == said
        assert not shown.displays


def test_a_prediction_is_scored_by_the_next_run(cells: Cells) -> None:
    cells.run(HELLO)
    cells.run("from containerlab.course import predict, registry")
    cells.run("hear = lambda lab, run: [run.output.strip()]")
    cells.run("one = predict.Question('x', 'What will it say?', ('Hello Ada', 'Ada'), hear)")
    cells.run("registry._questions = lambda: {'x': one}")
    asked = cells.run("q = lab.predict('x'); q")
    assert asked.value is not None
    assert set(asked.value) == {"text/plain", VIEW}
    cells.run("q.answer = ['Ada']")
    shown = cells.run("lab.image('hello:first')('Ada').name")
    assert shown.text == "Your prediction: Ada · the engine: Hello Ada\n"
    assert cells.run("q.truth, q.answer").plain == "(['Hello Ada'], ['Ada'])"
    assert cells.run("lab.image('hello:first')('Ada').name").text == ""


def test_tab_completes(cells: Cells) -> None:
    code = "sorted(get_ipython().complete('', {line!r}, len({line!r}))[1])"
    assert "'image'" in cells.run(code.format(line="%docker im")).plain
    assert "'history'" in cells.run(code.format(line="%docker image hi")).plain
    assert "'busybox:latest'" in cells.run(code.format(line="%docker run bus")).plain
    assert "'--detach'" in cells.run(code.format(line="%docker run --det")).plain


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("%docker run busybox sleep 1001", ["sleep", "1001"]),
        ("lab.image('busybox')('sleep', '1002')", ["sleep", "1002"]),
        ("box.run('sleep 1003')", ["sleep", "1003"]),
    ],
)
def test_ctrl_c_leaves_nothing(cells: Cells, code: str, words: list[str]) -> None:
    cells.run("box = lab.image('busybox')('sleep', '1009', detach=True)")
    shown = cells.run_and_interrupt(code, lambda: running(words))
    assert shown.error is not None
    assert shown.error[:2] == ("Interrupted", "Interrupted, cleaned up.")
    assert not running(words)
    assert cells.run("[one.name for one in lab.containers()] == [box.name]").plain == "True"


def test_ctrl_c_ends_what_follows(cells: Cells) -> None:
    cells.run("box = lab.image('busybox')('sleep', '1009', detach=True, name='followed')")
    shown = cells.run_and_interrupt("%docker logs --follow followed", lambda: running(["logs", "--follow", "followed"]))
    assert shown.error is not None
    assert shown.error[0] == "Interrupted"
    assert cells.run("box.state").plain == "'running'"


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_ctrl_c_stops_a_build(cells: Cells, builder: str) -> None:
    code = f"%%dockerfile -t slow --no-cache --builder {builder}\nFROM busybox\nRUN sleep 1005\n"
    shown = cells.run_and_interrupt(code, lambda: running(["sleep", "1005"]))
    assert shown.error is not None
    assert shown.error[0] == "BuildCancelled"
    assert not running(["sleep", "1005"])
    assert cells.run("lab.builds[-1].model.state").plain == "'cancelled'"


def running(words: list[str]) -> bool:
    """Whether a process of this machine, in a container or not, has a command that ends in these words."""
    end = [word.encode() for word in words]
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().rstrip(b"\0").split(b"\0")[-len(end) :] == end:
                return True
        except OSError:
            continue
    return False


def test_a_killed_kernel_is_swept_at_the_next_start(engine: Engine, engine_home: Path, tmp_path: Path) -> None:
    with kernel(engine_home, tmp_path) as cells:
        cells.run("%load_ext containerlab")
        cells.run(HELLO)
        cells.run("%docker run -d busybox sleep 1006")
        cells.kill()
    assert running(["sleep", "1006"])
    with kernel(engine_home, tmp_path) as cells:
        shown = cells.run("%load_ext containerlab")
        assert "Removed 2 left over" in shown.text
    assert not running(["sleep", "1006"])
    assert not engine.has_image("hello:first")
