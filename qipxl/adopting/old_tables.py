"""Finds the tables of an old tab: each with its headings, in one row or two, its columns and its rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from qipxl.adopting.aliases import aliases, list_word
from qipxl.adopting.heading_words import BRACKETS, comparable
from qipxl.adopting.hint_rows import rows_of_hints, rows_of_sign_off
from qipxl.adopting.old_workbook import OldCell, OldTab, Position
from qipxl.returns.cell_values import parse_date
from qipxl.returns.text_dates import month_in
from qipxl.text import as_text
from qipxl.workbook.cells import CellError
from qipxl.workbook.headings import fold

LONGEST_HEADING, LONGEST_FIRST_LINE = 90, 60
MUCH_BETTER = 2
"""How many more known headings the row below one has that is only a title of groups."""
FIRST_ROWS = 25
"""The number of filled rows at the top of a tab in which unknown headings are looked for."""
FIRST_OF_TWO = 3
"""The filled rows at the top in which the headings of a list with two columns are looked for."""
IsKnown = Callable[[str], float]
"""From 0 to 1, how surely a text is a heading that means a field."""


@dataclass(frozen=True)
class OldColumn:
    """A column of an old table: its position (from 0), its heading on one line, and the month if the heading is one."""

    column: int
    heading: str
    month: date | None = None


@dataclass(frozen=True)
class OldTable:
    """A table: its tab, its rows of headings, its columns, and its body up to the row before `end`. Rows count from 0."""

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
        """The folded headings, without months; tables of the same layout share most of them."""
        return frozenset(fold(column.heading) for column in self.columns if column.month is None)

    @property
    def span(self) -> range:
        """The columns from the first to the last, also those between without a heading."""
        return range(self.columns[0].column, self.columns[-1].column + 1)

    @cached_property
    def rows(self) -> Mapping[int, Mapping[int, OldCell]]:
        """The filled rows of the body, with their filled cells in this table's columns."""
        rows = {}
        for row, cells in self.tab.rows.items():
            inside = {column: cell for column, cell in cells.items() if column in self.span}
            if inside and self.first <= row < self.end:
                rows[row] = inside
        return rows

    @cached_property
    def hints(self) -> frozenset[int]:
        """The rows below the headings that only say what to enter."""
        return rows_of_hints(self.rows)

    @cached_property
    def sign_off(self) -> frozenset[int]:
        """The rows below the list that say who signed it."""
        return rows_of_sign_off(self.rows, len(self.columns))

    @cached_property
    def repeated(self) -> frozenset[int]:
        """The rows that repeat the headings, for print."""
        names = {column.column: fold(column.heading) for column in self.columns}
        return frozenset(
            row
            for row, cells in self.rows.items()
            if len(known := [column for column in cells if column in names]) > 1
            and all(fold(as_text(cells[column].value)) == names[column] for column in known)
        )

    @cached_property
    def split(self) -> frozenset[int]:
        """The lines of a text file with more values than headings: a separator inside a text splits it, and what follows is one column
        too far to the right.
        """
        if not self.tab.lengths:
            return frozenset()
        most = max(self.tab.lengths[row] for row in self.heading_rows)
        return frozenset(row for row in self.rows if max(self.tab.rows[row]) >= most)

    @property
    def listed_rows(self) -> Iterator[Mapping[int, OldCell]]:
        """The filled cells of each row without those of repeated headings, of hints, of the sign-off and of split lines."""
        return (cells for row, cells in self.rows.items() if row not in self.aside)

    @cached_property
    def aside(self) -> frozenset[int]:
        """The rows that are not of the list."""
        return self.repeated | self.hints | self.sign_off | self.split

    @property
    def where(self) -> str:
        """The address of its first heading, such as Plan!A3."""
        return f"{self.tab.title}!{OldCell(self.heading_rows[0], self.columns[0].column).address}"


def find_old_tables(tab: OldTab, is_known: IsKnown) -> list[OldTable]:
    """The tables of a tab, from the top. `is_known` says how surely a text is a heading."""
    headings = list(heading_rows(tab, is_known)) or list(likely_headings(tab, is_known))[:1]
    found: list[OldTable] = []
    for number, (rows, texts) in enumerate(headings):
        end = headings[number + 1][0][0] if number + 1 < len(headings) else max(tab.rows, default=-1) + 1
        if found and repeats_headings(found[-1], texts):  # headings repeated for print: the table continues
            found[-1] = OldTable(found[-1].tab, found[-1].heading_rows, found[-1].columns, end)
            continue
        for part in split_side_by_side(tab, texts, rows, rows[-1] + 1, end):
            columns = [OldColumn(column, text, month_of(value)) for column, (text, value) in part.items()]
            columns += unnamed_columns(tab, columns, texts, rows[-1] + 1, end)
            found.append(OldTable(tab, rows, tuple(sorted(columns, key=lambda old: old.column)), end))
    return found


HeadingTexts = dict[int, tuple[str, object]]
"""For each column its heading, as text and as the cell's value."""


def repeats_headings(table: OldTable, texts: HeadingTexts) -> bool:
    """True if headings repeat those of the table above, in the same columns."""
    known = {old.column: fold(old.heading) for old in table.columns if old.heading}
    return {column: fold(text) for column, (text, _) in texts.items()} == known


def heading_rows(tab: OldTab, is_known: IsKnown) -> Iterator[tuple[tuple[int, ...], HeadingTexts]]:
    """Each row of headings, or pair of rows that are read as one, with its headings.

    A row of titles above a row that is better alone is no part of the headings.
    """
    taken, within = -1, False
    for row in tab.rows:
        if row <= taken:
            continue
        single = headings_in(tab, row)
        double = joined_headings(tab, row, row + 1, is_known) if row + 1 in tab.rows else {}
        best, depth = (double, 2) if heading_score(double, is_known) > heading_score(single, is_known) else (single, 1)
        if double and heading_score(headings_in(tab, row + 1), is_known) >= heading_score(best, is_known):
            continue
        last = row + depth - 1
        below = headings_in(tab, last + 1) if last + 1 in tab.rows else {}
        if heading_score(below, is_known) >= heading_score(best, is_known) + MUCH_BETTER:
            continue
        if best and is_heading(tab, row, last, best, is_known, within=within) and not is_row_of_values(tab, best):
            best, taken = with_merged_below(tab, row, last, best)
            within = True
            yield tuple(range(row, taken + 1)), best


def is_row_of_values(tab: OldTab, texts: HeadingTexts) -> bool:
    """True for a row with a level or a word of a Status that other rows have in the same column, as in High | Audit | Completed.

    Rows that repeat all headings do not count.
    """
    words = [column for column, (text, _) in texts.items() if is_value_word(text)]
    rows = {column: tab.counted[column][fold(text)] for column, (text, _) in texts.items()} if words else {}
    return any(rows[column] > max(1, min(rows.values())) for column in words)


def is_value_word(text: str) -> bool:
    """True for a level, and for a word of a Status."""
    known = fold(text) in aliases().levels or fold(text) in aliases().statuses or list_word("status", text) != ""
    return known and not text.endswith("?")


def likely_headings(tab: OldTab, is_known: IsKnown) -> Iterator[tuple[tuple[int, ...], HeadingTexts]]:
    """The rows near the top of a tab without known headings that may be headings: different short texts above two rows of cells."""
    rows = list(tab.rows)
    for place, row in enumerate(rows[:FIRST_ROWS]):
        texts = headings_in(tab, row)
        below = [set(tab.rows[other]) & set(texts) for other in rows[place + 1 : place + 4]]
        distinct = len({fold(text) for text, _ in texts.values()}) == len(texts)
        known = count_headings(texts, is_known)[0]
        enough = len(texts) >= 3 or known > 1 or (known == 1 and place < FIRST_OF_TWO)
        if (
            texts
            and distinct
            and enough
            and not is_row_of_values(tab, texts)
            and sum(len(columns) * 2 >= len(texts) for columns in below) >= 2
        ):
            yield (row,), texts


def headings_in(tab: OldTab, row: int) -> HeadingTexts:
    """The headings of a row; empty if a cell of it cannot be a heading."""
    texts: HeadingTexts = {}
    for column, cell in tab.rows[row].items():
        text = heading_text(cell.value)
        if not text:
            return {}
        texts[column] = (text, cell.value)
    if any(
        isinstance(value, str) and parse_date(value).code in ("text-date", "date-ambiguous")
        for _, value in texts.values()
    ):
        return {}
    dates = [value for _, value in texts.values() if isinstance(value, date)]
    return texts if len(texts) > 1 and (not dates or is_series(dates)) else {}


def is_series(dates: Sequence[date]) -> bool:
    """True for first or last days of months at equal distances, as in headings of figures; due dates are not."""
    if len(dates) < 3:
        return False
    numbers = [day.year * 12 + day.month for day in dates]
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    whole_months = all(day.day == 1 for day in dates) or all((day + timedelta(days=1)).day == 1 for day in dates)
    return whole_months and len(steps) == 1 and steps <= {1, 3, 12}


def heading_text(value: object) -> str:
    """A value as a heading on one line; empty for a number, a text that is long without its brackets, and other values.

    Of a long text of several lines the first one is the heading, the others say what to enter.
    """
    if isinstance(value, date):
        return f"{value:%b %Y}"
    if not isinstance(value, str) or isinstance(value, CellError):
        return ""
    text = " ".join(value.split())
    if len(BRACKETS.sub("", text)) > LONGEST_HEADING:
        first, *others = value.strip().splitlines()
        text = " ".join(first.split()) if others and len(first) <= LONGEST_FIRST_LINE else ""
    return text


NEEDS_GROUP = frozenset(("name", "title", "description", "detail", "value", "type", "no", "date"))
"""Headings that mean nothing without the group above them: the name of an asset is no issue."""


def joined_headings(tab: OldTab, upper: int, lower: int, is_known: IsKnown) -> HeadingTexts:
    """Two rows as one row of headings. An upper text counts for the cells merged under it, or up to the next upper text.

    A lower text that means a field and occurs once is a heading by itself: “By whom” under “Action”, but “Initial risk L”.
    """
    top, bottom = headings_in(tab, upper), headings_in(tab, lower)
    if not top or not bottom or not is_group_row(tab, upper, top, bottom):
        return {}
    texts: HeadingTexts = {}
    over, reach = "", -1
    counts = Counter(fold(text) for text, _ in bottom.values())
    for column in sorted({*top, *bottom}):
        if column in top:
            last = tab.merged.get((upper, column), (upper, column))
            over = top[column][0]
            reach = last[1] if last[1] > column else next_column(top, column) - 1 if column in bottom else column
            if column not in bottom:
                texts[column] = top[column]
                continue
        elif column > reach:
            over = ""
        text, value = bottom[column]
        alone = not over or (is_known(text) and counts[fold(text)] == 1 and comparable(text) not in NEEDS_GROUP)
        texts[column] = (text, value) if alone else (f"{over} {text}", f"{over} {text}")
    return texts


def with_merged_below(tab: OldTab, first: int, last: int, texts: HeadingTexts) -> tuple[HeadingTexts, int]:
    """Headings and their last row, with the rows below into which one of them is merged: their texts say more of the headings above."""
    while any(first <= tab.covered.get((last + 1, column), (-1, 0))[0] <= last for column in texts):
        last += 1
        over = ""
        more = headings_in(tab, last) if last in tab.rows else {}
        for column in sorted({*texts, *more}):
            over = texts[column][0] if column in texts else over
            if column in more and not over.endswith(more[column][0]):
                text = f"{over} {more[column][0]}".strip()
                texts = {**texts, column: (text, text)}
    return texts, last


def next_column(top: HeadingTexts, column: int) -> int:
    """The column of the next upper text; beyond the last one, two columns further."""
    return min((other for other in top if other > column), default=max(top) + 2)


def is_group_row(tab: OldTab, upper: int, top: HeadingTexts, bottom: HeadingTexts) -> bool:
    """True if the upper of two rows groups the lower: by merged cells, because words of the lower repeat, or it fills gaps."""
    merged = any((upper, column) in tab.merged for column in top)
    lower = [fold(text) for text, _ in bottom.values()]
    fills = len(bottom) < len(top) and not bottom.keys() <= top.keys() and all(len(text.split()) <= 3 for text in lower)
    return merged or fills or (len(set(lower)) < len(lower) and len(top) < len(bottom))


def heading_score(texts: HeadingTexts, is_known: IsKnown) -> float:
    """How likely a row is a row of headings: known headings count most, then months, then any text."""
    known, months = count_headings(texts, is_known)
    return known + 0.5 * months + 0.01 * min(len(texts), 20)


def count_headings(texts: HeadingTexts, is_known: IsKnown) -> tuple[float, int]:
    """The numbers of headings that mean a field, and of months."""
    labels = {text for text, _ in texts.values() if text.endswith(":")}
    cover = 0 < len(labels) < len(texts)  # “Manager: | Jo Shah” is no heading
    known = sum(is_known(text) for text in {text for text, _ in texts.values()} if not (cover and text in labels))
    return known, sum(month_of(value) is not None for _, value in texts.values())


def is_heading(tab: OldTab, first: int, last: int, texts: HeadingTexts, is_known: IsKnown, *, within: bool) -> bool:
    """True for a row whose texts mean fields, or that is formatted as headings above rows that are not.

    `within` a table, rows may hold words that are also headings: then more of them must mean a field.
    """
    known, months = count_headings(texts, is_known)
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


def split_side_by_side(
    tab: OldTab, texts: HeadingTexts, rows: Sequence[int], first: int, end: int
) -> Iterator[HeadingTexts]:
    """The headings of each of the tables next to each other: two headings or more, with an empty column between tables.

    Below headings in two rows, or merged titles of groups, an empty column may be between groups of one table.
    """
    used = {column for row in range(first, end) for column in tab.rows.get(row, ())}
    above = rows[0] - 1
    grouped = len(rows) > 1 or sum((above, column) in tab.merged for column in tab.rows.get(above, ())) > 1
    parts: list[HeadingTexts] = [{}]
    reach = min(texts, default=0) - 1
    columns = sorted(texts)
    for place, column in enumerate(columns):
        empty = next((between for between in range(reach + 1, column) if between not in used), None)
        gap = empty is not None and not (grouped and same_rows(tab, empty, first, end))
        if gap and len(parts[-1]) > 1 and len(columns) - place > 1:
            parts.append({})
        parts[-1][column] = texts[column]
        reach = max([column, *(tab.merged.get((row, column), (row, column))[1] for row in rows)])
    yield from parts


def same_rows(tab: OldTab, between: int, first: int, end: int) -> bool:
    """True if every row has cells on both sides of an empty column: it only sets off groups of one table."""
    filled = [tab.rows[row] for row in range(first, end) if row in tab.rows]
    return bool(filled) and all(min(cells) < between < max(cells) for cells in filled)


def unnamed_columns(
    tab: OldTab, columns: Sequence[OldColumn], texts: HeadingTexts, first: int, end: int
) -> Iterator[OldColumn]:
    """The filled columns without a heading, within a table or directly to its right."""
    named = {column.column for column in columns}
    left, right = min(named), max(named)
    used = {column for row in range(first, end) for column in tab.rows.get(row, ())}
    while right + 1 in used and right + 1 not in texts:
        right += 1
    for column in range(left, right + 1):
        if column in used and column not in named:
            yield OldColumn(column, "")


def month_of(value: object) -> date | None:
    """The first day of the month that a heading names: a date, Apr-25, April 2025, 2025-04 or 04/2025; else None."""
    if isinstance(value, date):
        return date(value.year, value.month, 1)
    month = month_in(value) if isinstance(value, str) else None
    return month.first if month is not None else None


LABELS = re.compile(r"[:\s]+$")


@dataclass(frozen=True)
class LabelledValue:
    """A label and the cell with its value."""

    label: str
    label_at: Position
    value: OldCell


def labelled_values(tab: OldTab, tables: Sequence[OldTable]) -> Iterator[LabelledValue]:
    """Labels outside the tab's tables with a value to the right or after a colon, such as “Service name: | Elm House”."""
    inside = {row for table in tables if table.tab is tab for row in (*table.heading_rows, *table.rows)}
    for row, cells in tab.rows.items():
        if row in inside:
            continue
        columns = sorted(cells)
        for column, following in pairwise(columns):
            text = heading_text(cells[column].value)
            if text and (following - column <= 3 or (row, column) in tab.merged):
                yield LabelledValue(LABELS.sub("", text), (row, column), cells[following])
        for column in columns:
            text = as_text(cells[column].value)
            label, colon, rest = text.partition(":")
            if colon and rest.strip() and len(label) <= 40 and "\n" not in rest:
                value = OldCell(row, column, rest.strip())
                yield LabelledValue(" ".join(label.split()), (row, column), value)
