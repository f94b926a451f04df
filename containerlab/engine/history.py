"""An image's history joined to its layers.

The engine lists the history's rows without saying which of them made a layer (the OCI image spec's ``empty_layer`` is
not in the API), and the layers without saying which row made them. Both lists have the same order, so the only
question is which rows are empty. A row with bytes has a layer; a row whose keyword can only write metadata has none;
the rest (WORKDIR, a RUN that changed nothing) fill up to the number of layers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from containerlab.model import HistoryRow, Layer

_NOP = re.compile(r"^(?:\|\d+ .*? )?/bin/sh -c #\(nop\)\s*")
_ARGS = re.compile(r"^\|(\d+) ")
_SHELL = "/bin/sh -c "
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
    """``COPY file:0a.. in /app/`` (classic) and ``CMD ["sh"]`` in one spelling."""
    text = text.strip()
    keyword, _, rest = text.partition(" ")
    rest = rest.strip()
    if keyword in {"CMD", "ENTRYPOINT", "SHELL"} and rest.startswith("["):
        # The classic builder prints Go's %q: ["/bin/sh" "-c" "x"]; JSON has commas.
        rest = re.sub(r'(?<=")\s+(?=")', ", ", rest)
        rest = re.sub(r'",(?=")', '", ', rest)
    if keyword == "EXPOSE":
        rest = re.sub(r"^map\[(.*)\]$", lambda match: match[1].replace(":{}", ""), rest)
    if keyword in {"COPY", "ADD"}:
        rest = re.sub(r"^((?:file|dir|multi):)[0-9a-f]{12,} in (.*)$", r"\1 \2", rest)
        rest = re.sub(r"^((?:file|dir|multi):) ", r"\1… ", rest)
    return f"{keyword} {rest}".strip()


def keyword(created_by: str) -> str:
    return instruction(created_by).split(" ", 1)[0].upper()


def which_have_layers(rows: Sequence[tuple[str, int]], layers: int) -> list[bool]:
    """For each row (its text, its bytes; oldest first): did it make one of the ``layers``?

    Exactly ``layers`` rows are marked where there are that many; an image that was squashed or imported by halves has
    fewer rows than layers, and then all rows that can be are marked.
    """
    words = [keyword(text) for text, _ in rows]
    # A rank for each row: the higher ones get the layers. Zero: cannot have one unless nothing else is left.
    ranks = [
        4 if size > 0 else 0 if word in _METADATA else 2 if word == "WORKDIR" else 3
        for word, (_, size) in zip(words, rows, strict=True)
    ]
    # "FROM" stands in classic history for nothing; and of equals, the older row has the layer.
    order = sorted(range(len(rows)), key=lambda index: (-ranks[index], index))
    chosen = set(order[: min(layers, len(rows))])
    return [index in chosen for index in range(len(rows))]


def joined(raw: Sequence[dict[str, Any]], diff_ids: Sequence[str]) -> tuple[tuple[HistoryRow, ...], tuple[Layer, ...]]:
    """Rows (oldest first) and layers, each layer with its row's bytes. ``raw``: GET /images/x/history, newest first."""
    rows = list(reversed(raw))
    texts = [(str(row.get("CreatedBy") or ""), max(int(row.get("Size") or 0), 0)) for row in rows]
    marks = which_have_layers(texts, len(diff_ids))
    # Layers that no row accounts for (fewer rows than layers) lie at the bottom: the base was flattened.
    missing = max(len(diff_ids) - sum(marks), 0)
    layers = [Layer(diff_id, index, 0) for index, diff_id in enumerate(diff_ids[:missing])]
    history = []
    for row, (text, size), has_layer in zip(rows, texts, marks, strict=True):
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
