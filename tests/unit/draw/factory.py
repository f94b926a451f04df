"""Small models made of realistic data, for the tests and the gallery of pictures. No engine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from containerlab.model import Build, BuildStep, Change, Container, HistoryRow, Image, ImageConfig, Layer

NOW = 1_795_543_200.0
DAY = 86_400.0

#: Strings that break a drawing which forgets to escape; each carries the word that must be seen as text.
HOSTILE = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=alert('owned')>",
    "</style><script>alert('owned')</script>",
    "\"><svg/onload=alert('owned')>",
    "' onmouseover='alert(1)' owned='",
    "javascript:alert('owned')",
    "<TABLE HREF=\"javascript:alert('owned')\"><TR><TD>owned</TD></TR></TABLE>",
    "</TD></TR></TABLE>><b>owned</b>",
    'x" URL="javascript:alert(1)" owned="',
    "<foreignObject><iframe src=https://owned.invalid/></foreignObject>",
    "<link rel=stylesheet href=https://owned.invalid/x.css>",
    "&lt;b&gt;owned&amp;",
    "owned \u202e txt.exe \u200b \x1b]8;;https://owned.invalid\x07link\x1b]8;;\x07",
    '\\N owned \\"; } digraph { a [URL=x]',
    "owned \ud800 \x00 \uffff",
    "{{owned}} ${owned} `owned`",
)


def digest(seed: object) -> str:
    return f"sha256:{hashlib.sha256(str(seed).encode()).hexdigest()}"


def image(
    name: str,
    rows: Sequence[tuple[str, int | None]],
    *,
    base: Image | None = None,
    config: ImageConfig | None = None,
    first_line: int = 2,
) -> Image:
    """An image from ``(instruction, bytes)``; None for metadata. Lines count from ``first_line``."""
    layers = list(base.layers) if base else []
    history = [replace(row, line=None) for row in base.history] if base else []
    for at, (instruction, size) in enumerate(rows):
        layer = None
        if size is not None:
            below = layers[-1].diff_id if layers else ""
            layer = Layer(digest((below, instruction)), len(layers), size)
            layers.append(layer)
        history.append(
            HistoryRow(
                created_by=f"/bin/sh -c {instruction}",
                instruction=instruction,
                size=size or 0,
                layer=layer,
                image_id=digest((name, at)) if base and at == len(rows) - 1 else None,
                line=first_line + at if base else None,
                created=NOW - (3600 * (len(rows) - at) if base else 21 * DAY),
                comment="buildkit.dockerfile.v0",
            )
        )
    return Image(
        id=digest((name, tuple(rows))),
        tags=(name,),
        size=sum(layer.size for layer in layers),
        created=NOW - 3600,
        os="linux",
        architecture="amd64",
        layers=tuple(layers),
        history=tuple(history),
        config=config or ImageConfig(),
        base=base.name if base else "",
        base_layers=len(base.layers) if base else 0,
        base_rows=len(base.history) if base else 0,
    )


PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def debian() -> Image:
    rows = [("ADD rootfs.tar.xz /", 74_800_000), ('CMD ["bash"]', None)]
    return image("debian:bookworm-slim", rows, config=ImageConfig(cmd=("bash",), env=(("PATH", PATH),)))


def greeter() -> Image:
    """The lecture's echo image: an entry point with a default argument."""
    config = ImageConfig(entrypoint=("echo", "Hello"), cmd=("world",), env=(("PATH", PATH), ("GREETING", "kind")))
    rows = [("ENV GREETING=kind", None), ('ENTRYPOINT ["echo", "Hello"]', None), ('CMD ["world"]', None)]
    return image("hello:first", rows, base=debian(), config=config)


def translator(version: str = "1", *, code: int = 4_096) -> Image:
    """An application: Debian, Python, its dependencies, its code."""
    config = ImageConfig(
        entrypoint=("python3", "translate.py"),
        cmd=("--help",),
        env=(("PATH", PATH), ("LANG", "C.UTF-8"), ("PIP_NO_CACHE_DIR", "1")),
        workdir="/app",
        user="student",
        ports=("8080/tcp",),
        labels=(("org.opencontainers.image.title", "translate"),),
    )
    rows = [
        ("RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pip", 138_000_000),
        ("ENV LANG=C.UTF-8", None),
        ("WORKDIR /app", 0),
        ("COPY requirements.txt .", 112),
        ("RUN pip install --break-system-packages -r requirements.txt", 41_300_000),
        (f"COPY translate.py . # {version}" if version != "1" else "COPY translate.py .", code),
        ("EXPOSE 8080", None),
        ("USER student", None),
        ('ENTRYPOINT ["python3", "translate.py"]', None),
        ('CMD ["--help"]', None),
        ("LABEL org.containerlab.session=0f3a", None),
    ]
    return image(f"translate:{version}", rows, base=debian(), config=config)


def deep(count: int = 125) -> Image:
    """As many layers as an engine allows."""
    rows: list[tuple[str, int | None]] = [("ADD deep.tar /", 74_800_000)]
    rows += [(f"RUN echo step {at} > /steps/{at}", 4 + at * 1000) for at in range(1, count)]
    return image("deep:latest", rows)


def container(
    of: Image,
    name: str = "amber_lark",
    args: tuple[str, ...] = (),
    state: str = "exited",
    exit_code: int | None = 0,
    changes: tuple[Change, ...] = (),
) -> Container:
    given = args or of.config.cmd
    return Container(
        id=digest(("container", name)).partition(":")[2],
        name=name,
        image_id=of.id,
        image_name=of.name,
        state=state,  # type: ignore[arg-type]
        command=(*of.config.entrypoint, *given),
        entrypoint=of.config.entrypoint,
        args=given,
        exit_code=None if state == "running" else exit_code,
        created=NOW - 60,
        changes=changes,
        writable_bytes=sum(change.size or 0 for change in changes),
    )


CHANGES = (
    Change("/app", "changed"),
    Change("/app/notes.txt", "added", 1_834),
    Change("/app/cache/model.bin", "added", 5_242_880),
    Change("/etc/motd", "deleted"),
)

DOCKERFILE = """FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pip
ENV LANG=C.UTF-8
WORKDIR /app
COPY requirements.txt .
RUN pip install --break-system-packages -r requirements.txt
COPY translate.py .
ENTRYPOINT ["python3", "translate.py"]
CMD ["--help"]
"""

_TIMES = (0.0, 17.4, 0.0, 0.1, 0.1, 9.3, 0.1, 0.0, 0.0)
_LOGS = {
    2: (
        "Get:1 http://mirror.example/debian bookworm InRelease [151 kB]",
        "Get:2 http://mirror.example/debian bookworm/main amd64 Packages [8793 kB]",
        "Reading package lists...",
        "The following NEW packages will be installed:",
        "  python3 python3-pip python3.11-minimal",
        "Setting up python3.11-minimal (3.11.2-6+deb12u6) ...",
        "Setting up python3-pip (23.0.1+dfsg-1) ...",
    ),
    6: ("Collecting rich==13.7.1", "Installing collected packages: rich", "Successfully installed rich-13.7.1"),
}


def build(states: str = "ddddddddd", *, of: Image | None = None, text: str = DOCKERFILE) -> Build:
    """A build whose steps ended as the letters say: d(one) c(ached) f(ailed) r(unning) w(aiting)."""
    made = of or translator()
    words = {"d": "done", "c": "cached", "f": "failed", "r": "running", "w": "waiting"}
    rows = {row.instruction: row for row in made.history}
    clock = NOW
    steps = []
    for at, (line, letter) in enumerate(zip(text.splitlines(), states, strict=False)):
        took = _TIMES[at % len(_TIMES)] if letter in "df" else 0.0
        row = rows.get(line)
        layer = (row.layer if row else None) if letter in "dc" else None
        if at == 0:
            layer = made.layers[0]
        steps.append(
            BuildStep(
                number=at + 1,
                instruction=line,
                line=at + 1,
                end_line=at + 1,
                state=words[letter],  # type: ignore[arg-type]
                started=None if letter == "w" else clock,
                completed=None if letter in "wr" else clock + took,
                log=_LOGS.get(at + 1, ()) if letter in "dfr" else (),
                layer=layer,
                metadata_only=bool(row and row.layer is None),
                error='process "/bin/sh -c pip install" did not complete' if letter == "f" else "",
                exit_code=1 if letter == "f" else None,
            )
        )
        clock += took
    state = "failed" if "f" in states else "running" if set(states) & {"r", "w"} else "done"
    return Build(
        tag=made.name,
        builder="buildkit",
        dockerfile=text,
        steps=tuple(steps),
        state=state,  # type: ignore[arg-type]
        image_id=made.id if state == "done" else "",
        error="the command of step 6 ended with exit status 1" if state == "failed" else "",
        started=NOW,
        completed=None if state == "running" else clock + 0.2,
        context_bytes=6_656,
    )


def hostile(word: str) -> tuple[Image, Container, Build]:
    """The word in every string that an engine could send."""
    config = ImageConfig(
        entrypoint=(word,), cmd=(word,), env=((word, word), ("A", word)), workdir=word, user=word, ports=(word,),
        volumes=(word,), labels=((word, word),),
    )  # fmt: skip
    base = image(word, [(word, 10), (f"RUN {word}", None)], config=config)
    made = image(word, [(f"RUN {word}", 2_000), (f"ENV {word}", None), (word, 3)], base=base, config=config)
    made = replace(made, base=word, id=word, os=word, architecture=word)
    made = replace(
        made, history=tuple(replace(row, created_by=word, image_id=word, comment=word) for row in made.history)
    )
    box = container(made, name=word, args=(word,), changes=(Change(word, "added", 3), Change(f"/{word}", "deleted")))
    box = replace(box, id=word, labels=((word, word),), ports=(word,))
    built = build("dcf", of=made, text=f"FROM {word}\nRUN {word}\n{word}")
    steps = tuple(replace(step, log=(word, word), error=word, stage=word) for step in built.steps)
    return made, box, replace(built, tag=word, steps=steps, error=word, image_id=word, warnings=(word,))
