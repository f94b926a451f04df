"""The command line's words: help everywhere, the nearest word for an unknown one."""

from __future__ import annotations

import pytest

from containerlab.command.parser import parse


@pytest.mark.parametrize("word", ["up", "down", "doctor", "clean", "notebooks", "test", "bench"])
def test_every_command_has_help(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse([word, "--help"])
    assert left.value.code == 0
    assert f"usage: lab {word}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["upp"], "did you mean 'up'?"),
        (["doctr"], "did you mean 'doctor'?"),
        (["up", "--no-brwser"], "did you mean '--no-browser'?"),
        (["test", "unti"], "did you mean 'unit'?"),
        (["clean", "--al"], "did you mean '--all'?"),
        (["up", "--port", "99999"], "'99999' is no port"),
    ],
)
def test_an_unknown_word_gets_the_nearest(words: list[str], near: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse(words)
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert near in said
    assert "--help" in said


def test_a_word_like_no_other_gets_no_guess(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["xyzzy"])
    assert "did you mean" not in capsys.readouterr().err


def test_no_word_is_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse([])
    assert left.value.code == 0
    assert "Start here: ./lab up" in capsys.readouterr().out
