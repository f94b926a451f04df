"""Promises 21 and 22: archives that want to climb out, to deceive, or never to end."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from containerlab.draw import explorer
from containerlab.engine.layers import columns
from containerlab.engine.layers.archive import read_archive
from containerlab.engine.layers.content import from_archive, from_folder
from containerlab.errors import LabError
from containerlab.model.filetree import FileTree
from containerlab.model.treerows import Rows
from tests.unit.filetree import images


@pytest.fixture(autouse=True)
def nothing_is_extracted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the archives would write lands nowhere: not where we are, not above."""
    inner = tmp_path / "one" / "two"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    yield
    assert not list(inner.iterdir()) and list((tmp_path / "one").iterdir()) == [inner]
    assert not Path("/containerlab-evil").exists()


def device(kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo()
    info.type, info.devmajor, info.devminor = kind, 8, 0
    return info


HOSTILE = [
    ("../../evil", b"1", "evil", columns.CLIMBS),
    ("a/../../../evil2", b"1", "evil2", columns.CLIMBS),
    ("/containerlab-evil", b"1", "containerlab-evil", columns.ABSOLUTE),
    ("dev/sda", device(tarfile.BLKTYPE), "dev/sda", columns.DEVICE),
    ("dev/mem", device(tarfile.CHRTYPE), "dev/mem", columns.DEVICE),
    ("up", "-> ../../../../etc", "up", columns.LINK_CLIMBS),
    ("up/passwd", b"root::0:0", "up/passwd", columns.THROUGH_LINK),
    ("hard", "== ../../etc/shadow", "hard", columns.LINK_CLIMBS),
    ("lost", "== nowhere", "lost", columns.LINK_LOST),
    ("twice", b"first", "", ""),
    ("twice", b"second!", "twice", columns.TWICE),
    ("x/" * 5000 + "deep", b"", "∕".join(["x"] * 5000 + ["deep"])[:255], columns.TOO_LONG),
]


def test_hostile_entries_are_flagged_and_harmless(tmp_path: Path) -> None:
    raw = images.tar([("fine", b"1"), *((name, what) for name, what, _, _ in HOSTILE)])
    path = images.docker_archive(tmp_path / "evil.tar", [raw])
    found = read_archive(path)
    flagged = {one.path: one.flag for one in found.layers[0] if one.flag}
    assert flagged == {path: flag for _, _, path, flag in HOSTILE if flag}
    tree = FileTree(found.layers)
    assert tree.merged(0)["twice"].size == 7
    shown = explorer.view(Rows(tree), 0, opened={"up": 200, "dev": 200})
    assert {row["name"] for row in shown["rows"] if row.get("flag")} >= {"evil", "sda", "up", "passwd"}
    assert from_archive(found, 0, "up/passwd").text == "root::0:0"  # the archive's own bytes, never the machine's
    with pytest.raises(LabError):
        from_archive(found, 0, "hard")


def test_links_that_go_round(tmp_path: Path) -> None:
    raw = images.tar([("a", "== b"), ("b", "== a"), ("c", "== c"), ("s", "-> s"), ("fine", b"1")])
    files = images.read(raw, tmp_path)
    assert {one.path: one.flag for one in files if one.flag} == dict.fromkeys("abc", columns.LINK_LOST)


def test_names_never_reach_the_eye_as_they_are(tmp_path: Path) -> None:
    """Names that turn the text around, end the line or are no UTF-8; the answer can always be sent."""
    names = ["etc\u202egnp.exe", "a\nb", "\x1b[31mred", "<img src=x onerror=alert(1)>", "caf\udce9", "z\u200bero"]
    path = images.docker_archive(tmp_path / "a.tar", [images.tar([(name, b"x") for name in names])])
    found = read_archive(path)
    tree = FileTree(found.layers)
    view = explorer.view(Rows(tree), 0)
    sent = json.dumps([view, explorer.head(found.image, tree)], ensure_ascii=False).encode("utf-8")
    for hidden in ("\u202e", "\x1b", "\u200b", "\\n", "\\u001b"):
        assert hidden.encode() not in sent
    assert [explorer.path_of(row["key"]) for row in view["rows"]] == sorted(names)
    assert all(row["key"].isascii() for row in view["rows"])
    assert "\u202e" not in explorer.explorer_text(found.image, tree)


def test_a_layer_of_ten_gigabytes_is_not_read(tmp_path: Path) -> None:
    """Its bytes are holes in a file; what is read and held is little."""
    size = 10_000_000_000
    layer = tarfile.TarInfo("0/layer.tar")
    layer.size = size + 1024 * 3
    huge = tarfile.TarInfo("huge")
    huge.size = size
    described = images.config([b""])
    manifest = json.dumps([{"Config": "c.json", "RepoTags": None, "Layers": ["0/layer.tar"]}]).encode()
    path = tmp_path / "huge.tar"
    with path.open("wb") as file:
        for name, raw in (("manifest.json", manifest), ("c.json", described)):
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            file.write(info.tobuf() + raw + bytes(-len(raw) % 512))
        file.write(layer.tobuf(tarfile.GNU_FORMAT) + huge.tobuf(tarfile.GNU_FORMAT))
        file.seek(size, io.SEEK_CUR)
        file.write(tarfile.TarInfo("after").tobuf() + bytes(2048))
    tracemalloc.start()
    try:
        found = read_archive(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {one.path: one.size for one in found.layers[0]} == {"huge": size, "after": 0}
    assert peak < 4_000_000


def test_a_layer_that_grows_without_end_is_shown_up_to_a_limit(tmp_path: Path) -> None:
    raw = images.tar([(f"f{at}", b"") for at in range(3000)])
    files = images.read(raw, tmp_path, limit=1000)
    assert len(files) == 1000 and files.note == "shown up to 1,000 entries"
    path = images.docker_archive(tmp_path / "a.tar", [raw, raw.replace(b"f", b"g")])
    found = read_archive(path, limit=1500)
    assert sum(map(len, found.layers)) <= 3001 and all(files.note.startswith("shown up to") for files in found.layers)


def test_a_gzip_bomb_is_passed_over(tmp_path: Path) -> None:
    zeros = tarfile.TarInfo("zeros")
    zeros.size = 300_000_000
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as out:
        out.write(zeros.tobuf())
        for _ in range(300):
            out.write(bytes(1_000_000))
        out.write(bytes(-zeros.size % 512) + bytes(1024))
    tracemalloc.start()
    try:
        files = images.read(packed.getvalue(), tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [one.size for one in files] == [300_000_000] and not files.note
    assert peak < 8_000_000


def test_cut_and_damaged_archives_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    layer = images.tar([(f"folder/{at}", bytes(at * 37)) for at in range(30)])
    for make in (images.docker_archive, images.oci_archive):
        path = make(tmp_path / "a.tar", [layer, layer])
        raw = path.read_bytes()
        rng = random.Random(5)
        for _ in range(120):
            broken = bytearray(raw[: rng.randrange(len(raw))] if rng.random() < 0.5 else raw)
            for _ in range(rng.randrange(6)):
                if broken:
                    broken[rng.randrange(len(broken))] = rng.randrange(256)
            path.write_bytes(broken)
            try:
                FileTree(read_archive(path).layers).counts()
            except LabError as error:
                assert str(error)
    files = images.read(layer[: len(layer) // 2], tmp_path)
    assert 0 < len(files) < 31 and files.note == "the archive ends early"
    whole = images.read(layer, tmp_path)
    assert not whole.note


def test_a_file_of_a_folder_is_opened_through_no_link(tmp_path: Path) -> None:
    folder = tmp_path / "diff"
    (folder / "etc").mkdir(parents=True)
    (folder / "etc" / "name").write_text("inside")
    (tmp_path / "secret").write_text("outside")
    (folder / "out").symlink_to(tmp_path)
    (folder / "link").symlink_to(tmp_path / "secret")
    assert from_folder(str(folder), "etc/name").text == "inside"
    for path in ("out/secret", "link", "../secret", "etc/../../secret", "/etc/name", "", "etc"):
        with pytest.raises(LabError):
            from_folder(str(folder), path)
