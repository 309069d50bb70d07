"""What the services' own figures show in a month: every indicator judged, a verdict on each linked action, outliers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from qipxl.archive.store import Archive, folded_texts
from qipxl.indicators.action_verdicts import BALANCING, OUTCOME, PROCESS, ActionKey, Figures, rows_by_name, verdicts_of
from qipxl.indicators.judge_series import RULES, JudgedSeries, judge_series
from qipxl.indicators.outliers import outliers_of
from qipxl.indicators.series import Series, Tables, combined, one_per_service, series_of
from qipxl.periods import Period
from qipxl.rules.listed import words_apart
from qipxl.text import folded

FIELD_OF_PART = {OUTCOME: "indicator", PROCESS: "process_indicator", BALANCING: "balancing_indicator"}
"""The field of an action that names the indicators of each part."""
LINKED = ("service", "ref", *FIELD_OF_PART.values(), "start", "completed_on")
"""The columns of actions from which links are made."""
OF_PART = ["code", "action", "part"]
LINK = (*OF_PART, "indicator", "row", "start", "completed_on")
"""An action that links an indicator: the folded service code and action Ref, the part, the folded text of the cell; the row of the
indicator in the services' series (-1 for none); the action's dates."""


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
    known: Mapping[ActionKey, Figures] | None = None

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
    def verdicts(self) -> Mapping[ActionKey, Figures]:
        """The indicators that each action links, with the verdicts on their figures."""
        if self.known is not None:
            return self.known
        return verdicts_of(self.links[self.links["row"] >= 0], self.services, self.as_at)

    @cached_property
    def outliers(self) -> pd.DataFrame:
        """Lines OUTLIER: services compared with each other; of an indicator in several plans, the line of the first that links it."""
        frame = outliers_of(one_per_service(self.services, set(self.links["row"])))
        if self.part is None:
            return frame
        return frame[frame["service"].map(folded).isin(self.part)].reset_index(drop=True)

    def actions_of(self, code: str, ref: str) -> list[str]:
        """The folded Refs of the actions that link an indicator, given by its service's code and its Ref; each once."""
        row = rows_by_name(self.services).get((folded(code), folded(ref)))
        return [] if row is None else list(self.links.loc[self.links["row"] == row, "action"].drop_duplicates())

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

    `tables` has the rows of indicators and measurements as `qipxl.returns.provenance` gives them. `actions` has the columns LINKED.
    """
    series = series_of(tables, archive, period)
    earlier = archive.before(period) if archive is not None else None
    return Impact(series, links_of(actions, series, earlier), as_at, rules)


def links_of(actions: pd.DataFrame, series: Series, earlier: Archive | None = None) -> pd.DataFrame:
    """Lines LINK of a month's actions.

    An action that no longer names an existing indicator in a part keeps those that it named in the latest earlier return, so
    that changing a cell does not remove a verdict.
    """
    now = with_folded(actions, series)
    lost = now.loc[now["row"] < 0, OF_PART].drop_duplicates()
    was = earlier.table("actions", ["ref", *FIELD_OF_PART.values()]) if earlier and len(lost) else pd.DataFrame()
    if len(was):
        was = was.reindex(columns=["service", "period", "ref", *FIELD_OF_PART.values()])
        was = was.sort_values("period", ascending=False, kind="stable")
        before = with_folded(was.drop_duplicates(["service", "ref", *FIELD_OF_PART.values()]), series)
        before = before[before["row"] >= 0].merge(lost, on=OF_PART)
        latest = before[before["period"] == before.groupby(OF_PART)["period"].transform("max")]
        old = latest[[*OF_PART, "row"]].drop_duplicates().rename(columns={"row": "old"})
        now = now.merge(old, how="left", on=OF_PART)
        now["row"] = now["row"].where(now["row"] >= 0, now["old"].fillna(-1)).astype(int)
    return now[(now["indicator"] != "") | (now["row"] >= 0)].reset_index(drop=True)[list(LINK)]


def with_folded(actions: pd.DataFrame, series: Series) -> pd.DataFrame:
    """The actions that have a Ref, a line for each indicator that they name in each part: LINK and the `period`, if there is one."""
    frame = actions.reindex(columns=[*LINKED, "period"]).reset_index(drop=True)
    texts = {"code": folded_texts(frame["service"]), "action": folded_texts(frame["ref"])}
    lines = frame[["start", "completed_on", "period"]].assign(**texts)
    names, refs = rows_by_name(series), rows_by_name(series, ["ref"])
    parts = []
    for part, field in FIELD_OF_PART.items():
        cells = folded_texts(frame[field])
        rows = [rows_named(code, cell, names, refs) for code, cell in zip(lines["code"], cells, strict=True)]
        parts.append(lines.assign(part=part, indicator=cells, row=pd.Series(rows, lines.index, dtype=object)))
    every = pd.concat(parts).sort_index(kind="stable")
    every = every[every["action"] != ""].explode("row", ignore_index=True)
    return every.astype({"row": int})


def rows_named(
    code: str, cell: str, names: Mapping[tuple[str, str], int], refs: Mapping[tuple[str, str], int]
) -> list[int]:
    """The rows of the indicators that a folded cell names: by one Ref or name, or by several Refs; [-1] if it names none."""
    if not cell:
        return [-1]
    if (code, cell) in names:
        return [names[code, cell]]
    found = [refs[code, word] for word in words_apart(cell).split() if (code, word) in refs]
    return list(dict.fromkeys(found)) or [-1]
