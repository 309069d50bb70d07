"""Check and rate a tracker that is open in Excel, including changes that are not saved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pandas as pd
import xlwings as xw

from qipxl.app.excel.open_workbook import OpenBook
from qipxl.errors import RequestError
from qipxl.reading import Decisions, ReadOptions, partition_of, settled
from qipxl.reading.file.find import SourceFile
from qipxl.reading.file.open import OpenedFile
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.workbook import read_book
from qipxl.reading.jobs import reading_plan
from qipxl.returns.check import check
from qipxl.returns.rate import Rated, rate
from qipxl.returns.returns import TEXTS, Returns
from qipxl.template import Template, find_template, shipped_templates
from qipxl.workbook import layout


def is_tracker(book: xw.Book) -> bool:
    """True if a workbook has the sheet that marks a tracker."""
    return layout.STAMP in [sheet.name for sheet in book.sheets]


@pd.option_context(*TEXTS)
def read_open_book(book: xw.Book, templates: Iterable[Template] | None = None) -> Returns:
    """Read an open tracker, as `qipxl.read_returns` reads a file.

    `book` is the tracker; `templates` are the templates it may be made from (default: those shipped with qipxl). A tracker
    that would be set aside as a file, for example because it is still empty, is read. Raises RequestError if the workbook is
    not a tracker or cannot be used.
    """
    known = {template.key: template for template in templates or map(find_template, shipped_templates())}
    plans = {key: reading_plan(template) for key, template in known.items()}
    try:
        opened = read_book(OpenBook(book), plans, ReadOptions())
    except RefusedError as refusal:
        raise RequestError(f"{book.name}: {refusal}") from None
    source = SourceFile(Path(book.name), book.name)
    partition = partition_of([source], [OpenedFile("accepted", "", "", opened)], known)
    return settled([partition], known, Decisions(accepted_files=[book.name]))


def check_open_book(
    book: xw.Book, templates: Iterable[Template] | None = None, as_at: date | None = None, *, today: date | None = None
) -> Returns:
    """Check an open tracker by the rules of its template; returns it with all problems, as `qipxl.check` does.

    `book` and `templates` are as in `read_open_book`. `as_at` is the date of judgement (default: the end of the tracker's
    month, or `today` if that is given and earlier). Nothing is written into the workbook. Raises RequestError if the workbook
    is not a tracker.
    """
    returns = read_open_book(book, templates)
    day = returns.judged_on(as_at)
    return check(returns, min(day, today) if today and as_at is None else day)


def rate_open_book(book: xw.Book, templates: Iterable[Template] | None = None, as_at: date | None = None) -> Rated:
    """Check and rate an open tracker, as `qipxl.rate` does; parameters and errors are those of `check_open_book`."""
    returns = read_open_book(book, templates)
    day = returns.judged_on(as_at)
    return rate(check(returns, day), day)
