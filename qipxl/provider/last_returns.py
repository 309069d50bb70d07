"""The last return of each service, and what head office knows about its actions: what a next tracker is made from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from qipxl.archive.actions import ratings_by_month
from qipxl.archive.store import AS_TYPED, ISSUED, PROBLEMS, Archive
from qipxl.indicators.impact import Impact, impact_of
from qipxl.periods import Period
from qipxl.provider.earlier_progress import earlier_progress
from qipxl.provider.head_office_facts import Action, Facts, history_of, known_to_head_office
from qipxl.provider.judgements import TABLE, judgements
from qipxl.provider.left_plan import TABLE as FINISHED
from qipxl.provider.left_plan import figures_before, latest_reviews, left_by, left_now, left_rows, linking, reviews_of
from qipxl.provider.provider_actions import PartRefs, part_refs
from qipxl.provider.register import Register
from qipxl.provider.table_room import Row
from qipxl.template import Template
from qipxl.text import folded


@dataclass(frozen=True)
class LastReturns:
    """The last return of each service before a month, and what is known about each action."""

    period: Period
    register: Register
    versions: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    facts: Mapping[Action, Sequence[Facts]]
    finished: pd.DataFrame
    """The embedded and withdrawn actions that have left their plans (`left_by`)."""
    left: Mapping[str, Sequence[Row]]
    """Their rows in the tracker, by the folded code of their service."""
    impact: Impact
    """The results of the figures at the end of the month before."""
    progress: Mapping[Action, str]
    """What was written about the progress of each action in the last returns (`earlier_progress`)."""
    parts: PartRefs
    """What earlier returns say about the parts of provider actions."""

    def rows(self, name: str, code: str) -> pd.DataFrame:
        """The rows of one file of the archive in a service's last return."""
        frame = self.tables[name]
        if name not in self.parts_by_name:
            self.parts_by_name[name] = dict(iter(frame.groupby(frame["service"].str.lower()))) if len(frame) else {}
        return self.parts_by_name[name].get(code.lower(), frame.iloc[:0])

    @cached_property
    def parts_by_name(self) -> dict[str, dict[Hashable, pd.DataFrame]]:
        """The files that were asked for, split by the service in lower case: looking through them for each service takes long."""
        return {}


def of_service(frame: pd.DataFrame, code: str) -> pd.DataFrame:
    """The rows of one service."""
    return frame[frame["service"].str.lower() == code.lower()] if len(frame) else frame


def last_returns(archive: Archive, register: Register, period: Period, templates: Sequence[Template]) -> LastReturns:
    """Collect what the trackers of a month need from the archive and the register."""
    earlier, before = archive.before(period), period.plus(-1)
    latest = earlier.latest
    last = latest[~latest["service"].map(folded).duplicated(keep="last")]
    only = Archive(archive.folder, last)
    ratings = ratings_by_month(earlier)
    finished = left_by(earlier, ratings, period, in_full=True)
    actions = only.table("actions")
    impact = impact_of({}, linking(actions, left_now(actions, finished)), earlier, before, before.last)
    names = {key for template in templates for key in template.tables}
    names |= {AS_TYPED, PROBLEMS, ISSUED, "actions-ratings", f"{FINISHED}-ratings"}
    tables = {name: only.table(name) for name in names}
    facts = known_to_head_office(register, history_of(earlier, ratings), impact, only.table(TABLE), period, period.last)
    left = left_rows(
        finished,
        latest_reviews([reviews_of(earlier, finished)], before.last, judgements(register, period.last)),
        impact,
        figures_before(earlier),
        {},
    )
    progress = earlier_progress(earlier)
    parts = part_refs(earlier, register, period)
    return LastReturns(period, register, last, tables, facts, finished, left, impact, progress, parts)
