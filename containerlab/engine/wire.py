"""One short question to an engine over its bare socket: no SDK to import, and a deadline that holds."""

from __future__ import annotations

import http.client
import json
import os
import socket
from typing import Any
from urllib.parse import urlsplit

from containerlab import errors
from containerlab.engine.asking import ADDRESSES, gone, refused, silent


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def checked(address: str) -> str:
    """The address, if it can be an engine's; WrongAddress says what one looks like."""
    parts = urlsplit(address)
    well = {
        "unix": bool(parts.path.strip("/")),
        "npipe": bool(parts.path.strip("/")),
        "ssh": bool(parts.hostname),
        "tcp": bool(parts.hostname),
        "http": bool(parts.hostname),
        "https": bool(parts.hostname),
    }
    try:
        port_is_well = parts.port is None or parts.port > 0
    except ValueError:
        port_is_well = False
    if not well.get(parts.scheme, False) or not port_is_well:
        raise errors.WrongAddress(f"{address!r} is not the address of an engine.", ADDRESSES)
    return address


def is_remote(address: str) -> bool:
    """True for an engine that is, or may be, on another machine."""
    parts = urlsplit(address)
    if parts.scheme in {"unix", "npipe"}:
        return False
    return parts.scheme == "ssh" or parts.hostname not in {"localhost", "127.0.0.1", "::1"}


def speaks_plainly(address: str) -> bool:
    """True where ``get`` can be used: a Unix socket, or TCP without TLS."""
    scheme = urlsplit(address).scheme
    return scheme in {"unix", "http"} or (scheme == "tcp" and not os.environ.get("DOCKER_TLS_VERIFY"))


def get(address: str, path: str, timeout: float) -> Any:
    """The JSON (or text) that the engine answers to GET ``path``; EngineGone, EngineSilent by the deadline."""
    parts = urlsplit(checked(address))
    connection: http.client.HTTPConnection
    if parts.scheme == "unix":
        connection = _UnixConnection(parts.path, timeout)
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 2375, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        body = answer.read()
    except TimeoutError:
        raise silent(address, timeout) from None
    except PermissionError as error:
        raise errors.EngineNotFound(
            f"The engine at {address} is not open to this user ({error.strerror}).",
            "On Linux: sudo usermod -aG docker $USER, then log in again.",
        ) from None
    except (OSError, http.client.HTTPException):
        raise gone(address) from None
    finally:
        connection.close()
    text = body.decode("utf-8", "replace")
    if answer.status >= 400:
        raise refused(text, answer.status)
    try:
        return json.loads(text)
    except ValueError:
        return text
