"""``$name`` and ``{expression}`` from Python in a command, as in IPython's own magics, and Go templates left alone.

IPython would make ``{.Names}`` of ``--format {{.Names}}``, and drops every replacement of a line when one of them
fails. Here ``{{...}}`` stays as typed, and so does what Python cannot evaluate: JSON, ``$HOME``, ``${HOME}``.
``$$name`` is ``$name``; within single quotes ``$`` is the container's shell's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import BuiltinFunctionType
from typing import Any

_TOKEN = re.compile(
    r"(?P<template>\{\{.*?\}\}|\$\{[^{}]*\})"
    r"|\{(?P<expression>[^{}]*)\}"
    r"|\$\$(?P<escaped>[A-Za-z_]\w*)"
    r"|\$(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"
    r"|(?P<quote>['\"\\])",
    re.DOTALL,
)


def expand(line: str, names: Mapping[str, Any]) -> str:
    """The command as it will be run."""
    done: list[str] = []
    at, quote = 0, ""
    while found := _TOKEN.search(line, at):
        done.append(line[at : found.start()])
        at = found.end()
        if sign := found["quote"]:
            if sign == "\\" and quote != "'":  # the next character is literal
                sign, at = line[at - 1 : at + 1], at + 1
            elif sign == quote:
                quote = ""
            elif not quote and sign != "\\":
                quote = sign
            done.append(sign)
        elif found["expression"] is not None:
            done.append(_value(found["expression"], found[0], names))
        elif found["escaped"] and quote != "'":
            done.append("$" + found["escaped"])
        elif found["name"] and quote != "'":
            done.append(_value(found["name"], found[0], names))
        else:
            done.append(found[0])
    return "".join(done) + line[at:]


def _value(expression: str, typed: str, names: Mapping[str, Any]) -> str:
    """The value as text, or what was typed where Python has none. ``awk '{print}'`` means no Python function."""
    try:
        value = eval(expression.strip(), dict(names))  # the student's own code, in the student's own kernel
    except Exception:
        return typed
    return typed if isinstance(value, type | BuiltinFunctionType) or value is ... else str(value)
