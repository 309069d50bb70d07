"""Files → `Returns`: each file read on its own, then each column typed over all of them at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from qipxl import problems
from qipxl.problems import Found, shown
from qipxl.reading.files import SourceFile, digest, find_files, is_litter, refusal_by_signature
from qipxl.reading.issued import compare_with_issued
from qipxl.reading.settle import settle_versions
from qipxl.reading.values import ReadColumn, cell_words, read_column
from qipxl.reading.workbook import ReadTable, ReadWorkbook, RefusedError, read_workbook
from qipxl.returns import RECEIPT_COLUMNS, Placement, Returns, standing
from qipxl.template import FieldLine, Template, load_template, shipped_templates

READERS = 2
"""Files read at a time: python-calamine works without Python's lock, so a second thread finds something to do."""
UNREADABLE_FILE = "The workbook is damaged and cannot be opened. Ask for it again, saved as .xlsx."


@dataclass(frozen=True)
class ReadFile:
    """One file's receipt and, where it could be read, its workbook."""

    receipt: dict[str, object]
    workbook: ReadWorkbook | None = None


def read_returns(
    paths: Iterable[Path | str] | Path | str,
    templates: Iterable[Template] | None = None,
    *,
    progress: Callable[[], None] = lambda: None,
) -> Returns:
    """Read files, and all files of folders, into one batch of returns.

    `templates` are those the returns may be made from (those shipped with qipxl where it is left out). A file that
    cannot be used becomes a receipt with a reason. `progress` is called after each file. Raises SourceError where a
    path is not there or a folder is empty.
    """
    known = {template.key: template for template in templates or map(load_template, shipped_templates().values())}
    given = [paths] if isinstance(paths, Path | str) else paths
    files = []
    with ThreadPoolExecutor(READERS) as pool:
        for file in pool.map(partial(read_file, templates=known), find_files([Path(each) for each in given])):
            files.append(file)
            progress()
    stamps = {number: file.workbook.stamp for number, file in enumerate(files) if file.workbook}
    return compare_with_issued(settle_versions(gather(files, known)), stamps)


def read_file(source: SourceFile, templates: Mapping[str, Template]) -> ReadFile:
    """Read one file; whatever is wrong with it ends in its receipt."""
    receipt: dict[str, object] = dict.fromkeys(RECEIPT_COLUMNS, "")
    receipt |= {"file": source.name, "path": str(source.path), "rows_found": 0, "rows_accepted": 0, "rows_set_aside": 0}
    receipt |= {"status": "refused", "rows": {}, "submission": 0}
    if is_litter(source.name):
        return ReadFile(receipt | {"status": "ignored", "reason": "Left behind by a program; not a return."})
    try:
        data = source.path.read_bytes()
        receipt["digest"] = digest(data)
        reason = refusal_by_signature(data, source.name)
        if reason:
            raise RefusedError(reason)
        workbook = read_workbook(data, templates)
    except RefusedError as refusal:
        return ReadFile(receipt | {"reason": str(refusal), "status": refusal.status})
    except OSError as error:
        return ReadFile(receipt | {"reason": f"The file could not be read ({error.strerror or 'damaged'})."})
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # python-calamine's panics are not Exceptions, and no file may stop the run
        return ReadFile(receipt | {"reason": UNREADABLE_FILE})
    return ReadFile(receipt | accepted_receipt(workbook), workbook)


def accepted_receipt(workbook: ReadWorkbook) -> dict[str, object]:
    """The receipt's part that the workbook itself gives; identity comes from the stamp, not from the cover."""
    facts, cover = workbook.stamp.facts, workbook.cover
    rows = {key: {"found": table.found, "accepted": len(table.rows)} for key, table in workbook.tables.items()}
    submission = cover.get("submission", 0)
    return {
        "status": "accepted",
        "template": facts["template"],
        "version": facts["version"],
        "service": facts["code"],
        "name": facts["service"],
        "region": facts["region"],
        "manager": facts["manager"],
        "period": facts["period"],
        "submission": int(submission) if isinstance(submission, float) and submission == submission // 1 else 0,
        "submitted_by": shown(cell_words(cover.get("submitted_by", ""))),
        "rows": rows,
        "rows_found": sum(each["found"] for each in rows.values()),
        "rows_accepted": sum(each["accepted"] for each in rows.values()),
        "rows_set_aside": sum(each["found"] - each["accepted"] for each in rows.values()),
    }


def gather(files: Sequence[ReadFile], templates: Mapping[str, Template]) -> Returns:
    """Put the workbooks of a batch together, table by table, and type their columns."""
    receipts = pd.DataFrame([file.receipt for file in files], columns=list(RECEIPT_COLUMNS))
    receipts.index.name = "return"
    placements: dict[tuple[int, str], Placement] = {}
    lines: list[dict[str, object]] = []
    parts: dict[str, list[tuple[pd.DataFrame, pd.DataFrame]]] = defaultdict(list)
    for template in templates.values():
        books = {n: f.workbook for n, f in enumerate(files) if f.workbook and f.workbook.template is template}
        for key in template.tables:
            tables = {number: book.tables[key] for number, book in books.items()}
            placements |= {(number, key): table.placement for number, table in tables.items()}
            frame, unreadable, doubts = type_table(template, key, tables)
            parts[key].append((frame, unreadable))
            lines += doubt_lines(template, key, doubts, frame, receipts, placements)
        for number, book in books.items():
            lines += [problems.line(number, str(receipts.at[number, "file"]), found) for found in book.oddities]
    tables_read = {key: pd.concat([frame for frame, _ in each], ignore_index=True) for key, each in parts.items()}
    masks = {key: joined_masks([mask for _, mask in each]) for key, each in parts.items()}
    return Returns(templates, receipts, tables_read, masks, placements, problems.frame(lines))


def joined_masks(masks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Masks below one another; a field that a template lacks is never unreadable there."""
    joined = pd.concat(masks, ignore_index=True)
    return joined.astype("boolean").fillna(False).astype(bool) if joined.isna().to_numpy().any() else joined


Doubts = dict[str, tuple[ReadColumn, list[object]]]


def type_table(
    template: Template, key: str, tables: Mapping[int, ReadTable]
) -> tuple[pd.DataFrame, pd.DataFrame, Doubts]:
    """One table of all workbooks as a typed frame, the mask of its unreadable cells, and its doubtful columns."""
    numbers = np.repeat(list(tables), [len(table.rows) for table in tables.values()]).astype(np.int64)
    rows = np.array([row for table in tables.values() for row in table.rows], np.int64)
    columns: dict[str, object] = {"return": numbers, "row": rows}
    masks: dict[str, object] = {}
    doubts: Doubts = {}
    for line in template.tables[key].field:
        raw = [cell for table in tables.values() for cell in table.cells[line.key]]
        options = template.options(line) if line.type == "choice" else ()
        read = read_column(line, options, raw)
        columns[line.key] = read.values
        if read.doubts:
            masks[line.key] = read.unreadable
            doubts[line.key] = (read, raw)
    index = pd.RangeIndex(len(numbers))
    return pd.DataFrame(columns, index=index), pd.DataFrame(masks, index=index), doubts


def doubt_lines(
    template: Template,
    key: str,
    doubts: Doubts,
    frame: pd.DataFrame,
    receipts: pd.DataFrame,
    placements: Mapping[tuple[int, str], Placement],
) -> list[dict[str, object]]:
    """A problem for every cell that could not be read."""
    lines = []
    for field, (read, raw) in doubts.items():
        line = template.tables[key].field_named(field)
        for place, code in read.doubts.items():
            number, row = standing(frame, place)
            placement = placements[number, key]
            found = Found(
                code, key, placement.sheet, row, field, placement.cell(row, field), line.heading,
                shown(cell_words(raw[place])), nearest(template, line, raw[place]),
            )  # fmt: skip
            lines.append(problems.line(number, str(receipts.at[number, "file"]), found))
    return lines


def nearest(template: Template, line: FieldLine, cell: object) -> str:
    """“; the nearest is Complete”, for a word that is nearly one of its list."""
    words = {option.lower(): option for option in template.options(line)}
    near = get_close_matches(str(cell).lower(), words, 1, 0.85)
    return f"; the nearest is {words[near[0]]}" if near else ""
