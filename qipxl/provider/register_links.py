"""The register's risks and audits, compared with the actions that name them."""

from __future__ import annotations

import math

import pandas as pd

from qipxl.provider.register import Register
from qipxl.provider.register_schema import AuditLine, RiskLine, ServiceLine
from qipxl.summary.sheet_spec import TableColumns
from qipxl.summary.summary import LINK, ProviderSummary

HIGH = "high_risk"
"""The setting of a template that is the lowest score of a high risk."""
COLUMNS_READ: TableColumns = {"actions": ("finished", "risk_ref", "audit_ref")}
"""The columns that this module reads, by table."""


def register_links(register: Register, summary: ProviderSummary) -> pd.DataFrame:
    """Lines LINK: high risks that no open action answers, and audits that no action names."""
    names = {line.code.lower(): line.name for line in register.of(ServiceLine)}
    actions = summary.current
    open_ones = actions[~actions["finished"].fillna(False).astype(bool)] if "finished" in actions.columns else actions
    lines: list[tuple[str, RiskLine | AuditLine, str]] = []
    limits = [template.setting[HIGH].value for template in summary.in_use if HIGH in template.setting]
    high = min((limit for limit in limits if limit is not None), default=math.inf)
    for risk in register.of(RiskLine):
        score = (risk.likelihood or 0) * (risk.consequence or 0)
        if score >= high and not naming(open_ones, "risk_ref", risk.ref, risk.service):
            what = f"{risk.risk} Its score is {score:g}; no open action names it."
            lines.append(("High risk, no open action", risk, what))
    for audit in register.of(AuditLine):
        if not naming(actions, "audit_ref", audit.ref, audit.service):
            lines.append(("Audit without an action", audit, f"{audit.audit} {audit.finding}".strip()))
    rows = [
        (kind, line.ref, line.service, names.get(line.service.lower(), "Whole provider"), what, "")
        for kind, line, what in lines
    ]
    return pd.DataFrame(rows, columns=list(LINK))


def naming(actions: pd.DataFrame, field: str, ref: str, service: str) -> bool:
    """True if an action (of the service, if one is given) names this reference."""
    if field not in actions.columns:
        return False
    own = actions[actions["service"].str.lower() == service.lower()] if service else actions
    return bool((own[field].astype(str).str.strip().str.lower() == ref.lower()).any())
