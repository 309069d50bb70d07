"""Rows judged without a workbook: a plan as plain dictionaries in, its ratings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
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
            values |= rule_values(field, column.values, column.unreadable)
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


AS_AT = date(2026, 3, 31)
Row = dict[str, Any]


def day(offset: int) -> date:
    return AS_AT + timedelta(days=offset)


def action(**changed: Any) -> Row:
    """An action of tier 3, well under way; each test changes what it is about."""
    return {
        "ref": "A-001", "issue": "Late medicines", "intended_change": "Two people check", "owner": "Ann Lee",
        "must_should": "Own improvement", "source": "Internal audit", "start": day(-60), "original_due": day(40), "due": day(40),
        "status": "In progress", "embedding_review": day(120), "last_update": day(-3), "success_measure": "None missed", **changed,
    }  # fmt: skip


def evidence(category: str = "Observation", **changed: Any) -> Row:
    return {
        "ref": f"E-{category}", "action": "A-001", "category": category, "submitted_by": "Bo Ek", "submitted_on": day(-10),
        "judgement": "Accepted", **changed,
    }  # fmt: skip


def review(effective: str | None = "Effective", **changed: Any) -> Row:
    return {
        "ref": "R-001", "action": "A-001", "held_on": day(-5), "reviewed_by": "Cy Fox", "finding": "Seen", "effective": effective,
        "embedded": "Yes", "measure_result": "Met", **changed,
    }  # fmt: skip


TIERS = {
    1: {"must_should": "Must do", "source": "CQC must-do"},
    2: {"source": "CQC should-do", "must_should": "Should do"},
    3: {},
}


def embedded_plan() -> dict[str, list[Row]]:
    """Everything that blue asks of an action of tier 3."""
    done = day(-120)
    return {
        "actions": [action(status="Complete", completed_on=done, due=done, original_due=done, start=day(-200),
                           embedding_review=day(-30), verified_by="Di Roe", verified_on=day(-20))],
        "evidence": [evidence("Observation"), evidence("Outcomes")],
        "reviews": [review(held_on=day(-25))],
        "head_office": [{"action": "A-001", "verified_by": "Di Roe", "verified_on": day(-15), "clean_returns": 3}],
    }  # fmt: skip
