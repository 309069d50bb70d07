"""Checks returns against the rules of their templates; every broken rule becomes a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain

import numpy as np
import pandas as pd

from qipxl.returns.asked_later import ASKED_LATER, postponed_problems
from qipxl.returns.codes import CODES
from qipxl.returns.problems import COLUMNS, shown
from qipxl.returns.returns import TEXTS, Returns
from qipxl.rules.expression import Array
from qipxl.rules.rulebook import Rule
from qipxl.rules.text_functions import AllIn, lists_asked
from qipxl.template import Template
from qipxl.template.frameworks import shipped_frameworks
from qipxl.text import as_text
from qipxl.workbook.layout import LAST_SHEET_ROW


@pd.option_context(*TEXTS)
def check(returns: Returns, as_at: date | None = None, *, again: bool = False) -> Returns:
    """Check every row against the rules of its template.

    `returns` come from `read_returns`. `as_at` is the date of judgement (default: the end of the latest period of the
    returns). `again` is True if the returns were checked on this day before some of their tables were refreshed: only the rules
    that read a refreshed table are asked again.

    The result is new returns whose frame `problems` holds the problems found by reading and a line for every broken rule and
    cell, sorted by file, table, row and column. Returns that are all refused come back unchanged.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from qipxl import Period, Service, find_template, read_returns, write_tracker
    >>> elm, rows = Service(code="ELM", name="Elm House"), {"actions": [{"ref": "A-1", "issue": "Call bells"}]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_tracker(find_template("core"), elm, Period(2026, 3), Path(folder, "elm.xlsx"), rows=rows)
    ...     returns = read_returns(path)
    >>> check(returns, date(2026, 3, 31)).problems["code"].unique().tolist()
    ['not-signed', 'unchanged-since-issue', 'missing']
    """
    if not len(returns.accepted):
        return replace(returns, problems=sorted_problems(returns.problems, returns))
    day = returns.judged_on(as_at)
    frames = [returns.problems[returns.problems["code"].isin(CODES.keys() - {ASKED_LATER})]]
    for template in returns.templates.values():
        frames += broken_rules(returns, template, day, again=again)
    problems = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    return replace(returns, problems=sorted_problems(problems, returns))


def broken_rules(returns: Returns, template: Template, day: date, *, again: bool) -> list[pd.DataFrame]:
    """A frame of the problems of a template's rules, in their order; rows that are on no sheet break none. `again` as in `check`.

    A second frame says how many more things are asked later of plans that were taken over from old ones.
    """
    if not len(returns.of_template(template)):
        return []
    found, postponed = list[Lines](), [np.array([], np.int64)]
    for numbers, book in returns.books_of(template, day):
        known = problems_by_rule(returns, numbers) if again else {}
        for key, rules in template.rules.rules.items():
            if key in returns.refreshed:
                continue  # the rules read head office's own table, which has no cells in the return
            frame = returns.tables[key]
            rows = np.flatnonzero(frame["return"].isin(numbers))
            on_sheet = frame["row"].to_numpy()[rows] <= LAST_SHEET_ROW
            for rule in rules if len(rows) else ():
                if again and book.is_taken(rule.when):
                    found += known.pop((key, rule.at.key, rule.code), [])
                elif not rule.by_reader:
                    broken = rows[book.tables[key].value_of(rule.when) & on_sheet]
                    broken = broken[knows_list(returns, rule, broken)]
                    found += [rule_problems(returns, rule, broken)] if len(broken) else []
                if rule.postponed is not None and book.plan_months:
                    will_break = rows[book.tables[key].value_of(rule.postponed) & on_sheet]
                    postponed.append(frame["return"].to_numpy()[will_break])
    asked_later = postponed_problems(returns, template, np.concatenate(postponed))
    columns = {name: list(chain.from_iterable(lines[name] for lines in found)) for name in COLUMNS}
    return [pd.DataFrame(columns), asked_later] if found else [asked_later]


Lines = Mapping[str, Sequence[object]]
"""Lines of a frame of problems, by column."""


def problems_by_rule(returns: Returns, numbers: pd.Index) -> dict[object, list[Lines]]:
    """The problems of some returns that an earlier check found, by table, field and code."""
    problems = returns.problems[returns.problems["return"].isin(numbers) & ~returns.problems["code"].isin(CODES)]
    groups = problems.groupby(["table", "field", "code"], sort=False)
    return {rule: [{name: lines[name].tolist() for name in COLUMNS}] for rule, lines in groups}


def rule_problems(returns: Returns, rule: Rule, broken: Array) -> Lines:
    """A problem for each row that breaks a rule, at the rule's cell."""
    frame, field, heading = returns.tables[rule.table], rule.at.key, rule.at.heading
    numbers, rows, cell_values = (frame[name].to_numpy()[broken].tolist() for name in ("return", "row", field))
    placements = [returns.placements[number, rule.table] for number in numbers]
    cells = [placement.cell(row, field) for placement, row in zip(placements, rows, strict=True)]
    texts = list(map(as_text, cell_values))
    short = {text: shown(text) for text in set(texts)}
    values = [short[text] for text in texts]
    sheets = [placement.sheet for placement in placements]
    asked = smallest_list(rule)
    found = map(finding, values) if asked is None else (outside_words(asked, text) for text in texts)
    found_at = zip(sheets, cells, found, strict=True)
    messages = [f"{sheet}!{cell} {heading} {words}. {rule.say}" for sheet, cell, words in found_at]
    same = {"table": rule.table, "field": field, "heading": heading, "code": rule.code, "severity": rule.severity}
    return {name: [text] * len(numbers) for name, text in same.items()} | {
        "return": numbers, "file": returns.receipts["file"].reindex(numbers).tolist(),
        "sheet": sheets, "row": rows, "cell": cells, "value": values, "message": messages,
    }  # fmt: skip


def smallest_list(rule: Rule) -> AllIn | None:
    """The test of a rule for words of lists, the one with the fewest if there are several; None if it has none."""
    return min(lists_asked(rule.when), key=lambda asked: len(asked.known), default=None)


def outside_words(asked: AllIn, text: str) -> str:
    """Which parts of a cell are outside the lists of a test, and the list that is chosen."""
    parts = "; ".join(asked.others(text)) or text
    return f'says "{shown(parts)}", and the list in use is {asked.known[0].title}'


def knows_list(returns: Returns, rule: Rule, broken: Array) -> Array:
    """For each row that breaks a rule, False if the rule asks for words of lists and the row's tracker has one that is not known here.

    A provider's own list is known only with its register; its column has the name of the list as heading.
    """
    known = np.ones(len(broken), bool)
    if smallest_list(rule) is None:
        return known
    numbers, shipped = (
        returns.tables[rule.table]["return"].to_numpy()[broken],
        [each.heading for each in shipped_frameworks()],
    )
    for place, number in enumerate(numbers):
        template = returns.templates[str(returns.receipts.at[number, "template"])]
        field = template.tables[rule.table].field_named(rule.at.key)
        stamp = returns.stamps.get(int(number))
        heading = field.heading if stamp is None else stamp.headings.get((rule.table, field.key), field.heading)
        known[place] = heading in (field.heading, *field.earlier_headings, *shipped)
    return known


def finding(value: str) -> str:
    """The content of the cell, for a message."""
    return f'says "{value}"' if value else "is empty"


def sorted_problems(problems: pd.DataFrame, returns: Returns) -> pd.DataFrame:
    """Problems sorted by file, table, row and column."""
    tables = {key: index for index, key in enumerate(["", *returns.tables])}
    cells = zip(problems["field"].tolist(), problems["cell"].tolist(), strict=True)
    order = problems[["return", "table", "row"]].assign(
        table=problems["table"].map(tables), column=[column_order(field, cell) for field, cell in cells]
    )
    return problems.loc[order.sort_values(list(order.columns), kind="stable").index].reset_index(drop=True)


def column_order(field: str, cell: str) -> str:
    """A text that sorts as the column of a problem's cell; before all others if the problem is about no field."""
    letters = cell.partition(":")[0].rstrip("0123456789") if field else ""
    return f"{len(letters)}{letters}"
