"""A few files read: their receipts, and their rows as typed columns. Partitions joined are the `Returns` of a batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TypeVar

import numpy as np
import pandas as pd

from qipxl.privacy import without
from qipxl.reading.file.find import SourceFile
from qipxl.reading.file.open import OpenedFile
from qipxl.reading.file.opened import OpenedWorkbook
from qipxl.reading.typed_tables import doubted, empty_columns, month_first, type_table, unread, withhold
from qipxl.returns import problems
from qipxl.returns.returns import RECEIPT_COLUMNS, TEXT, Returns, problem_frame
from qipxl.returns.string_pool import StringPool
from qipxl.template import Template
from qipxl.text import as_text
from qipxl.workbook.layout import Placement
from qipxl.workbook.stamp import Stamp

T = TypeVar("T")
CellKey = tuple[str, str, int, int]
"""Table, field, return and sheet row."""


@dataclass(frozen=True)
class Partition:
    """Some files of a batch as `Returns` has them, before duplicates are resolved.

    The files are counted from 0 here; `numbers` are those they have among all. `receipts` are lines of RECEIPT_COLUMNS.
    `aside` are the reasons, by file, why head office must look first. The rows of a table are in the order of the files.
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
    """For rows in the cache: the name of their folder, and the index there of each file that could be read."""

    @property
    def readable(self) -> list[int]:
        """The files that could be read."""
        return [index for index, line in enumerate(self.receipts) if line["status"] == "accepted"]

    def cached_in(self, part: str) -> Partition:
        """The same files without their rows, which are in the cache."""
        without_rows = Partition(self.numbers, self.receipts, {}, {}, problem_frame(), aside=self.aside)
        return replace(without_rows, part=part, standing={index: rank for rank, index in enumerate(self.readable)})

    def with_texts(self, texts: StringPool) -> Partition:
        """The same files, with texts shared with all other users of `texts`."""
        return replace(self, tables={key: texts.of_frame(frame) for key, frame in self.tables.items()})

    @property
    def each_number(self) -> dict[int, list[int]]:
        """The number of each file among all."""
        return {index: [number] for index, number in enumerate(self.numbers)}

    def of_files(self, indexes: Sequence[int], sources: Sequence[SourceFile], numbers: Sequence[int]) -> Partition:
        """A partition of some of these files, in the order of `indexes`, each under its present name."""
        names = [without(source.name) for source in sources]
        receipts = [
            self.receipts[index] | {"file": name, "path": source.path_text}
            for index, name, source in zip(indexes, names, sources, strict=True)
        ]
        tables, masks, found = self.tables, self.unreadable, self.problems
        if list(indexes) != list(range(len(self.receipts))):
            tables = {key: renumbered(frame, indexes) for key, frame in self.tables.items()}
            masks = {key: renumbered(mask, indexes, self.tables[key]) for key, mask in self.unreadable.items()}
            found = renumbered(self.problems, indexes)
        found = found.assign(file=pd.Series([names[number] for number in found["return"]], dtype=TEXT))
        new = {index: [now for now, each in enumerate(indexes) if each == index] for index in set(indexes)}
        placements = {(now, key): layout for (n, key), layout in self.placements.items() for now in new.get(n, ())}
        originals, as_typed = dict(by_cell([(new, self.originals)])), dict(by_cell([(new, self.as_typed)]))
        stamps = {now: stamp for n, stamp in self.stamps.items() for now in new.get(n, ())}
        aside = {now: why for n, why in self.aside.items() for now in new.get(n, ())}
        return Partition(numbers, receipts, tables, masks, found, placements, originals, as_typed, stamps, aside)


def renumbered(frame: pd.DataFrame, indexes: Sequence[int], by: pd.DataFrame | None = None) -> pd.DataFrame:
    """The lines of some files of a partition, numbered by their index in `indexes`; `by` has the old numbers, else the frame."""
    owners = (frame if by is None else by)["return"].to_numpy()
    order = np.argsort(owners, kind="stable")
    ends = np.searchsorted(owners[order], indexes, side="right")
    starts = np.searchsorted(owners[order], indexes, side="left")
    lines = [order[start:end] for start, end in zip(starts, ends, strict=True)]
    chosen = frame.iloc[np.concatenate(lines) if lines else []].reset_index(drop=True)
    if by is not None:
        return chosen
    return chosen.assign(**{"return": np.repeat(np.arange(len(indexes), dtype=np.int64), ends - starts)})


def partition_of(
    sources: Sequence[SourceFile],
    files: Sequence[OpenedFile],
    templates: Mapping[str, Template],
    numbers: Sequence[int] | None = None,
) -> Partition:
    """The partition of opened files; the columns of each table are typed over all of them at once.

    `numbers` are those that the files have among all, default: from 0 on.
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
            found = [*doubted(template, key, doubts, frame, placements)]
            found += month_first(template, key, doubts, frame, placements)
            found += withhold(template, key, read, frame, originals)
            lines += [problems.line(number, str(receipts[number]["file"]), each) for number, each in found]
            parts[key].append((frame, unreadable))
    given = range(len(sources)) if numbers is None else numbers
    stamps = {number: file.workbook.stamp for number, file in enumerate(files) if file.workbook}
    aside = {n: file.workbook.aside for n, file in enumerate(files) if file.workbook and file.workbook.aside}
    return Partition(
        given, receipts, *in_order(parts), problem_frame(lines), placements, originals, as_typed, stamps, aside
    )


def receipt(source: SourceFile, file: OpenedFile) -> dict[str, object]:
    """A file's receipt, before it is compared with other files."""
    line: dict[str, object] = dict.fromkeys(RECEIPT_COLUMNS, "")
    line |= dict.fromkeys(("rows_found", "rows_accepted", "rows_set_aside", "rows_superseded", "submission"), 0)
    line |= {"file": without(source.name), "path": source.path_text, "status": file.status, "reason": file.reason}
    line |= {"digest": file.digest, "rows": {}, "nil": False}
    return line | workbook_receipt(file.workbook) if file.workbook else line


def workbook_receipt(workbook: OpenedWorkbook) -> dict[str, object]:
    """The part of a receipt that the workbook gives; identity comes from the stamp, not from the cover."""
    facts, cover = workbook.stamp.facts, workbook.cover
    rows = {
        key: {"found": table.found, "accepted": len(table.rows), "superseded": table.superseded}
        for key, table in workbook.tables.items()
    }
    found, accepted, superseded = (
        sum(counts[name] for counts in rows.values()) for name in ("found", "accepted", "superseded")
    )
    submission = cover.get("submission", 0)
    submitted_by = without(" ".join(as_text(cover.get("submitted_by", "")).split()), staff=True)
    same = {name: facts[name] for name in ("template", "version", "region", "manager", "period")}
    return same | {
        "service": facts["code"], "name": facts["service"], "nil": workbook.nil,
        "reason": "Nil return: there is nothing to report." if workbook.nil else workbook.note,
        "submission": submission if isinstance(submission, int) else 0,
        "submitted_by": submitted_by[:60], "rows": rows, "rows_found": found, "rows_accepted": accepted,
        "rows_superseded": superseded, "rows_set_aside": found - accepted - superseded, "saved": workbook.saved,
    }  # fmt: skip


def joined(
    partitions: Iterable[Partition], templates: Mapping[str, Template]
) -> tuple[Returns, dict[int, Sequence[str]]]:
    """All partitions as one batch, in the order of the files, and the reasons why head office must look at a file first."""
    made = [empty_partition(templates), *partitions]
    lines = dict(chain.from_iterable(zip(each.numbers, each.receipts, strict=True) for each in made))
    receipts = pd.DataFrame(lines.values(), pd.Index(lines, name="return"), list(RECEIPT_COLUMNS)).sort_index()
    parts: dict[str, list[tuple[pd.DataFrame, pd.DataFrame]]] = defaultdict(list)
    for partition in made:
        for key, frame in partition.tables.items():
            parts[key].append((of_all(frame, partition), partition.unreadable[key]))
    tables, masks = in_order(parts)
    found = pd.concat(
        [of_all(each.problems, each) for each in made if len(each.problems)] or [problem_frame()], ignore_index=True
    )
    found = found.sort_values("return", kind="stable", ignore_index=True)
    placements = {(each.numbers[n], key): layout for each in made for (n, key), layout in each.placements.items()}
    originals = dict(by_cell((each.each_number, each.originals) for each in made))
    as_typed = dict(by_cell((each.each_number, each.as_typed) for each in made))
    stamps = {each.numbers[n]: stamp for each in made for n, stamp in each.stamps.items()}
    aside = {each.numbers[n]: reasons for each in made for n, reasons in each.aside.items()}
    return Returns(templates, receipts, tables, masks, placements, found, originals, as_typed, stamps), aside


def of_all(frame: pd.DataFrame, partition: Partition) -> pd.DataFrame:
    """A partition's frame with the numbers that its files have among all."""
    return frame.assign(**{"return": np.array(partition.numbers, np.int64)[frame["return"].to_numpy()]})


def in_order(
    parts: Mapping[str, Sequence[tuple[pd.DataFrame, pd.DataFrame]]],
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The frames of each table joined, and their masks, in the order of the files."""
    tables, masks = {}, {}
    for key, pairs in parts.items():
        combined = pd.concat([frame for frame, _ in pairs], ignore_index=True)
        mask = joined_masks([mask for _, mask in pairs])
        owners = combined["return"].to_numpy()
        if not bool((owners[1:] >= owners[:-1]).all()):
            order = np.argsort(owners, kind="stable")
            combined, mask = (each.iloc[order].reset_index(drop=True) for each in (combined, mask))
        tables[key], masks[key] = combined, mask
    return tables, masks


def by_cell(kept: Iterable[tuple[Mapping[int, Sequence[int]], Mapping[CellKey, T]]]) -> Iterator[tuple[CellKey, T]]:
    """Values by cell, under the numbers that each file has now."""
    for numbers, cells in kept:
        for (table, field_key, number, row), value in cells.items():
            for now in numbers.get(number, ()):
                yield (table, field_key, now, row), value


def empty_partition(templates: Mapping[str, Template]) -> Partition:
    """A partition of no file, which has the columns of every table of every template."""
    columns: dict[str, dict[str, object]] = defaultdict(dict)
    for template in templates.values():
        for key in template.tables:
            columns[key] |= empty_columns(template, key)
    tables = {key: pd.DataFrame(named, index=pd.RangeIndex(0)) for key, named in columns.items()}
    masks = {key: pd.DataFrame(index=frame.index) for key, frame in tables.items()}
    return Partition((), (), tables, masks, problem_frame())


def joined_masks(masks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Masks joined, with the fields in which anything is unreadable; false for a field that a template lacks."""
    if not any(len(mask.columns) for mask in masks):
        return pd.DataFrame(index=pd.RangeIndex(sum(map(len, masks))))
    combined = pd.concat(masks, ignore_index=True)
    if combined.isna().to_numpy().any():
        combined = combined.astype("boolean").fillna(False).astype(bool)
    return combined.loc[:, combined.any().to_numpy(bool)]
