"""Layers: rows L12, L13, L20 and L21."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from containerlab.course.check import Check, Verdict
from containerlab.course.lectures.looking import BUILD_FIRST, answer, containers_of, image_or_none, quoted
from containerlab.course.predict import Question

if TYPE_CHECKING:
    from containerlab.lab import Lab

_MEGABYTE = 1_000_000
_WHERE = ("In the image", "In a new layer of this container", "In the topmost layer of the image")
_MISSING = ("The base image's only", "All but the newest", "All of them", "None of them")


def _steps_with_layers(lab: Lab, result: Any) -> tuple[str, ...]:
    return tuple(step.instruction for step in result.model.steps if step.layer is not None and step.keyword != "FROM")


def _missing_rows(lab: Lab, result: Any) -> tuple[str, ...] | None:
    if "history" not in result.argv:
        return None
    rows = result.output.splitlines()[1:]
    missing = [row.startswith("<missing>") for row in rows]
    if not any(missing):
        return (_MISSING[3],)
    if all(missing[1:]) and not missing[0]:
        return (_MISSING[1],)
    return (_MISSING[2],) if all(missing) else (_MISSING[0],)


def _writable(lab: Lab, result: Any) -> tuple[str, ...]:
    box = containers_of(lab, "hello_world_cmd:first")[-1]
    image = lab.engine.image(box.image_id)
    before = next(build.model for build in lab.builds if build.model.image_id == image.id)
    if image.layers[-1] not in [step.layer for step in before.steps]:
        return (_WHERE[2],)
    return (_WHERE[1],) if lab.engine.container(box.id, changes=True).changes else (_WHERE[0],)


def _size_of_the_deleted(lab: Lab, result: Any) -> tuple[str, ...]:
    image = image_or_none(lab, "trash:later")
    base = image_or_none(lab, "busybox")
    added = (image.size if image else 0) - (base.size if base else 0)
    return ("About 30 MB more than busybox",) if added > 25 * _MEGABYTE else ("About as large as busybox",)


QUESTIONS = (
    Question(
        id="05-layers",
        prompt="Which of these instructions make a layer, that is: change files?",
        options=("RUN apt-get update", 'ENTRYPOINT ["/bin/echo", "Hello"]', 'CMD ["world"]'),
        truth=_steps_with_layers,
        kind="many",
    ),
    Question(
        id="05-missing",
        prompt="Which rows will show <missing> in place of an image's id?",
        options=_MISSING,
        truth=_missing_rows,
    ),
    Question(
        id="05-writable",
        prompt="We create, change and delete a file in a running container. Where does the engine write that down?",
        options=_WHERE,
        truth=_writable,
    ),
    Question(
        id="05-delete",
        prompt="30 MB are written by one RUN and deleted by the next. How large is the image?",
        options=("About as large as busybox", "About 30 MB more than busybox", "About 60 MB more than busybox"),
        truth=_size_of_the_deleted,
    ),
)


def _lean(lab: Lab) -> Verdict:
    image, base = image_or_none(lab, "hello_world_cmd:lean"), image_or_none(lab, "debian:bookworm-slim")
    if image is None or base is None:
        hint = BUILD_FIRST
        return Verdict(False, "There is no image hello_world_cmd:lean on this engine.", hint)
    instructions = [row.instruction for row in image.history[-8:]]
    if not any(row.startswith("RUN") and "apt-get update" in row for row in instructions):
        return Verdict(False, "It never runs apt-get update.", "Add a RUN with apt-get update to the Dockerfile.")
    said = answer(lab, "hello_world_cmd:lean")
    if said != "Hello world":
        return Verdict(False, f"It {quoted(said)}.", "Keep the ENTRYPOINT and CMD of the example.")
    added = image.size - base.size
    if added <= _MEGABYTE:
        return Verdict(True, "It runs apt-get update, greets, and carries less than 1 MB more than its base.")
    if any(row.startswith("RUN") and "rm " in row and "apt-get update" not in row for row in instructions):
        hint = "You delete the lists in an instruction of its own: the layer below keeps them. Join both with &&."
    else:
        hint = "Delete /var/lib/apt/lists/* in the same RUN as apt-get update, with && between."
    return Verdict(False, f"It is {added // _MEGABYTE} MB larger than its base.", hint)


def _three(lab: Lab) -> Verdict:
    image, base = image_or_none(lab, "three:layers"), image_or_none(lab, "busybox")
    if image is None or base is None:
        return Verdict(False, "There is no image three:layers on this engine.", BUILD_FIRST)
    if tuple(layer.diff_id for layer in image.layers[: len(base.layers)]) != tuple(
        layer.diff_id for layer in base.layers
    ):
        return Verdict(False, "It does not stand on busybox.", "Begin with FROM busybox.")
    own = len(image.layers) - len(base.layers)
    if own != 3:
        hint = "RUN, COPY and ADD make layers. ENV, LABEL, CMD, ENTRYPOINT, EXPOSE and USER only make notes."
        return Verdict(False, f"It has {own} layer{'s' if own != 1 else ''} more than busybox, not 3.", hint)
    notes = sum(row.metadata_only for row in image.history[len(base.history) :])
    if notes < 2:
        return Verdict(False, f"Instructions without a layer: {notes}. It takes two.", "Add an ENV and a CMD, say.")
    return Verdict(True, f"Three layers of its own, and {notes} instructions that made none.")


CHECKS = (
    Check(id="05-1", task="hello_world_cmd:lean updates the lists and does not keep them", look=_lean),
    Check(id="05-2", task="three:layers has three layers of its own", look=_three),
)
