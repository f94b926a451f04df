"""The same questions put to an engine with the containerd store and a newer API, and to Podman's."""

from __future__ import annotations

import pytest

from containerlab import errors
from containerlab.engine.client import Engine
from tests.engine.other_engines import podman_engine, trixie_engine

__all__ = ["podman_engine", "trixie_engine"]


@pytest.mark.parametrize(("name", "kind"), [("trixie_engine", "docker"), ("podman_engine", "podman")])
def test_the_same_answers(request: pytest.FixtureRequest, name: str, kind: str) -> None:
    engine: Engine = request.getfixturevalue(name)
    ours: Engine = request.getfixturevalue("engine")
    info = Engine(engine.address).info()
    assert info.kind == kind
    assert info.containerd_store is (name == "trixie_engine")
    assert info.builders == (("podman",) if kind == "podman" else ("buildkit", "classic"))

    image, same = engine.image("busybox"), ours.image("busybox")
    assert image.tags == ("busybox:latest",)
    assert [layer.diff_id for layer in image.layers] == [layer.diff_id for layer in same.layers]
    assert [row.instruction for row in image.history] == [row.instruction for row in same.history]
    assert [row.metadata_only for row in image.history] == [row.metadata_only for row in same.history]
    assert image.config.cmd == same.config.cmd
    assert sum(row.size for row in image.history) == sum(layer.size for layer in image.layers)
    assert "busybox:latest" in {tag for summary in engine.images() for tag in summary.tags}

    made = engine.create("busybox", ["sh", "-c", "echo four > /new; echo out; exit 3"], name="guest", network="none")
    try:
        engine.start(made)
        assert engine.wait(made, 60) == 3
        assert engine.logs(made) == "out\n"
        guest = engine.container(made, changes=True)
        assert (guest.state, guest.exit_code, guest.name) == ("exited", 3, "guest")
        assert guest.image_name in {"busybox", "busybox:latest"}
        assert {change.path: change.size for change in guest.changes}["/new"] == 5
        with pytest.raises(errors.NameTaken, match="guest exists already"):
            engine.create("busybox", name="guest")
    finally:
        engine.remove(made, force=True)
    with pytest.raises(errors.ContainerNotFound):
        engine.container(made)
    for call in (engine.image, engine.create, engine.remove_image):
        with pytest.raises(errors.ImageNotFound):
            call("no-such:1")
