"""The normal form of a notebook: what two people who changed the same thing would both have saved. Pure."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from typing import Any

Node = dict[str, Any]

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# What a lecture means to say. All else is what an editor happened to note: times, folded cells, trust, versions.
NOTEBOOK_KEYS = {"authors", "containerlab", "title"}
CELL_KEYS = {"containerlab", "slideshow", "tags"}
# Widgets live in a running kernel: their ids are new at every run, and their text stands beside them.
TRANSIENT_MIMES = {"application/vnd.jupyter.widget-view+json"}
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def normalize(notebook: Node) -> Node:
    """A copy in normal form (nbformat 4.5)."""
    cells = copy.deepcopy(notebook.get("cells", []))
    ids: set[str] = set()
    number = 0
    for index, cell in enumerate(cells):
        cell["id"] = _stable_id(cell, index, ids)
        ids.add(cell["id"])
        cell["metadata"] = _kept(cell.get("metadata", {}), CELL_KEYS)
        cell["source"] = _lines("".join(cell.get("source", "")).rstrip("\n"))
        if cell["cell_type"] == "code":
            if cell.get("execution_count") is not None:
                number += 1
                cell["execution_count"] = number
            cell["outputs"] = [_output(output, cell.get("execution_count")) for output in cell.get("outputs", [])]
            cell.setdefault("execution_count", None)
    while cells and not cells[-1]["source"]:  # the empty cell that an editor leaves at the end
        cells.pop()
    metadata = _kept(notebook.get("metadata", {}), NOTEBOOK_KEYS)
    return {
        "cells": cells,
        "metadata": {**metadata, "kernelspec": KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def text_of(notebook: Node) -> str:
    """As nbformat writes it: sorted keys, one space, a newline at the end."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def normal_text(text: str) -> str:
    return text_of(normalize(json.loads(text)))


def _kept(metadata: Node, keys: set[str]) -> Node:
    return {key: metadata[key] for key in sorted(metadata) if key in keys and metadata[key] not in ([], {})}


def _stable_id(cell: Node, index: int, taken: set[str]) -> str:
    """Its own id if it is a valid one and the first of its name, else one that follows from what the cell says."""
    own = cell.get("id", "")
    if isinstance(own, str) and _ID.fullmatch(own) and own not in taken:
        return own
    body = "".join(cell.get("source", ""))
    for salt in range(index + 2):
        made = hashlib.sha256(f"{salt}{cell['cell_type']}{body}".encode()).hexdigest()[:8]
        if made not in taken:
            return made
    raise AssertionError("more salts than cells")


def _output(output: Node, count: int | None) -> Node:
    kept = dict(output)
    if "data" in kept:
        kept["data"] = {mime: _value(value) for mime, value in kept["data"].items() if mime not in TRANSIENT_MIMES}
        kept["metadata"] = {}
    if "text" in kept:
        kept["text"] = _value(kept["text"])
    if kept.get("output_type") == "execute_result":
        kept["execution_count"] = count
    kept.pop("transient", None)
    return kept


def _value(value: Any) -> Any:
    """Text as a list of lines, as nbformat has it; JSON data as it is."""
    if isinstance(value, str) or (isinstance(value, list) and all(isinstance(line, str) for line in value)):
        return _lines("".join(value))
    return value


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
