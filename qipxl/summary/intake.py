"""What came in for a month: who sent a return, which files were not used, and how many cells must be put right."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from qipxl.periods import Period
from qipxl.summary.counts import NO_RETURN, is_in
from qipxl.summary.summary import ProviderSummary
from qipxl.text import names_text, plural

MOST_FILES = 10
"""The most files that are named with their reason."""
MOST_NAMED = 3
"""The most services that a sentence about corrections names."""


@dataclass(frozen=True)
class Missing:
    """A service, or one of its plans, without a usable return: its name, the state of its files (“no return” without one), the month
    of its last return.

    `waits` is true if head office must choose between its returns.
    """

    name: str
    state: str
    last: str
    waits: bool = False


@dataclass(frozen=True)
class UnusedFile:
    """A file that was not used because of what is in it, and the reason."""

    name: str
    status: str
    reason: str


@dataclass(frozen=True)
class Intake:
    """What came in for a month.

    sent, expected: how many of the services sent a usable return, of each of their plans. Without a list of services both count
    those that sent one.
    missing: the expected services without one, and the plans of a service of which others came in. used: the files with returns that count.
    copies, replaced: files that were passed over, because another one has the same content or is newer.
    unused: the first files that were refused or set aside; `not_used` counts all of them by status. Files that wait until head
    office chooses are in neither: `to_choose` counts them.
    waiting: sentences about them. corrections: how many of them are corrections of a return that counts.
    not_listed: the names of services that sent a usable return although the list of services does not name them.
    to_fix, to_look: cells that must be put right and cells to look at; `to_fix_services` is the number of services with the former.
    """

    sent: int
    expected: int
    missing: Sequence[Missing]
    used: int
    copies: int
    replaced: int
    not_used: Mapping[str, int]
    unused: Sequence[UnusedFile]
    to_fix: int
    to_fix_services: int
    to_look: int
    not_listed: Sequence[str] = ()
    waiting: Sequence[str] = ()
    to_choose: int = 0
    corrections: int = 0


def intake_of(summary: ProviderSummary, last_return: Mapping[str, str]) -> Intake:
    """What came in; `last_return` has the last earlier month with a return by the code of the plan."""
    overview, plans, receipts = summary.overview, summary.plans, summary.returns.receipts
    expected = overview[overview["expected"]] if overview["expected"].any() else overview
    expected_plans = plans[plans["expected"]] if plans["expected"].any() else plans
    undecided, differing = summary.returns.undecided, summary.returns.differing
    decided = receipts.drop(index=undecided.index)
    status = decided["status"].value_counts()
    unused = decided[decided["status"].isin(["refused", "set aside"])].sort_values(
        "status", ascending=False, kind="stable"
    )
    fix = summary.problems["severity"] == "must fix"
    return Intake(
        int(is_in(expected).sum()),
        len(expected),
        missing(expected_plans[~is_in(expected_plans)], last_return, differing),
        int(status.get("accepted", 0)),
        int(status.get("duplicate", 0)),
        int(status.get("superseded", 0)),
        {name: int(status[name]) for name in ("set aside", "refused") if name in status},
        [
            UnusedFile(str(name), str(state), str(reason))
            for name, state, reason in unused[["file", "status", "reason"]].head(MOST_FILES).itertuples(index=False)
        ],
        int(fix.sum()),
        summary.service_codes(summary.problems.loc[fix, "return"].map(receipts["service"])).nunique(),
        int((summary.problems["severity"] == "should look").sum()),
        not_listed(overview),
        list(waiting_words(undecided, differing)),
        len(undecided),
        len(undecided) - sum(differing.values()),
    )


def waiting_words(undecided: pd.DataFrame, differing: Mapping[str, int]) -> Iterator[str]:
    """A sentence about all corrections that wait, then one about each service of which no return counts, at most MOST_NAMED.

    `undecided` are the receipts of files that wait, `differing` has the number of them of each service of which none counts.
    """
    names = dict(zip(undecided["service"].astype(str), undecided["name"].astype(str), strict=True))
    corrections = undecided[~undecided["service"].isin(differing)]
    if len(corrections):
        services = sorted({names[str(code)] for code in corrections["service"]})
        wait = "1 correction waits" if len(corrections) == 1 else f"{len(corrections)} corrections wait"
        counts = "The return accepted before counts" if len(services) == 1 else "The returns accepted before count"
        yield f"{wait} for a decision: {names_text(services, MOST_NAMED)}. {counts} until then."
    listed = sorted((names[code], number) for code, number in differing.items())
    for name, number in listed[:MOST_NAMED]:
        yield f"{number} returns of {name} differ: head office must choose."
    if len(listed) > MOST_NAMED:
        yield f"The returns of {plural(len(listed) - MOST_NAMED, 'more service')} differ too."


def not_listed(overview: pd.DataFrame) -> list[str]:
    """The names of services with a usable return that the list of services does not name; none if there is no list."""
    if not overview["expected"].any():
        return []
    return sorted(overview.loc[~overview["expected"] & overview["actions"].notna(), "name"].astype(str))


def missing(lines: pd.DataFrame, last_return: Mapping[str, str], differing: Collection[str]) -> list[Missing]:
    """The services, or their plans, without a usable return, by name; those with a file that was not used first."""
    services = [
        Missing(
            str(name),
            str(state),
            Period.read(last_return[code]).words if code in last_return else "",
            code in differing,
        )
        for code, name, state in lines[["service", "name", "state"]].itertuples(index=False)
    ]
    return sorted(services, key=lambda service: (service.state == NO_RETURN, service.name))
