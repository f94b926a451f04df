"""Every exercise of the lectures: its solution passes, and each common wrong answer gets the hint that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from containerlab.course.check import all_checks
from containerlab.engine.client import Engine
from containerlab.lab import Lab

Act = Callable[[Lab], Any]


@dataclass(frozen=True)
class Exercise:
    """``before`` is what the lecture has built by then; ``wrong`` pairs an answer with words of its hint."""

    solution: Act
    wrong: tuple[tuple[Act, str], ...]
    before: Act = field(default=lambda lab: None)


def image(tag: str, *lines: str, folder: str = "") -> Act:
    return lambda lab: lab.build("\n".join(lines) + "\n", tag=tag, **({"folder": folder} if folder else {}))


def shout(*lines: str) -> Act:
    return image("shout:mine", "FROM busybox", *lines)


BOX = image("box:first", "FROM busybox", "WORKDIR /desk", 'CMD ["sleep", "3600"]')


def boxes(count: int, secrets: int) -> Act:
    def act(lab: Lab) -> None:
        made = [lab.image("box:first")(detach=True) for _ in range(count)]
        for box in made[:secrets]:
            box.run("touch /desk/secret")

    return act


def lean(*lines: str) -> Act:
    return image("hello_world_cmd:lean", "FROM debian:bookworm-slim", *lines)


ECHO = ('ENTRYPOINT ["/bin/echo", "Hello"]', 'CMD ["world"]')
# Asks no server, and leaves 5 MB where `apt-get update` leaves its lists: the answers must not depend on the network.
LISTS = "apt-get update --help && head -c 5000000 /dev/urandom > /var/lib/apt/lists/more"


def three(*lines: str) -> Act:
    return image("three:layers", "FROM busybox", *lines)


FILES = {"prepare.py": "open('primes.txt', 'w').write('4')\n", "cli.py": "print('Hello')\n"}
GOOD = ("FROM debian-python:bookworm", "WORKDIR /app", "COPY prepare.py .", "RUN python3 prepare.py", "COPY cli.py .")
RUN = 'ENTRYPOINT ["python3", "cli.py"]'


def greeter(lab: Lab) -> None:
    lab.folder("greeter", FILES)


def mine(*lines: str) -> Act:
    return image("greeter:mine", "FROM debian-python:bookworm", "WORKDIR /app", *lines, RUN, folder="greeter")


def better(lab: Lab) -> None:
    greeter(lab)
    image("greeter:better", *GOOD, RUN, folder="greeter")(lab)


def twin(text: str, *lines: str) -> Act:
    def act(lab: Lab) -> None:
        lab.folder("greeter", {"cli.py": text})
        image("greeter:twin", *lines, RUN, folder="greeter")(lab)

    return act


SLOW, ABOUT = "RUN python3 prepare.py", 'RUN echo "made by $(whoami)" > about.txt'
HI = "print('Hi')\n"

EXERCISES: dict[str, Exercise] = {
    "03-1": Exercise(
        solution=shout('ENTRYPOINT ["echo", "HEY"]', 'CMD ["you"]'),
        wrong=(
            (lambda lab: None, "Run the %%dockerfile cell"),
            (shout('CMD ["echo", "HEY", "you"]'), "belongs into ENTRYPOINT"),
            (shout('ENTRYPOINT ["echo", "HEY", "you"]'), "A default belongs into CMD"),
            (shout("ENTRYPOINT echo HEY you"), "ignores the argument"),
        ),
    ),
    "03-2": Exercise(
        before=BOX,
        solution=boxes(2, 1),
        wrong=(
            (boxes(1, 1), "detach=True"),
            (boxes(2, 0), "touch /desk/secret"),
            (boxes(2, 2), "Remove it from all but one"),
        ),
    ),
    "05-1": Exercise(
        solution=lean(f"RUN {LISTS} && rm -rf /var/lib/apt/lists/*", *ECHO),
        wrong=(
            (lean(*ECHO), "Add a RUN"),
            (lean(f"RUN {LISTS}", *ECHO), "in the same RUN"),
            (lean(f"RUN {LISTS}", "RUN rm -rf /var/lib/apt/lists/*", *ECHO), "in an instruction of its own"),
        ),
    ),
    "05-2": Exercise(
        solution=three("RUN echo 1 > /1", "RUN echo 2 > /2", "RUN echo 3 > /3", "ENV A=1", 'CMD ["sh"]'),
        wrong=(
            (three("RUN echo 1 > /1", "ENV A=1", 'CMD ["sh"]'), "RUN, COPY and ADD make layers"),
            (three("RUN echo 1 > /1", "RUN echo 2 > /2", "RUN echo 3 > /3"), "Add an ENV and a CMD"),
        ),
    ),
    "06-1": Exercise(
        before=greeter,
        solution=mine("COPY prepare.py .", SLOW, ABOUT, "COPY cli.py ."),
        wrong=(
            (mine("COPY . .", SLOW, ABOUT), "COPY . . sees every file"),
            (mine("COPY prepare.py .", SLOW, "COPY cli.py .", ABOUT), "Move that COPY down"),
        ),
    ),
    "06-2": Exercise(
        before=better,
        solution=twin(HI, *GOOD),
        wrong=(
            (twin("print('Bye')\n", *GOOD), "Edit cli.py"),
            (twin(HI, *GOOD[:2], "COPY . .", SLOW), "COPY cli.py makes a new layer"),
        ),
    ),
}

WRONG = [
    pytest.param(name, answer, hint, id=f"{name}-{number}")
    for name, exercise in EXERCISES.items()
    for number, (answer, hint) in enumerate(exercise.wrong, 1)
]


@pytest.fixture
def lab(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab in a folder of its own; what it made is gone at the end."""
    monkeypatch.chdir(tmp_path)
    made = Lab(engine)
    yield made
    made.clean()


def test_every_check_of_the_course_has_its_answers_here() -> None:
    assert {check.id for check in all_checks()} == set(EXERCISES)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_solution_passes(lab: Lab, name: str) -> None:
    exercise = EXERCISES[name]
    exercise.before(lab)
    exercise.solution(lab)
    verdict = lab.check(name)
    assert verdict.right, verdict


@pytest.mark.parametrize(("name", "answer", "hint"), WRONG)
def test_a_wrong_answer_gets_its_hint(lab: Lab, name: str, answer: Act, hint: str) -> None:
    EXERCISES[name].before(lab)
    answer(lab)
    verdict = lab.check(name)
    assert not verdict.right
    assert hint in verdict.hint, verdict
