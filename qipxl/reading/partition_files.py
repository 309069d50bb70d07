"""A piece as a folder of files: its rows typed, one file a table, and beside them receipts, stamps and places.

    files.json               receipts, stamps and places
    table-actions.feather    rows, typed; one file a table; problems.feather

A folder is written under another name and renamed once it is whole.
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

from qipxl.files import Location, digest, named, parse_location, publish, remove, temporary_folder
from qipxl.reading.file.find import SourceFile
from qipxl.reading.partitions import Partition
from qipxl.returns.returns import problem_frame
from qipxl.workbook.layout import Placement
from qipxl.workbook.stamp import IssuedRow, Stamp

FILES, PROBLEMS = "files.json", "problems"
UNREADABLE = "unreadable "
"""Before a field's name: the column that says where its cells could not be read."""


def write_partition(partition: Partition, folder: Location) -> str:
    """Remember the files of a piece that could be read; gives the name of the part, nothing where there is none.

    Raises OSError where the folder cannot be written to.
    """
    places = partition.readable
    if not places:
        return ""
    sources = [SourceFile(parse_location(str(line["path"])), str(line["file"])) for line in partition.receipts]
    kept = partition.of_files(places, [sources[place] for place in places], places)
    with temporary_folder(folder) as built:
        write_partition_files(kept, built)
        name = hashlib.sha256("".join(str(line["digest"]) for line in kept.receipts).encode()).hexdigest()[:16]
        try:
            publish(built, folder / name, FILES)
        except OSError:  # it stands there already: copies of one file are kept once, what is damaged is replaced
            remove(folder / name)
            publish(built, folder / name, FILES)
    return name


def write_partition_files(partition: Partition, folder: Path) -> None:
    """Write a piece into a folder."""
    for key, frame in partition.tables.items():
        if len(frame):
            mask = partition.unreadable[key]
            whole = frame.assign(**{f"{UNREADABLE}{name}": mask[name] for name in mask.columns})
            whole.to_feather(folder / f"table-{key}.feather", compression="zstd")
    if len(partition.problems):
        partition.problems.to_feather(folder / f"{PROBLEMS}.feather", compression="zstd")
    shapes = list(
        {json.dumps(asdict(place), sort_keys=True): place for place in partition.placements.values()}.values()
    )
    rest: dict[str, Any] = {
        "receipts": [line | {"path": ""} for line in partition.receipts],
        "shapes": [asdict(shape) for shape in shapes],
        "placements": [[n, key, shapes.index(place)] for (n, key), place in partition.placements.items()],
        "originals": [[*where, said] for where, said in partition.originals.items()],
        "as_typed": [[*where, *tagged(said)] for where, said in partition.as_typed.items()],
        "stamps": [[n, dict(stamp.facts), [list(asdict(row).values()) for row in stamp.issued]] for n, stamp in partition.stamps.items()],
        "aside": [[n, list(why)] for n, why in partition.aside.items()],
    }  # fmt: skip
    rest["digests"] = {path.name: digest(path) for path in sorted(folder.glob("*.feather"))}
    (folder / FILES).write_text(json.dumps(rest), "utf-8")


def read_partition(folder: Location, *, rows: bool = True) -> Partition:
    """The piece in a folder; raises OSError or ValueError where it cannot be read, or a file of it is not as it was written."""
    rest = json.loads((folder / FILES).read_text("utf-8"))
    files = {path.name: path for path in named(folder, "*.feather")}
    if rest["digests"] != {name: digest(path) for name, path in files.items()}:
        raise ValueError(f"{folder} is not whole.")
    numbers, aside = range(len(rest["receipts"])), dict(rest["aside"])
    if not rows:
        return Partition(numbers, rest["receipts"], {}, {}, problem_frame(), aside=aside)
    tables, masks = {}, {}
    for key, path in {
        name.removeprefix("table-").removesuffix(".feather"): path
        for name, path in files.items()
        if name.startswith("table-")
    }.items():
        whole = frame_in(path)
        marks = [name for name in whole.columns if name.startswith(UNREADABLE)]
        tables[key] = whole.drop(columns=marks)
        masks[key] = whole[marks].rename(columns=lambda name: name.removeprefix(UNREADABLE))
    problems = files.get(f"{PROBLEMS}.feather")
    shapes = [Placement(shape["sheet"], shape["columns"]) for shape in rest["shapes"]]
    return Partition(
        numbers,
        rest["receipts"],
        tables,
        masks,
        problem_frame() if problems is None else frame_in(problems),
        {(n, key): shapes[shape] for n, key, shape in rest["placements"]},
        {(table, name, n, row): said for table, name, n, row, said in rest["originals"]},
        {(table, name, n, row): untagged(kind, said) for table, name, n, row, kind, said in rest["as_typed"]},
        {n: Stamp(facts, tuple(IssuedRow(*row) for row in issued)) for n, facts, issued in rest["stamps"]},
        aside,
    )


def frame_in(path: Location) -> pd.DataFrame:
    """A frame of a piece."""
    with path.open("rb") as file:
        frame: pd.DataFrame = pd.read_feather(file)
        return frame


MOMENTS: Mapping[str, type[datetime] | type[date] | type[time]] = {"datetime": datetime, "date": date, "time": time}
"""What is kept as text, and read back by its own `fromisoformat`."""


def tagged(said: object) -> tuple[str, object]:
    """A cell as JSON keeps it, with the name of its type where it is of another than JSON's own."""
    for name, kind in MOMENTS.items():
        if isinstance(said, datetime | date | time) and isinstance(said, kind):
            return name, said.isoformat()
    return ("duration", said.total_seconds()) if isinstance(said, timedelta) else ("", said)


def untagged(kind: str, said: Any) -> object:
    """What `tagged` was given."""
    if kind == "duration":
        return timedelta(seconds=said)
    return MOMENTS[kind].fromisoformat(said) if kind else said
