"""Tables found on an old tab: where each has its headings, in one row or two, its columns, and the rows that belong to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from qipxl.adopting.old_workbook import Location, OldCell, OldTab
from qipxl.periods import Period
from qipxl.returns.cell_values import month_number
from qipxl.text import as_text
from qipxl.workbook.cells import CellError
from qipxl.workbook.headings import fold

LONGEST_HEADING = 90
MONTH = re.compile(r"([a-z]{3,9})[ ./'’-]*(\d{4}|\d{2})|(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})")
Knows = Callable[[str], bool]
"""True for a heading that means a field."""


@dataclass(frozen=True)
class OldColumn:
    """A column of an old table: its place, its heading as one line, and the month where the heading is one."""

    column: int
    heading: str
    month: date | None = None


@dataclass(frozen=True)
class OldTable:
    """A table: its tab, its rows of headings, its columns, and its body, up to the row before `end`."""

    tab: OldTab
    heading_rows: tuple[int, ...]
    columns: tuple[OldColumn, ...]
    end: int

    @property
    def first(self) -> int:
        """The first row of the body."""
        return self.heading_rows[-1] + 1

    @property
    def signature(self) -> frozenset[str]:
        """By which a table of the same layout is known: its headings, but for months."""
        return frozenset(fold(each.heading) for each in self.columns if each.month is None)

    @property
    def span(self) -> range:
        """The columns from the first to the last."""
        return range(self.columns[0].column, self.columns[-1].column + 1)

    @cached_property
    def rows(self) -> Mapping[int, Mapping[int, OldCell]]:
        """The rows of the body that hold something in this table's columns."""
        found = {}
        for row, cells in self.tab.rows.items():
            if self.first <= row < self.end:
                own = {column: cell for column, cell in cells.items() if column in self.span}
                if own:
                    found[row] = own
        return found

    @property
    def where(self) -> str:
        """Its tab and its first heading."""
        return f"{self.tab.title}!{OldCell(self.heading_rows[0], self.columns[0].column).address}"


def find_tables(tab: OldTab, knows: Knows) -> list[OldTable]:
    """The tables of a tab, from the top."""
    heads = list(heading_rows(tab, knows))
    found: list[OldTable] = []
    for number, (rows, texts) in enumerate(heads):
        end = heads[number + 1][0][0] if number + 1 < len(heads) else max(tab.rows, default=-1) + 1
        if found and same_headings(found[-1], texts):  # the headings are repeated, for print: the table goes on
            found[-1] = OldTable(found[-1].tab, found[-1].heading_rows, found[-1].columns, end)
            continue
        for part in apart(tab, texts, rows[-1] + 1, end):
            columns = [OldColumn(column, text, month_of(raw)) for column, (text, raw) in part.items()]
            columns += unnamed(tab, columns, texts, rows[-1] + 1, end)
            found.append(OldTable(tab, rows, tuple(sorted(columns, key=lambda each: each.column)), end))
    return found


Texts = dict[int, tuple[str, object]]
"""For each column, its heading as text and as the cell has it."""


def same_headings(table: OldTable, texts: Texts) -> bool:
    """True where headings are those of the table above, in the same columns."""
    known = {each.column: fold(each.heading) for each in table.columns if each.heading}
    return {column: fold(text) for column, (text, _) in texts.items()} == known


def heading_rows(tab: OldTab, knows: Knows) -> Iterator[tuple[tuple[int, ...], Texts]]:
    """Each row of headings, or two rows that are read as one, with what it says."""
    rows = list(tab.rows)
    taken, found = -1, False
    for place, row in enumerate(rows):
        if row <= taken:
            continue
        below = rows[place + 1] if place + 1 < len(rows) else None
        single = headings_in(tab, row)
        double = joined_headings(tab, row, below, knows) if below is not None and below - row == 1 else {}
        best, depth = (double, 2) if strength(double, knows) > strength(single, knows) else (single, 1)
        last = row + depth - 1
        if best and is_heading(tab, row, last, best, knows, within=found):
            taken, found = last, True
            yield tuple(range(row, last + 1)), best


def headings_in(tab: OldTab, row: int) -> Texts:
    """What a row says as headings; nothing where it holds what no heading is."""
    texts: Texts = {}
    for column, cell in tab.rows[row].items():
        text = heading_text(cell.value)
        if not text:
            return {}
        texts[column] = (text, cell.value)
    dates = [value for _, value in texts.values() if isinstance(value, date)]
    return texts if len(texts) > 1 and (not dates or is_series(dates)) else {}


def is_series(dates: Sequence[date]) -> bool:
    """True for months one after another, always as many apart: what headings of figures are, and due dates are not."""
    if len(dates) < 3:
        return False
    numbers = [each.year * 12 + each.month for each in dates]
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    whole = all(each.day == 1 for each in dates) or all((each + timedelta(days=1)).day == 1 for each in dates)
    return whole and len(steps) == 1 and steps <= {1, 3, 12}


def heading_text(value: object) -> str:
    """A heading on one line; empty for a number, a long text and whatever else is none."""
    if isinstance(value, date):
        return f"{value:%b %Y}"
    if not isinstance(value, str) or isinstance(value, CellError):
        return ""
    text = " ".join(value.split())
    return text if len(text) <= LONGEST_HEADING else ""


def joined_headings(tab: OldTab, upper: int, lower: int, knows: Knows) -> Texts:
    """Two rows as one: the upper row's words stand over what is merged under them, or up to the next of its words.

    A lower word that says enough, and is said once, stands alone: “By whom” under “Action”, but “Initial risk L”.
    """
    top, bottom = headings_in(tab, upper), headings_in(tab, lower)
    if not top or not bottom or not stands_over(tab, upper, top, bottom):
        return {}
    texts: Texts = {}
    over, reach = "", -1
    said_once = Counter(fold(text) for text, _ in bottom.values())
    for column in sorted({*top, *bottom}):
        if column in top:
            last = tab.merged.get((upper, column), (upper, column))
            over = top[column][0]
            reach = last[1] if last[1] > column else next_word(top, column) - 1 if column in bottom else column
            if column not in bottom:
                texts[column] = top[column]
                continue
        elif column > reach:
            over = ""
        said, raw = bottom[column]
        alone = not over or (knows(said) and said_once[fold(said)] == 1)
        texts[column] = (said, raw) if alone else (f"{over} {said}", f"{over} {said}")
    return texts


def next_word(top: Texts, column: int) -> int:
    return min((each for each in top if each > column), default=max(top) + 2)


def stands_over(tab: OldTab, upper: int, top: Texts, bottom: Texts) -> bool:
    """True where the upper of two rows groups the lower: by merged cells, or over words that are said more than once."""
    merged = any((upper, column) in tab.merged for column in top)
    said = [fold(text) for text, _ in bottom.values()]
    return merged or (len(set(said)) < len(said) and len(top) < len(bottom))


def strength(texts: Texts, knows: Knows) -> float:
    """How much a row says that headings say: what means a field counts most, then months, then any words."""
    known = sum(knows(text) for text, _ in texts.values())
    months = sum(month_of(raw) is not None for _, raw in texts.values())
    return known + 0.5 * months + 0.01 * len(texts)


def is_heading(tab: OldTab, first: int, last: int, texts: Texts, knows: Knows, *, within: bool) -> bool:
    """True for a row whose words mean fields, or that looks like headings above rows that do not.

    `within` a table that has begun, rows may hold words that headings hold too: more of them must mean a field.
    """
    known = sum(knows(text) for text, _ in texts.values())
    months = sum(month_of(raw) is not None for _, raw in texts.values())
    if known >= 2 and known + months >= (0.6 if within else 0.25) * len(texts):
        return True
    if months >= 3 and known + months >= 0.6 * len(texts):
        return True
    if len(texts) < 3 or (within and first - 1 in tab.rows):
        return False
    below = [row for row in tab.rows if row > last][:3]
    styled = all(is_styled(tab.cells[first, column]) for column in texts if (first, column) in tab.cells)
    body = [row for row in below if len(set(tab.rows[row]) & set(texts)) >= 2]
    plain = any(not all(is_styled(cell) for cell in tab.rows[row].values()) for row in body)
    return styled and bool(body) and plain


def is_styled(cell: OldCell) -> bool:
    return cell.bold or bool(cell.fill)


def apart(tab: OldTab, texts: Texts, first: int, end: int) -> Iterator[Texts]:
    """Tables that stand beside one another: at least two headings each, with an empty column between."""
    used = {column for row in range(first, end) for column in tab.rows.get(row, ())}
    parts: list[Texts] = [{}]
    before = None
    for column in sorted(texts):
        gap = before is not None and any(each not in used for each in range(before + 1, column))
        if gap and len(parts[-1]) > 1 and len([each for each in texts if each >= column]) > 1:
            parts.append({})
        parts[-1][column] = texts[column]
        before = column
    yield from parts


def unnamed(tab: OldTab, columns: Sequence[OldColumn], texts: Texts, first: int, end: int) -> Iterator[OldColumn]:
    """Columns without a heading in which something stands: within the table, and directly at its right."""
    named = {each.column for each in columns}
    left, right = min(named), max(named)
    used = {column for row in range(first, end) for column in tab.rows.get(row, ())}
    while right + 1 in used and right + 1 not in texts:
        right += 1
    for column in range(left, right + 1):
        if column in used and column not in named:
            yield OldColumn(column, "")


def month_of(value: object) -> date | None:
    """The month that a heading is, as its first day: a date, Apr-25, April 2025, 2025-04 or 04/2025."""
    if isinstance(value, date):
        return date(value.year, value.month, 1)
    found = MONTH.fullmatch(fold(value)) if isinstance(value, str) else None
    if found is None:
        return None
    year = int(found[2] or found[3] or found[6])
    month = month_number(found[1]) if found[1] else int(found[4] or found[5])
    year += 2000 if year < 100 else 0
    return Period(year, month).first if 1 <= month <= 12 and 2000 <= year < 2100 else None


LABELS = re.compile(r"[:\s]+$")


@dataclass(frozen=True)
class CoverLine:
    """A label and the cell beside it."""

    label: str
    at: Location
    value: OldCell


def cover_lines(tab: OldTab, tables: Sequence[OldTable]) -> Iterator[CoverLine]:
    """Labels with a value beside them, above, beside or between tables: “Service name: | Elm House”."""
    inside = {row for table in tables for row in (*table.heading_rows, *table.rows)}
    for row, cells in tab.rows.items():
        if row in inside:
            continue
        columns = sorted(cells)
        for column, following in pairwise(columns):
            text = heading_text(cells[column].value)
            if text and (following - column <= 3 or (row, column) in tab.merged):
                yield CoverLine(LABELS.sub("", text), (row, column), cells[following])
        for column in columns:
            text = as_text(cells[column].value)
            label, colon, rest = text.partition(":")
            if colon and rest.strip() and len(label) <= 40 and "\n" not in rest:
                cell = cells[column]
                yield CoverLine(" ".join(label.split()), (row, column), OldCell(cell.row, cell.column, rest.strip()))
