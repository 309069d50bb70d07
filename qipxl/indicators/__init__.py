"""Indicators over time and between services: which dots stand out, which services lie outside, how much may be said.

`xmr` and `p_chart` judge one series over time, `funnel` many services at one time. `amount_of_data` says how much of that
the data allow. Nothing here reads a file.
"""

from qipxl.indicators.amount import Amount, amount_of_data, lower_limit_words, months_met
from qipxl.indicators.charts import Chart, Charts
from qipxl.indicators.funnel import Funnel, funnel
from qipxl.indicators.rare import BeforeAfter, before_after, days_since_last, event_free_months
from qipxl.indicators.spc import p_chart, xmr, xmr_many

__all__ = [
    "Amount",
    "BeforeAfter",
    "Chart",
    "Charts",
    "Funnel",
    "amount_of_data",
    "before_after",
    "days_since_last",
    "event_free_months",
    "funnel",
    "lower_limit_words",
    "months_met",
    "p_chart",
    "xmr",
    "xmr_many",
]
