"""Opens one returned workbook: its stamp, its cover, the used rows of its tables, and its problems."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from python_calamine import CalamineError, PasswordError

from qipxl.reading.file.cover import check_settings, read_cover, unfinished
from qipxl.reading.file.formatting import check_formatting
from qipxl.reading.file.issued_changes import moved_refs, shuffled_columns, untouched_plan
from qipxl.reading.file.kinds import OTHER, WORKBOOK, sentence
from qipxl.reading.file.limits import MEGABYTE, Limits
from qipxl.reading.file.macros import foreign_macros
from qipxl.reading.file.not_collected import not_collected, personal_data_outside_tables
from qipxl.reading.file.opened import Findings, OpenedWorkbook, ReadTable
from qipxl.reading.file.outside_texts import texts_outside_tables
from qipxl.reading.file.package import DAMAGED, Package, copy_of, package_of
from qipxl.reading.file.pasted_figures import add_pasted
from qipxl.reading.file.personal_data import mark_personal
from qipxl.reading.file.plan import ReadingPlan
from qipxl.reading.file.raw_workbook import NOT_READ, AnyBook, Book, OtherBook
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.saved_time import saved_time
from qipxl.reading.file.table_rows import read_table
from qipxl.reading.file.unread_sheets import check_unread_sheets
from qipxl.reading.file.workbook_parts import tabs_of
from qipxl.reading.options import ReadOptions
from qipxl.returns.problems import Problem
from qipxl.workbook import layout
from qipxl.workbook.stamp import Stamp, read_stamp

QIPXL_SHEETS = {layout.START, layout.CHECKS, layout.GUIDANCE, layout.PASTE, layout.LISTS, layout.SETTINGS}
NUMBERS_SUMMARY = "Export Summary"
"""The tab that Numbers adds to a workbook it exports."""
SHEETS_OF_A_TRACKER = 3
"""A workbook with this many of qipxl's own sheets is a tracker, even without its stamp."""
FORMATS = {
    "xls": "an old Excel workbook (.xls)",
    "xlsb": "a binary Excel workbook (.xlsb)",
    "ods": "an OpenDocument workbook (.ods)",
}
SIGNS = {
    "formula-overwritten", "drop-downs-gone", "column-missing", "heading-unknown", "table-missing", "tab-renamed",
    "merged-down", "nothing-entered", "lists-missing", "drawing-not-read", "column-twice", "second-table",
}  # fmt: skip
"""Problems after which the formatting is checked too, which takes time."""


def open_return(data: bytes, plans: Mapping[str, ReadingPlan], options: ReadOptions) -> OpenedWorkbook:
    """Open a workbook from a file's bytes; raises RefusedError with a sentence for the receipt."""
    if len(data) > options.limits.file_mb * MEGABYTE:
        raise RefusedError(too_large(len(data), options.limits))
    kind, package = package_of(data, options.limits)
    if kind == WORKBOOK and package is not None:
        book: AnyBook = Book(package, options.limits)
    elif kind in OTHER and options.other_formats:
        book = open_other(data, package, options.limits)
    else:
        raise RefusedError(sentence(kind, "--accept-other-formats"))
    opened = read_book(book, plans, options)
    opened.saved = saved_time(package) if package is not None else ""
    if kind in OTHER:
        opened.problems.insert(0, Problem("other-format", "", "", value=FORMATS[kind]))
    if isinstance(book, Book):
        check_outside_cells(book, opened, plans, options)
    return opened


def too_large(size: int, limits: Limits) -> str:
    return (
        f"The file has {size / MEGABYTE:,.0f} MB; no tracker has more than {limits.file_mb}. Ask for it without pictures, or "
        f"set a higher limit, such as --limit file_mb={2 * limits.file_mb}."
    )


def open_other(data: bytes, package: Package | None, limits: Limits, not_read: Collection[str] = NOT_READ) -> OtherBook:
    """Open a workbook of another format; a zip file passes the safety check first, as far as that is possible."""
    if package is not None:
        ends = (".xml", ".bin", ".rels")
        kept = [name for name in package.names if name == "mimetype" or name.lower().endswith(ends)]
        data = copy_of({name: package.part(name) for name in kept})
    try:
        return OtherBook(data, limits, not_read)
    except PasswordError as error:
        raise RefusedError(sentence("password")) from error
    except (CalamineError, OSError) as error:
        raise RefusedError(DAMAGED) from error


def read_book(book: AnyBook, plans: Mapping[str, ReadingPlan], options: ReadOptions) -> OpenedWorkbook:
    """Read the stamp, the cover and the tables of a workbook; raises RefusedError if it cannot be used."""
    stamp = find_stamp(book)
    plan = with_chosen_headings(plan_of(stamp, plans), stamp)
    findings = Findings()
    tables = {key: read_table(book, plan.tables, key, stamp.hidden, findings) for key in plan.tables}
    findings.problems += add_pasted(book, plan.tables, tables)
    if stamp.version != plan.version:
        others = [problem for problem in findings.problems if problem.code != "column-missing"]
        findings.problems = [older_version(plan, stamp, findings.problems), *others]
    check_needed_columns(plan, tables)
    cover = read_cover(book, stamp, {table.placement.sheet for table in tables.values()}, findings)
    check_unread_sheets(book, plan.tables, tables, {*QIPXL_SHEETS, NUMBERS_SUMMARY, cover.sheet}, findings)
    check_settings(book, plan.settings, stamp.texts.get(layout.SETTINGS, ()), findings.problems)
    nil = unfinished(plan.tables, tables, stamp, cover, findings)
    shuffled_columns(plan.tables, tables, stamp, findings)
    moved_refs(plan.tables, tables, stamp, findings)
    untouched_plan(plan.tables, tables, stamp, findings)
    findings.problems += texts_outside_tables(book, stamp, cover, plan.tables, tables, options.skip_personal_data)
    if layout.LISTS not in book.every_name:
        findings.problems.append(Problem("lists-missing", "", layout.LISTS))
    for key, table in tables.items():
        mark_personal(table, plan.tables[key], options.skip_personal_data)
    return OpenedWorkbook(
        plan.template,
        replace(stamp, texts={}),
        cover.values,
        tables,
        findings.problems,
        findings.aside,
        nil,
        findings.note,
    )


def check_outside_cells(
    book: Book, opened: OpenedWorkbook, plans: Mapping[str, ReadingPlan], options: ReadOptions
) -> None:
    """Add problems outside the cells, and those of the formatting if there are signs of damage."""
    plan = plans[opened.template]
    not_collected(book, plan.tables, opened)
    opened.problems += personal_data_outside_tables(book, opened, options.skip_personal_data)
    opened.problems += foreign_macros(book.package)
    if options.check_formatting or shows_damage(opened.problems):
        opened.problems += check_formatting(book, plan.tables, opened.tables)


def shows_damage(problems: Sequence[Problem]) -> bool:
    """True if a return shows signs of damage."""
    return any(problem.code in SIGNS for problem in problems)


def with_chosen_headings(plan: ReadingPlan, stamp: Stamp) -> ReadingPlan:
    """The plan with the headings that the provider's list of statements gave columns of this tracker."""
    tables = dict(plan.tables)
    for (key, name), heading in stamp.headings.items():
        table = tables.get(key)
        if table is not None and name in table.headings and heading not in table.headings.values():
            known = {**table.earlier_headings, heading: table.headings[name]}
            tables[key] = replace(table, earlier_headings=known)
    return replace(plan, tables=tables) if stamp.headings else plan


def find_stamp(book: AnyBook) -> Stamp:
    if set(layout.SUMMARY_SHEETS) <= set(book.every_name):
        raise RefusedError("A summary that qipxl wrote; not a return.", "ignored")
    if layout.STAMP not in book.every_name:
        if len(QIPXL_SHEETS & set(book.every_name)) >= SHEETS_OF_A_TRACKER:
            raise RefusedError(
                "The tracker's hidden sheets were removed, and with them its stamp; Inspect Document in Excel does that, and so "
                "does copying the sheets into another workbook. Ask for the tracker as it was before, or issue a fresh one and "
                "ask for the plan in it."
            )
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
    """A version's numbers, so that 1.10 is later than 1.9."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def older_version(plan: ReadingPlan, stamp: Stamp, problems: list[Problem]) -> Problem:
    """The problem of a tracker of an earlier version, with the columns that did not exist then."""
    missing = [f"{problem.sheet}, {problem.heading}" for problem in problems if problem.code == "column-missing"]
    more = f"it has no {'; '.join(missing)}" if missing else f"{plan.version} is in use now"
    return Problem("older-version", "", "", value=stamp.version, more=more)


def check_needed_columns(plan: ReadingPlan, tables: Mapping[str, ReadTable]) -> None:
    """Raises RefusedError for a return without the columns that identify its rows."""
    for key, table in plan.tables.items():
        columns = tables[key].placement.columns
        missing = [table.headings[field] for field in table.needed if columns and field not in columns]
        if missing:
            raise RefusedError(
                f"On {tables[key].placement.sheet} the column {' and '.join(missing)} is missing, without which rows cannot "
                "be told apart. Ask for the return with it, or send a fresh tracker."
            )


def is_summary(data: bytes) -> bool:
    """True for a summary workbook that qipxl wrote."""
    return set(layout.SUMMARY_SHEETS) <= titles_in(data)


def is_tracker(data: bytes) -> bool:
    """True for a tracker that qipxl issued."""
    return layout.STAMP in titles_in(data)


def titles_in(data: bytes) -> set[str]:
    """The titles of a workbook's tabs; empty if the file is no workbook."""
    try:
        return {tab.title for tab in tabs_of(Package(data, Limits()))}
    except RefusedError:
        return set()
