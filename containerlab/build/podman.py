"""Podman's dialect (buildah): ``[1/2] STEP 2/5: RUN ...``, ``--> Using cache 17291f32390...``, ``COMMIT name``."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator

from containerlab.build.messages import AnswerCut, error_of, image_of, messages, progress_of
from containerlab.model import BuildEvent

_STEP = re.compile(r"(?:\[(\d+)/(\d+)\] )?STEP (\d+)/(\d+): (.*)", re.S)
_CACHED = re.compile(r"--> Using cache ([0-9a-f]{12,64})\s*")
_IMAGE = re.compile(r"--> ([0-9a-f]{10,64})\s*")
_COMMIT = re.compile(r"(?:\[\d+/\d+\] )?COMMIT(?: .*)?\s*")
_EXIT = re.compile(r"exit (?:status|code):? (\d+)")


def read(chunks: Iterable[bytes], clock: Callable[[], float] = time.time) -> Iterator[BuildEvent]:
    """Events of the answer. ``stage`` counts from 1 ("1/2"), ``number`` and ``total`` count within the stage.

    A step's end is not said until its image is, and the last one's not before COMMIT; stderr is not told apart. A
    RUN that prints ``--> 0123456789ab`` cannot be told from the builder either: such a line ends its step early.
    """
    step = ""
    open_step = False
    committing = False
    image = ""
    try:
        for message in messages(chunks):
            at = clock()
            if (error := error_of(message)) is not None:
                code = _EXIT.search(error[0])
                exit_code = error[1] if error[1] is not None else int(code[1]) if code else None
                yield BuildEvent("failed", step if open_step else "", error[0], at, exit_code=exit_code)
                image, open_step = "", False
                continue
            if found := image_of(message):
                image = found
                continue
            if (line := progress_of(message)) is not None:
                yield BuildEvent("progress", step, line, at)
                continue
            text = str(message.get("stream") or "")
            if match := _STEP.fullmatch(text):
                if open_step:
                    yield BuildEvent("done", step, at=at)
                stage = f"{match[1]}/{match[2]}" if match[1] else "1/1"
                number, total = int(match[3]), int(match[4])
                step, open_step, committing = f"{stage} {number}/{total}", True, False
                yield BuildEvent("step", step, match[5].strip(), at, number, total, stage)
                yield BuildEvent("started", step, at=at, number=number, total=total, stage=stage)
            elif match := _CACHED.fullmatch(text):
                yield BuildEvent("cached", step, at=at)
                yield BuildEvent("image", step, match[1], at)
            elif match := _IMAGE.fullmatch(text):
                if open_step:
                    yield BuildEvent("image", step, match[1], at)
                    yield BuildEvent("done", step, at=at)
                open_step = False
            elif open_step and _COMMIT.fullmatch(text):
                committing = True
            elif committing or not step or text.startswith(("Successfully built ", "Successfully tagged ")):
                if text.strip():
                    yield BuildEvent("log", "", text, at)
            elif not open_step and re.fullmatch(r"[0-9a-f]{64}\s*", text):
                continue  # the image's id once more, bare
            elif text:
                yield BuildEvent("log", step, text, at)
    except AnswerCut as cut:
        yield BuildEvent("warning", "", str(cut), clock())
        return
    if image:
        if open_step:
            yield BuildEvent("done", step, at=clock())
        yield BuildEvent("image", "", image, clock())
        yield BuildEvent("done", "", at=clock())
