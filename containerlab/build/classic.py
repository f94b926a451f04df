"""The classic builder's dialect: ``Step 2/5 : RUN ...``, `` ---> Using cache``, `` ---> 3c24fd9ef0f0``."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator

from containerlab.build.messages import AnswerCut, error_of, image_of, messages, progress_of
from containerlab.model import BuildEvent

_STEP = re.compile(r"Step (\d+)/(\d+) : (.*)", re.S)
_RUNNING = re.compile(r" ---> Running in ([0-9a-f]{12,64})\s*")
_REMOVED = re.compile(r"(?: ---> )?Remov(?:ed|ing) intermediate container ([0-9a-f]{12,64})\s*")
_IMAGE = re.compile(r" ---> ([0-9a-f]{12,64})\s*")
_STDERR = re.compile(r"\x1b\[91m(.*?)\x1b\[0m", re.S)


def read(
    chunks: Iterable[bytes], clock: Callable[[], float] = time.time, on_container: Callable[[str], None] | None = None
) -> Iterator[BuildEvent]:
    """Events of the answer. This builder gives no times: they are ours, by ``clock``.

    ``on_container`` is told the id of the container that a step runs in, and "" when it is gone: it is what must be
    killed to end a RUN, since the builder goes on when its caller hangs up.
    """
    step = ""
    running = ""  # the container of the step: while it is there, every line is the step's own output
    image = ""
    try:
        for message in messages(chunks):
            at = clock()
            if (error := error_of(message)) is not None:
                yield BuildEvent("failed", step, error[0], at, exit_code=error[1])
                image = ""
                step = ""
                continue
            if found := image_of(message):
                image = found
                continue
            if (line := progress_of(message)) is not None:
                yield BuildEvent("progress", step, line, at)
                continue
            text = str(message.get("stream") or "")
            if not text:
                continue
            if running:
                gone = _REMOVED.fullmatch(text)
                if gone and gone[1] == running:
                    running = ""
                    if on_container:
                        on_container("")
                else:
                    yield from _output(step, text, at)
            elif match := _STEP.fullmatch(text):
                step = f"{match[1]}/{match[2]}"
                number, total = int(match[1]), int(match[2])
                yield BuildEvent("step", step, match[3].strip(), at, number, total)
                yield BuildEvent("started", step, at=at, number=number, total=total)
            elif match := _RUNNING.fullmatch(text):
                running = match[1]
                if on_container:
                    on_container(running)
            elif text.strip() == "---> Using cache":
                yield BuildEvent("cached", step, at=at)
            elif match := _IMAGE.fullmatch(text):
                yield BuildEvent("image", step, match[1], at)
                yield BuildEvent("done", step, at=at)
            elif text.startswith("[Warning]"):
                yield BuildEvent("warning", step, text.removeprefix("[Warning]").strip(), at)
            elif text.startswith(("Successfully built ", "Successfully tagged ")):
                yield BuildEvent("log", "", text, at)
            elif text.strip() and not _REMOVED.fullmatch(text):
                yield from _output(step, text, at)
    except AnswerCut as cut:
        yield BuildEvent("warning", "", str(cut), clock())
        return
    if image:
        yield BuildEvent("image", "", image, clock())
        yield BuildEvent("done", "", at=clock())


def _output(step: str, text: str, at: float) -> Iterator[BuildEvent]:
    """What a process wrote: the builder puts what went to stderr between two colour codes."""
    last = 0
    for match in _STDERR.finditer(text):
        if text[last : match.start()]:
            yield BuildEvent("log", step, text[last : match.start()], at)
        yield BuildEvent("log", step, match[1], at, stderr=True)
        last = match.end()
    if text[last:]:
        yield BuildEvent("log", step, text[last:], at)
