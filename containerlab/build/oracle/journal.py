"""Builds as lines of JSON: what the oracle has to know of them to go on after a restart."""

from __future__ import annotations

import json
from dataclasses import dataclass

from containerlab.build.dockerfile import parse
from containerlab.build.oracle.facts import BaseImage, Given
from containerlab.model import Build, BuildStep


@dataclass(frozen=True, slots=True)
class Entry:
    """A build that took place. ``records`` are the engine's names of the cache records that it made."""

    given: Given
    build: Build
    records: tuple[str, ...] = ()


def write(entry: Entry) -> str:
    given, build = entry.given, entry.build
    return json.dumps(
        {
            "dockerfile": given.dockerfile.text,
            "builder": given.builder,
            "files": dict(given.files),
            "build_args": dict(given.build_args),
            "bases": {name: [b.id, b.layers, b.env, b.workdir, b.user, b.plain] for name, b in given.bases.items()},
            "target": given.target,
            "version": given.version,
            "tag": build.tag,
            "state": build.state,
            "started": build.started,
            "completed": build.completed,
            "steps": [[s.state, s.image_id, round(s.seconds, 3), s.stage, s.exit_code] for s in build.steps],
            "records": entry.records,
        },
        separators=(",", ":"),
    )


def read(line: str) -> Entry:
    """ValueError for a line that is none of ours."""
    try:
        found = json.loads(line)
        dockerfile = parse(found["dockerfile"])
        bases = {
            name: BaseImage(image, tuple(layers), tuple((k, v) for k, v in env), workdir, user, plain)
            for name, (image, layers, env, workdir, user, plain) in found["bases"].items()
        }
        given = Given(
            dockerfile,
            found["builder"],
            found["files"],
            found["build_args"],
            bases,
            found["target"],
            found["version"],
        )
        steps = tuple(
            BuildStep(
                number=at + 1,
                instruction=one.text,
                line=one.line,
                end_line=one.end_line,
                state=state,
                image_id=image,
                started=0.0,
                completed=seconds,
                stage=stage,
                exit_code=code,
            )
            for at, (one, (state, image, seconds, stage, code)) in enumerate(
                zip(dockerfile.instructions, found["steps"], strict=True)
            )
        )
        build = Build(
            tag=found["tag"],
            builder=found["builder"],
            dockerfile=dockerfile.text,
            steps=steps,
            state=found["state"],
            started=found["started"],
            completed=found["completed"],
        )
        return Entry(given, build, tuple(found["records"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a build of the journal: {error}") from error
