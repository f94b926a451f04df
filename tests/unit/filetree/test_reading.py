"""Every form of an archive gives the same layers; they are what Python's tarfile and dive read of them."""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from containerlab.engine.layers import columns
from containerlab.engine.layers.archive import from_contents, read_archive
from containerlab.engine.layers.content import from_archive
from containerlab.engine.layers.members import read_stream
from containerlab.engine.layers.windows import StreamWindow
from containerlab.errors import LabError
from containerlab.model.layerfiles import LayerFiles
from tests.unit.filetree import images

LONG = "a/" + "long" * 40 + "/" + "name" * 50
BASE = images.tar(
    [
        ("etc/", None),
        ("etc/hostname", b"one\n"),
        ("etc/passwd", b"root\n"),
        ("usr/", None),
        ("usr/bin/", None),
        ("usr/bin/tool", b"\x7fELF\0" + bytes(9000)),
        ("usr/bin/again", "== usr/bin/tool"),
        ("bin", "-> usr/bin"),
        (LONG, b"text"),
        ("ünï⌘", "-> " + LONG),
    ]
)
SECOND = images.tar([("etc/", None), ("etc/hostname", b"second\n"), ("etc/.wh.passwd", b""), ("new/file", b"x" * 700)])
THIRD = images.tar([("etc/", None), ("etc/.wh..wh..opq", b""), ("etc/fresh", b"y")])
LAYERS = [BASE, SECOND, THIRD, SECOND]


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda path: images.docker_archive(path / "a.tar", LAYERS), id="docker"),
        pytest.param(
            lambda path: images.docker_archive(path / "a.tar", LAYERS, links=True), id="docker, linked layers"
        ),
        pytest.param(lambda path: images.oci_archive(path / "a.tar", LAYERS), id="OCI, gzip"),
        pytest.param(lambda path: images.oci_archive(path / "a.tar", LAYERS, bytes), id="OCI, plain"),
        pytest.param(
            lambda path: images.oci_archive(path / "a.tar", LAYERS, zstandard.ZstdCompressor().compress), id="OCI, zstd"
        ),
        pytest.param(lambda path: images.oci_folder(path / "layout", LAYERS), id="OCI, a folder"),
        pytest.param(
            lambda path: packed(images.docker_archive(path / "a.tar", LAYERS), gzip.compress), id="docker, gz"
        ),
        pytest.param(
            lambda path: packed(images.oci_archive(path / "a.tar", LAYERS), zstandard.ZstdCompressor().compress),
            id="OCI, zst",
        ),
    ],
)
def test_all_forms_of_an_archive_are_the_same_image(form: Callable[[Path], Path], tmp_path: Path) -> None:
    path = form(tmp_path)
    found = read_archive(path)
    assert [images.rows(files) for files in found.layers] == [by_tarfile(layer) for layer in LAYERS]
    assert found.image.tags == ("made:here",)
    assert [row.layer.index for row in found.image.history if row.layer] == [0, 1, 2, 3]
    assert [row.instruction for row in found.image.history][:2] == ["RUN step 0", "ENV AT=0"]
    if found.places:
        assert from_archive(found, 1, "etc/hostname").text == "second\n"
        assert from_archive(found, 0, "usr/bin/again", ("usr/bin/tool",)).binary
    with pytest.raises(LabError, match="no image"):
        read_archive(path, "other:one")


@pytest.mark.parametrize("packed_layers", [False, True])
def test_a_stream_in_pieces_of_any_size(packed_layers: bool, tmp_path: Path) -> None:
    """As an engine's export comes: cut anywhere, and never to be gone back in."""
    make = images.oci_archive if packed_layers else images.docker_archive
    raw = make(tmp_path / "a.tar", LAYERS).read_bytes()
    for most in (1, 700, 1 << 20):
        rng, at = random.Random(most), 0

        def read_into(view: memoryview, most: int = most, rng: random.Random = rng) -> int:
            nonlocal at
            piece = raw[at : at + min(rng.randint(1, most), len(view))]
            view[: len(piece)] = piece
            at += len(piece)
            return len(piece)

        found = from_contents(read_stream(StreamWindow(read_into)))
        assert [images.rows(files) for files in found.layers] == [by_tarfile(layer) for layer in LAYERS]


def test_gzip_with_and_without_isal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several members, with padding behind the last."""
    raw = gzip.compress(BASE[:3000]) + gzip.compress(BASE[3000:]) + bytes(100)
    fast = images.rows(images.read(raw, tmp_path))
    monkeypatch.setitem(sys.modules, "isal", None)
    assert images.rows(images.read(raw, tmp_path)) == fast == by_tarfile(BASE)


def packed(path: Path, compress: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(compress(path.read_bytes()))
    return path


def by_tarfile(raw: bytes) -> list[tuple[object, ...]]:
    """The same by Python's own reader, in the terms of images.rows."""
    kinds = {tarfile.REGTYPE: "file", tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "symlink"}
    found: dict[str, tuple[object, ...]] = {}
    hard: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        for one in archive:
            folder, _, last = one.name.rpartition("/")
            if last == ".wh..wh..opq":
                found[one.name] = (folder, "opaque", 0, 0, 0, 0, "")
            elif last.startswith(".wh."):
                found[one.name] = (f"{folder}/{last[4:]}", "whiteout", 0, 0, 0, 0, "")
            elif one.islnk():
                hard[one.name] = one.linkname
            else:
                size = one.size if one.isreg() else 0
                link = one.linkname if one.issym() else ""
                found[one.name] = (one.name, kinds[one.type], size, one.mode, one.uid, one.gid, link)
    for name, target in hard.items():
        first, second = sorted((name, target))
        row = found[target]
        found[first] = (first, *row[1:])
        found[second] = (second, "hardlink", 0, *row[3:6], first)
    for name in list(found):
        while name := name.rpartition("/")[0]:
            found.setdefault(name, (name, "folder", 0, 0o755, 0, 0, ""))
    return sorted(found.values())


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_tar_format(form: int, tmp_path: Path) -> None:
    special = tarfile.TarInfo()
    special.size, special.mode, special.uid, special.gid = 3, 0o4755, 2_000_000, 2_097_151
    large = tarfile.TarInfo()
    large.uid = 5_000_000_000 if form != tarfile.USTAR_FORMAT else 7
    pipe = tarfile.TarInfo()
    pipe.type = tarfile.FIFOTYPE
    name = "d" * 90 + "/" + "f" * 95
    raw = images.tar([(name, b"abc"), ("large", large), ("pipe", pipe), ("ä", b"1"), ("empty", b"")], form)
    raw = raw.replace(b"never", b"never")
    files = images.read(raw, tmp_path)
    found = {one.path: one for one in files}
    assert found[name].size == 3 and found["ä"].size == 1 and found["empty"].size == 0
    assert found["large"].uid == large.uid
    assert found["pipe"].kind == "pipe"
    assert found["d" * 90].kind == "folder"
    assert not files.flags and not files.note


def test_sparse_files_have_the_size_that_one_sees(tmp_path: Path) -> None:
    """As GNU tar writes them: what is stored is less, and a map may go on in further blocks."""
    (tmp_path / "holes").write_bytes(b"")
    with (tmp_path / "holes").open("r+b") as file:
        for at in range(0, 60 * 65536, 2 * 65536):
            file.seek(at)
            file.write(b"data")
        file.truncate(9_000_000)
    (tmp_path / "after").write_bytes(b"12345")
    for form in ("gnu", "posix"):
        made = tmp_path / f"{form}.tar"
        command = ["tar", f"--format={form}", "-S", "-C", str(tmp_path), "-cf", str(made), "holes", "after"]
        subprocess.run(command, check=True)
        files = images.read(made.read_bytes(), tmp_path)
        assert {one.path: one.size for one in files} == {"holes": 9_000_000, "after": 5}
        found = read_archive(images.docker_archive(tmp_path / "image.tar", [made.read_bytes()]))
        assert from_archive(found, 0, "after").text == "12345"


def test_dive_lists_the_same_entries(tmp_path: Path) -> None:
    """dive reads no opaque marks and cuts no names; all else is the same, whiteouts included."""
    path = images.docker_archive(tmp_path / "a.tar", LAYERS)
    dive = Path(sys.executable).with_name("dive")
    subprocess.run(
        [str(dive), "--source", "docker-archive", "--json", str(tmp_path / "dive.json"), str(path)],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=120,
    )
    told = json.loads((tmp_path / "dive.json").read_text())
    for theirs, ours in zip(told["layer"], read_archive(path).layers, strict=True):
        listed = {(one["path"], one["uid"], one["gid"]) for one in theirs["fileList"]} - {("", 0, 0)}
        named_by_tar = {row for row in in_tar(ours) if row[0] not in {"new", LONG.rpartition("/")[0], "a"}}
        assert named_by_tar == listed


def in_tar(files: LayerFiles) -> set[tuple[str, int, int]]:
    marks = {(path.rpartition("/")[0] + "/.wh." + path.rpartition("/")[2], 0, 0) for path in files.whiteouts}
    return marks | {(one.path, one.uid, one.gid) for one in files if one.kind not in ("whiteout", "opaque")}


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    files = images.read(BASE, tmp_path)
    again = LayerFiles.load(files.dump())
    assert list(again) == list(files)
    raw = files.dump()
    for cut in (0, 5, 40, len(raw) // 2, len(raw) - 1):
        with pytest.raises(ValueError, match="layer's index"):
            LayerFiles.load(raw[:cut])


def test_few_whiteouts_and_many_are_taken_out_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items: list[images.Item] = [(".wh.first", b""), ("a", b"1"), ("a.wh.b", b"2"), ("d/.wh.x", b""), ("d/s", "-> a")]
    items += [("d/.wh..wh..opq", b""), ("d/.wh..wh.plnk", b""), ("d/h", "== a"), ("e/.wh.x", b""), ("z", b"345")]
    few = images.read(images.tar(items), tmp_path)
    monkeypatch.setattr(columns, "_FEW", 0)
    many = images.read(images.tar(items), tmp_path)
    assert images.rows(few) == images.rows(many)
    assert (few.whiteouts, few.opaques) == (many.whiteouts, many.opaques) == (["first", "d/x", "e/x"], ["d"])
    assert [few.entry(at) for at in range(len(few.paths))] == [many.entry(at) for at in range(len(many.paths))]
