"""The playground's rows: three answers side by side."""

from __future__ import annotations

from containerlab.build.oracle.advice import Order
from containerlab.draw.playground import order_rows, playground_text, rows, score
from containerlab.model import Build, BuildStep
from containerlab.model.prediction import Foreseen, Prediction

FORESEEN = Prediction(
    (
        Foreseen(1, "FROM base", 1, 0, "hit", "it is here", silent=True),
        Foreseen(2, "COPY <b>\u202e .", 2, 0, "miss", "<i> changed"),
        Foreseen(3, "RUN one", 3, 0, "miss", "follows", follows=True),
        Foreseen(4, "RUN two", 4, 0, "unknown", "nobody knows"),
    )
)
STATES = ("cached", "done", "cached", "done")
STEPS = tuple(BuildStep(at + 1, "x", at + 1, at + 1, state=state) for at, state in enumerate(STATES))
BUILD = Build("t", "buildkit", "", STEPS, "done")


def test_guess_oracle_and_engine_are_scored_on_what_the_engine_decided() -> None:
    shown = rows(FORESEEN, {"2": "miss", "3": "hit"}, BUILD)
    assert [(row["guess"], row["oracle"], row["engine"]) for row in shown[1:]] == [
        ("miss", "miss", "miss"),
        ("hit", "miss", "hit"),
        ("", "unknown", "miss"),
    ]
    assert score(shown).words == "Of 3 steps, you: 2 of 3 right; the oracle: 1 right, 1 left unknown."
    assert score(rows(FORESEEN)).words == "The engine reached no step that a cache could save."
    assert "you made no guess" in score(rows(FORESEEN, {}, BUILD)).words


def test_before_the_guess_nothing_is_given_away() -> None:
    hidden = rows(FORESEEN, hidden=True)
    assert {(row["oracle"], row["why"], row["tone"]) for row in hidden} == {("", "", "wait")}
    assert "miss" not in playground_text("t", hidden)


def test_the_text_is_stable_and_shows_what_hides() -> None:
    assert playground_text("app", rows(FORESEEN)) == (
        "playground of app\n[1/4] FROM base\n[2/4] COPY <b>⟨U+202E⟩ . · miss\n"
        "[3/4] RUN one · miss\n[4/4] RUN two · unknown"
    )


def test_orders_are_the_cheapest_and_the_written_one() -> None:
    found = [Order((f"RUN {at}",), float(at), "", current=at == 9) for at in range(10)]
    shown = order_rows(found, 3)
    assert [(row["time"], row["part"], row["current"]) for row in shown] == [
        ("0.0 s", 0.0, False),
        ("1.0 s", 0.1111, False),
        ("2.0 s", 0.2222, False),
        ("9.0 s", 1.0, True),
    ]
