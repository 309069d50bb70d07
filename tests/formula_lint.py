"""A check of formulas: Excel 2016 reads some functions inside SUMPRODUCT as single values."""

from __future__ import annotations

from collections.abc import Sequence


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
