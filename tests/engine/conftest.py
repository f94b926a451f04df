"""A real engine for the tests: our own dockerd in a home of its own, with the base images, and a guard.

The guard asserts after every test that nothing new remains, and that the decoys (other people's things, some with our
labels and names like ours) are untouched.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from containerlab import settings
from containerlab.engine import bases, packages
from containerlab.engine.client import Engine
from containerlab.engine.ownership import HOME, SESSION
from containerlab.engine.private import PrivateEngine

ROOT = Path(__file__).parents[2]
DECOY = "containerlab-decoy"
# What a thing of ours would carry; nobody recorded it.
DECOY_LABELS = {SESSION: "0123456789ab", HOME: "0123456789ab"}


@pytest.fixture(scope="session")
def engine_home() -> Iterator[Path]:
    """The home of this run, known also to the processes that tests start; the cache is the usual one."""
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="engine-", dir=build))
    before = {name: os.environ.get(name) for name in ("CONTAINERLAB_HOME", "CONTAINERLAB_CACHE", "CONTAINERLAB_ENGINE")}
    cache = settings.cache()
    os.environ |= {"CONTAINERLAB_HOME": str(home), "CONTAINERLAB_CACHE": str(cache), "CONTAINERLAB_ENGINE": "private"}
    yield home
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def private(engine_home: Path) -> Iterator[PrivateEngine]:
    """The engine of this run, running."""
    packages.install()
    engine = PrivateEngine(engine_home)
    engine.start()
    yield engine
    engine.remove()


@pytest.fixture(scope="session")
def engine(private: PrivateEngine) -> Iterator[Engine]:
    """A client of it, with the base images and the decoys."""
    client = private.start()
    bases.ensure(client)
    make_decoys(client)
    before = everything(client)
    yield client
    left = news(before, everything(client))
    remove_decoys(client)
    client.close()
    assert not left, f"left over at the end: {left}"


@pytest.fixture(autouse=True)
def nothing_remains(request: pytest.FixtureRequest) -> Iterator[None]:
    """Habit 12: nothing of ours remains after a test, and nothing of others' is gone."""
    if "engine" not in request.fixturenames:
        yield
        return
    client: Engine = request.getfixturevalue("engine")
    before = everything(client)
    yield
    client.ping()  # the tests that stop an engine stop one of their own
    after = everything(client)
    added, gone = news(before, after), news(after, before)
    remove(client, added)  # so that the next test is not blamed
    assert not added, f"left over: {added}"
    assert not gone, f"gone, and not ours: {gone}"


def everything(engine: Engine) -> set[tuple[str, str]]:
    """Each container, tag, image, network and volume of an engine, as (kind, name)."""
    api = engine.api
    found = {("container", row["Id"]) for row in api.containers(all=True)}
    for summary in engine.images():
        found.add(("image", summary.id))
        found |= {("tag", f"{tag} {summary.id}") for tag in summary.tags}
    found |= {("network", row["Id"]) for row in api.networks()}
    return found | {("volume", row["Name"]) for row in api.volumes()["Volumes"] or ()}


def news(before: set[tuple[str, str]], after: set[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(after - before)


def remove(engine: Engine, things: list[tuple[str, str]]) -> None:
    calls: dict[str, Any] = {
        "container": lambda name: engine.api.remove_container(name, force=True, v=True),
        "tag": lambda name: engine.api.remove_image(name.split()[0], force=True),
        "image": lambda name: engine.api.remove_image(name, force=True),
        "network": engine.api.remove_network,
        "volume": engine.api.remove_volume,
    }
    for kind in ("container", "tag", "image", "network", "volume"):
        for name in (name for one, name in things if one == kind):
            try:
                calls[kind](name)
            except Exception as error:
                if getattr(error, "status_code", None) not in {404, 409}:
                    raise


def make_decoys(engine: Engine) -> None:
    """Somebody else's things: our labels, names like ours, and no record."""
    # An image with our label in its config, and a container that inherited it.
    made = engine.api.create_container("busybox", ["true"], labels=DECOY_LABELS)["Id"]
    engine.api.commit(made, f"{DECOY}-image", "1", changes=[f"LABEL {SESSION}={DECOY_LABELS[SESSION]}"])
    engine.remove(made, force=True)
    engine.api.create_container(f"{DECOY}-image:1", ["true"], name=DECOY)
    engine.api.create_network(f"{DECOY}-network", labels=DECOY_LABELS)
    engine.api.create_volume(f"{DECOY}-volume", labels=DECOY_LABELS)


def remove_decoys(engine: Engine) -> None:
    engine.api.remove_container(DECOY, force=True)
    engine.api.remove_image(f"{DECOY}-image:1", force=True)
    engine.api.remove_network(f"{DECOY}-network")
    engine.api.remove_volume(f"{DECOY}-volume")
