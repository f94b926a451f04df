"""The playground under a student's hands: typed, foreseen by the real oracle, guessed, and another order taken over.

What is in the cache is told to the oracle here; ``tests/engine/test_playground.py`` has a real engine.
"""

from __future__ import annotations

import gallery
from in_jupyter import LabServer, axe, console_errors, open_notebook, run_all, screenshot
from playwright.sync_api import Page, expect

OPENING = (
    gallery.OPENING
    + r"""
from containerlab.build.dockerfile import parse
from containerlab.build.oracle import BaseImage, Given, Memory, file_mark, predict, record
from containerlab.build.oracle.advice import orders
from containerlab.model import Build, BuildStep

TEXT = "FROM base\nWORKDIR /app\nCOPY . .\nRUN python3 prepare.py\n"
GOOD = "FROM base\nWORKDIR /app\nCOPY cli.py .\nCOPY prepare.py .\nRUN python3 prepare.py\n"

class Hands:
    def __init__(self, text, **traits):
        self.memory = Memory()
        self.widget = Playground(self.asked, title="greeter", builder="for BuildKit", dockerfile=text,
                                 files={"cli.py": "print(1)\n", "prepare.py": "pass\n"},
                                 edits=[{"file": "cli.py", "times": 20}], **traits)
        given = self.given()
        steps = tuple(BuildStep(at + 1, one.text, one.line, one.end_line, state="done")
                      for at, one in enumerate(given.dockerfile.instructions))
        record(given, Build("t", "buildkit", text, steps, "done"), self.memory)
        self.foresee()
        self.widget.observe(self.foresee, ["dockerfile", "files", "guesses", "committed"])

    def given(self):
        files = {name: file_mark(text.encode()) for name, text in self.widget.files.items()}
        bases = {"base": BaseImage("sha256:1", ("sha256:1",))}
        return Given(parse(self.widget.dockerfile), "buildkit", files, bases=bases)

    def foresee(self, _=None):
        hidden = self.widget.ask and not self.widget.committed
        self.widget.rows = rows(predict(self.given(), self.memory), self.widget.guesses, None, hidden)

    def asked(self, kind):
        given = self.given()
        found = orders(given.dockerfile, given.files, {"cli.py": 20}, {"RUN python3 prepare.py": 3.0})
        self.widget.advice, self.widget.orders = "", order_rows(found)
"""
)


def test_a_key_stroke_turns_the_steps(page: Page, lab_server: LabServer) -> None:
    gallery.write(lab_server.root_dir / "typed.ipynb", {"typed": "Hands(TEXT).widget"}, OPENING)
    open_notebook(page, "typed.ipynb")
    run_all(page)
    rows = page.locator(".cl-play-rows > li")
    expect(rows).to_have_count(4)
    expect(rows.nth(2)).to_contain_text("hit")
    page.get_by_role("tab", name="cli.py").click()
    editor = page.get_by_role("textbox", name="cli.py")
    editor.press("Control+End")
    editor.press_sequentially("# edited")
    expect(rows.nth(2)).to_contain_text("cli.py changed; the step after it follows")
    expect(rows.nth(1)).to_contain_text("hit")
    expect(rows.nth(3)).to_contain_text("miss")
    assert editor.input_value() == "print(1)\n# edited"
    page.get_by_role("tab", name="cli.py").press("ArrowRight")  # the tabs by keyboard
    expect(page.get_by_role("textbox", name="prepare.py")).to_be_visible()
    screenshot(page, "playground")
    assert axe(page, ".cl-widget") == []
    assert console_errors(page) == []


def test_a_guess_comes_first_and_another_order_is_taken_over(page: Page, lab_server: LabServer) -> None:
    gallery.write(lab_server.root_dir / "guessed.ipynb", {"guessed": "Hands(GOOD, ask=True).widget"}, OPENING)
    open_notebook(page, "guessed.ipynb")
    run_all(page)
    build = page.get_by_role("button", name="Build")
    expect(build).to_be_disabled()
    expect(page.locator(".cl-play-rows")).not_to_contain_text("nothing that it depends on")
    for number in range(1, 5):
        page.locator(".cl-play-rows > li").nth(number).get_by_label("hit", exact=True).check()
    guess = page.get_by_role("button", name="That is my guess")
    expect(guess).to_be_enabled()
    assert axe(page, ".cl-widget") == []
    guess.click()
    expect(build).to_be_enabled()
    expect(page.locator(".cl-play-rows")).to_contain_text("nothing that it depends on has changed")

    page.get_by_text("What would another order cost?").click()
    page.get_by_role("button", name="Compare the orders").click()
    order = page.locator(".cl-play-order > li")
    expect(order.first).to_contain_text("0.0 s a day")
    expect(order.first).to_contain_text("COPY prepare.py . → RUN python3 prepare.py → COPY cli.py .")
    screenshot(page, "playground-orders")
    assert axe(page, ".cl-widget") == []
    order.first.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("textbox", name="Dockerfile")).to_have_value(
        "FROM base\nWORKDIR /app\nCOPY prepare.py .\nRUN python3 prepare.py\nCOPY cli.py .\n"
    )
    expect(page.locator(".cl-play-rows > li").nth(2)).to_contain_text("miss")
    assert console_errors(page) == []
