"""A picture in a cell: HTML that a drawing made, with selection, copy buttons and a stage."""

from __future__ import annotations

import traitlets

from containerlab.draw.escape import Html, element
from containerlab.widgets.base import CourseWidget, css, esm


class Picture(CourseWidget):
    """``html`` is what a function of ``containerlab.draw`` gave; a plain string is shown as literal text.

    ``text`` is the same in words, stable: it is the widget's ``text/plain`` and repr.
    """

    _esm = esm("picture")
    _css = css("picture")
    html = traitlets.Unicode("").tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)

    def __init__(self, html: str = "", text: str = "") -> None:
        safe = html if isinstance(html, Html) else element("pre", html, class_="cl cl-code")
        super().__init__(html=str(safe), text=text)

    def show(self, html: Html, text: str) -> None:
        """Another drawing in the same place."""
        if not isinstance(html, Html):
            raise TypeError("a drawing is Html, made by containerlab.draw")
        with self.hold_sync():
            self.html, self.text = str(html), text

    def plain(self) -> str:
        return str(self.text)
