"""The classic builder's steps and their keys (moby, builder/dockerfile/{dispatchers,internals,imageprobe}.go).

Every instruction is a step. It is looked for among the children of the image before it by the text that it leaves in
the image's config; a COPY's text holds a checksum of the files. A miss ends all looking in its stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import normpath

from containerlab.build.dockerfile import Instruction
from containerlab.build.oracle.copying import copying
from containerlab.build.oracle.expand import expand
from containerlab.build.oracle.facts import Given
from containerlab.build.oracle.files import Source
from containerlab.build.oracle.ops import Op, dumps, origin, told
from containerlab.build.oracle.stage import BUILT_IN, StageState, apply
from containerlab.build.words import split


def op(one: Instruction, state: StageState, given: Given, outer: Mapping[str, str | None]) -> Op:
    if one.keyword == "RUN":
        return _run(one, state, given)
    if one.keyword in ("COPY", "ADD"):
        return _copy(one, state, given)
    made = apply(state, one, given.build_args, outer)
    fine, coarse = _text(one, state, made)
    return Op(one.keyword, fine, coarse if state.sure else None, told(one, state))


def _run(one: Instruction, state: StageState, given: Given) -> Op:
    command = list(one.json) if one.json is not None else [*state.shell, one.value]
    args = sorted((name, value) for name, value in state.args.items() if value is not None and name not in state.env)
    # A proxy's value does not count, but that there is one: the text then begins with the number of the others.
    proxy = any(name in BUILT_IN and name not in state.env for name in given.build_args)
    fine = dumps(command, args, bool(args) or proxy, one.flags)
    coarse = dumps(command, args, bool(args) or proxy, one.flags)
    return Op("RUN", fine, coarse if state.sure else None, told(one, state, args=state.args))


def _copy(one: Instruction, state: StageState, given: Given) -> Op:
    made = copying(one, state, given.files)
    where = origin(one, state, given)
    flags = [flag for flag in made.flags if not flag.startswith("--from")]
    names = [normpath("/" + name) for name in made.names] if where is not None else []
    inner = [_fine(found) for found in made.sources]
    fine = dumps(one.keyword, names, made.dest, flags, inner)
    coarse = dumps(names, made.dest, flags, [_coarse(found) for found in made.sources])
    sure = made.sure and not made.remote
    return Op(
        one.keyword,
        fine if sure else None,
        coarse if sure and not made.odd else None,
        told(one, state, made.sources),
        where,
        missing=made.missing,
    )


def _fine(found: Source) -> str:
    return dumps(found.name, found.kind, found.folder_mark, found.files)


def _coarse(found: Source) -> str:
    return dumps(sorted(mark for _, mark in found.files), found.folder_mark)


def _text(one: Instruction, state: StageState, made: list[tuple[str, str]]) -> tuple[str, str | None]:
    """(fine, coarse): what the instruction leaves in the config, as far as it is certain."""
    if one.keyword in ("ENV", "LABEL"):
        text = dumps(one.keyword, made)
        return text, text
    if one.keyword == "ARG":
        text = dumps("ARG", [name + default for name, default in made])
        return text, text
    if one.keyword == "WORKDIR":
        # An absolute one stands there as written, with a slash at its end or without.
        written = expand(one.value, state.seen, state.escape).text
        text = dumps(written if written.startswith("/") else state.workdir)
        return text, text
    if one.keyword == "USER":
        return dumps("USER", state.user), dumps(state.user)
    if one.keyword in ("CMD", "ENTRYPOINT"):
        command = list(one.json) if one.json is not None else [*state.shell, one.value]
        return dumps(one.keyword, command), dumps(command)
    if one.keyword == "SHELL":
        return dumps("SHELL", one.json), dumps(one.json)
    if one.keyword == "EXPOSE":
        ports = state.expand(one.value).split()
        return dumps(sorted(ports)), dumps(sorted(set(ports)))
    if one.keyword == "VOLUME":
        paths = [state.expand(path) for path in (one.json if one.json is not None else split(one.value))]
        return dumps(paths), dumps(paths)
    if one.keyword == "MAINTAINER":
        return dumps(one.value), dumps("".join(one.value.split()))
    if one.keyword == "STOPSIGNAL":
        return dumps("STOPSIGNAL", state.expand(one.value)), dumps(state.expand(one.value))
    if one.keyword == "HEALTHCHECK":
        # A time can be written in several ways: only the command itself is compared.
        return dumps("HEALTHCHECK", one.flags, one.value), dumps("".join(one.value.split()))
    return dumps(one.keyword, one.value), None
