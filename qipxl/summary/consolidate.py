"""Rated returns of many services → one provider summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from qipxl.archive.lazy_tables import LazyTables, held
from qipxl.errors import TemplateError
from qipxl.indicators.impact import Impact, impact_of
from qipxl.periods import Period
from qipxl.returns.provenance import traced
from qipxl.returns.rate import Rated
from qipxl.returns.returns import TEXTS, Returns
from qipxl.rules.rulebook import Rating
from qipxl.services import Service
from qipxl.summary.counts import headline_of, overview_lines, total_lines
from qipxl.summary.summary import ProviderSummary

RECORDS = ("milestones", "evidence", "extensions", "challenge", "reviews", "indicators", "measurements")
"""The tables whose rows a summary shows beside the actions."""
NEEDED = (
    "delivery",
    "evidence",
    "impact",
    "headline",
    "tier",
    "days_overdue",
    "risk_now",
    "watched",
    "hollow",
    "escalation",
    "escalated",
)
"""What a template must work out for its actions, so that they can be summarised."""
COLUMNS_READ: Mapping[str, Sequence[str]] = {"actions": (*NEEDED, "headline_label")}


@pd.option_context(*TEXTS)
def summarise(rated: Rated, services: Sequence[Service] = ()) -> ProviderSummary:
    """Bring rated returns together. `services` are those expected; one without a return is listed first as such."""
    returns, actions = rated.returns, traced(rated, "actions")
    records = held({key: traced(rated, key) for key in RECORDS if key in returns.tables})
    period = returns.last_period or Period(rated.as_at.year, rated.as_at.month)
    impact = impact_of(records, actions, None, period, rated.as_at)
    return summary_of(returns, rated.as_at, actions, records, impact, services)


def summary_of(
    returns: Returns,
    as_at: date,
    actions: pd.DataFrame,
    records: LazyTables,
    impact: Impact,
    services: Sequence[Service] = (),
) -> ProviderSummary:
    """The summary of returns of which only receipts and problems are needed here, with their actions and their other rows."""
    ratings = ratings_of(returns)
    overview = overview_lines(returns, actions, headline_of(ratings), services)
    return ProviderSummary(
        as_at,
        returns,
        ratings,
        actions,
        overview,
        total_lines(overview),
        returns.problems,
        returns.receipts,
        impact,
        records,
    )


def ratings_of(returns: Returns) -> Sequence[Rating]:
    """The ratings of actions, of the first template in use; raises TemplateError where one lacks what is NEEDED."""
    used = returns.in_use
    for template in used:
        table = template.rules.schema.tables.get("actions")
        lacking = [key for key in NEEDED if table is None or key not in table.columns]
        if lacking:
            raise TemplateError([f"{template.key}: a summary needs {', '.join(lacking)} of the table actions."])
    return used[0].rules.ratings["actions"]
