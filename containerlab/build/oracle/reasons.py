"""Why a step misses, in a sentence: what differs from the step that is kept."""

from __future__ import annotations

from collections.abc import Sequence

from containerlab.build.oracle.memory import Node
from containerlab.build.oracle.ops import Op, Told

HIT = "nothing that it depends on has changed"
SILENT = "BuildKit makes no step of it: it tells on the next RUN, or only in the image's config"
_WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


def name(op: Op) -> str:
    """The step in a few words: COPY app/ (line 4)."""
    words = op.told.text.split()
    short = " ".join(word for word in words[:3] if not word.startswith("--"))
    return f"{short[:40]} (line {op.told.line})"


def following(count: int) -> str:
    if not count:
        return ""
    return "; the step after it follows" if count == 1 else f"; the {_WORDS.get(count, count)} steps after it follow"


def why(op: Op, places: Sequence[Node]) -> str:
    """A certain miss, against the kept step that is most like it."""
    kept = [node for place in places for node in place.children if node.told is not None]
    same_text = [node for node in kept if node.told is not None and node.told.text == op.told.text]
    of_kind = [node for node in kept if node.keyword == op.keyword]
    nearest = (same_text or of_kind)[-1:]
    if not nearest or nearest[0].told is None:
        return "nothing like it was built at this place before"
    return difference(op.told, nearest[0].told)


def difference(new: Told, old: Told) -> str:
    if changed := _files(new, old):
        return changed
    for what, now, then in (("", new.env, old.env), ("ARG ", new.args, old.args)):
        for key, value in now:
            before = dict(then).get(key)
            if before is None:
                return f"the variable {what}{key} is new"
            if before != value:
                return f"the variable {what}{key} changed from {before!r} to {value!r}"
        if gone := [key for key, _ in then if key not in dict(now)]:
            return f"the variable {what}{gone[0]} is gone"
    if new.user != old.user:
        return f"it runs as {new.user or 'root'} now, not as {old.user or 'root'}"
    if new.text.split() != old.text.split():
        return f"its text changed; before, it was: {' '.join(old.text.split())[:60]}"
    if new.workdir != old.workdir:
        return f"it works in {new.workdir} now, not in {old.workdir}"
    if new.shell != old.shell:
        return "the SHELL changed"
    return "the white space in it changed" if new.text != old.text else "something before it changed"


def _files(new: Told, old: Told) -> str:
    now = {f"{one.name}/{path}".strip("/"): mark for one in new.sources for path, mark in one.files}
    then = {f"{one.name}/{path}".strip("/"): mark for one in old.sources for path, mark in one.files}
    if new.text.split() != old.text.split() and set(now) != set(then):
        return ""  # other files were asked for
    changed = [path for path in now if path in then and now[path] != then[path]]
    added = [path for path in now if path not in then]
    gone = [path for path in then if path not in now]
    for paths, what in ((changed, "changed"), (added, "is new"), (gone, "is gone")):
        if paths:
            first = paths[0].rstrip("/")
            if what == "changed" and _content(now[paths[0]]) == _content(then[paths[0]]):
                what = "has another mode"
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            return (
                f"{first}{more} {what}"
                if not more
                else f"{first}{more} {what.replace('is', 'are').replace('has', 'have')}"
            )
    return ""


def _content(mark: str) -> str:
    return mark.rpartition(":")[2] if mark.startswith("f:") else mark


def unknown(op: Op, alike: Sequence[Node], outside: bool, origin_missed: str = "") -> str:
    if op.origin is not None:
        because = f" ({origin_missed} missed)" if origin_missed else ""
        return f"it depends on what the stage {op.origin} makes, which is known only when that is built{because}"
    if outside:
        return "others may have built this here, or its base is not known: the oracle cannot see into the cache"
    if alike:
        return "it depends on a step before it that the oracle is not certain of"
    return "the oracle does not follow this form of it"
