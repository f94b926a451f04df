"""Where the course keeps its things and which engine was asked for. Standard library only; read when called."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def home() -> Path:
    """The course's own folder: ``CONTAINERLAB_HOME``, else ``containerlab`` in the platform's user data folder."""
    return _from_environment("CONTAINERLAB_HOME") or _user_data() / "containerlab"


def cache() -> Path:
    """What can be made again (base images): ``CONTAINERLAB_CACHE``, else ``cache`` in the home."""
    return _from_environment("CONTAINERLAB_CACHE") or home() / "cache"


def engine_choice() -> str:
    """The engine that the user named in ``CONTAINERLAB_ENGINE``: docker, podman, private, an address, or ""."""
    return os.environ.get("CONTAINERLAB_ENGINE", "").strip()


def remote_consent() -> bool:
    """True where the user agreed beforehand that a remote engine is used (``CONTAINERLAB_REMOTE=yes``)."""
    return os.environ.get("CONTAINERLAB_REMOTE", "").strip().lower() in {"1", "yes", "true"}


def builder_choice() -> str:
    """The builder that the user named in ``CONTAINERLAB_BUILDER``: buildkit, classic, or "" for the engine's own."""
    return os.environ.get("CONTAINERLAB_BUILDER", "").strip().lower()


def classic() -> bool:
    """True where the user asked for the classic builder."""
    return builder_choice() == "classic"


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name, "").strip()
    return Path(value).expanduser().absolute() if value else None


def _user_data() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
