"""What the services' own figures say in a month: every indicator judged, a verdict on each action that links one, outliers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from qipxl.archive.store import Archive
from qipxl.indicators import Verdict
from qipxl.indicators.action_verdicts import Action, rows_by_name, verdicts_of
from qipxl.indicators.judge_series import RULES, Judged, judged
from qipxl.indicators.outliers import outliers_of
from qipxl.indicators.series import Records, Series, series_of, together
from qipxl.periods import Period
from qipxl.text import folded

LINK = ("code", "action", "said", "row", "start", "completed_on")
"""An action that links an indicator: the codes of service and action folded, what it says, the row of the services' series
that this means (-1 for none), and the action's dates."""


@dataclass(frozen=True)
class Impact:
    """The services' series of a month and the actions that link them (LINK); all else is worked out when it is asked for.

    With `part`, the folded codes of some services, judgements and outliers are shown for those only; outliers are still held
    against everybody.
    """

    services: Series
    links: pd.DataFrame
    as_at: date
    rules: str = RULES
    part: frozenset[str] | None = None
    known: Mapping[Action, Verdict] | None = None

    @cached_property
    def judged(self) -> Judged:
        """Every indicator judged: the services', then those added up."""
        own = self.services
        if self.part is not None:
            own = own.chosen(own.lines["service"].map(folded).isin(self.part).to_numpy())
        return judged(own.followed_by(together(own)), self.rules)

    def forget_judged(self) -> None:
        """Let go of what was judged, which is large; it is worked out again when it is asked for."""
        self.__dict__.pop("judged", None)

    @cached_property
    def verdicts(self) -> Mapping[Action, Verdict]:
        """The verdict on each action that links an indicator."""
        if self.known is not None:
            return self.known
        return verdicts_of(self.links[self.links["row"] >= 0], self.services, self.as_at)

    @cached_property
    def outliers(self) -> pd.DataFrame:
        """Lines OUTLIER: services held against one another."""
        frame = outliers_of(self.services)
        return (
            frame if self.part is None else frame[frame["service"].map(folded).isin(self.part)].reset_index(drop=True)
        )

    def actions_of(self, code: str, ref: str) -> list[str]:
        """The actions, folded, that link an indicator of a service, which is named by its Ref."""
        row = rows_by_name(self.services).get((folded(code), folded(ref)))
        return [] if row is None else list(self.links.loc[self.links["row"] == row, "action"])

    @property
    def named(self) -> pd.DataFrame:
        """The actions that link an indicator, with the `service` and `ref` of it."""
        links = self.links[self.links["row"] >= 0]
        return links.assign(**{name: self.services.lines[name].to_numpy()[links["row"]] for name in ("service", "ref")})

    def of_services(self, codes: Collection[str]) -> Impact:
        """The same about some services, named by their folded codes."""
        known = self.known and {action: verdict for action, verdict in self.known.items() if action[0] in codes}
        return replace(self, part=frozenset(codes), links=self.links[self.links["code"].isin(codes)], known=known)

    @staticmethod
    def joined(parts: Sequence[Impact], codes: Sequence[str], rules: str) -> Impact:
        """The impact of several groups of services, each judged already; `codes` are the services' folded codes in order."""
        series, order = Series.joined([part.services for part in parts])
        rows = np.append(np.argsort(order), -1)  # the last one is for actions without an indicator
        starts = np.cumsum([0, *(len(part.services) for part in parts)])
        links = []
        for part, start in zip(parts, starts, strict=False):
            found = part.links["row"].to_numpy(int)
            links.append(part.links.assign(row=rows[np.where(found < 0, -1, found + start)]))
        rank = {code: place for place, code in enumerate(codes)}
        every = pd.concat([each for each in links if len(each)] or links[:1], ignore_index=True)
        places = every["code"].map(rank).argsort(kind="stable")
        verdicts = {action: verdict for part in parts for action, verdict in part.verdicts.items()}
        return Impact(series, every.iloc[places].reset_index(drop=True), parts[0].as_at, rules, known=verdicts)


def impact_of(
    records: Records,
    actions: pd.DataFrame,
    archive: Archive | None,
    period: Period,
    as_at: date,
    rules: str = RULES,
) -> Impact:
    """The impact that a month's returns show, and the archive's earlier ones where there is one.

    `records` are the rows of indicators and measurements as `qipxl.returns.provenance` gives them; `actions` have `service`, `ref`,
    `indicator`, `start` and `completed_on`.
    """
    series = series_of(records, archive, period)
    earlier = archive.before(period) if archive is not None else None
    return Impact(series, links_of(actions, series, earlier), as_at, rules)


def links_of(actions: pd.DataFrame, series: Series, earlier: Archive | None = None) -> pd.DataFrame:
    """Lines LINK of a month's actions.

    An action that names no indicator any more, or none that there is, keeps the one that it named in the latest of the earlier
    returns: nobody gets rid of a verdict by changing a cell.
    """
    now = linked(actions).reset_index(drop=True)
    rows = rows_by_name(series)
    now = now.assign(row=[rows.get(pair, -1) for pair in zip(now["code"], now["said"], strict=True)])
    was = earlier.table("actions", ["ref", "indicator"]) if earlier is not None else pd.DataFrame()
    if "indicator" in was.columns and len(was):
        before = linked(was.sort_values("period", ascending=False, kind="stable"))
        found = [rows.get(pair, -1) for pair in zip(before["code"], before["said"], strict=True)]
        before = before.assign(row=found)
        known = before[before["row"] >= 0].drop_duplicates(["code", "action"]).set_index(["code", "action"])["row"]
        old = known.reindex(pd.MultiIndex.from_frame(now[["code", "action"]])).fillna(-1).to_numpy(int)
        now = now.assign(row=now["row"].where(now["row"] >= 0, pd.Series(old, now.index)))
    return now[(now["said"] != "") | (now["row"] >= 0)].reset_index(drop=True)[list(LINK)]


def linked(actions: pd.DataFrame) -> pd.DataFrame:
    """What actions say of the indicator they link, and their dates; those without a reference are left out."""
    frame = actions.reindex(columns=["service", "ref", "indicator", "start", "completed_on"])
    texts = {
        new: frame[old].map(folded) for new, old in (("code", "service"), ("action", "ref"), ("said", "indicator"))
    }
    lines = pd.DataFrame({**texts, "start": frame["start"], "completed_on": frame["completed_on"]})
    return lines[lines["action"] != ""]
