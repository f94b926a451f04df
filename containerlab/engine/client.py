"""One engine: every question and every act of the course goes through here."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from containerlab import errors
from containerlab.engine import asking as errors_of
from containerlab.engine import reading, wire
from containerlab.engine.asking import refused
from containerlab.engine.limits import Limits
from containerlab.engine.reading import ImageSummary
from containerlab.model import Change, Container, EngineInfo, Image

NEWEST_API = (1, 44)  # from 1.52 on fields that we read are gone; 1.44 is what every engine from 25 to 29 speaks
OLDEST_API = (1, 41)  # engine 20.10
LAST_API = (1, 51)
DEADLINE = 60  # seconds until a call that should be quick counts as unanswered
PROBE_DEADLINE = 5.0
SIZED_CHANGES = 200  # each size of a changed file is a call of its own, where we cannot look into the layer
IMAGES_KEPT = 50


class Engine:
    """``address`` as in DOCKER_HOST. ``kind`` as in EngineInfo; "docker" is made more exact by what the engine says."""

    def __init__(self, address: str, kind: str = "docker", *, deadline: int = DEADLINE) -> None:
        self.address = wire.checked(address)
        self.kind = kind
        self.deadline = deadline
        self._api: Any = None
        self._info: EngineInfo | None = None
        self._raw_info: dict[str, Any] = {}
        self._images: dict[str, Image] = {}  # by id: an image never changes, only its tags do

    def __repr__(self) -> str:
        return f"Engine({self.address!r}, {self.kind!r})"

    # -- the connection ------------------------------------------------------------------------------------------

    @property
    def api(self) -> Any:
        """docker-py's low-level client, made on first use (importing it takes 0.2 s)."""
        if self._api is None:
            from docker.api.client import APIClient
            from docker.utils import kwargs_from_env

            with self.asking():
                version = self.info().api_version
                tls = kwargs_from_env().get("tls") if self.address.startswith(("tcp:", "https:")) else None
                ssh = self.address.startswith("ssh:")
                self._api = APIClient(
                    base_url=self.address, version=version, timeout=self.deadline, tls=tls or False, use_ssh_client=ssh
                )
        return self._api

    def asking(self, about: str = "", deadline: float | None = None) -> AbstractContextManager[None]:
        """Within, every error of the SDK is one of ours; ``about`` names the thing ("image hello:first")."""
        return errors_of.asking(about, address=self.address, deadline=deadline or self.deadline)

    def ping(self, timeout: float = PROBE_DEADLINE) -> None:
        """Returns if the engine answers; raises EngineGone, EngineSilent or EngineNotFound (no permission)."""
        if wire.speaks_plainly(self.address):
            wire.get(self.address, "/_ping", timeout)
        else:
            self._ask_unversioned("/_ping", timeout)

    def info(self) -> EngineInfo:
        """Who answers; asked once and kept."""
        if self._info is None:
            version = self._ask_unversioned("/version", PROBE_DEADLINE)
            self._raw_info = self._ask_unversioned("/info", PROBE_DEADLINE * 2)
            if not isinstance(version, dict) or not isinstance(self._raw_info, dict):
                raise errors.WrongAddress(f"What answers at {self.address} is not an engine.")
            kind = "remote" if wire.is_remote(self.address) and self.kind != "private" else self.kind
            self._info = reading.engine_info(
                self.address, kind, version, self._raw_info, _common_version(version, self.address)
            )
            self.kind = self._info.kind
        return self._info

    def raw_info(self) -> dict[str, Any]:
        """GET /info as the engine gave it; asked once and kept."""
        self.info()
        return self._raw_info

    def _ask_unversioned(self, path: str, timeout: float) -> Any:
        if wire.speaks_plainly(self.address):
            return wire.get(self.address, path, timeout)
        from docker.api.client import APIClient
        from docker.utils import kwargs_from_env

        with self.asking(deadline=timeout):
            ssh = self.address.startswith("ssh:")
            client = APIClient(
                base_url=self.address,
                version=".".join(map(str, OLDEST_API)),
                timeout=round(timeout),
                tls=(not ssh and kwargs_from_env().get("tls")) or False,
                use_ssh_client=ssh,
            )
            try:
                answer = client.get(client.base_url + path)
                answer.raise_for_status()
                return answer.json() if path != "/_ping" else answer.text
            finally:
                client.close()

    def close(self) -> None:
        if self._api is not None:
            self._api.close()
            self._api = None

    def __del__(self) -> None:
        with suppress(Exception):  # an interpreter that ends has taken parts of the SDK away already
            self.close()

    # -- images --------------------------------------------------------------------------------------------------

    def image(self, ref: str) -> Image:
        """The image with its history joined to its layers; ImageNotFound."""
        with self.asking(f"image {ref}"):
            raw = self.api.inspect_image(ref)
            identity = str(raw["Id"])
            if identity not in self._images:
                made = reading.image(raw, self.api.history(identity), self._depth)
                self._images = dict(list(self._images.items())[1 - IMAGES_KEPT :]) | {identity: made}
            return replace(self._images[identity], tags=reading.tags(raw.get("RepoTags")))

    def _depth(self, image_id: str) -> int | None:
        """How many layers an image has; None if it is gone."""
        try:
            with self.asking(f"image {image_id}"):
                return len((self.api.inspect_image(image_id).get("RootFS") or {}).get("Layers") or ())
        except errors.ImageNotFound:
            return None

    def has_image(self, ref: str) -> bool:
        try:
            with self.asking(f"image {ref}"):
                self.api.inspect_image(ref)
        except errors.ImageNotFound:
            return False
        return True

    def images(self, labels: Mapping[str, str] | None = None, all: bool = False) -> list[ImageSummary]:
        with self.asking():
            return [reading.summary(raw) for raw in self.api.images(all=all, filters=_label_filter(labels))]

    def tag(self, ref: str, new: str) -> None:
        name, tag = _name_and_tag(new)
        with self.asking(f"image {ref}"):
            self.api.tag(ref, name, tag)

    def remove_image(self, ref: str, force: bool = False) -> None:
        """Removes a tag, and the image with its last one. ``untag`` is the same call."""
        with self.asking(f"image {ref}"):
            self.api.remove_image(ref, force=force)

    untag = remove_image

    def pull(self, ref: str) -> Iterator[dict[str, Any]]:
        """The engine's own progress messages; an error inside the stream is raised."""
        name, tag = _name_and_tag(ref)
        with self.asking(f"image {ref}"):
            for message in self.api.pull(name, tag=tag, stream=True, decode=True):
                if message.get("error"):
                    raise refused(str(message["error"]), about=f"image {ref}")
                yield message

    def load(self, archive: IO[bytes]) -> list[str]:
        """Loads a saved image; the references (or ids) that it brought."""
        found: list[str] = []
        with self.asking():
            for message in self.api.load_image(archive, quiet=True) or ():
                if message.get("error"):
                    raise refused(str(message["error"]))
                lines = str(message.get("stream") or "").splitlines()
                found += [line.split(": ", 1)[1].strip() for line in lines if line.startswith("Loaded image")]
        return found

    def save(self, ref: str) -> Iterator[bytes]:
        with self.asking(f"image {ref}"):
            yield from self.api.get_image(ref)

    def prune_build_cache(self, ids: Iterable[str] | None = None) -> list[str]:
        """Removes build cache records: those named, else all; the ids that went. Records in use stay."""
        if ids is None:
            return self._prune({})
        removed: list[str] = []
        for record in ids:
            removed += self._prune({"id": [record]})
        return removed

    def _prune(self, filters: dict[str, list[str]]) -> list[str]:
        with self.asking("build cache"):
            url = self.api._url("/build/prune")
            params = {"all": "true", "filters": json.dumps(filters)} if filters else {"all": "true"}
            answer = self.api._result(self.api._post(url, params=params), json=True)
        return list(answer.get("CachesDeleted") or ())

    def build_cache(self) -> list[dict[str, Any]]:
        """The build cache's records (GET /system/df, ``BuildCache``)."""
        with self.asking():
            return list(self.api.df().get("BuildCache") or ())

    # -- containers ----------------------------------------------------------------------------------------------

    def create(
        self,
        image: str,
        args: Sequence[str] | str | None = None,
        *,
        entrypoint: Sequence[str] | str | None = None,
        name: str | None = None,
        env: Mapping[str, str] | Sequence[str] | None = None,
        labels: Mapping[str, str] | None = None,
        network: str | None = None,
        limits: Limits | bool = True,
        tty: bool = False,
        stdin: bool = False,
        ports: Mapping[str, tuple[str, int] | None] | None = None,
        volumes: Sequence[str] = (),
        workdir: str | None = None,
        user: str | None = None,
        host_config: Mapping[str, Any] | None = None,
    ) -> str:
        """A new container's id. ``args`` replace the image's CMD; empty ones leave it as it is.

        ``ports`` maps "80/tcp" to ("127.0.0.1", 8080); port 0 or None takes a free one, on 127.0.0.1.
        """
        host: dict[str, Any] = {}
        if limits:
            kept = limits if isinstance(limits, Limits) else Limits()
            host |= kept.host_config(self.raw_info(), self.info().kind == "podman")
        if network:
            host["NetworkMode"] = network
        if volumes:
            host["Binds"] = list(volumes)
        if ports:
            host["PortBindings"] = {inside: [_binding(outside)] for inside, outside in ports.items()}
        body: dict[str, Any] = {
            "Image": image,
            "Labels": dict(labels or {}),
            "Tty": tty,
            "OpenStdin": stdin,
            "HostConfig": host | dict(host_config or {}),
            "ExposedPorts": {inside: {} for inside in ports or ()},
        }
        if args:
            body["Cmd"] = [args] if isinstance(args, str) else list(args)
        if entrypoint is not None:
            body["Entrypoint"] = [entrypoint] if isinstance(entrypoint, str) else list(entrypoint)
        if env:
            body["Env"] = [f"{key}={value}" for key, value in env.items()] if isinstance(env, Mapping) else list(env)
        if workdir:
            body["WorkingDir"] = workdir
        if user:
            body["User"] = user
        with self.asking(f"image {image}"):
            return str(self.api.create_container_from_config(body, name)["Id"])

    def start(self, container: str) -> None:
        with self.asking(f"container {container}"):
            self.api.start(container)

    def wait(self, container: str, timeout: float | None = None) -> int | None:
        """The exit code once it has ended; None if it still runs after ``timeout`` seconds (None: no limit)."""
        with self.asking(f"container {container}"):
            url = self.api._url("/containers/{0}/wait", container)
            try:
                answer = self.api._post(url, timeout=timeout)
                return int(self.api._result(answer, json=True)["StatusCode"])
            except Exception as error:
                if _is_timeout(error):
                    return None
                raise

    def logs(self, container: str, *, stdout: bool = True, stderr: bool = True) -> str:
        with self.asking(f"container {container}"):
            raw: bytes = self.api.logs(container, stdout=stdout, stderr=stderr)
        return raw.decode("utf-8", "replace")

    def stop(self, container: str, seconds: int = 2) -> None:
        with self.asking(f"container {container}"):
            self.api.stop(container, timeout=seconds)

    def kill(self, container: str, signal: str = "KILL") -> None:
        with self.asking(f"container {container}"):
            self.api.kill(container, signal)

    def remove(self, container: str, force: bool = False) -> None:
        """Removes the container and the volumes without a name that came with it."""
        with self.asking(f"container {container}"):
            self.api.remove_container(container, force=force, v=True)

    def exec(
        self, container: str, argv: Sequence[str], *, user: str = "", workdir: str | None = None
    ) -> tuple[int, str]:
        """Runs a command in a running container: its exit code, and what it wrote to both streams."""
        with self.asking(f"container {container}"):
            made = self.api.exec_create(container, list(argv), user=user, workdir=workdir)["Id"]
            output: bytes = self.api.exec_start(made)
            code = self.api.exec_inspect(made)["ExitCode"]
        return int(code if code is not None else -1), output.decode("utf-8", "replace")

    def container(self, ref: str, changes: bool = False) -> Container:
        """The container; with ``changes`` also what its writable layer holds, file by file with sizes."""
        with self.asking(f"container {ref}"):
            if not changes:
                return reading.container(self.api.inspect_container(ref))
            url = self.api._url("/containers/{0}/json", ref)
            raw = self.api._result(self.api._get(url, params={"size": 1}), json=True)
            changed = reading.changes(self.api.diff(raw["Id"]))
            return reading.container(raw, self._sized(raw, changed))

    def containers(self, all: bool = True, labels: Mapping[str, str] | None = None) -> list[Container]:
        found = []
        with self.asking():
            listed = self.api.containers(all=all, filters=_label_filter(labels))
        for row in listed:
            try:
                found.append(self.container(row["Id"]))
            except errors.ContainerNotFound:  # removed since the list was made
                continue
        return found

    def _sized(self, raw: Mapping[str, Any], changed: tuple[Change, ...]) -> tuple[Change, ...]:
        upper = str(((raw.get("GraphDriver") or {}).get("Data") or {}).get("UpperDir") or "")
        here = bool(upper) and self.kind == "private" and os.access(upper, os.X_OK)
        sized = []
        for number, change in enumerate(changed):
            size: int | None = None
            if change.kind != "deleted":
                if here:
                    size = _size_on_disk(Path(upper + change.path))
                elif number < SIZED_CHANGES:
                    size = self._size_in(str(raw["Id"]), change.path)
            sized.append(replace(change, size=size))
        return tuple(sized)

    def _size_in(self, container: str, path: str) -> int | None:
        """A file's size from HEAD /containers/{id}/archive; None for a folder or where it cannot be told."""
        answer = self.api.head(self.api._url("/containers/{0}/archive", container), params={"path": path})
        header = answer.headers.get("X-Docker-Container-Path-Stat")
        if answer.status_code != 200 or not header:
            return None
        stat = json.loads(base64.b64decode(header))
        is_folder = bool(int(stat.get("mode", 0)) & (1 << 31))  # Go's os.ModeDir
        return None if is_folder else int(stat.get("size", 0))


def _common_version(version: Mapping[str, Any], address: str) -> str:
    newest = _numbers(version.get("ApiVersion"))
    oldest = _numbers(version.get("MinAPIVersion"))
    if not newest:
        raise errors.WrongAddress(f"What answers at {address} is not an engine.")
    chosen = max(min(newest, NEWEST_API), oldest or OLDEST_API)
    if newest < OLDEST_API or chosen > LAST_API:
        raise errors.EngineUnsupported(
            f"The engine at {address} speaks API {version.get('MinAPIVersion', '?')} to {version.get('ApiVersion')}; "
            f"the course speaks {'.'.join(map(str, OLDEST_API))} to {'.'.join(map(str, LAST_API))}.",
            "Use an engine from 20.10 on, or a newer release of the course.",
        )
    return ".".join(map(str, chosen))


def _numbers(text: object) -> tuple[int, int] | None:
    major, dot, minor = str(text or "").partition(".")
    return (int(major), int(minor)) if dot and major.isdigit() and minor.isdigit() else None


def _name_and_tag(ref: str) -> tuple[str, str]:
    if "@" in ref:
        name, _, digest = ref.partition("@")
        return name, digest
    head, colon, tag = ref.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (ref, "latest")


def _label_filter(labels: Mapping[str, str] | None) -> dict[str, list[str]] | None:
    return {"label": [f"{key}={value}" if value else key for key, value in labels.items()]} if labels else None


def _binding(outside: tuple[str, int] | None) -> dict[str, str]:
    address, port = outside or ("127.0.0.1", 0)
    return {"HostIp": address, "HostPort": str(port or "")}


def _is_timeout(error: Exception) -> bool:
    import requests.exceptions

    if isinstance(error, requests.exceptions.ReadTimeout):
        return True
    return isinstance(error, requests.exceptions.ConnectionError) and "timed out" in str(error)


def _size_on_disk(path: Path) -> int | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return None if path.is_dir() and not path.is_symlink() else found.st_size
