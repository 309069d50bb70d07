"""What the services' own figures say in a month: every indicator judged, a verdict on each action that links one, outliers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from qipxl.archive import Archive
from qipxl.indicators import Verdict
from qipxl.outliers import outliers_of
from qipxl.periods import Period
from qipxl.series import Records, series_of, together
from qipxl.signals import RULES, Action, Judged, judged, verdicts_of
from qipxl.texts import folded

LINK = ("code", "action", "linked", "start", "completed_on")
"""An action that links an indicator: both codes folded, the indicator's Ref or name folded, and the action's dates."""


@dataclass(frozen=True)
class Impact:
    """Every indicator judged (the services', then those added up), the verdicts by action, and lines OUTLIER."""

    judged: Judged
    verdicts: Mapping[Action, Verdict]
    outliers: pd.DataFrame

    def of_services(self, codes: Collection[str]) -> Impact:
        """The same about some services, named by their folded codes; what is added up is left out."""
        lines = self.judged.lines["service"].map(folded)
        verdicts = {action: verdict for action, verdict in self.verdicts.items() if action[0] in codes}
        outliers = self.outliers[self.outliers["service"].map(folded).isin(codes)].reset_index(drop=True)
        return Impact(self.judged.chosen(lines.isin(codes).to_numpy()), verdicts, outliers)


def impact_of(
    records: Records, links: pd.DataFrame, archive: Archive | None, period: Period, as_at: date, rules: str = RULES
) -> Impact:
    """Judge the figures of a month's returns, and of the archive's earlier ones where there is one.

    `records` are the rows of indicators and measurements as `qipxl.tracing` gives them, `links` lines LINK.
    """
    series = series_of(records, archive, period)
    return Impact(
        judged(series.followed_by(together(series)), rules), verdicts_of(links, series, as_at), outliers_of(series)
    )


def links_of(actions: pd.DataFrame, earlier: Archive | None = None) -> pd.DataFrame:
    """Lines LINK of a month's actions (`service`, `ref`, `indicator`, `start`, `completed_on`).

    An action that names no indicator any more keeps the one that it named in the latest of the earlier returns: nobody
    gets rid of a verdict by clearing a cell.
    """
    now = linked(actions)
    if earlier is None:
        return now[now["linked"] != ""].reset_index(drop=True)
    was = earlier.table("actions", ["ref", "indicator"])
    if "indicator" in was.columns and len(was):
        before = linked(was.sort_values("period", ascending=False, kind="stable"))
        named = (
            before[before["linked"] != ""].drop_duplicates(["code", "action"]).set_index(["code", "action"])["linked"]
        )
        old = named.reindex(pd.MultiIndex.from_frame(now[["code", "action"]])).fillna("").to_numpy()
        now = now.assign(linked=now["linked"].mask(now["linked"] == "", pd.Series(old, now.index)))
    return now[now["linked"] != ""].reset_index(drop=True)


def linked(actions: pd.DataFrame) -> pd.DataFrame:
    """Lines LINK of actions, those without an indicator with an empty one."""
    frame = actions.reindex(columns=["service", "ref", "indicator", "start", "completed_on"])
    folded_texts = {
        new: frame[old].map(folded) for new, old in (("code", "service"), ("action", "ref"), ("linked", "indicator"))
    }
    return pd.DataFrame({**folded_texts, "start": frame["start"], "completed_on": frame["completed_on"]})
