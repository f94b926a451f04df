"""What the engine says, read into the model; and each thing that it can refuse, as our own error."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable

import pytest

from containerlab import errors
from containerlab.engine.client import Engine
from containerlab.engine.limits import Limits
from containerlab.model import Image, shared_layers

DOCKERFILE = """FROM busybox
ENV A=1
WORKDIR /app
WORKDIR /tmp
COPY hello.txt /app/
RUN true
RUN echo hello > /app/who && \\
    echo more > /app/more
EXPOSE 80
ENTRYPOINT ["echo", "Hello"]
CMD ["you there"]
"""


def built(engine: Engine, tag: str, version: str) -> Image:
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for name, text in (("Dockerfile", DOCKERFILE.encode()), ("hello.txt", b"hi\n")):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    with engine.asking():
        answer = engine.api._post(
            engine.api._url("/build"),
            params={"version": version, "t": tag, "rm": "1"},
            data=context.getvalue(),
            headers={"Content-Type": "application/x-tar"},
        )
        assert "Successfully tagged" in answer.text
    return engine.image(tag)


@pytest.mark.parametrize("version", ["1", "2"])
def test_history_is_joined_to_layers(engine: Engine, version: str) -> None:
    image = built(engine, "joined:1", version)
    base = engine.image("busybox")
    rows = {row.instruction: row for row in image.history}
    assert [row.instruction.split()[0] for row in image.history[2:]] == (
        ["ENV", "WORKDIR", "WORKDIR", "COPY", "RUN", "RUN", "EXPOSE", "ENTRYPOINT", "CMD"]
    )
    assert rows['ENTRYPOINT ["echo", "Hello"]'].metadata_only
    assert rows['CMD ["you there"]'].metadata_only
    # A folder is a layer of 0 bytes; the classic builder drops a layer with nothing in it, BuildKit keeps it.
    assert rows["WORKDIR /app"].layer is not None
    assert (rows["WORKDIR /tmp"].layer is None) is (version == "1")
    assert (rows["RUN true"].layer is None) is (version == "1")
    joined = [row.layer for row in image.history if row.layer]
    assert tuple(joined) == image.layers
    assert [layer.index for layer in joined] == list(range(len(joined)))
    assert shared_layers(image, base) == base.layers
    assert sum(row.size for row in image.history) == sum(layer.size for layer in image.layers) == image.size
    assert dict(image.config.env)["A"] == "1"
    assert (image.config.entrypoint, image.config.cmd) == (("echo", "Hello"), ("you there",))
    engine.remove_image("joined:1")


def test_a_container_from_birth_to_removal(engine: Engine) -> None:
    script = "echo out; echo err >&2; echo four > /new; rm /etc/group; exit 3"
    made = engine.create(
        "busybox", ["sh", "-c", script], name="life", env={"A": "b"}, labels={"x": "y"}, network="none"
    )
    assert engine.container("life").state == "created"
    assert engine.container("life").exit_code is None
    engine.start(made)
    assert engine.wait(made, 60) == 3
    assert sorted(engine.logs(made).splitlines()) == ["err", "out"]
    life = engine.container("life", changes=True)
    changes = {change.path: change for change in life.changes}
    assert (life.state, life.exit_code, life.name, life.image_name) == ("exited", 3, "life", "busybox")
    assert (changes["/new"].kind, changes["/new"].size) == ("added", 5)
    assert changes["/etc/group"].kind == "deleted"
    assert life.writable_bytes == 5
    assert ("x", "y") in life.labels
    assert [one.name for one in engine.containers(labels={"x": "y"})] == ["life"]
    engine.remove(made)
    with pytest.raises(errors.ContainerNotFound, match="no container life"):
        engine.container("life")


def test_exec_and_a_wait_that_is_too_short(engine: Engine) -> None:
    made = engine.create("busybox", ["sleep", "600"], network="none")
    engine.start(made)
    assert engine.wait(made, 0.2) is None
    code, output = engine.exec(made, ["sh", "-c", "echo in; echo ünt >&2; exit 4"])
    assert (code, sorted(output.splitlines())) == (4, ["in", "ünt"])
    engine.stop(made, seconds=0)
    assert engine.container(made).state == "exited"
    engine.remove(made)


def test_limits_hold(engine: Engine) -> None:
    assert Limits().missing(engine.raw_info()) == ()
    script = "cat /proc/self/status | grep NoNewPrivs; cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max; true"
    made = engine.create("busybox", ["sh", "-c", script], network="none", limits=Limits(processes=33))
    engine.start(made)
    assert engine.wait(made, 60) == 0
    said = engine.logs(made)
    host = engine.api.inspect_container(made)["HostConfig"]
    engine.remove(made)
    assert "NoNewPrivs:\t1" in said
    assert "33" in said.split()
    assert host["Memory"] == Limits().memory
    assert host["LogConfig"]["Config"]["max-size"]


@pytest.mark.parametrize(
    ("act", "error", "says"),
    [
        (lambda engine: engine.image("no-such:1"), errors.ImageNotFound, "no image no-such:1"),
        (lambda engine: engine.create("no-such:1"), errors.ImageNotFound, "no image no-such:1"),
        (lambda engine: engine.remove_image("no-such:1"), errors.ImageNotFound, "no image no-such:1"),
        (lambda engine: engine.tag("no-such:1", "x:2"), errors.ImageNotFound, "no image no-such:1"),
        (lambda engine: list(engine.save("no-such:1")), errors.ImageNotFound, "no image no-such:1"),
        (lambda engine: engine.container("nobody"), errors.ContainerNotFound, "no container nobody"),
        (lambda engine: engine.start("nobody"), errors.ContainerNotFound, "no container nobody"),
        (lambda engine: engine.logs("nobody"), errors.ContainerNotFound, "no container nobody"),
        (lambda engine: engine.tag("busybox", "Upper:Case"), errors.EngineRefused, "refused"),
        (lambda engine: engine.load(io.BytesIO(b"no archive")), errors.EngineRefused, "refused"),
    ],
)
def test_what_is_refused_has_a_name_of_its_own(
    engine: Engine, act: Callable[[Engine], object], error: type[errors.LabError], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        act(engine)
    assert type(caught.value) is error


def test_a_name_that_is_taken(engine: Engine) -> None:
    made = engine.create("busybox", name="taken")
    with pytest.raises(errors.NameTaken, match="taken exists already") as caught:
        engine.create("busybox", name="taken")
    assert "docker container rm taken" in str(caught.value)
    engine.remove(made)


def test_a_port_that_is_taken(engine: Engine) -> None:
    first = engine.create("busybox", ["sleep", "600"], ports={"80/tcp": None})
    engine.start(first)
    published = engine.container(first).ports[0]
    assert published.startswith("127.0.0.1:")
    port = int(published.split("->")[0].rsplit(":", 1)[1])
    second = engine.create("busybox", ["true"], ports={"80/tcp": ("127.0.0.1", port)})
    try:
        with pytest.raises(errors.PortTaken, match=f"port {port} is in use"):
            engine.start(second)
    finally:
        engine.remove(first, force=True)
        engine.remove(second, force=True)
