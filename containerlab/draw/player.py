"""What the build player plays: rows, stack and log of a build as JSON, and a build against the one before it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from containerlab.draw import theme
from containerlab.draw.escape import Html, element, log_line, one_line
from containerlab.draw.parts import chip, instruction, is_course_label, plural
from containerlab.draw.theme import Look, slab_height
from containerlab.model import Build, BuildStep, human_size, human_time, short_id

LOG_HEAD, LOG_TAIL = 120, 200
_BUILDERS = {"buildkit": "BuildKit", "classic": "classic builder", "podman": "Podman"}


def step_look(step: BuildStep) -> Look:
    """The state of a step; a FROM that is there is neither cached nor run: it is present."""
    if step.keyword == "FROM" and step.state in ("cached", "done"):
        return theme.STEP["base"]
    return theme.STEP["noted" if noted(step) else step.state]


def noted(step: BuildStep) -> bool:
    """Whether it is a note in the settings that BuildKit wrote: that is neither kept in a cache nor run. The classic
    builder has an image for each such step, and says whether it used it again."""
    return step.metadata_only and not step.image_id and step.state in ("cached", "done")


def _seen(step: BuildStep, build: Build) -> Look:
    """Its state in this build: what still waits when the build has ended is not reached any more."""
    ended = build.state != "running" and step.state == "waiting"
    return theme.STEP["unreached"] if ended else step_look(step)


def timed(step: BuildStep) -> bool:
    """Whether its time says something: it ran, and made more than a line in the config."""
    return (
        step.completed is not None
        and step.state in ("done", "failed")
        and step.keyword != "FROM"
        and not step.metadata_only
    )


def counted(build: Build) -> tuple[BuildStep, ...]:
    """The steps that a cache can save: all that may change files. Notes in the settings cost nothing."""
    return tuple(step for step in build.steps if step.keyword != "FROM" and not step.metadata_only)


@dataclass(frozen=True, slots=True)
class Saved:
    """A build against the one before it. ``seconds`` is how much less the steps took, 0 or more."""

    cached: int
    steps: int
    seconds: float
    known: bool

    @property
    def words(self) -> str:
        """Without a time, so that it is the same in every run."""
        if not self.steps:
            return "nothing to run, only notes in its settings"
        if not self.cached:
            return f"{plural(self.steps, 'step')} ran, none from the cache"
        came = "came" if self.steps != 1 else "comes"
        return f"{self.cached} of {plural(self.steps, 'step')} {came} from the cache"

    def __str__(self) -> str:
        return f"saved {human_time(self.seconds)}: {self.words}" if self.known and self.seconds >= 0.05 else self.words


def saved(build: Build, previous: Build | None = None) -> Saved:
    """What the cache saved: for each cached step, the time that it took in the build before, where that is known."""
    steps = counted(build)
    before = {_key(step): step for step in previous.steps} if previous else {}
    cached = [step for step in steps if step.state == "cached"]
    seconds = sum(max(before[_key(step)].seconds - step.seconds, 0) for step in cached if _key(step) in before)
    return Saved(len(cached), len(steps), seconds, bool(previous))


def frames(build: Build, previous: Build | None = None) -> dict[str, Any]:
    """The build as the player takes it: plain JSON, every string made visible, logs cut in the middle.

    ``steps`` are in the Dockerfile's order; ``order`` tells in which order they are played (as they started).
    A step's ``play`` is how long the player shows it, in ms: the logarithm of its time.
    """
    began = build.started or min((step.started for step in build.steps if step.started), default=0.0)
    before = {_key(step): step for step in previous.steps} if previous else {}
    longest = max((step.seconds for step in build.steps), default=0.0)
    steps = [_step(step, build, before.get(_key(step)), longest) for step in build.steps]
    reached = [at for at, step in enumerate(build.steps) if step.state != "waiting"]
    reached.sort(key=lambda at: (build.steps[at].started or began, build.steps[at].number))
    look = theme.BUILD[build.state]
    return {
        "title": one_line(build.tag or "no name", 80),
        "builder": _BUILDERS.get(build.builder, build.builder),
        "state": build.state,
        "tone": look.tone,
        "word": look.word,
        "time": human_time(build.seconds) if build.completed else "",
        "context": human_size(build.context_bytes) if build.context_bytes else "",
        "error": log_line(build.error),
        "warnings": [one_line(warning, 300) for warning in build.warnings[:20]],
        "image": one_line(short_id(build.image_id), 12),
        "imageFull": one_line(build.image_id, 100),
        "saved": str(saved(build, previous)) if build.completed and (previous or build.cached) else "",
        "previous": human_time(previous.seconds) if previous and previous.completed else "",
        "order": reached,
        "steps": steps,
    }


def _key(step: BuildStep) -> tuple[str, str]:
    return step.stage, " ".join(step.instruction.split())


def _step(step: BuildStep, build: Build, before: BuildStep | None, longest: float) -> dict[str, Any]:
    look, state = _seen(step, build), "done" if noted(step) else step.state
    keyword, rest = step.keyword, step.instruction.strip()
    shown = rest[len(keyword) :] if rest.upper().startswith(keyword) else rest
    told: dict[str, Any] = {
        "number": step.number,
        "lines": f"line {step.line}" if step.line == step.end_line else f"lines {step.line} to {step.end_line}",
        "stage": one_line(step.stage, 60),
        "keyword": one_line(keyword, 20),
        "rest": one_line(shown.strip(), 300),
        "state": state,
        "tone": look.tone,
        "word": look.word,
        "time": human_time(step.seconds) if timed(step) else "",
        "bar": round(max(step.seconds, 0) / longest, 4) if longest > 0 else 0,
        "play": 400 if state == "cached" else 250 + round(350 * math.log10(1 + 10 * max(step.seconds, 0))),
        "log": _log(step.log),
        "error": log_line(step.error),
        "exit": step.exit_code,
        "metadata": step.metadata_only,
        "from": _origin(step, before),
        "layer": None,
    }
    if step.layer:
        told["layer"] = {
            "n": step.layer.index + 1,
            "size": human_size(step.layer.size),
            "height": slab_height(step.layer.size),
            "id": one_line(short_id(step.layer.diff_id), 12),
            "full": one_line(step.layer.diff_id, 100),
        }
    return told


def _origin(step: BuildStep, before: BuildStep | None) -> str:
    """Where a cached step's result came from."""
    if step.state != "cached" or step.keyword == "FROM" or noted(step):
        return ""
    if before is None:
        return "kept by the engine from an earlier build"
    took = f", where it took {human_time(before.seconds)}" if before.seconds >= 0.05 else ""
    if step.layer and before.layer and step.layer.diff_id == before.layer.diff_id:
        return f"the same layer as in the build before{took}"
    return f"step {before.number} of the build before{took}"


def _log(lines: tuple[str, ...]) -> list[str]:
    cut = len(lines) - LOG_HEAD - LOG_TAIL
    if cut <= 0:
        return [log_line(line) for line in lines]
    told = [*lines[:LOG_HEAD], f"… {cut} lines left out …", *lines[-LOG_TAIL:]]
    return [log_line(line) for line in told]


def player_text(build: Build) -> str:
    """The build in words, in the Dockerfile's order: no ids, sizes, times or logs."""
    steps = [step for step in build.steps if not is_course_label(step.instruction)]
    lines = [f"build of {one_line(build.tag or 'an image without a name', 60)}: {theme.BUILD[build.state].word}"]
    for step in steps:
        made = " · layer" if step.layer and step.keyword != "FROM" else ""
        lines.append(
            f"  {step.number}/{len(steps)}  {_seen(step, build).word:<11} {one_line(step.instruction, 90)}{made}"
        )
    if build.failed:
        step = build.failed
        lines.append(f"  failed at line {step.line}" + (f", exit status {step.exit_code}" if step.exit_code else ""))
    return "\n".join(lines)


def compare(build: Build, previous: Build) -> Html:
    """Two builds of one Dockerfile side by side: each step's state then and now, and its time on one scale."""
    gained = saved(build, previous)
    longest = max((step.seconds for one in (build, previous) for step in one.steps), default=0.0) or 1.0
    before = {_key(step): step for step in previous.steps}
    body = []
    for step in build.steps:
        if is_course_label(step.instruction):
            continue
        old = before.get(_key(step))
        body.append(
            element(
                "tr",
                element("td", step.number, class_="cl-num"),
                element(
                    "td",
                    instruction(step.instruction, 120),
                    None if old else element("span", " new or changed", class_="cl-new"),
                ),
                _cell(old, longest),
                _cell(step, longest),
            )
        )
    names = ["step", "instruction", "before", "now"]
    head = element("tr", *[element("th", name, scope="col") for name in names])
    table = element("table", element("thead", head), element("tbody", *body), class_="cl-table cl-compare-table")
    return element(
        "div",
        element("div", chip(build.tag or "no name"), element("span", str(gained), class_="cl-lead"), class_="cl-head"),
        _totals(build, previous),
        element("div", table, class_="cl-scroll", tabindex="0", role="group", aria_label="Step by step"),
        class_="cl cl-compare",
        role="group",
        aria_label=f"The build of {build.tag} against the one before: {gained}",
    )


def _totals(build: Build, previous: Build) -> Html:
    """The whole time of both builds on one scale."""
    longest = max(build.seconds, previous.seconds) or 1.0
    rows = []
    for name, one in (("before", previous), ("now", build)):
        bar = element(
            "span", class_="cl-bar", style=f"--cl-w:{100 * max(one.seconds, 0) / longest:.1f}%", aria_hidden="true"
        )
        shown = element("span", human_time(one.seconds), class_="cl-size")
        rows.append(element("div", element("span", name), element("span", bar, class_="cl-track cl-done"), shown))
    return element("div", *rows, class_="cl-totals")


def compare_text(build: Build, previous: Build) -> str:
    """Two builds side by side in words: no times."""
    before = {_key(step): step for step in previous.steps}
    lines = [f"{one_line(build.tag, 60)}: {saved(build, previous).words}"]
    for step in build.steps:
        if is_course_label(step.instruction):
            continue
        old = before.get(_key(step))
        then = step_look(old).word if old else "-"
        lines.append(f"  {then:<9} → {step_look(step).word:<9} {one_line(step.instruction, 90)}")
    return "\n".join(lines)


def _cell(step: BuildStep | None, longest: float) -> Html:
    if step is None:
        return element("td", element("span", "not in it", class_="cl-thin"))
    look = step_look(step)
    bar = element(
        "span", class_="cl-bar", style=f"--cl-w:{100 * max(step.seconds, 0) / longest:.1f}%", aria_hidden="true"
    )
    shown = element("span", human_time(step.seconds), class_="cl-size") if timed(step) else None
    return element(
        "td",
        element("div", theme.mark(look), shown, class_="cl-foot"),
        element("span", bar, class_=f"cl-track cl-{look.tone}") if timed(step) else None,
    )
