"""What an engine said, as frozen values: no engine handle, no view state, units in the names or docstrings."""

from containerlab.model.build import Build, BuildEvent, BuildStep
from containerlab.model.container import Change, Container
from containerlab.model.engine import EngineInfo
from containerlab.model.image import HistoryRow, Image, ImageConfig, Layer, shared_layers
from containerlab.model.units import human_size, human_time, short_id

__all__ = [
    "Build",
    "BuildEvent",
    "BuildStep",
    "Change",
    "Container",
    "EngineInfo",
    "HistoryRow",
    "Image",
    "ImageConfig",
    "Layer",
    "human_size",
    "human_time",
    "shared_layers",
    "short_id",
]
