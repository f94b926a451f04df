"""What the explorer tells a browser: page by page, stable in words, an answer to whatever is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from containerlab import exploring
from containerlab.draw import explorer as draw
from containerlab.engine.layers.archive import read_archive
from containerlab.errors import LabError
from containerlab.model.filetree import FileTree
from containerlab.model.layerfiles import KINDS
from containerlab.widgets.explorer import Explorer
from tests.unit.filetree import images

BASE = [("etc/", None), ("etc/name", b"base\n"), ("bin/tool", b"\0" * 2000), ("bin/it", "-> tool"), ("log", b"l" * 500)]
APP = [("app/", None), ("app/main.py", b"print()\n"), ("etc/", None), ("etc/name", b"app\n"), (".wh.log", b"")]
LAYERS = [images.tar(BASE), images.tar(APP)]


@pytest.fixture
def picture(tmp_path: Path) -> Explorer:
    return exploring.archive(images.docker_archive(tmp_path / "a.tar", LAYERS))


def ask(picture: Explorer, **question: Any) -> dict[str, Any]:
    """The answer as it goes over the wire."""
    sent: list[dict[str, Any]] = []
    picture.send = lambda message, *_: sent.append(message)
    picture._handle_custom_msg({"id": 7, **question}, [])
    (answer,) = sent
    assert answer["id"] == 7 and answer["kind"] == question["kind"]
    return dict(json.loads(json.dumps(answer)))


def test_in_words(picture: Explorer) -> None:
    assert (
        str(picture)
        == """made:here: 2 layers, 2.52kB of files
    2      12B  2 added, 1 changed, 1 removed  RUN step 1
    1    2.5kB  6 added  RUN step 0
wasted: 505B in 2 files that later layers hide
     500B  log  layer 1, deleted by layer 2
       5B  etc/name  layer 1, replaced by layer 2"""
    )


def test_the_merged_view_at_each_layer(picture: Explorer) -> None:
    top = {row["name"]: (row["state"], row["size"]) for row in picture.view["rows"]}
    assert top == {
        "app": ("added", "8B"),
        "bin": ("same", "2kB"),
        "etc": ("same", "4B"),
        "log": ("removed", "500B"),
    }
    below = ask(picture, kind="view", layer=0, opened={"bin": 200, "etc": 200})
    assert [(row["name"], row["level"], row["state"]) for row in below["rows"]] == [
        ("bin", 1, "added"),
        ("it", 2, "added"),
        ("tool", 2, "added"),
        ("etc", 1, "added"),
        ("name", 2, "added"),
        ("log", 1, "added"),
    ]
    changes = ask(picture, kind="view", layer=1, only=True, opened={"etc": 200, "bin": 200})
    assert [row["name"] for row in changes["rows"]] == ["app", "etc", "name", "log"]
    assert changes["rows"][1]["touched"] == [0, 1, 0] and changes["size"] == "12B"
    found = ask(picture, kind="view", layer=1, search="NAME")
    assert [row["name"] for row in found["rows"]] == ["etc/name"] and found["found"] == 1


def test_a_file_and_its_story(picture: Explorer) -> None:
    told = ask(picture, kind="file", layer=1, key="etc/name")
    assert told["story"] == [[0, "added", "RUN step 0, 5B"], [1, "changed", "RUN step 1, 4B"]]
    assert told["from"] == 1 and not told["gone"]
    assert ask(picture, kind="content", layer=told["from"], key="etc/name")["text"] == "app\n"
    assert ask(picture, kind="content", layer=0, key="etc/name")["text"] == "base\n"
    assert ask(picture, kind="content", layer=0, key="bin/tool")["note"] == "2kB, not text"
    gone = ask(picture, kind="file", layer=1, key="log")
    assert gone["gone"] and gone["story"][-1] == [1, "removed", "RUN step 1"]


@pytest.mark.parametrize(
    "question",
    [
        {"kind": "content", "layer": 1, "key": "nothing/here"},
        {"kind": "content", "layer": 0, "key": "../../etc/passwd"},
        {"kind": "content", "layer": 0, "key": "bin"},
        {"kind": "view", "layer": "x"},
        {"kind": "view", "layer": 0, "opened": [1]},
        {"kind": "content", "layer": None, "key": None},
    ],
)
def test_whatever_is_asked_an_answer_comes(picture: Explorer, question: dict[str, Any]) -> None:
    assert ask(picture, **question)["problem"]


def test_other_messages_are_nothing_to_it(picture: Explorer) -> None:
    sent: list[Any] = []
    picture.send = lambda message, *_: sent.append(message)
    for question in ({"kind": "run"}, {}, "text", None, [1]):
        picture._handle_custom_msg(question, [])
    assert sent == []


def test_sixty_thousand_files_come_page_by_page(tmp_path: Path) -> None:
    names = [f"many/f{at:05}" for at in range(60_000)]
    path = images.docker_archive(tmp_path / "a.tar", [images.tar([(name, b"") for name in names])])
    picture = exploring.archive(path)
    assert len(json.dumps([picture.head, picture.view])) < 5_000
    page = ask(picture, kind="view", layer=0, opened={"many": 200})
    assert len(page["rows"]) == 202 and page["rows"][-1]["left"] == 59_800
    more = ask(picture, kind="view", layer=0, opened={"many": page["rows"][-1]["next"]})
    assert len(more["rows"]) == 402
    most = ask(picture, kind="view", layer=0, opened={"many": 10**9})
    assert len(most["rows"]) <= draw.MOST + 1
    found = ask(picture, kind="view", layer=0, search="f000")
    assert found["found"] == 100 and len(found["rows"]) == 100


def test_before_the_files_are_read(tmp_path: Path) -> None:
    found = read_archive(images.docker_archive(tmp_path / "a.tar", LAYERS))
    waiting = exploring.Exploration(found.image)
    head = waiting.head()
    assert not head["ready"] and [layer["instruction"] for layer in head["layers"]] == ["RUN step 0", "RUN step 1"]
    assert waiting.answer({"kind": "view", "layer": 0})["problem"]
    assert waiting.text() == "made:here: 2 layers · 2.52kB · linux/"
    waiting.take(FileTree(found.layers), None)
    assert waiting.answer({"kind": "content", "layer": 0, "key": "log"})["problem"]


def test_an_image_without_layers(tmp_path: Path) -> None:
    picture = exploring.archive(images.docker_archive(tmp_path / "a.tar", []))
    assert picture.view == {} and str(picture).startswith("made:here: 0 layers")


def test_what_is_no_image_says_so(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello " * 200)
    (tmp_path / "layer.tar").write_bytes(LAYERS[0])
    for name in ("text", "layer.tar", "nothing", "."):
        with pytest.raises(LabError):
            read_archive(tmp_path / name)


def test_what_a_container_walks_is_told_in_the_models_words() -> None:
    """The walker imports nothing of the course, since a helper container runs it."""
    from containerlab.engine.layers import walker
    from containerlab.model import layerfiles

    names = ("FILE", "FOLDER", "SYMLINK", "HARDLINK", "CHAR", "BLOCK", "PIPE")
    assert {name: getattr(walker, name) for name in names} == {name: getattr(layerfiles, name) for name in names}
    assert len(KINDS) == 9
    source = Path(walker.__file__).read_text()
    assert "containerlab" not in source.split('"""', 2)[2].replace("containerlab.model.layerfiles.KINDS", "")


def test_keys_bring_every_name_back() -> None:
    for path in ("a/b c", "ü/\udcff\udc80", "%2F", "a\nb", "?#&"):
        assert draw.path_of(draw.key(path)) == path and draw.key(path).isascii()
