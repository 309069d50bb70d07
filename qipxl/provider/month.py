"""One month of a provider: its files, and what the register says about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from qipxl.archive.actions import rated_actions, tested_again
from qipxl.archive.store import READ_CACHE, Archive, open_archive
from qipxl.errors import RequestError, SourceError
from qipxl.files import Location
from qipxl.indicators.impact import Impact, impact_of
from qipxl.periods import Period
from qipxl.provider.closed_services import open_actions_of_closed
from qipxl.provider.decisions import decisions
from qipxl.provider.meetings.records import Meetings, keep_meetings
from qipxl.provider.meetings.summary_lines import meeting_frame
from qipxl.provider.provider_actions import lines_in, refuse_unknown_words
from qipxl.provider.provider_parts import with_provider_actions
from qipxl.provider.rate import rate_batch
from qipxl.provider.register import NEWEST, Register, as_service
from qipxl.provider.register_links import register_links
from qipxl.provider.register_risks import past_risks, register_risks
from qipxl.provider.register_schema import ServiceLine, UseLine
from qipxl.provider.service_codes import refuse_vanished_codes
from qipxl.provider.statement_lists import framework_in_force, framework_setting
from qipxl.provider.templates_in_force import templates_in_force
from qipxl.reading.options import Decisions
from qipxl.returns.rate import Rated
from qipxl.returns.returns import Returns
from qipxl.services import Service
from qipxl.summary.history import finished_before, history, movement, rules_since
from qipxl.summary.statement_history import statement_history
from qipxl.summary.summary import LOCAL_SETTINGS, ProviderSummary
from qipxl.template import Template, shipped_templates

if TYPE_CHECKING:
    from qipxl.provider.folder import ProviderFolder
    from qipxl.tracker.issue import Orders


@dataclass(frozen=True)
class ProviderMonth:
    """A month of a provider: its folder and its register. `more_templates` are allowed in addition to those in the register.

    `meetings` is what meetings recorded; the register has their decisions too.
    """

    folder: ProviderFolder
    register: Register
    period: Period
    more_templates: Sequence[Template] = ()
    meetings: Meetings = field(default_factory=Meetings)

    @property
    def returns(self) -> Location:
        """The folder of the month's returns; raises SourceError if it is empty."""
        folder = self.folder.returns(self.period)
        if not self.has_returns:
            raise SourceError(f"No return of {self.period.words} has come in. Put them into the folder {folder}.")
        return folder

    @property
    def has_returns(self) -> bool:
        """True if the month's folder exists and is not empty."""
        folder = self.folder.returns(self.period)
        return folder.is_dir() and any(folder.iterdir())

    @property
    def issued(self) -> Path:
        return self.folder.issued(self.period)

    @property
    def mails(self) -> Path:
        """The folder of the month's drafts of mails."""
        return self.folder.home / "mails" / str(self.period)

    @property
    def questions(self) -> Path:
        """The folder of what goes back to services: queries, and new copies of their trackers."""
        return self.folder.home / "questions" / str(self.period)

    @property
    def summary(self) -> Path:
        return self.folder.summary(self.period)

    def summary_of(self, as_at: date | None) -> Path:
        """The path of a summary; if its date of judgement is not the end of the month, its name contains the date."""
        if as_at is None or as_at == self.period.last:
            return self.summary
        return self.summary.with_name(f"{self.period} summary as at {as_at}.xlsx")

    @property
    def archive(self) -> Location:
        return self.folder.archive

    @property
    def read_cache(self) -> Location:
        """The folder that keeps the rows of the files that were read last."""
        return self.archive / READ_CACHE

    @property
    def former_codes(self) -> dict[str, str]:
        """The present code of each service whose code has changed, by its former code in small letters."""
        return self.register.former_codes

    def open_archive(self) -> Archive:
        """The archive, with the present codes of the services.

        Raises RequestError if a service's code seems to have changed and the register does not have the former code.
        """
        archive = open_archive(self.archive, former_codes=self.former_codes)
        refuse_vanished_codes(self.register, archive, self.period)
        return archive

    def decided(self, decisions: Decisions) -> Decisions:
        """The decisions of a run, with the month, and those of the register and the archive."""
        return Decisions(
            self.period,
            (*self.register.to_use(self.period), *decisions.accepted_files),
            tuple(line.plan_code for line in self.register.of(ServiceLine)),
            self.former_codes,
            self.accepted_before,
            self.register.if_differ == NEWEST,
            UseLine.sheet,
        )

    @property
    def accepted_before(self) -> frozenset[str]:
        """The SHA-256 of the files whose returns of this month are the current ones in the archive."""
        kept = open_archive(self.archive, {str(self.period)}, ["digest"], self.former_codes)
        return frozenset(map(str, kept.latest["digest"]))

    def keep_records(self) -> None:
        """Archive what meetings recorded, if it is new or has changed."""
        keep_meetings(self.meetings, self.archive)

    def judged_on(self, as_at: date | None, returns: Returns) -> date:
        """The date of judgement: the one given, else the end of the month."""
        return as_at or self.period.last

    def rate(self, returns: Returns, as_at: date, archive: Archive) -> tuple[Rated, Impact, pd.DataFrame]:
        """Returns checked and rated with the register and the earlier returns, the results of their figures, and what changed.

        `archive` is the part of the provider's archive about these services.
        """
        return rate_batch(returns, self.register, archive, self.period, as_at)

    def period_of(self, returns: Returns, as_at: date) -> Period:
        """The month."""
        return self.period

    @property
    def chart_rules(self) -> str:
        """The rules by which points of a chart are marked, from the register."""
        return self.register.chart_rules

    def complete(self, summary: ProviderSummary, archive: Archive) -> ProviderSummary:
        """The summary with the additions of `with_history`."""
        return self.with_history(summary, summary.impact, archive)

    def rated(self, returns: Returns, as_at: date) -> Rated:
        """Returns in memory, checked and rated as by `rate`."""
        return self.rate(returns, as_at, self.open_archive().of_services(set(returns.accepted["service"])))[0]

    def with_history(
        self, summary: ProviderSummary, impact: Impact | None = None, archive: Archive | None = None
    ) -> ProviderSummary:
        """A summary with the additions from archive and register: earlier months, escalations, decisions, risks, audits.

        `impact` are the results of the figures with the archive, if they are known; `archive` is the provider's, if it is open.
        """
        archive = archive or self.open_archive()
        earlier = rated_actions(archive.before(self.period))
        whole = summary.with_earlier(finished_before(summary, archive, earlier, self.period), self.expected)
        lines = history(whole, archive, earlier, self.period)
        left = tested_again(archive.before(self.period)) if len(whole.slipping) else earlier.head(0)
        escalated = pd.concat([earlier, left])[["service", "action", "period", "escalated"]]
        whole = whole.with_rows_of_finished(archive.before(self.period))
        framework = framework_in_force(self.register, self.period)
        names = {line.plan_code: line.plan_name for line in self.register.of(ServiceLine)}
        whole = replace(whole, register_names=names)
        return replace(
            self.with_parts(whole, archive, earlier),
            provider=self.register.name,
            decisions=decisions(whole.escalated, self.register, escalated, self.period, summary.as_at),
            history=lines,
            movement=movement(lines, self.period, whole.letters, whole.every_name, whole.services),
            links=register_links(self.register, whole),
            risks=register_risks(self.register),
            past_risks=past_risks(archive, self.period),
            local_settings=self.local_settings(summary),
            charted=self.register.charted,
            framework=framework,
            statement_history=statement_history(summary.current, archive, self.period, framework),
            closed_actions=open_actions_of_closed(summary, self.register, archive, earlier, self.period),
            rules_since=rules_since(earlier, self.period),
            meetings=meeting_frame(self.meetings, self.period, whole.every_name),
            impact=impact
            or impact_of(
                summary.records, summary.current, archive, self.period, summary.as_at, self.register.chart_rules
            ),
        )

    def with_parts(self, summary: ProviderSummary, archive: Archive, earlier: pd.DataFrame) -> ProviderSummary:
        """The summary with the provider's own actions, if the register has any; the provider's template rates them."""
        if not lines_in(self.register, self.period):
            return summary
        (template,) = self.in_force([self.template_path(self.register.template)]).values()
        return with_provider_actions(summary, self.register, archive, earlier, self.period, template)

    def local_settings(self, summary: ProviderSummary) -> pd.DataFrame:
        """Lines LOCAL_SETTINGS: the provider's own settings and words in the templates in use."""
        lines = [line for template in summary.in_use for line in self.register.own_lines(self.period, template.key)]
        chosen = framework_setting(self.register, framework_in_force(self.register, self.period))
        return pd.DataFrame([*dict.fromkeys(line.texts() for line in lines), *chosen], columns=list(LOCAL_SETTINGS))

    @property
    def expected(self) -> list[Service]:
        """The services that should send a return, each with each of its plans: open in the month, and not excepted."""
        excepted, lines = self.register.excepted(self.period), self.register.open_in(self.period)
        return [as_service(line) for line in lines if line.plan_code.lower() not in excepted]

    @property
    def templates(self) -> list[Template]:
        """The templates that returns may be made from, with the provider's own settings and words for this month.

        Those of qipxl come first, then the provider's own in the register. Raises RequestError with each line of the
        register that matches nothing in the templates.
        """
        return [*self.in_force([*shipped_templates(), *self.own_templates]).values(), *self.more_templates]

    @property
    def own_templates(self) -> list[str]:
        """The files of the provider's own templates in the register."""
        named = {self.register.template, *map(self.register.template_of, self.register.open_in(self.period))}
        return sorted(self.template_path(name) for name in named if name not in shipped_templates())

    def in_force(self, names: Sequence[str]) -> dict[str, Template]:
        """Templates by name, as they are in force in this month (see `templates_in_force`)."""
        return templates_in_force(self.register, self.folder.register.name, self.period, names)

    def template_path(self, name: str) -> str:
        """The name of a template of qipxl, or the path of the provider's own; the register gives it from the provider's folder."""
        return str(self.folder.home / name) if name.endswith(".toml") else name

    def refuse_lost_returns(self, archive: Archive) -> None:
        """Raise RequestError if the archive lacks the returns of the month before: the trackers would start empty."""
        before = replace(self, period=self.period.plus(-1))
        months = archive.versions["period"]
        if before.has_returns and str(before.period) not in set(months):
            raise RequestError(
                f"The returns of {before.period.words} are not in the archive yet, so the trackers would not contain their rows. "
                f"Run first: qipxl consolidate {self.folder.home} --period {before.period}"
            )

    def to_issue(self, template: str | None = None) -> Orders:
        """A tracker for each expected service, with its last return carried over; `template`, if given, is for all."""
        from qipxl.provider.carry_forward import order_for  # loads what writes trackers
        from qipxl.provider.last_returns import last_returns
        from qipxl.tracker.issue import Orders

        lines = {line.plan_code: line for line in self.register.open_in(self.period)}
        names = [
            template or self.template_path(self.register.template_of(lines[service.code])) for service in self.expected
        ]
        templates = self.in_force(names)
        refuse_unknown_words(self.register, self.period, templates.values())
        archive = self.open_archive()
        self.refuse_lost_returns(archive)
        last = last_returns(archive, self.register, self.period, list(templates.values()))
        of_code = {service.code: templates[name] for name, service in zip(names, self.expected, strict=True)}
        return Orders(self.expected, lambda service: order_for(last, of_code[service.code], service))
