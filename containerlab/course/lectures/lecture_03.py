"""Image and container: rows L08, L09 and L15."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from containerlab.course.check import Check, Verdict
from containerlab.course.lectures.looking import BUILD_FIRST, answer, containers_of, has_file, image_or_none, quoted
from containerlab.course.predict import Question

if TYPE_CHECKING:
    from containerlab.lab import Lab


def _containers_after_build(lab: Lab, result: Any) -> tuple[str, ...]:
    count = len(containers_of(lab, result.tag))
    return ({0: "None", 1: "One, ready to greet"}.get(count, "One for each instruction"),)


def _printed(lab: Lab, result: Any) -> tuple[str, ...]:
    return (result.output.strip() or "Nothing",)


def _who_has_the_note(lab: Lab, result: Any) -> tuple[str, ...]:
    running = [box for box in containers_of(lab, "box:first") if box.state == "running"]
    with_note = sum(has_file(lab, box, "/desk/note.txt") for box in running)
    if with_note <= 1:
        return ("Only mine",)
    return ("Both, and every new one",)


QUESTIONS = (
    Question(
        id="03-build",
        prompt="We are about to build hello:first. How many containers of it will there be after the build?",
        options=("None", "One, ready to greet", "One for each instruction"),
        truth=_containers_after_build,
    ),
    Question(
        id="03-run",
        prompt="ENTRYPOINT is /bin/echo Hello, CMD is world. What will docker run hello:first print?",
        options=("Hello", "world", "Hello world", "Nothing"),
        truth=_printed,
    ),
    Question(
        id="03-name",
        prompt="And docker run hello:first Pavlos?",
        options=("Hello world", "Pavlos", "Hello Pavlos", "Hello world Pavlos"),
        truth=_printed,
    ),
    Question(
        id="03-note",
        prompt="We write note.txt into the container called mine. Who has the file then?",
        options=("Only mine", "mine and yours", "Both, and every new one"),
        truth=_who_has_the_note,
    ),
)


def _shout(lab: Lab) -> Verdict:
    if image_or_none(lab, "shout:mine") is None:
        return Verdict(False, "There is no image shout:mine on this engine.", BUILD_FIRST)
    plain, named = answer(lab, "shout:mine"), answer(lab, "shout:mine", "Ada")
    if (plain, named) == ("HEY you", "HEY Ada"):
        return Verdict(True, "Without an argument it says “HEY you”, with Ada it says “HEY Ada”.")
    config = lab.engine.image("shout:mine").config
    if not config.entrypoint:
        hint = "Whatever you write after the image's name replaces all of CMD. What must stay belongs into ENTRYPOINT."
    elif named == f"{plain} Ada":
        hint = "Your “you” stays when a name is given: it is part of ENTRYPOINT. A default belongs into CMD."
    elif config.entrypoint[:2] == ("/bin/sh", "-c"):
        hint = 'ENTRYPOINT without brackets runs a shell, which ignores the argument. Write it as ["echo", "HEY"].'
    else:
        hint = "Compare with hello:first above: ENTRYPOINT holds the program and HEY, CMD the default name."
    return Verdict(False, f"It {quoted(plain)} without an argument, and {quoted(named)} with Ada.", hint)


def _secret(lab: Lab) -> Verdict:
    boxes = [box for box in containers_of(lab, "box:first") if box.state == "running"]
    if len(boxes) < 2:
        hint = 'Start one with lab.image("box:first")(detach=True); without detach the lab waits until it ends.'
        return Verdict(False, f"Running containers of box:first: {len(boxes)}. It takes two.", hint)
    having = sum(has_file(lab, box, "/desk/secret") for box in boxes)
    if having == 1:
        return Verdict(True, "One container has the file, the others do not, and the image never will.")
    if having == 0:
        return Verdict(False, "None of them has /desk/secret.", 'mine.run("touch /desk/secret") writes it into one.')
    return Verdict(
        False, f"{having} of them have /desk/secret.", "Remove it from all but one: rm works in a container, too."
    )


CHECKS = (
    Check(id="03-1", task="shout:mine says HEY you, or HEY and the name it is given", look=_shout),
    Check(id="03-2", task="two running containers of box:first, one of them with /desk/secret", look=_secret),
)
