"""``lab bench``: the project's goals, measured against what else does the same job, in interleaved runs."""

from __future__ import annotations

import argparse

from containerlab.command.bench.measure import bench


def main(arguments: argparse.Namespace) -> int:
    if arguments.rows == ["oracle"]:  # a count of right answers, not a ratio: by itself, and only when asked for
        from containerlab.command.bench import oracle

        return oracle.main(arguments)
    return bench(arguments.rows, arguments.runs, arguments.json)
