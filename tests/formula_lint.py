"""A check of formulas: Excel 2016 reads some functions inside SUMPRODUCT as single values."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from qipxl.rules.formula import LONGEST


def lint_array_parts(formula: str) -> Sequence[str]:
    """The functions inside SUMPRODUCT that Excel 2016 would not apply to every row; empty if there are none."""
    found: list[str] = []
    start = formula.find("SUMPRODUCT(")
    while start != -1:
        depth, end = 1, start + len("SUMPRODUCT(")
        while depth and end < len(formula):
            depth += {"(": 1, ")": -1}.get(formula[end], 0)
            end += 1
        inner = formula[start:end]
        found += [word for word in ("IF(", "AND(", "OR(", "NOT(", "IFERROR(", "CHOOSE(") if word in inner]
        start = formula.find("SUMPRODUCT(", end)
    return found


EXCEL_2016 = {
    "ABS", "ADDRESS", "AND", "CHAR", "CHOOSE", "COLUMN", "COUNTA", "COUNTIF", "DATE", "DAY", "EDATE", "EOMONTH", "FIND", "HYPERLINK",
    "IF", "IFERROR", "INDEX", "INT", "ISBLANK", "ISERROR",
    "ISLOGICAL", "ISNUMBER", "LEFT", "LEN", "LOOKUP", "LOWER", "MATCH", "MAX", "MID", "MIN", "MOD", "MONTH", "N", "NA", "NETWORKDAYS", "NOT",
    "OR", "REPT", "RIGHT", "ROUND", "ROW", "ROWS", "SEARCH",
    "SUBSTITUTE", "SUM", "SUMPRODUCT", "TEXT", "TODAY", "TRIM", "TRUNC", "VALUE", "YEAR",
    "_xlfn.ISFORMULA",
}  # fmt: skip
"""The functions that qipxl may write; Excel 2016 and all later ones have them."""
LONGEST_TEXT = 255
"""Excel refuses a longer text inside a formula."""
FORMULA_ELEMENTS = ("f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula")


def written_formulas(path: Path) -> Iterator[str]:
    """Every formula of a workbook: of cells, table columns, colours, drop-downs and names."""
    with zipfile.ZipFile(path) as archive:
        for part in archive.namelist():
            if part.endswith(".xml"):
                for element in ElementTree.fromstring(archive.read(part)).iter():
                    name = element.tag.rpartition("}")[2]
                    if name in FORMULA_ELEMENTS and element.text:
                        yield element.text


def formula_faults(path: Path) -> list[str]:
    """What Excel 2016 would refuse or misread, a line for each kind of formula."""
    faults: dict[str, str] = {}
    for text in written_formulas(path):
        shape = re.sub(r"\d+", "9", text)
        if shape in faults:
            continue
        texts = re.findall(r'"((?:[^"]|"")*)"', text)
        bare = re.sub(r"'[^']*'", "", re.sub(r'"(?:[^"]|"")*"', '""', text))
        faults[shape] = "; ".join(
            [
                *(f"{word} inside SUMPRODUCT" for word in lint_array_parts(text)),
                *(f"{name}() is not allowed for" for name in set(re.findall(r"([A-Z_][\w.]*)\(", bare)) - EXCEL_2016),
                *(["[@ is not how files write this row"] if "[@" in bare else []),
                *([f"{len(text)} characters"] if len(text) > LONGEST else []),
                *(["a text of more than 255 characters"] if any(len(each) > LONGEST_TEXT for each in texts) else []),
                *(["a part nested too deeply"] if deepest(bare) > 60 else []),
            ]
        )
    return [f"{fault}: {shape[:200]}" for shape, fault in faults.items() if fault]


def deepest(bare: str) -> int:
    """How many brackets are open at once."""
    depth = most = 0
    for sign in bare:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        most = max(most, depth)
    return most
