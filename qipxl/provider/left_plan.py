"""Embedded and withdrawn actions that have left the plan: their rows in the table of finished actions, for the rules to test again.

Nothing is rated here. Head office collects what the template's rules read: the verdict on the linked figures, the latest
review and the next one, and an unexplained outlier. What came back in the table is replaced by this before returns are rated.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from qipxl.archive.actions import full_rows, rated_actions, repeat_finished
from qipxl.archive.store import KEY, Archive
from qipxl.indicators.action_verdicts import BALANCING, OUTCOME, Figures
from qipxl.indicators.impact import FIELD_OF_PART, LINKED, Impact
from qipxl.indicators.verdict import VerdictState
from qipxl.periods import Period
from qipxl.provider.head_office_facts import Action, Facts, action_of, facts_by_return, typed_column
from qipxl.provider.judgements import NONE_JUDGED, Judged
from qipxl.returns.cell_values import cell_value
from qipxl.returns.returns import Returns
from qipxl.template import Template
from qipxl.text import folded
from qipxl.workbook.layout import Placement

TABLE = "finished"
DETAILS = ("issue", "intended_change", "owner", "completed_on", "verified_by", *FIELD_OF_PART.values())
"""The fields of an action that its row in the table repeats."""
VERDICTS = {OUTCOME: ("verdict", "warning"), BALANCING: ("balancing_verdict",)}
"""The fields that come from the figures of each part's indicators."""
FIGURES = tuple(field for fields in VERDICTS.values() for field in fields)
REVIEW = {
    "reviewed_on": "held_on", "reviewed_by": "reviewed_by", "effective": "effective", "embedded": "embedded",
    "recurrence": "reaudit_result", "next_review": "next_review",
}  # fmt: skip
"""The fields that come from the latest review, with that table's names."""
TESTED = ("ref", "owner", "left_as", *FIELD_OF_PART.values(), *FIGURES, "outlier_returns", *REVIEW, "outside")
"""The fields that the rules read."""


def left_by(earlier: Archive, ratings: pd.DataFrame, period: Period, *, in_full: bool) -> pd.DataFrame:
    """Every action that was embedded or withdrawn in the last return that contained it.

    `earlier` has the months before `period`, and `ratings` their `ratings_by_month`. Texts that may hold personal data are
    withheld unless `in_full` is true.
    """
    services = earlier.latest[["service"]].drop_duplicates().assign(period=str(period))
    finished = repeat_finished(rated_actions(earlier, ratings), services)
    columns = list(dict.fromkeys([*KEY, "ref", "headline", "headline_label", *DETAILS, *LINKED]))
    empty = pd.DataFrame(columns=columns)
    if not len(finished):
        return empty
    return full_rows(earlier, finished.assign(period=finished["found"])[[*KEY, "row"]], empty, in_full=in_full)


def linking(actions: pd.DataFrame, left: pd.DataFrame) -> pd.DataFrame:
    """The actions of plans, then those that have left them: what `qipxl.indicators.impact.impact_of` needs of each."""
    now = actions.reindex(columns=list(LINKED))
    return pd.concat([now, left_now(actions, left)[list(LINKED)]], ignore_index=True) if len(left) else now


def left_now(actions: pd.DataFrame, left: pd.DataFrame) -> pd.DataFrame:
    """Those of the actions that left their plans that are not in `actions` again."""
    if not len(left):
        return left
    now = actions.reindex(columns=["service", "ref"])
    present = set(map(action_of, now["service"], now["ref"]))
    gone = [action not in present for action in map(action_of, left["service"], left["ref"])]
    return left[np.array(gone, dtype=bool)]


def reviews_of(archive: Archive, left: pd.DataFrame) -> pd.DataFrame:
    """The reviews in the returns of the services that have an action in `left`."""
    if not len(left):
        return pd.DataFrame(columns=["service", "action", "ref", *REVIEW.values()])
    return archive.of_services(set(map(folded, left["service"]))).table("reviews", ["action", "ref", *REVIEW.values()])


def latest_reviews(reviews: Sequence[pd.DataFrame], as_at: date, judged: Judged = NONE_JUDGED) -> dict[Action, Facts]:
    """The latest review of each action held by a date, with the judgement from `outside` on it; of several on a day, the one that comes last."""
    columns = ["service", "action", "ref", *REVIEW.values()]
    parts = [frame.reindex(columns=columns) for frame in reviews if len(frame)]
    if not parts:
        return {}
    lines = pd.concat(parts, ignore_index=True)
    lines = lines[lines["held_on"].notna() & (lines["held_on"] <= pd.Timestamp(as_at))]
    return {
        action_of(line["service"], line["action"]): {
            **{key: cell_value(line[name]) for key, name in REVIEW.items()},
            "outside": outside_judgement(judged, line),
        }
        for line in lines.sort_values("held_on", kind="stable").to_dict("records")
    }


def outside_judgement(judged: Judged, line: Mapping[Hashable, object]) -> str | None:
    """The judgement from outside on a review; None if there is none."""
    found = judged.get((folded(line["service"]), folded(line["action"]), folded(line["ref"])))
    return None if found is None else found.judgement


def figures_before(archive: Archive) -> dict[Action, Facts]:
    """What head office last recorded about the figures of each action of the table."""
    lines = archive.table(TABLE, ["ref", *FIGURES]).reindex(columns=["service", "period", "ref", *FIGURES])
    last = lines.sort_values("period", kind="stable").to_dict("records")
    return {
        action_of(line["service"], line["ref"]): {name: cell_value(line[name]) for name in FIGURES} for line in last
    }


def left_rows(
    left: pd.DataFrame,
    reviews: Mapping[Action, Facts],
    impact: Impact,
    before: Mapping[Action, Facts],
    waiting: Mapping[Action, int],
) -> dict[str, list[Facts]]:
    """The rows of the table for each service, by its folded code.

    `before` is what was recorded earlier about the figures: if it took an action's blue away, it stays while they are not judged.
    `waiting` has the months for which an outlier of a linked indicator is unexplained.
    """
    rows: dict[str, list[Facts]] = {}
    for line in left.to_dict("records"):
        action = action_of(line["service"], line["ref"])
        details = {name: cell_value(line[name]) for name in DETAILS}
        row = {"ref": line["ref"], "outcome": line["headline_label"], **details, "left_as": line["headline"]}
        row["since"] = Period.read(str(line["period"])).first
        for part in VERDICTS:
            row |= figures_of(part, impact.verdicts.get(action, ()), before.get(action, {}))
        row |= {"outlier_returns": float(waiting[action]) if action in waiting else None}
        rows.setdefault(action[0], []).append(row | reviews.get(action, {}))
    return rows


def figures_of(part: str, figures: Figures, was: Facts) -> Facts:
    """The verdicts on the indicators of a part, one after the other; what they were if that took blue away and not all are judged now."""
    verdicts = [figure.verdict for figure in figures if figure.part == part and figure.verdict is not None]
    judged = bool(verdicts) and all(verdict.state is not VerdictState.NOT_CURRENT for verdict in verdicts)
    before = {field: was.get(field) for field in VERDICTS[part]}
    if not judged and (VerdictState.WORSE in str(before) or before.get("warning") == "Yes"):
        return before
    states = "; ".join(dict.fromkeys(str(verdict.state) for verdict in verdicts))
    warning = "Yes" if any(verdict.warning for verdict in verdicts) else None
    return dict(zip(VERDICTS[part], (states or None, warning), strict=False))


def with_left(returns: Returns, rows: Mapping[str, Sequence[Facts]]) -> Returns:
    """The same returns, with the table as head office knows it now in place of what came back.

    The rows of a return keep their place in the frame if what the rules read of them is the same.
    """
    issued = returns.tables[TABLE]
    if not rows and not len(issued):
        return returns
    made_from = [template for template in returns.templates.values() if TABLE in template.tables]
    known = pd.concat([known_rows(returns, template, rows) for template in made_from], ignore_index=True)
    tested = ["return", *(name for name in TESTED if name in issued.columns)]
    was, now = facts_by_return(issued[tested]), facts_by_return(known[tested])
    numbers = returns.accepted.index
    changed = [number for number in numbers if was.get(int(number)) != now.get(int(number))]
    if not changed:
        return returns
    fresh = known[known["return"].isin(changed)]
    fresh.index = pd.RangeIndex(len(issued), len(issued) + len(fresh))
    frame = pd.concat([issued[~issued["return"].isin(changed)], fresh.astype(issued.dtypes.to_dict())])
    sheets = {(int(number), TABLE): Placement(sheet_of(returns, number), {}) for number in changed}
    return replace(
        returns,
        tables={**returns.tables, TABLE: frame},
        unreadable={**returns.unreadable, TABLE: pd.DataFrame(index=frame.index)},
        placements={**sheets, **returns.placements},
        books=returns.books.refreshed(),
    )


def sheet_of(returns: Returns, number: int) -> str:
    """The name of the table's sheet in the template of a return."""
    return returns.templates[str(returns.receipts.at[number, "template"])].tables[TABLE].sheet


def known_rows(returns: Returns, template: Template, rows: Mapping[str, Sequence[Facts]]) -> pd.DataFrame:
    """The table of every return of a template as head office knows it, in the shape of the frame that was read."""
    issued, numbers = returns.tables[TABLE], returns.of_template(template)
    fields = {field.key: field for field in template.tables[TABLE].field}
    owners = zip(issued["return"], map(folded, issued["ref"]), strict=True)
    sheet_rows = dict(zip(owners, issued["row"], strict=True))
    lines: list[Facts] = []
    for number, code in zip(numbers, returns.receipts.loc[numbers, "service"], strict=True):
        for row in rows.get(folded(code), ()):
            lines.append(row | {"return": int(number), "row": int(sheet_rows.get((number, folded(row["ref"])), 0))})
    frame = pd.DataFrame(lines, columns=list(issued.columns))
    typed = {name: typed_column(fields[name], frame[name]) for name in map(str, frame.columns) if name in fields}
    return frame.assign(**typed)


def slipping_words(reasons: Mapping[str, str], lines: pd.DataFrame) -> list[str]:
    """A sentence for each action of the table that is escalated by the rules, with the reason from the rules."""
    return [slipping(line, reasons) for line in lines[lines["escalated"].astype(bool)].to_dict("records")]


def slipping(line: Mapping[Hashable, object], reasons: Mapping[str, str]) -> str:
    """The sentence for one action.

    >>> slipping({"ref": "A-1", "holding": "Embedded, slipping", "holding_rule": "x"}, {"x": "its next review is overdue"})
    'A-1 is now rated “Embedded, slipping”: its next review is overdue. Enter a review on Reviews, or reopen it on Actions.'
    """
    why = reasons.get(str(line["holding_rule"]), "see Why on its sheet")
    return f"{line['ref']} is now rated “{line['holding']}”: {why}. Enter a review on Reviews, or reopen it on Actions."
