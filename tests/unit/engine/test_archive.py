"""Layers written by hand: the difference of two roots, applied to the lower one, is the upper one."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from containerlab.engine import archive, debian, network


def root(path: Path, entries: dict[str, tuple[bytes, str, int]]) -> Path:
    """A tar of a root: name -> (type, content or link target, mode)."""
    with tarfile.open(path, "w") as tar:
        for name, (kind, content, mode) in entries.items():
            member = tarfile.TarInfo(f"./{name}")
            member.type, member.mode, member.mtime = kind, mode, len(entries)
            if kind == tarfile.REGTYPE:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content.encode()))
            else:
                member.linkname = content
                tar.addfile(member)
    return path


DIR, REG, SYM, LNK = tarfile.DIRTYPE, tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
LOWER = {
    "etc": (DIR, "", 0o755),
    "etc/same": (REG, "same", 0o644),
    "etc/content": (REG, "old", 0o644),
    "etc/mode": (REG, "x", 0o600),
    "etc/gone": (REG, "x", 0o644),
    "gone": (DIR, "", 0o755),
    "gone/below": (REG, "x", 0o644),
}
UPPER = {
    "etc": (DIR, "", 0o755),
    "etc/same": (REG, "same", 0o644),
    "etc/content": (REG, "new", 0o644),
    "etc/mode": (REG, "x", 0o644),
    "usr": (DIR, "", 0o755),
    "usr/ünï": (REG, "x", 0o755),
    "usr/hard": (LNK, "./etc/same", 0o644),
    "usr/soft": (SYM, "../etc/same", 0o777),
}


def test_a_difference_holds_what_changed_with_its_folders_and_whiteouts(tmp_path: Path) -> None:
    target = tmp_path / "layer.tar"
    archive.write_difference(target, root(tmp_path / "a", LOWER), root(tmp_path / "b", UPPER))
    with tarfile.open(target) as tar:
        names = tar.getnames()
        assert sorted(names) == sorted(
            {".wh.gone", "etc", "etc/content", "etc/mode", "etc/same", "etc/.wh.gone"}
            | {"usr", "usr/ünï", "usr/hard", "usr/soft"}
        )
        # A hard link comes after its target, which it needs in the same layer.
        assert names.index("etc/same") < names.index("usr/hard")
        assert tar.getmember("usr/hard").linkname == "etc/same"
        assert tar.extractfile("etc/content").read() == b"new"  # type: ignore[union-attr]


def test_equal_roots_make_an_empty_layer(tmp_path: Path) -> None:
    archive.write_difference(tmp_path / "layer", root(tmp_path / "a", LOWER), root(tmp_path / "b", LOWER))
    with tarfile.open(tmp_path / "layer") as tar:
        assert tar.getnames() == []


def test_a_layer_leaves_out_and_adds(tmp_path: Path) -> None:
    tree = {**LOWER, "dev": (DIR, "", 0o755), "dev/null": (REG, "", 0o666), "etc/hostname": (REG, "me", 0o644)}
    archive.write_layer(tmp_path / "layer", root(tmp_path / "a", tree), {"etc/apt/x": b"y"}, ("dev/", "etc/hostname"))
    with tarfile.open(tmp_path / "layer") as tar:
        names = tar.getnames()
        assert "dev" in names
        assert not {"dev/null", "etc/hostname"} & set(names)
        assert names.index("etc/apt") < names.index("etc/apt/x")
        assert names[:-2] == sorted(names[:-2])


def test_an_image_written_twice_has_the_same_id(tmp_path: Path) -> None:
    layer = root(tmp_path / "layer", LOWER)
    said = [archive.Row("ADD x /", layer), archive.Row('CMD ["sh"]')]
    ids = {
        archive.write_image(tmp_path / f"{n}.tar", "x:1", said, {"Cmd": ["sh"]}, "amd64", 1_700_000_000) for n in (1, 2)
    }
    assert len(ids) == 1
    assert archive.is_whole(tmp_path / "1.tar")
    (tmp_path / "1.tar").write_bytes((tmp_path / "1.tar").read_bytes()[:900])
    assert not archive.is_whole(tmp_path / "1.tar")


def test_no_password_and_no_local_proxy_goes_into_an_image() -> None:
    for value in ("http://me:secret@mirror/debian", "http://127.0.0.1:3128", "http://localhost:8000/debian"):
        assert debian._LOCAL.search(value)
    for value in ("http://mirror.example/debian", "http://proxy.school.example:3128"):
        assert not debian._LOCAL.search(value)


def test_a_subnet_is_free_of_every_other() -> None:
    first = network.free_subnet(taken=[])
    second = network.free_subnet(taken=[first])
    assert not first.overlaps(second)
    assert network.free_subnet(str(second), taken=[first]) == second
    assert network.free_subnet(str(first), taken=[first]) == second
    assert network.free_subnet(taken=[network.Network("10.0.0.0/8")]).subnet_of(network.Network("172.16.0.0/12"))
    low, high = network.halves(first)
    assert low.subnet_of(first)
    assert not low.overlaps(high)
