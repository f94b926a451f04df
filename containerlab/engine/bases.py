"""The images that lectures start FROM: pulled where a registry answers, else made here from Debian's packages."""

from __future__ import annotations

import platform
import queue
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

from containerlab import errors, settings
from containerlab.engine import archive, busybox, debian
from containerlab.engine.archive import Row
from containerlab.engine.client import Engine
from containerlab.engine.locks import locked

Progress = Callable[[str, float | None], None]

NAMES = ("busybox", "debian:bookworm-slim", "debian-python:bookworm")
LABEL = "org.containerlab.base"  # its value tells a person where the image came from
REGISTRY = "https://registry-1.docker.io/v2/"
REGISTRY_PATIENCE = 4.0  # seconds, all in all
# The multi-platform index of each, as Docker Hub has it under the tag in the comment.
PINNED = {
    "busybox": "busybox@sha256:73aaf090f3d85aa34ee199857f03fa3a95c8ede2ffd4cc2cdb5b94e566b11662",  # 1.36.1
    "debian:bookworm-slim": "debian@sha256:96e378d7e6531ac9a15ad505478fcc2e69f371b10f5cdf87857c4b8188404716",  # 12
}
_BY_HAND = "Pull it yourself where there is a network: docker pull {}"
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PYTHON_RUN = (
    "apt-get update && apt-get install -y --no-install-recommends "
    f"{' '.join(debian.PYTHON)} && rm -rf /var/lib/apt/lists/*"
)
# The image has one Python and nobody else's: pip may install into it, and says nothing of root or of newer pips.
_PYTHON_ENV = ("PIP_BREAK_SYSTEM_PACKAGES=1", "PIP_ROOT_USER_ACTION=ignore", "PIP_DISABLE_PIP_VERSION_CHECK=1")


@dataclass(frozen=True, slots=True)
class Base:
    """``reference`` is what to write after FROM on this engine. ``origin``: "present", "pulled" or "made"."""

    name: str
    reference: str
    origin: str

    @property
    def note(self) -> str:
        return {
            "present": f"{self.name} is there",
            "pulled": f"{self.name} was pulled from Docker Hub, pinned by its digest",
            "made": f"{self.reference} was made here from Debian's packages; it stands in for {self.name}",
        }[self.origin]


def stand_in(name: str) -> str:
    """The name under which our own stand-in goes on an engine that is not ours."""
    return f"containerlab/{_full(name)}"


def resolve(engine: Engine, name: str) -> str:
    """The reference to use for a base on this engine; ImageNotFound if ``ensure`` has not run."""
    for reference in (name, stand_in(name)):
        if engine.has_image(reference):
            return reference
    raise errors.ImageNotFound(f"The engine has no base image {name}.", "Run ./lab up: it brings the base images.")


def ensure(engine: Engine, names: Sequence[str] = NAMES, progress: Progress | None = None) -> tuple[Base, ...]:
    """Has every base ready. An official name is never given to a stand-in on an engine that is the student's own."""
    tell = progress or _silently
    found = []
    for number, name in enumerate(names):
        base = _present(engine, name) or _pulled(engine, name, tell) or _made(engine, name, tell)
        tell(base.note, (number + 1) / len(names))
        found.append(base)
    return tuple(found)


def make_archives(progress: Progress | None = None, names: Sequence[str] = NAMES) -> dict[str, Path]:
    """The stand-ins as archives in the cache, each made once; needs no engine. Several may ask at once: one makes."""
    tell = progress or _silently
    folder = settings.cache() / "bases"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {name: folder / _file_name(name) for name in names}
    if all(archive.is_whole(path) for path in wanted.values()):
        return wanted
    with locked(folder / "lock"):
        for left in folder.glob("making-*"):  # of one that was killed
            shutil.rmtree(left, ignore_errors=True)
        missing = {name: path for name, path in wanted.items() if not archive.is_whole(path)}
        with tempfile.TemporaryDirectory(prefix="making-", dir=folder) as work:
            if "busybox" in missing:
                _make_busybox(missing["busybox"], Path(work), tell)
            if missing.keys() - {"busybox"}:
                _make_debian(folder, Path(work), tell)
    return wanted


def registry_answers() -> bool:
    """Whether Docker Hub can be reached from here; told within ``REGISTRY_PATIENCE`` seconds."""
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def ask() -> None:
        try:
            urllib.request.urlopen(REGISTRY, timeout=REGISTRY_PATIENCE - 1).close()
            answers.put(True)
        except urllib.error.HTTPError as error:
            error.close()
            answers.put(error.code == 401)  # "who are you?" is the registry's greeting
        except (OSError, ValueError):
            answers.put(False)

    threading.Thread(target=ask, daemon=True).start()  # a name server that is silent must not hold us up
    try:
        return answers.get(timeout=REGISTRY_PATIENCE)
    except queue.Empty:
        return False


# -- the three ways --------------------------------------------------------------------------------------------------


def _present(engine: Engine, name: str) -> Base | None:
    for reference in (name, stand_in(name)):
        if engine.has_image(reference):
            return Base(name, reference, "present")
    return None


def _pulled(engine: Engine, name: str, tell: Progress) -> Base | None:
    """Pulled by digest, or built FROM what was pulled; None where no registry answers."""
    if name not in PINNED:
        return _built(engine, name, tell)
    tell(f"asking Docker Hub for {name}", None)
    if not registry_answers() and not _mirrors(engine):
        tell(f"no registry answers: {name} comes from Debian's packages", None)
        return None
    try:
        for message in engine.pull(PINNED[name]):
            detail = message.get("progressDetail") or {}
            if detail.get("total"):
                tell(f"pulling {name}", min(detail.get("current", 0) / detail["total"], 1.0))
    except (errors.NoNetwork, errors.ImageNotFound, errors.EngineRefused) as error:
        tell(f"{name} could not be pulled ({error.what}): it comes from Debian's packages", None)
        return None
    engine.tag(PINNED[name], _full(name))
    return Base(name, name, "pulled")


def _built(engine: Engine, name: str, tell: Progress) -> Base | None:
    """debian-python on top of a real debian, so that the two share its layers; None on top of a stand-in."""
    try:
        below = engine.image(resolve(engine, "debian:bookworm-slim"))
    except errors.ImageNotFound:
        return None
    if LABEL in dict(below.config.labels):
        return None
    tell(f"building {name} on {below.name}", None)
    lines = [f"FROM {below.name}", f"RUN {_PYTHON_RUN}", f"ENV {' '.join(_PYTHON_ENV)}"]
    lines += [f'LABEL {LABEL}="built on this machine from {below.name}"', 'CMD ["python3"]']
    reference = name if engine.kind == "private" else stand_in(name)
    with engine.asking(f"image {name}"):
        for message in engine.api.build(
            fileobj=BytesIO("\n".join(lines).encode()), tag=reference, decode=True, rm=True, forcerm=True
        ):
            if message.get("error"):
                tell(f"{name} could not be built ({message['error']})", None)
                return None
    return Base(name, reference, "pulled")


def _made(engine: Engine, name: str, tell: Progress) -> Base:
    """Loaded from an archive of our own, under the official name only where the engine is ours."""
    try:
        path = make_archives(tell, [name])[name]
    except errors.SetupError as error:
        raise errors.SetupError(
            f"{name} is not there, cannot be pulled, and cannot be made: {error.what}",
            error.next or _BY_HAND.format(name),
        ) from error
    tell(f"loading {name}", None)
    with path.open("rb") as file:
        engine.load(file)
    if engine.kind != "private":
        return Base(name, stand_in(name), "made")
    engine.tag(stand_in(name), _full(name))
    engine.remove_image(stand_in(name))
    return Base(name, name, "made")


# -- making ------------------------------------------------------------------------------------------------------------


def _make_busybox(path: Path, work: Path, tell: Progress) -> None:
    tell("making busybox", None)
    layer = work / "busybox.layer"
    busybox.write_layer(layer)
    rows = [Row("ADD busybox.tar /", layer, "busybox-static, from Debian"), Row('CMD ["sh"]')]
    config = {"Cmd": ["sh"], "Env": [_PATH], "Labels": {LABEL: "made on this machine of Debian's busybox-static"}}
    archive.write_image(path, stand_in("busybox"), rows, config, _architecture(), _created())


def _make_debian(folder: Path, work: Path, tell: Progress) -> None:
    """Both Debian archives, from two roots made side by side: they must share the base layer, byte by byte."""
    roots = {"debian": work / "debian.root", "python": work / "python.root"}
    running: list[subprocess.Popen[str]] = []
    jobs: dict[str, tuple[Path, Sequence[str]]] = {
        "debian packages": (roots["debian"], ()),
        "python packages": (roots["python"], debian.PYTHON),
    }
    try:
        _in_parallel(
            tell, {title: partial(debian.make_root, *job, started=running.append) for title, job in jobs.items()}
        )
    except BaseException:
        for process in running:
            debian.end(process)
        raise
    tell("writing the Debian images", None)
    extra = debian.extra_files()
    whole = {name: work / f"{name}.layer" for name in roots}
    for name, root in roots.items():
        archive.write_layer(whole[name], root, extra, debian.LEAVE_OUT)
        root.unlink()
    above = work / "above.layer"
    archive.write_difference(above, whole["debian"], whole["python"])
    labels = {LABEL: f"made on this machine of Debian {debian.SUITE}'s packages"}
    config = {"Cmd": ["bash"], "Env": [_PATH], "Labels": labels}
    rows = [Row("ADD rootfs.tar /", whole["debian"], "mmdebstrap, from Debian's packages"), Row('CMD ["bash"]')]
    created = _created()
    name, python = "debian:bookworm-slim", "debian-python:bookworm"
    archive.write_image(folder / _file_name(name), stand_in(name), rows, config, _architecture(), created)
    rows += [Row(f"RUN /bin/sh -c {_PYTHON_RUN} # buildkit", above)]
    rows += [Row(f"ENV {variable}") for variable in _PYTHON_ENV] + [Row('CMD ["python3"]')]
    config |= {"Cmd": ["python3"], "Env": [_PATH, *_PYTHON_ENV]}
    archive.write_image(folder / _file_name(python), stand_in(python), rows, config, _architecture(), created)


def _in_parallel(tell: Progress, jobs: Mapping[str, Callable[..., None]]) -> None:
    """Runs the jobs in threads; what they say is told from this thread. The first error is raised when all ended."""
    said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    failed: list[BaseException] = []

    def work(title: str, job: Callable[..., None]) -> None:
        try:
            job(tell=lambda text: said.put(f"{title}: {text}"))
        except BaseException as error:
            failed.append(error)
        finally:
            said.put(None)

    threads = [threading.Thread(target=work, args=item, daemon=True) for item in jobs.items()]
    for thread in threads:
        thread.start()
    running, steps = len(threads), 0
    while running:
        text = said.get()
        if text is None:
            running -= 1
            continue
        steps += 1
        tell(text, min(steps / (debian.STAGES * len(threads)), 0.95))
    if failed:
        raise failed[0]


def _file_name(name: str) -> str:
    kept = busybox.program().stat().st_size if name == "busybox" else debian.recipe()
    return f"{_full(name).replace(':', '-')}-{_architecture()}-{kept}.tar"


def _full(name: str) -> str:
    return name if ":" in name else f"{name}:latest"


def _architecture() -> str:
    machine = platform.machine().lower()
    return {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}.get(machine, machine)


def _created() -> int:
    return int(time.time())


def _mirrors(engine: Engine) -> bool:
    return bool((engine.raw_info().get("RegistryConfig") or {}).get("Mirrors"))


def _silently(text: str, fraction: float | None) -> None:
    """Progress that nobody asked for."""
