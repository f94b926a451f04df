"""Promises 1 and 2: whatever an engine says is literal text, and an SVG has nothing that acts or fetches."""

from __future__ import annotations

import ast
import json
import re
from html.parser import HTMLParser

import factory as f
import pytest

from containerlab.draw import allow, graph
from containerlab.draw.analogies import analogies
from containerlab.draw.classes import diagram, source, source_text
from containerlab.draw.escape import Html, dot_text, element, join, log_line, one_line, text, visible
from containerlab.draw.history import history
from containerlab.draw.pipeline import pipeline
from containerlab.draw.player import compare, frames
from containerlab.draw.stack import shared, stack

SVG = 'xmlns="http://www.w3.org/2000/svg"'
_VOID = {"br"}
_SAFE = {
    "b",
    "br",
    "button",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "table",
    "tbody",
}
_SAFE |= {"td", "th", "thead", "tr", "ul", "svg", "g", "title", "path", "polygon", "polyline", "ellipse", "text"}


class Reader(HTMLParser):
    """Reads markup as a browser would, and keeps what it has of tags, attributes and text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(markup)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def assert_harmless(markup: str) -> Reader:
    read = Reader(markup)
    assert read.tags <= _SAFE, read.tags - _SAFE
    for name, values in read.attributes.items():
        assert not name.startswith("on") and name not in ("href", "src", "xlink:href", "action", "formaction", "id"), (
            name
        )
        if name == "style":
            assert all(re.fullmatch(r"(--cl-[a-z]+:-?[0-9.]+(px|%|s)?;?)+", value) for value in values)
        if name in ("fill", "stroke", "class", "transform", "d"):
            assert not any("url" in value or ":" in value for value in values)
    return read


def drawings(word: str) -> dict[str, Html]:
    image, box, build = f.hostile(word)
    return {
        "stack": stack(image),
        "container": stack(image, box),
        "shared": shared(image, f.hostile(word + "2")[0]),
        "history": history(image),
        "source": source(image),
        "diagram": diagram(image, [box]),
        "analogies": analogies(image, [box]),
        "pipeline": pipeline(build.dockerfile, build, image, [box]),
        "compare": compare(build, build),
    }


@pytest.mark.parametrize("word", f.HOSTILE)
def test_every_drawing_shows_it_as_text(word: str) -> None:
    for name, markup in drawings(word).items():
        read = assert_harmless(markup)
        told = "".join(read.text)
        assert "owned" in told or "Owned" in told or "alert" in told, name


def test_the_whole_string_is_there_as_it_was() -> None:
    word = f.HOSTILE[0]
    image, box, _ = f.hostile(word)
    for markup in (stack(image, box), history(image), pipeline("", None, image, [box])):
        assert word in "".join(Reader(markup).text)


@pytest.mark.parametrize("word", f.HOSTILE)
def test_graphviz_gets_and_gives_literal_text(word: str) -> None:
    made = graph.Graph()
    made.node("one", [[graph.Line(word, limit=400), graph.Line("second")], [graph.Line("third")]], "class")
    label = re.search(r'one \[label="(\{.*\})" ', made.source)
    assert label and not re.search(r'["<>|{}]', label[1][1:-1].replace("|third", "")), made.source
    shown = " ".join(one_line(word, 400).split())
    for drawn in (graph._by_program(made.source), graph._by_wheel(made.source)):
        read = assert_harmless(allow.svg(drawn, label=word, paint=graph.TONES, looks=made.looks))
        assert " ".join("".join(read.text).split()) == f"{shown}secondthird".strip()


@pytest.mark.parametrize("word", f.HOSTILE)
def test_the_source_of_a_class_is_python_in_which_it_is_a_literal(word: str) -> None:
    image, _, _ = f.hostile(word)
    tree = ast.parse(source_text(image))
    assert len(tree.body) == 1 and isinstance(tree.body[0], ast.ClassDef)
    body = {type(node) for node in tree.body[0].body}
    assert body <= {ast.Expr, ast.Assign, ast.FunctionDef}
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {
        call.attr if isinstance(call, ast.Attribute) else call.id
        for call in calls
        if isinstance(call, (ast.Attribute, ast.Name))
    }
    assert names <= {"start", "locals"}


@pytest.mark.parametrize("word", f.HOSTILE)
def test_frames_are_json_that_can_be_sent(word: str) -> None:
    _, _, build = f.hostile(word)
    sent = json.dumps(frames(build, build), ensure_ascii=False).encode("utf-8")
    assert not re.search("[\x00-\x08\u202e\u200b]", sent.decode("utf-8"))


def test_what_hides_is_marked() -> None:
    assert visible("a\u202eb\u200bc\x1b[2Jd\x7f") == "a⟨U+202E⟩b⟨U+200B⟩c␛[2Jd␡"
    assert visible("tab\tline\nend") == "tab\tline\nend"
    assert visible("é 日本 👍") == "é 日本 👍"
    assert log_line("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07y") == "red ␛]8;;http://x␇y"
    assert log_line("10 %\r20 %\r\n") == "10 %\n20 %"
    assert log_line("x" * 3000).endswith("… (1000 more characters)")
    assert one_line("a\n  b\tc") == "a b c" and one_line("x" * 50, 10) == "x" * 9 + "…"


def test_an_element_escapes_what_is_not_markup() -> None:
    assert element("b", "<i>", Html("<i></i>"), None, 3, title='"') == '<b title="&quot;">&lt;i&gt;<i></i>3</b>'
    assert join(["<", Html("<b></b>")], ", ") == "&lt;, <b></b>"
    assert text("<&>\"'") == "&lt;&amp;&gt;&quot;&#x27;"
    assert dot_text("<b>&\"'\\|{}") == "&#60;b&#62;&amp;&#34;&#39;&#92;&#92;&#124;&#123;&#125;"


@pytest.mark.parametrize("name", ["script", "a", "img", "iframe", "style", "svg", "form", "input", "link"])
def test_an_element_that_acts_cannot_be_made(name: str) -> None:
    with pytest.raises(ValueError, match="drawings have no"):
        element(name)


@pytest.mark.parametrize("attribute", ["onclick", "href", "src", "id", "srcdoc", "action"])
def test_an_attribute_that_acts_cannot_be_made(attribute: str) -> None:
    with pytest.raises(ValueError, match="drawings have no"):
        element("div", **{attribute: "x"})


@pytest.mark.parametrize(
    "style", ["color:red", "background:url(https://x)", "--cl-h:1px;color:red", "--cl-h:expression(1)"]
)
def test_a_style_is_numbers_only(style: str) -> None:
    with pytest.raises(ValueError, match="numbers only"):
        element("div", style=style)


BAD = {
    "script": "<script>alert(1)</script>",
    "foreign": "<foreignObject><body onload='x'>x</body></foreignObject>",
    "style": "<style>@import url(https://x)</style>",
    "link": "<a href='javascript:alert(1)'><path d='M0 0'/></a>",
    "xlink": "<a xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='javascript:x'><path d='M0 0'/></a>",
    "event": "<path d='M0 0' onclick='alert(1)'/>",
    "image": "<image href='https://x/y.png'/>",
    "use": "<use href='#x'/>",
    "animate": "<animate attributeName='href' to='javascript:x'/>",
    "set": "<set attributeName='onload' to='x'/>",
    "paint": "<path d='M0 0' fill='url(https://x)' stroke='url(#y)' style='fill:url(x)'/>",
    "transform": "<g transform='url(x)'/>",
    "class": "<g class='x\" onload=alert(1) y'/>",
    "title": "<title><![CDATA[<script>]]></title>",
    "other": "<html:script xmlns:html='http://www.w3.org/1999/xhtml'>alert(1)</html:script>",
    "comment": "<!-- <script> --><?xml-stylesheet href='https://x'?>",
    "text": "<text x='1' y='2'>&lt;script&gt;<tspan onclick='x'>alert</tspan></text>",
}


@pytest.mark.parametrize("name", BAD)
def test_an_svg_passes_the_allow_list(name: str) -> None:
    drawn = allow.svg(f"<svg {SVG} viewBox='0 0 1 1'>{BAD[name]}</svg>", label="a drawing")
    read = assert_harmless(drawn)
    assert read.tags <= {"svg", "g", "path", "text"}
    assert "javascript" not in drawn and "https" not in drawn and "url(" not in drawn


def test_an_allowed_svg_stays() -> None:
    """The twin of the refusals: shapes, text and transforms come through."""
    source = f"<svg {SVG} viewBox='0 0 9 9' width='9pt'><g transform='scale(1 1) rotate(0) translate(4 9)'>"
    source += "<path d='M0,1 L2,3' stroke='#010101'/><text x='1' y='2'>a &lt; b</text></g></svg>"
    drawn = allow.svg(source, label='says "hi"', paint=graph.TONES)
    assert 'd="M0,1 L2,3"' in drawn and "scale(1 1) rotate(0) translate(4 9)" in drawn
    assert 'class="clg-stroke-text"' in drawn and "a &lt; b" in drawn and 'aria-label="says &quot;hi&quot;"' in drawn


@pytest.mark.parametrize(
    "source",
    [
        "<svg",
        "<html></html>",
        "<!DOCTYPE svg [<!ENTITY x 'boom'>]><svg>&x;</svg>",
        "<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg/>",
        "",
    ],
)
def test_what_is_no_plain_svg_is_refused(source: str) -> None:
    with pytest.raises(allow.NotSvg):
        allow.svg(source, label="x")


def test_the_reader_of_these_tests_sees_what_is_wrong() -> None:
    """The gate can fail."""
    for markup in ("<script></script>", '<div onclick="x"></div>', '<p style="color:red"></p>', "<!-- x -->", "<b>"):
        with pytest.raises(AssertionError):
            assert_harmless(markup)
