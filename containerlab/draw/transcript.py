"""A build's output with a reading beside each line, in the form that its builder prints.

The lines are put together again from what the engine reported: ``Step 2/4 : ...`` for the classic builder (moby,
builder/dockerfile/dispatchers.go), ``#6 [2/3] ...`` for BuildKit (util/progress/progressui, plain mode).
"""

from __future__ import annotations

from collections.abc import Iterator

from containerlab.draw.escape import Html, element, log_line, one_line
from containerlab.draw.parts import chip
from containerlab.model import Build, BuildStep, short_id

_HEAD, _TAIL = 3, 2
Line = tuple[str, str]


def transcript(build: Build) -> Html:
    """The output as a table of two columns: what the builder said, and what that means."""
    rows = [
        element("tr", element("td", element("code", said)), element("td", meaning, class_="cl-reading"))
        for said, meaning in _lines(build)
    ]
    head = element("tr", element("th", _title(build), scope="col"), element("th", "what it says", scope="col"))
    table = element("table", element("thead", head), element("tbody", *rows), class_="cl-table cl-transcript")
    label = f"Output of the build of {one_line(build.tag or 'an image without a name', 60)}, line by line"
    return element(
        "div",
        element("div", chip(build.tag or "no name"), class_="cl-head"),
        element("div", table, class_="cl-scroll", tabindex="0", role="group", aria_label=label),
        class_="cl cl-transcript-picture",
        role="group",
        aria_label=f"{label}, with its meaning",
    )


def transcript_text(build: Build) -> str:
    """The readings alone with the steps they belong to: no ids, no times, no output of commands."""
    lines = [f"{one_line(build.tag, 60)}: {_title(build)}"]
    for step in build.steps:
        number = f"{step.number}/{len(build.steps)}"
        lines.append(f"  {number}  {one_line(step.instruction, 80)}")
        lines.append(f"       {_outcome(step)}")
    return "\n".join(lines)


def _title(build: Build) -> str:
    if build.builder == "buildkit":
        return "what BuildKit printed"
    return "what the classic builder printed" if build.builder == "classic" else "what Podman printed"


def _lines(build: Build) -> Iterator[Line]:
    total = len(build.steps)
    if build.context_bytes:
        yield (
            f"Sending build context  {build.context_bytes / 1000:.1f}kB",
            "The files that the engine gets to see, packed and sent to it.",
        )
    for step in build.steps:
        yield from _buildkit(step) if build.builder == "buildkit" else _classic(step, total)
    if build.image_id:
        yield f"writing image {short_id(build.image_id)}", "All steps are there: this is the new image's id."
        if build.tag:
            yield (
                f"naming to {one_line(build.tag, 80)}",
                "The name is a label that points to the id. It can move on later.",
            )


def _classic(step: BuildStep, total: int) -> Iterator[Line]:
    yield f"Step {step.number}/{total} : {one_line(step.instruction, 120)}", _opening(step)
    if step.state == "cached":
        yield " ---> Using cache", "Done before, on the same base: nothing runs."
    elif step.keyword == "RUN" and step.state in ("done", "failed"):
        yield " ---> Running in a container", "The command runs in a container of its own, made for this step."
        yield from _log(step, "")
    if step.image_id:
        meaning = "An image that ends after this step. " + ("A layer came on top." if step.layer else "No new layer.")
        yield f" ---> {short_id(step.image_id)}", meaning
    if step.state == "failed":
        yield one_line(step.error, 200), "This step failed; the ones after it were not tried."


def _buildkit(step: BuildStep) -> Iterator[Line]:
    yield f"#{step.number} {one_line(step.instruction, 120)}", _opening(step)
    if step.state == "cached":
        yield f"#{step.number} CACHED", "Done before, on the same base: nothing runs."
    elif step.state == "done":
        yield from _log(step, f"#{step.number} ")
        yield f"#{step.number} DONE {step.seconds:.1f}s", _outcome(step)
    elif step.state == "failed":
        yield from _log(step, f"#{step.number} ")
        yield (
            f"#{step.number} ERROR: {one_line(step.error, 200)}",
            "This step failed; the ones after it were not tried.",
        )


def _log(step: BuildStep, before: str) -> Iterator[Line]:
    lines = [line for line in step.log if line.strip()]
    cut = len(lines) - _HEAD - _TAIL
    shown = lines if cut <= 1 else [*lines[:_HEAD], f"… {cut} more lines", *lines[-_TAIL:]]
    for index, line in enumerate(shown):
        yield before + log_line(line, 160), "What the command itself printed." if index == 0 else ""


_OPENINGS = {
    "FROM": "The base: an image that is there already. Its layers are taken as they are.",
    "RUN": "Runs a command; the files that it changes become a layer.",
    "COPY": "Copies files of the build context; they become a layer.",
    "ADD": "Copies files of the build context; they become a layer.",
    "WORKDIR": "The folder in which the next steps and the container work; made if it is not there.",
    "ENTRYPOINT": "A note in the settings: the program that a container starts.",
    "CMD": "A note in the settings: what the program is told if nobody says otherwise.",
    "ENV": "A note in the settings: a variable that every process will see.",
    "LABEL": "A note in the settings: words about the image.",
    "USER": "A note in the settings: who runs the next steps and the container.",
    "EXPOSE": "A note in the settings: a port on which the program listens.",
    "ARG": "A value that the build may be given.",
}


def _opening(step: BuildStep) -> str:
    return _OPENINGS.get(step.keyword, "A note in the settings.")


def _outcome(step: BuildStep) -> str:
    if step.keyword == "FROM":
        return "the base image, taken as it is"
    if step.state == "cached":
        return "from the cache"
    if step.state == "failed":
        return "failed"
    if step.state != "done":
        return step.state
    return "ran and made a layer" if step.layer else "a note in the settings, no layer"
