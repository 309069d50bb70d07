"""What a month's run takes: a provider's month, or files and folders without a provider's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from qipxl.archive.changes import no_changes
from qipxl.archive.store import Archive
from qipxl.files import Location
from qipxl.indicators.impact import Impact, impact_of
from qipxl.indicators.judge_series import RULES
from qipxl.periods import Period
from qipxl.reading.options import Decisions
from qipxl.returns.check import check
from qipxl.returns.provenance import impact_records
from qipxl.returns.rate import Rated, rate
from qipxl.returns.returns import Returns
from qipxl.services import Service
from qipxl.template import Template, find_template, shipped_templates

if TYPE_CHECKING:
    from qipxl.summary.summary import ProviderSummary


class Month(Protocol):
    """The inputs of a run: a provider's month (`ProviderMonth`), or files without a provider's folder (`ReturnFiles`)."""

    @property
    def returns(self) -> Location | Sequence[Location]:
        """The returned files and folders."""

    @property
    def templates(self) -> Sequence[Template]:
        """The templates that the returns may be made from."""

    @property
    def expected(self) -> Sequence[Service]:
        """The services that should have sent a return."""

    def decided(self, decisions: Decisions) -> Decisions:
        """The decisions of a run, with those of head office."""

    def judged_on(self, as_at: date | None, returns: Returns) -> date:
        """The date of judgement."""

    def rate(self, returns: Returns, as_at: date, archive: Archive) -> tuple[Rated, Impact, pd.DataFrame]:
        """A batch of returns, checked and rated; the results of their figures; what changed since the last returns."""

    def period_of(self, returns: Returns, as_at: date) -> Period:
        """The month of the returns."""

    def complete(self, summary: ProviderSummary, archive: Archive) -> ProviderSummary:
        """The summary with what head office and the archive add."""

    @property
    def chart_rules(self) -> str:
        """The rules by which points of a chart are marked."""

    @property
    def archive(self) -> Location | None:
        """The folder of the archive, if there is one."""

    @property
    def read_cache(self) -> Location | None:
        """The folder that keeps the rows of files read before, if there is one."""

    @property
    def former_codes(self) -> Mapping[str, str]:
        """The present code of each service whose code has changed, by its former code in small letters."""

    def keep_records(self) -> None:
        """Write to the archive what head office recorded besides the returns."""

    def open_archive(self) -> Archive | None:
        """The archive, if there is one; raises RequestError if its services do not agree with the register's."""


@dataclass(frozen=True)
class ReturnFiles:
    """Returns without a provider's folder: files and folders.

    returns: files and folders, as paths or addresses.
    named_templates: the templates that they may be made from; none for those shipped with qipxl.
    expected: the services that should have sent one.
    today: the date after which a single file is not judged; None to judge it at the end of its month.
    """

    returns: Sequence[Location]
    named_templates: Sequence[Template] = ()
    expected: Sequence[Service] = ()
    today: date | None = None
    archive: None = field(default=None, init=False)
    read_cache: None = field(default=None, init=False)
    chart_rules: str = field(default=RULES, init=False)
    former_codes: Mapping[str, str] = field(default_factory=dict, init=False)

    @property
    def templates(self) -> Sequence[Template]:
        return self.named_templates or list(map(find_template, shipped_templates()))

    def decided(self, decisions: Decisions) -> Decisions:
        return decisions

    def judged_on(self, as_at: date | None, returns: Returns) -> date:
        """The date given, else the end of the latest month; for a single file not later than `today`.

        Raises RequestError if no return can be used and neither date is given.
        """
        if as_at is not None or self.today is None:
            return returns.judged_on(as_at)
        if returns.last_period is None:
            return self.today
        last = returns.last_period.last
        return min(self.today, last) if len(returns.receipts) == 1 else last

    def open_archive(self) -> None:
        return None

    def keep_records(self) -> None:
        return None

    def rate(self, returns: Returns, as_at: date, archive: Archive) -> tuple[Rated, Impact, pd.DataFrame]:
        rated = rate(check(returns, as_at), as_at)
        records = impact_records(rated)
        impact = impact_of(records, records["actions"], None, self.period_of(returns, as_at), as_at)
        return rated, impact, no_changes()

    def period_of(self, returns: Returns, as_at: date) -> Period:
        return returns.last_period or Period(as_at.year, as_at.month)

    def complete(self, summary: ProviderSummary, archive: Archive) -> ProviderSummary:
        return summary
