"""Every picture in a real JupyterLab: there, without errors, accessible, reachable by keyboard, on the stage."""

from __future__ import annotations

import re
from collections.abc import Iterator

import gallery
import pytest
from in_jupyter import LabServer, axe, console_errors, new_page, open_notebook, run_all, screenshot, seen, theme
from playwright.sync_api import Browser, Page, expect


@pytest.fixture(scope="module")
def shown(browser: Browser, lab_server: LabServer) -> Iterator[Page]:
    """The gallery, run to its end; each test leaves it as it was."""
    page = new_page(browser, lab_server)
    gallery.write(lab_server.root_dir / "gallery.ipynb")
    open_notebook(page, "gallery.ipynb")
    run_all(page)
    page.wait_for_function("count => document.querySelectorAll('.cl-widget').length === count", arg=len(gallery.CELLS))
    yield page
    assert console_errors(page) == []
    assert seen(page).requests == []
    page.context.close()


def picture(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.locator(".jp-Notebook .jp-Cell").nth(list(gallery.CELLS).index(name) + 1).locator(".cl-widget")


def test_all_pictures_are_accessible_in_light_and_dark_at_both_widths(shown: Page) -> None:
    for name in ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"):
        theme(shown, name)
        assert axe(shown, ".cl-widget") == [], name
        for one in ("stack", "player", "diagram", "pipeline"):
            picture(shown, one).scroll_into_view_if_needed()
            screenshot(shown, f"gallery-{one}-{name.removeprefix('JupyterLab ').lower().replace(' ', '-')}")
    shown.set_viewport_size({"width": 700, "height": 900})
    assert axe(shown, ".cl-widget") == []
    wide = shown.evaluate(
        """() => [...document.querySelectorAll('.cl-widget')]
            .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.firstElementChild.className)"""
    )
    assert wide == [], "nothing is wider than its cell"
    shown.set_viewport_size({"width": 1280, "height": 900})
    theme(shown, "JupyterLab Light")


def test_a_layer_is_selected_read_and_copied(shown: Page) -> None:
    stack = picture(shown, "stack")
    stack.locator(".cl-slab .cl-pick").first.click()
    side = stack.locator(".cl-side")
    expect(side).to_contain_text("digest")
    expect(side).to_contain_text("line 7")
    side.locator(".cl-copy").first.click()
    shown.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('sha256:')")
    assert axe(shown, ".cl-stack .cl-side") == []
    stack.locator(".cl-slab .cl-pick").first.focus()
    shown.keyboard.press("ArrowDown")
    shown.keyboard.press("Enter")
    expect(side).to_contain_text("line 6")
    screenshot(shown, "gallery-selected")


def test_a_build_is_played_by_mouse_and_by_keyboard(shown: Page) -> None:
    player = picture(shown, "player")
    expect(player).to_have_attribute("data-played", "true")
    player.locator("input[type=range]").focus()
    shown.keyboard.press("Home")
    expect(player.locator(".cl-count")).to_have_text("0 / 9")
    expect(player.locator(".cl-pile .cl-slab")).to_have_count(0)
    player.locator(".cl-forward").click()
    player.locator(".cl-forward").click()
    expect(player.locator(".cl-count")).to_have_text("2 / 9")
    expect(player.locator(".cl-origin")).to_contain_text("the same layer as in the build before, where it took 17 s")
    player.locator(".cl-step").nth(1).focus()
    shown.keyboard.press("ArrowRight")
    expect(player.locator(".cl-count")).to_have_text("3 / 9")
    player.locator("select").select_option("4")
    player.locator(".cl-play").click()
    expect(player.locator(".cl-play")).to_have_attribute("aria-label", "Pause")
    expect(player).to_have_attribute("data-played", "true")
    expect(player.locator(".cl-saved")).to_have_text(re.compile(r"saved 27 s: \d of \d steps came from the cache"))
    expect(player.locator(".cl-pile .cl-slab")).to_have_count(6)


def test_the_stage_fills_the_screen_and_is_left(shown: Page) -> None:
    player = picture(shown, "player")
    player.locator(".cl-stage-button").click()
    shown.wait_for_function("() => document.fullscreenElement?.classList.contains('cl-on-stage')")
    player.locator("input[type=range]").focus()
    shown.keyboard.press("Home")
    player.locator(".cl-step").first.focus()
    for key in (" ", "PageDown", "ArrowRight"):
        shown.keyboard.press(key)
    expect(player.locator(".cl-count")).to_have_text("3 / 9")
    screenshot(shown, "gallery-stage")
    player.locator(".cl-stage-button").click()
    shown.wait_for_function("() => !document.fullscreenElement")
    stack = picture(shown, "stack")
    stack.locator(".cl-stage-button").click()
    shown.wait_for_function("() => document.fullscreenElement?.classList.contains('cl-on-stage')")
    shown.keyboard.press("ArrowUp")
    expect(stack.locator(".cl-pick[aria-pressed=true]")).to_have_count(1)
    screenshot(shown, "gallery-stage-stack")
    shown.evaluate("() => document.exitFullscreen()")
    shown.wait_for_function("() => !document.fullscreenElement")


LIVE = """
import asyncio
live = Player(live=True)
display(live)
for letters in ("rwwwwwwww", "crwwwwwww", "ccrwwwwww", "cccrwwwww", "ccccrwwww", "cccccrwww", "ccccccrww", "ccccccdrw"):
    live.follow(f.build(letters, of=newer, text=edited))
    await asyncio.sleep(0.03)
live.finish(f.build("ccccccddd", of=newer, text=edited), first)
"""
ASK = "asked = Question('How many layers?', ['1', '2'])\nasked"
TELL = "print('kernel has', asked.answer)\nasked.reveal(['1'], 'counted')"


def test_a_live_build_ends_played_and_an_answer_reaches_the_kernel(page: Page, lab_server: LabServer) -> None:
    gallery.write(lab_server.root_dir / "live.ipynb", {"live": LIVE, "ask": ASK})
    open_notebook(page, "live.ipynb")
    run_all(page)
    expect(page.locator(".cl-player")).to_have_attribute("data-played", "true")
    expect(page.locator(".cl-player .cl-count")).to_have_text("9 / 9")
    expect(page.locator(".cl-player .cl-saved")).to_contain_text("steps came from the cache")
    page.get_by_label("2", exact=True).check()
    expect(page.locator(".cl-question [role=status]")).to_contain_text("Noted")
    told = page.evaluate(
        """async (code) => {
            const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
            const asked = kernel.requestExecute({code});
            let text = '';
            asked.onIOPub = (message) => { text += message.content.text ?? message.content.evalue ?? ''; };
            await asked.done;
            return text;
        }""",
        TELL,
    )
    assert told.strip() == "kernel has ['2']"
    question = page.locator(".cl-question")
    expect(question).to_have_attribute("data-state", "locked")
    expect(question).to_contain_text("The engine says otherwise.")
    expect(question.locator("tr", has_text="2")).to_contain_text("you")
    assert axe(page, ".cl-question") == []
    assert console_errors(page) == []


def test_reduced_motion_moves_nothing(page: Page, lab_server: LabServer) -> None:
    page.emulate_media(reduced_motion="reduce")
    gallery.write(lab_server.root_dir / "still.ipynb", {"player": "Player(second, first)"})
    open_notebook(page, "still.ipynb")
    run_all(page)
    player = page.locator(".cl-player")
    player.locator("input[type=range]").focus()
    page.keyboard.press("Home")
    player.locator(".cl-forward").click()
    player.locator(".cl-forward").click()
    moving = page.evaluate("() => document.querySelector('.cl-player').getAnimations({subtree: true}).length")
    assert moving == 0
