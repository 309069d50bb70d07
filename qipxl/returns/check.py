"""Returns → the same returns with every broken rule of their templates as a problem."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from qipxl.returns import problems
from qipxl.returns.codes import CODES
from qipxl.returns.problems import shown
from qipxl.returns.returns import TEXTS, Returns
from qipxl.rules.expression import Array
from qipxl.rules.rulebook import Rule
from qipxl.template import Template


@pd.option_context(*TEXTS)
def check(returns: Returns, as_at: date | None = None) -> Returns:
    """Hold every row against the rules of its template, on the date of judgement.

    `as_at` is the end of the latest period among the returns where it is left out. Gives new returns whose frame of
    problems holds, after what reading found, a line for every rule broken and cell concerned, in order of file and place.
    """
    if not len(returns.accepted):
        return returns
    day = returns.judged_on(as_at)
    found = [returns.problems[returns.problems["code"].isin(CODES)]]
    for template in returns.templates.values():
        found += broken_rules(returns, template, day)
    every = pd.concat([each for each in found if len(each)] or found[:1], ignore_index=True)
    return replace(returns, problems=in_order(every, returns))


def broken_rules(returns: Returns, template: Template, day: date) -> list[pd.DataFrame]:
    """A frame of problems for every rule of a template that some row breaks."""
    if not len(returns.of_template(template)):
        return []
    found = []
    for numbers, book in returns.books_of(template, day):
        for key, rules in template.rules.rules.items():
            if key in returns.refreshed:
                continue  # the rules read head office's own table, which has no cells in the return
            own = np.flatnonzero(returns.tables[key]["return"].isin(numbers))
            for rule in rules:
                broken = own[book.tables[key].value_of(rule.when)] if len(own) and not rule.by_reader else own[:0]
                if len(broken):
                    found.append(rule_problems(returns, rule, broken))
    return found


def rule_problems(returns: Returns, rule: Rule, broken: Array) -> pd.DataFrame:
    """A problem for each row that breaks a rule, at the rule's cell."""
    rows = returns.tables[rule.table].iloc[broken]
    field, heading = rule.at.key, rule.at.heading
    places = [returns.placements[number, rule.table] for number in rows["return"]]
    cells = [place.cell(row, field) for place, row in zip(places, rows["row"], strict=True)]
    values = [shown(said(value)) for value in rows[field]]
    sheets = [place.sheet for place in places]
    where = zip(sheets, cells, values, strict=True)
    return pd.DataFrame(
        {
            "return": rows["return"].to_numpy(),
            "file": returns.receipts.loc[rows["return"], "file"].to_numpy(),
            "sheet": sheets,
            "table": rule.table,
            "row": rows["row"].to_numpy(),
            "field": field,
            "cell": cells,
            "heading": heading,
            "value": values,
            "code": rule.code,
            "severity": rule.severity,
            "message": [f"{sheet}!{cell} {heading} {finding(value)}. {rule.say}" for sheet, cell, value in where],
        },
        columns=list(problems.COLUMNS),
    )


def finding(value: str) -> str:
    """What was found in the cell."""
    return f'says "{value}"' if value else "is empty"


def said(value: object) -> str:
    """A typed value as people write it."""
    if value is None or value != value:
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%d/%m/%Y}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def in_order(found: pd.DataFrame, returns: Returns) -> pd.DataFrame:
    """Problems by file, table, row and column, as somebody putting them right would go."""
    tables = {key: place for place, key in enumerate(["", *returns.tables])}
    keys = zip(found["return"], found["table"], found["field"], strict=True)
    order = pd.DataFrame(
        {
            "return": found["return"],
            "table": found["table"].map(tables),
            "row": found["row"],
            "column": [column_of(returns, *key) for key in keys],
        }
    )
    return found.loc[order.sort_values(list(order.columns), kind="stable").index].reset_index(drop=True)


def column_of(returns: Returns, number: int, table: str, field: str) -> int:
    """The column, from 0, in which a field stands; -1 where a problem is about none."""
    placement = returns.placements.get((number, table))
    return placement.columns.get(field, -1) if placement else -1
