"""Styles of the summary's sheets and page, as XlsxWriter takes them, and dates as Excel counts them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from qipxl.rules.expression import EPOCH

INK, PALE, RULE = "#12436D", "#404040", "#C8C8C8"
"""Colours of titles and headings, of sentences below them, and of the lines between cells."""
HEADING: dict[str, Any] = {"bold": True, "font_color": "#FFFFFF", "bg_color": INK, "border": 1, "text_wrap": True}
PLAIN_HEADING: dict[str, Any] = {"bold": True, "bottom": 2, "text_wrap": True}
"""The headings of the small tables that charts are drawn from."""
TITLE: dict[str, Any] = {"bold": True, "font_size": 13, "font_color": INK}
CELL: dict[str, Any] = {"text_wrap": True, "bottom": 1, "bottom_color": RULE}
LINK: dict[str, Any] = {"font_color": INK, "underline": 1}
DATE: dict[str, Any] = {"num_format": "dd/mm/yyyy", "align": "left"}


def excel_values(values: pd.Series) -> pd.Series:
    """A column as it is written to a sheet: dates as days since Excel's epoch, other values unchanged."""
    if not pd.api.types.is_datetime64_any_dtype(values):
        return values
    return (values - pd.Timestamp(EPOCH)) / pd.Timedelta(days=1)
