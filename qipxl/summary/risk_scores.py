"""The scores of risks as the templates calculate them, and how they differ and change, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from qipxl.periods import Period
from qipxl.returns.rule_inputs import rule_values
from qipxl.rules.evaluate import Book, Inputs
from qipxl.rules.expression import EPOCH
from qipxl.template import Template
from qipxl.text import figure_text, spelled

FIELDS = {"likelihood_now": "likelihood", "consequence_now": "consequence", "risk_target": "target"}
"""The fields of an action that the rules read, each with the column of a risk's line that takes its place."""
CALCULATED = {"score": "risk_now", "high": "risk_high", "above": "risk_above_target"}
"""What is calculated for a risk's line, each with the calculated value of an action that says how."""
MOST_CHANGES = 6
"""The most scores that a trend names."""


def scored(lines: pd.DataFrame, templates: Sequence[Template], as_at: date) -> pd.DataFrame:
    """Risks (`likelihood`, `consequence`, `target`; NaN if missing) with the columns CALCULATED, as if each was an action's risk.

    The score comes from the first of the templates that calculates one; a risk is high or above its target if any says so.
    """
    score, high, above = np.full(len(lines), np.nan), *(np.zeros(len(lines), bool) for _ in range(2))
    for template in templates if len(lines) else ():
        found = calculated(lines, template, as_at)
        score = np.where(np.isnan(score), found.get("score", np.nan), score)
        high, above = high | found.get("high", False), above | found.get("above", False)
    return lines.assign(score=score, high=high, above=above)


def calculated(lines: pd.DataFrame, template: Template, as_at: date) -> Mapping[str, np.ndarray]:
    """The columns CALCULATED that a template has."""
    rules, key = template.rules, "actions"
    inputs = {name: empty_inputs(template, name, len(lines) if name == key else 0) for name in rules.schema.tables}
    values = {field: lines[source].to_numpy(float) for field, source in FIELDS.items()}
    own = Inputs(inputs[key].trackers, {**inputs[key].values, **values})
    book = Book(rules.schema.tables, rules.worked_out, inputs | {key: own}, (as_at - EPOCH).days)
    columns = rules.schema.tables[key].columns
    made = {name: book.tables[key].values(columns[rule]) for name, rule in CALCULATED.items() if rule in columns}
    book.close()
    return made


def empty_inputs(template: Template, key: str, rows: int) -> Inputs:
    """Rows of a table in which nothing is filled in, each in a tracker of its own."""
    values = {"used": np.ones(rows, bool)}
    kinds = {"date": "datetime64[s]", "number": "float64"}
    for field in template.tables[key].field:
        values |= rule_values(field, pd.Series([None] * rows, dtype=kinds.get(field.type, "object")), None)
    return Inputs(np.arange(rows), values)


def disagreement(register: float, scores: Sequence[float]) -> str:
    """How the scores of a risk's open actions differ from that in the register; empty if they do not.

    >>> disagreement(16, [6, 6, 6, 6, 6])
    'Register 16, its five actions say 6.'
    >>> disagreement(16, [16, 6, 12]), disagreement(16, [6]), disagreement(16, [16])
    ('Register 16, of its three actions one says 6 and one says 12.', 'Register 16, its action says 6.', '')
    """
    if register != register:
        return ""
    given = [score for score in scores if score == score]
    others = sorted(Counter(score for score in given if score != register).items())
    if not others:
        return ""
    number = len(given)
    if len(others) == 1 and others[0][1] == number:
        who = "its action says" if number == 1 else f"its {spelled(number)} actions say"
        return f"Register {figure_text(register)}, {who} {figure_text(others[0][0])}."
    parts = [f"{spelled(count)} {'says' if count == 1 else 'say'} {figure_text(score)}" for score, count in others]
    listed = ", ".join(parts[:-1]) + f" and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"Register {figure_text(register)}, of its {spelled(number)} actions {listed}."


def trend(scores: Mapping[str, float]) -> str:
    """How a score has changed from month to month (2026-03), the latest last; empty for fewer than two months.

    >>> trend({"2025-10": 16, "2025-11": 16, "2025-12": 12, "2026-03": 6})
    'Down: 16 in Oct 2025, 12 in Dec 2025, 6 in Mar 2026'
    >>> trend({"2025-10": 12, "2026-01": 12}), trend({"2026-03": 6})
    ('12 since Oct 2025', '')
    """
    months = sorted(month for month, score in scores.items() if score == score) if len(scores) > 1 else []
    if len(months) < 2:
        return ""
    changed = [
        month
        for before, month in zip([None, *months], months, strict=False)
        if before is None or scores[before] != scores[month]
    ]
    if len(changed) == 1:
        return f"{figure_text(scores[months[0]])} since {short(months[0])}"
    first, last = scores[changed[0]], scores[changed[-1]]
    way = "Down" if last < first else "Up" if last > first else "Back at the first score"
    listed = ", ".join(f"{figure_text(scores[month])} in {short(month)}" for month in changed[-MOST_CHANGES:])
    return f"{way}: {listed}"


def short(month: str) -> str:
    """A month as in Mar 2026."""
    return f"{Period.read(month).first:%b %Y}"
