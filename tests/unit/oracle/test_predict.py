"""The oracle's words and its doubts, without an engine. That its verdicts are right is tested on a real one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from containerlab.build.dockerfile import parse
from containerlab.build.oracle import BaseImage, Given, Memory, Prediction, file_mark, predict, record
from containerlab.build.oracle.journal import Entry, read, write
from containerlab.command.bench.oracle import fifty_steps
from containerlab.model import Build, BuildStep
from containerlab.model.engine import Builder

BASE = {"base": BaseImage("sha256:1", ("sha256:a",), (("PATH", "/bin"),))}
FILES = {"app/cli.py": file_mark(b"1"), "app/more.py": file_mark(b"2"), "req.txt": file_mark(b"3")}
TEXT = "FROM base\nWORKDIR /app\nCOPY req.txt .\nRUN install\nCOPY app/ app/\nRUN one\nRUN two\nCMD go\n"


def given(text: str = TEXT, files: Mapping[str, str] = FILES, builder: Builder = "buildkit", **more: str) -> Given:
    return Given(parse(text), builder, files, more, BASE)


def built(what: Given, *states: str) -> Build:
    """As if an engine had carried out every step."""
    steps = tuple(
        BuildStep(at + 1, one.text, one.line, one.end_line, state="done", image_id=f"image{at}")
        for at, one in enumerate(what.dockerfile.instructions)
    )
    return Build("t", what.builder, what.dockerfile.text, steps, "done")


def memory_of(*builds: Given) -> Memory:
    memory = Memory()
    for one in builds:
        record(one, built(one), memory)
    return memory


def outcomes(prediction: Prediction) -> list[str]:
    return [one.outcome for one in prediction.steps if not one.silent]


def test_an_edit_is_named_with_what_follows() -> None:
    edited = {**FILES, "app/cli.py": file_mark(b"edited")}
    prediction = predict(given(files=edited), memory_of(given()))

    assert outcomes(prediction) == ["hit", "hit", "hit", "miss", "miss", "miss"]
    assert prediction.steps[4].why == "app/cli.py changed; the two steps after it follow"
    assert prediction.steps[5].why == "follows: COPY app/ app/ (line 5) missed"


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({**FILES, "app/new.py": file_mark(b"")}, "app/new.py is new"),
        ({name: mark for name, mark in FILES.items() if name != "app/more.py"}, "app/more.py is gone"),
        ({**FILES, "app/cli.py": file_mark(b"1", 0o755)}, "app/cli.py has another mode"),
    ],
)
def test_what_became_of_a_file(files: Mapping[str, str], why: str) -> None:
    assert predict(given(files=files), memory_of(given())).steps[4].why.startswith(why)


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_nothing_changed_nothing_misses(builder: Builder) -> None:
    same = given(builder=builder)
    assert set(outcomes(predict(same, memory_of(same)))) == {"hit"}
    assert set(outcomes(predict(same, Memory()))) == {"miss"}


def test_the_builders_differ_where_an_env_comes_early() -> None:
    text = TEXT.replace("WORKDIR /app", "ENV A=1\nWORKDIR /app")
    assert outcomes(predict(given(text), memory_of(given())))[:3] == ["hit", "hit", "miss"]
    classic = predict(given(text, builder="classic"), memory_of(given(builder="classic")))
    assert set(outcomes(classic)) - {"hit"} == {"miss"}
    assert [one.outcome for one in classic.steps][1:3] == ["miss", "miss"]


def test_a_copy_from_a_stage_that_runs_again_is_unknown_and_all_after_it() -> None:
    text = "FROM base AS build\nRUN make\nFROM base\nCOPY --from=build /made .\nRUN use\n"
    before, after = given(text), given(text.replace("RUN make", "RUN make more"))
    prediction = predict(after, memory_of(before))

    assert outcomes(prediction) == ["miss", "unknown", "unknown"]
    assert "known only when that is built" in prediction.steps[3].why
    assert outcomes(predict(before, memory_of(before))) == ["hit", "hit", "hit"]


def test_where_others_have_built_nothing_is_a_certain_miss() -> None:
    memory = memory_of(given())
    memory.whole = False
    assert outcomes(predict(given(TEXT.replace("install", "other")), memory)) == ["hit", "hit", *["unknown"] * 4]


def test_what_may_have_been_dropped_is_no_certain_hit() -> None:
    memory = Memory()
    what = given()
    ran = record(what, built(what), memory)
    ran[-1].doubtful = True
    assert outcomes(predict(what, memory)) == ["hit"] * 5 + ["unknown"]
    ran[2].gone = True
    assert outcomes(predict(what, memory)) == ["hit"] * 2 + ["miss"] * 4


def test_the_classic_builder_has_no_step_whose_image_is_gone() -> None:
    what = given(builder="classic")
    memory = memory_of(what)
    memory.keep_only([f"image{at}" for at in range(4)])
    assert outcomes(predict(what, memory)) == ["hit"] * 3 + ["miss"] * 4


def test_an_unknown_base_makes_its_stage_unknown() -> None:
    assert set(outcomes(predict(Given(parse(TEXT), "buildkit", FILES), memory_of(given())))) == {"unknown"}


def test_a_missing_file_is_told() -> None:
    step = predict(given("FROM base\nCOPY nothing.py .\nRUN x\n"), memory_of(given())).steps[1]
    assert (step.outcome, step.why) == ("unknown", "nothing.py is not in the context: the build will stop here")


def test_a_build_comes_back_from_the_journal() -> None:
    what = given(VERSION="2")
    entry = read(write(Entry(what, built(what), ("r1",))))
    assert (entry.given.files, entry.given.bases, entry.given.build_args) == (FILES, BASE, {"VERSION": "2"})
    memory = Memory()
    record(entry.given, entry.build, memory)
    assert set(outcomes(predict(what, memory))) == {"hit"}
    with pytest.raises(ValueError, match="journal"):
        read('{"dockerfile": "FROM base"}')


def test_of_a_failed_build_only_what_ran_is_certain() -> None:
    """BuildKit calls all steps cached that it gave up, also those that it never had."""
    what = given("FROM base\nRUN one\nCOPY app/ .\nCOPY req.txt /there/\nRUN two\n")
    states = ("cached", "done", "cached", "failed", "waiting")
    steps = tuple(replace(step, state=state) for step, state in zip(built(what).steps, states, strict=True))
    memory = Memory()
    record(what, replace(built(what), steps=steps, state="failed"), memory)
    assert outcomes(predict(what, memory)) == ["hit", "unknown", "unknown", "unknown"]

    # A command that failed: what was before it in its stage is as it is said.
    steps = (*steps[:3], replace(steps[3], state="cached"), replace(steps[4], state="failed", exit_code=1))
    memory = Memory()
    record(what, replace(built(what), steps=steps, state="failed"), memory)
    assert outcomes(predict(what, memory)) == ["hit", "hit", "hit", "miss"]


def test_fifty_steps_are_measured() -> None:
    assert fifty_steps(3) > 0
