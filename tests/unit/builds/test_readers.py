"""The three dialects, read from what real engines said (tests/recordings)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from containerlab.build import buildkit, classic, podman
from containerlab.build.assemble import Assembler
from containerlab.build.dockerfile import parse
from containerlab.model import Build, BuildEvent

RECORDINGS = Path(__file__).parents[2] / "recordings"
READERS: dict[str, Callable[..., Iterator[BuildEvent]]] = {
    "buildkit": buildkit.read,
    "classic": classic.read,
    "podman": podman.read,
}
ALL = sorted(RECORDINGS.glob("*/*.jsonl"))
WHALE = "grüße ☃ 日本 🐳"

# By builder and by what was built: how each instruction ended. Where a builder has no row here, "*" holds.
PLAIN = "cached done done done done done"
STATES = {
    ("*", "plain"): PLAIN,
    ("*", "again"): "cached cached cached cached cached cached",
    ("*", "unnamed"): "cached cached cached cached cached cached",
    ("*", "fails"): "cached failed waiting",
    ("*", "missing"): "cached failed",
    ("*", "nobase"): "failed waiting",
    ("*", "stages"): "cached cached done done done done waiting waiting cached done done done",
    ("classic", "stages"): "cached cached done done done done cached done cached done done done",
    # BuildKit says nothing of an instruction that is metadata only: it stands as the one before it.
    ("buildkit", "plain"): "cached cached done done done done",
    # It takes WORKDIR from the cache even where it was asked not to use it (--no-cache).
    ("buildkit", "stages"): "cached cached cached cached done done waiting waiting cached done done done",
}
DOCKERFILE_OF = {"again": "plain", "unnamed": "plain"}


def clock() -> float:
    return 1.0


def cases() -> list[Path]:
    return [path for path in ALL if not path.stem.endswith("nosession")]


def read(path: Path, chunks: Iterable[bytes] | None = None) -> list[BuildEvent]:
    builder = path.stem.partition("-")[0]
    return list(READERS[builder]([path.read_bytes()] if chunks is None else chunks, clock))


def assembled(path: Path, chunks: Iterable[bytes] | None = None) -> Build:
    builder, _, name = path.stem.partition("-")
    text = (RECORDINGS / "dockerfiles" / DOCKERFILE_OF.get(name, name)).read_text("utf-8")
    assembler = Assembler(parse(text), "", builder)
    for event in read(path, chunks):
        assembler.feed(event)
    return assembler.build


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_there_are_recordings_of_each_dialect() -> None:
    assert {path.stem.partition("-")[0] for path in ALL} == set(READERS)
    assert len({path.parent for path in ALL}) == 4


@pytest.mark.parametrize("path", cases(), ids=named)
def test_how_each_step_ended(path: Path) -> None:
    builder, _, name = path.stem.partition("-")
    build = assembled(path)
    wanted = STATES.get((builder, name)) or STATES["*", name]
    assert [step.state for step in build.steps] == wanted.split()
    failed = name in ("fails", "missing", "nobase")
    assert build.state == ("failed" if failed else "done")
    assert bool(build.image_id) == (not failed)
    assert build.builder == builder
    for step in build.steps:
        assert 0 <= step.seconds < 60
    if builder == "buildkit" and not failed:
        assert build.image_id.startswith("sha256:")


@pytest.mark.parametrize("path", [path for path in cases() if path.stem.endswith("-plain")], ids=named)
def test_logs(path: Path) -> None:
    _, _, two, _, prints, _ = assembled(path).steps
    assert sorted(two.log) == ["one", "two"]
    # A line that looks like the builder's own is the step's output all the same.
    assert prints.log == (WHALE, " ---> Using cache")
    if not path.stem.startswith("podman"):
        assert {event.text for event in read(path) if event.kind == "log" and event.stderr} == {"two\n"}


@pytest.mark.parametrize("path", [path for path in cases() if path.stem.endswith("-fails")], ids=named)
def test_a_failure_has_its_code_and_log(path: Path) -> None:
    build = assembled(path)
    assert build.failed is not None
    assert (build.failed.line, build.failed.exit_code, sorted(build.failed.log)) == (2, 3, ["one", "two"])
    assert build.error


def test_a_buildkit_that_takes_no_context() -> None:
    (path,) = [path for path in ALL if path.stem.endswith("nosession")]
    events = read(path)
    assert [event.kind for event in events if event.step == ""] == ["failed"]
    assert "build-context-" in events[-1].text


@pytest.mark.parametrize("path", ALL, ids=named)
def test_cut_anywhere_it_says_the_same(path: Path) -> None:
    """Promise 15."""
    whole = path.read_bytes()
    expected = read(path)
    assert not any("\ufffd" in event.text for event in expected)
    assert read(path, (whole[at : at + 1] for at in range(len(whole)))) == expected
    lots = random.Random(path.name)
    for _ in range(20):
        cuts = sorted({0, len(whole), *(lots.randrange(len(whole)) for _ in range(lots.randrange(1, 40)))})
        assert read(path, [whole[a:b] for a, b in pairwise(cuts)]) == expected


@pytest.mark.parametrize("path", [path for path in cases() if path.stem.endswith("-plain")], ids=named)
def test_an_answer_that_ends_early_is_never_a_success(path: Path) -> None:
    """Promises 14 and 16: what was not said to the end did not succeed, and a cut message is told."""
    whole = path.read_bytes()
    told = whole.index(b'"aux":{"ID"') if b'"aux":{"ID"' in whole else len(whole) - 2
    lots = random.Random(path.name)
    for at in [1, *(lots.randrange(told) for _ in range(60))]:
        build = assembled(path, [whole[:at]])
        assert build.state == "running"
        assert not any(step.state == "failed" for step in build.steps)
        if whole[at - 1 : at] != b"\n" and not whole[:at].rstrip(b"\r").endswith(b"}"):
            assert any("incomplete" in warning for warning in build.warnings)


def test_a_character_cut_between_two_logs() -> None:
    """BuildKit hands on what a process wrote, in whatever pieces it wrote it."""
    from base64 import b64encode

    from containerlab.build.trace_pb2 import StatusResponse, VertexLog

    def message(text: bytes) -> bytes:
        response = StatusResponse(logs=[VertexLog(vertex="v", stream=1, msg=text)])
        return b'{"id":"moby.buildkit.trace","aux":"' + b64encode(response.SerializeToString()) + b'"}\n'

    whale = "🐳".encode()
    events = list(buildkit.read([message(b"a" + whale[:2]), message(whale[2:] + b"b"), message(whale[:3])], clock))
    assert "".join(event.text for event in events) == "a🐳b\ufffd"


def test_noise_is_no_traceback() -> None:
    noise = [b'{"id":"moby.buildkit.trace","aux":"no base64!"}\n[1,2]\nnull\nnot json\n{"stream":5}\n{"aux":{}}\n']
    for read_one in READERS.values():
        assert all(event.kind in ("log", "warning") for event in read_one(noise, clock))


def test_a_long_log_keeps_both_ends() -> None:
    assembler = Assembler(parse("FROM a\nRUN b\n"), "", "classic")
    assembler.feed(BuildEvent("step", "2/2", "RUN b", 1.0, 2, 2))
    for number in range(30_000):
        assembler.feed(BuildEvent("log", "2/2", f"{number}\n", 1.0))
    log = assembler.build.steps[1].log
    assert log[0] == "0"
    assert log[-1] == "29999"
    left_out = next(line for line in log if "left out" in line)
    assert len(log) - 1 + int(left_out.split()[1]) == 30_000
    assert len(log) < 10_000


def test_lines_are_joined_across_pieces() -> None:
    assembler = Assembler(parse("FROM a\nRUN b\n"), "", "classic")
    assembler.feed(BuildEvent("step", "2/2", "RUN b", 1.0, 2, 2))
    for piece in ("one ", "line\ntwo", "", " lines\n", "\nend"):
        assembler.feed(BuildEvent("log", "2/2", piece, 1.0))
    assert assembler.build.steps[1].log == ("one line", "two lines", "", "end")


def test_looking_changes_nothing() -> None:
    path = next(path for path in cases() if path.stem == "buildkit-stages")
    assembler = Assembler(parse((RECORDINGS / "dockerfiles" / "stages").read_text()), "", "buildkit")
    for event in read(path):
        assert assembler.build == assembler.build
        assembler.feed(event)
    assert assembler.build == assembled(path)
