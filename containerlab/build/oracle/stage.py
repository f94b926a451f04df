"""What earlier instructions of a stage hand to the later ones: variables, folder, user, shell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from posixpath import join, normpath

from containerlab.build.dockerfile import Instruction
from containerlab.build.oracle.expand import expand
from containerlab.build.oracle.facts import PATH, BaseImage
from containerlab.build.words import quoted_words

SHELL = ("/bin/sh", "-c")
BUILT_IN = frozenset(
    name for one in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY") for name in (one, one.lower())
)
PLATFORM = ("TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "BUILDPLATFORM", "BUILDOS", "BUILDARCH")


@dataclass
class StageState:
    """``seen`` holds all variables in the order in which BuildKit's process gets them: ENV and ARG mixed.

    ``args`` are the ARGs of this stage (value None: declared, without a value); ``inherited`` the names that came as
    ARG of the stage below. ``sure`` is lost where a value could not be followed. ``mixed``: of an ARG and an ENV with
    one name the later one counts (BuildKit); else ENV always wins (the classic builder)."""

    escape: str = "\\"
    mixed: bool = True
    env: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    args: dict[str, str | None] = field(default_factory=dict)
    inherited: frozenset[str] = frozenset()
    workdir: str = "/"
    user: str = ""
    shell: tuple[str, ...] = SHELL
    sure: bool = True

    def set_env(self, name: str, value: str) -> None:
        self.env.pop(name, None)
        self.env[name] = value
        self._see(name, value)

    def _see(self, name: str, value: str) -> None:
        self.seen.pop(name, None)
        self.seen[name] = value

    def expand(self, word: str) -> str:
        made = expand(word, self.seen, self.escape)
        self.sure = self.sure and made.sure
        return made.text

    def child(self) -> StageState:
        """The state of a stage that stands on this one. ARGs reach it as variables, not as declarations."""
        below = replace(self, args={}, inherited=self.inherited | frozenset(self.args))
        below.env, below.seen = dict(self.env), dict(self.seen)
        for name, value in self.env.items():
            below._see(name, value)
        return below

    def folder(self, path: str) -> str:
        return normpath(join(self.workdir or "/", path))


def on_base(base: BaseImage | None, escape: str, mixed: bool) -> StageState:
    state = StageState(escape, mixed)
    if base is None:
        state.set_env("PATH", PATH)
        return state
    for name, value in base.env:
        state.set_env(name, value)
    if "PATH" not in state.env:
        state.set_env("PATH", PATH)
    state.workdir, state.user, state.sure = base.workdir or "/", base.user, base.plain
    return state


def pairs(instruction: Instruction, escape: str) -> list[tuple[str, str]]:
    """ENV and LABEL: names and values as written; the old form has one pair, the rest of the line its value."""
    found = quoted_words(instruction.value, escape)
    if found and "=" not in found[0]:
        name, _, value = instruction.value.strip().partition(" ")
        return [(name, value.strip())]
    return [(one.partition("=")[0], one.partition("=")[2]) for one in found]


def apply(
    state: StageState, one: Instruction, build_args: Mapping[str, str], outer: Mapping[str, str | None]
) -> list[tuple[str, str]]:
    """Changes the state as the instruction says. Returns the pairs that ENV, ARG and LABEL came to."""
    if one.keyword in ("ENV", "LABEL"):
        made = [(state.expand(name), state.expand(value)) for name, value in pairs(one, state.escape)]
        if one.keyword == "ENV":
            for name, value in made:
                state.set_env(name, value)
        return made
    if one.keyword == "ARG":
        return _arg(state, one, build_args, outer)
    if one.keyword == "WORKDIR":
        state.workdir = state.folder(state.expand(one.value))
    elif one.keyword == "USER":
        state.user = state.expand(one.value)
    elif one.keyword == "SHELL":
        state.shell = one.json or state.shell
    return []


def _arg(
    state: StageState, one: Instruction, build_args: Mapping[str, str], outer: Mapping[str, str | None]
) -> list[tuple[str, str]]:
    """The pairs are the text's own: the default, expanded, with its equals sign; "" without one."""
    made = []
    for word in quoted_words(one.value, state.escape):
        name, equals, default = word.partition("=")
        written = state.expand(default)
        made.append((name, f"={written}" if equals else ""))
        value: str | None = written if equals else outer.get(name)
        if name in build_args:
            value = build_args[name]
        elif not equals and name in PLATFORM:
            value = f"${name}"  # the same in every build on this engine
        state.args[name] = value
        if value is not None and (state.mixed or name not in state.env):
            state._see(name, value)
    return made


def outer_args(instructions: tuple[Instruction, ...], build_args: Mapping[str, str], escape: str) -> StageState:
    """The ARGs before the first FROM, as a state whose variables FROM lines can use."""
    state = StageState(escape)
    for one in instructions:
        if one.stage >= 0:
            break
        if one.keyword == "ARG":
            apply(state, one, build_args, {})
    return state
