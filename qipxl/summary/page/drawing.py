"""A drawing as plain shapes, which the page writes as SVG and the PDF draws; y grows downwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qipxl.workbook.styles import INK

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle from its upper left corner; `edge` is the colour of its outline, empty without one."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    edge: str = ""


@dataclass(frozen=True)
class Line:
    """A line through points; `dash` has the lengths of its dashes and gaps, and is empty for an unbroken line."""

    points: Sequence[Point]
    colour: str
    width: float = 1
    dash: Sequence[float] = ()


@dataclass(frozen=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float
    fill: str


@dataclass(frozen=True)
class Text:
    """A text at its base line, on the right of x, around it, or on its left."""

    x: float
    y: float
    text: str
    colour: str = INK
    anchor: Literal["start", "middle", "end"] = "start"
    bold: bool = False


@dataclass(frozen=True)
class Drawing:
    """Shapes in the order in which they are drawn, the size of all texts, and the whole picture in words."""

    width: float
    height: float
    shapes: Sequence[Box | Line | Dot | Text]
    size: float
    words: str
