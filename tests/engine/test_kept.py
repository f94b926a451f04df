"""What a lab's builds leave in the build cache goes with the lab, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from containerlab.engine.client import Engine
from containerlab.lab import Lab

OURS = "FROM busybox\nWORKDIR /ours\nCOPY ours.txt .\nRUN echo ours > /ours/more\nRUN cat /ours/more\n"
OTHERS = "FROM busybox\nRUN echo theirs > /theirs\n"


def steps(engine: Engine) -> set[str]:
    return {str(record["Description"]) for record in engine.build_cache()}


def test_a_clean_up_takes_the_cache_of_its_own_builds(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ours.txt").write_text("ours")
    theirs, lab = Lab(engine), Lab(engine)
    theirs.build(OTHERS, tag="theirs:1")
    assert lab.build(OURS, tag="ours:1").ran
    assert not lab.build(OURS, tag="ours:2").ran
    lab.clean()
    assert any("theirs" in step for step in steps(engine))
    assert not any("ours" in step for step in steps(engine))
    assert not lab.build(OURS, tag="ours:1").model.cached[1:]  # FROM alone
    lab.clean()
    theirs.clean()
    assert not any("theirs" in step for step in steps(engine))
