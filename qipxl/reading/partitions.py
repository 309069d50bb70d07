"""A few files read: their receipts, and the rows of all of them as typed columns. Pieces joined are the `Returns` of a batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from qipxl.privacy import without
from qipxl.reading.file.find import SourceFile
from qipxl.reading.file.open import OpenedFile
from qipxl.reading.file.workbook import OpenedWorkbook
from qipxl.reading.typed_tables import (
    doubted,
    empty_table,
    month_first,
    type_table,
    unread,
    withhold,
)
from qipxl.returns import problems
from qipxl.returns.returns import RECEIPT_COLUMNS, TEXT, Returns, problem_frame
from qipxl.returns.string_pool import StringPool
from qipxl.template import Template
from qipxl.workbook.cells import cell_words
from qipxl.workbook.layout import Placement
from qipxl.workbook.stamp import Stamp

T = TypeVar("T")
CellKey = tuple[str, str, int, int]
"""Table, field, return and sheet row."""


@dataclass(frozen=True)
class Partition:
    """Some files of a batch: as `Returns` has them, before it is settled which are used.

    The files are counted from 0 here; `numbers` are those they have among all. `receipts` are lines of RECEIPT_COLUMNS.
    `aside` are the reasons, by file, for which head office must look first. The rows of a table stand in the order of the files.
    """

    numbers: Sequence[int]
    receipts: Sequence[dict[str, object]]
    tables: Mapping[str, pd.DataFrame]
    unreadable: Mapping[str, pd.DataFrame]
    problems: pd.DataFrame
    placements: Mapping[tuple[int, str], Placement] = field(default_factory=dict)
    originals: Mapping[CellKey, str] = field(default_factory=dict, repr=False)
    as_typed: Mapping[CellKey, object] = field(default_factory=dict, repr=False)
    stamps: Mapping[int, Stamp] = field(default_factory=dict, repr=False)
    aside: Mapping[int, Sequence[str]] = field(default_factory=dict)
    part: str = ""
    standing: Mapping[int, int] = field(default_factory=dict)
    """Where rows are remembered, the part and the place in it of each file that could be read."""

    @property
    def readable(self) -> list[int]:
        """The files that could be read."""
        return [place for place, line in enumerate(self.receipts) if line["status"] == "accepted"]

    def cached_in(self, part: str) -> Partition:
        """The same files without their rows, which are remembered."""
        standing = {place: rank for rank, place in enumerate(self.readable)}
        return Partition(
            self.numbers, self.receipts, {}, {}, problem_frame(), aside=self.aside, part=part, standing=standing
        )

    def with_texts(self, texts: StringPool) -> Partition:
        """The same files, their rows with the texts that are known."""
        return replace(self, tables={key: texts.of_frame(frame) for key, frame in self.tables.items()})

    @property
    def each_number(self) -> dict[int, list[int]]:
        """The number of each file among all."""
        return {place: [number] for place, number in enumerate(self.numbers)}

    def of_files(self, places: Sequence[int], sources: Sequence[SourceFile], numbers: Sequence[int]) -> Partition:
        """The piece of some of these files, in another order too, each under the name that it has now."""
        names = [without(source.name) for source in sources]
        receipts = [
            self.receipts[place] | {"file": name, "path": str(source.path)}
            for place, name, source in zip(places, names, sources, strict=True)
        ]
        tables, masks = {}, {}
        for key, frame in self.tables.items():
            tables[key], masks[key] = renumbered(frame, places), renumbered(self.unreadable[key], places, frame)
        problems_now = renumbered(self.problems, places)
        again = {place: [now for now, each in enumerate(places) if each == place] for place in set(places)}
        return Partition(
            numbers,
            receipts,
            tables,
            masks,
            problems_now.assign(file=pd.Series([names[number] for number in problems_now["return"]], dtype=TEXT)),
            {(now, key): place for (n, key), place in self.placements.items() for now in again.get(n, ())},
            dict(by_cell([(again, self.originals)])),
            dict(by_cell([(again, self.as_typed)])),
            {now: stamp for n, stamp in self.stamps.items() for now in again.get(n, ())},
            {now: why for n, why in self.aside.items() for now in again.get(n, ())},
        )


def renumbered(frame: pd.DataFrame, places: Sequence[int], by: pd.DataFrame | None = None) -> pd.DataFrame:
    """The lines of some files of a piece, each numbered by where it stands in `places`; `by` has the numbers, else the frame."""
    owners = (frame if by is None else by)["return"].to_numpy()
    order = np.argsort(owners, kind="stable")
    ends = np.searchsorted(owners[order], places, side="right")
    starts = np.searchsorted(owners[order], places, side="left")
    lines = [order[start:end] for start, end in zip(starts, ends, strict=True)]
    chosen = frame.iloc[np.concatenate(lines) if lines else []].reset_index(drop=True)
    if by is not None:
        return chosen
    return chosen.assign(**{"return": np.repeat(np.arange(len(places), dtype=np.int64), ends - starts)})


def partition_of(
    sources: Sequence[SourceFile],
    files: Sequence[OpenedFile],
    templates: Mapping[str, Template],
    numbers: Sequence[int] | None = None,
) -> Partition:
    """The piece of files that are opened; the columns of each table are typed over all of them at once.

    `numbers` are those the files have among all, from 0 on where they are all.
    """
    receipts = list(map(receipt, sources, files))
    placements: dict[tuple[int, str], Placement] = {}
    lines: list[dict[str, object]] = []
    parts: dict[str, list[tuple[pd.DataFrame, pd.DataFrame]]] = defaultdict(list)
    originals: dict[CellKey, str] = {}
    as_typed: dict[CellKey, object] = {}
    for template in templates.values():
        books = {n: f.workbook for n, f in enumerate(files) if f.workbook and f.workbook.template == template.key}
        if not books:
            continue
        for number, book in books.items():
            lines += [problems.line(number, str(receipts[number]["file"]), found) for found in book.problems]
        for key in template.tables:
            read = {number: book.tables[key] for number, book in books.items()}
            placements |= {(number, key): table.placement for number, table in read.items()}
            frame, unreadable, doubts = type_table(template, key, read)
            as_typed |= unread(key, doubts, frame)
            found = [
                *doubted(template, key, doubts, frame, placements),
                *month_first(template, key, doubts, frame, placements),
            ]
            found += withhold(template, key, read, frame, originals)
            lines += [problems.line(number, str(receipts[number]["file"]), each) for number, each in found]
            parts[key].append((frame, unreadable))
    tables, masks = in_order(parts)
    return Partition(
        range(len(sources)) if numbers is None else numbers,
        receipts,
        tables,
        masks,
        problem_frame(lines),
        placements,
        originals,
        as_typed,
        {number: file.workbook.stamp for number, file in enumerate(files) if file.workbook},
        {number: file.workbook.aside for number, file in enumerate(files) if file.workbook and file.workbook.aside},
    )


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


def joined(
    partitions: Iterable[Partition], templates: Mapping[str, Template]
) -> tuple[Returns, dict[int, Sequence[str]]]:
    """All pieces as one batch, in the order of the files, and the reasons for which head office must look at a file first."""
    made = [nothing_of(templates), *partitions]
    lines = {
        number: line for partition in made for number, line in zip(partition.numbers, partition.receipts, strict=True)
    }
    receipts = {number: lines[number] for number in sorted(lines)}
    parts: dict[str, list[tuple[pd.DataFrame, pd.DataFrame]]] = defaultdict(list)
    for partition in made:
        for key, frame in partition.tables.items():
            parts[key].append((of_all(frame, partition), partition.unreadable[key]))
    tables, masks = in_order(parts)
    found = [of_all(partition.problems, partition) for partition in made if len(partition.problems)] or [
        problem_frame()
    ]
    returns = Returns(
        templates,
        pd.DataFrame(receipts.values(), index=pd.Index(receipts, name="return"), columns=list(RECEIPT_COLUMNS)),
        tables,
        masks,
        {(partition.numbers[n], key): place for partition in made for (n, key), place in partition.placements.items()},
        pd.concat(found, ignore_index=True).sort_values("return", kind="stable", ignore_index=True),
        dict(by_cell((partition.each_number, partition.originals) for partition in made)),
        dict(by_cell((partition.each_number, partition.as_typed) for partition in made)),
        {partition.numbers[n]: stamp for partition in made for n, stamp in partition.stamps.items()},
    )
    return returns, {partition.numbers[n]: why for partition in made for n, why in partition.aside.items()}


def of_all(frame: pd.DataFrame, partition: Partition) -> pd.DataFrame:
    """A piece's frame with the numbers that its files have among all."""
    return frame.assign(**{"return": np.array(partition.numbers, np.int64)[frame["return"].to_numpy()]})


def in_order(
    parts: Mapping[str, Sequence[tuple[pd.DataFrame, pd.DataFrame]]],
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Each table's frames below one another, and their masks, in the order of the files."""
    tables, masks = {}, {}
    for key, each in parts.items():
        whole, mask = (
            pd.concat([frame for frame, _ in each], ignore_index=True),
            joined_masks([mask for _, mask in each]),
        )
        owners = whole["return"].to_numpy()
        if not bool((owners[1:] >= owners[:-1]).all()):
            order = np.argsort(owners, kind="stable")
            whole, mask = whole.iloc[order].reset_index(drop=True), mask.iloc[order].reset_index(drop=True)
        tables[key], masks[key] = whole, mask
    return tables, masks


def by_cell(kept: Iterable[tuple[Mapping[int, Sequence[int]], Mapping[CellKey, T]]]) -> Iterator[tuple[CellKey, T]]:
    """What is kept by cell, under the numbers that each file has now."""
    for numbers, cells in kept:
        for (table, field_key, number, row), said in cells.items():
            for now in numbers.get(number, ()):
                yield (table, field_key, now, row), said


def nothing_of(templates: Mapping[str, Template]) -> Partition:
    """A piece of no file: it gives every table of every template its columns, where no return has any."""
    parts: dict[str, list[pd.DataFrame]] = defaultdict(list)
    for template in templates.values():
        for key in template.tables:
            parts[key].append(empty_table(template, key))
    tables = {key: pd.concat(frames, ignore_index=True) for key, frames in parts.items()}
    masks = {key: pd.DataFrame(index=frame.index) for key, frame in tables.items()}
    return Partition((), (), tables, masks, problem_frame())


def joined_masks(masks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Masks below one another, of the fields in which anything is unreadable; one that a template lacks never is there."""
    whole = pd.concat(masks, ignore_index=True)
    if whole.isna().to_numpy().any():
        whole = whole.astype("boolean").fillna(False).astype(bool)
    return whole.loc[:, whole.any().to_numpy(bool)]
