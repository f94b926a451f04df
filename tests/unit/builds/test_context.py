"""The context's tar: what goes into it, in which form, and what is refused."""

from __future__ import annotations

import io
import os
import socket
import tarfile
from pathlib import Path

import pytest

from containerlab.build import ignore
from containerlab.build.context import Context
from containerlab.build.tar import END, header
from containerlab.errors import CommandError

COPY_ALL = "FROM busybox\nCOPY . /app/\n"


def folder(at: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return at


def sent(context: Context) -> list[str]:
    return [name.rstrip("/") for name in context.paths() if not name.endswith("/")]


def members(context: Context) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(context.tar())) as archive:
        return {one.name: one for one in archive}


def test_the_tar(tmp_path: Path) -> None:
    folder(tmp_path, {"b": "bee", "a/c": "sea", "Dockerfile": COPY_ALL, ".dockerignore": "skipped"})
    (tmp_path / "link").symlink_to("a/c")
    (tmp_path / "a").chmod(0o750)
    long = "x" * 90 + "/" + "ü" * 60
    folder(tmp_path, {long: "long"})
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(tmp_path)  # a socket's path may have 107 characters only
        listening.bind("socket")
        os.chdir(here)
        context = Context(tmp_path)
        found = members(context)
    assert list(found) == [".dockerignore", "Dockerfile", "a", "a/c", "b", "link", "x" * 90, long]
    assert all((one.uid, one.gid, one.uname, one.gname) == (0, 0, "", "") for one in found.values())
    assert found["a"].isdir()
    assert found["a"].mode == 0o40750, "with the type bits, which the classic builder's cache counts"
    assert found["b"].mode & 0o170000 == 0o100000
    assert found["link"].linkname == "a/c"
    assert found[long].size == 4
    tar = context.tar()
    assert tar.endswith(END)
    assert len(tar) % 512 == 0
    assert context.size == len(tar)
    assert b"".join(Context(tmp_path).pieces()) == tar


def test_headers_are_read_by_tarfile() -> None:
    for name, size, link in [("a" * 100, 8**11, ""), ("b" * 101, 7, ""), ("ß", 0, "x" * 150), ("c", 0, "ü")]:
        block = header(name, 0o120777 if link else 0o100644, size, 12, link)
        with tarfile.open(fileobj=io.BytesIO(block + END)) as archive:
            (info,) = [archive.next()]
        assert info is not None
        assert (info.name, info.size, info.linkname, info.mtime) == (name, size, link, 12)


def test_only_what_is_named_is_sent(tmp_path: Path) -> None:
    folder(tmp_path, {"app/x.py": "", "app/sub/y": "", "big/z": "", "one.txt": "", "two.txt": "", "Dockerfile": ""})
    cases = {
        "RUN true": [],
        "COPY app /app": ["app/sub/y", "app/x.py"],
        "COPY ./app/sub/ one.txt /x/": ["app/sub/y", "one.txt"],
        "COPY *.txt /x/": ["app/sub/y", "app/x.py", "big/z", "one.txt", "two.txt"],
        'COPY ["one.txt", "/x/"]': ["one.txt"],
        "COPY --from=busybox /bin/sh /sh": [],
        "COPY . /x": ["app/sub/y", "app/x.py", "big/z", "one.txt", "two.txt"],
        "ADD http://example.com/f one.txt /x/": ["one.txt"],
        "ARG F\nCOPY $F /x": ["app/sub/y", "app/x.py", "big/z", "one.txt", "two.txt"],
        "RUN --mount=type=bind,source=big,target=/b ls /b": ["big/z"],
        "RUN --mount=target=/b ls /b": ["app/sub/y", "app/x.py", "big/z", "one.txt", "two.txt"],
        "RUN --mount=type=cache,target=/c true": [],
        "COPY ../../one.txt /x/": ["one.txt"],
        "COPY <<EOF one.txt /x/\nhello\nEOF": ["one.txt"],
    }
    for line, expected in cases.items():
        context = Context(tmp_path, f"FROM busybox\n{line}\n")
        assert [name for name in sent(context) if name != "Dockerfile"] == expected, line
    everything = Context(tmp_path, "FROM busybox\n", everything=True)
    assert "big/z" in sent(everything)


def test_a_name_through_a_link_takes_everything(tmp_path: Path) -> None:
    folder(tmp_path, {"data/real": "x"})
    (tmp_path / "link").symlink_to("data/real")
    assert "data/real" in sent(Context(tmp_path, "FROM busybox\nCOPY link /x\n"))


IGNORES = [
    ("*.log", {"a.log"}),
    ("**/*.log", {"a.log", "sub/b.log", "sub/deep/c.log"}),
    ("sub", {"sub/b.log", "sub/deep/c.log", "sub/keep"}),
    ("sub\n!sub/keep", {"sub/b.log", "sub/deep/c.log"}),
    ("/sub/deep/", {"sub/deep/c.log"}),
    ("*\n!keep*\n!sub/keep", {"a.log", "sub/b.log", "sub/deep/c.log", "#odd"}),
    ("# a comment\n\n   keep1   ", {"keep1"}),
    ("sub/*/*.log", {"sub/deep/c.log"}),
    ("keep?", {"keep1"}),
    ("[^k]*.log", {"a.log"}),
    ("./a.log", {"a.log"}),
    ("sub/../a.log", {"a.log"}),
    (r"\#odd", {"#odd"}),
    ("**", {"a.log", "keep1", "sub/b.log", "sub/deep/c.log", "sub/keep", "#odd"}),
    ("**/deep", {"sub/deep/c.log"}),
    ("Dockerfile\n.dockerignore", set()),  # the engine needs both
]


@pytest.mark.parametrize(("patterns", "out"), IGNORES)
def test_dockerignore(tmp_path: Path, patterns: str, out: set[str]) -> None:
    names = {"a.log", "keep1", "sub/b.log", "sub/deep/c.log", "sub/keep", "#odd"}
    folder(tmp_path, dict.fromkeys(names, "") | {"Dockerfile": COPY_ALL, ".dockerignore": patterns})
    found = set(sent(Context(tmp_path)))
    assert found >= {"Dockerfile", ".dockerignore"}
    assert names - found == out


def test_a_dockerignore_of_one_dockerfile(tmp_path: Path) -> None:
    folder(
        tmp_path, {"a": "", "b": "", "x.Dockerfile": COPY_ALL, ".dockerignore": "a", "x.Dockerfile.dockerignore": "b"}
    )
    assert {"a", "b"} & set(sent(Context(tmp_path, dockerfile_name="x.Dockerfile"))) == {"a"}


def test_patterns_are_go_s() -> None:
    assert ignore.read("[a-c].txt").excludes("b.txt")
    assert not ignore.read("[^a-c].txt").excludes("b.txt")
    assert ignore.read("a").can_skip("a")
    assert not ignore.read("a\n!a/b").can_skip("a"), "something below it may be taken back"
    assert ignore.read("a/*").excludes("a/b/c"), "what lies below a match is out as well"
    assert not ignore.read("a?c").excludes("a/c")


def test_the_text_stands_for_the_file(tmp_path: Path) -> None:
    folder(tmp_path, {"Dockerfile": "FROM other\n", "a": ""})
    with tarfile.open(fileobj=io.BytesIO(Context(tmp_path, COPY_ALL).tar())) as archive:
        file = archive.extractfile("Dockerfile")
        assert file is not None
        assert file.read().decode() == COPY_ALL
    assert Context(tmp_path).text == "FROM other\n"
    with tarfile.open(fileobj=io.BytesIO(Context(None, "FROM scratch\n").tar())) as archive:
        assert archive.getnames() == ["Dockerfile"]
    nested = folder(tmp_path / "nested", {"docker/dev": COPY_ALL, ".dockerignore": "docker"})
    assert "docker/dev" in sent(Context(nested, dockerfile_name="docker/dev"))


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    folder(tmp_path, {"big": "x" * 300_000, "Dockerfile": COPY_ALL})
    pieces = Context(tmp_path).pieces()
    first = [next(pieces), next(pieces)]
    (tmp_path / "big").write_text("short")
    with tarfile.open(fileobj=io.BytesIO(b"".join([*first, *pieces]))) as archive:
        assert archive.getmember("big").size == 300_000


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/repo.git",
        "http://example.com/context.tar.gz",
        "git@example.com:me/repo.git",
        "git://example.com/repo",
        "github.com/me/repo",
        "ssh://git@example.com/repo",
        "-",
    ],
)
def test_a_url_is_refused(url: str) -> None:
    """Promise 38; its allowed twin is every test above."""
    with pytest.raises(CommandError, match="a folder on this machine"):
        Context(url)


def test_no_folder_no_dockerfile(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not exist"):
        Context(tmp_path / "nothing")
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(CommandError, match="is not a folder"):
        Context(file)
    with pytest.raises(CommandError, match="has no Dockerfile"):
        _ = Context(tmp_path).dockerfile
    with pytest.raises(CommandError, match="outside"):
        Context(tmp_path, dockerfile_name="../Dockerfile")
    (tmp_path / "Dockerfile").write_bytes(b"\xff\xfe")
    with pytest.raises(CommandError, match="cannot be read"):
        _ = Context(tmp_path).text
