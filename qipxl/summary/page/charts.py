"""Charts of the page, drawn by matplotlib and returned as data addresses of SVG pictures."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qipxl.workbook.styles import BRAND, GREY

RC_PARAMS: Any = {
    "svg.hashsalt": "qipxl", "svg.fonttype": "none", "text.parse_math": False, "font.size": 10, "font.family": "sans-serif",
}  # fmt: skip


def stacked(frame: pd.DataFrame, colours: Sequence[str]) -> str:
    """A stacked column chart: a column per row of the frame, a part per column."""
    with mpl.rc_context(RC_PARAMS):
        figure, axes = new_figure(0.35 * 10)
        below = [0.0] * len(frame)
        for name, colour in zip(frame.columns, colours, strict=True):
            values, names = frame[name].astype(float).tolist(), list(frame.index.astype(str))
            axes.bar(names, values, bottom=below, color=colour, label=str(name), edgecolor=GREY, linewidth=0.6)
            below = [a + b for a, b in zip(below, values, strict=True)]
        axes.legend(fontsize=8, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.1), frameon=False)
        return picture(figure)


def bars(column: pd.Series) -> str:
    """A bar chart of the values, the first on top."""
    with mpl.rc_context(RC_PARAMS):
        figure, axes = new_figure(0.35 * max(len(column), 3) + 0.6)
        drawn = axes.barh([str(name) for name in column.index], column.astype(float).tolist(), color=BRAND)
        axes.bar_label(drawn, fmt="%d", padding=3)
        axes.invert_yaxis()
        return picture(figure)


def over_time(frame: pd.DataFrame, parts: Sequence[tuple[str, str, str]]) -> str:
    """One indicator month by month: its figures, mean and limits as lines, points with a signal as coloured dots.

    `parts` are the possible columns with their colours and styles.
    """
    with mpl.rc_context(RC_PARAMS):
        figure, axes = new_figure(3.2)
        positions = list(range(len(frame)))
        for name, colour, way in parts:
            if name in frame.columns:
                values, style = frame[name].astype(float).tolist(), STYLES[way]
                axes.plot(positions, values, color=colour, label=name, **style)
        step = max(1, len(positions) // 9)
        axes.set_xticks(positions[::step], [str(month) for month in frame.index[::step]], fontsize=8)
        axes.legend(fontsize=8, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.12), frameon=False)
        return picture(figure)


STYLES: dict[str, dict[str, Any]] = {
    "line": {"marker": "o", "markersize": 3.5, "linewidth": 1.2},
    "solid": {"linewidth": 1},
    "dashed": {"linewidth": 1, "linestyle": "--"},
    "dots": {"marker": "o", "markersize": 6, "linestyle": "none", "zorder": 3},
}


def new_figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def picture(figure: Figure) -> str:
    """A figure as a data address of an SVG picture; equal figures give equal addresses."""
    written = BytesIO()
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return "data:image/svg+xml;base64," + base64.b64encode(written.getvalue()).decode()
