"""Indicators over time and between services: which dots stand out, which services lie outside, what has been sustained.

`xmr` and `p_chart` judge one series over time, `funnel` many services at one time, `sustained` whether an improvement has
held since an action was completed. `sufficiency_of` says how much of that the data allow. Nothing here reads a file.
"""

from qipxl.indicators.chart import POINT_TYPES, Chart, Charts
from qipxl.indicators.funnel import Funnel, funnel
from qipxl.indicators.rare import BeforeAfter, before_after, days_since_last, event_free_months
from qipxl.indicators.spc import p_chart, p_many, xmr, xmr_many
from qipxl.indicators.sufficiency import Sufficiency, lower_limit_words, months_met, sufficiency_of
from qipxl.indicators.sustained import sustained, sustained_many
from qipxl.indicators.verdict import NOT_SHOWN, Verdict, VerdictState
from qipxl.indicators.verdict_rules import Verdicts

__all__ = [
    "NOT_SHOWN",
    "POINT_TYPES",
    "BeforeAfter",
    "Chart",
    "Charts",
    "Funnel",
    "Sufficiency",
    "Verdict",
    "VerdictState",
    "Verdicts",
    "before_after",
    "days_since_last",
    "event_free_months",
    "funnel",
    "lower_limit_words",
    "months_met",
    "p_chart",
    "p_many",
    "sufficiency_of",
    "sustained",
    "sustained_many",
    "xmr",
    "xmr_many",
]
