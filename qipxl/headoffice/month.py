"""One month of a provider: where its files stand, and what the register says about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from qipxl.archive import open_archive
from qipxl.checking import check
from qipxl.consolidation import OWN, ProviderSummary
from qipxl.errors import RequestError, SourceError
from qipxl.headoffice.carrying import last_returns, order_for
from qipxl.headoffice.changed import say_changed
from qipxl.headoffice.decisions import with_decisions
from qipxl.headoffice.folder import ProviderFolder
from qipxl.headoffice.known import refresh
from qipxl.headoffice.lines import OwnLine
from qipxl.headoffice.links import register_links
from qipxl.headoffice.register import Register, as_service
from qipxl.history import finished_before, history
from qipxl.impact import impact_of, links_of
from qipxl.issuing import Order
from qipxl.movement import movement
from qipxl.periods import Period
from qipxl.rating import Rated, rate
from qipxl.returns import Returns
from qipxl.services import Service
from qipxl.template import Template, load_adjusted, load_template, shipped_templates, template_file
from qipxl.tracing import traced


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
        by_itself, archive = rate(returns, as_at), open_archive(self.archive)
        records = {
            key: traced(by_itself, key) for key in ("actions", "indicators", "measurements") if key in returns.tables
        }
        links = links_of(records["actions"], archive.before(self.period))
        verdicts = impact_of(records, links, archive, self.period, as_at).verdicts
        fresh = refresh(returns, self.register, archive, verdicts, self.period, as_at)
        return say_changed(rate(check(fresh, as_at), as_at), by_itself)

    def with_history(self, summary: ProviderSummary) -> ProviderSummary:
        """A summary with what the archive and the register add: earlier months, since when and what was decided, risks, audits."""
        archive = open_archive(self.archive)
        whole = summary.with_earlier(finished_before(summary, archive, self.period), self.expected)
        lines = history(whole, archive, self.period)
        links = links_of(summary.current, archive.before(self.period))
        return replace(
            whole,
            provider=self.register.name,
            escalated=with_decisions(whole.escalated, self.register, archive, self.period, summary.as_at),
            history=lines,
            movement=movement(lines, self.period, whole.letters),
            links=register_links(self.register, whole),
            own=self.own_figures(summary),
            charted=self.register.charted,
            impact=impact_of(summary.records, links, archive, self.period, summary.as_at, self.register.chart_rules),
        )

    def own_figures(self, summary: ProviderSummary) -> pd.DataFrame:
        """The lines OWN of the provider's own figures and words in the templates in use."""
        lines = [line for template in summary.in_use for line in self.register.own_lines(self.period, template.key)]
        return pd.DataFrame(list(dict.fromkeys(line.said() for line in lines)), columns=list(OWN))

    @property
    def expected(self) -> list[Service]:
        """The services that are to send a return: open in the month, and not excepted."""
        excepted = self.register.excepted(self.period)
        return [as_service(line) for line in self.register.open_in(self.period) if line.code.lower() not in excepted]

    @property
    def templates(self) -> list[Template]:
        """Every template that returns may be made from, with the provider's own figures and words for this month.

        Those that come with qipxl, then the provider's own that its register names. Raises RequestError with each line of
        the register that has nothing to change.
        """
        shipped = shipped_templates()
        named = {self.register.template, *map(self.register.template_of, self.register.open_in(self.period))}
        own = sorted(self.place(name) for name in named if name not in shipped)
        return list(self.in_force([*shipped, *own]).values())

    def in_force(self, names: Sequence[str]) -> dict[str, Template]:
        """Templates by name, as they are in force in this month."""
        found: dict[str, Template] = {}
        said: dict[int, list[str]] = {}
        lines: dict[int, OwnLine] = {}
        for name in dict.fromkeys(names):
            path = template_file(name)
            own = self.register.own_lines(self.period, load_template(path).key)
            found[name], wrong = load_adjusted(path, tuple(line.change for line in own))
            for line, sentence in zip(own, wrong, strict=True):
                lines[id(line)] = line
                said.setdefault(id(line), []).append(sentence)
        # A line about every template is at fault where none of them has what it names.
        mistakes = [lines[each].mistake(sentences[0]) for each, sentences in said.items() if all(sentences)]
        if mistakes:
            listed = "\n".join(f"- {each}" for each in mistakes)
            raise RequestError(f"{self.folder.register.name} has settings or words that change nothing:\n{listed}")
        return found

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
        found = self.in_force([name for name, _ in named])
        last = last_returns(open_archive(self.archive), self.register, self.period, list(found.values()))
        return [order_for(last, found[name], service) for name, service in named]
