"""``lab doctor``: what this machine has and lacks, and the exact step for what it lacks."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict

from containerlab.command import checks
from containerlab.command.screen import paint, say

MARKS = {"good": "✓", "warn": "!", "bad": "✗"}


def main(arguments: argparse.Namespace) -> int:
    findings = tuple(checks.all_findings())
    fit = all(finding.state != "bad" for finding in findings)
    say(as_json(findings, fit) if arguments.json else as_text(findings, fit))
    return 0 if fit else 1


def as_json(findings: Sequence[checks.Finding], fit: bool) -> str:
    machine = {"system": checks.system(), "platform": platform.platform(), "python": platform.python_version()}
    return json.dumps({"fit": fit, "machine": machine, "findings": [asdict(one) for one in findings]}, indent=1)


def as_text(findings: Sequence[checks.Finding], fit: bool) -> str:
    lines = []
    for one in findings:
        lines.append(f"{paint(MARKS[one.state], one.state)} {one.name:<15} {one.says}")
        if one.next:
            lines.append(f"  {'':<15} → {one.next}")
    lines += [
        "",
        "A lesson can run here." if fit else paint("A lesson cannot run here yet: see the steps above.", "bold"),
    ]
    return "\n".join(lines)
