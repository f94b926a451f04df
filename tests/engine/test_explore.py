"""The files of an image's layers on real engines: every way gives the same tree, and it is what a container sees."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from containerlab import exploring
from containerlab.build.context import Context
from containerlab.engine import builds
from containerlab.engine.client import Engine
from containerlab.engine.layers import content, kept, reading
from containerlab.engine.layers.archive import read_archive
from containerlab.errors import ImageNotFound
from containerlab.lab import Lab
from containerlab.model.filetree import FileTree
from containerlab.model.treerows import Rows
from tests.engine.other_engines import podman_engine, trixie_engine

__all__ = ["podman_engine", "trixie_engine"]

TAG = "explored:one"
# Files, links of both kinds, a pipe, odd names; a folder removed, one made anew (opaque), one replaced by a link.
DOCKERFILE = r"""FROM busybox
RUN mkdir -p /data/old/deep /kept && echo one >/data/old/deep/file && head -c 300000 /dev/zero >/data/large \
 && ln /data/large /data/again && ln -s /data/large /data/link && mkfifo /data/pipe && echo hi >"/data/na me"
RUN rm -rf /data/old /data/large && chmod 700 /data && chown 12:34 /kept
RUN rm -rf /data && mkdir /data && echo new >/data/fresh && rm -rf /kept && ln -s /tmp /kept
RUN printf x >"/data/$(printf 'l\303\244\377')" && echo two >/data/fresh && chmod 4755 /bin/busybox
COPY note.txt /data/note.txt
"""


@pytest.fixture(scope="module", autouse=True)
def own_cache(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is kept of layers is kept apart, so that every way is gone at least once."""
    patch = pytest.MonkeyPatch()
    patch.setattr(kept, "folder", lambda: folder)
    folder = tmp_path_factory.mktemp("layers")
    kept.forget()
    yield
    patch.undo()
    kept.forget()


def made(engine: Engine, folder: Path, **options: Any) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "note.txt").write_text("a note\n")
    builds.build(engine, Context(folder), tag=TAG, builder="classic", **options)
    return TAG


@pytest.fixture
def image(engine: Engine, tmp_path: Path) -> Iterator[str]:
    before = {summary.id for summary in engine.images(all=True)}
    yield made(engine, tmp_path / "context")
    engine.remove_image(TAG)
    assert {summary.id for summary in engine.images(all=True)} == before


def values(tree: FileTree) -> list[list[tuple[object, ...]]]:
    return [
        sorted((e.path, e.kind, e.size, e.mode, e.uid, e.gid, e.link, e.flag) for e in layer) for layer in tree.layers
    ]


@pytest.fixture
def lab(engine: Engine, engine_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.chdir(tmp_path)
    lab = Lab(engine, engine_home)
    yield lab
    lab.close()


def test_all_ways_give_the_same_tree(engine: Engine, image: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved.tar"
    with saved.open("wb") as file:
        for piece in engine.save(image):
            file.write(piece)
    trees = {"archive": FileTree(read_archive(saved).layers)}
    for way in ("folders", "export", "helper"):
        found = reading.read_image(engine, image, way=way)  # type: ignore[arg-type]
        assert found.way == way
        trees[way] = found.tree
    kept.forget()
    assert reading.read_image(engine, image).way == "kept"
    trees["kept"] = reading.read_image(engine, image).tree
    expected = values(trees["archive"])
    assert {way: values(tree) == expected for way, tree in trees.items()} == dict.fromkeys(trees, True)
    by_dive(saved, trees["archive"])

    tree = trees["folders"]
    told = [path for layer in tree.layers for path in (*layer.whiteouts, *layer.opaques)]
    assert "data/old" in told and "data" in told
    changes = tree.changes(3)
    assert changes["data/fresh"] == "added" and changes["kept"] == "changed"
    assert {path for path, state in changes.items() if state == "removed"} >= {"data/again", "data/pipe"}
    assert ("data/again", 300_000, 1, 3, True) in [(w.path, w.size, w.layer, w.by, w.deleted) for w in tree.wastes()]
    assert seen_in_a_container(engine, image) == {
        (printed(path), entry.mode, entry.uid, entry.gid)
        for path, entry in tree.merged(len(tree.layers) - 1).items()
        if not path.startswith(("dev", "etc", "proc", "sys")) and entry.kind != "symlink"
    }


def by_dive(saved: Path, tree: FileTree) -> None:
    """dive lists the same paths, whiteouts included; opaque marks it leaves out."""
    dive = [str(Path(sys.executable).with_name("dive")), "--source", "docker-archive", "--json"]
    answer = saved.with_suffix(".json")
    subprocess.run([*dive, str(answer), str(saved)], check=True, stdout=subprocess.DEVNULL, timeout=120)
    for layer, ours in zip(json.loads(answer.read_text())["layer"], tree.layers, strict=True):
        marks = {"/".join((*path.split("/")[:-1], ".wh." + path.rpartition("/")[2])) for path in ours.whiteouts}
        named = {printed(path) for path in ours.paths} | marks
        assert {one["path"] for one in layer["fileList"]} - {""} == named


def printed(path: str) -> str:
    """A name that is no UTF-8 as others print it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def seen_in_a_container(engine: Engine, image: str) -> set[tuple[str, int, int, int]]:
    """What ``find`` sees; what the engine itself puts into a container is left out."""
    script = (
        "cd / && find . -xdev ! -type l ! -path './dev*' ! -path './etc*' ! -path './proc*' ! -path './sys*' "
        "-exec stat -c '%a %u %g %n' {} +"
    )
    container = engine.create(image, ["sh", "-c", script], network="none", limits=False)
    try:
        engine.start(container)
        assert engine.wait(container, 60) == 0
        raw: bytes = engine.api.logs(container, stdout=True, stderr=False)
    finally:
        engine.remove(container, force=True)
    found = set()
    for line in raw.decode("utf-8").splitlines():
        mode, uid, gid, name = line.split(" ", 3)
        if name not in (".", "./.dockerenv"):
            found.add((name.removeprefix("./"), int(mode, 8), int(uid), int(gid)))
    return found


def test_a_file_on_demand_is_the_same_by_every_way(engine: Engine, image: str) -> None:
    found = reading.read_image(engine, image)
    for layer, path, text in ((4, "data/fresh", "two\n"), (3, "data/fresh", "new\n"), (5, "data/note.txt", "a note\n")):
        assert content.from_folder(found.folders[layer], path).text == text
        assert content.from_export(engine, image, layer, path).text == text
    assert content.from_export(engine, image, 1, "data/again", ("data/large",)).binary
    assert content.from_export(engine, image, 4, "bin/busybox").binary


def test_the_explorer_of_a_lab(lab: Lab) -> None:
    lab.folder("context", {"note.txt": "a note\n"})
    lab.build(DOCKERFILE, tag=TAG, folder="context")
    picture = lab.image(TAG).explore()
    assert "deleted by layer 4" in str(picture) and "300kB" in str(picture)
    assert str(picture) == str(lab.image(TAG).explore()) and "sha256" not in str(picture)
    assert [layer["line"] for layer in picture.head["layers"]] == [None, 2, 4, 5, 6, 7]
    assert picture.head["wastes"][0]["lost"].startswith("line 5: RUN rm -rf /data")
    sent: list[dict[str, Any]] = []
    picture.send = lambda message, *_: sent.append(message)  # the wire, and nothing else
    ask = picture._asked
    ask(picture, {"kind": "view", "id": 1, "layer": 4, "only": True, "opened": {"data": 200}}, [])
    ask(picture, {"kind": "content", "id": 2, "layer": 5, "key": "data/note.txt"}, [])
    ask(picture, {"kind": "content", "id": 3, "layer": 5, "key": "../../../../../../etc/passwd"}, [])
    assert {row["name"]: row["state"] for row in sent[0]["rows"] if row["level"] == 2} == {
        "fresh": "changed",
        "lä⟨U+DCFF⟩": "added",
    }
    assert sent[1]["text"] == "a note\n" and "problem" in sent[2]

    helped = lab.image(TAG).explore(helper=True)
    assert str(helped) == str(picture)
    compared = lab.image(TAG).explore(against="busybox")
    assert (
        str(compared).startswith("busybox:latest → explored:one: ")
        and "explored:one instead" in str(compared)
        and "wasted" not in str(compared)
    )


def test_what_changes_in_place_is_found_by_its_bytes(lab: Lab) -> None:
    for tag, text in (("same:one", "12345"), ("same:two", "54321")):
        lab.build(f"FROM busybox\nRUN printf {text} >/number && printf same >/other\n", tag=tag)
    shown = lab.image("same:two").explore(against="same:one")
    view = shown._answer({"kind": "view", "layer": 1, "only": True})
    assert [row["name"] for row in view["rows"]] == ["number"]


def test_an_export_fills_in_later(engine: Engine, image: str) -> None:
    """On an engine whose folders are not ours: the layers at once, the files when the engine has exported them."""
    kept.forget()
    for path in kept.folder().iterdir():
        path.unlink()
    student = Engine(engine.address, "docker")
    picture = exploring.explore(student, student.image(image), in_background=True)
    first = picture.head
    assert [layer["instruction"].split()[0] for layer in first["layers"]][1:] == ["RUN"] * 4 + ["COPY"]
    for thread in threading.enumerate():
        if thread.name == "containerlab-explore":
            thread.join(120)
    assert picture.head["ready"] and picture.head["note"] and not picture.head["cheap"]
    assert {row["name"] for row in picture.view["rows"]} >= {"bin", "data"}
    student.close()


def test_an_image_that_is_not_there(engine: Engine) -> None:
    for way in (None, "export"):
        with pytest.raises(ImageNotFound):
            reading.read_image(engine, "nobody/has:this", way=way)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["trixie_engine", "podman_engine"])
def test_other_engines_export_the_same_files(
    name: str, engine: Engine, image: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The containerd store exports an OCI layout with compressed layers, Podman a docker archive of its own making."""
    other: Engine = request.getfixturevalue(name)
    saved = tmp_path / "image.tar"
    with saved.open("wb") as file:
        for piece in engine.save(image):
            file.write(piece)
    with saved.open("rb") as file:
        other.load(file)
    found = reading.read_image(other, TAG, way="export")
    try:
        assert values(found.tree) == values(reading.read_image(engine, image, way="folders").tree)
        assert Rows(found.tree).sums("", 5).files
    finally:
        other.remove_image(TAG, force=True)


def test_layers_are_kept_in_the_cache_folder(engine: Engine, image: str) -> None:
    reading.read_image(engine, image)
    names = {path.name for path in kept.folder().iterdir()}
    diff_ids = [layer.diff_id.partition(":")[2] for layer in engine.image(image).layers]
    assert names >= {f"{one}.files" for one in diff_ids}
    kept.trim(0)
    assert not list(kept.folder().iterdir())
