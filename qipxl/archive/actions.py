"""What the archive's months held: every action as it was judged then, and those embedded or withdrawn before, which stand on.

An action that a return showed as embedded or withdrawn leaves its service's plan with the next tracker. It is counted on as
it was found last, for every month in which its service sent a return, until it stands in a return again.
"""

from __future__ import annotations

import pandas as pd

from qipxl.archive.rows import lines_of, personal
from qipxl.archive.store import KEY, Archive, rows_with_ratings
from qipxl.returns.returns import TEXTS
from qipxl.text import folded


def judged_lines(archive: Archive) -> pd.DataFrame:
    """A line per action and month: KEY, `row`, `region`, `action` (its Ref, folded), `headline`, `finished`.

    An action without a Ref, or with one that another row has too, is never finished: nobody could say which it is later.
    """
    lines = rows_with_ratings(archive, "actions", ["ref"], ["headline", "finished"])
    if not len(lines):
        return pd.DataFrame(columns=[*KEY, "row", "region", "action", "headline", "finished"])
    if "finished" not in lines.columns:
        lines["finished"] = False
    regions = archive.latest.set_index(["service", "period"])["region"]
    where = pd.MultiIndex.from_frame(lines[["service", "period"]])
    lines = lines.assign(region=regions.reindex(where).to_numpy(), action=lines["ref"].astype(object).map(folded))
    own = (lines["action"] != "") & ~lines.duplicated(["service", "period", "action"], keep=False)
    return lines.assign(finished=lines["finished"].fillna(False).astype(bool) & own).drop(columns="ref")


def standing_on(lines: pd.DataFrame, sent: pd.DataFrame) -> pd.DataFrame:
    """The lines of finished actions, repeated for each later month (`period`) in which their service sent a return.

    `sent` has a line per service and month with a return. A repetition ends where the action stands in a return again.
    """
    if not len(lines):
        return lines
    order = lines.sort_values("period", kind="stable")
    following = order.groupby(["service", "action"])["period"].shift(-1)
    over = order.assign(until=following.fillna("9999-99"), found=order["period"])[order["finished"]]
    later = over.drop(columns="period").merge(sent[["service", "period"]].drop_duplicates(), on="service")
    return later[(later["period"] > later["found"]) & (later["period"] < later["until"])]


@pd.option_context(*TEXTS)
def whole_lines(archive: Archive, wanted: pd.DataFrame, like: pd.DataFrame, *, in_full: bool = False) -> pd.DataFrame:
    """Actions of the archive with all their columns, in the shape of a summary's; texts that seem to hold personal data `in_full` or not."""
    keys = wanted[list(KEY)].drop_duplicates()
    only = Archive(archive.folder, archive.versions.merge(keys, on=list(KEY)))
    lines = lines_of(only, "actions", withheld=None if in_full else personal(only)).merge(wanted, on=[*KEY, "row"])
    receipts = only.versions.set_index(list(KEY))[["file", "name", "region"]]
    where = receipts.loc[pd.MultiIndex.from_frame(lines[list(KEY)])].set_axis(lines.index)
    lines = lines.assign(file=where["file"], name=where["name"], region=where["region"])
    return lines.assign(**{"return": -1}).reindex(columns=like.columns)
