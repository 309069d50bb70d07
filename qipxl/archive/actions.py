"""Actions of the archive's months with their ratings, and the finished ones, which later summaries still count and show.

An action that a return rates as embedded or withdrawn is finished: the service's next tracker no longer has it. A summary
counts it with its last rating in every later month in which its service sent a return, until a return contains it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from qipxl.archive.rows import archived_rows, in_shape, personal_data, with_ratings
from qipxl.archive.store import KEY, Archive, folded_texts, joined_frame
from qipxl.returns.returns import TEXTS
from qipxl.returns.string_pool import StringPool

ARCHIVED = -2
"""The numbers of returns from which actions were brought back: this one and those below it. -1 is no return at all."""
TESTED = "once_embedded"
"""A value that the rules work out for each action since they test embedded actions again."""
FLAGS = ("finished", "escalated")
"""Ratings of an action that are true or false; a template may lack them."""
HISTORY = ("clean", "closed", "under_way")
"""What the rules say of an action in a return, for its history (`qipxl.provider.head_office_facts`)."""


def rows_with_ratings(
    archive: Archive, table: str, columns: Sequence[str], ratings: Sequence[str], texts: StringPool | None = None
) -> pd.DataFrame:
    """The rows of a table, such as `actions`, with their ratings: KEY, `row`, `columns`, `ratings`.

    No other column is read. A column that no commit has is missing here, unless there is no row at all. With `texts` equal
    texts share one string.
    """
    parts, coded = [], texts is not None
    for commit in archive.commits():
        rows = commit.arrow_lines(table, ["row", *columns], coded=coded)
        rated = commit.arrow_lines(f"{table}-ratings", ["row", *ratings], coded=coded)
        if rows is not None and rated is not None and len(rows):
            parts.append(with_ratings(rows, rated, commit))
    if not parts:
        return pd.DataFrame(columns=[*KEY, "row", *columns, *ratings])
    return joined_frame(parts, texts)


def ratings_by_month(archive: Archive) -> pd.DataFrame:
    """A line per action and month: KEY, `row`, `ref`, and the ratings that later months read, as the archive has them."""
    return rows_with_ratings(archive, "actions", ["ref"], [*FLAGS, "headline", TESTED, *HISTORY])


def rated_actions(archive: Archive, lines: pd.DataFrame | None = None) -> pd.DataFrame:
    """A line per action and month: KEY, `row`, `headline`, `finished`, `escalated`, `tested`, `region`, `action` (its Ref, folded).

    `tested` is true if the rules of the month test embedded actions again.
    An action is never finished if it has no Ref or shares its Ref with another row, since a later return could not name it.
    `lines` are those of `ratings_by_month`, if they are known.
    """
    lines = ratings_by_month(archive) if lines is None else lines
    columns = [*KEY, "row", "headline", *FLAGS, "tested", "region", "action"]
    if not len(lines):
        return pd.DataFrame(columns=columns)
    flags = {name: lines.get(name, pd.Series(False, lines.index)).fillna(False).astype(bool) for name in FLAGS}
    regions = archive.latest[["service", "period", "region"]]
    flags["tested"] = lines.get(TESTED, pd.Series(np.nan, lines.index)).notna()
    lines = lines.assign(**flags, action=folded_texts(lines["ref"])).merge(
        regions, on=["service", "period"], how="left"
    )
    unique = (lines["action"] != "") & ~lines.duplicated(["service", "period", "action"], keep=False)
    return lines.assign(finished=lines["finished"] & unique)[columns]


def repeat_finished(lines: pd.DataFrame, sent: pd.DataFrame) -> pd.DataFrame:
    """The lines of finished actions, repeated for each later month (`period`) in which their service sent a return.

    `sent` has a line per service and month with a return. The repetition ends at a return that contains the action again.
    `found` is the month in which the action was rated as finished.
    """
    if not len(lines):
        return lines
    order = lines.sort_values("period", kind="stable")
    following = order.groupby(["service", "action"])["period"].shift(-1)
    finished = order.assign(until=following.fillna("9999-99"), found=order["period"])[order["finished"]]
    later = finished.drop(columns="period").merge(sent[["service", "period"]].drop_duplicates(), on="service")
    return later[(later["period"] > later["found"]) & (later["period"] < later["until"])]


def tested_again(archive: Archive) -> pd.DataFrame:
    """The rating, in each month, of every action that had left its plan.

    Columns: `service`, `period`, `action` (its Ref, folded), `holding`, `escalated`. Months before the
    rules tested such actions again have no line.
    """
    lines = rows_with_ratings(archive, "finished", ["ref"], ["holding", "escalated"])
    columns = ["service", "period", "action", "holding", "escalated"]
    if not {"holding", "escalated"} <= set(lines.columns) or not len(lines):
        return pd.DataFrame(columns=columns)
    known = lines.assign(action=folded_texts(lines["ref"]))[columns]
    return known[known["holding"].notna()].drop_duplicates(["service", "period", "action"])


def with_later_rating(repeated: pd.DataFrame, tested: pd.DataFrame) -> pd.DataFrame:
    """The lines of `repeat_finished`, each with the headline that the action had in that month by `tested_again`."""
    if not len(repeated) or not len(tested):
        return repeated
    keys = ["service", "period", "action"]
    holding = repeated[keys].merge(tested, on=keys, how="left")["holding"].to_numpy(object)
    return repeated.assign(headline=np.where(pd.isna(holding), repeated["headline"].to_numpy(object), holding))


@pd.option_context(*TEXTS)
def full_rows(archive: Archive, chosen: pd.DataFrame, like: pd.DataFrame, *, in_full: bool = False) -> pd.DataFrame:
    """Actions of the archive, chosen by KEY and `row`, with the columns of a summary's frame `like`.

    `return` is a negative number, the same for all actions of one return. Texts that may hold personal data are withheld unless
    `in_full` is true.
    """
    keys = chosen[list(KEY)].drop_duplicates()
    versions = Archive(archive.folder, archive.versions.merge(keys, on=list(KEY)))
    withheld = None if in_full else personal_data(versions)
    lines = archived_rows(versions, "actions", withheld=withheld).merge(chosen, on=[*KEY, "row"])
    receipts = versions.versions.set_index(list(KEY))[["file", "name", "region"]]
    where = receipts.loc[pd.MultiIndex.from_frame(lines[list(KEY)])].set_axis(lines.index)
    lines = lines.assign(file=where["file"], name=where["name"], region=where["region"])
    numbers = ARCHIVED - lines.groupby(list(KEY)).ngroup()
    return lines.assign(**{"return": numbers}).reindex(columns=like.columns)


@dataclass(frozen=True)
class RowsAbout:
    """The rows of other tables about some actions of `full_rows`: from the return that each was last in, and from later returns.

    A tracker does not carry on the rows of an action that has left the plan, so each return has only those entered in its month.
    """

    archive: Archive
    actions: pd.DataFrame

    @cached_property
    def returns(self) -> Archive:
        """The archive restricted to the services' returns from the month on in which an action was last in one."""
        first = self.actions.groupby("service")["period"].min().rename("first").reset_index()
        latest = self.archive.latest.merge(first, on="service")
        return Archive(self.archive.folder, latest[latest["period"] >= latest["first"]].drop(columns="first"))

    @cached_property
    def withheld(self) -> pd.DataFrame:
        """The texts that are withheld, because they may hold personal data."""
        return personal_data(self.returns)

    @pd.option_context(*TEXTS)
    def table(self, key: str, like: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table, with the columns of a summary's frame `like`; of rows with the same Ref the latest."""
        lines = archived_rows(self.returns, key, [*like.columns], self.withheld)
        if "action" not in lines.columns:
            return like
        known = self.actions[["service", "period", "name", "region", "return"]].rename(columns={"period": "found"})
        known = known.assign(key=folded_texts(self.actions["ref"]))
        files = self.returns.versions[[*KEY, "file"]]
        lines = lines.drop(columns=["file", "name", "region", "return"], errors="ignore").merge(files, on=list(KEY))
        lines = lines.assign(key=folded_texts(lines["action"])).merge(known, on=["service", "key"])
        lines = lines[lines["period"] >= lines["found"]].sort_values("period", kind="stable")
        own = lines.assign(own=folded_texts(lines["ref"]))
        newest = own.groupby(["service", "key", "own"])["period"].transform("max")
        repeated = (own["period"] < newest) & (own["own"] != "") & (own["own"] != own["key"])
        return pd.DataFrame(in_shape(lines[~repeated], like))
