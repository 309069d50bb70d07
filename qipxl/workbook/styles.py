"""Colours and cell styles that several modules use."""

from __future__ import annotations

INK = "#12436D"
"""The dark blue of titles, headings, links and charts."""
GREY, RULE = "#404040", "#C8C8C8"
"""The colours of explanations, and of the lines between cells."""
TITLE: dict[str, object] = {"bold": True, "font_size": 16, "font_color": INK}
"""The title of a sheet."""
SECTION: dict[str, object] = {"bold": True, "font_size": 13, "font_color": INK}
"""The heading of a section of a sheet."""
HEADING: dict[str, object] = {"bold": True, "font_color": "#FFFFFF", "bg_color": INK, "border": 1, "text_wrap": True}
"""The headings of a table's columns."""
LINK: dict[str, object] = {"font_color": INK, "underline": 1}
"""A cell that leads to another one."""
PLAIN_HEADING: dict[str, object] = {"bold": True, "bottom": 2, "text_wrap": True}
"""The headings of the small tables that charts are drawn from."""
CELL: dict[str, object] = {"text_wrap": True, "bottom": 1, "bottom_color": RULE}
DATE: dict[str, object] = {"num_format": "dd/mm/yyyy", "align": "left"}
