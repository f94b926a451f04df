"""Which history row made which layer, and what a row is called; the texts are real engines' own."""

from __future__ import annotations

import pytest

from containerlab.engine.history import instruction, joined

NOP = "/bin/sh -c #(nop) "
DIGEST = "0aec7ce7149754e457231ed9f259414f191628ac068b5cbeaefb0ed95184b148"
ZERO = '"0s" "0s" \'\\x00\'}'
DEBUERREOTYPE = "# debian.sh --arch 'amd64' out/ 'bookworm' '@1763251200'"


@pytest.mark.parametrize(
    ("created_by", "says"),
    [
        (f'{NOP} CMD ["sh"]', 'CMD ["sh"]'),
        (f'{NOP} CMD ["a b" "c"]', 'CMD ["a b", "c"]'),
        ('CMD ["a b" "c"]', 'CMD ["a b", "c"]'),
        ('CMD ["a \\"quoted\\" b" "c"]', 'CMD ["a \\"quoted\\" b", "c"]'),
        ('CMD ["python3"]', 'CMD ["python3"]'),
        (f'{NOP} ENTRYPOINT ["/bin/sh" "-c" "echo"]', 'ENTRYPOINT ["/bin/sh", "-c", "echo"]'),
        (f"{NOP} SHELL [/bin/sh -c]", 'SHELL ["/bin/sh", "-c"]'),
        (f"{NOP}WORKDIR /app", "WORKDIR /app"),
        (f"{NOP} ENV A=1 B=two words", "ENV A=1 B=two words"),
        (f"{NOP}COPY file:{DIGEST} in /app/ ", "COPY file:… /app/"),
        (f"{NOP}ADD multi:{DIGEST} in /x ", "ADD multi:… /x"),
        ("COPY hello.txt /app/ # buildkit", "COPY hello.txt /app/"),
        ("/bin/sh -c apt-get update", "RUN apt-get update"),
        ('|1 WHO=me /bin/sh -c echo "a  b" &&     echo c', 'RUN echo "a  b" &&     echo c'),
        ("RUN |1 WHO=me /bin/sh -c true # buildkit", "RUN true"),
        ("RUN /bin/sh -c apt-get update # buildkit", "RUN apt-get update"),
        ("RUN /bin/bash -ec apt-get update # buildkit", "RUN /bin/bash -ec apt-get update"),
        (f"{NOP} EXPOSE 80 81/udp", "EXPOSE 80 81/udp"),
        ("EXPOSE map[80/tcp:{} 81/udp:{}]", "EXPOSE 80/tcp 81/udp"),
        (f"{NOP} VOLUME [/data]", "VOLUME /data"),
        (f'{NOP} HEALTHCHECK &{{["CMD-SHELL" "true"] "5s" {ZERO}', "HEALTHCHECK --interval=5s CMD true"),
        (f'HEALTHCHECK &{{["CMD" "a" "b c"] "0s" "2s" {ZERO}', 'HEALTHCHECK --timeout=2s CMD ["a", "b c"]'),
        ('HEALTHCHECK &{["NONE"] "0s" "0s" "0s" \'\\x00\'}', "HEALTHCHECK NONE"),
        (f"{NOP} ONBUILD RUN echo", "ONBUILD RUN echo"),
        (DEBUERREOTYPE, DEBUERREOTYPE),
        ("", ""),
    ],
)  # fmt: skip
def test_a_row_says_what_the_dockerfile_said(created_by: str, says: str) -> None:
    assert instruction(created_by) == says


def rows(*said: tuple[str, int, str]) -> list[dict[str, object]]:
    """As the engine gives them: the newest first."""
    return [{"CreatedBy": text, "Size": size, "Id": identity} for text, size, identity in reversed(said)]


def marks(raw: list[dict[str, object]], layers: int, depth: dict[str, int] | None = None) -> list[int | None]:
    history, joined_layers = joined(raw, [f"sha256:{n}" for n in range(layers)], (depth or {}).get)
    assert [row.layer for row in history if row.layer] == list(joined_layers)[-sum(1 for row in history if row.layer) :]
    return [row.layer.index if row.layer else None for row in history]


def test_buildkit_makes_a_layer_of_everything_that_is_no_metadata() -> None:
    raw = rows(
        ("ADD rootfs.tar /", 9, "<missing>"),
        ('CMD ["bash"]', 0, "<missing>"),
        ("WORKDIR /tmp", 0, "<missing>"),
        ("ENV A=1", 0, "<missing>"),
        ("RUN /bin/sh -c true # buildkit", 0, "<missing>"),
        ("CMD []", 0, "sha256:aa"),
    )
    for row in raw[:4]:
        row["Comment"] = "buildkit.dockerfile.v0"
    assert marks(raw, 3) == [0, None, 1, None, 2, None]


def test_the_classic_builder_drops_layers_with_nothing_in_them() -> None:
    raw = rows(
        ("ADD rootfs.tar /", 9, "sha256:a"),
        (f"{NOP}WORKDIR /app", 0, "sha256:b"),
        (f"{NOP}WORKDIR /tmp", 0, "sha256:c"),
        ("/bin/sh -c true", 0, "sha256:d"),
        ("/bin/sh -c mkdir /x", 0, "sha256:e"),
        (f"{NOP} CMD []", 0, "sha256:f"),
    )
    depth = {"sha256:a": 1, "sha256:b": 2, "sha256:c": 2, "sha256:d": 2, "sha256:e": 3, "sha256:f": 3}
    assert marks(raw, 3, depth) == [0, 1, None, None, 2, None]


def test_fewer_rows_than_layers_and_no_rows_at_all() -> None:
    assert marks(rows(("imported", 5, "sha256:a")), 1) == [0]
    assert marks(rows(("/bin/sh -c one", 5, "<missing>")), 3) == [2]
    assert joined([], ["sha256:0"])[1][0].size == 0


def test_times_and_ids() -> None:
    history, _ = joined([{"CreatedBy": "x", "Size": 0, "Id": "<missing>", "Created": -62135596800}], [])
    assert (history[0].image_id, history[0].created) == (None, None)
