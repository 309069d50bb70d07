"""A partition as a folder of files: a file of typed rows for each table, and one of receipts, stamps and positions.

    files.json               receipts, stamps and positions
    table-actions.feather    typed rows, one file for each table; problems.feather

A folder is written under a temporary name and renamed when it is complete.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow.feather import read_table, write_feather

from qipxl.files import Location, digest, named, parse_location, publish, remove, temporary_folder
from qipxl.reading.file.find import SourceFile
from qipxl.reading.partitions import Partition
from qipxl.returns.returns import problem_frame
from qipxl.returns.string_pool import StringPool, arrow_table
from qipxl.workbook.layout import Placement
from qipxl.workbook.stamp import IssuedRow, Stamp

FILES, PROBLEMS = "files.json", "problems"
UNREADABLE = "unreadable "
"""The start of the name of a column that marks the unreadable cells of the field whose name follows."""


def write_partition(partition: Partition, folder: Location) -> str:
    """Write the readable files of a partition to the cache; returns the name of its folder, empty if none is readable.

    Raises OSError if the folder cannot be written to.
    """
    indexes = partition.readable
    if not indexes:
        return ""
    sources = [SourceFile(parse_location(str(line["path"])), str(line["file"])) for line in partition.receipts]
    kept = partition.of_files(indexes, [sources[index] for index in indexes], indexes)
    with temporary_folder(folder) as built:
        write_partition_files(kept, built)
        name = hashlib.sha256("".join(str(line["digest"]) for line in kept.receipts).encode()).hexdigest()[:16]
        try:
            publish(built, folder / name, FILES)
        except OSError:  # it exists: copies of one file are kept once, a damaged folder is replaced
            remove(folder / name)
            publish(built, folder / name, FILES)
    return name


def write_partition_files(partition: Partition, folder: Path) -> None:
    """Write a partition into a folder."""
    for key, frame in partition.tables.items():
        if len(frame):
            mask = partition.unreadable[key]
            table = frame.assign(**{f"{UNREADABLE}{name}": mask[name] for name in mask.columns})
            write_feather(arrow_table(table), str(folder / f"table-{key}.feather"), "lz4")
    if len(partition.problems):
        partition.problems.to_feather(folder / f"{PROBLEMS}.feather", compression="zstd")
    shapes = {shape_of(layout): layout for layout in partition.placements.values()}
    numbers = {shape: number for number, shape in enumerate(shapes)}
    rest: dict[str, Any] = {
        "receipts": [line | {"path": ""} for line in partition.receipts],
        "shapes": [asdict(layout) for layout in shapes.values()],
        "placements": [[n, key, numbers[shape_of(layout)]] for (n, key), layout in partition.placements.items()],
        "originals": [[*cell, text] for cell, text in partition.originals.items()],
        "as_typed": [[*cell, *tagged(value)] for cell, value in partition.as_typed.items()],
        "stamps": [
            [n, dict(stamp.facts), [list(vars(row).values()) for row in stamp.issued], sorted(stamp.hidden)]
            for n, stamp in partition.stamps.items()
        ],
        "aside": [[n, list(why)] for n, why in partition.aside.items()],
    }  # fmt: skip
    rest["digests"] = {path.name: digest(path) for path in sorted(folder.glob("*.feather"))}
    (folder / FILES).write_text(json.dumps(rest), "utf-8")


def shape_of(layout: Placement) -> tuple[str, frozenset[tuple[str, int]]]:
    """What two equal placements share."""
    return layout.sheet, frozenset(layout.columns.items())


def read_partition(folder: Location, texts: StringPool | None = None, *, rows: bool = True) -> Partition:
    """The partition in a folder, with texts shared with other users of `texts`.

    Raises OSError or ValueError if it cannot be read, or a file of it has changed.
    """
    rest = json.loads((folder / FILES).read_text("utf-8"))
    files = {path.name: path for path in named(folder, "*.feather")}
    if rest["digests"] != {name: digest(path) for name, path in files.items()}:
        raise ValueError(f"{folder} is not complete.")
    numbers, aside = range(len(rest["receipts"])), dict(rest["aside"])
    if not rows:
        return Partition(numbers, rest["receipts"], {}, {}, problem_frame(), aside=aside)
    tables, masks, texts = {}, {}, texts or StringPool()
    for name, path in files.items():
        if not name.startswith("table-"):
            continue
        key, table = name.removeprefix("table-").removesuffix(".feather"), rows_in(path, texts)
        marks = [name for name in table.columns if name.startswith(UNREADABLE)]
        tables[key] = table.drop(columns=marks) if marks else table
        masks[key] = table[marks].rename(columns=lambda name: name.removeprefix(UNREADABLE))
    path_of_problems = files.get(f"{PROBLEMS}.feather")
    problems = problem_frame() if path_of_problems is None else frame_in(path_of_problems)
    shapes = [Placement(shape["sheet"], shape["columns"]) for shape in rest["shapes"]]
    placements = {(n, key): shapes[shape] for n, key, shape in rest["placements"]}
    originals = {(table, name, n, row): text for table, name, n, row, text in rest["originals"]}
    as_typed = {(table, name, n, row): untagged(kind, text) for table, name, n, row, kind, text in rest["as_typed"]}
    stamps = {
        n: Stamp(facts, tuple(IssuedRow(*row) for row in issued), hidden=frozenset(hidden))
        for n, facts, issued, hidden in rest["stamps"]
    }
    receipts = rest["receipts"]
    return Partition(numbers, receipts, tables, masks, problems, placements, originals, as_typed, stamps, aside)


def rows_in(path: Location, texts: StringPool) -> pd.DataFrame:
    """The rows in a file that `arrow_table` made."""
    with path.open("rb") as file:
        return texts.of_table(read_table(file, use_threads=False))  # files are small


def frame_in(path: Location) -> pd.DataFrame:
    """The frame in a file."""
    with path.open("rb") as file:
        frame: pd.DataFrame = pd.read_feather(file)
        return frame


MOMENTS: Mapping[str, type[datetime] | type[date] | type[time]] = {"datetime": datetime, "date": date, "time": time}
"""Types that are written as text and read back by `fromisoformat`."""


def tagged(value: object) -> tuple[str, object]:
    """A cell for JSON, after the name of its type if JSON has no such type."""
    for name, kind in MOMENTS.items():
        if isinstance(value, datetime | date | time) and isinstance(value, kind):
            return name, value.isoformat()
    return ("duration", value.total_seconds()) if isinstance(value, timedelta) else ("", value)


def untagged(kind: str, value: Any) -> object:
    """The cell that `tagged` was given."""
    if kind == "duration":
        return timedelta(seconds=value)
    return MOMENTS[kind].fromisoformat(value) if kind else value
