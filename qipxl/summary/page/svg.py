"""A drawing as SVG inside the page."""

from __future__ import annotations

from markupsafe import Markup

from qipxl.summary.page.drawing import Box, Dot, Drawing, Line, Text
from qipxl.text import figure_text


def svg(drawing: Drawing) -> Markup:
    """A drawing as an `svg` element with its words as the name; without words it is hidden from screen readers."""
    named = (
        Markup('role="img" aria-label="{}"').format(drawing.words) if drawing.words else Markup('aria-hidden="true"')
    )
    box = f"0 0 {number(drawing.width)} {number(drawing.height)}"
    shapes = Markup("").join(map(element, drawing.shapes))
    return Markup('<svg viewBox="{}" font-size="{}" {}>{}</svg>').format(box, number(drawing.size), named, shapes)


def element(shape: Box | Line | Dot | Text) -> Markup:
    """A shape as an SVG element."""
    if isinstance(shape, Box):
        edge = Markup(' stroke="{}"').format(shape.edge) if shape.edge else ""
        place = (number(each) for each in (shape.x, shape.y, shape.width, shape.height))
        return Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"{}/>').format(*place, shape.fill, edge)
    if isinstance(shape, Dot):
        place = (number(each) for each in (shape.x, shape.y, shape.radius))
        return Markup('<circle cx="{}" cy="{}" r="{}" fill="{}"/>').format(*place, shape.fill)
    if isinstance(shape, Line):
        points = " ".join(f"{number(x)},{number(y)}" for x, y in shape.points)
        dash = Markup(' stroke-dasharray="{}"').format(" ".join(map(number, shape.dash))) if shape.dash else ""
        width = Markup(' stroke-width="{}"').format(number(shape.width)) if shape.width != 1 else ""
        return Markup('<polyline points="{}" fill="none" stroke="{}"{}{}/>').format(points, shape.colour, width, dash)
    anchor = Markup(' text-anchor="{}"').format(shape.anchor) if shape.anchor != "start" else ""
    weight = Markup(' font-weight="600"') if shape.bold else ""
    x, y = number(shape.x), number(shape.y)
    return Markup('<text x="{}" y="{}" fill="{}"{}{}>{}</text>').format(x, y, shape.colour, anchor, weight, shape.text)


def number(value: float) -> str:
    """A length with one decimal place at most."""
    return figure_text(float(value))
