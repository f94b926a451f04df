"""``python -m containerlab``: the command line."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from containerlab.command.parser import parse
from containerlab.errors import LabError


def main(words: Sequence[str] | None = None) -> int:
    """Run one command. What goes wrong as expected is a message with its next step, never a traceback."""
    arguments = parse(sys.argv[1:] if words is None else words)
    try:
        command = importlib.import_module(f"containerlab.command.{arguments.command}")
        status: int = command.main(arguments)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return 130
    except BrokenPipeError:  # `lab doctor | head`: the reader has left, which is its right
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "containerlab":
            raise
        sys.stderr.write(f"The environment lacks the package '{error.name}'.\n→ ./lab up\n")
        return 1
    except LabError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
