"""What reading itself can find wrong in a return: each code with its words. Every message says where, what, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
            "tab-extra",
            "for information",
            "is not part of the tracker and was not collected.",
            "Someone added a tab. What stands on it stays in the return and is not carried into the summary.",
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
            "rating-refreshed",
            "for information",
            "{value}: with what head office knows, {heading} changes from {more}.",
            "A decision, a verification or earlier returns, which the tracker cannot know, change a rating. The summary shows the new one.",
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
            "looks like {heading}, which was read from another sheet{more}; its {value} rows were not used. "
            "Move what counts to {heading} and delete this sheet.",
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
            "no actions are entered. Fill in the plan, or choose Yes beside Nothing to report? on Start here.",
            "The tracker came back with no row on a sheet that is rated, and without a word that there is nothing to report.",
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
            "{heading} says \"{value}\", but the tracker was issued for {more}. Put it back, or use the right service's and month's tracker.",
            "Start here names another service or period than the tracker was issued for. The return is set aside.",
        ),
        ReaderCode(
            "text-date",
            "should look",
            '{heading} says "{value}" as text; it was read as {more}. Type the date again, so that the sheet can use it too.',
            "A date was typed as text, and can mean one day only. It was read; the sheet itself cannot.",
        ),
        ReaderCode(
            "date-ambiguous",
            "must fix",
            '{heading} says "{value}" as text, which can be {more}. Type the date again.',
            "A date was typed as text, and day and month could change places. It counts as blank.",
        ),
        ReaderCode(
            "date-out-of-range",
            "must fix",
            "{heading} holds {value}, which is no day from 2000 to 2099{more}. Type the date again.",
            "A number too small or too large for a date of a plan stands in a date column. It counts as blank.",
        ),
        ReaderCode(
            "date-as-number",
            "should look",
            "{heading} holds the number {value}; it was read as {more}. Show the cell as a date.",
            "A date was pasted as a plain number, or the cell lost its date format. It was read as the day it stands for.",
        ),
        ReaderCode(
            "month-first",
            "must fix",
            "the dates in {heading} look month first ({value} of them are text that only makes sense so). Check every date in "
            "this column.",
            "Dates were typed on a computer that puts the month first: days up to the 12th have become wrong dates.",
        ),
        ReaderCode(
            "reference-damaged",
            "should look",
            "{heading} holds the number {value}; a spreadsheet may have changed it (007 becomes 7). Type it as text, such as A-007.",
            "A reference is a number or has become one. It is used as it stands.",
        ),
        ReaderCode(
            "reference-date",
            "must fix",
            "{heading} holds the date {value}; a spreadsheet has changed what was typed (1-2 becomes a date). Type it as text, "
            "such as A-012.",
            "A reference has become a date. The number it is kept as is used, which matches nothing.",
        ),
        ReaderCode(
            "formula-typed",
            "should look",
            "{heading} holds a formula; the value stored with it was used{more}. Type the value.",
            "A formula stands where people type. The value that the spreadsheet stored last was read.",
        ),
        ReaderCode(
            "formula-unsaved",
            "must fix",
            "{heading} holds a formula with no stored value. Open the file in Excel and save it, or type the value.",
            "A program wrote a formula and never worked it out. The cell counts as blank.",
        ),
        ReaderCode(
            "hidden-under-merge",
            "must fix",
            '{heading} holds "{value}" under a merged cell, where nobody sees it. Unmerge the cells and check.',
            "A value stands under a merged cell. It counts as blank.",
        ),
        ReaderCode(
            "merged-down",
            "should look",
            '{heading} is merged over {more}: "{value}" was taken for each. Unmerge the cells.',
            "A cell was merged over several rows. Its value was taken for each of them.",
        ),
        ReaderCode(
            "row-continues",
            "should look",
            'the row says "{value}" and nothing else; it looks like the rest of row {more}. Put it into that row\'s cell.',
            "A text of several lines was pasted over several rows. The rows below the first were set aside.",
        ),
        ReaderCode(
            "second-table",
            "must fix",
            "a second table with other columns begins here; its {value} rows were set aside. Move them into the table above.",
            "A table with its own headings, in another order, stands below the table.",
        ),
        ReaderCode(
            "rows-hidden",
            "for information",
            "{value} hidden rows were read.",
            "Rows are hidden or filtered away. They count like any other.",
        ),
        ReaderCode(
            "columns-hidden",
            "for information",
            "hidden columns were read: {value}.",
            "Columns are hidden, beyond the groups that a tracker folds away. They count like any other.",
        ),
        ReaderCode(
            "tab-hidden",
            "for information",
            "is hidden, and was read.",
            "A sheet of the tracker is hidden. It counts like any other.",
        ),
        ReaderCode(
            "stray-value",
            "should look",
            'says "{value}" outside the table{more}; it was not collected. Move it or delete it.',
            "Something stands where no column of the table is.",
        ),
        ReaderCode(
            "heading-unknown",
            "must fix",
            'the heading "{value}" is not known, and {heading} is missing. Is it that? Change it back{more}.',
            "A heading was changed beyond recognition. The return is set aside until head office has looked.",
        ),
        ReaderCode(
            "column-shuffled",
            "must fix",
            "{value} of the rows issued have another row's {heading}. Was one column sorted without the others? Undo the sorting.",
            "One column was sorted on its own, so that rows are mixed up. The return is set aside until head office has looked.",
        ),
        ReaderCode(
            "lists-missing",
            "should look",
            "is gone; the lists of the template were used. Ask head office for a fresh tracker.",
            "The Lists sheet was deleted, so that drop-downs no longer work.",
        ),
        ReaderCode(
            "drop-downs-gone",
            "should look",
            "no drop-downs are left on this sheet. Every value was checked here; ask head office for a fresh tracker.",
            "A paste, or another program, removed the drop-downs and checks of input.",
        ),
        ReaderCode(
            "comments-not-read",
            "should look",
            "{value} not collected: {more}. Put what matters into the cells.",
            "Comments or notes were used. They stay in the return and are not read.",
        ),
        ReaderCode(
            "drawing-not-read",
            "should look",
            "{value} not collected. Type what they say into the table.",
            "Text boxes or pictures stand on a sheet. They stay in the return and are not read.",
        ),
        ReaderCode(
            "macros-foreign",
            "should look",
            "it holds macros that are not qipxl's ({value}). Do not enable macros in this file; ask who put them there.",
            "A returned workbook holds VBA with another text than qipxl issues, or macros of the old kind. Reading runs none; its rows count.",
        ),
        ReaderCode(
            "colour-only",
            "must fix",
            "{heading} is shown by colour only in {value} rows. Choose the word from the drop-down.",
            "Cells were coloured instead of filled in. Only words count.",
        ),
        ReaderCode(
            "struck-through",
            "should look",
            "{value} rows are struck through and were read like any other. Set their Status instead.",
            "Rows were struck through to say that they are finished or do not count.",
        ),
        ReaderCode(
            "month-typed",
            "for information",
            "{heading} shows only a month; it was read as {value}. Type the day too.",
            "A month such as Feb-25 was typed, which a spreadsheet keeps as its first day.",
        ),
        ReaderCode(
            "odd-characters",
            "for information",
            "{heading} holds characters that cannot be shown; blanks stand for them in the summary.",
            "Control characters came in by a paste from another program.",
        ),
        ReaderCode(
            "text-cut",
            "for information",
            "{heading} holds {value} characters; a cell of the summary takes 32,767. The whole text is in the JSON.",
            "A text is longer than a cell of a workbook can be.",
        ),
        ReaderCode(
            "nil-with-rows",
            "should look",
            "{heading} says that there is nothing to report, but actions are entered. Clear one or the other.",
            "Start here says that this is a nil return, and the plan says otherwise. The plan was used.",
        ),
        ReaderCode(
            "unchanged-since-issue",
            "for information",
            "holds exactly what it was issued with. Bring it up to date, or say that it is.",
            "The tracker came back with exactly the rows it was issued with.",
        ),
        ReaderCode(
            "older-version",
            "for information",
            "this tracker was made from version {value} of its template, before: {more}. It was read as it is.",
            "A tracker of an earlier version came back. Columns that did not exist then count as blank.",
        ),
        ReaderCode(
            "other-format",
            "should look",
            "this file is {value}: error values, formulas, merged and hidden cells in it cannot be seen. Ask for .xlsx.",
            "A workbook of another format was read because that was asked for.",
        ),
        ReaderCode(
            "versions-differ",
            "for information",
            "{value}.",
            "Two returns of one service and month differ. Each row that differs is named once.",
        ),
        ReaderCode(
            "personal-data",
            "must fix",
            "possible personal data in {heading}: {more}. The text is withheld; take it out of the return.",
            "Something that looks like a person's data stands where it should not. It is withheld from everything that is printed.",
        ),
    )
}
"""Every code of the reader."""
