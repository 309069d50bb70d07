"""Files → `Returns`: each file opened on its own, then each column typed over all of them at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from qipxl import problems
from qipxl.layout import Placement, column_letters
from qipxl.opening import OpenedWorkbook, ReadTable
from qipxl.opening.cells import CellError, cell_words
from qipxl.opening.file import OpenedFile
from qipxl.opening.limits import Limits
from qipxl.opening.workbook import Asked
from qipxl.periods import Period
from qipxl.privacy import WITHHELD, without
from qipxl.problems import Found, shown
from qipxl.reading.files import SourceFile, find_files
from qipxl.reading.issued import compare_with_issued
from qipxl.reading.openers import Openers
from qipxl.reading.plans import reading_plan
from qipxl.reading.settle import settle_returns
from qipxl.reading.values import Judged, ReadColumn, read_column
from qipxl.returns import RECEIPT_COLUMNS, TEXTS, Returns, problem_frame, standing
from qipxl.template import FieldLine, Template, load_template, shipped_templates


@dataclass(frozen=True)
class Choices:
    """What head office has decided about a batch.

    `period` is the month it is about (the commonest one where it is left out); `use` are files, by name or SHA-256, that
    are to be used although there is a doubt about them.
    """

    period: Period | None = None
    use: Collection[str] = ()


@pd.option_context(*TEXTS)
def read_returns(
    paths: Iterable[Path | str] | Path | str,
    templates: Iterable[Template] | None = None,
    *,
    choices: Choices | None = None,
    limits: Limits | None = None,
    other_formats: bool = False,
    forensic: bool = False,
    kinds_off: Sequence[str] = (),
    progress: Callable[[], None] = lambda: None,
) -> Returns:
    """Read files, and all files of folders, into one batch of returns.

    `templates` are those the returns may be made from (those shipped with qipxl where it is left out). A file that
    cannot be used becomes a receipt with a reason. `other_formats` reads .xls, .xlsb and .ods too; `forensic` has a
    closer look at every return; `kinds_off` are kinds of personal data that are not looked for. `progress` is called
    after each file. Raises SourceError where a path is not there or a folder is empty.
    """
    sources = find_files([Path(each) for each in ([paths] if isinstance(paths, Path | str) else paths)])
    files = []
    with Openers(len(sources)) as openers:
        known = {template.key: template for template in templates or map(load_template, shipped_templates().values())}
        plans = {key: reading_plan(template) for key, template in known.items()}
        asked = Asked(plans, limits or Limits(), other_formats, forensic, tuple(kinds_off))
        for file in openers.open_all(sources, asked):
            files.append(file)
            progress()
    return settled(sources, files, known, choices or Choices())


def settled(
    sources: Sequence[SourceFile], files: Sequence[OpenedFile], known: Mapping[str, Template], chosen: Choices
) -> Returns:
    """One batch of returns from workbooks that are opened, held against what each was issued with."""
    stamps = {number: file.workbook.stamp for number, file in enumerate(files) if file.workbook}
    doubts = {number: file.workbook.aside for number, file in enumerate(files) if file.workbook and file.workbook.aside}
    settled = settle_returns(gather(sources, files, known), doubts, chosen.period, chosen.use)
    return compare_with_issued(replace(settled, stamps=stamps), stamps)


def receipt(source: SourceFile, file: OpenedFile) -> dict[str, object]:
    """A file's receipt, as far as the file itself decides it."""
    line: dict[str, object] = dict.fromkeys(RECEIPT_COLUMNS, "")
    line |= dict.fromkeys(("rows_found", "rows_accepted", "rows_set_aside", "rows_superseded", "submission"), 0)
    line |= {"file": without(source.name), "path": str(source.path), "status": file.status, "reason": file.reason}
    line |= {"digest": file.digest, "rows": {}, "nil": False}
    return line | workbook_receipt(file.workbook) if file.workbook else line


def workbook_receipt(workbook: OpenedWorkbook) -> dict[str, object]:
    """The receipt's part that the workbook itself gives; identity comes from the stamp, not from the cover."""
    facts, cover = workbook.stamp.facts, workbook.cover
    rows = {
        key: {"found": table.found, "accepted": len(table.rows), "superseded": table.superseded}
        for key, table in workbook.tables.items()
    }
    total = {each: sum(counts[each] for counts in rows.values()) for each in ("found", "accepted", "superseded")}
    submission = cover.get("submission", 0)
    said = without(" ".join(cell_words(cover.get("submitted_by", "")).split()), staff=True)
    return {
        "template": facts["template"],
        "version": facts["version"],
        "service": facts["code"],
        "name": facts["service"],
        "region": facts["region"],
        "manager": facts["manager"],
        "period": facts["period"],
        "nil": workbook.nil,
        "reason": "Nil return: there is nothing to report." if workbook.nil else "",
        "submission": int(submission) if isinstance(submission, float) and submission == submission // 1 else 0,
        "submitted_by": said[:60],
        "rows": rows,
        "rows_found": total["found"],
        "rows_accepted": total["accepted"],
        "rows_superseded": total["superseded"],
        "rows_set_aside": total["found"] - total["accepted"] - total["superseded"],
    }


def gather(sources: Sequence[SourceFile], files: Sequence[OpenedFile], templates: Mapping[str, Template]) -> Returns:
    """Put the workbooks of a batch together, table by table, and type their columns."""
    receipts = pd.DataFrame(list(map(receipt, sources, files)), columns=list(RECEIPT_COLUMNS))
    receipts.index.name = "return"
    placements: dict[tuple[int, str], Placement] = {}
    lines: list[dict[str, object]] = []
    parts: dict[str, list[tuple[pd.DataFrame, pd.DataFrame]]] = defaultdict(list)
    originals: dict[tuple[str, str, int, int], str] = {}
    as_typed: dict[tuple[str, str, int, int], object] = {}
    for template in templates.values():
        books = {n: f.workbook for n, f in enumerate(files) if f.workbook and f.workbook.template == template.key}
        for number, book in books.items():
            lines += [problems.line(number, str(receipts.at[number, "file"]), found) for found in book.problems]
        for key in template.tables:
            tables = {number: book.tables[key] for number, book in books.items()}
            placements |= {(number, key): table.placement for number, table in tables.items()}
            frame, unreadable, doubts = type_table(template, key, tables)
            as_typed |= unread(key, doubts, frame)
            found = [
                *doubted(template, key, doubts, frame, placements),
                *month_first(template, key, doubts, frame, placements),
            ]
            found += withhold(template, key, tables, frame, originals)
            lines += [problems.line(number, str(receipts.at[number, "file"]), each) for number, each in found]
            parts[key].append((frame, unreadable))
    tables_read = {key: pd.concat([frame for frame, _ in each], ignore_index=True) for key, each in parts.items()}
    masks = {key: joined_masks([mask for _, mask in each]) for key, each in parts.items()}
    return Returns(templates, receipts, tables_read, masks, placements, problem_frame(lines), originals, as_typed)


def joined_masks(masks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Masks below one another; a field that a template lacks is never unreadable there."""
    joined = pd.concat(masks, ignore_index=True)
    return joined.astype("boolean").fillna(False).astype(bool) if joined.isna().to_numpy().any() else joined


Doubts = dict[str, tuple[ReadColumn, list[object]]]
Numbered = tuple[int, Found]
"""A problem with the number of the return it was found in."""


def type_table(
    template: Template, key: str, tables: Mapping[int, ReadTable]
) -> tuple[pd.DataFrame, pd.DataFrame, Doubts]:
    """One table of all workbooks as a typed frame, the mask of its unreadable cells, and its doubtful columns."""
    numbers = np.repeat(list(tables), [len(table.rows) for table in tables.values()]).astype(np.int64)
    rows = np.array([row for table in tables.values() for row in table.rows], np.int64)
    columns: dict[str, object] = {"return": numbers, "row": rows}
    masks: dict[str, object] = {}
    doubts: Doubts = {}
    declared = template.tables[key]
    for line in declared.field:
        raw = [cell for table in tables.values() for cell in table.cells[line.key]]
        options = template.options(line) if line.type == "choice" else ()
        read = read_column(line, options, raw, names=line.key == declared.identity)
        columns[line.key] = read.values
        if read.doubts:
            doubts[line.key] = (read, raw)
        if read.unreadable.any():
            masks[line.key] = read.unreadable
    index = pd.RangeIndex(len(numbers))
    return pd.DataFrame(columns, index=index), pd.DataFrame(masks, index=index), doubts


def unread(key: str, doubts: Doubts, frame: pd.DataFrame) -> Iterator[tuple[tuple[str, str, int, int], object]]:
    """What stood in each cell that could not be read, by table, field, return and row; personal data is left out."""
    for field, (read, raw) in doubts.items():
        for place in np.flatnonzero(read.unreadable):
            number, row = standing(frame, int(place))
            said = raw[place]
            if not isinstance(said, str) or without(said) == said:
                yield (key, field, number, row), said if not isinstance(said, CellError) else str(said)


def doubted(
    template: Template, key: str, doubts: Doubts, frame: pd.DataFrame, placements: Mapping[tuple[int, str], Placement]
) -> Iterator[Numbered]:
    """A problem for every cell that could not be read, or was read with a doubt."""
    for field, (read, raw) in doubts.items():
        line = template.tables[key].field_named(field)
        for place, judged in read.doubts.items():
            number, row = standing(frame, place)
            placement = placements[number, key]
            value, more = shown(cell_words(raw[place])), judged.more
            if judged.code == "not-in-list":
                more = nearest(template, line, raw[place])
            elif judged.code == "text-cut":
                value, more = judged.more, ""
            yield (
                number,
                Found(
                    judged.code, key, placement.sheet, row, field, placement.cell(row, field), line.heading, value, more
                ),
            )


def nearest(template: Template, line: FieldLine, cell: object) -> str:
    """“; the nearest is Complete”, for a word that is nearly one of its list."""
    words = {option.lower(): option for option in template.options(line)}
    near = get_close_matches(str(cell).strip().lower(), words, 1, 0.75)
    return f"; the nearest is {words[near[0]]}" if near else ""


def month_first(
    template: Template, key: str, doubts: Doubts, frame: pd.DataFrame, placements: Mapping[tuple[int, str], Placement]
) -> Iterator[Numbered]:
    """A problem for each date column of a return in which texts make sense only with the month first."""
    for field, (read, _) in doubts.items():
        habit: Counter[int] = Counter()
        for place, judged in read.doubts.items():
            if is_month_first(judged):
                habit[standing(frame, place)[0]] += 1
        for number, count in habit.items():
            placement = placements[number, key]
            heading = template.tables[key].field_named(field).heading
            letters = column_letters(placement.columns[field])
            cell = f"{letters}:{letters}"
            yield number, Found("month-first", key, placement.sheet, 0, field, cell, heading, str(count))


def is_month_first(judged: Judged) -> bool:
    return judged.code == "date-ambiguous" and judged.more.endswith("month first")


def withhold(
    template: Template,
    key: str,
    tables: Mapping[int, ReadTable],
    frame: pd.DataFrame,
    originals: dict[tuple[str, str, int, int], str],
) -> Iterator[Numbered]:
    """A problem for each text that seems to hold personal data; its cell in the frame then only says where it stands.

    The text itself is kept in `originals`, for the rules alone.
    """
    first = 0
    for number, table in tables.items():
        for (field, place), kinds in table.personal.items():
            line, row = template.tables[key].field_named(field), table.rows[place]
            cell = table.placement.cell(row, field)
            originals[key, field, number, row] = str(frame.at[first + place, field])
            frame.at[first + place, field] = f"{WITHHELD}{table.placement.sheet}!{cell}"
            yield number, Found("personal-data", key, table.placement.sheet, row, field, cell, line.heading, "", kinds)
        first += len(table.rows)
