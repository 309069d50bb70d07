"""The progress of each action in its service's last returns, as the next tracker shows it next to this month's empty cell."""

from __future__ import annotations

from qipxl.archive.rows import personal_data, withhold
from qipxl.archive.store import Archive
from qipxl.periods import Period
from qipxl.provider.head_office_facts import Action, action_of
from qipxl.workbook.layout import LAST_SHEET_ROW

PROGRESS, EARLIER = "progress", "earlier_progress"
"""The fields of an action: what changed this month, and what its service wrote in the months before."""
RETURNS, LONGEST_TEXT = 3, 4_000
"""The number of returns of a service that are looked at, and the most characters of each text."""


def earlier_progress(archive: Archive) -> dict[Action, str]:
    """The texts about the progress of each action in the last returns of its service: the newest first, each with its month.

    A text that may hold personal data is withheld: the service could not correct it here. An action that was missing
    from a return has no text of that month.
    """
    latest = archive.latest
    last = Archive(archive.folder, latest.groupby(latest["service"].str.lower()).tail(RETURNS))
    lines = last.table("actions", ["row", "ref", PROGRESS])
    if PROGRESS not in lines.columns:
        return {}
    lines = withhold(lines.reset_index(drop=True), personal_data(last).query("table == 'actions'"))
    written = lines[lines[PROGRESS].fillna("").ne("") & (lines["row"] <= LAST_SHEET_ROW)]
    found: dict[Action, str] = {}
    for line in written.sort_values("period", ascending=False, kind="stable").itertuples():
        action, text = action_of(line.service, line.ref), dated(str(line.period), str(line.progress))
        found[action] = f"{found[action]}\n{text}" if action in found else text
    return found


def dated(period: str, text: str) -> str:
    """A text with its month.

    >>> dated("2026-03", "Six of eight rooms done. ")
    'March 2026: Six of eight rooms done.'
    """
    text = text.strip()
    return f"{Period.read(period).words}: {text if len(text) <= LONGEST_TEXT else f'{text[:LONGEST_TEXT]} …'}"
