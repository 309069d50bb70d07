"""The register's risks and audits, compared with the actions that name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import pandas as pd

from qipxl.provider.judgements import without_item
from qipxl.provider.plans import Plans, service_named
from qipxl.provider.register import Register
from qipxl.provider.register_risks import register_risks
from qipxl.provider.register_schema import (
    ActionLine,
    AuditLine,
    DecisionLine,
    ExtensionLine,
    JudgementLine,
    QuestionLine,
    RiskLine,
    VerificationLine,
)
from qipxl.provider.unknown_actions import parts_left, without_action
from qipxl.summary.risk_scores import scored
from qipxl.summary.risks import DIFFERENT, NO_ACTION
from qipxl.summary.sheet_spec import TableColumns
from qipxl.summary.summary import LINK, ProviderSummary
from qipxl.text import folded, names_text

COLUMNS_READ: TableColumns = {"actions": ("finished", "risk_ref", "audit_ref", "risk_now", "source_reference")}
"""The columns that the lines are made from, by table."""
DATED: Mapping[type[ActionLine | QuestionLine], str] = {
    DecisionLine: "decided_on", ExtensionLine: "approved_on", VerificationLine: "verified_on", JudgementLine: "judged_on",
    QuestionLine: "asked_on",
}  # fmt: skip
"""The date from which a line counts, by its sheet."""
FAR_AHEAD, LATEST = "Date far ahead", 366
"""A line that counts only later than this number of days after the summary's month; its year is likely a slip."""


def register_links(register: Register, summary: ProviderSummary) -> pd.DataFrame:
    """Lines LINK: high risks that no open action answers, risks that open actions score differently, unnamed audits, judgements on nothing,
    lines about actions that no plan has, dates far ahead."""
    plans, actions = register.plans, summary.current
    open_ones = actions[~actions["finished"].fillna(False).astype(bool)] if "finished" in actions.columns else actions
    lines: list[tuple[str, RiskLine | AuditLine, str]] = []
    scores = scored(register_risks(register).assign(target=np.nan), summary.in_use, summary.as_at).to_dict("records")
    pairs = list(zip(register.of(RiskLine), scores, strict=True))
    for risk, line in pairs:
        if line["high"] and not len(naming(open_ones, "risk_ref", risk, plans)):
            what = f"{risk.risk} Its score is {line['score']:g}; no open action names it."
            lines.append((NO_ACTION, risk, what))
    for audit in register.of(AuditLine):
        if not len(naming(actions, "audit_ref", audit, plans)):
            lines.append(("Audit without an action", audit, ": ".join(filter(None, (audit.audit, audit.finding)))))
    rows = [(kind, line.ref, *service_named(line.service, plans), what, "") for kind, line, what in lines]
    rows += [row for risk, line in pairs for row in scored_differently(risk, line["score"], open_ones, plans)]
    rows += [*without_item(register, summary), *without_action(register, summary), *parts_left(register, summary)]
    rows += far_ahead(register, summary.as_at)
    return pd.DataFrame(rows, columns=list(LINK))


def scored_differently(
    risk: RiskLine, score: float, actions: pd.DataFrame, plans: Plans
) -> Iterator[tuple[str, str, str, str, str, str]]:
    """A line LINK for each service whose actions give a risk of the register another score; none if the risk has no score."""
    if np.isnan(score):
        return
    named = naming(actions, "risk_ref", risk, plans)
    other = named[named["risk_now"].notna() & (named["risk_now"] != score)]
    for (service, name), own in other.groupby(["service", "name"]):
        scores = names_text([f"{ref} scores it {now:g}" for ref, now in zip(own["ref"], own["risk_now"], strict=True)])
        what = f"{risk.risk} Its score is {score:g} in the register; {scores}. Agree one score."
        yield DIFFERENT, risk.ref, str(service), str(name), what, names_text([*own["ref"].astype(str)])


def far_ahead(register: Register, as_at: date) -> Iterator[tuple[str, str, str, str, str, str]]:
    """A line LINK for each line of the register whose date is more than LATEST days after a month."""
    for kind, field in DATED.items():
        heading = kind.columns()[field].title
        for line in register.of(kind):
            day: date = getattr(line, field)
            if line.row and (day - as_at).days > LATEST:
                what = (
                    f"{line.sheet}, row {line.row}: {heading} is {day:%d/%m/%Y}, so the line does not count before that day. Correct the "
                    "year if it is a slip."
                )
                yield FAR_AHEAD, "", *service_named(line.service, register.plans), what, line.action


def naming(actions: pd.DataFrame, field: str, line: RiskLine | AuditLine, plans: Plans) -> pd.DataFrame:
    """The actions that name a risk or an audit: of its service or its plan, if it has one."""
    if field not in actions.columns:
        return actions.head(0)
    codes = {each.plan_code.lower() for each in plans.named(line.service)}
    own = actions[actions["service"].str.lower().isin(codes)] if line.service else actions
    return own[own[field].map(folded) == folded(line.ref)]
