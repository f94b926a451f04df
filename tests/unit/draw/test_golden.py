"""The texts and the DOT of the drawings, against files that a person has read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import factory as f

from containerlab.draw.analogies import analogies_text
from containerlab.draw.classes import diagram_text, dot, source_text
from containerlab.draw.history import history_text
from containerlab.draw.pipeline import pipeline_text
from containerlab.draw.player import compare_text, player_text
from containerlab.draw.stack import shared_text, stack_text
from containerlab.model import Build, Container, Image

Golden = Callable[[str, str], None]


def texts(seed: str = "", later: float = 0.0) -> dict[str, str]:
    """Every text; ``seed`` changes all ids and sizes, ``later`` all times: neither may show."""
    hello, app, newer = (vary(one, seed, later) for one in (f.greeter(), f.translator(), f.translator("2")))
    box = f.container(hello, "amber_lark", ("Pavlos",), changes=f.CHANGES)
    busy = f.container(hello, "busy_ada", state="running")
    box, busy = (replace(one, id=f.digest(seed), created=f.NOW + later, writable_bytes=None) for one in (box, busy))
    first, failed = slower(f.build(), later), slower(f.build("dddddfwww"), later)
    second = slower(f.build("ccccccddd"), later)
    return {
        "stack.txt": stack_text(app),
        "stack_container.txt": stack_text(hello, box),
        "shared.txt": shared_text(app, newer),
        "shared_nothing.txt": shared_text(app, f.deep(3)),
        "history.txt": history_text(app),
        "source.txt": source_text(app),
        "diagram.txt": diagram_text(hello, [box, busy]),
        "diagram_empty.txt": diagram_text(f.debian(), []),
        "diagram.dot": dot(hello, [box, busy]),
        "pipeline.txt": pipeline_text(f.DOCKERFILE, first, app, [box]),
        "pipeline_empty.txt": pipeline_text("", None, None, []),
        "player.txt": player_text(second),
        "player_failed.txt": player_text(failed),
        "compare.txt": compare_text(second, first),
        "analogies.txt": analogies_text(),
    }


def vary(image: Image, seed: str, later: float) -> Image:
    """The same image as another engine would tell it: other ids, sizes and times."""
    if not seed:
        return image
    layers = {
        layer.index: replace(layer, diff_id=f.digest((seed, layer.diff_id)), size=layer.size + 7)
        for layer in image.layers
    }
    rows = tuple(
        replace(
            row,
            layer=layers[row.layer.index] if row.layer else None,
            size=row.size + 7 if row.layer else 0,
            created=(row.created or 0) + later,
            image_id=None,
            created_by=f"{row.created_by} # buildkit",
        )
        for row in image.history
    )
    return replace(
        image, id=f.digest((seed, image.id)), layers=tuple(layers.values()), history=rows, size=image.size + 99
    )


def slower(build: Build, later: float) -> Build:
    steps = tuple(
        replace(
            step, started=step.started and step.started + later, completed=step.completed and step.completed + 2 * later
        )
        for step in build.steps
    )
    return replace(
        build, steps=steps, started=build.started + later, completed=build.completed and build.completed + 3 * later
    )


def test_texts_are_the_golden_ones(golden: Golden) -> None:
    for name, text in texts().items():
        golden(name, text)


def test_texts_have_no_ids_sizes_or_times() -> None:
    assert texts("another engine", later=86_400.0) == texts()


def test_the_update_switch_is_off(updating: bool) -> None:
    assert updating is False


def test_the_base_is_one_line_however_it_was_made() -> None:
    """A stand-in of Debian packages and the pulled image differ in their rows; the text must not."""
    app = f.translator()
    pulled = replace(app, history=(replace(app.history[0], instruction="# debian.sh --arch 'amd64'"), *app.history[1:]))
    assert stack_text(pulled) == stack_text(app)
    assert history_text(pulled) == history_text(app)


def test_a_container_without_changes_says_so() -> None:
    box: Container = f.container(f.greeter())
    assert "no changes" in stack_text(f.greeter(), box)
