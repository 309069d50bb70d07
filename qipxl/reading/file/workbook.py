"""One returned workbook opened: what it is, its stamp, its cover, its tables with the rows that are used, and what is odd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from python_calamine import CalamineError, PasswordError

from qipxl.reading.file.cover import read_cover, unfinished, with_settings
from qipxl.reading.file.issued_changes import shuffled_columns, untouched_plan
from qipxl.reading.file.kinds import OTHER, WORKBOOK, kind_of, kind_of_members, sentence
from qipxl.reading.file.limits import MEGABYTE, Limits
from qipxl.reading.file.macros import foreign_macros
from qipxl.reading.file.not_collected import not_collected, personal_surroundings
from qipxl.reading.file.package import DAMAGED, Package, copy_of
from qipxl.reading.file.personal_data import mark_personal
from qipxl.reading.file.plan import ReadingPlan
from qipxl.reading.file.raw_workbook import AnyBook, Book, OtherBook, open_book, tabs_of
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.tables import Findings, ReadTable, read_table, unread_sheets
from qipxl.reading.options import ReadOptions
from qipxl.returns.problems import Found
from qipxl.workbook import layout
from qipxl.workbook.stamp import Stamp, read_stamp

QIPXL_SHEETS = {layout.START, layout.CHECKS, layout.GUIDANCE, layout.LISTS, layout.SETTINGS}
FORMATS = {
    "xls": "an old Excel workbook (.xls)",
    "xlsb": "a binary Excel workbook (.xlsb)",
    "ods": "an OpenDocument workbook (.ods)",
}


SIGNS = {
    "formula-overwritten", "drop-downs-gone", "column-missing", "heading-unknown", "table-missing", "tab-renamed",
    "merged-down", "nothing-entered", "lists-missing", "drawing-not-read", "column-twice", "second-table",
}  # fmt: skip
"""Problems that make a closer look worth its time."""


@dataclass
class OpenedWorkbook:
    """What one workbook gave. `aside` are the reasons for which head office must look before it is used."""

    template: str
    stamp: Stamp
    cover: dict[str, object]
    tables: dict[str, ReadTable]
    problems: list[Found]
    aside: list[str]
    nil: bool = False


def open_return(data: bytes, name: str, plans: Mapping[str, ReadingPlan], options: ReadOptions) -> OpenedWorkbook:
    """Read a file's bytes; raises RefusedError with a sentence for the receipt."""
    if len(data) > options.limits.file_mb * MEGABYTE:
        raise RefusedError(too_large(len(data), options.limits))
    kind = kind_of(data)
    package = Package(data, options.limits) if kind == "zip" else None
    if package is not None:
        kind = kind_of_members(package.names, data[:200])
    if kind == WORKBOOK and package is not None:
        book: AnyBook = open_book(package, options.limits)
    elif kind in OTHER and options.other_formats:
        book = open_other(data, package, options.limits)
    else:
        raise RefusedError(sentence(kind, name))
    opened = read_book(book, plans, options)
    if kind in OTHER:
        opened.problems.insert(0, Found("other-format", "", "", value=FORMATS[kind]))
    if isinstance(book, Book):
        add_surroundings(book, opened, plans, options)
    return opened


def too_large(size: int, limits: Limits) -> str:
    return (
        f"The file has {size / MEGABYTE:,.0f} MB; no tracker has more than {limits.file_mb}. Ask for it without pictures, or "
        f"set a higher limit, such as --limit file_mb={2 * limits.file_mb}."
    )


def open_other(data: bytes, package: Package | None, limits: Limits) -> OtherBook:
    """A workbook of another format; one that is a zip file is looked at first, as far as that goes."""
    if package is not None:
        kept = [
            each for each in package.names if each == "mimetype" or each.lower().endswith((".xml", ".bin", ".rels"))
        ]
        data = copy_of({each: package.part(each) for each in kept})
    try:
        return OtherBook(data, limits)
    except PasswordError as error:
        raise RefusedError(sentence("password", "")) from error
    except (CalamineError, OSError) as error:
        raise RefusedError(DAMAGED) from error


def read_book(book: AnyBook, plans: Mapping[str, ReadingPlan], options: ReadOptions) -> OpenedWorkbook:
    """The stamp, the cover and the tables of a book."""
    stamp = find_stamp(book)
    plan = plan_of(stamp, plans)
    found = Findings()
    renamed = plan.earlier.get(stamp.version, {})
    tables = {key: read_table(book, plan.tables, key, renamed, found) for key in plan.tables}
    if stamp.version != plan.version:
        found.problems = [
            *older(plan, stamp, found.problems),
            *(each for each in found.problems if each.code != "column-missing"),
        ]
    unusable(plan, tables)
    unread_sheets(book, plan.tables, tables, QIPXL_SHEETS, found)
    cover = read_cover(book, stamp, found)
    with_settings(book, plan.settings, found.problems)
    nil = unfinished(plan.tables, tables, cover, found)
    shuffled_columns(plan.tables, tables, stamp, found)
    untouched_plan(plan.tables, tables, stamp, found)
    if layout.LISTS not in book.every_name:
        found.problems.append(Found("lists-missing", "", layout.LISTS))
    for key, table in tables.items():
        mark_personal(table, plan.tables[key], options.skip_personal_data)
    return OpenedWorkbook(plan.template, stamp, cover, tables, found.problems, found.aside, nil)


def add_surroundings(
    book: Book, opened: OpenedWorkbook, plans: Mapping[str, ReadingPlan], options: ReadOptions
) -> None:
    """Add what stands beside the cells, and what only a closer look shows where there are signs of damage."""
    plan = plans[opened.template]
    not_collected(book, plan.tables, opened)
    opened.problems += personal_surroundings(book, opened, options.skip_personal_data)
    opened.problems += foreign_macros(book.package)
    if options.check_formatting or shows_damage(opened.problems):
        from qipxl.reading.file.formatting import (
            closer_look,  # openpyxl would double the time in which a process starts
        )

        opened.problems += closer_look(book, plan.tables, opened.tables)


def shows_damage(problems: Sequence[Found]) -> bool:
    """True where a return shows signs of damage."""
    return any(problem.code in SIGNS for problem in problems)


def find_stamp(book: AnyBook) -> Stamp:
    if set(layout.SUMMARY_SHEETS) <= set(book.every_name):
        raise RefusedError("A summary that qipxl wrote; not a return.", "ignored")
    if layout.STAMP not in book.every_name:
        raise RefusedError(
            "This workbook is not a tracker that qipxl issued (it has no stamp). Ask for the issued tracker."
        )
    stamp = read_stamp(book.stamp_rows())
    if stamp is None:
        raise RefusedError("The tracker's stamp is damaged. Issue a fresh tracker and ask for the plan in it.")
    return stamp


def plan_of(stamp: Stamp, plans: Mapping[str, ReadingPlan]) -> ReadingPlan:
    plan = plans.get(stamp.template)
    if plan is None:
        raise RefusedError(
            f"The tracker was made from the template {stamp.template}, which is not known here. Give its file too."
        )
    if version_number(stamp.version) > version_number(plan.version):
        raise RefusedError(
            f"The tracker was made from version {stamp.version} of {stamp.template}, which is newer than {plan.version}, "
            "the one known here. Bring qipxl or the template up to date."
        )
    return plan


def version_number(version: str) -> tuple[int, ...]:
    """A version's figures, so that 1.10 is later than 1.9."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def older(plan: ReadingPlan, stamp: Stamp, problems: list[Found]) -> list[Found]:
    """That a tracker is of an earlier version, and which columns did not exist then."""
    gone = [f"{each.sheet}, {each.heading}" for each in problems if each.code == "column-missing"]
    more = f"it has no {'; '.join(gone)}" if gone else f"{plan.version} is in use now"
    return [Found("older-version", "", "", value=stamp.version, more=more)]


def unusable(plan: ReadingPlan, tables: Mapping[str, ReadTable]) -> None:
    """Refuse a return without the columns that make a row what it is."""
    for key, line in plan.tables.items():
        columns = tables[key].placement.columns
        lost = [line.headings[each] for each in line.needed if columns and each not in columns]
        if lost:
            raise RefusedError(
                f"On {tables[key].placement.sheet} the column {' and '.join(lost)} is missing, without which no row can be "
                "told from another. Ask for the return with it, or send a fresh tracker."
            )


def is_summary(data: bytes) -> bool:
    """True for a summary workbook that qipxl wrote."""
    try:
        return set(layout.SUMMARY_SHEETS) <= {tab.title for tab in tabs_of(Package(data, Limits()))}
    except RefusedError:
        return False
