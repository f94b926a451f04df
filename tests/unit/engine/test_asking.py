"""Engines' own words, as they were said, and the error that each becomes."""

from __future__ import annotations

import pytest

from containerlab import errors
from containerlab.engine.asking import refused, translated


@pytest.mark.parametrize(
    ("said", "error", "names"),
    [
        (
            'Conflict. The container name "/web" is already in use by container "0a1b". You have to remove (or rename)',
            errors.NameTaken,
            "named web exists",
        ),
        (
            'creating container storage: the container name "web" is already in use by 0a1b',
            errors.NameTaken,
            "named web",
        ),
        (
            "driver failed programming external connectivity on endpoint web: Bind for 127.0.0.1:8080 failed: "
            "port is already allocated",
            errors.PortTaken,
            "port 8080",
        ),
        (
            "Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use",
            errors.PortTaken,
            "port 80",
        ),
        ("Ports are not available: exposing port TCP 0.0.0.0:80 -> 127.0.0.1:0: bind", errors.PortTaken, "port 80"),
        ("No such image: nothing:1", errors.ImageNotFound, "nothing:1"),
        ("nothing:1: image not known", errors.ImageNotFound, "nothing:1"),
        (
            "pull access denied for nothing, repository does not exist or may require 'docker login'",
            errors.ImageNotFound,
            "nothing",
        ),
        ("manifest for busybox:0 not found: manifest unknown", errors.ImageNotFound, "busybox:0"),
        ("No such container: web", errors.ContainerNotFound, "container"),
        ('no container with name or ID "web" found', errors.ContainerNotFound, "container"),
        ("write /var/lib/docker/tmp/x: no space left on device", errors.DiskFull, "disk is full"),
        (
            'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
            errors.NoNetwork,
            "could not be reached",
        ),
        ("net/http: TLS handshake timeout", errors.NoNetwork, "could not be reached"),
        ("client version 1.52 is too new. Maximum supported API version is 1.41", errors.EngineUnsupported, "1.52"),
        ("something else\nhappened", errors.EngineRefused, "something else happened"),
        ("", errors.EngineRefused, "HTTP status 500"),
    ],
)
def test_an_engines_words(said: str, error: type[errors.EngineError], names: str) -> None:
    made = refused(said, 500)
    assert type(made) is error
    assert names in made.what
    assert made.next or error is errors.EngineRefused


def test_every_error_of_the_sdk_is_one_of_ours() -> None:
    """Habit 4: a new error class of docker-py must not reach a student."""
    import docker.errors
    import requests

    answer = requests.Response()
    answer.status_code = 500
    for name, kind in vars(docker.errors).items():
        if not (isinstance(kind, type) and issubclass(kind, Exception)) or kind.__module__ != "docker.errors":
            continue
        match name:
            case "ContainerError":
                made: Exception = kind("container", 1, "command", "image", b"")
            case "BuildError":
                made = kind("reason", [])
            case _ if issubclass(kind, docker.errors.APIError):
                made = kind("said", answer, "why")
            case "ContextAlreadyExists" | "ContextNotFound":
                made = kind("name")
            case "MissingContextParameter":
                made = kind("param")
            case _:
                made = kind("said")
        assert isinstance(translated(made, "image x"), errors.LabError), name
    for name, kind in vars(requests.exceptions).items():
        if isinstance(kind, type) and issubclass(kind, requests.exceptions.RequestException) and "JSON" not in name:
            assert isinstance(translated(kind("said")), errors.LabError), name
    assert translated(ValueError("a mistake of ours stays visible")) is None
