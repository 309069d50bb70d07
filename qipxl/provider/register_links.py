"""The register's risks and audits, compared with the actions that name them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from qipxl.provider.judgements import without_item
from qipxl.provider.plans import Plans
from qipxl.provider.register import Register
from qipxl.provider.register_schema import AuditLine, RiskLine
from qipxl.summary.sheet_spec import TableColumns
from qipxl.summary.summary import LINK, ProviderSummary
from qipxl.text import folded, names_text

HIGH = "high_risk"
"""The setting of a template that is the lowest score of a high risk."""
COLUMNS_READ: TableColumns = {"actions": ("finished", "risk_ref", "audit_ref", "risk_now")}
"""The columns that this module reads, by table."""


def register_links(register: Register, summary: ProviderSummary) -> pd.DataFrame:
    """Lines LINK: high risks that no open action answers, risks that open actions score differently, unnamed audits, judgements on nothing."""
    plans, actions = register.plans, summary.current
    open_ones = actions[~actions["finished"].fillna(False).astype(bool)] if "finished" in actions.columns else actions
    lines: list[tuple[str, RiskLine | AuditLine, str]] = []
    limits = [template.setting[HIGH].value for template in summary.in_use if HIGH in template.setting]
    high = min((limit for limit in limits if limit is not None), default=math.inf)
    for risk in register.of(RiskLine):
        score = (risk.likelihood or 0) * (risk.consequence or 0)
        if score >= high and not len(naming(open_ones, "risk_ref", risk, plans)):
            what = f"{risk.risk} Its score is {score:g}; no open action names it."
            lines.append(("High risk, no open action", risk, what))
    for audit in register.of(AuditLine):
        if not len(naming(actions, "audit_ref", audit, plans)):
            lines.append(("Audit without an action", audit, ": ".join(filter(None, (audit.audit, audit.finding)))))
    rows = [(kind, line.ref, *service_named(line.service, plans), what, "") for kind, line, what in lines]
    rows += [row for risk in register.of(RiskLine) for row in scored_differently(risk, open_ones, plans)]
    rows += without_item(register, summary)
    return pd.DataFrame(rows, columns=list(LINK))


def service_named(text: str, plans: Plans) -> tuple[str, str]:
    """The code and the name of the service, or of its plan, that a line of the register names; both say so if it is about all services."""
    named = plans.named(text)
    if not named:
        return text, "Whole provider"
    return (named[0].plan_code, named[0].plan_name) if len(named) == 1 else (named[0].code, named[0].name)


def scored_differently(
    risk: RiskLine, actions: pd.DataFrame, plans: Plans
) -> Iterator[tuple[str, str, str, str, str, str]]:
    """A line LINK for each service whose actions give a risk of the register another score; none if the risk has no score."""
    if risk.likelihood is None or risk.consequence is None:
        return
    score, named = risk.likelihood * risk.consequence, naming(actions, "risk_ref", risk, plans)
    other = named[named["risk_now"].notna() & (named["risk_now"] != score)]
    for (service, name), own in other.groupby(["service", "name"]):
        scores = names_text([f"{ref} scores it {now:g}" for ref, now in zip(own["ref"], own["risk_now"], strict=True)])
        what = f"{risk.risk} Its score is {score:g} in the register; {scores}. Agree one score."
        yield "Risk scored differently", risk.ref, str(service), str(name), what, names_text([*own["ref"].astype(str)])


def naming(actions: pd.DataFrame, field: str, line: RiskLine | AuditLine, plans: Plans) -> pd.DataFrame:
    """The actions that name a risk or an audit: of its service or its plan, if it has one."""
    if field not in actions.columns:
        return actions.head(0)
    codes = {each.plan_code.lower() for each in plans.named(line.service)}
    own = actions[actions["service"].str.lower().isin(codes)] if line.service else actions
    return own[own[field].map(folded) == folded(line.ref)]
