"""The Python side of the widgets: traits, stable text, patches, and that both sides speak of the same traits."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import factory as f
import pytest
import traitlets

from containerlab.draw.escape import Html
from containerlab.draw.player import frames
from containerlab.draw.stack import stack, stack_text
from containerlab.widgets import base
from containerlab.widgets.base import CourseWidget
from containerlab.widgets.explorer import Explorer
from containerlab.widgets.picture import Picture
from containerlab.widgets.player import PATCHES_A_SECOND, Player
from containerlab.widgets.playground import Playground
from containerlab.widgets.question import Question

WIDGETS: dict[type[CourseWidget], str] = {
    Picture: "picture",
    Player: "player",
    Question: "question",
    Playground: "playground",
    Explorer: "explorer",
}
VIEW = "application/vnd.jupyter.widget-view+json"
_KINDS = {"Unicode": "string", "List": "string[]", "Dict": "object", "Bool": "boolean", "Enum": "string"}


@pytest.mark.parametrize("widget", WIDGETS, ids=WIDGETS.values())
def test_the_script_lists_the_traits_that_python_has(widget: type[CourseWidget]) -> None:
    script = (Path(base.__file__).parent / f"{WIDGETS[widget]}.js").read_text("utf-8")
    assert script.startswith("/**\n * The traits that this widget reads.\n * @typedef {object} Traits\n")
    told = {name: kind for kind, name in re.findall(r"@property \{(.+?)\} (\w+)", script)}
    known = {**vars(widget)}
    traits = {
        name: trait
        for name, trait in known.items()
        if isinstance(trait, traitlets.TraitType) and trait.metadata.get("sync")
    }
    traits = {name: trait for name, trait in traits.items() if not name.startswith("_")}
    kinds = {name: _kind(trait) + "|null" * trait.allow_none for name, trait in traits.items()}
    assert told == kinds
    read = set(re.findall(r'model\.get\("(\w+)"\)', script))
    assert read <= set(traits)


def _kind(trait: Any) -> str:
    of_dicts = isinstance(trait, traitlets.List) and isinstance(trait._trait, traitlets.Dict)
    return "object[]" if of_dicts else _KINDS[type(trait).__name__]


@pytest.mark.parametrize("name", WIDGETS.values())
def test_a_widget_is_whole_and_asks_nobody(name: str) -> None:
    """A saved notebook has nothing to import from, and a class has no network."""
    script, style = base.esm(name), base.css(name)
    assert "import " not in re.sub(r"//.*|/\*.*?\*/", "", script, flags=re.DOTALL)
    assert script.count("export default { render }") == 1 and "function el(" in script
    for text in (script, style):
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert "@import" not in style and "innerHTML" not in script and "eval(" not in script
    assert script.count("return () => {") == 1, "render returns its clean-up"


def bundle(widget: CourseWidget) -> dict[str, Any]:
    data, metadata = widget._repr_mimebundle_()
    assert metadata == {}
    return data


def test_the_bundle_is_text_and_view_and_the_text_is_stable() -> None:
    made: list[CourseWidget] = [
        Picture(stack(f.translator()), stack_text(f.translator())),
        Player(f.build()),
        Question("Which?", ["a", "b"]),
        Player(),
    ]
    for widget in made:
        data = bundle(widget)
        assert set(data) == {"text/plain", VIEW}
        assert data["text/plain"] == repr(widget) and " at 0x" not in repr(widget)
        assert data[VIEW]["model_id"] == widget.model_id
    assert repr(made[2]) == "Which?\n  ( ) a\n  ( ) b"


def test_a_picture_of_a_plain_string_is_text() -> None:
    assert "&lt;script&gt;" in Picture("<script>", "x").html
    assert Picture(Html("<b></b>"), "x").html == "<b></b>"
    with pytest.raises(TypeError):
        Picture().show("<b>", "x")  # type: ignore[arg-type]


def test_an_answer_is_one_of_the_options_and_locked_by_the_truth() -> None:
    question = Question("Which?", ["a", "b", "c"])
    assert question.answer == [] and question.right is None
    question.answer = ["b", "c", "other"]
    assert question.answer == ["b"]
    question.reveal(["a"], "because")
    assert (question.truth, question.note, question.right) == (["a"], "because", False)
    question.answer = ["a"]
    assert question.answer == ["b"]


def test_many_may_be_chosen_where_many_are_asked_for() -> None:
    question = Question("Which?", ["a", "b", "c"], "many", answer=["c", "a"])
    assert question.answer == ["a", "c"]
    question.reveal(["c", "a"])
    assert question.right is True
    assert repr(question).count("[ ]") == 3


def test_no_answer_is_neither_right_nor_wrong() -> None:
    question = Question("Which?", ["a"])
    question.reveal(["a"])
    assert question.right is None


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_build_is_followed_in_patches_at_most_so_many_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(Player, "send", lambda self, content, buffers=None: sent.append(content))
    clock = Clock()
    player = Player(clock=clock, live=True)
    states = ["rwwwwwwww", "drwwwwwww", "ddrwwwwww", "dddrwwwww"]
    assert player.follow(f.build(states[0])) is True
    assert player.frames["steps"][0]["state"] == "running" and not sent
    assert player.follow(lambda: pytest.fail("too early to ask")) is False  # type: ignore[arg-type, return-value]
    for state in states[1:]:
        clock.now += 1 / PATCHES_A_SECOND + 0.001
        player.follow(f.build(state))
    assert [set(patch["steps"]) for patch in sent] == [{"0", "1"}, {"1", "2"}, {"2", "3"}]
    clock.now += 1
    assert player.follow(f.build(states[3])) is False, "nothing changed"
    shown = player.frames["steps"]
    for patch in sent:
        shown = [patch["steps"].get(str(at), step) for at, step in enumerate(shown)]
    assert shown == frames(f.build(states[3]))["steps"]


def test_the_end_of_a_build_is_a_trait() -> None:
    player = Player(live=True)
    player.follow(f.build("drwwwwwww"))
    player.finish(f.build("ccccccddd"), f.build())
    assert player.live is False and player.frames["state"] == "done"
    assert player.frames["saved"].startswith("saved ") and "cached" in player.text
    json.dumps(player.get_state(["frames", "text", "live"]))


def test_a_build_that_failed_at_once_can_be_finished() -> None:
    player = Player(live=True)
    player.finish(f.build("f"))
    assert player.frames["tone"] == "bad"
