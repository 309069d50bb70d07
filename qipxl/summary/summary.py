"""The record of a provider's summary: its actions, counts, problems and sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.archive.actions import RowsAbout
from qipxl.archive.changes import no_changes
from qipxl.archive.lazy_tables import LazyTables, in_memory
from qipxl.archive.store import Archive
from qipxl.indicators.action_verdicts import ActionKey
from qipxl.indicators.impact import Impact
from qipxl.periods import Period
from qipxl.returns.returns import Returns
from qipxl.rules.rulebook import Rating
from qipxl.services import Service, ref_with_plan, services_by_code
from qipxl.summary.counts import headline_letters, headline_of, overview_lines, service_lines, total_lines
from qipxl.summary.extension_reasons import ReasonsOfActions, extension_reasons
from qipxl.summary.milestone_days import milestone_days
from qipxl.summary.provider_actions import ProviderActions
from qipxl.summary.slipped_milestones import SlippedMilestones, slipped_milestones
from qipxl.template import Template
from qipxl.template.frameworks import FrameworkInForce, default_framework
from qipxl.workbook.shelf import ShelvedColumns

EMBEDDED, SLIPPING = "Embedded", "Embedded, slipping"
"""The words of the rating of delivery for an action that has become practice, and for one that no longer holds."""
LINK = ("kind", "reference", "service", "name", "what", "actions")
"""A line about a risk or an audit: the kind of fault, the reference, the service's code (empty for the whole provider) and name,
a sentence, and the actions about it."""
RISK = ("reference", "risk", "service", "name", "likelihood", "consequence", "reviewed_on")
"""A risk of the register: its reference, a sentence, the service's code (empty for the whole provider) and name, and its score's parts."""
PAST_RISK = ("service", "period", "ref", "risk_ref", "risk_now")
"""An action's score of the risk that it named in an earlier month; texts are folded."""

MEETING_MATTER = (
    "ref", "service", "name", "action", "state", "finding", "why", "said", "asked", "decided", "support", "who", "by_when", "judged",
    "meetings", "closed_on", "chair", "present", "notes",
)  # fmt: skip
"""A matter of meetings: what each of these said about it, and where it has got to."""

LOCAL_SETTINGS = ("template", "what", "word", "means")
"""A line about a setting or words of the provider: the template, the setting, its value, and why."""

ROWS_OF_FILES = ("rows_accepted", "rows_set_aside", "rows_superseded")
"""The numbers of a file's rows, which add up to `rows_found`."""


@dataclass(frozen=True)
class ProviderSummary:
    """Everything a provider's summary shows.

    `actions` has a line per action: IDENTITY, every field of the template, every calculated value, and for each
    rating its word, the code of the rule that decided (`…_rule`) and its label. `overview` has a line per service (those without
    a return first): `service`, `name`, `region`, `state`, `expected` (bool), the number of `actions`, of those with each letter of
    the headline, and of problems (`must_fix`, `should_look`), missing for a service without a usable return; `totals` has the
    same per region and for the provider. `plans` has a line like those of `overview` for each plan of a service with several: its
    `service` is the plan's code, by which all other frames name it. `sources` are the receipts. `records` are the rows of the other tables, as
    `qipxl.returns.provenance` gives them.

    A provider's folder adds: to `actions`, those that were embedded or withdrawn in earlier months and have left their plans, and
    to `records` the rows about them, both with the `period` of the return that they were last in and a negative `return`;
    `decisions`, with `since`, `decided` and `decided_by` for each escalated action; `history` and `movement`, as
    `qipxl.summary.history` gives them; `links`, lines LINK about risks and audits; `risks`, the register's risks (RISK), and
    `past_risks` (PAST_RISK); `provider`, its name; `local_settings`, lines LOCAL_SETTINGS; `charted`, the
    indicators that always have a chart; `closed_actions`, the open actions of closed services, as `actions` has them, with `closed_on`
    and `taken`; `since_last`, what has changed since each service's last return (`qipxl.archive.changes`). `impact` holds the judged
    indicators, over three years if there is an archive.
    """

    as_at: date
    returns: Returns
    ratings: Sequence[Rating]
    actions: pd.DataFrame
    overview: pd.DataFrame
    totals: pd.DataFrame
    problems: pd.DataFrame
    sources: pd.DataFrame
    impact: Impact
    records: LazyTables = field(default_factory=lambda: in_memory({}))
    plans: pd.DataFrame = field(default_factory=pd.DataFrame)
    history: pd.DataFrame | None = None
    movement: pd.DataFrame | None = None
    decisions: pd.DataFrame | None = None
    links: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(LINK)))
    risks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(RISK)))
    past_risks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(PAST_RISK)))
    register_names: Mapping[str, str] = field(default_factory=dict)
    """The names of all services and plans of the register, by their codes."""
    provider: str = ""
    local_settings: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(LOCAL_SETTINGS)))
    charted: Sequence[str] = ()
    since_last: pd.DataFrame = field(default_factory=no_changes)
    closed_actions: pd.DataFrame | None = None
    provider_actions: ProviderActions | None = None
    """The actions of the provider with the parts of its services; None if the register has none."""
    framework: FrameworkInForce = field(default_factory=default_framework)
    """The list of quality statements in force, by which actions are counted."""
    statement_history: pd.DataFrame | None = None
    """Actions by statement and month, as `qipxl.summary.statement_history` gives them; None without an archive."""
    meetings: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(MEETING_MATTER)))
    """The matters of this month's and earlier meetings, columns MEETING_MATTER; open ones first."""
    rules_since: Period | None = None
    """The first month rated by the present rules, which test embedded actions again and let a milestone move only with an extension;
    None if the earlier months that the summary shows were too."""
    shelved: ShelvedColumns | None = None
    """The columns of actions that only lists show, if they are not in `actions`; `actions_with` gives both."""

    whole: ProviderSummary | None = None
    """For a region, the provider's summary, which gives the texts of milestones and extensions: so they are read once for all regions.
    None in any other summary, and in one whose `records` have other texts, such as roles in place of names."""

    @property
    def title(self) -> str:
        """The title of its page."""
        return f"{self.provider}: quality improvement" if self.provider else "Quality improvement"

    @property
    def headline(self) -> Rating:
        """The rating by which actions are counted."""
        return headline_of(self.ratings)

    @property
    def names(self) -> dict[str, str]:
        """The services' names by their codes, and those of their plans."""
        lines = pd.concat([self.overview, self.plans])[["service", "name"]]
        return {str(code): str(name) for code, name in lines.itertuples(index=False)}

    @property
    def every_name(self) -> dict[str, str]:
        """The same, also of services that send no return any more."""
        return {**self.register_names, **self.names}

    @cached_property
    def services(self) -> dict[str, str]:
        """The code of its service by the code of each plan; the same code for a service with one plan."""
        known = pd.concat([self.plans[["service", "name"]], self.actions[["service", "name"]]]).drop_duplicates(
            "service"
        )
        return {code: own for code, (own, _) in services_by_code(known.astype(str).itertuples(index=False)).items()}

    def service_codes(self, codes: pd.Series) -> pd.Series:
        """The code of the service for each code of a plan."""
        return codes.map({code: self.services.get(code, code) for code in codes.unique()})

    def refs_with_plans(self, lines: pd.DataFrame) -> pd.Series:
        """The Ref of each line (`service`, `name`, `ref`), with its plan if the plan has a name."""
        if not self.has_plans:
            return lines["ref"]
        columns = lines[["ref", "service", "name"]].astype(str).itertuples(index=False, name=None)
        return pd.Series([ref_with_plan(*line) for line in columns], lines.index, dtype=object)

    @property
    def has_plans(self) -> bool:
        """True if a service has a plan with a name."""
        return len(self.plans) > 0 and list(self.plans["service"]) != list(self.overview["service"])

    @property
    def differing(self) -> dict[str, int]:
        """For each service the number of its returns that differ, so that none of them counts until head office chooses."""
        numbers = Counter[str]()
        for code, number in self.returns.differing.items():
            numbers[self.services.get(code, code)] += number
        return dict(numbers)

    @property
    def letters(self) -> list[str]:
        """The letters of the headline's states, worst first."""
        return headline_letters(self.headline)

    @property
    def in_use(self) -> list[Template]:
        """The templates of the returns that are used, in the order of the returns."""
        return self.returns.in_use

    def rating_of(self, table: str, key: str) -> Rating | None:
        """A rating of a table, from the first template in use that has it; None if none has it."""
        ratings = (rating for template in self.in_use for rating in template.rules.ratings.get(table, ()))
        return next((rating for rating in ratings if rating.column.key == key), None)

    @property
    def action_columns(self) -> list[str]:
        """The names of all columns of the actions."""
        return [*self.actions.columns, *(self.shelved.places if self.shelved is not None else ())]

    @property
    def action_shape(self) -> pd.DataFrame:
        """An empty frame with all columns of the actions."""
        return pd.DataFrame(columns=self.action_columns)

    def action_column(self, name: str) -> pd.Series:
        """A column of the actions, from memory or from the shelf."""
        if self.shelved is not None and name in self.shelved.places:
            return self.shelved.column(name)
        return self.actions[name]

    def actions_with(self, names: Collection[str], rows: pd.Index | None = None) -> pd.DataFrame:
        """All actions, or those at some labels of the index, with those of these columns that they have."""
        rows = self.actions.index if rows is None else rows
        taken = {}
        for name in [name for name in self.action_columns if name in names]:
            column = self.action_column(name)
            values = column.array.take(column.index.get_indexer(rows))
            taken[name] = pd.Series(values, rows, values.dtype)
        return pd.DataFrame(taken, rows, copy=False)  # one block per column, so that each is copied once

    @property
    def current(self) -> pd.DataFrame:
        """The actions of this month's returns, without those that left their plans earlier."""
        now = self.actions["return"] >= 0
        return self.actions if now.all() else self.actions[now]

    @property
    def watch(self) -> pd.DataFrame:
        """The actions that the template marks as watched; worst and latest first."""
        return self.current.loc[self.watched]

    @property
    def watched(self) -> pd.Index:
        """Their index in the frame of actions."""
        return self.first_by(self.headline, "watched")

    @property
    def escalated(self) -> pd.DataFrame:
        """The actions that need a decision above their service, the highest level and the latest first; with `decisions`."""
        rating = next(each for each in self.ratings if each.column.key == "escalation")
        lines = self.actions.loc[self.first_by(rating, "escalated", left=True)]
        return lines if self.decisions is None else lines.join(self.decisions)

    @property
    def slipping(self) -> pd.DataFrame:
        """The actions that were embedded and no longer hold, in plans and after they have left them."""
        return self.actions[self.actions["delivery"] == SLIPPING]

    def first_by(self, rating: Rating, flag: str, *, left: bool = False) -> pd.Index:
        """The index of this month's actions whose `flag` is true, sorted by a rating, its first state first, then by days overdue.

        `left` includes those that have left their plans.
        """
        now, key = self.actions if left else self.current, rating.column.key
        chosen = now.loc[now[flag].astype(bool), [key, "days_overdue"]]
        rank = {state.word: number for number, state in enumerate(rating.states)}
        order = pd.DataFrame({"state": chosen[key].map(rank), "late": -chosen["days_overdue"]})
        return order.sort_values(["state", "late"], kind="stable").index

    def levels_of(self, actions: pd.DataFrame) -> pd.Series:
        """The place of each action's level of escalation, the highest first."""
        rating = next(rating for rating in self.ratings if rating.column.key == "escalation")
        return actions["escalation"].map({state.word: place for place, state in enumerate(rating.states)})

    @cached_property
    def sort_order(self) -> NDArray[np.intp]:
        """The positions of all actions, by letter, so that those counted together are consecutive, then by escalation, then by days overdue."""
        letters = {letter: rank for rank, letter in enumerate(self.letters)}
        order = pd.DataFrame(
            {
                "letter": self.actions["headline"].map(
                    {state.word: letters[state.letter] for state in self.headline.states}
                ),
                "level": self.levels_of(self.actions),
                "late": -self.actions["days_overdue"],
                "region": self.actions["region"],
                "name": self.actions["name"],
                "service": self.actions["service"],
            }
        ).reset_index(drop=True)
        return order.sort_values([*order.columns], kind="stable").index.to_numpy()

    @cached_property
    def slipped_milestones(self) -> SlippedMilestones:
        """The milestones that are late or were moved, in words, for a region those of the whole provider."""
        return self.whole.slipped_milestones if self.whole else slipped_milestones(self.records, self.in_use)

    @cached_property
    def extension_reasons(self) -> ReasonsOfActions:
        """Why actions were given more time, for a region those of the whole provider."""
        return self.whole.extension_reasons if self.whole else extension_reasons(self.records, "action")

    @cached_property
    def milestone_days(self) -> Mapping[ActionKey, Sequence[date]]:
        """The days on which the milestones of the actions that link an indicator were done."""
        links = self.impact.links
        return milestone_days(
            self.records, self.actions, set(zip(links["code"], links["action"], strict=True)), self.as_at
        )

    @property
    def ineffective(self) -> pd.DataFrame:
        """The actions that are delivered but not effective."""
        return self.current[self.current["hollow"].astype(bool)]

    def with_earlier(self, finished: pd.DataFrame, services: Sequence[Service]) -> ProviderSummary:
        """The same with actions that left their plans in earlier months, counted in their services."""
        actions, shelved = self.actions, self.shelved
        if len(finished):
            actions = pd.concat([actions, finished[actions.columns]], ignore_index=True)
            shelved = None if shelved is None else shelved.followed_by(finished)
        plans = overview_lines(self.returns, actions, self.headline, services)
        overview = service_lines(plans)
        return replace(
            self, actions=actions, shelved=shelved, plans=plans, overview=overview, totals=total_lines(overview)
        )

    def with_rows_of_finished(self, archive: Archive) -> ProviderSummary:
        """The same with the rows of `records` about actions that left their plans, from the return that each was last in."""
        gone = self.actions[self.actions["return"] < 0]
        if not len(gone):
            return self
        about, read = RowsAbout(archive, gone), dict[str, pd.DataFrame]()

        def rows(key: str) -> pd.DataFrame:
            if key not in read:
                like = self.records.empty(key)
                read[key] = about.table(key, like) if "action" in like.columns else like
            return read[key]

        return replace(self, records=self.records.with_more(rows))

    def of_services(self, codes: Collection[str]) -> ProviderSummary:
        """The same for some services only, by the codes of their plans, without what is about the whole provider: history, movement,
        its own risks and actions."""
        returns, chosen = self.returns, {code.lower() for code in codes}

        def of_chosen(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[frame["service"].str.lower().isin(chosen)]

        numbers = of_chosen(returns.receipts).index
        others = {own.lower() for code, own in self.services.items() if code.lower() not in chosen}
        whole = chosen | {own.lower() for own in self.services.values()} - others

        def of_whole(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[frame["service"].str.lower().isin(whole)]

        plans = of_chosen(self.plans).reset_index(drop=True)
        overview = service_lines(plans)
        problems = self.problems[self.problems["return"].isin(numbers)]
        return replace(
            self,
            returns=replace(returns, receipts=returns.receipts.loc[numbers], problems=problems),
            actions=of_chosen(self.actions),
            plans=plans,
            overview=overview,
            totals=total_lines(overview),
            problems=problems,
            sources=of_chosen(self.sources),
            impact=self.impact.of_services(chosen),
            closed_actions=None if self.closed_actions is None else of_chosen(self.closed_actions),
            records=self.records.of_services(chosen, of_chosen),
            history=None,
            movement=None,
            statement_history=None,
            links=of_whole(self.links),
            risks=of_whole(self.risks),
            past_risks=of_chosen(self.past_risks),
            meetings=of_chosen(self.meetings),
            since_last=of_chosen(self.since_last),
            provider_actions=None,
        )

    @property
    def regions(self) -> dict[str, set[str]]:
        """The codes of the plans of each region's services, whether or not their returns were used."""
        known = pd.concat([frame[["service", "region"]] for frame in (self.plans, self.sources)])
        known = known[known["service"] != ""].drop_duplicates("service")
        services = known.groupby(known["region"].replace("", "No region"), sort=True)["service"]
        return {str(region): set(codes) for region, codes in services}

    def of_region(self, name: str) -> ProviderSummary:
        """The same for one region, under its name."""
        named = f"{self.provider}, {name}".removeprefix(", ")
        return replace(self.of_services(self.regions[name]), provider=named, whole=self)

    @property
    def reconciles(self) -> bool:
        """True if every row found was accepted, set aside or superseded, in every file."""
        return bool((self.sources["rows_found"] == self.sources[[*ROWS_OF_FILES]].sum(axis=1)).all())
