"""Which cache records count as a build's own on an engine that others use too."""

from __future__ import annotations

import pytest

from containerlab.engine.kept import names_a_step


@pytest.mark.parametrize(
    ("description", "instruction", "ours"),
    [
        ("mount / from exec /bin/sh -c python3 prepare.py", "RUN python3 prepare.py", True),
        ("[2/5] WORKDIR /app", "WORKDIR /app", True),
        ("[3/5] COPY . .", "COPY . .", True),
        ("mount / from exec /bin/sh -c make install", "RUN python3 prepare.py", False),
        ("mount / from exec /bin/sh -c echo 1.2 > /version", "RUN echo $VERSION > /version", True),
        ("local source for context", "COPY . .", False),
        ("anything at all", "RUN $IT", False),
    ],
)
def test_a_record_counts_where_it_names_a_step(description: str, instruction: str, ours: bool) -> None:
    assert names_a_step(description, [instruction]) is ours
