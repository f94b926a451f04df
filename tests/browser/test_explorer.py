"""The layer explorer in a real JupyterLab: layers, folders, search, wastes, a file's text; by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gallery
import pytest
from in_jupyter import LabServer, axe, console_errors, new_page, open_notebook, run_all, screenshot, seen, theme
from playwright.sync_api import Browser, Locator, Page, expect

REPOSITORY = Path(__file__).resolve().parents[2]
OPENING = f"""
import sys, pathlib
sys.path.insert(0, {str(REPOSITORY)!r})
from containerlab import exploring
from tests.unit.filetree import images
"""
IMAGE = """
base = [("etc/", None), ("etc/hostname", b"base\\n"), ("etc/passwd", b"root:x:0:0\\n"), ("bin", "-> usr/bin")]
base += [(f"usr/bin/tool{n:02}", b"\\0" * 9000 * n) for n in range(30)] + [("var/cache/lists", b"l" * 2_500_000)]
base += [(f"usr/share/many/f{n:05}.txt", b"x") for n in range(60_000)]
deps = [("usr/lib/python3/translate.py", b"# nothing yet\\n"), ("usr/lib/python3/model.bin", b"\\0" * 700_000)]
clean = [("var/cache/.wh.lists", b""), ("etc/.wh.passwd", b"")]
app = [("app/main.py", b"import translate\\n\\nprint(translate.hello('Pavlos'))\\n" * 30), ("etc/hostname", b"app\\n")]
app += [("app/<img src=x onerror=alert(1)>", b"<script>alert(2)</script>"), ("../../evil", b"")]
app += [("app/\\u202egpj", b"\\u202e")]
app += [("usr/lib/python3/model.bin", b"\\1" * 650_000), ("app/empty/", None)]
path = images.docker_archive(pathlib.Path("image.tar"), [images.tar(layer) for layer in (base, deps, clean, app)])
exploring.archive(path)
"""


@pytest.fixture(scope="module")
def shown(browser: Browser, lab_server: LabServer) -> Iterator[Page]:
    page = new_page(browser, lab_server)
    gallery.write(lab_server.root_dir / "explorer.ipynb", {"image": IMAGE}, OPENING)
    open_notebook(page, "explorer.ipynb")
    run_all(page)
    expect(page.locator(".cl-explorer")).to_have_attribute("data-drawn", "4")
    yield page
    assert console_errors(page) == []
    assert seen(page).requests == [] and seen(page).dialogs == []
    page.context.close()


def row(page: Page, name: str) -> Locator:
    """The row of that name, whole."""
    return page.locator(".cl-ex-row").filter(has=page.locator(f".cl-ex-name > code:text-is({name!r})"))


def test_folders_open_when_they_are_asked_for(shown: Page) -> None:
    row(shown, "usr/").click()
    row(shown, "share/").click()
    row(shown, "many/").click()
    expect(row(shown, "f00199.txt")).to_have_count(1)
    assert shown.locator(".cl-ex-row").count() < 230
    more = shown.locator(".cl-ex-more")
    expect(more).to_have_text("59,800 more…")
    more.click()
    expect(row(shown, "f00399.txt")).to_have_count(1)
    row(shown, "many/").focus()
    shown.keyboard.press("ArrowLeft")
    expect(row(shown, "f00000.txt")).to_have_count(0)
    expect(row(shown, "many/")).to_be_focused()
    shown.keyboard.press("ArrowLeft")
    expect(row(shown, "share/")).to_be_focused()


def test_a_layer_is_chosen_and_its_changes_alone(shown: Page) -> None:
    picture = shown.locator(".cl-explorer")
    picture.locator("input[type=range]").focus()
    shown.keyboard.press("ArrowLeft")
    expect(picture).to_have_attribute("data-drawn", "3")
    expect(picture.locator(".cl-ex-stack [aria-pressed=true] .cl-n")).to_contain_text("3")
    expect(row(shown, "app/")).to_have_count(0)
    picture.get_by_role("button", name="Only its changes").click()
    expect(picture.locator(".cl-ex-sum")).to_have_text("what layer 3 changed: 0B")
    expect(picture.locator(".cl-ex-row")).to_have_count(2)
    row(shown, "etc/").click()
    expect(picture.locator(".cl-ex-removed")).to_have_text("− removedpasswd11B-rw-r--r-- 0:0")
    picture.get_by_role("button", name="Only its changes").click()
    picture.locator(".cl-ex-stack .cl-pick").first.click()
    expect(picture).to_have_attribute("data-drawn", "4")


def test_a_file_is_read_and_its_story_told(shown: Page) -> None:
    picture = shown.locator(".cl-explorer")
    row(shown, "app/").click()
    row(shown, "main.py").click()
    side = picture.locator(".cl-side")
    expect(side.locator("pre")).to_contain_text("print(translate.hello('Pavlos'))")
    expect(side.locator(".cl-ex-story")).to_contain_text("added by layer 4")
    shown.keyboard.press("ArrowUp")
    shown.keyboard.press("Enter")
    expect(side.locator("pre")).to_have_text("<script>alert(2)</script>")
    expect(row(shown, "<img src=x onerror=alert(1)>")).to_have_count(1)
    expect(row(shown, "evil")).to_contain_text("a name that climbs out (..)")
    screenshot(shown, "explorer-file")


def test_a_waste_leads_to_where_it_was_lost(shown: Page) -> None:
    picture = shown.locator(".cl-explorer")
    expect(picture.locator(".cl-ex-wastes .cl-title")).to_contain_text("Wasted: 3.2MB")
    picture.locator(".cl-ex-waste").first.click()
    expect(picture).to_have_attribute("data-drawn", "3")
    expect(picture.locator(".cl-ex-row[aria-selected=true]")).to_contain_text("lists")
    expect(picture.locator(".cl-side")).to_contain_text("not to be seen at this layer")


def test_search(shown: Page) -> None:
    picture = shown.locator(".cl-explorer")
    picture.get_by_role("searchbox").fill("F0123")
    expect(picture.locator(".cl-ex-sum")).to_have_text("10 found")
    expect(picture.locator(".cl-ex-row")).to_have_count(10)
    picture.get_by_role("searchbox").fill("")
    expect(picture.locator(".cl-ex-sum")).to_contain_text("what one sees at layer")


def test_it_is_accessible_in_light_and_dark_at_both_widths(shown: Page) -> None:
    picture = shown.locator(".cl-explorer")
    picture.locator(".cl-ex-stack .cl-pick").first.click()
    row(shown, "main.py").click()
    expect(picture.locator(".cl-side pre")).to_have_count(1)
    for name in ("JupyterLab Light", "JupyterLab Dark"):
        theme(shown, name)
        for width in (1280, 700):
            shown.set_viewport_size({"width": width, "height": 900})
            picture.scroll_into_view_if_needed()
            assert axe(shown, ".cl-explorer") == [], (name, width)
            assert picture.evaluate("one => one.scrollWidth <= one.clientWidth + 1")
            screenshot(shown, f"explorer-{name.removeprefix('JupyterLab ').lower()}-{width}")
    theme(shown, "JupyterLab Light")
    shown.set_viewport_size({"width": 1280, "height": 900})
