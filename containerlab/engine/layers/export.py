"""An image as the engine exports it (GET /images/{name}/get), read from the bare socket as it comes.

HTTP/1.0, so that the engine sends no chunks and the bytes can be passed over in the kernel.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote, urlsplit

from containerlab.engine import wire
from containerlab.engine.asking import gone, refused, silent
from containerlab.engine.layers.windows import StreamWindow, Window
from containerlab.errors import EngineGone

SILENCE = 300.0  # seconds: the engine writes the whole image to its disk before it sends the first byte
_PIPE = 1 << 20


@contextmanager
def exported(engine: Any, ref: str) -> Iterator[Window]:
    """A window onto the archive that the engine writes of the image ``ref``."""
    if wire.speaks_plainly(engine.address):
        with _answer(engine.address, f"/v{engine.info().api_version}/images/{quote(ref, safe='')}/get", ref) as window:
            yield window
        return
    pieces = engine.save(ref)
    try:
        yield StreamWindow(_from_pieces(pieces))
    finally:
        pieces.close()


@contextmanager
def _answer(address: str, path: str, ref: str) -> Iterator[Window]:
    connection = _connected(address)
    opened: list[int] = []
    try:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        status, rest = _head(connection, address)
        if status != 200:
            while len(rest) < 65536 and (piece := connection.recv(65536)):
                rest += piece
            raise refused(_message(rest), status, f"image {ref}")
        yield StreamWindow(_reader(connection, rest, address), _skipper(connection, opened, rest))
    finally:
        connection.close()
        for descriptor in opened:
            os.close(descriptor)


def _connected(address: str) -> socket.socket:
    parts = urlsplit(wire.checked(address))
    try:
        if parts.scheme != "unix":
            return socket.create_connection((parts.hostname or "", parts.port or 2375), SILENCE)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SILENCE)
        try:
            connection.connect(parts.path)
        except OSError:
            connection.close()
            raise
    except OSError:
        raise gone(address) from None
    return connection


def _head(connection: socket.socket, address: str) -> tuple[int, bytearray]:
    """The answer's status, and what came after its head."""
    head = bytearray()
    try:
        while b"\r\n\r\n" not in head:
            piece = connection.recv(4096)
            if not piece or len(head) > 65536:
                raise gone(address)
            head += piece
    except TimeoutError:
        raise silent(address, SILENCE) from None
    except OSError:
        raise gone(address) from None
    first, _, _ = bytes(head).partition(b"\r\n")
    _, _, body = head.partition(b"\r\n\r\n")
    words = first.split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0, body


def _message(body: bytes | bytearray) -> str:
    import json

    with suppress(ValueError, AttributeError):
        return str(json.loads(body).get("message"))
    return bytes(body).decode("utf-8", "replace")


def _reader(connection: socket.socket, rest: bytearray, address: str) -> Callable[[memoryview], int]:
    def read_into(view: memoryview) -> int:
        if rest:
            count = min(len(rest), len(view))
            view[:count] = rest[:count]
            del rest[:count]
            return count
        try:
            return connection.recv_into(view)
        except TimeoutError:
            raise silent(address, SILENCE) from None
        except OSError:
            raise gone(address) from None

    return read_into


def _skipper(connection: socket.socket, opened: list[int], rest: bytearray) -> Callable[[int], int] | None:
    """Passes bytes from the socket to nowhere without copying them here (Linux)."""
    splice = getattr(os, "splice", None)
    if splice is None:
        return None

    def skip(count: int) -> int:
        if rest:
            return 0
        if not opened:
            opened.extend((*os.pipe(), os.open(os.devnull, os.O_WRONLY)))
        out, into, nowhere = opened
        passed = 0
        connection.settimeout(None)
        try:
            while passed < count:
                moved = splice(connection.fileno(), into, min(count - passed, _PIPE))
                if not moved:
                    break
                passed += moved
                while moved:
                    moved -= splice(out, nowhere, moved)
        except OSError as error:
            raise EngineGone(f"The engine's export broke off ({error.strerror}).") from None
        finally:
            connection.settimeout(SILENCE)
        return passed

    return skip


def _from_pieces(pieces: Iterator[bytes]) -> Callable[[memoryview], int]:
    rest = bytearray()

    def read_into(view: memoryview) -> int:
        while not rest:
            piece = next(pieces, None)
            if piece is None:
                return 0
            rest.extend(piece)
        count = min(len(rest), len(view))
        view[:count] = rest[:count]
        del rest[:count]
        return count

    return read_into
