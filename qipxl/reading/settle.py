"""Which of several returns of one service and month is used: settled by content and submission number, never merged."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from qipxl.returns import Returns


def settle_versions(returns: Returns) -> Returns:
    """Keep one return for each service and period; the others stay as receipts with a reason, their rows set aside.

    Identical copies are used once. Of different ones the higher submission number is used; where that does not decide,
    none is used until head office chooses.
    """
    receipts = returns.receipts.copy()
    accepted = returns.accepted
    for _, group in accepted.groupby(["service", "period"], sort=False):
        if len(group) > 1:
            settle(returns, receipts, group)
    dropped = receipts.index[(receipts["status"] != "accepted") & (returns.receipts["status"] == "accepted")]
    if not len(dropped):
        return returns
    receipts.loc[dropped, "rows_set_aside"] = receipts.loc[dropped, "rows_found"]
    receipts.loc[dropped, "rows_accepted"] = 0
    unused = receipts["rows"].map(lambda rows: {key: {**counts, "accepted": 0} for key, counts in rows.items()})
    receipts["rows"] = receipts["rows"].where(~receipts.index.isin(dropped), unused)
    keep = {key: (~frame["return"].isin(dropped)).to_numpy() for key, frame in returns.tables.items()}
    return replace(
        returns,
        receipts=receipts,
        tables={key: frame[keep[key]].reset_index(drop=True) for key, frame in returns.tables.items()},
        unreadable={key: frame[keep[key]].reset_index(drop=True) for key, frame in returns.unreadable.items()},
        problems=returns.problems[~returns.problems["return"].isin(dropped)].reset_index(drop=True),
    )


def settle(returns: Returns, receipts: pd.DataFrame, group: pd.DataFrame) -> None:
    """Write into the receipts what becomes of one service's several returns; of twins the one of the shorter name stays."""
    names = dict(zip(map(int, group.index), map(str, group["file"]), strict=True))
    left: list[int] = []
    for number in sorted(names, key=lambda each: len(names[each])):
        twin = next((other for other in left if same_content(returns, other, number)), None)
        if twin is None:
            left.append(number)
        else:
            drop(receipts, number, "duplicate", f"The same as {names[twin]}.")
    if len(left) == 1:
        return
    highest = group.loc[left, "submission"].max()
    newest = [number for number in left if group.at[number, "submission"] == highest]
    for number in left:
        if len(newest) > 1:
            others = ", ".join(names[other] for other in left if other != number)
            reason = f"Differs from {others}, and no submission number says which is newer. Head office must choose."
            drop(receipts, number, "set aside", reason)
        elif number != newest[0]:
            drop(receipts, number, "superseded", f"{names[newest[0]]} has the higher submission number.")


def drop(receipts: pd.DataFrame, number: int, status: str, reason: str) -> None:
    """Write down that a return is not used, and why."""
    receipts.loc[number, "status"] = status
    receipts.loc[number, "reason"] = reason


def same_content(returns: Returns, one: int, other: int) -> bool:
    """True where two returns say the same, cell by cell, whatever program saved them; doubtful cells count too."""
    digests = list(returns.receipts.loc[[one, other], "digest"])
    if digests[0] == digests[1]:
        return True
    frames = [*returns.tables.values()]
    masks = [
        mask.assign(**{"return": frame["return"]})
        for mask, frame in zip(returns.unreadable.values(), frames, strict=True)
    ]
    return all(rows_of(frame, one).equals(rows_of(frame, other)) for frame in (*frames, *masks))


def rows_of(frame: pd.DataFrame, number: int) -> pd.DataFrame:
    return frame[frame["return"] == number].drop(columns=["return", "row"], errors="ignore").reset_index(drop=True)
