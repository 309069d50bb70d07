"""The palette, and the cell styles that several modules use. Contrast of each text with its ground is at least 4.5."""

from __future__ import annotations

BRAND = "#12436D"
"""The dark blue of titles, headings, links and of what people read or fill in."""
INK, GREY = "#1D2733", "#5B6773"
"""The colours of text, and of explanations."""
RULE, PAPER, HEAD = "#D5DBE1", "#F4F6F8", "#E3ECF4"
"""The colours of the lines between cells, of the ground of tiles, and of the heads of tables."""
RED, AMBER, GREEN, BLUE, PALE, MIST = "#B3261E", "#F2B233", "#257A55", BRAND, "#9FB6CC", "#D9DFE5"
"""Full colours, for chips and bars."""
EDGES = {"red": RED, "brand": BRAND, "green": GREEN, "amber": AMBER}
"""The edges of tiles by the names of their colours."""
TINTS: dict[str, tuple[str, str]] = {
    "red": ("#F6CFCB", "#E58A82"), "amber": ("#FBE6BD", AMBER), "green": ("#CBE8D8", "#8CCBA9"),
    "plain": ("#E9EDF1", "#CFD7DF"), "pale": ("#DCE6EF", "#B4C8DA"), "note": ("#FFF6DF", "#FFF6DF"),
}  # fmt: skip
"""For each colour the grounds of counts: of 1, and of 2 and more."""
TINT_OF_LETTER = {
    "R": "red", "S": "red", "?": "plain", "A": "amber", "X": "plain", "N": "plain", "D": "pale", "G": "green", "B": "pale",
}  # fmt: skip
"""The tint of the counts of each letter."""
TAB_COLOURS = {"strong": BRAND, "list": PALE, "reference": "#A7B0B8"}
"""The colours of tabs: what is read first, lists, and reference."""
TITLE: dict[str, object] = {"bold": True, "font_size": 16, "font_color": BRAND}
"""The title of a sheet."""
SECTION: dict[str, object] = {"bold": True, "font_size": 13, "font_color": BRAND}
"""The heading of a section of a sheet."""
HEADING: dict[str, object] = {
    "bold": True, "font_color": BRAND, "bg_color": HEAD, "bottom": 5, "bottom_color": BRAND, "text_wrap": True, "valign": "vcenter",
}  # fmt: skip
"""The headings of a table's columns."""
CALCULATED_HEADING: dict[str, object] = {**HEADING, "italic": True, "font_color": GREY, "bg_color": "#EDF0F3"}
"""The headings of columns that people leave alone: calculated ones, and those of head office."""
MONTHLY, CALCULATED = "#FFFBE6", "#F8FAFB"
"""The grounds of the cells to fill in every month, and of cells that people leave alone."""
LINK: dict[str, object] = {"font_color": BRAND, "underline": 1}
"""A cell that leads to another one."""
PLAIN_HEADING: dict[str, object] = {"bold": True, "bottom": 2, "text_wrap": True}
"""The headings of the small tables that charts are drawn from."""
CELL: dict[str, object] = {"text_wrap": True, "align": "left", "indent": 1, "bottom": 1, "bottom_color": RULE}
"""A cell of a list, with a gap to the column on its left."""
NUMBER: dict[str, object] = {"align": "right", "indent": 2, "text_wrap": False}
"""A number in a list, with room for the filter button of its heading; LibreOffice leaves the gap out if the text may wrap."""
LEFT: dict[str, object] = {"align": "left", "indent": 1}
"""The heading of a column of texts, above the indented cells."""
CENTRED: dict[str, object] = {"align": "center", "indent": 0}
DATE: dict[str, object] = {"num_format": "d mmm yyyy", "align": "left"}
MONTH: dict[str, object] = {"num_format": "mmmm yyyy"}
