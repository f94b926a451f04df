"""The engine room: finding an engine, starting our own, asking it, its base images. Alone in importing ``docker``.

Nothing is imported here, so that ``import containerlab`` stays cheap: say ``from containerlab.engine.find import find``
(and so on) where it is needed.
"""
