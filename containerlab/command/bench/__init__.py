"""``lab bench``: the project's goals, measured against what else does the same job, in interleaved runs."""

from __future__ import annotations

import argparse

from containerlab.command.bench.measure import bench


def main(arguments: argparse.Namespace) -> int:
    return bench(arguments.rows, arguments.runs, arguments.json)
