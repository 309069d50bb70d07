"""The formats of a workbook that change what a number says: percentages."""

from __future__ import annotations

import html
import re

NUMBER_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s([^>]*)>")
CELL_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs(?=[\s>]).*?</(?:\w+:)?cellXfs>", re.DOTALL)
FORMAT = re.compile(rb"<(?:\w+:)?xf(?=[\s/>])([^>]*)>")
ID = re.compile(rb"""\bnumFmtId\s*=\s*["'](\d+)["']""")
CODE = re.compile(rb"""\bformatCode\s*=\s*(?:"([^"]*)"|'([^']*)')""")
SHOWN_AS_IT_IS = re.compile(r"""".*?"|\\.|_.|\*.|\[[^\]]*\]""")
"""The parts of a number format that do not change the number: quoted and single characters, blanks, colours."""
PERCENTAGES = {9, 10}
"""The numbers of Excel's own formats 0% and 0.00%."""


def percentage_styles(styles: bytes) -> frozenset[int]:
    """The cell formats of a styles part that show a number as a percentage, by number."""
    numbers = PERCENTAGES | {
        int(number[1])
        for element in NUMBER_FORMAT.findall(styles)
        if (code := CODE.search(element)) is not None
        and is_percentage(html.unescape((code[1] or code[2] or b"").decode("utf-8", "replace")))
        and (number := ID.search(element)) is not None
    }
    found = CELL_FORMATS.search(styles)
    formats = FORMAT.findall(found[0]) if found else []
    return frozenset(
        index for index, each in enumerate(formats) if (number := ID.search(each)) and int(number[1]) in numbers
    )


def is_percentage(code: str) -> bool:
    """True for a number format that shows a number as a percentage, such as 0.0%."""
    return "%" in code and "%" in SHOWN_AS_IT_IS.sub("", code)
