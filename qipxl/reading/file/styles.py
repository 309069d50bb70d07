"""The formats of a workbook that change what a number says: percentages."""

from __future__ import annotations

import re

NUMBER_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s([^>]*)>")
CELL_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs(?=[\s>]).*?</(?:\w+:)?cellXfs>", re.DOTALL)
FORMAT = re.compile(rb"<(?:\w+:)?xf(?=[\s/>])([^>]*)>")
ID = re.compile(rb"""\bnumFmtId\s*=\s*["'](\d+)["']""")
CODE = re.compile(rb"""\bformatCode\s*=\s*(?:"([^"]*)"|'([^']*)')""")
QUOTED = re.compile(rb"""&quot;.*?&quot;|"[^"]*"|\\.|_.|\*.|\[[^\]]*\]""")
PERCENTAGES = {9, 10}
"""The numbers of Excel's own formats 0% and 0.00%."""


def percentage_styles(styles: bytes) -> frozenset[int]:
    """The cell formats of a styles part that show a number as a percentage, by number."""
    numbers = PERCENTAGES | {
        int(number[1])
        for element in NUMBER_FORMAT.findall(styles)
        if (code := CODE.search(element)) is not None
        and b"%" in QUOTED.sub(b"", code[1] or code[2] or b"")
        and (number := ID.search(element)) is not None
    }
    found = CELL_FORMATS.search(styles)
    formats = FORMAT.findall(found[0]) if found else []
    return frozenset(
        index for index, each in enumerate(formats) if (number := ID.search(each)) and int(number[1]) in numbers
    )
