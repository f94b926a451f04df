"""The images that lectures start from: made once, their ids kept, their layers shared, told from the official ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from containerlab import errors
from containerlab.engine import bases
from containerlab.engine.client import Engine
from containerlab.engine.ownership import BASE
from containerlab.model import shared_layers


def run(engine: Engine, image: str, script: str) -> tuple[int | None, str]:
    made = engine.create(image, ["sh", "-ec", script])
    try:
        engine.start(made)
        return engine.wait(made, 300), engine.logs(made)
    finally:
        engine.remove(made, force=True)


def test_they_are_there_and_say_where_they_came_from(engine: Engine) -> None:
    again = bases.ensure(engine)
    assert [(base.reference, base.origin) for base in again] == [(name, "present") for name in bases.NAMES]
    assert [bases.resolve(engine, name) for name in bases.NAMES] == list(bases.NAMES)
    for name in bases.NAMES:
        image = engine.image(name)
        origin = dict(image.config.labels).get(BASE, "")
        # Without our label it was pulled: then it has the registry's digest.
        digests = engine.api.inspect_image(name)["RepoDigests"]
        assert ("made on this machine" in origin or "built on this machine" in origin) or digests
        assert image.layers
        assert sum(row.layer is not None for row in image.history) == len(image.layers)


def test_python_stands_on_the_same_layer_as_debian(engine: Engine) -> None:
    debian, python = engine.image("debian:bookworm-slim"), engine.image("debian-python:bookworm")
    assert shared_layers(debian, python) == debian.layers
    assert len(python.layers) > len(debian.layers)


def test_what_they_can_do(engine: Engine) -> None:
    assert run(engine, "busybox", "echo hi | tr h H; ls -d /tmp /root; id -un") == (0, "Hi\n/root\n/tmp\nroot\n")
    code, said = run(
        engine, "debian-python:bookworm", "python3 -c 'import ssl; print(ssl.OPENSSL_VERSION)'; pip --version"
    )
    assert code == 0, said
    assert "OpenSSL" in said
    assert "pip 23" in said


def test_apt_works_in_debian(engine: Engine) -> None:
    script = "apt-get update -q 2>&1; apt-get install -qq -y --no-install-recommends hello >/dev/null 2>&1; hello"
    code, said = run(engine, "debian:bookworm-slim", script)
    assert code == 0, said
    assert said.endswith("Hello, world!\n")


def test_an_archive_keeps_its_id_and_gives_no_official_name(engine: Engine) -> None:
    """On an engine of the student's own, a stand-in is loaded under a name of ours beside what is there."""
    before = engine.image("busybox")
    students = Engine(engine.address)
    students.info()
    assert students.kind == "docker"
    archives = bases.make_archives(names=["busybox"])
    with archives["busybox"].open("rb") as file:
        assert students.load(file) == ["containerlab/busybox:latest"]
    loaded = students.image("containerlab/busybox:latest")
    assert engine.image("busybox").id == before.id
    if BASE in dict(before.config.labels):
        assert loaded.id == before.id
    base = bases._made(students, "busybox", bases._silently)
    assert (base.reference, base.origin) == ("containerlab/busybox:latest", "made")
    students.remove_image("containerlab/busybox:latest")
    students.close()


def test_a_base_that_is_not_there(engine: Engine) -> None:
    with pytest.raises(errors.ImageNotFound, match="no base image nothing:1") as caught:
        bases.resolve(engine, "nothing:1")
    assert "./lab up" in caught.value.next


def test_no_network_is_told_at_once_and_an_archive_that_was_cut_off_is_made_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bases, "REGISTRY", "http://127.0.0.1:9/")  # discard: nobody listens
    assert bases.registry_answers() is False
    monkeypatch.setenv("CONTAINERLAB_CACHE", str(tmp_path))
    path = bases.make_archives(names=["busybox"])["busybox"]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert bases.make_archives(names=["busybox"])["busybox"].stat().st_size == len(whole)
    assert [entry.name for entry in path.parent.iterdir() if "making" in entry.name] == []
