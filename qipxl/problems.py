"""What can be wrong in a return: the reader's codes with their words, and the shape of the frame of problems.

A problem is a value, never an exception. The codes of rules stand in the templates; the codes here are what reading
itself finds. Every message says where, what was found and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

COLUMNS = (
    "return", "file", "sheet", "table", "row", "field", "cell", "heading", "value", "code", "severity", "message",
)  # fmt: skip
"""The columns of a frame of problems: `return` is the receipt's number, `row` the sheet row (0 where none is meant)."""


@dataclass(frozen=True)
class ReaderCode:
    """A kind of problem that reading finds; `say` may name {heading}, {value} and {more}."""

    code: str
    severity: str
    say: str
    about: str


CODES: Mapping[str, ReaderCode] = {
    each.code: each
    for each in (
        ReaderCode(
            "not-a-date",
            "must fix",
            '{heading} says "{value}", which is not a date. Enter one such as 31/03/2026.',
            "Text, or a number that is no day from 2000 to 2099, stands in a date column. It counts as blank.",
        ),
        ReaderCode(
            "not-a-number",
            "must fix",
            '{heading} says "{value}", which is not a number. Enter one in figures.',
            "Something other than a number stands in a number column. It counts as blank.",
        ),
        ReaderCode(
            "not-in-list",
            "must fix",
            '{heading} says "{value}", which is not one of its list{more}. Choose it from the drop-down.',
            "A word stands in a choice column that is not on its list, often because of a paste over the drop-down. It counts as blank.",
        ),
        ReaderCode(
            "not-text",
            "must fix",
            "{heading} holds {value}, which cannot be read. Type it as plain text.",
            "An error value such as #REF!, or TRUE or FALSE, stands where text belongs. It counts as blank.",
        ),
        ReaderCode(
            "column-missing",
            "must fix",
            "the column {heading} is missing. Put it back, or ask head office for a fresh tracker.",
            "A column of the tracker was deleted or its heading was changed beyond recognition. Its values count as blank.",
        ),
        ReaderCode(
            "column-near",
            "should look",
            'the heading "{value}" was read as {heading}. Change it back.',
            "A heading was changed a little; it was recognised by likeness.",
        ),
        ReaderCode(
            "column-extra",
            "for information",
            'the column "{value}" is not part of the tracker and was not collected.',
            "Someone added a column. Its text stays in the return and is not carried into the summary.",
        ),
        ReaderCode(
            "table-missing",
            "must fix",
            "was not found among the sheets. Put it back, or ask head office for a fresh tracker.",
            "A whole sheet is gone, or nothing on any sheet looks like it. It counts as empty.",
        ),
        ReaderCode(
            "tab-renamed",
            "for information",
            "was read as {heading}.",
            "A tab was renamed; it was recognised by its table or its headings.",
        ),
        ReaderCode(
            "row-not-read",
            "should look",
            'the row says "{value}" and nothing else; it was taken as a note, not a row. Move it out of the table.',
            "A row with text in one cell only and no reference: a section heading or a note. It was set aside.",
        ),
        ReaderCode(
            "second-heading",
            "for information",
            "the headings stand here a second time; the row was set aside.",
            "The row of headings was copied into the table.",
        ),
        ReaderCode(
            "settings-edited",
            "should look",
            "the setting {heading} says {value}, not {more}. The change was ignored.",
            "Thresholds are head office's. The rating used the provider's own figure.",
        ),
        ReaderCode(
            "head-office-edited",
            "should look",
            "this row of From head office was changed or added here. It was set aside.",
            "Only head office writes this table; a row that differs from what was issued does not count.",
        ),
        ReaderCode(
            "original-due-changed",
            "must fix",
            "{heading} says {value}, but {more} was agreed. The agreed date was used. Put it back.",
            "An original due date never changes. Log an extension instead.",
        ),
        ReaderCode(
            "column-twice",
            "must fix",
            "the heading {heading} stands twice; the column at {more} was read. Delete the other one.",
            "Two columns have the same heading. The first was read, the other was not.",
        ),
        ReaderCode(
            "formula-overwritten",
            "must fix",
            "{heading} is worked out, and something was typed over its formula{more}. It does not count: copy the cell from "
            "another row.",
            "What a tracker works out was typed over. The rating is always worked out again from what was entered.",
        ),
        ReaderCode(
            "sheet-not-read",
            "must fix",
            "looks like {heading}, which was read from another sheet; its {value} rows were set aside. "
            "Move them to {heading} and delete this sheet.",
            "A tab was copied, or a table stands on two sheets. Only one was read.",
        ),
        ReaderCode(
            "issued-row-missing",
            "must fix",
            "{value} was in the tracker when it was issued, and is gone. Put it back; what is no longer needed is "
            "withdrawn, not deleted.",
            "A row that head office issued was deleted or its reference was changed.",
        ),
        ReaderCode(
            "nothing-entered",
            "should look",
            "no actions are entered. Fill in the plan, or tell head office that there is nothing to report.",
            "The tracker came back with no row on a sheet that is rated.",
        ),
        ReaderCode(
            "not-signed",
            "should look",
            "{heading} is empty. Put the name of whoever sends this return.",
            "Nobody put a name on Start here.",
        ),
        ReaderCode(
            "cover-differs",
            "should look",
            '{heading} says "{value}", but the tracker was issued for {more}. The issued one was used.',
            "Start here names another service or period than the tracker was issued for.",
        ),
    )
}
"""Every code of the reader."""


@dataclass(frozen=True)
class Found:
    """One problem that reading has found in one file, before its file is given a number."""

    code: str
    table: str
    sheet: str
    row: int = 0
    field: str = ""
    cell: str = ""
    heading: str = ""
    value: str = ""
    more: str = ""


def message(place: str, text: str) -> str:
    """Where, then what, as one sentence begins."""
    return f"{place} {text}" if place else text[:1].upper() + text[1:]


def line(number: int, file: str, found: Found) -> dict[str, object]:
    """A problem that reading has found, as a line of the frame of problems."""
    code = CODES[found.code]
    text = code.say.format(heading=found.heading, value=found.value, more=found.more)
    cell = found.cell or (f"{found.row}:{found.row}" if found.row else "")
    place = f"{found.sheet}!{cell}" if cell else found.sheet
    return {
        "return": number, "file": file, "sheet": found.sheet, "table": found.table, "row": found.row,
        "field": found.field, "cell": cell, "heading": found.heading, "value": found.value, "code": found.code,
        "severity": code.severity, "message": message(place, text),
    }  # fmt: skip


def shown(value: object, most: int = 60) -> str:
    """A value as a message repeats it: on one line, cut where it is long."""
    text = " ".join(str(value).split())
    return text if len(text) <= most else text[: most - 1] + "…"


def frame(rows: Sequence[Mapping[str, object]] = ()) -> pd.DataFrame:
    """A frame of problems, with all its columns even where there are none."""
    return pd.DataFrame(list(rows), columns=list(COLUMNS)).astype({"return": "int64", "row": "int64"})
