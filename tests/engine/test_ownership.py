"""A clean-up removes what we made and nothing else (promises 3 to 7 and 37). The guard's decoys watch every test."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from containerlab import errors
from containerlab.engine.client import Engine
from containerlab.engine.ownership import SESSION, Session, sweep


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def make_everything(engine: Engine, session: Session, name: str) -> dict[str, str]:
    """One of each kind, labelled and recorded; their ids."""
    labels = session.labels()
    running = engine.create("busybox", ["sleep", "600"], name=f"{name}-running", labels=labels)
    engine.start(running)
    session.record("container", running)
    network = engine.api.create_network(f"{name}-network", labels=labels)["Id"]
    session.record("network", network)
    engine.api.create_volume(f"{name}-volume", labels=labels)
    session.record("volume", f"{name}-volume")
    changes = [f"LABEL {key}={value}" for key, value in labels.items()]
    image = engine.api.commit(running, name, "1", changes=changes)["Id"]
    session.record("image", f"{name}:1")
    return {"container": running, "network": network, "image": image}


def test_exactly_what_is_ours_goes(engine: Engine, home: Path) -> None:
    session = Session(engine, home)
    made = make_everything(engine, session, "ours")
    # Somebody's container from our image, and one that only carries our label: recorded by nobody.
    foreign = engine.create("busybox", name="foreign", labels=session.labels())
    cleaned = session.clean()
    assert sorted(cleaned.removed) == [
        "container ours-running", "image ours:1", "network ours-network", "volume ours-volume",
    ]  # fmt: skip
    assert cleaned.others >= 2
    with pytest.raises(errors.ContainerNotFound):
        engine.container(made["container"])
    assert engine.container(foreign).name == "foreign"
    assert session.clean().removed == ()
    engine.remove(foreign)
    session.close()
    assert list((home / "sessions").iterdir()) == []


def test_a_container_made_from_our_image_stays_with_its_image(engine: Engine, home: Path) -> None:
    session = Session(engine, home)
    made = make_everything(engine, session, "used")
    heir = engine.create("used:1", ["true"], name="heir")
    assert dict(engine.container(heir).labels)[SESSION] == session.id  # inherited
    session.record("container", made["container"])
    cleaned = session.clean()
    assert engine.container(heir).state == "created"
    assert [name.split(":")[0] for name in cleaned.left] == ["tag used"]
    engine.remove(heir)
    assert session.clean().removed == ("image used:1",)
    session.close()


def test_a_record_without_our_label_is_no_proof(engine: Engine, home: Path) -> None:
    session = Session(engine, home)
    other = engine.create("busybox", name="unlabelled")
    session.record("container", other)
    session.record("image", "busybox")  # its tag is recorded with the image that it names, which is not ours to lose
    session._rewrite([entry for entry in session.records() if entry["kind"] == "container"])
    assert session.clean().removed == ()
    assert engine.container(other).name == "unlabelled"
    engine.remove(other)
    session.close()


def test_a_tag_that_moved_on_is_not_ours_and_one_that_we_took_goes_back(engine: Engine, home: Path) -> None:
    session = Session(engine, home)
    busybox, debian = engine.image("busybox").id, engine.image("debian:bookworm-slim").id
    engine.tag("busybox", "moved:1")
    session.record("tag", "moved:1")
    engine.tag("debian:bookworm-slim", "moved:1")
    engine.tag("busybox", "taken:1")
    session.record("tag", "taken:1", was=debian)
    assert session.clean().removed == ("image taken:1",)
    assert engine.image("moved:1").id == debian
    assert engine.image("taken:1").id == debian
    assert engine.image("busybox").id == busybox
    engine.remove_image("moved:1")
    engine.remove_image("taken:1")
    session.close()


def test_two_sessions_and_one_cleans_up(engine: Engine, home: Path) -> None:
    one, two = Session(engine, home), Session(engine, home)
    make_everything(engine, one, "one")
    kept = make_everything(engine, two, "two")
    one.clean()
    assert sweep(engine, home).removed == ()  # two lives
    assert engine.container(kept["container"]).state == "running"
    two.clean()
    one.close()
    two.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from containerlab.engine.client import Engine
from containerlab.engine.ownership import Session
engine = Engine(sys.argv[1], "private")
session = Session(engine, Path(sys.argv[2]))
made = engine.create("busybox", ["sleep", "600"], name="orphan", labels=session.labels())
session.record("container", made)
engine.start(made)
engine.create("busybox", name="unrecorded", labels=session.intend("container"))
with session.file.open("a") as file:
    file.write('{"kind": "cont')  # killed in the middle of a line
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_kernel_left_goes_at_the_next_start(engine: Engine, home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, engine.address, str(home)], timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    assert sorted(sweep(engine, home).removed) == ["container orphan", "container unrecorded"]
    assert sweep(engine, home).removed == ()
    assert list((home / "sessions").iterdir()) == []


def test_what_cannot_be_removed_is_named_and_stays_recorded(engine: Engine, home: Path) -> None:
    session = Session(engine, home)
    labels = session.labels()
    network = engine.api.create_network("busy-network", labels=labels)["Id"]
    session.record("network", network)
    guest = engine.create("busybox", ["sleep", "600"], name="guest", network="busy-network")  # not ours
    engine.start(guest)
    with pytest.raises(errors.CleanUpIncomplete, match="active endpoints") as caught:
        session.clean()
    assert [name.split(":")[0] for name in caught.value.left] == [f"network {network}"]
    assert engine.container(guest).state == "running"
    engine.remove(guest, force=True)
    assert session.clean().removed == ("network busy-network",)
    session.close()


def test_the_engine_gone_in_a_clean_up_keeps_the_record(engine: Engine, home: Path, tmp_path: Path) -> None:
    session = Session(engine, home)
    made = engine.create("busybox", labels=session.labels())
    session.record("container", made)
    lost = Engine(f"unix://{tmp_path}/gone.sock")
    session.engine = lost
    with pytest.raises(errors.EngineGone):
        session.clean()
    session.engine = engine
    assert len(session.clean().removed) == 1
    session.close()
    assert list((home / "sessions").iterdir()) == []
