"""The call that a build is: the context posted, the answer taken piece by piece."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from containerlab import errors
from containerlab.engine import wire
from containerlab.engine.asking import gone, refused, translated

if TYPE_CHECKING:
    from containerlab.build.context import Context
    from containerlab.engine.client import Engine

PIECE = 64 * 1024
CONNECT = 10.0  # seconds


class Answer:
    """The engine's answer in pieces, and a way to hang up."""

    def __init__(self, response: Any, close: Callable[[], None], address: str) -> None:
        self._response = response
        self._close = close
        self._address = address

    def __iter__(self) -> Iterator[bytes]:
        while True:
            try:
                piece = self._response.read1(PIECE)
            except (OSError, http.client.HTTPException, ValueError):
                return  # the reader tells whether the build was over by then
            if not piece:
                return
            yield piece

    def drain(self) -> None:
        """Reads what is left: when it ends, the engine has finished with the build."""
        for _ in self:
            continue

    def close(self) -> None:
        self._close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float | None) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _connection(address: str, timeout: float | None) -> http.client.HTTPConnection:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        return _UnixConnection(parts.path, timeout)
    return http.client.HTTPConnection(parts.hostname or "", parts.port or 2375, timeout=timeout)


def stream_of(engine: Engine, context: Context, path: str) -> Answer:
    headers = {"Content-Type": "application/x-tar", "Host": "localhost"}
    if not wire.speaks_plainly(engine.address):
        return _stream_by_sdk(engine, context, path, headers)
    version = f"/v{engine.info().api_version}"
    connection = _connection(engine.address, None)
    whole = context.small()
    try:
        if whole is not None:
            # An answer to HTTP/1.0 comes without chunks: many messages a read instead of one.
            connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"  # type: ignore[attr-defined]
            connection.request("POST", version + path, body=whole, headers=headers)
        else:
            headers["Transfer-Encoding"] = "chunked"
            connection.request("POST", version + path, body=context.pieces(), headers=headers, encode_chunked=True)
        response = connection.getresponse()
    except (OSError, http.client.HTTPException):
        connection.close()
        raise gone(engine.address) from None
    except BaseException:
        connection.close()
        raise
    if response.status >= 400:
        text = response.read().decode("utf-8", "replace")
        connection.close()
        raise _refused(text, response.status)

    def close() -> None:
        response.close()
        connection.close()

    return Answer(response, close, engine.address)


def _stream_by_sdk(engine: Engine, context: Context, path: str, headers: dict[str, str]) -> Answer:
    """Over ssh, TLS or a Windows pipe: docker-py's connection, and the same bytes."""
    api = engine.api
    try:
        url = api._url(path.partition("?")[0]) + "?" + path.partition("?")[2]
        response = api.post(url, data=context.pieces(), headers=headers, stream=True, timeout=None)
    except Exception as error:
        raise translated(error, "build", engine.address) or error from None
    if response.status_code >= 400:
        raise _refused(response.text, response.status_code)
    return Answer(response.raw, response.close, engine.address)


def _refused(text: str, status: int) -> errors.LabError:
    with suppress(ValueError):
        said = json.loads(text)
        if isinstance(said, dict):
            text = str(said.get("message") or said.get("cause") or text)
    if "dockerfile parse error" in text.lower() or "unknown instruction" in text.lower():
        return errors.DockerfileError(f"The engine cannot read the Dockerfile: {text.strip()}")
    return refused(text, status, "build")


def post(engine: Engine, path: str) -> None:
    """A short call whose failure means that there is nothing left to stop."""
    if not wire.speaks_plainly(engine.address):
        with suppress(Exception):
            engine.api.post(engine.api._url(path), timeout=CONNECT)
        return
    connection = _connection(engine.address, CONNECT)
    with suppress(OSError, http.client.HTTPException):
        connection.request("POST", path, headers={"Host": "localhost"})
        connection.getresponse().read()
    connection.close()
