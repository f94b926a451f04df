"""The cache oracle: which steps of a build the engine will find in its cache, before it is built."""

from __future__ import annotations

from containerlab.build.oracle.facts import BaseImage, Given
from containerlab.build.oracle.files import file_mark, marks
from containerlab.build.oracle.memory import Memory
from containerlab.build.oracle.ops import references
from containerlab.build.oracle.recording import record
from containerlab.build.oracle.walk import predict
from containerlab.model.prediction import Foreseen, Prediction

__all__ = [
    "BaseImage",
    "Foreseen",
    "Given",
    "Memory",
    "Prediction",
    "file_mark",
    "marks",
    "predict",
    "record",
    "references",
]
