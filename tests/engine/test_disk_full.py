"""A disk without room: said plainly, nothing of the student's is removed for it, and the engine goes on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from containerlab.engine import bases
from containerlab.engine.client import Engine
from containerlab.engine.private import PrivateEngine
from containerlab.errors import DiskFull

pytestmark = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may mount a small disk")


@pytest.fixture
def small(tmp_path: Path, engine: Engine) -> Iterator[Engine]:
    """A private engine whose data lie on a disk of 60 MB. The usual ``engine`` has made the archives by then."""
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(home)], check=True)
    private = PrivateEngine(home)
    try:
        yield private.start()
    finally:
        private.remove()
        subprocess.run(["umount", "-l", str(home)], check=True)


def test_an_image_that_finds_no_room(small: Engine) -> None:
    bases.ensure(small, ("busybox",))
    before = [image.id for image in small.images()]
    with pytest.raises(DiskFull) as full:
        bases.ensure(small, ("debian:bookworm-slim",))
    assert "disk is full" in full.value.what
    assert "docker system df" in full.value.next
    assert [image.id for image in small.images()] == before
    made = small.create("busybox", ["echo", "still here"])
    small.start(made)
    small.wait(made, 60)
    assert small.logs(made).strip() == "still here"
    small.remove(made)
