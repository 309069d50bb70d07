"""qipxl: quality improvement plans in Excel, issued, read back, rated and consolidated.

    returns = check(read_returns("returns"), as_at)
    write_summary(summarise(rate(returns, as_at)), "summary.xlsx")

The names below are the whole public library; each is fetched when it is first used, so importing qipxl costs little.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qipxl.archive.keep import keep_returns
    from qipxl.archive.store import open_archive
    from qipxl.errors import QipxlError
    from qipxl.indicators import funnel, sustained, xmr
    from qipxl.periods import Period
    from qipxl.provider import ProviderFolder
    from qipxl.provider.monthly_run import consolidate_month
    from qipxl.reading import read_returns
    from qipxl.reading.service_list import read_services
    from qipxl.returns.check import check
    from qipxl.returns.rate import Rated, rate
    from qipxl.returns.returns import Returns
    from qipxl.services import Service
    from qipxl.summary import write_summary
    from qipxl.summary.consolidate import summarise
    from qipxl.summary.summary import ProviderSummary
    from qipxl.template import Template, find_template, load_template
    from qipxl.tracker import write_tracker

HOMES = {
    "Period": "periods", "ProviderFolder": "provider", "ProviderSummary": "summary.summary", "QipxlError": "errors",
    "Rated": "returns.rate", "Returns": "returns.returns", "Service": "services", "Template": "template",
    "check": "returns.check", "consolidate_month": "provider.monthly_run", "find_template": "template",
    "funnel": "indicators", "keep_returns": "archive.keep", "load_template": "template",
    "open_archive": "archive.store", "rate": "returns.rate", "read_returns": "reading", "read_services": "reading.service_list",
    "summarise": "summary.consolidate", "sustained": "indicators", "write_summary": "summary",
    "write_tracker": "tracker", "xmr": "indicators",
}  # fmt: skip

__all__ = [
    "Period", "ProviderFolder", "ProviderSummary", "QipxlError", "Rated", "Returns", "Service", "Template", "check",
    "consolidate_month", "find_template", "funnel", "keep_returns", "load_template", "open_archive", "rate",
    "read_returns", "read_services", "summarise", "sustained", "write_summary", "write_tracker", "xmr",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name in HOMES:
        return getattr(import_module(f"qipxl.{HOMES[name]}"), name)
    raise AttributeError(f"module 'qipxl' has no attribute {name!r}")
