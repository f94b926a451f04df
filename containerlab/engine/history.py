"""An image's history joined to its layers.

The engine lists the history's rows without saying which of them made a layer (the OCI image spec's ``empty_layer`` is
not in the API), and the layers without saying which row made them. Both lists have the same order, so the only
question is which rows are empty. A row with bytes has a layer; a row whose keyword can only write metadata has none;
what is left is a WORKDIR, or a RUN that changed no bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from containerlab.model import HistoryRow, Layer

_NOP = re.compile(r"^(?:\|\d+ .*? )?/bin/sh -c #\(nop\)\s*")
_ARGS = re.compile(r"^\|(\d+) ")
_SHELL = "/bin/sh -c "
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_METADATA = frozenset(
    {"CMD", "ENV", "LABEL", "ENTRYPOINT", "EXPOSE", "USER", "ARG", "STOPSIGNAL", "HEALTHCHECK", "VOLUME", "SHELL"}
    | {"MAINTAINER", "ONBUILD"}
)
_KEYWORDS = _METADATA | {"RUN", "COPY", "ADD", "WORKDIR", "FROM"}


def instruction(created_by: str) -> str:
    """The row's text as a Dockerfile says it.

    Classic builders write ``/bin/sh -c #(nop)  CMD ["sh"]`` and a bare ``/bin/sh -c apt-get update`` for RUN; BuildKit
    writes ``RUN /bin/sh -c apt-get update # buildkit``. Build arguments lead as ``|1 NAME=value``.
    """
    text = created_by.strip()
    if match := _NOP.match(text):
        return _tidy(text[match.end() :])
    text = re.sub(r"\s*# buildkit$", "", text)
    keyword, _, rest = text.partition(" ")
    if keyword in _KEYWORDS:
        if keyword == "RUN":
            return f"RUN {_command(rest.strip())}"
        return _tidy(text)
    if _ARGS.match(text) or text.startswith(_SHELL):
        return f"RUN {_command(text)}"
    return text


def _command(text: str) -> str:
    """A RUN's command without its build arguments and without the shell that it is given to."""
    if match := _ARGS.match(text):
        shell = text.find(f" {_SHELL}")
        text = text[shell + 1 :] if shell >= 0 else text[match.end() :]
    return text.removeprefix(_SHELL).strip()


def _tidy(text: str) -> str:
    """One spelling for what the builders print in Go's ways: ``CMD ["a" "b"]``, ``EXPOSE map[80/tcp:{}]``."""
    word, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    if word in {"CMD", "ENTRYPOINT", "SHELL"} and rest.startswith("["):
        rest = _json(rest)
    elif word == "VOLUME" and re.fullmatch(r"\[[^\"]*\]", rest):
        rest = rest[1:-1]
    elif word == "EXPOSE":
        rest = re.sub(r"^map\[(.*)\]$", lambda match: match[1].replace(":{}", ""), rest)
    elif word == "HEALTHCHECK":
        rest = _health(rest)
    elif word in {"COPY", "ADD"}:
        rest = re.sub(r"^(file|dir|multi):[0-9a-f]{12,} in ", r"\1:… ", rest)
    return f"{word} {rest}".strip()


def _json(text: str) -> str:
    """``["a b" "c"]`` or ``[/bin/sh -c]`` with the commas (and quotes) of JSON; JSON stays as it is."""
    inner = text[1:-1]
    words = [f'"{word}"' for word in inner.split()] if '"' not in inner else _QUOTED.findall(inner)
    return f"[{', '.join(words)}]"


def _health(text: str) -> str:
    """``&{["CMD-SHELL" "true"] "5s" "0s" "0s" '\\x03'}`` as HEALTHCHECK's options and command."""
    match = re.match(r"&\{\[(.*?)\] (.*)\}$", text)
    if not match:
        return text
    words = _QUOTED.findall(match[1])
    names = ("interval", "timeout", "start-period", "start-interval")
    times = [time.strip('"') for time in _QUOTED.findall(match[2])]
    options = [f"--{name}={time}" for name, time in zip(names, times, strict=False) if time != "0s"]
    if words[:1] == ['"CMD-SHELL"'] and len(words) == 2:
        return " ".join([*options, "CMD", words[1][1:-1].replace('\\"', '"')])
    return " ".join([*options, "CMD", f"[{', '.join(words[1:])}]"]) if len(words) > 1 else "NONE"


def keyword(created_by: str) -> str:
    return instruction(created_by).split(" ", 1)[0].upper()


def is_buildkit(row: Mapping[str, Any]) -> bool:
    return "buildkit" in f"{row.get('CreatedBy')}{row.get('Comment')}"


def which_have_layers(
    rows: Sequence[Mapping[str, Any]], layers: int, depth: Callable[[str], int | None] | None = None
) -> list[bool]:
    """For each row (oldest first): did it make one of the ``layers``?

    BuildKit makes a layer for every RUN, COPY, ADD and WORKDIR. The classic builder drops a layer with nothing in it,
    and tells no size for an empty folder; there ``depth`` (layers of the image that a row's id names) decides.
    Exactly ``layers`` rows are marked where there are that many; a flattened image has fewer rows than layers.
    """
    ranks = []
    for row in rows:
        word = keyword(str(row.get("CreatedBy") or ""))
        if int(row.get("Size") or 0) > 0:
            ranks.append(5)
        elif word in _METADATA:
            ranks.append(0)
        else:
            ranks.append(4 if is_buildkit(row) else 2 if word == "WORKDIR" else 1)
    if depth is not None and sum(rank >= 4 for rank in ranks) != layers:
        for index, rank in enumerate(ranks):
            if rank in {1, 2} and index:
                here, below = (_depth(rows[at], depth) for at in (index, index - 1))
                if here is not None and below is not None:
                    ranks[index] = 4 if here > below else 0
    order = sorted(range(len(rows)), key=lambda index: (-ranks[index], index))
    chosen = set(order[: min(layers, len(rows))])
    return [index in chosen for index in range(len(rows))]


def _depth(row: Mapping[str, Any], depth: Callable[[str], int | None]) -> int | None:
    identity = str(row.get("Id") or "")
    return None if identity in {"", "<missing>"} else depth(identity)


def joined(
    raw: Sequence[Mapping[str, Any]], diff_ids: Sequence[str], depth: Callable[[str], int | None] | None = None
) -> tuple[tuple[HistoryRow, ...], tuple[Layer, ...]]:
    """Rows (oldest first) and layers, each layer with its row's bytes. ``raw``: GET /images/x/history, newest first."""
    rows = list(reversed(raw))
    marks = which_have_layers(rows, len(diff_ids), depth)
    # Layers that no row accounts for (fewer rows than layers) lie at the bottom: the base was flattened.
    missing = max(len(diff_ids) - sum(marks), 0)
    layers = [Layer(diff_id, index, 0) for index, diff_id in enumerate(diff_ids[:missing])]
    history = []
    for row, has_layer in zip(rows, marks, strict=True):
        text, size = str(row.get("CreatedBy") or ""), max(int(row.get("Size") or 0), 0)
        layer = None
        if has_layer:
            layer = Layer(diff_ids[len(layers)], len(layers), size)
            layers.append(layer)
        image_id = str(row.get("Id") or "")
        created = row.get("Created")
        history.append(
            HistoryRow(
                created_by=text,
                instruction=instruction(text),
                size=size,
                layer=layer,
                image_id=None if image_id in {"", "<missing>"} else image_id,
                created=float(created) if isinstance(created, (int, float)) and created > 0 else None,
                comment=str(row.get("Comment") or ""),
            )
        )
    return tuple(history), tuple(layers)
