"""The tracker that is open in Excel, checked and rated where it stands: what is not saved yet counts."""

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
    """True for a workbook that holds a tracker's stamp."""
    return layout.STAMP in [sheet.name for sheet in book.sheets]


@pd.option_context(*TEXTS)
def read_open_book(book: xw.Book, templates: Iterable[Template] | None = None) -> Returns:
    """Read the tracker that is open, as `qipxl.read_returns` reads a file: a batch of one.

    `templates` are those it may be made from (those shipped with qipxl where it is left out). Raises RequestError where the
    workbook is no tracker or cannot be used. A doubt for which a file would be set aside, such as nothing entered yet, does
    not stop it: the person is still at work.
    """
    known = {each.key: each for each in templates or map(find_template, shipped_templates())}
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
    """Hold the tracker that is open against the rules of its template; gives returns with all problems, as `qipxl.check` does.

    `as_at` is the end of the tracker's month where it is left out, or `today` where that is given and earlier. Nothing is
    written into the workbook. Raises RequestError where it is no tracker.
    """
    returns = read_open_book(book, templates)
    day = returns.judged_on(as_at)
    return check(returns, min(day, today) if today and as_at is None else day)


def rate_open_book(book: xw.Book, templates: Iterable[Template] | None = None, as_at: date | None = None) -> Rated:
    """Check and rate the tracker that is open, as `qipxl.rate` does."""
    returns = read_open_book(book, templates)
    day = returns.judged_on(as_at)
    return rate(check(returns, day), day)
