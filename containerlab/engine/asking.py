"""Every error of the SDK and of the connection becomes one of ours here, and nowhere else."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from containerlab import errors

_BACK = "Start the engine again (`lab up`, or start Docker); then run the cell again."

# Message texts are the engines' own: moby daemon/errors.go, libnetwork portallocator, containers/podman.
_NAME_TAKEN = re.compile(r"name \"?/?([\w.-]+)\"? is already in use", re.I)
_PORT_TAKEN = re.compile(r"port is already allocated|address already in use|ports are not available", re.I)
_PORT = re.compile(r"(?:[\d.]+|\[?::\]?):(\d+)")
_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded|not enough space", re.I)
_NO_NETWORK = re.compile(
    r"dial tcp|no such host|i/o timeout|tls handshake timeout|network is unreachable|server misbehaving"
    r"|temporary failure in name resolution|connection refused|client\.timeout exceeded|pinging container registry"
    r"|connection reset by peer|no route to host|context deadline exceeded|failed to do request",
    re.I,
)
_NO_IMAGE = re.compile(
    r"no such image|image not known|manifest unknown|manifest for .* not found|pull access denied"
    r"|does not exist or may require|repository does not exist|failed to find image|reference does not exist",
    re.I,
)
_NO_CONTAINER = re.compile(r"no such (?:container|exec)|no container with (?:name|id)", re.I)
_VERSION = re.compile(r"client version [\d.]+ is too (?:old|new)", re.I)


def refused(message: str, status: int = 0, about: str = "") -> errors.EngineError:
    """The error that an engine's own ``message`` means; ``about`` names what was asked for ("image hello:first")."""
    said = " ".join(message.split()) or f"HTTP status {status}"
    if match := _NAME_TAKEN.search(said):
        name = match[1]
        return errors.NameTaken(
            f"A container named {name} exists already.",
            f"Choose another name, or remove the old one: docker container rm {name}",
        )
    if _PORT_TAKEN.search(said):
        port = _PORT.search(said)
        return errors.PortTaken(
            f"The port {port[1]} is in use." if port else "That port is in use.",
            "Publish another one (for example -p 127.0.0.1:8081:80), or stop the container that has it.",
        )
    if _DISK_FULL.search(said):
        return errors.DiskFull(
            f"The engine's disk is full. It said: {said}",
            "See what takes the room with docker system df; nothing of yours was removed.",
        )
    if _VERSION.search(said):
        return errors.EngineUnsupported(f"This engine's API is not one that the course speaks. It said: {said}", _RANGE)
    if _NO_CONTAINER.search(said):
        return errors.ContainerNotFound(
            f"The engine has no {about or 'such container'}.", "See which there are: docker container ls --all"
        )
    if _NO_IMAGE.search(said):
        return errors.ImageNotFound(
            f"The engine has no {about}." if about else f"No such image. The engine said: {said}",
            "Check its name and tag, or see which there are: docker image ls",
        )
    if _NO_NETWORK.search(said):
        return errors.NoNetwork(
            f"A registry or a server could not be reached. The engine said: {said}",
            "The lectures work without a network; for a pull, check the connection and try again.",
        )
    return errors.EngineRefused(f"The engine refused{f' ({about})' if about else ''}: {said}", status=status)


_RANGE = "The course speaks with engines from 20.10 (API 1.41) on; update the engine, or the course."


def gone(address: str) -> errors.EngineGone:
    return errors.EngineGone(f"The engine at {address or 'its address'} does not answer.", _BACK)


def silent(address: str, seconds: float) -> errors.EngineSilent:
    return errors.EngineSilent(
        f"The engine at {address or 'its address'} took the call and gave no answer in {seconds:g} s.",
        "Restart the engine (`lab down`, then `lab up`; or restart Docker); then run the cell again.",
    )


@contextmanager
def asking(about: str = "", *, address: str = "", deadline: float = 0.0) -> Iterator[None]:
    """Within, an error of docker-py, requests or the socket is raised as one of containerlab.errors."""
    try:
        yield
    except errors.LabError:
        raise
    except Exception as error:
        ours = translated(error, about, address, deadline)
        if ours is None:
            raise
        _close_sockets(error)
        # Without the SDK's frames, which would keep its answers open as long as somebody looks at the error.
        raise ours from error.with_traceback(None)


def _close_sockets(error: BaseException | None) -> None:
    """docker-py leaves the socket of a connect that failed open (transport/unixconn.py, 7.2)."""
    while error is not None:
        step = error.__traceback__
        while step is not None:
            left = step.tb_frame.f_locals.get("sock")
            if isinstance(left, socket.socket):
                left.close()
            step = step.tb_next
        error = error.__cause__ or error.__context__


def translated(
    error: BaseException, about: str = "", address: str = "", deadline: float = 0.0
) -> errors.LabError | None:
    """Our error for one of the SDK's; None for one that does not come from there."""
    import docker.errors
    import requests.exceptions
    import urllib3.exceptions

    if isinstance(error, docker.errors.APIError):
        text = str(error.explanation or error)
        if error.status_code in {404} and not (_NO_IMAGE.search(text) or _NO_CONTAINER.search(text)):
            return _missing(text, about)
        return refused(text, error.status_code or 0, about)
    if isinstance(error, (docker.errors.StreamParseError, docker.errors.BuildError)):
        return errors.EngineRefused(f"The engine's answer could not be read: {error}")
    if isinstance(error, docker.errors.InvalidVersion):
        return errors.EngineUnsupported(str(error), _RANGE)
    if isinstance(error, (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)):
        return silent(address, deadline)
    if isinstance(error, requests.exceptions.ConnectionError) and "Read timed out" in str(error):
        return silent(address, deadline)
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return errors.WrongAddress(f"{address} is not the address of an engine.", ADDRESSES)
    if isinstance(error, (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, ConnectionError)):
        return gone(address)
    if isinstance(error, FileNotFoundError) and str(getattr(error, "filename", "") or "") in address:
        return gone(address)
    if isinstance(error, docker.errors.DockerException):
        return _of_the_sdk(error, address)
    return None


ADDRESSES = "Addresses look like unix:///var/run/docker.sock, ssh://user@host or tcp://host:2376."


def _missing(text: str, about: str) -> errors.EngineError:
    """A 404 whose text says nothing: what was asked for tells which kind of thing is missing."""
    kinds: dict[str, Any] = {"image": errors.ImageNotFound, "container": errors.ContainerNotFound}
    kind = kinds.get(about.split(" ", 1)[0])
    return kind(f"The engine has no {about}.") if kind else errors.EngineRefused(f"Not found: {text}", status=404)


def _of_the_sdk(error: Exception, address: str) -> errors.LabError:
    text = str(error)
    if "Invalid bind address" in text or ("nvalid" in text and "protocol" in text):
        return errors.WrongAddress(f"{address or 'That'} is not the address of an engine.", ADDRESSES)
    return gone(address) if "fetching server API version" in text else errors.EngineRefused(text)
