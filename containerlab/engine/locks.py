"""File locks that end with their process, on every system."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def locked(path: Path, mode: int = 0o600) -> Iterator[None]:
    """Waits for the lock and holds it; no child process inherits it."""
    descriptor = _opened(path, mode)
    try:
        while not _take(descriptor, wait=True):
            time.sleep(0.05)  # Windows only: there the waiting lock gives up after ten seconds
        yield
    finally:
        os.close(descriptor)


def try_lock(path: Path) -> int | None:
    """A descriptor that holds the lock until it is closed; None if another process has it."""
    descriptor = _opened(path, 0o600)
    if _take(descriptor, wait=False):
        return descriptor
    os.close(descriptor)
    return None


def _opened(path: Path, mode: int) -> int:
    try:  # first without O_CREAT: in /tmp Linux refuses it for a file that another user made
        return os.open(path, os.O_RDWR)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, mode)
    with suppress(OSError):
        path.chmod(mode)  # the umask took the others' right to lock
    return descriptor


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int, wait: bool) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(descriptor: int, wait: bool) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True
