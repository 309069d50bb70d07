"""Indicators over time: which dots stand out, and how much may be said.

`xmr` and `p_chart` judge one series over time. `amount_of_data` says how much of that the data allow. Nothing here reads a
file.
"""

from qipxl.indicators.amount import Amount, amount_of_data, lower_limit_words, months_met
from qipxl.indicators.charts import Chart, Charts
from qipxl.indicators.spc import p_chart, xmr, xmr_many

__all__ = [
    "Amount",
    "Chart",
    "Charts",
    "amount_of_data",
    "lower_limit_words",
    "months_met",
    "p_chart",
    "xmr",
    "xmr_many",
]
