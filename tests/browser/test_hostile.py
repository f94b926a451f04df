"""Promise 1 in a real browser: hostile strings in every widget; no dialog, no script, nothing fetched."""

from __future__ import annotations

import gallery
from factory import HOSTILE
from in_jupyter import LabServer, open_notebook, run_cell, seen
from playwright.sync_api import Page

_OPENING = f"""{gallery.OPENING}
from containerlab.draw.escape import Html
hostile = [f.hostile(word) for word in f.HOSTILE]
"""

CELLS = {
    "stack": "for i, c, b in hostile: display(Picture(stack(i, c), stack_text(i, c)))",
    "shared": "for i, c, b in hostile: display(Picture(shared(i, app), shared_text(i, app)))",
    "history": "for i, c, b in hostile: display(Picture(history(i), history_text(i)))",
    "source": "for i, c, b in hostile: display(Picture(source(i), source_text(i)))",
    "diagram": "for i, c, b in hostile: display(Picture(diagram(i, [c]), diagram_text(i, [c])))",
    "analogies": "for i, c, b in hostile: display(Picture(analogies(i, [c]), analogies_text()))",
    "pipeline": "for i, c, b in hostile: display(Picture(pipeline(b.dockerfile, b, i, [c]), 'pipeline'))",
    "compare": "for i, c, b in hostile: display(Picture(compare(b, b), compare_text(b, b)))",
    "transcript": "for i, c, b in hostile: display(Picture(transcript(b), transcript_text(b)))",
    "player": "for i, c, b in hostile: display(Player(b, b))",
    "question": "for word in f.HOSTILE[:-2]:\n    display(Question(word, [word, 'other'], answer=['other']))\n"
    "    r = Question(word, [word, 'other'], answer=['other']); r.reveal([word], word); display(r)",
    # Markup that did not come from a drawing: as text, and, were it ever to pass Python, without what acts.
    "plain": "display(*[Picture(word, word) for word in f.HOSTILE[:-2]])",
    "forced": "display(*[Picture(Html(f'<div class=\"cl\">{word}</div>'), word) for word in f.HOSTILE[:-2]])",
}


def test_hostile_strings_are_text_in_every_widget(page: Page, lab_server: LabServer) -> None:
    gallery.write(lab_server.root_dir / "hostile.ipynb", CELLS, _OPENING)
    open_notebook(page, "hostile.ipynb")
    title = page.title()
    for at in range(page.locator(".jp-Notebook .jp-CodeCell").count()):
        run_cell(page, at)
    widgets = 10 * len(HOSTILE) + 4 * (len(HOSTILE) - 2)
    page.wait_for_function("count => document.querySelectorAll('.cl-widget').length === count", arg=widgets)
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    found = page.evaluate(
        """() => {
            const acts = ['script', 'img', 'iframe', 'link', 'style', 'a', 'foreignobject', 'object'];
            const bad = ({name}) => /^on|href|src$/i.test(name);
            const wrong = (node) => acts.includes(node.tagName.toLowerCase()) || [...node.attributes].some(bad);
            return [...document.querySelectorAll('.cl-widget *')].filter(wrong).map((node) => node.outerHTML);
        }"""
    )
    assert found == []
    # each button pressed: what is shown on selection is text as well
    page.evaluate("() => document.querySelectorAll('.cl-pick, .cl-step').forEach((one) => one.click())")
    assert page.evaluate("() => typeof window.owned") == "undefined"
    told = seen(page)
    assert told.dialogs == [] and told.requests == [] and told.errors == []
    assert page.title().replace("*", "").strip().endswith(title.replace("*", "").strip().split(" - ")[-1])
    shown = page.locator(".cl-question .cl-prompt").first.inner_text()
    assert shown == HOSTILE[0]
