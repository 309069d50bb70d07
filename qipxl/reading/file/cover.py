"""Start here and Settings of a return: what they say, and where that differs from what was issued."""

from __future__ import annotations

from collections.abc import Mapping

from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.raw_workbook import AnyBook
from qipxl.reading.file.tables import Findings, ReadTable
from qipxl.returns.problems import Found, shown
from qipxl.workbook import layout
from qipxl.workbook.cells import cell_words, is_blank
from qipxl.workbook.stamp import Stamp

LOOKED_AT = 40
"""How many rows of Start here are searched for its labels."""


def read_cover(book: AnyBook, stamp: Stamp, found: Findings) -> dict[str, object]:
    """What Start here says, by the labels in its first column; another service or month than the stamp's is noted."""
    if layout.START not in book.names:
        return {}
    labels = {line.label.lower(): line for line in layout.COVER}
    cover: dict[str, object] = {}
    for number, row in enumerate(book.rows(layout.START)[:LOOKED_AT], 1):
        line = labels.get(str(row[0]).strip().lower()) if row else None
        if line is None or len(row) < 2:
            continue
        cover.setdefault(line.key, row[1])
        issued = stamp.facts.get(line.key, "")
        if line.key in ("code", "period") and issued and not says(row[1], issued):
            value = shown(cell_words(row[1]))
            found.problems.append(
                Found("cover-differs", "", layout.START, number, "", f"B{number}", line.label, value, issued)
            )
            if is_blank(row[1]):
                continue
            what = "another service" if line.key == "code" else "another month"
            found.aside.append(f"Start here names {what} ({value}) than the tracker was issued for ({issued}).")
    return cover


def says(cell: object, issued: str) -> bool:
    return cell_words(cell).strip().lower() == issued.lower()


def with_settings(book: AnyBook, settings: Mapping[str, float], problems: list[Found]) -> None:
    """Add a problem for each setting whose figure differs from the template's."""
    if layout.SETTINGS not in book.names:
        return
    for number, row in enumerate(book.rows(layout.SETTINGS), 1):
        name = str(row[0]) if row else ""
        if name in settings and len(row) > 2 and row[2] != settings[name]:
            heading, value = shown(row[1]), shown(cell_words(row[2]))
            more = f"{settings[name]:g}"
            problems.append(
                Found("settings-edited", "", layout.SETTINGS, number, "", f"C{number}", heading, value, more)
            )


def unfinished(
    plan: Mapping[str, TablePlan], tables: Mapping[str, ReadTable], cover: Mapping[str, object], found: Findings
) -> bool:
    """Note a tracker that came back empty or unsigned; true where it says that there is nothing to report."""
    nil = cell_words(cover.get("nil", "")).strip().lower() == "yes"
    rated = [key for key, line in plan.items() if line.rated]
    empty = [key for key in rated if not tables[key].rows]
    if not nil:
        found.problems += [Found("nothing-entered", key, tables[key].placement.sheet) for key in empty]
        if rated and len(empty) == len(rated) and not any(tables[key].found for key in rated):
            found.aside.append(
                "Nothing is entered, and nobody says on Start here that there is nothing to report: a blank tracker."
            )
    elif len(empty) < len(rated):
        found.problems.append(cover_problem("nil-with-rows", "nil"))
    if "submitted_by" in cover and is_blank(cover["submitted_by"]):
        found.problems.append(cover_problem("not-signed", "submitted_by"))
    return nil


def cover_problem(code: str, key: str) -> Found:
    """A problem at a cell of Start here."""
    place = next(place for place, each in enumerate(layout.COVER) if each.key == key)
    row = layout.COVER_ROW + place
    return Found(code, "", layout.START, row, cell=f"B{row}", heading=layout.COVER[place].label)
