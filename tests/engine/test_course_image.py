"""The course in a container: its image really built, and lecture 03 really run in it, on the engine inside it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from containerlab import settings
from containerlab.build.context import Context
from containerlab.engine import processes
from containerlab.engine.builds import build
from containerlab.engine.client import Engine

ROOT = Path(__file__).parents[2]
TAG = "course-image-test:1"
# What --privileged gives, without the one capability that a machine inside a sandbox may lack itself.
DIND = {
    "CapAdd": ["ALL"],
    "CapDrop": ["SYS_RESOURCE"],
    "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined"],
    "MaskedPaths": [],  # what the command line calls systempaths=unconfined
    "ReadonlyPaths": [],
}


def fetch_wheels() -> None:
    """The lock's wheels for the build's context: pip in a build would need this machine's index and certificates."""
    lock = ROOT / "requirements.lock"
    wheels, stamp = ROOT / "build" / "wheels", hashlib.sha256(lock.read_bytes()).hexdigest()
    if (wheels / "lock.sha256").exists() and (wheels / "lock.sha256").read_text() == stamp:
        return
    shutil.rmtree(wheels, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "download", "-qqq", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*command, "--dest", str(wheels), "--requirement", str(lock)], check=True, stdin=subprocess.DEVNULL)
    (wheels / "lock.sha256").write_text(stamp)


@pytest.fixture(scope="module")
def image(engine: Engine) -> Iterator[str]:
    """The image of ./Dockerfile. Its Python is Debian 12's 3.11: other Pythons' wheels would not fit it."""
    if sys.version_info[:2] == (3, 11) and sys.platform == "linux":
        fetch_wheels()
    made = build(engine, Context(ROOT), tag=TAG)
    assert made.state == "done"
    yield TAG
    engine.remove_image(TAG, force=True)


@pytest.fixture
def course(engine: Engine, image: str) -> Iterator[str]:
    """The course, running in a container; the base images come from this machine's cache."""
    container = engine.create(
        image,
        env={"CONTAINERLAB_CACHE": "/var/cache/containerlab"},
        volumes=["/sys/fs/cgroup:/sys/fs/cgroup", f"{settings.cache()}:/var/cache/containerlab"],
        ports={"8888/tcp": None},
        limits=False,
        host_config=DIND,
    )
    try:
        engine.start(container)
        up = processes.until(lambda: "To stop" in engine.logs(container) or not running(engine, container), 240, 0.25)
        assert up and running(engine, container), engine.logs(container)
        yield container
    finally:
        engine.remove(container, force=True)


def running(engine: Engine, container: str) -> bool:
    return engine.container(container).state == "running"


def test_lecture_03_runs_in_the_course_image_on_an_engine_of_its_own(engine: Engine, course: str) -> None:
    code, said = engine.exec(course, ["python", "-m", "containerlab", "doctor", "--json"])
    findings = {one["name"]: one for one in json.loads(said)["findings"]}
    assert code == 0, said
    assert "the lab's own engine" in findings["Engine"]["says"]

    only_with_a_token(engine, course)

    code, said = engine.exec(course, ["python", "-m", "containerlab", "notebooks", "--run", "03"])
    assert code == 0, said
    code, text = engine.exec(course, ["cat", "notebooks/03_image_and_container.ipynb"])
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert all(cell["execution_count"] for cell in cells)
    assert "the lab's own engine" in json.dumps(outputs[0])

    engine.stop(course, seconds=60)  # SIGTERM: it takes its Lab and its engine down by itself
    assert engine.container(course).exit_code == 0, engine.logs(course)
    assert "Stopping the lab's own engine" in engine.logs(course)


def only_with_a_token(engine: Engine, course: str) -> None:
    """Lab in the container listens on all of its addresses, so: 403 for anybody, 200 for who has the token."""
    bindings = engine.api.inspect_container(course)["NetworkSettings"]["Ports"]["8888/tcp"]
    assert bindings[0]["HostIp"] == "127.0.0.1"
    _, state = engine.exec(course, ["cat", "/var/lib/containerlab/lab.json"])
    address = f"http://127.0.0.1:{bindings[0]['HostPort']}/api/contents"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as refused:
        opener.open(address, timeout=60)
    refused.value.close()
    assert refused.value.code == 403
    token = {"Authorization": f"token {json.loads(state)['token']}"}
    with opener.open(urllib.request.Request(address, headers=token), timeout=60) as answer:
        assert answer.status == 200


def test_the_hosts_socket_is_not_mounted_by_default_and_works_where_it_is(engine: Engine, image: str) -> None:
    """The documented second way; by default the image asks for no such thing."""
    assert engine.api.inspect_image(image)["Config"]["Volumes"].keys() == {"/var/lib/containerlab"}
    socket = engine.address.removeprefix("unix://")
    container = engine.create(image, ["doctor"], volumes=[f"{socket}:/var/run/docker.sock"], limits=False)
    try:
        engine.start(container)
        code = engine.wait(container, 120)
        said = engine.logs(container)
        assert code == 0, said
        assert "Docker Engine" in said
    finally:
        engine.remove(container, force=True)
