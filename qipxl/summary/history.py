"""Earlier months of the archive for a summary: what each month counted, and how the counts have changed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from qipxl.archive.actions import full_rows, repeat_finished, tested_again, with_later_rating
from qipxl.archive.store import KEY, Archive
from qipxl.periods import Period
from qipxl.summary.sheet_spec import TableColumns
from qipxl.summary.summary import ProviderSummary
from qipxl.text import folded, names_text, plural

MONTHS = 12
"""How many months a summary looks back."""
LINE = ("service", "region", "period", "headline")
BACK = {"now": 0, "month_before": 1, "three_before": 3}
"""How many months back each column of movement is."""
WHOLE = "Whole provider"


def finished_before(summary: ProviderSummary, archive: Archive, lines: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The actions that were found embedded or withdrawn in earlier months and have left their plans since, as `summary.actions` has them.

    `lines` has the rated actions of the months before `period` (`qipxl.archive.actions.rated_actions`).
    """
    if not len(lines):
        return summary.actions.head(0)
    now = summary.actions
    accepted = summary.returns.accepted
    present = pd.DataFrame({"service": now["service"], "action": [folded(ref) for ref in now["ref"]]})
    present = present.assign(period=str(period), finished=False)
    sent = pd.DataFrame({"service": accepted["service"], "period": str(period)})
    carried = repeat_finished(pd.concat([lines, present], ignore_index=True), sent)
    if not len(carried):
        return now.head(0)
    wanted = carried.assign(period=carried["found"])[[*KEY, "row"]]
    return as_tested_again(full_rows(archive.before(period), wanted, summary.action_shape), summary)


def as_tested_again(left: pd.DataFrame, summary: ProviderSummary) -> pd.DataFrame:
    """Actions that have left their plans, with this month's rating of those that no longer hold.

    The rating comes from the table `finished` of this month's returns; an action that still holds keeps the rating with which
    it left. Only what that table's rules escalate is escalated.
    """
    left = left.assign(escalated=False)
    tested = summary.records.get("finished", pd.DataFrame())
    if not {"holding", "escalation", "escalated"} <= set(tested.columns):
        return left
    actions = map(folded, tested["service"]), map(folded, tested["ref"])
    now = dict(zip(zip(*actions, strict=True), tested.to_dict("records"), strict=True))
    columns = {name: left[name].astype(object).tolist() for name in LATER_RATING if name in left.columns}
    for number, action in enumerate(zip(map(folded, left["service"]), map(folded, left["ref"]), strict=True)):
        line = now.get(action)
        if line is None or line["holding"] == columns["headline"][number]:
            continue
        for name, values in columns.items():
            values[number] = line[LATER_RATING[name]]
    return left.assign(**{name: pd.Series(values, left.index, dtype=object) for name, values in columns.items()})


LATER_RATING = {
    "delivery": "holding", "delivery_rule": "holding_rule", "delivery_label": "holding_label",
    "headline": "holding", "headline_rule": "holding_rule", "headline_label": "holding_label",
    "escalation": "escalation", "escalation_rule": "escalation_rule", "escalation_label": "escalation_label", "escalated": "escalated",
}  # fmt: skip
"""The columns of an action that has left its plan that a later rating replaces, each with its name in the table `finished`."""
COLUMNS_READ: TableColumns = {"finished": tuple(dict.fromkeys(LATER_RATING.values()))}


def history(summary: ProviderSummary, archive: Archive, lines: pd.DataFrame, period: Period) -> pd.DataFrame:
    """How many actions of each service had each letter of the headline, in this month and up to MONTHS before.

    `lines` has the rated actions of the months before `period` (`qipxl.archive.actions.rated_actions`). Columns: `period`,
    `region`, `service`, `letter` (empty: the service sent a return), `actions`.
    """
    sent = archive.before(period).latest[["service", "region", "period"]]
    repeated = with_later_rating(repeat_finished(lines, sent), tested_again(archive.before(period)))
    both = pd.concat([lines[list(LINE)], repeated[list(LINE)]]) if len(lines) else lines[list(LINE)]
    first = str(period.plus(-MONTHS))
    now = summary.actions[["service", "region", "headline"]].assign(period=str(period))
    counted = pd.concat([both[both["period"] >= first], now], ignore_index=True)
    counted["letter"] = counted["headline"].map({state.word: state.letter for state in summary.headline.states})
    accepted = summary.returns.accepted[["service", "region"]].drop_duplicates("service").assign(period=str(period))
    returned = pd.concat([sent[sent["period"] >= first], accepted], ignore_index=True).assign(letter="")
    where = ["period", "region", "service", "letter"]
    rows = pd.concat([counted[where], returned[where]], ignore_index=True)
    return rows.value_counts(where, sort=False).rename("actions").reset_index().sort_values(where, ignore_index=True)


def rules_since(lines: pd.DataFrame, period: Period) -> Period | None:
    """The first month rated by the present rules, which test embedded actions again; None if no earlier one of the last MONTHS had others.

    `lines` has the rated actions of the months before `period` (`qipxl.archive.actions.rated_actions`).
    """
    recent = lines[lines["period"] >= str(period.plus(-MONTHS))]
    untested = recent.loc[~recent["tested"].astype(bool), "period"]
    if not len(untested):
        return None
    later = recent.loc[recent["period"] > untested.max(), "period"]
    return Period.read(str(later.min())) if len(later) else period


def movement(
    history: pd.DataFrame,
    period: Period,
    letters: Sequence[str],
    names: Mapping[str, str] | None = None,
    services: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """A line for the returns and for every letter of the headline, for each region and for the whole provider.

    `history` is the frame from the function of that name; `names` are the services' names by their codes, `services` the codes of
    the services by those of their plans. Columns: `region`,
    `letter` (empty for the returns), `now`, `month_before`, `three_before` (NaN for a month without any return of the region)
    and `change`, in words. Counts use the ratings given then, of the returns that are used now. The change of a letter compares
    only the services with a return in this month and in the month before: `compared` is their number, and `left_out`
    names the services with a return in one of the two.
    """
    months = [str(period.plus(-back)) for back in BACK.values()]
    own = history[history["period"].isin(months)]
    both = pd.concat([own, own.assign(region=WHOLE)])
    regions = [WHOLE, *sorted(set(own["region"]))]
    index = pd.MultiIndex.from_product([regions, ["", *letters]], names=["region", "letter"])
    owners = services or {}
    counts = counts_by_month(of_whole_services(both, owners), index, months)
    returned = counts.xs("", level="letter").reindex(index.get_level_values("region")).to_numpy() > 0
    shown = counts.where(returned | (index.get_level_values("letter") == "")[:, None]).set_axis(list(BACK), axis=1)
    compared = services_compared(both, months, names or {}, owners)
    lines = shown.reset_index().merge(compared, on="region", how="left").fillna({"compared": 0, "left_out": ""})
    kept = compared[["region", "services"]].explode("services").rename(columns={"services": "service"})
    same = counts_by_month(both.merge(kept), index, months)
    steps = (same[months[0]] - same[months[1]]).to_numpy()
    changes = [change_of(line, step) for line, step in zip(lines.to_dict("records"), steps, strict=True)]
    archived = months[1] in set(own["period"])
    return lines.assign(change=changes if archived else change_words(np.nan)).drop(columns="services")


def of_whole_services(lines: pd.DataFrame, services: Mapping[str, str]) -> pd.DataFrame:
    """Lines of history in which a service is counted once a month among the returns, however many of its plans came in."""
    owned = lines.assign(service=[services.get(code, code) for code in lines["service"]])
    sent = owned["letter"] == ""
    return pd.concat([owned[sent].drop_duplicates(["region", "service", "period"]), owned[~sent]])


def counts_by_month(lines: pd.DataFrame, index: pd.MultiIndex, months: Sequence[str]) -> pd.DataFrame:
    """The counts of lines of history by region and letter, a column per month; NaN for a month without any line."""
    counts = lines.groupby(["region", "letter", "period"])["actions"].sum().unstack("period", fill_value=0)
    frame = counts.reindex(index=index, columns=list(months))
    there = [month in counts.columns for month in months]
    return frame.where(frame.notna() | ~np.array(there), 0.0).astype(float)


def services_compared(
    lines: pd.DataFrame, months: Sequence[str], names: Mapping[str, str], owners: Mapping[str, str]
) -> pd.DataFrame:
    """For each `region` the `services` with a return in this month and the month before, their number `compared`, and `left_out`.

    Plans of a service are compared by themselves; `owners` are the codes of the services by those of their plans.

    `left_out` names those with a return in only one of the two; it is empty if no service has a return in the month before.
    """
    sent, (now, before, *_) = lines[lines["letter"] == ""], months
    rows = []
    for region, own in sent.groupby("region"):
        in_now, in_before = (set(own.loc[own["period"] == month, "service"]) for month in (now, before))
        others = ((in_before - in_now, "no return this month"), (in_now - in_before, "no return the month before"))
        texts = [
            f"{names_text(sorted(names.get(code, code) for code in codes))} ({why})" for codes, why in others if codes
        ]
        archived = before in set(sent["period"])
        both = sorted(in_now & in_before)
        number = len({owners.get(code, code) for code in both})
        rows.append((region, both, number, "; ".join(texts) if archived else ""))
    return pd.DataFrame(rows, columns=["region", "services", "compared", "left_out"])


def change_of(line: Mapping[Hashable, Any], step: float) -> str:
    """The change of a line in words; if services are left out, with the number of those compared. `step` is that of a letter."""
    if not line["letter"]:
        return change_words(line["now"] - line["month_before"])
    if not line["compared"]:
        return "no service to compare"
    return change_words(step) + (f" in {plural(int(line['compared']), 'service')}" if line["left_out"] else "")


def change_words(difference: float) -> str:
    """A difference from the month before: an arrow and words."""
    if np.isnan(difference):
        return "no earlier month"
    if not difference:
        return "= the same"
    return f"{'▲' if difference > 0 else '▼'} {abs(difference):g} {'more' if difference > 0 else 'fewer'}"
