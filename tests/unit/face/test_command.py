"""A docker command line, read as far as the lab must know it."""

from __future__ import annotations

import shlex

import pytest

from containerlab.errors import CommandError
from containerlab.magics.command import parse, read
from containerlab.magics.options import read_options


@pytest.mark.parametrize(
    ("line", "verb", "options"),
    [
        ("version", "version", ()),
        ("container run busybox", "run", ("busybox",)),
        ("run -d busybox", "run", ("-d", "busybox")),
        ("--log-level debug image ls -q", "image ls", ("-q",)),
        ("docker ps -a", "ps", ("-a",)),
        ("buildx build .", "build", (".",)),
        ("image --help", "image", ("--help",)),
        ("", "", ()),
    ],
)
def test_the_command_and_its_options(line: str, verb: str, options: tuple[str, ...]) -> None:
    command = read(line)
    assert (command.verb, command.options) == (verb, options)


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("run -it busybox", "run -i busybox"),
        ("run -t busybox ls -t", "run busybox ls -t"),
        ("run --tty --name t busybox -t", "run --name t busybox -t"),
        ("exec -ti box sh -it", "exec -i box sh -it"),
        ("run -e t=1 -itp 80:80 busybox", "run -e t=1 -ip 80:80 busybox"),
        ("run -vtmp:/tmp -h host -t img", "run -vtmp:/tmp -h host img"),
        ("run --rm -d busybox", "run --rm -d busybox"),
        ("build -t name .", "build -t name ."),
        ("stop -t 3 box", "stop -t 3 box"),
    ],
)
def test_a_terminal_is_left_out(line: str, left: str) -> None:
    command, dropped = read(line).without_terminal()
    assert " ".join(command.args) == left
    assert dropped == (left != line)


def test_labels_come_right_after_the_command() -> None:
    command = read("network create --driver bridge n").with_labels({"a": "1"})
    assert command.args == ("network", "create", "--label", "a=1", "--driver", "bridge", "n")
    assert read("run --cidfile=x busybox --label").has("--cidfile")
    assert not read("run busybox --cidfile").has("--cidfile")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-H tcp://x ps", "another engine"),
        ("--context=far ps", "another engine"),
        ("ps | grep x", "without a shell"),
        ("run busybox echo 'x", "quotes"),
    ],
)
def test_what_makes_no_sense_is_told(line: str, words: str) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        read(line)
    assert caught.value.next


def test_options_of_a_build() -> None:
    line = "-t a:1 --tag=a:2 -f D --build-arg X=1 --build-arg Y --label k=v --target=t --no-cache --progress plain ."
    options = read_options(shlex.split(line))
    assert (options.tags, options.file, options.context, options.target) == (["a:1", "a:2"], "D", ".", "t")
    assert (options.build_args, options.labels, options.no_cache) == ({"X": "1", "Y": None}, {"k": "v"}, True)
    assert not options.unknown
    assert read_options(["-ta:1", "--classic"]).builder == "classic"
    assert read_options(["--builder", "buildkit"]).builder == "buildkit"
    assert read_options(["--secret", "id=x", "."]).unknown == "--secret"
    assert read_options(["--network", "none", "."]).unknown == "--network"
    for wrong in (["-t"], ["a", "b"]):
        with pytest.raises(CommandError):
            read_options(wrong)


def test_an_empty_command_line_is_docker_alone() -> None:
    assert parse([]).args == ()
