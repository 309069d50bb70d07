"""Statistics of indicators: special causes over time, outliers between services, sustained improvement.

`xmr` and `p_chart` judge one series over time, `funnel` compares many services at one time, `sustained` judges whether an
improvement has lasted since an action was completed. `sufficiency_of` gives the analyses that the data allow.
"""

from qipxl.indicators.chart import POINT_TYPES, Chart, Charts
from qipxl.indicators.event_counts import BeforeAfter, before_after, days_since_last
from qipxl.indicators.funnel import Funnel, funnel
from qipxl.indicators.spc import p_chart, p_many, xmr, xmr_many
from qipxl.indicators.sufficiency import Sufficiency, lower_limit_words, months_met, sufficiency_of
from qipxl.indicators.sustained import sustained, sustained_many
from qipxl.indicators.verdict import NOT_SHOWN, Verdict, VerdictState
from qipxl.indicators.verdict_rules import Verdicts

__all__ = [
    "NOT_SHOWN", "POINT_TYPES", "BeforeAfter", "Chart", "Charts", "Funnel", "Sufficiency", "Verdict", "VerdictState",
    "Verdicts", "before_after", "days_since_last", "funnel", "lower_limit_words", "months_met", "p_chart", "p_many",
    "sufficiency_of", "sustained", "sustained_many", "xmr", "xmr_many",
]  # fmt: skip
