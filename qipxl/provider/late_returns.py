"""Returns that came in after the service's next tracker was issued: that tracker does not have their content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from qipxl.archive.keep import ArchiveChanges
from qipxl.archive.store import Archive, folded_texts, open_archive
from qipxl.errors import RequestError
from qipxl.files import safe_name
from qipxl.periods import Period
from qipxl.returns.returns import Returns
from qipxl.services import GENERAL, plan_code, plan_of, service_of_plan
from qipxl.text import folded, names_text
from qipxl.workbook.stamp import LAST_RETURN

if TYPE_CHECKING:
    from qipxl.provider.month import ProviderMonth

DIGITS = 12
"""The number of digits of a file's digest by which a stamp names a return."""


def return_named(month: object, digest: object) -> str:
    """An archived return as a stamp names it: its month and the start of its file's digest."""
    return f"{month} {str(digest)[:DIGITS]}"


@dataclass(frozen=True)
class ServiceReturns:
    """The archived returns of a service by month: as a stamp names them, and the earlier months that their trackers did not know.

    A tracker knows the return that it carries on, and what that one's tracker knew. A tracker that does not say which return
    it carries on knows all.
    """

    names: dict[str, str] = field(default_factory=dict)
    unseen: dict[str, frozenset[str]] = field(default_factory=dict)

    def unseen_by(self, month: str, last_return: str) -> frozenset[str]:
        """The months before `month` that a tracker carrying on `last_return` does not know."""
        if not last_return:
            return frozenset()
        carried = last_return[: len("2026-04")]
        later = {earlier for earlier in self.names if carried < earlier < month}
        is_same = self.names.get(carried, last_return) == last_return
        return frozenset(later | ({carried} if not is_same else set()) | self.unseen.get(carried, frozenset()))


def returns_of_services(archive: Archive) -> Mapping[str, ServiceReturns]:
    """The archived returns of each service, by its code in small letters."""
    services: dict[str, ServiceReturns] = defaultdict(ServiceReturns)
    latest = archive.latest
    columns = (latest[name].astype(object) for name in ("period", "digest", "last_return"))
    for code, month, digest, last_return in zip(folded_texts(latest["service"]), *columns, strict=True):
        own = services[code]
        own.unseen[month] = own.unseen_by(month, last_return)
        own.names[month] = return_named(month, digest)
    return services


def unseen_now(returns: Returns, archive: Archive, period: Period) -> dict[int, frozenset[str]]:
    """For each return of a month, the earlier months whose return its tracker did not know."""
    services, unseen = returns_of_services(archive.before(period)), dict[int, frozenset[str]]()
    for number, stamp in returns.stamps.items():
        own = services.get(folded(stamp.facts["code"]), ServiceReturns())
        unseen[number] = own.unseen_by(str(period), stamp.facts.get(LAST_RETURN, ""))
    return unseen


def late_words(month: ProviderMonth, changes: ArchiveChanges) -> list[tuple[str, str]]:
    """A sentence and a command for each later month whose trackers were issued before a return of this month came in."""
    later = list(issued_after(month))
    if not later:
        return []
    versions = open_archive(month.archive).versions
    changed = with_new_content(versions[versions["period"] == str(month.period)])
    late = [code for code in (*changes.new, *changes.corrected) if folded(code) in changed]
    services = dict(zip(versions["service"].astype(str), versions["name"].astype(str), strict=True))
    sentences = []
    for period, names in later:
        codes = sorted({code for code in late if any(is_tracker_of(name, code, services, period) for name in names)})
        own = versions[versions["period"] == str(period)]["service"].map(folded)
        returned = [code for code in codes if folded(code) in set(own)]
        for chosen, command in (
            ([code for code in codes if code not in returned], f"qipxl issue {month.folder.home} --period {period}"),
            (returned, f"qipxl consolidate {month.folder.home} --period {period}"),
        ):
            if not chosen:
                continue
            named = "".join(f" --only {only_code(code, services)}" for code in chosen)
            only = f"{named} --replace" if chosen is not returned else ""
            words = (
                f"The {month.period.words} {'return' if len(chosen) == 1 else 'returns'} of {names_text(chosen)} came in after "
                f"the tracker for {period.words} was issued, which does not have its content. Run:"
            )
            sentences.append((words, f"{command}{only}"))
    return sentences


def is_tracker_of(file: str, code: str, services: Mapping[str, str], period: Period) -> bool:
    """True if a file has the name of a tracker of a plan; `services` are the names of all plans by their codes."""
    own, plan = service_of_plan(code, services.get(code, ""))[0], plan_of(code, services.get(code, ""))
    others = [each for each in plans_of(own, services) if each != plan]
    if not file.startswith(f"{safe_name(own)} "):
        return False
    ends = {each: f" {safe_name(f'{each} {period}')}" in file for each in (plan, *others) if each}
    return ends[plan] if plan else not any(ends.values())


def only_code(code: str, services: Mapping[str, str]) -> str:
    """What names one plan alone on a command line; `services` are the names of all plans by their codes."""
    is_general = not plan_of(code, services.get(code, "")) and bool(plans_of(code, services))
    text = plan_code(code, GENERAL) if is_general else code
    return f'"{text}"' if " " in text else text


def plans_of(code: str, services: Mapping[str, str]) -> list[str]:
    """The named plans of a service; `services` are the names of all plans by their codes."""
    every = [(service_of_plan(each, name)[0], plan_of(each, name)) for each, name in services.items()]
    return [plan for owner, plan in every if plan and folded(owner) == folded(code)]


def with_new_content(versions: pd.DataFrame) -> set[str]:
    """The services, by code in small letters, whose last version in a month is of another file than the one before, or is the first."""
    digests: dict[str, list[str]] = defaultdict(list)
    ordered = versions.sort_values("version")
    for code, digest in zip(folded_texts(ordered["service"]), ordered["digest"], strict=True):
        digests[code].append(str(digest))
    return {code for code, each in digests.items() if len(each) < 2 or each[-1] != each[-2]}


def issued_after(month: ProviderMonth) -> Iterator[tuple[Period, Sequence[str]]]:
    """The later months that have trackers, with the names of their files."""
    folder = month.folder.issued(month.period).parent
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        period = period_of(path)
        if period is not None and period > month.period:
            yield period, [file.name for file in path.glob("*.xls?")]


def period_of(path: Path) -> Period | None:
    """The month that a folder is named after."""
    try:
        return Period.read(path.name)
    except RequestError:
        return None
