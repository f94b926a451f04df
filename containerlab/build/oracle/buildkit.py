"""BuildKit's steps and their keys (frontend/dockerfile/dockerfile2llb/convert.go, solver/llbsolver/ops/{exec,file}.go).

Only RUN, COPY, ADD and WORKDIR are steps. What ENV, ARG, USER and SHELL say reaches the next RUN. A COPY's key has the
content of what it takes; its source's folders above do not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import basename, normpath

from containerlab.build.dockerfile import Instruction
from containerlab.build.oracle.copying import copying
from containerlab.build.oracle.facts import Given
from containerlab.build.oracle.files import Source, source
from containerlab.build.oracle.ops import Op, dumps, origin, told
from containerlab.build.oracle.stage import BUILT_IN, StageState, apply


def op(one: Instruction, state: StageState, given: Given, outer: Mapping[str, str | None]) -> Op | None:
    """The step that it is; None where it is none."""
    if one.keyword == "RUN":
        return _run(one, state, given)
    if one.keyword in ("COPY", "ADD"):
        return _copy(one, state, given)
    apply(state, one, given.build_args, outer)
    if one.keyword == "WORKDIR":
        key = dumps(state.workdir, state.user) if state.sure else None
        return Op("WORKDIR", key, key, told(one, state))
    return None


def _run(one: Instruction, state: StageState, given: Given) -> Op:
    command = list(one.json) if one.json is not None else [*state.shell, one.value]
    here = [doc.content for doc in one.heredocs]
    seen = [(name, value) for name, value in state.seen.items() if name not in BUILT_IN or name in state.env]
    mounted = [_fine(found) for found in _mounts(one, given)]
    fine = dumps("RUN", command, here, seen, state.workdir, state.user, one.flags, mounted)
    sure = sorted(pair for pair in seen if pair[0] not in state.inherited)
    coarse = fine if _tried(given) else dumps(command, here, sure, state.workdir, state.user)
    usable = state.sure and not any(value is None for value in mounted)
    return Op("RUN", fine if usable else None, coarse if usable else None, told(one, state, args=state.args))


def _tried(given: Given) -> bool:
    """Whether each rule was tried on that engine; where not, what only these rules tell apart stays unknown."""
    return given.version.startswith("20.10.") and "syntax" not in dict(given.dockerfile.directives)


def _mounts(one: Instruction, given: Given) -> list[Source]:
    """What RUN --mount=type=bind takes of the context; one from a stage is never certain."""
    found = []
    for flag in one.flags:
        options = dict(part.partition("=")[::2] for part in flag.partition("=")[2].split(","))
        if not flag.startswith("--mount=") or options.get("type", "bind") != "bind":
            continue
        if "from" in options:
            found.append(Source("", (), sure=False))
        else:
            found.append(source(options.get("source") or options.get("src") or ".", given.files))
    return found


def _copy(one: Instruction, state: StageState, given: Given) -> Op:
    made = copying(one, state, given.files)
    where = origin(one, state, given)
    dest = state.folder(made.dest)
    if made.dest in ("", ".") or made.dest.endswith(("/", "/.")):
        dest = dest.rstrip("/") + "/"
    flags = [flag for flag in made.flags if not flag.startswith("--from")]
    names = [normpath("/" + name) for name in made.names]
    # Of a path in the context the last part is in the key; whether the rest is, differs. Of a stage, the whole.
    bare = names if where is not None else [basename(name) for name in names]
    heredocs = dumps(list(state.seen.items()), [doc.content for doc in one.heredocs]) if one.heredocs else ""
    inner = [_fine(found) for found in made.sources]
    fine = dumps(one.keyword, bare if _tried(given) else names, dest, flags, inner, heredocs)
    coarse = dumps(one.keyword, bare, dest, flags, [_coarse(found, _tried(given)) for found in made.sources], heredocs)
    certain = made.sure and not made.remote and None not in inner
    return Op(
        one.keyword,
        fine if certain else None,
        coarse if made.sure and not made.remote and not made.odd else None,
        told(one, state, made.sources),
        where,
        "--link" in made.flags,
        made.missing,
    )


def _fine(found: Source) -> str | None:
    return dumps(found.kind, found.folder_mark, found.files) if found.sure else None


def _coarse(found: Source, tried: bool) -> str:
    if tried:
        return dumps(found.folder_mark, found.files)
    if found.kind == "pattern":  # one match may be known by its content alone, without its name
        return dumps(sorted(mark for _, mark in found.files))
    return dumps([pair for pair in found.files if not pair[1].startswith("d:")])
