"""BuildKit's dialect: ``moby.buildkit.trace`` messages, each a StatusResponse in base64 (trace.proto)."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from containerlab.build.messages import AnswerCut, error_of, image_of, messages, progress_of
from containerlab.model import BuildEvent

if TYPE_CHECKING:
    from containerlab.build.trace_pb2 import StatusResponse, Vertex, VertexLog, VertexStatus

# "[stage-1 2/5] RUN ...", "[linux/amd64 build 2/5] RUN ..." (dockerfile2llb/convert.go, prefixCommand)
_NAME = re.compile(r"\[(?:[\w.-]+/[\w./-]+ )?(?:([\w.-]+) )?(\d+)/(\d+)\] (.*)", re.S)
_EXIT = re.compile(r"exit code: (\d+)")
_WRITTEN = re.compile(r"(?:writing image|exporting manifest list|exporting manifest) (sha256:[0-9a-f]{64})")


def read(chunks: Iterable[bytes], clock: Callable[[], float] = time.time) -> Iterator[BuildEvent]:
    """Events of the answer, a step's key being its vertex's digest. Times are the engine's.

    A vertex without a place in the Dockerfile (loading the context, writing the image) is a step with number 0.
    """
    reader = _Reader()
    image = ""
    failed = False
    try:
        for message in messages(chunks):
            if message.get("id") == "moby.buildkit.trace":
                if response := _decode(message.get("aux")):
                    yield from reader.events(response)
            elif (error := error_of(message)) is not None:
                failed = True
                code = _EXIT.search(error[0])
                exit_code = error[1] if error[1] is not None else int(code[1]) if code else None
                yield BuildEvent("failed", "", error[0], clock(), exit_code=exit_code)
            elif found := image_of(message):
                image = found
            elif (line := progress_of(message)) is not None:
                yield BuildEvent("progress", "", line, clock())
            elif message.get("stream"):
                yield BuildEvent("log", "", str(message["stream"]), clock())
    except AnswerCut as cut:
        yield BuildEvent("warning", "", str(cut), clock())
        return
    yield from reader.rest()
    if not image and reader.exported:
        image = reader.image  # an image without a name is told only in the exporter's own words
    if not failed and image:
        yield BuildEvent("image", "", image, clock())
        yield BuildEvent("done", "", at=clock())


def _decode(aux: Any) -> StatusResponse | None:
    from google.protobuf.message import DecodeError

    from containerlab.build.trace_pb2 import StatusResponse

    try:
        return StatusResponse.FromString(base64.b64decode(aux)) if isinstance(aux, str) else None
    except (DecodeError, binascii.Error):
        return None


class _Reader:
    """What was said of each vertex so far: the trace repeats itself with every change."""

    def __init__(self) -> None:
        self.image = ""
        self.exported = False
        self._named: set[str] = set()
        self._started: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._cached: set[str] = set()
        self._texts: dict[tuple[str, int], codecs.IncrementalDecoder] = {}

    def events(self, response: StatusResponse) -> Iterator[BuildEvent]:
        for vertex in response.vertexes:
            yield from self._vertex(vertex)
        for status in response.statuses:
            yield from self._status(status)
        for log in response.logs:
            yield from self._log(log)
        for warning in response.warnings:
            yield BuildEvent("warning", warning.vertex, warning.short.decode("utf-8", "replace"))

    def rest(self) -> Iterator[BuildEvent]:
        """What a log ended with in the middle of a character."""
        for (vertex, stream), decoder in self._texts.items():
            if text := decoder.decode(b"", True):
                yield BuildEvent("log", vertex, text, stderr=stream == 2)

    def _vertex(self, vertex: Vertex) -> Iterator[BuildEvent]:
        key = vertex.digest
        if key not in self._named:
            self._named.add(key)
            match = _NAME.fullmatch(vertex.name)
            if match:
                yield BuildEvent("step", key, match[4], 0.0, int(match[2]), int(match[3]), match[1] or "")
            else:
                yield BuildEvent("step", key, vertex.name)
        if vertex.HasField("started"):
            started = _seconds(vertex.started)
            if self._started.get(key) != started:
                self._started[key] = started
                yield BuildEvent("started", key, at=started)
        if vertex.cached and not vertex.error and key not in self._cached:
            self._cached.add(key)
            yield BuildEvent("cached", key, at=_seconds(vertex.completed))
        if vertex.HasField("completed"):
            completed = _seconds(vertex.completed)
            if self._ended.get(key) == completed and not vertex.error:
                return
            self._ended[key] = completed
            if vertex.error:
                code = _EXIT.search(vertex.error)
                yield BuildEvent("failed", key, vertex.error, completed, exit_code=int(code[1]) if code else None)
            elif vertex.name.startswith("exporting to "):
                self.exported = True
                yield BuildEvent("done", key, at=completed)
            elif key not in self._cached:
                yield BuildEvent("done", key, at=completed)

    def _status(self, status: VertexStatus) -> Iterator[BuildEvent]:
        text = status.name or status.id
        if match := _WRITTEN.match(text if text.startswith(("writing", "exporting")) else status.id):
            self.image = match[1]
        amount = f" {status.current}/{status.total}" if status.total else f" {status.current}" if status.current else ""
        yield BuildEvent("progress", status.vertex, text + amount, _seconds(status.timestamp))

    def _log(self, log: VertexLog) -> Iterator[BuildEvent]:
        key = (log.vertex, log.stream)
        if key not in self._texts:
            self._texts[key] = codecs.getincrementaldecoder("utf-8")("replace")
        if text := self._texts[key].decode(log.msg):
            yield BuildEvent("log", log.vertex, text, _seconds(log.timestamp), stderr=log.stream == 2)


def _seconds(stamp: Any) -> float:
    return float(stamp.seconds + stamp.nanos / 1e9)
