"""Builds on other engines: the containerd store, whose BuildKit takes no context in version 26, and Podman."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from containerlab.build.context import Context
from containerlab.engine.builds import build
from containerlab.errors import BuildFailed, CommandError
from tests.engine.other_engines import podman_engine, trixie_engine

if TYPE_CHECKING:
    from containerlab.engine.client import Engine

__all__ = ["podman_engine", "trixie_engine"]

TEXT = """FROM busybox
ENV GREETING=hi
RUN echo one > /one
CMD ["cat", "/one"]
"""


def test_containerd_store(trixie_engine: Engine) -> None:
    assert trixie_engine.info().containerd_store
    events = []
    first = build(trixie_engine, Context(None, TEXT), tag="elsewhere:1", on_event=events.append)
    assert first.builder == "classic"
    assert any("takes no build context" in warning for warning in first.warnings)
    assert not any(event.kind == "failed" for event in events), "the other builder tells it from the beginning"
    assert [step.metadata_only for step in first.steps] == [False, True, False, True]
    assert first.steps[2].bytes_added > 0
    again = build(trixie_engine, Context(None, TEXT), tag="elsewhere:1")
    assert [step.state for step in again.steps] == ["cached"] * 4
    with pytest.raises(CommandError, match="takes no build context"):
        build(trixie_engine, Context(None, TEXT), builder="buildkit")
    with pytest.raises(BuildFailed, match="line 2 "):
        build(trixie_engine, Context(None, "FROM busybox\nRUN exit 3\n"))
    assert trixie_engine.containers() == []


def test_podman(podman_engine: Engine) -> None:
    first = build(podman_engine, Context(None, TEXT), tag="elsewhere:1", labels={"org.containerlab.session": "x"})
    assert first.builder == "podman"
    assert [step.state for step in first.steps] == ["cached", "done", "done", "done"]
    assert first.steps[2].layer is not None
    again = build(podman_engine, Context(None, TEXT), tag="elsewhere:1", labels={"org.containerlab.session": "y"})
    assert [step.state for step in again.steps[:3]] == ["cached"] * 3
    with pytest.raises(BuildFailed, match=r"line 2 .*RUN echo out; exit 3") as failed:
        build(podman_engine, Context(None, "FROM busybox\nRUN echo out; exit 3\n"))
    assert failed.value.build.failed.exit_code == 3
    assert podman_engine.containers() == []
