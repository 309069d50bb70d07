"""Where a month stands: which services are expected to send a return, which have, which are late, which was refused."""

from __future__ import annotations

from datetime import date

import pandas as pd

from qipxl.archive.store import Archive
from qipxl.periods import Period
from qipxl.provider.register import Register
from qipxl.returns.returns import Returns

IN, NIL, LATE, AWAITED, NOT_EXPECTED = "in", "nil return", "late", "not yet in", "not expected"
COLUMNS = ("service", "name", "region", "manager", "state", "file", "reason", "kept")


def status_of(
    register: Register, period: Period, returns: Returns | None, archive: Archive, today: date
) -> pd.DataFrame:
    """A line per service open in a month, those that need somebody first; columns COLUMNS.

    `returns` is what the month's folder holds (None where it holds nothing). `kept` is the version of the return in the archive, 0 for none.
    """
    excepted = register.excepted(period)
    versions = archive.latest
    kept = {
        str(code).lower(): int(version)
        for code, month, version in versions[["service", "period", "version"]].itertuples(index=False)
        if month == str(period)
    }
    lines = []
    for service in register.open_in(period):
        code = service.code.lower()
        state, file, reason = state_of(returns, code, period)
        if not state and code in excepted:
            state, reason = NOT_EXPECTED, excepted[code]
        if not state:
            state = LATE if today > register.due(period) else AWAITED
        lines.append(
            (service.code, service.name, service.region, service.manager, state, file, reason, kept.get(code, 0))
        )
    frame = pd.DataFrame(lines, columns=list(COLUMNS))
    done = frame["state"].isin([IN, NIL, NOT_EXPECTED])
    return (
        frame.assign(done=done)
        .sort_values(["done", "region", "name"], kind="stable")
        .drop(columns="done")
        .reset_index(drop=True)
    )


def state_of(returns: Returns | None, code: str, period: Period) -> tuple[str, str, str]:
    """What became of a service's returns of a month: the state, the file, the reason; nothing where there is none."""
    if returns is None:
        return "", "", ""
    receipts = returns.receipts
    own = receipts[(receipts["service"].str.lower() == code) & (receipts["period"] == str(period))]
    used = own[own["status"] == "accepted"]
    if len(used):
        line = used.iloc[0]
        return (NIL if line["nil"] else IN), str(line["file"]), str(line["reason"])
    if len(own):
        return str(own["status"].iloc[0]), str(own["file"].iloc[0]), str(own["reason"].iloc[0])
    return "", "", ""
