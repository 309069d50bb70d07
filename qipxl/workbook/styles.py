"""Colours and cell styles that several modules use for titles, headings and links."""

from __future__ import annotations

INK = "#12436D"
"""The dark blue of titles, headings, links and charts."""
GREY = "#404040"
"""The colour of explanations."""
TITLE: dict[str, object] = {"bold": True, "font_size": 16, "font_color": INK}
"""The title of a sheet."""
SECTION: dict[str, object] = {"bold": True, "font_size": 13, "font_color": INK}
"""The heading of a section of a sheet."""
HEADING: dict[str, object] = {"bold": True, "font_color": "#FFFFFF", "bg_color": INK, "border": 1, "text_wrap": True}
"""The headings of a table's columns."""
LINK: dict[str, object] = {"font_color": INK, "underline": 1}
"""A cell that leads to another one."""
