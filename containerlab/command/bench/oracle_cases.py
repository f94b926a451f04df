"""Random Dockerfiles with small contexts, and edits of them: what the cache oracle is tried with."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

FILES = (
    "a.txt",
    "b.sh",
    "req.txt",
    "notes.md",
    "app/cli.py",
    "app/util.py",
    "app/sub/deep.txt",
    "docs/readme.md",
    "docs/more.md",
    "data/x.dat",
)


@dataclass
class Case:
    """A Dockerfile as a list of lines (FROM included), and what it is built with. ``base``: its base's variant."""

    lines: list[str]
    files: dict[str, bytes]
    modes: dict[str, int] = field(default_factory=dict)
    build_args: dict[str, str] = field(default_factory=dict)
    base: str = "plain"
    touched: int = 0

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def copy(self) -> Case:
        return Case(
            list(self.lines), dict(self.files), dict(self.modes), dict(self.build_args), self.base, self.touched
        )


SHAPES = ("plain", "staged", "plain", "based", "staged", "plain")


def make(rng: random.Random, mark: str, base: str, number: int = 0) -> Case:
    """``mark`` keeps its steps apart; ``base`` is a tag that edits move to another image. Every third copies from a
    stage, every sixth stands on one: ``number`` says which."""
    files = {name: f"{name} {rng.randrange(1000)}\n".encode() for name in FILES}
    if rng.random() < 0.4:
        ignored = (b"docs\n", b"docs\n!docs/readme.md\n", b"*.md\n", b"data/x.dat\nDockerfile\n")
        files[".dockerignore"] = rng.choice(ignored)
    lines = ["ARG OUTER=one"] if rng.random() < 0.15 else []
    shape = SHAPES[number % len(SHAPES)]
    if shape == "staged":
        lines += [f"FROM {base} AS build", f"WORKDIR /{mark}-build", *_body(rng, rng.randint(1, 3))]
        lines.append(f"RUN mkdir -p /out && {rng.choice(_MAKES)}")
        lines += [f"FROM {base}", f"WORKDIR /{mark}", *_body(rng, rng.randint(1, 4))]
        lines.append("COPY --from=build /out/made " + rng.choice([".", "/made", "bin/"]))
        lines += _body(rng, rng.randint(0, 2))
    elif shape == "based":
        lines += [f"FROM {base} AS first", f"WORKDIR /{mark}", *_body(rng, rng.randint(2, 3))]
        lines += ["FROM first", *_body(rng, rng.randint(2, 4))]
    else:
        lines += [f"FROM {base}", f"WORKDIR /{mark}", *_body(rng, rng.randint(4, 7))]
    if rng.random() < 0.7:
        lines.append(rng.choice(['CMD ["sh", "-c", "true"]', "CMD echo hello", 'CMD ["python3", "app/cli.py"]']))
    return Case(lines, files)


_MAKES = ("echo made > /out/made", "cat /etc/passwd > /out/made", "ls / | wc -l > /out/made", "date +%N > /out/made")


def _body(rng: random.Random, count: int) -> list[str]:
    return [rng.choices(_KINDS, _WEIGHTS)[0](rng) for _ in range(count)]


def _run(rng: random.Random) -> str:
    return "RUN " + rng.choice(
        [
            "true",
            "echo $LEVEL > /dev/null",
            'test -z "$NOTHING" && echo ok',
            "id && pwd",
            "ls -l . | wc -l",
            '["true"]',
            '["sh", "-c", "echo exec"]',
            "echo ${NAME:-none}; true",
            f"echo {rng.randrange(50)}",
        ]
    )


def _copy(rng: random.Random) -> str:
    return (
        rng.choice(["COPY", "COPY", "COPY", "ADD"])
        + " "
        + rng.choice(
            [
                "a.txt .",
                "a.txt /x/",
                "a.txt named.txt",
                "b.sh /usr/bin/",
                "req.txt ./",
                "a.txt req.txt lists/",
                "app/ app/",
                "app /srv/app",
                "app/cli.py .",
                "./app/util.py util.py",
                "*.txt texts/",
                "r*.txt .",
                "app/*.py py/",
                "data/ .",
                "req.txt app/util.py both/",
                ". .",
                ". /all/",
                "--chown=1000:1000 app own/",
                "app/sub deep",
            ]
        )
    )


def _env(rng: random.Random) -> str:
    return f"ENV {rng.choice(['LEVEL', 'NAME', 'MODE'])}={rng.choice(['1', '2', 'x', 'text'])}"


def _arg(rng: random.Random) -> str:
    return f"ARG {rng.choice(['VERSION', 'KIND', 'PLAIN'])}" + rng.choice(["=1", "=2", "", "=v$LEVEL"])


_KINDS: list[Callable[[random.Random], str]] = [
    _run,
    _copy,
    _env,
    _arg,
    lambda rng: rng.choice(["WORKDIR /srv", "WORKDIR sub", "WORKDIR /srv/$LEVEL", "WORKDIR ${NAME:-here}"]),
    lambda rng: rng.choice(["LABEL a=1", 'LABEL b="two words" c=3', "LABEL v=$LEVEL"]),
    lambda rng: rng.choice(["EXPOSE 80", "EXPOSE 80 443/tcp", "STOPSIGNAL SIGINT", "VOLUME /vol"]),
    lambda rng: rng.choice(["USER 1000", "USER root", "USER 1000:1000"]),
    lambda rng: rng.choice(["HEALTHCHECK CMD true", 'ENTRYPOINT ["sh"]', "HEALTHCHECK NONE", "MAINTAINER me"]),
    lambda rng: rng.choice(['SHELL ["/bin/sh", "-ec"]', 'SHELL ["sh", "-c"]']),
]
_WEIGHTS = [30, 32, 10, 8, 6, 4, 3, 3, 3, 1]
