"""The formats of a workbook's cells, from its styles: number format, fill, bold, struck through.

Styles that are missing, damaged or unusual give plain cells; they never stop a workbook from being read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

Value = TypeVar("Value")
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "m/d/yy h:mm", 37: "#,##0;(#,##0)", 38: "#,##0;[Red](#,##0)", 39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
"""Excel's own number formats, which no workbook writes down."""
DATES = {*range(27, 37), *range(50, 59)}
"""Excel's own formats for dates in East Asian versions."""
WHITE = {"FFFFFF", "theme 0", "indexed 1", "indexed 9", "indexed 64", "indexed 65"}
"""Colours that look like no fill: white and the window's background."""
ATTRIBUTE = re.compile(r"""(?:\A|\s)(?:\w+:)?(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
LITERAL = re.compile(r'"[^"]*"|\[(?!h+\]|m+\]|s+\])[^\]]*\]|\\.|[_*].', re.IGNORECASE)
"""Parts of a number format that are shown as they are, colours and conditions."""
ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
OFF = ("0", "false", "off")


@dataclass(frozen=True)
class CellFormat:
    """A cell's number format, its fill colour such as FF0000 or theme 5 (empty for none), and its font."""

    number: str = "General"
    fill: str = ""
    bold: bool = False
    struck: bool = False

    @cached_property
    def is_date(self) -> bool:
        """True if the number format shows a number as a date or a time."""
        plain = LITERAL.sub("", self.number.partition(";")[0].lower()).strip()
        return plain != "general" and any(letter in plain for letter in "dmyhs")

    @cached_property
    def is_elapsed(self) -> bool:
        """True if the number format shows a number as elapsed time, such as 30:15 hours."""
        return ELAPSED.search(self.number) is not None

    @cached_property
    def is_percentage(self) -> bool:
        """True if the number format shows a number as a percentage, such as 0.0%."""
        return "%" in self.number and "%" in LITERAL.sub("", self.number)


PLAIN = CellFormat()


class CellFormats:
    """The formats of a workbook by the style numbers of its cells; an unknown number has the plain format."""

    def __init__(self, styles: str) -> None:
        self.formats = read_formats(styles)

    @cached_property
    def percentages(self) -> frozenset[int]:
        """The style numbers that show a number as a percentage."""
        return frozenset(number for number, form in enumerate(self.formats) if form.is_percentage)

    def __getitem__(self, style: int) -> CellFormat:
        return self.formats[style] if 0 <= style < len(self.formats) else PLAIN


MOST_KEPT = 1_000_000
"""More characters than the styles of a tracker have."""


def formats_in(styles: str) -> CellFormats:
    """The formats in the XML of a workbook's styles; returns of one template have the same, which are read once."""
    return kept_formats(styles) if len(styles) <= MOST_KEPT else CellFormats(styles)


@lru_cache(maxsize=8)
def kept_formats(styles: str) -> CellFormats:
    return CellFormats(styles)


def read_formats(styles: str) -> list[CellFormat]:
    """The formats in the XML of a workbook's styles, in order."""
    numbers = {**BUILT_IN, **dict.fromkeys(DATES, "yyyy-mm-dd")}
    for element, _ in elements(section(styles, "numFmts"), "numFmt"):
        numbers[whole(element.get("numFmtId"))] = element.get("formatCode", "General")
    fills = [fill_colour(inside) for _, inside in elements(section(styles, "fills"), "fill")]
    fonts = [(is_on(inside, "b"), is_on(inside, "strike")) for _, inside in elements(section(styles, "fonts"), "font")]
    formats = []
    for cell, _ in elements(section(styles, "cellXfs"), "xf"):
        bold, struck = at(fonts, cell.get("fontId"), (False, False))
        number = numbers.get(whole(cell.get("numFmtId")), "General")
        formats.append(CellFormat(number, at(fills, cell.get("fillId"), ""), bold, struck))
    return formats


def section(xml: str, name: str) -> str:
    """The inside of the first element of a name; empty if there is none."""
    start = re.search(rf"<(?:\w+:)?{name}(?:\s[^>]*[^>/])?\s*>", xml)
    end = re.compile(rf"</(?:\w+:)?{name}\s*>").search(xml, start.end()) if start else None
    return xml[start.end() : end.start()] if start and end else ""


def elements(xml: str, name: str) -> list[tuple[Mapping[str, str], str]]:
    """Each element of a name: its attributes and its inside."""
    opening = re.compile(rf"<(?:\w+:)?{name}((?:\s(?:\"[^\"]*\"|'[^']*'|[^>\"'])*?)?)(/?)>")
    closing = re.compile(rf"</(?:\w+:)?{name}\s*>")
    found: list[tuple[Mapping[str, str], str]] = []
    position = 0
    while start := opening.search(xml, position):
        end = None if start[2] else closing.search(xml, start.end())
        found.append((attributes_of(start[1]), xml[start.end() : end.start()] if end else ""))
        position = end.end() if end else start.end()
    return found


def attributes_of(text: str) -> dict[str, str]:
    return {name: html.unescape(double or single) for name, double, single in ATTRIBUTE.findall(text)}


def whole(text: str | None) -> int:
    """A number in an attribute; -1 if it is missing or not a number."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else -1


def at(values: Sequence[Value], index: str | None, missing: Value) -> Value:
    """The value at an index written in an attribute."""
    return values[whole(index)] if 0 <= whole(index) < len(values) else missing


def is_on(font: str, name: str) -> bool:
    """True if a font has a property such as bold, which may also be written as switched off."""
    found = elements(font, name)
    return bool(found) and found[0][0].get("val", "1").lower() not in OFF


def fill_colour(fill: str) -> str:
    """The colour of a solid fill, as hexadecimal digits, `theme` or `indexed` with a number; empty for none and for white."""
    pattern, colour = elements(fill, "patternFill"), elements(fill, "fgColor")
    if not pattern or pattern[0][0].get("patternType") != "solid" or not colour:
        return ""
    values = colour[0][0]
    if "rgb" in values:
        digits = values["rgb"].lstrip("#").upper()
        name = "" if digits == "00000000" else digits[-6:]
    else:
        name = next((f"{kind} {values[kind]}" for kind in ("theme", "indexed") if kind in values), "")
    return "" if name in WHITE and not tint_of(values.get("tint")) else name


def tint_of(text: str | None) -> float:
    """How much lighter or darker a colour is; 0 if that is missing or not a number."""
    try:
        return float(text or 0)
    except ValueError:
        return 0
