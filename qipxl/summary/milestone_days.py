"""The days on which the milestones of actions that link an indicator were done, for charts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import pandas as pd

from qipxl.archive.lazy_tables import LazyTables
from qipxl.archive.store import folded_texts
from qipxl.indicators.action_verdicts import ActionKey, day_or_none

READ_FOR_CHARTS = ("action", "done_on")


def milestone_days(
    records: LazyTables, actions: pd.DataFrame, keys: Collection[ActionKey], as_at: date
) -> Mapping[ActionKey, Sequence[date]]:
    """The days, up to the date of judgement, on which the milestones of these actions were done, in order."""
    numbers = zip(folded_texts(actions["service"]), folded_texts(actions["ref"]), actions["return"], strict=True)
    wanted = {(int(number), ref): (code, ref) for code, ref, number in numbers if (code, ref) in keys}
    days: dict[ActionKey, list[date]] = {}
    for rows in records.only(READ_FOR_CHARTS).parts("milestones") if "milestones" in records and wanted else ():
        if not set(READ_FOR_CHARTS) <= set(rows.columns):
            continue
        own = rows[rows["done_on"].notna() & rows["return"].isin({number for number, _ in wanted})]
        for number, ref, done in zip(own["return"], folded_texts(own["action"]), own["done_on"], strict=True):
            day, key = day_or_none(done), wanted.get((int(number), ref))
            if key is not None and day is not None and day <= as_at:
                days.setdefault(key, []).append(day)
    return {key: sorted(each) for key, each in days.items()}
