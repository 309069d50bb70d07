"""The risks of the register, and the scores that earlier returns gave them, for the sheet *Risks* of the summary."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qipxl.archive.actions import rows_with_ratings
from qipxl.archive.store import Archive, folded_texts
from qipxl.periods import Period
from qipxl.provider.plans import service_named
from qipxl.provider.register import Register
from qipxl.provider.register_schema import RiskLine
from qipxl.summary.summary import PAST_RISK, RISK

MONTHS = 12
"""How many months back a trend begins."""


def register_risks(register: Register) -> pd.DataFrame:
    """Lines RISK: the risks of the register in its order."""
    rows = [
        (
            risk.ref, risk.risk, *service_named(risk.service, register.plans),
            np.nan if risk.likelihood is None else risk.likelihood, np.nan if risk.consequence is None else risk.consequence,
            pd.NaT if risk.reviewed_on is None else pd.Timestamp(risk.reviewed_on),
        )
        for risk in register.of(RiskLine)
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(RISK))
    return frame.assign(reviewed_on=pd.to_datetime(frame["reviewed_on"]))


def past_risks(archive: Archive, period: Period) -> pd.DataFrame:
    """Lines PAST_RISK: the score of each action that named a risk in the months before `period`, at most MONTHS back."""
    first, versions = str(period.plus(-MONTHS)), archive.before(period).versions
    recent = Archive(archive.folder, versions[versions["period"] >= first])
    lines = rows_with_ratings(recent, "actions", ["ref", "risk_ref"], ["risk_now"])
    lines = lines.reindex(columns=["service", "period", "ref", "risk_ref", "risk_now"])
    named = lines.loc[(folded_texts(lines["risk_ref"]) != "") & lines["risk_now"].notna()]
    texts = {name: folded_texts(named[name]) for name in ("service", "ref", "risk_ref")}
    known: pd.DataFrame = named.assign(**texts, period=named["period"].astype(str))
    return known[list(PAST_RISK)].reset_index(drop=True)
