"""One month of a provider: where its files stand, and what the register says about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from qipxl.archive import open_archive
from qipxl.checking import check
from qipxl.consolidation import ProviderSummary
from qipxl.errors import SourceError
from qipxl.headoffice.carrying import last_returns, order_for
from qipxl.headoffice.changed import say_changed
from qipxl.headoffice.decisions import with_decisions
from qipxl.headoffice.folder import ProviderFolder
from qipxl.headoffice.known import refresh
from qipxl.headoffice.links import register_links
from qipxl.headoffice.register import Register, as_service
from qipxl.history import finished_before, history
from qipxl.issuing import Order
from qipxl.movement import movement
from qipxl.periods import Period
from qipxl.rating import Rated, rate
from qipxl.returns import Returns
from qipxl.services import Service
from qipxl.template import find_template, shipped_templates


@dataclass(frozen=True)
class ProviderMonth:
    """A provider's folder, its register as it stands, and a month."""

    folder: ProviderFolder
    register: Register
    period: Period

    @property
    def returns(self) -> Path:
        """The folder of what came back; raises SourceError where nothing did."""
        place = self.folder.returns(self.period)
        if not self.has_returns:
            raise SourceError(f"No return of {self.period.words} has come in. Put them into the folder {place}.")
        return place

    @property
    def has_returns(self) -> bool:
        """True where the month's folder holds anything."""
        place = self.folder.returns(self.period)
        return place.is_dir() and any(place.iterdir())

    @property
    def issued(self) -> Path:
        return self.folder.issued(self.period)

    @property
    def summary(self) -> Path:
        return self.folder.summary(self.period)

    @property
    def archive(self) -> Path:
        return self.folder.archive

    @property
    def use(self) -> list[str]:
        """The files that head office says are to be used."""
        return self.register.to_use(self.period)

    def rated(self, returns: Returns, as_at: date) -> Rated:
        """Returns checked and rated with what the register and the earlier returns say; each rating that this changes is said."""
        by_itself = rate(returns, as_at)
        fresh = refresh(returns, self.register, open_archive(self.archive), self.period, as_at)
        return say_changed(rate(check(fresh, as_at), as_at), by_itself)

    def with_history(self, summary: ProviderSummary) -> ProviderSummary:
        """A summary with what the archive and the register add: earlier months, since when and what was decided, risks, audits."""
        archive = open_archive(self.archive)
        whole = summary.with_earlier(finished_before(summary, archive, self.period), self.expected)
        lines = history(whole, archive, self.period)
        return replace(
            whole,
            provider=self.register.name,
            escalated=with_decisions(whole.escalated, self.register, archive, self.period, summary.as_at),
            history=lines,
            movement=movement(lines, self.period, whole.letters),
            links=register_links(self.register, whole),
        )

    @property
    def expected(self) -> list[Service]:
        """The services that are to send a return: open in the month, and not excepted."""
        excepted = self.register.excepted(self.period)
        return [as_service(line) for line in self.register.open_in(self.period) if line.code.lower() not in excepted]

    @property
    def own_templates(self) -> list[str]:
        """The template files of the provider's own that its register names, as paths."""
        shipped = shipped_templates()
        named = {self.register.template, *map(self.register.template_of, self.register.open_in(self.period))}
        return sorted(self.place(name) for name in named if name not in shipped)

    def place(self, name: str) -> str:
        """A template's name, or the path of its file, which the register names from the provider's folder."""
        return str(self.folder.home / name) if name.endswith(".toml") else name

    def to_issue(self, template: str | None = None) -> list[Order]:
        """A tracker for each service expected, with its last return carried over; `template` is for all where it is given."""
        wanted = {service.code: service for service in self.expected}
        named = [
            (template or self.place(self.register.template_of(line)), wanted[line.code])
            for line in self.register.open_in(self.period)
            if line.code in wanted
        ]
        found = {name: find_template(name) for name in dict.fromkeys(name for name, _ in named)}
        last = last_returns(open_archive(self.archive), self.register, self.period, list(found.values()))
        return [order_for(last, found[name], service) for name, service in named]
