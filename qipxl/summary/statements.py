"""The quality statements that actions name, in the list in force: one line for each action and statement."""

from __future__ import annotations

from itertools import chain, repeat

import numpy as np
import pandas as pd

from qipxl.summary.sheet_spec import TableColumns
from qipxl.summary.summary import ProviderSummary
from qipxl.template.frameworks import OWN_LIST, FrameworkInForce
from qipxl.text import plural

STATEMENT_SOURCES = ("cqc_statement", "cqc_kloe")
"""The columns of actions that name statements; the second is filled in trackers of earlier versions only."""
STATEMENT_COLUMNS = ("service", "ref", "statement", "as_written", "through_crosswalk")
COLUMNS_READ: TableColumns = {"actions": STATEMENT_SOURCES}


def through_words(through: int, lines: int, framework: FrameworkInForce) -> str:
    """A sentence about the lines that are counted through a crosswalk, and whose judgement it is."""
    counted = f"{through} of {plural(lines, 'line')}"
    return f"Counted through a crosswalk from another list: {counted} ({judged_by(framework)})."


def judged_by(framework: FrameworkInForce) -> str:
    """Whose judgement the crosswalks are: of the lists that come with qipxl, and of the list in force."""
    lists = [each for each in framework.known if each.status != OWN_LIST or each.key == framework.framework.key]
    return "; ".join(dict.fromkeys(walk.judged_by for each in lists for walk in each.crosswalk))


def action_statements(summary: ProviderSummary) -> pd.DataFrame:
    """A line for each action and statement that it names.

    Columns: `service`, `ref`, `statement` as the list in force has it, `as_written` as the action names it, and
    `through_crosswalk`, true if the action names it by another list. `statement` is empty if no list leads to the one in force.
    An action without any statement has no line. The index is that of `summary.actions`.
    """
    return statements_of(summary.actions, summary.framework)


def statements_of(actions: pd.DataFrame, framework: FrameworkInForce) -> pd.DataFrame:
    """The same for any frame of actions with `service` and `ref`; its index is kept."""
    texts = [actions[name].fillna("") for name in STATEMENT_SOURCES if name in actions.columns]
    cells = zip(*texts, strict=True) if texts else repeat((), len(actions))
    known: dict[tuple[object, ...], list[tuple[str, str, bool]]] = {}
    named = []
    for key in cells:
        if key not in known:
            found = framework.statements(*map(str, key))
            known[key] = [(each.name, each.as_written, each.through_crosswalk) for each in found]
        named.append(known[key])
    rows = np.repeat(np.arange(len(actions)), [len(lines) for lines in named])
    frame = pd.DataFrame(chain.from_iterable(named), actions.index[rows], STATEMENT_COLUMNS[2:])
    identity = {name: actions[name].to_numpy()[rows] for name in STATEMENT_COLUMNS[:2]}
    return frame.assign(**identity)[list(STATEMENT_COLUMNS)].astype({"through_crosswalk": bool})
