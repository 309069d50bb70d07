"""Returns that came in after the service's next tracker was issued: that tracker does not have their content."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from qipxl.archive.keep import ArchiveChanges
from qipxl.archive.store import Archive, open_archive
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


def return_named(version: Mapping[Hashable, object]) -> str:
    """A line of the archive's versions as a stamp names it: its month and the start of its digest."""
    return f"{version['period']} {str(version['digest'])[:DIGITS]}"


def unseen_months(archive: Archive) -> dict[tuple[str, str], frozenset[str]]:
    """For each archived return, by code in small letters and month, the earlier months whose return its tracker did not know.

    A tracker knows the return that it carries on, and what that one's tracker knew. A tracker that does not say which return
    it carries on knows all.
    """
    unseen: dict[tuple[str, str], frozenset[str]] = {}
    names: dict[tuple[str, str], str] = {}
    for line in archive.latest.to_dict("records"):
        code, month = folded(line["service"]), str(line["period"])
        unseen[code, month] = unseen_by(code, month, str(line["last_return"]), names, unseen)
        names[code, month] = return_named(line)
    return unseen


def unseen_now(returns: Returns, archive: Archive, period: Period) -> dict[int, frozenset[str]]:
    """For each return of a month, the earlier months whose return its tracker did not know."""
    earlier = archive.before(period)
    unseen, latest = unseen_months(earlier), earlier.latest.to_dict("records")
    names = {(folded(line["service"]), str(line["period"])): return_named(line) for line in latest}
    return {
        number: unseen_by(folded(stamp.facts["code"]), str(period), stamp.facts.get(LAST_RETURN, ""), names, unseen)
        for number, stamp in returns.stamps.items()
    }


def unseen_by(
    code: str,
    month: str,
    last_return: str,
    names: Mapping[tuple[str, str], str],
    unseen: Mapping[tuple[str, str], frozenset[str]],
) -> frozenset[str]:
    """The earlier months that a tracker carrying on `last_return` does not know; `names` are the archived returns' by month."""
    if not last_return:
        return frozenset()
    carried = last_return[: len("2026-04")]
    later = {earlier for owner, earlier in names if owner == code and carried < earlier < month}
    is_same = names.get((code, carried), last_return) == last_return
    return frozenset(later | ({carried} if not is_same else set()) | unseen.get((code, carried), frozenset()))


def late_words(month: ProviderMonth, changes: ArchiveChanges) -> list[tuple[str, str]]:
    """A sentence and a command for each later month whose trackers were issued before a return of this month came in."""
    versions = open_archive(month.archive).versions
    late = [code for code in (*changes.new, *changes.corrected) if has_new_content(versions, code, month.period)]
    services = dict(zip(versions["service"].astype(str), versions["name"].astype(str), strict=True))
    sentences = []
    for period, names in issued_after(month):
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


def has_new_content(versions: pd.DataFrame, code: str, period: Period) -> bool:
    """True if the last version of a service's return in a month is of another file than the one before, or is the first."""
    own = versions[(versions["service"].map(folded) == folded(code)) & (versions["period"] == str(period))]
    digests = own.sort_values("version")["digest"].tail(2).tolist()
    return len(digests) < 2 or digests[0] != digests[1]


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
