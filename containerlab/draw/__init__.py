"""Pictures: pure functions from the model to HTML, SVG and plain text. Every string is escaped on its way in.

``stack`` (stack, shared), ``history``, ``classes`` (source, diagram, dot), ``analogies``, ``pipeline``, ``player``
(frames, compare, saved): each drawing has a twin ``..._text`` that is the same in every run. Import from the modules.
"""
