"""The lab on a real engine: images that are called, containers, builds, predictions, and what is cleaned up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from containerlab.course.predict import Question
from containerlab.engine.client import Engine
from containerlab.engine.private import PrivateEngine
from containerlab.errors import BuildFailed, CommandError, ConsentNeeded, EngineGone, ImageNotFound, NameTaken, NotOurs
from containerlab.lab import Lab
from containerlab.magics import dockerfile
from containerlab.magics.command import read
from containerlab.running import docker

HELLO = 'FROM busybox\nENTRYPOINT ["/bin/echo", "Hello"]\nCMD ["world"]\n'


@pytest.fixture
def lab(engine: Engine, engine_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.chdir(tmp_path)
    lab = Lab(engine, engine_home)
    yield lab
    lab.close()


def test_an_image_is_a_class(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    built = lab.build(HELLO, tag="hello:first")
    hello = lab.image("hello:first")
    assert repr(hello) == "hello:first: an image of 1 layer"
    a, b = hello(), hello("Ada")
    assert (a.output, b.output) == ("Hello world\n", "Hello Ada\n")
    assert repr(b) == "hello-2: a container of hello:first, exited with status 0\nHello Ada"
    assert (b.exit_code, b.model.args, b.image.model) == (0, ("Ada",), hello.model)
    assert hello("-c", "exit 3", entrypoint="sh").exit_code == 3
    assert [box.name for box in hello.containers] == ["hello-1", "hello-2", "hello-3"]
    assert built.image.model == hello.model
    for picture in (hello.layers, hello.history, hello.source, hello.diagram(), a.stack, lab.pipeline("hello:first")):
        assert "hello" in str(picture).lower()
        assert built.model.image_id.partition(":")[2][:12] not in str(picture)
    assert "line 2" in str(hello.history)
    assert "hello:first" in lab.glossary().html
    capsys.readouterr()
    lab.clean()
    assert capsys.readouterr().out == "Removed 3 containers and 1 image.\n"
    lab.clean()
    assert capsys.readouterr().out.startswith("Nothing to remove")


def test_a_container_has_its_own_changes(lab: Lab) -> None:
    busybox = lab.image("busybox")
    box = busybox("sleep", "600", detach=True)
    assert box.state == "running"
    assert box.exit_code is None
    assert box.run("echo milk > /note; cat /note").output == "milk\n"
    assert box.run(["false"]).exit_code == 1
    assert "added   /note  5B" in repr(box.changes)
    assert busybox("ls", "/note").exit_code != 0
    assert box.stop().state == "exited"
    assert box.start().run("cat /note").output == "milk\n"
    box.remove()
    assert box.state == "removed"
    assert repr(box) == "busybox-1: a container of busybox, removed"


def test_what_others_made_is_shown_and_not_changed(lab: Lab, engine: Engine) -> None:
    lab.build("FROM busybox\nCMD true\n", tag="mine:1")
    foreign = engine.create("mine:1", name="mine-1")  # it has our labels: from the image
    try:
        box = lab.container("mine-1")
        assert not lab.owns(box.model)
        assert box.state == "created"
        for act in (box.remove, box.start, box.stop):
            with pytest.raises(NotOurs, match="not made by this lab"):
                act()
        assert lab.image("mine:1")().name == "mine-2"
        with pytest.raises(NameTaken):
            lab.image("mine:1")(name="mine-1")
        assert [one.name for one in lab.containers()] == ["mine-2"]
        lab.clean()
        assert engine.container(foreign).state == "created"
    finally:
        engine.remove(foreign, force=True)
    lab.clean()


def test_two_labs_at_once_and_one_cleans(lab: Lab, engine: Engine, engine_home: Path) -> None:
    other = Lab(engine, engine_home)
    try:
        mine, its = lab.image("busybox")("true"), other.image("busybox")("true")
        lab.clean()
        assert mine.state == "removed"
        assert its.state == "exited"
    finally:
        other.close()


def test_a_container_that_cannot_start_is_not_left(lab: Lab, engine: Engine) -> None:
    before = len(engine.containers())
    with pytest.raises(Exception, match="nonsense"):
        lab.image("busybox")("nonsense")
    assert len(engine.containers()) == before
    with pytest.raises(ImageNotFound) as caught:
        lab.image("no/such:image")
    assert caught.value.next


def test_builds_are_compared_edited_and_judged(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    app = lab.folder(
        "app", {"a.txt": "1\n", "b.txt": "1\n", "Dockerfile": "FROM busybox\nCOPY a.txt /\nCOPY b.txt /\n"}
    )
    asked = Asked()
    lab.predictions.ask(Question("x", "?", ("1", "2"), lambda lab, run: [str(len(run.model.cached))]), asked)
    docker(lab, read("image ls"))
    assert lab.predictions.waiting == ("x",)
    first = lab.build(app, tag="app:1")
    assert asked.truth is not None
    again = docker(lab, read("build -t app:1 -t app:2 app"))
    assert again.ran == ()
    assert lab.last is again is lab.builds[-1]
    assert "2 of 2 steps came from the cache" in str(lab.compare(first, again))
    for _ in range(2):
        assert lab.try_edit("app:1", "b.txt") == ("COPY b.txt /",)
    assert lab.try_edit("app:1", "a.txt") == ("COPY a.txt /", "COPY b.txt /")
    assert app["b.txt"] == "1\n"
    assert lab.last is again
    app["b.txt"] = "2\n"
    dockerfile(lab, "-t app:3 app", app["Dockerfile"])
    assert lab.last.ran == ("COPY b.txt /",)
    assert "COPY a.txt /" in str(lab.share("app:1", "app:3"))
    out = capsys.readouterr().out
    assert "No prediction made · the engine: " in out


def test_a_failed_build_names_the_line_and_is_remembered(lab: Lab) -> None:
    with pytest.raises(BuildFailed, match="line 3") as caught:
        lab.build("FROM busybox\nRUN true\nRUN echo why; exit 7\n", tag="bad:1")
    assert "| why" in str(caught.value)
    assert repr(lab.last) == "bad:1: failed at line 3: RUN echo why; exit 7"
    with pytest.raises(CommandError, match="no folder"):
        docker(lab, read("build -t bad:1 no-such-folder"))
    with pytest.raises(CommandError, match="not a folder on this machine"):
        docker(lab, read("build https://example.invalid/app.git"))
    with pytest.raises(CommandError, match="needs a folder"):
        docker(lab, read("build -t bad:1"))


def test_a_tag_that_somebody_had_goes_back(lab: Lab, engine: Engine) -> None:
    base = engine.image("busybox").id
    engine.tag("busybox", "theirs:1")
    try:
        lab.build("FROM busybox\nENV A=1\n", tag="theirs:1")
        docker(lab, read("tag busybox mine:2"))
        assert engine.image("theirs:1").id != base
        lab.clean()
        assert engine.image("theirs:1").id == base
        assert not engine.has_image("mine:2")
    finally:
        engine.remove_image("theirs:1")


def test_what_commands_make_is_cleaned(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    for line in (
        "run --name one busybox touch /x",
        "create busybox",
        "commit one made:1",
        "network create made",
        "volume create made",
        "container run -d busybox sleep 600",
    ):
        assert docker(lab, read(line)), line
    capsys.readouterr()
    lab.clean()
    assert capsys.readouterr().out == "Removed 3 containers, 1 image, 1 network and 1 volume.\n"


def test_an_unknown_flag_goes_to_the_docker_command(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.folder("app", {"Dockerfile": "FROM busybox\nENV A=1\n"})
    result = docker(lab, read("build --ulimit nofile=99 -t cli:1 app"))
    out = capsys.readouterr().out
    assert "--ulimit is known to the docker command only" in out
    assert result.exit_code == 0
    assert lab.engine.has_image("cli:1")


def test_a_remote_engine_needs_consent(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    before = lab.engine
    with pytest.raises(ConsentNeeded, match=r"nobody@engine\.invalid"):
        lab.use("ssh://nobody@engine.invalid")
    assert lab.engine is before


def test_an_engine_that_goes_away_comes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private = PrivateEngine(tmp_path / "home")
    lab = Lab(private.start(), tmp_path / "home")
    try:
        assert docker(lab, read("ps"))
        private.stop()
        for act in (
            lambda: docker(lab, read("ps")),
            lambda: lab.image("busybox"),
            lambda: dockerfile(lab, "-t hello:first", HELLO),
            lab.clean,
        ):
            with pytest.raises(EngineGone, match=r"lab\.restart_engine\(\)"):
                act()
        private.start()
        assert docker(lab, read("ps"))
        private.stop()
        capsys.readouterr()
        lab.restart_engine()
        assert capsys.readouterr().out.startswith("Engine: the lab's own engine")
        assert docker(lab, read("ps"))
    finally:
        lab.close()
        private.remove()


class Asked:
    """What a question's widget has."""

    answer: tuple[str, ...] = ()
    truth: Any = None

    def reveal(self, truth: Any, note: str = "") -> None:
        self.truth = truth
