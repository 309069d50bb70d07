"""The status of a month: which services are expected to send a return, which have, which are late, which were refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from qipxl.archive.store import Archive
from qipxl.periods import Period
from qipxl.provider.register import Register
from qipxl.reading.options import Decisions
from qipxl.reading.read import Progress, no_progress, read_returns
from qipxl.returns.returns import Returns
from qipxl.services import service_of_plan
from qipxl.summary.counts import differing_words, name_of_plan
from qipxl.text import names_text

if TYPE_CHECKING:
    from qipxl.provider.month import ProviderMonth

IN, NIL, LATE, AWAITED, NOT_EXPECTED, TO_CHOOSE = (
    "in", "nil return", "late", "not yet in", "not expected", "to choose",
)  # fmt: skip
IN_PART = "in part"
"""The state of a service of which some plans are in and some are not."""
WORDS = {LATE: "is late", AWAITED: "is not yet in", TO_CHOOSE: "waits until head office chooses"}
"""What is said of a plan in these states."""
COLUMNS = ("service", "name", "region", "manager", "state", "file", "reason", "kept")


def status_of(
    register: Register, period: Period, returns: Returns | None, archive: Archive, today: date
) -> pd.DataFrame:
    """A line per service open in a month, with each of its plans; those that need action first; columns COLUMNS.

    `returns` are the returns in the month's folder (None if it is empty). `kept` is the version of the return in the archive,
    0 for none.
    """
    excepted = register.excepted(period)
    versions = archive.latest
    versions = versions[versions["period"] == str(period)]
    kept = dict(zip(versions["service"].astype(str).str.lower(), versions["version"].astype(int), strict=True))
    lines = []
    for service in register.open_in(period):
        code = service.plan_code.lower()
        state, file, reason = state_of(returns, code, period)
        if not state and code in excepted:
            state, reason = NOT_EXPECTED, excepted[code]
        if not state:
            state = LATE if today > register.due(period) else AWAITED
        named = (service.plan_code, service.plan_name, service.region, service.manager)
        lines.append((*named, state, file, reason, kept.get(code, 0)))
    frame = pd.DataFrame(lines, columns=list(COLUMNS))
    frame["done"] = frame["state"].isin([IN, NIL, NOT_EXPECTED])
    return frame.sort_values(["done", "region", "name"], kind="stable", ignore_index=True).drop(columns="done")


def month_status(
    month: ProviderMonth, today: date, progress: Progress = no_progress
) -> tuple[pd.DataFrame, Returns | None]:
    """The lines of `status_of` for a provider's month, and the returns that it reads for them; None if there are none.

    Raises the errors of reading a month.
    """
    archive, returns = month.open_archive(), None
    if month.has_returns:
        decided, cache = month.decided(Decisions()), month.read_cache
        returns = read_returns(month.returns, month.templates, decisions=decided, cache=cache, progress=progress)
    return status_of(month.register, month.period, returns, archive, today), returns


def by_service(lines: pd.DataFrame) -> pd.DataFrame:
    """A line per service of the lines of `status_of`: its `name`, its `state`, and `words` about its plans if some are in and some are not."""
    rows = []
    owners = [service_of_plan(code, name) for code, name in zip(lines["service"], lines["name"], strict=True)]
    for (code, name), plans in lines.groupby(pd.Series(owners, lines.index, dtype=object), sort=False):
        awaited = plans[plans["state"] != NOT_EXPECTED]
        done = awaited["state"].isin([IN, NIL])
        state, words = NOT_EXPECTED, ""
        if len(awaited) and (done.all() or not done.any()):
            state = IN if IN in set(awaited["state"]) else str(awaited["state"].iloc[0])
        elif len(awaited):
            others = awaited.loc[~done, ["service", "state"]].itertuples(index=False)
            said = [f"{name_of_plan(plan, code)} {WORDS.get(own, f'was {own}')}" for plan, own in others]
            state, words = IN_PART, f"{name}: {done.sum()} of {len(awaited)} plans in; {names_text(said)}"
        rows.append((name, state, words))
    return pd.DataFrame(rows, columns=["name", "state", "words"])


def without_return(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines of `status_of` about services that should send a return and have sent none that can be used."""
    return lines[~lines["state"].isin([IN, NIL, NOT_EXPECTED, TO_CHOOSE])]


def state_of(returns: Returns | None, code: str, period: Period) -> tuple[str, str, str]:
    """The state, file and reason of a service's return of a month: the accepted one, else the first; blank if there is none.

    If several wait until head office chooses, none of them is named as the service's file.
    """
    if returns is None:
        return "", "", ""
    receipts = returns.receipts
    receipts = receipts[(receipts["service"].str.lower() == code) & (receipts["period"] == str(period))]
    accepted = receipts[receipts["status"] == "accepted"]
    if not len(receipts):
        return "", "", ""
    if not len(accepted) and (waiting := int((receipts["differs_from"] != "").sum())):
        return TO_CHOOSE, "", f"{differing_words(waiting)}: head office must choose."
    line = (accepted if len(accepted) else receipts).iloc[0]
    state = (NIL if line["nil"] else IN) if len(accepted) else str(line["status"])
    return state, str(line["file"]), str(line["reason"])
