"""The build cache: row L22."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from containerlab.course.check import Check, Verdict
from containerlab.course.lectures.looking import BUILD_FIRST, answer, image_or_none, quoted
from containerlab.course.predict import Question
from containerlab.model import shared_layers

if TYPE_CHECKING:
    from containerlab.lab import Lab

_ONE = ("WORKDIR /app", "COPY . .", "RUN python3 prepare.py")
_GOOD = ("WORKDIR /app", "COPY prepare.py .", "RUN python3 prepare.py", "COPY cli.py .")
_NONE = "None of them"
_RUNS = ("RUN", "COPY", "ADD", "WORKDIR")  # the others are notes in the settings: they cost nothing


def _cached(options: tuple[str, ...]) -> Any:
    def truth(lab: Lab, result: Any) -> tuple[str, ...]:
        hits = {step.instruction for step in result.model.cached}
        return tuple(option for option in options if option in hits) or (_NONE,)

    return truth


QUESTIONS = (
    Question(
        id="06-again",
        prompt="The same Dockerfile, the same files, built again. Which steps come from the cache?",
        options=(*_ONE, _NONE),
        truth=_cached(_ONE),
        kind="many",
    ),
    Question(
        id="06-edit",
        prompt="cli.py has changed. Which steps come from the cache?",
        options=(*_ONE, _NONE),
        truth=_cached(_ONE),
        kind="many",
    ),
    Question(
        id="06-good",
        prompt="The better order, and cli.py changes once more. Which steps come from the cache now?",
        options=(*_GOOD, _NONE),
        truth=_cached(_GOOD),
        kind="many",
    ),
    Question(
        id="06-touch",
        prompt="cli.py gets a new date; its content stays. Which steps come from the cache?",
        options=(*_GOOD, _NONE),
        truth=_cached(_GOOD),
        kind="many",
    ),
)


def _order(lab: Lab) -> Verdict:
    image = image_or_none(lab, "greeter:mine")
    if image is None:
        return Verdict(False, "There is no image greeter:mine on this engine.", BUILD_FIRST)
    last = next((build for build in reversed(lab.builds) if build.tag == "greeter:mine"), None)
    if last is None:
        return Verdict(False, "greeter:mine was not built in this session.", "Run the %%dockerfile cell above again.")
    text = last.model.dockerfile
    for needed in ("prepare.py", "cli.py"):
        if needed not in text:
            hint = "Keep all the steps; change only their order, and what each COPY copies."
            return Verdict(False, f"{needed} does not appear in your Dockerfile.", hint)
    ran = [step for step in lab.try_edit("greeter:mine", "cli.py") if step.startswith(_RUNS)]
    if len(ran) == 1 and ran[0].startswith("COPY"):
        return Verdict(True, f"After an edit of cli.py one step ran: {ran[0]}")
    hint = (
        "COPY . . sees every file. Copy prepare.py alone before the slow step, and cli.py after it."
        if any(row.split()[1:3] == [".", "."] for row in ran)
        else "What stands below the COPY of cli.py runs again. Move that COPY down."
    )
    return Verdict(False, f"After an edit of cli.py these ran: {'; '.join(ran) or 'none'}.", hint)


def _twin(lab: Lab) -> Verdict:
    twin, better = image_or_none(lab, "greeter:twin"), image_or_none(lab, "greeter:better")
    if twin is None or better is None:
        missing = "greeter:twin" if twin is None else "greeter:better"
        return Verdict(False, f"There is no image {missing} on this engine.", "Build it as you built greeter:better.")
    said = answer(lab, "greeter:twin", "Ada")
    if not said.startswith("Hi"):
        return Verdict(False, f"It {quoted(said)}.", "Edit cli.py with lab.folder, then build greeter:twin.")
    shared, own = len(shared_layers(twin, better)), len(twin.layers)
    if own == len(better.layers) and shared == own - 1:
        return Verdict(True, "All layers but the topmost are the same ones.")
    hint = "Use the Dockerfile of the better order unchanged, so that only COPY cli.py makes a new layer."
    return Verdict(False, f"It shares {shared} of its {own} layers with greeter:better.", hint)


CHECKS = (
    Check(id="06-1", task="an edit of cli.py runs one step of greeter:mine", look=_order),
    Check(id="06-2", task="greeter:twin shares all but its topmost layer with greeter:better", look=_twin),
)
