"""Rated returns of many services → one provider summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from qipxl.archive.lazy_tables import LazyTables, in_memory
from qipxl.errors import TemplateError
from qipxl.indicators.impact import Impact, impact_of
from qipxl.periods import Period
from qipxl.returns.provenance import traced
from qipxl.returns.rate import Rated
from qipxl.returns.returns import TEXTS, Returns
from qipxl.rules.rulebook import Rating
from qipxl.services import Service
from qipxl.summary.counts import headline_of, overview_lines, service_lines, total_lines
from qipxl.summary.full_tables import tables_shown
from qipxl.summary.summary import ProviderSummary

NEEDED = (
    "delivery", "evidence", "impact", "headline", "tier", "days_overdue", "risk_now", "watched", "hollow", "escalation", "escalated",
)  # fmt: skip
"""The columns that a template must calculate for its actions."""
COLUMNS_READ: Mapping[str, Sequence[str]] = {"actions": (*NEEDED, "headline_label")}


@pd.option_context(*TEXTS)
def summarise(rated: Rated, services: Sequence[Service] = ()) -> ProviderSummary:
    """Build the summary of rated returns.

    Args:
        rated: the returns of one month, checked and rated.
        services: those expected to send a return; one without a return is listed first as missing. Default: none.

    Raises TemplateError if a template lacks a column that a summary needs.

    >>> from datetime import date
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import qipxl
    >>> service = qipxl.Service(code="ELM", name="Elm House", region="North")
    >>> with TemporaryDirectory() as folder:
    ...     core = qipxl.find_template("core")
    ...     path = qipxl.write_tracker(core, service, qipxl.Period(2026, 3), Path(folder) / "elm.xlsx")
    ...     rated = qipxl.rate(qipxl.check(qipxl.read_returns(path)), date(2026, 3, 31))
    >>> summary = qipxl.summarise(rated, [service])
    >>> summary.overview[["service", "name", "state"]].to_dict("records")
    [{'service': 'ELM', 'name': 'Elm House', 'state': 'set aside'}]
    """
    returns, actions = rated.returns, traced(rated, "actions")
    records = in_memory({key: traced(rated, key) for key in tables_shown(returns.in_use) if key in returns.tables})
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
    """Build the summary. Of `returns` only receipts and problems are used; the rows come from `actions` and `records`."""
    ratings, problems, receipts = ratings_of(returns), returns.problems, returns.receipts
    plans = overview_lines(returns, actions, headline_of(ratings), services)
    overview = service_lines(plans)
    totals = total_lines(overview)
    return ProviderSummary(
        as_at, returns, ratings, actions, overview, totals, problems, receipts, impact, records, plans=plans
    )


def ratings_of(returns: Returns) -> Sequence[Rating]:
    """The ratings of actions of the first template in use; raises TemplateError if a template lacks a NEEDED column."""
    used = returns.in_use
    for template in used:
        table = template.rules.schema.tables.get("actions")
        lacking = [key for key in NEEDED if table is None or key not in table.columns]
        if lacking:
            raise TemplateError([f"{template.key}: a summary needs {', '.join(lacking)} of the table actions."])
    return used[0].rules.ratings["actions"]
