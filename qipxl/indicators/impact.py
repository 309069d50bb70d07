"""What the services' own figures show in a month: every indicator judged, a verdict on each linked action, outliers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from qipxl.archive.store import Archive, folded_texts
from qipxl.indicators import Verdict
from qipxl.indicators.action_verdicts import ActionKey, rows_by_name, verdicts_of
from qipxl.indicators.judge_series import RULES, JudgedSeries, judge_series
from qipxl.indicators.outliers import outliers_of
from qipxl.indicators.series import Series, Tables, combined, series_of
from qipxl.periods import Period
from qipxl.text import folded

LINK = ("code", "action", "indicator", "row", "start", "completed_on")
"""An action that links an indicator: the folded service code, action Ref and indicator text; the row of that indicator in the
services' series (-1 for none); the action's dates."""


@dataclass(frozen=True)
class Impact:
    """The services' series of a month and the actions that link them (LINK); the rest is computed on demand.

    With `part`, the folded codes of some services, judged series and outliers are shown for these services only. Outliers
    are still compared with all services. `known` has the verdicts if they are computed already.
    """

    services: Series
    links: pd.DataFrame
    as_at: date
    rules: str = RULES
    part: frozenset[str] | None = None
    known: Mapping[ActionKey, Verdict] | None = None

    @cached_property
    def judged(self) -> JudgedSeries:
        """Every indicator judged: the services', then the provider's."""
        series = self.services
        if self.part is not None:
            series = series.chosen(series.lines["service"].map(folded).isin(self.part).to_numpy())
        return judge_series(series.followed_by(combined(series)), self.rules)

    def with_own_cache(self) -> Impact:
        """A copy with the same verdicts; its judged series, which are large, are freed with it."""
        return replace(self, known=self.verdicts)

    @cached_property
    def verdicts(self) -> Mapping[ActionKey, Verdict]:
        """The verdict on each action that links an indicator."""
        if self.known is not None:
            return self.known
        return verdicts_of(self.links[self.links["row"] >= 0], self.services, self.as_at)

    @cached_property
    def outliers(self) -> pd.DataFrame:
        """Lines OUTLIER: services compared with each other."""
        frame = outliers_of(self.services)
        if self.part is None:
            return frame
        return frame[frame["service"].map(folded).isin(self.part)].reset_index(drop=True)

    def actions_of(self, code: str, ref: str) -> list[str]:
        """The folded Refs of the actions that link an indicator, given by its service's code and its Ref."""
        row = rows_by_name(self.services).get((folded(code), folded(ref)))
        return [] if row is None else list(self.links.loc[self.links["row"] == row, "action"])

    @property
    def links_with_names(self) -> pd.DataFrame:
        """The actions that link an indicator, with the indicator's `service` and `ref`."""
        links = self.links[self.links["row"] >= 0]
        return links.assign(**{name: self.services.lines[name].to_numpy()[links["row"]] for name in ("service", "ref")})

    def of_services(self, codes: Collection[str]) -> Impact:
        """The impact restricted to some services, by their folded codes."""
        known = self.known and {action: verdict for action, verdict in self.known.items() if action[0] in codes}
        return replace(self, part=frozenset(codes), links=self.links[self.links["code"].isin(codes)], known=known)

    @staticmethod
    def joined(parts: Sequence[Impact], codes: Sequence[str], rules: str) -> Impact:
        """The impact of several groups of services together; the links are in the order of `codes`, the folded service codes."""
        series, order = Series.joined([part.services for part in parts])
        rows = np.append(np.argsort(order), -1)  # the last row is for actions without an indicator
        starts = np.cumsum([0, *(len(part.services) for part in parts)])
        links = []
        for part, start in zip(parts, starts, strict=False):
            index = part.links["row"].to_numpy(int)
            links.append(part.links.assign(row=rows[np.where(index < 0, -1, index + start)]))
        rank = {code: position for position, code in enumerate(codes)}
        joined = pd.concat([frame for frame in links if len(frame)] or links[:1], ignore_index=True)
        order_of_links = joined["code"].map(rank).argsort(kind="stable")
        verdicts = {action: verdict for part in parts for action, verdict in part.verdicts.items()}
        return Impact(series, joined.iloc[order_of_links].reset_index(drop=True), parts[0].as_at, rules, known=verdicts)


def impact_of(
    tables: Tables, actions: pd.DataFrame, archive: Archive | None, period: Period, as_at: date, rules: str = RULES
) -> Impact:
    """The impact that a month's returns show, with the archive's earlier returns if there is an archive.

    `tables` has the rows of indicators and measurements as `qipxl.returns.provenance` gives them. `actions` has `service`,
    `ref`, `indicator`, `start` and `completed_on`.
    """
    series = series_of(tables, archive, period)
    earlier = archive.before(period) if archive is not None else None
    return Impact(series, links_of(actions, series, earlier), as_at, rules)


def links_of(actions: pd.DataFrame, series: Series, earlier: Archive | None = None) -> pd.DataFrame:
    """Lines LINK of a month's actions.

    An action that no longer names an existing indicator keeps the one that it named in the latest earlier return, so that
    changing a cell does not remove a verdict.
    """
    rows = rows_by_name(series)
    now = with_folded(actions, rows).reset_index(drop=True)
    unlinked = bool((now["row"] < 0).any())
    was = earlier.table("actions", ["ref", "indicator"]) if earlier and unlinked else pd.DataFrame()
    if "indicator" in was.columns and len(was):
        was = was.sort_values("period", ascending=False, kind="stable")
        before = with_folded(was.drop_duplicates(["service", "ref", "indicator"]), rows)
        latest = before[before["row"] >= 0].drop_duplicates(["code", "action"]).set_index(["code", "action"])["row"]
        old = latest.reindex(pd.MultiIndex.from_frame(now[["code", "action"]])).fillna(-1).to_numpy(int)
        now = now.assign(row=now["row"].where(now["row"] >= 0, pd.Series(old, now.index)))
    return now[(now["indicator"] != "") | (now["row"] >= 0)].reset_index(drop=True)[list(LINK)]


def with_folded(actions: pd.DataFrame, rows: Mapping[tuple[str, str], int]) -> pd.DataFrame:
    """The actions that have a Ref: the columns of LINK, with the rows of the indicators that they name."""
    frame = actions.reindex(columns=["service", "ref", "indicator", "start", "completed_on"])
    names = {"code": "service", "action": "ref", "indicator": "indicator"}
    texts = {new: folded_texts(frame[old]) for new, old in names.items()}
    row = [rows.get(pair, -1) for pair in zip(texts["code"], texts["indicator"], strict=True)]
    lines = pd.DataFrame({**texts, "row": row, "start": frame["start"], "completed_on": frame["completed_on"]})
    return lines[lines["action"] != ""]
