"""Indicators over time and between services: which dots stand out, which services lie outside, what has been sustained.

`xmr` and `p_chart` judge one series over time, `funnel` many services at one time, `sustained` whether an improvement has
held since an action was completed. `amount_of_data` says how much of that the data allow. Nothing here reads a file.
"""

from qipxl.indicators.chart import POINT_TYPES, Chart, Charts
from qipxl.indicators.funnel import Funnel, funnel
from qipxl.indicators.rare import BeforeAfter, before_after, days_since_last, event_free_months
from qipxl.indicators.spc import p_chart, p_many, xmr, xmr_many
from qipxl.indicators.sufficiency import Amount, amount_of_data, lower_limit_words, months_met
from qipxl.indicators.sustained import sustained, sustained_many
from qipxl.indicators.verdict import NOT_SHOWN, State, Verdict
from qipxl.indicators.verdict_rules import Verdicts

__all__ = [
    "NOT_SHOWN",
    "POINT_TYPES",
    "Amount",
    "BeforeAfter",
    "Chart",
    "Charts",
    "Funnel",
    "State",
    "Verdict",
    "Verdicts",
    "amount_of_data",
    "before_after",
    "days_since_last",
    "event_free_months",
    "funnel",
    "lower_limit_words",
    "months_met",
    "p_chart",
    "p_many",
    "sustained",
    "sustained_many",
    "xmr",
    "xmr_many",
]
