"""The parser, over the corpus; tests/engine/test_dockerfile_judged.py asks engines about the same texts."""

from __future__ import annotations

import pytest

from containerlab.build.dockerfile import parse
from containerlab.build.words import quoted_words, unquoted
from containerlab.errors import DockerfileError
from tests.unit.builds.corpus import BAD, BAD_HEREDOCS, expected, generated, hard, heredocs


@pytest.mark.parametrize(("text", "rows"), hard() + heredocs())
def test_by_hand(text: str, rows: str) -> None:
    found = [(one.keyword, one.line, one.end_line) for one in parse(text).instructions]
    assert found == expected(rows)


def test_generated() -> None:
    cases = list(generated(400))
    assert sum(case.heredocs for case in cases) > 50
    for case in cases:
        found = [(one.keyword, one.line, one.end_line) for one in parse(case.text).instructions]
        assert found == case.expected, case.text


@pytest.mark.parametrize(("text", "line", "words"), BAD + BAD_HEREDOCS)
def test_rejected(text: str, line: int, words: str) -> None:
    with pytest.raises(DockerfileError) as refused:
        parse(text)
    assert refused.value.line == line
    assert words in str(refused.value)


def test_any_text_is_read_or_refused() -> None:
    """Never another error: every prefix of the corpus, and the corpus with a line taken out."""
    for text, _ in hard() + heredocs():
        for at in range(len(text)):
            try:
                parse(text[:at])
            except DockerfileError as refused:
                assert refused.what


def test_parts() -> None:
    dockerfile = parse(
        "# syntax=docker/dockerfile:1\n# escape=`\n"
        "ARG TAG=1\nFROM busybox:$TAG AS Build\nRUN --mount=type=cache,target=/c --network=none a `\n  && b\n"
        'FROM build\nCOPY --from=Build --chown=1:1 a "b" /c/\nCMD ["x", "y"]\nENTRYPOINT x y\n'
        "RUN <<A cat - <<-'B'\n$one\nA\n\ttwo\n\tB\n"
    )
    assert dockerfile.directives == (("syntax", "docker/dockerfile:1"), ("escape", "`"))
    assert dockerfile.escape == "`"
    arg, _, run, second, copy, cmd, entrypoint, documents = dockerfile.instructions
    assert (arg.stage, run.stage, second.stage) == (-1, 0, 1)
    assert [(stage.name, stage.base) for stage in dockerfile.stages] == [("Build", "busybox:$TAG"), ("", "build")]
    assert dockerfile.stage_of("BUILD") == dockerfile.stage_of("0") == dockerfile.stages[0]
    assert dockerfile.stage_of("2") is None
    assert run.flags == ("--mount=type=cache,target=/c", "--network=none")
    assert run.flag("network") == "none"
    assert run.flag("security") is None
    assert " ".join(run.value.split()) == "a && b"
    assert copy.flag("from") == "Build"
    assert cmd.json == ("x", "y")
    assert entrypoint.json is None
    first, other = documents.heredocs
    assert (first.name, first.content, first.expand, first.chomp) == ("A", "$one\n", True, False)
    assert (other.name, other.content, other.expand, other.chomp) == ("B", "\ttwo\n", False, True)


def test_words() -> None:
    assert quoted_words('a \'b c\' "d \\" e" f\\ g') == ("a", "'b c'", '"d \\" e"', "f\\ g")
    assert [unquoted(word) for word in quoted_words('\'b c\' "d \\" e" f\\ g')] == ["b c", 'd " e', "f g"]
