"""The register's risks and audits, compared with the actions that name them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from qipxl.provider.register import Register
from qipxl.provider.register_risks import register_risks
from qipxl.provider.register_schema import AuditLine, RiskLine, ServiceLine
from qipxl.summary.risk_scores import scored
from qipxl.summary.risks import DIFFERENT, NO_ACTION
from qipxl.summary.sheet_spec import TableColumns
from qipxl.summary.summary import LINK, ProviderSummary
from qipxl.text import folded, names_text

COLUMNS_READ: TableColumns = {"actions": ("finished", "risk_ref", "audit_ref", "risk_now")}
"""The columns that this module reads, by table."""


def register_links(register: Register, summary: ProviderSummary) -> pd.DataFrame:
    """Lines LINK: high risks that no open action answers, risks that open actions score differently, audits that no action names."""
    names = {line.code.lower(): line.name for line in register.of(ServiceLine)}
    actions = summary.current
    open_ones = actions[~actions["finished"].fillna(False).astype(bool)] if "finished" in actions.columns else actions
    lines: list[tuple[str, RiskLine | AuditLine, str]] = []
    scores = scored(register_risks(register).assign(target=np.nan), summary.in_use, summary.as_at).to_dict("records")
    pairs = list(zip(register.of(RiskLine), scores, strict=True))
    for risk, line in pairs:
        if line["high"] and not len(naming(open_ones, "risk_ref", risk.ref, risk.service)):
            what = f"{risk.risk} Its score is {line['score']:g}; no open action names it."
            lines.append((NO_ACTION, risk, what))
    for audit in register.of(AuditLine):
        if not len(naming(actions, "audit_ref", audit.ref, audit.service)):
            lines.append(("Audit without an action", audit, ": ".join(filter(None, (audit.audit, audit.finding)))))
    rows = [
        (kind, line.ref, line.service, names.get(line.service.lower(), "Whole provider"), what, "")
        for kind, line, what in lines
    ]
    rows += [row for risk, line in pairs for row in scored_differently(risk, line["score"], open_ones)]
    return pd.DataFrame(rows, columns=list(LINK))


def scored_differently(
    risk: RiskLine, score: float, actions: pd.DataFrame
) -> Iterator[tuple[str, str, str, str, str, str]]:
    """A line LINK for each service whose actions give a risk of the register another score; none if the risk has no score."""
    if np.isnan(score):
        return
    named = naming(actions, "risk_ref", risk.ref, risk.service)
    other = named[named["risk_now"].notna() & (named["risk_now"] != score)]
    for (service, name), own in other.groupby(["service", "name"]):
        scores = names_text([f"{ref} scores it {now:g}" for ref, now in zip(own["ref"], own["risk_now"], strict=True)])
        what = f"{risk.risk} Its score is {score:g} in the register; {scores}. Agree one score."
        yield DIFFERENT, risk.ref, str(service), str(name), what, names_text([*own["ref"].astype(str)])


def naming(actions: pd.DataFrame, field: str, ref: str, service: str) -> pd.DataFrame:
    """The actions (of the service, if one is given) that name this reference."""
    if field not in actions.columns:
        return actions.head(0)
    own = actions[actions["service"].str.lower() == service.lower()] if service else actions
    return own[own[field].map(folded) == folded(ref)]
