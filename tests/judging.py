"""Rows judged without a workbook: a plan as plain dictionaries in, its ratings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from qipxl.returns.cell_values import read_column
from qipxl.returns.rule_inputs import open_book, rule_values
from qipxl.rules.evaluate import Book, Inputs
from qipxl.template import Template

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def book_of(template: Template, plans: Sequence[Rows], as_at: date) -> Book:
    """Each plan as a tracker of its own, all in one book; each value as a cell would hold it."""
    inputs = {}
    for key, line in template.tables.items():
        lines = [(number, row) for number, plan in enumerate(plans) for row in plan.get(key, ())]
        values, masks = {}, {}
        for field in line.field:
            raw = ["" if row.get(field.key) is None else row[field.key] for _, row in lines]
            column = read_column(field, template.options(field) if field.type == "choice" else (), raw)
            masks[field.key] = column.unreadable
            values[field.key] = rule_values(field, column.values, column.unreadable)
        trackers = np.array([number for number, _ in lines], int)
        inputs[key] = Inputs(trackers, {**values, "used": np.ones(len(lines), bool)}, masks)
    return open_book(template, inputs, as_at)


def judge(template: Template, rows: Rows, as_at: date) -> dict[str, str]:
    """The ratings of a plan's only action, and for each rating the code of the band that decided it."""
    return judge_each(template, [rows], as_at)[0]


def judge_each(template: Template, plans: Sequence[Rows], as_at: date) -> list[dict[str, str]]:
    """The same for many plans of one action each."""
    table = book_of(template, plans, as_at).tables["actions"]
    found: list[dict[str, str]] = [{} for _ in plans]
    for rating in template.rules.ratings["actions"]:
        words, decided, codes = table.values(rating.column), rating.decides.decided(table), rating.decides.codes()
        for place, line in enumerate(found):
            line |= {rating.column.key: words[place], f"{rating.column.key}_rule": codes[decided[place]]}
    return found
