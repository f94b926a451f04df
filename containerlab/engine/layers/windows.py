"""A long run of bytes seen through a small window: a file, a stream, a compressed layer.

``at(offset, least)`` gives ``(data, start, stop)``: bytes that hold [offset, offset + least), where they start and stop
in the whole. Fewer only at the end; where the whole ends before ``offset``, ``stop`` is less than it. A stream's
offsets must not go back.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, Protocol

SIZE = 128 * 1024  # 1 MiB is slower: it leaves the processor's cache
SMALL = 16 * 1024  # after a jump: most jumps go from header to header


def _seek_and_read(descriptor: int, count: int, offset: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, count)


_read_at = getattr(os, "pread", _seek_and_read)  # Windows has none
READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0)


class Window(Protocol):
    def at(self, offset: int, least: int) -> tuple[bytes | bytearray | memoryview, int, int]: ...


class FileWindow:
    """A file that can be read anywhere. ``begin`` and ``end`` bound it; offsets count from ``begin``."""

    def __init__(self, descriptor: int, begin: int = 0, end: int | None = None) -> None:
        self._descriptor = descriptor
        self._begin = begin
        self.length = (os.fstat(descriptor).st_size if end is None else end) - begin
        self._stop = 0

    def at(self, offset: int, least: int) -> tuple[bytes, int, int]:
        # Where the last window ran out among small files, the next ones are small as well.
        near = offset - self._stop < SMALL
        self._stop = stop = min(offset + max(least, SIZE if near else SMALL), self.length)
        if stop <= offset:
            return b"", offset, min(offset, self.length)
        data = _read_at(self._descriptor, stop - offset, self._begin + offset)
        self._stop = offset + len(data)
        return data, offset, self._stop


class StreamWindow:
    """What ``read_into(view) -> count`` gives, 0 at its end; ``skip(count) -> count`` may pass over bytes faster."""

    def __init__(self, read_into: Callable[[memoryview], int], skip: Callable[[int], int] | None = None) -> None:
        self._read_into = read_into
        self._skip = skip
        self._buffer = bytearray(SIZE)
        self._start = self._stop = 0

    def at(self, offset: int, least: int) -> tuple[bytearray, int, int]:
        if offset < self._start:
            raise ValueError("a stream does not go back")
        if offset + least <= self._stop:
            return self._buffer, self._start, self._stop
        if offset < self._stop:
            rest = bytes(memoryview(self._buffer)[offset - self._start : self._stop - self._start])
        else:
            rest = b""
            missing = self._pass(offset - self._stop)
            if missing:
                self._start = self._stop = offset - missing
                return self._buffer, offset, self._stop
        if len(self._buffer) < least:
            self._buffer = bytearray(least)
        self._buffer[: len(rest)] = rest
        self._start, filled = offset, len(rest)
        with memoryview(self._buffer) as view:
            while filled < least:
                count = self._read_into(view[filled:])
                if not count:
                    break
                filled += count
        self._stop = offset + filled
        return self._buffer, self._start, self._stop

    def _pass(self, left: int) -> int:
        """How much of it was not there any more."""
        if self._skip is not None and left >= SIZE:
            left -= self._skip(left)
        with memoryview(self._buffer) as view:
            while left > 0:
                count = self._read_into(view[: min(left, len(view))])
                if not count:
                    break
                left -= count
        return max(left, 0)


class Part:
    """[begin, end) of another window, with offsets from 0."""

    def __init__(self, whole: Window, begin: int, length: int) -> None:
        self._whole = whole
        self._begin = begin
        self.length = length

    def at(self, offset: int, least: int) -> tuple[bytes | bytearray | memoryview, int, int]:
        if offset >= self.length:
            return b"", offset, self.length
        least = min(least, self.length - offset)
        data, start, stop = self._whole.at(self._begin + offset, least)
        return data, start - self._begin, min(stop - self._begin, self.length)


def reader(window: Window, length: int) -> Callable[[int], bytes]:
    """``read(count)`` over a window, for a decompressor."""
    position = 0

    def read(count: int) -> bytes:
        nonlocal position
        wanted = min(count, length - position)
        if wanted <= 0:
            return b""
        data, start, stop = window.at(position, min(wanted, 1))
        piece = bytes(memoryview(data)[position - start : min(stop - start, position - start + wanted)])
        position += len(piece)
        return piece

    return read


def gzip_stream(read: Callable[[int], bytes]) -> Callable[[memoryview], int]:
    """A gzip file of one or more members, uncompressed. ``isal`` where it is installed: three times as fast."""
    library: Any = zlib
    with suppress(ImportError):
        library = import_module("isal.isal_zlib")
    bad = (zlib.error, getattr(library, "error", zlib.error))
    state: dict[str, Any] = {"inflate": library.decompressobj(31), "input": b""}

    def read_into(view: memoryview) -> int:
        while True:
            inflate = state["inflate"]
            if inflate.eof:
                state["input"] = inflate.unused_data.lstrip(b"\0") or read(SIZE)
                if not state["input"]:
                    return 0
                inflate = state["inflate"] = library.decompressobj(31)
            if not state["input"]:
                state["input"] = read(SIZE)
            try:
                piece = inflate.decompress(state["input"], len(view))
            except bad as error:
                raise ValueError(f"damaged gzip data ({error})") from None
            given, state["input"] = bool(state["input"]), inflate.unconsumed_tail
            if piece:
                view[: len(piece)] = piece
                return len(piece)
            if not given and not inflate.eof:
                return 0

    return read_into


def zstd_stream(read: Callable[[int], bytes]) -> Callable[[memoryview], int]:
    """A zstd file, uncompressed, by Python's own module (3.14), ``backports.zstd`` or ``zstandard``."""
    source = _Readable(read)
    opened: Any = None
    for module in ("compression.zstd", "backports.zstd", "zstandard"):
        with suppress(ImportError):
            library = import_module(module)
            if module == "zstandard":
                opened = library.ZstdDecompressor().stream_reader(source, read_across_frames=True)
            else:
                opened = library.ZstdFile(source, "rb")
            break
    if opened is None:
        raise ModuleNotFoundError("zstd")

    def read_into(view: memoryview) -> int:
        try:
            return int(opened.readinto(view))
        except (EOFError, OSError) as error:
            raise ValueError(f"damaged zstd data ({error})") from None
        except Exception as error:  # each library has an error class of its own
            if "zstd" in type(error).__name__.lower():
                raise ValueError(f"damaged zstd data ({error})") from None
            raise

    return read_into


class _Readable:
    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read

    def read(self, count: int = -1) -> bytes:
        return self._read(count if count > 0 else SIZE)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False
