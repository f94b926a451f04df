"""From a Dockerfile's text to a Build: the parser, the context's tar, three builders' dialects, one event type."""

from __future__ import annotations
