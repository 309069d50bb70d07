"""What was read, remembered by each file's digest, so that an unchanged file is not read again.

    archive/read/<manner>/000012/files.json        receipts, stamps and places of some files
    archive/read/<manner>/000012/table-actions.feather   their rows, typed; one file a table; problems.feather

A folder holds a piece; it is written under another name and renamed once it is whole, so that a run that was stopped goes on
from the last one. `<manner>` is a digest of qipxl itself, the templates and the limits: with another one everything is
read again. Only files that could be read are remembered. What a run has no use for is deleted at its end.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd

from qipxl.installed import digest, fingerprint
from qipxl.layout import Placement
from qipxl.opening.files import SourceFile
from qipxl.reading.batches import Manner
from qipxl.reading.pieces import Piece
from qipxl.returns import problem_frame
from qipxl.stamp import IssuedRow, Stamp

FILES, PROBLEMS, BUILDING = "files.json", "problems", ".building-"
UNREADABLE = "unreadable "
"""Before a field's name: the column that says where its cells could not be read."""


@dataclass
class Memory:
    """A folder in which the files read in one manner are remembered. `known` has the part and the place of each digest."""

    home: Path
    manner: str
    known: dict[str, tuple[str, int]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    writable: bool = True

    @property
    def folder(self) -> Path:
        return self.home / self.manner

    def recall(self, digests: Mapping[int, str], sources: Sequence[SourceFile]) -> Iterator[Piece]:
        """The pieces of the files, given by their numbers, that are remembered; one that cannot be read is forgotten."""
        wanted: dict[str, list[int]] = defaultdict(list)
        for number, known_by in digests.items():
            if known_by in self.known:
                wanted[self.known[known_by][0]].append(number)
        for part, numbers in sorted(wanted.items()):
            try:
                piece = read_piece(self.folder / part)
            except (OSError, ValueError, KeyError, TypeError):
                continue
            self.used.add(part)
            places = [self.known[digests[number]][1] for number in numbers]
            yield piece.of_files(places, [sources[number] for number in numbers], numbers)

    def keep(self, piece: Piece) -> None:
        """Remember the files of a piece that could be read. A folder that cannot be written to remembers nothing: it only saves time."""
        places = [place for place, line in enumerate(piece.receipts) if line["status"] == "accepted"]
        if not places or not self.writable:
            return
        sources = [SourceFile(Path(str(line["path"])), str(line["file"])) for line in piece.receipts]
        kept = piece.of_files(places, [sources[place] for place in places], places)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            building = Path(tempfile.mkdtemp(prefix=BUILDING, dir=self.folder))
            try:
                write_piece(kept, building)
                name = hashlib.sha256("".join(str(line["digest"]) for line in kept.receipts).encode()).hexdigest()[:16]
                if name not in self.used:  # copies of one file are kept once, what is damaged is replaced
                    shutil.rmtree(self.folder / name, ignore_errors=True)
                    os.rename(building, self.folder / name)
                self.used.add(name)
            finally:
                shutil.rmtree(building, ignore_errors=True)
        except OSError:
            self.writable = False

    def forget_the_rest(self) -> None:
        """Delete what this run has neither used nor written."""
        for folder in self.home.iterdir() if self.home.is_dir() else ():
            if folder.is_dir() and folder != self.folder:
                shutil.rmtree(folder, ignore_errors=True)
        for part in self.folder.glob("*"):
            if part.name not in self.used:
                shutil.rmtree(part, ignore_errors=True)


def open_memory(home: Path, manner: Manner) -> Memory:
    """The memory in a folder, empty where there is none yet."""
    memory = Memory(home, digest_of_manner(manner))
    for part in sorted(memory.folder.glob("[0-9a-f]*")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            receipts = json.loads((part / FILES).read_text("utf-8"))["receipts"]
            memory.known |= {line["digest"]: (part.name, place) for place, line in enumerate(receipts)}
    return memory


def digest_of_manner(manner: Manner) -> str:
    """A digest of everything besides a file that decides what is read from it."""
    asked = manner.asked
    said: list[object] = [fingerprint(), asdict(asked.limits)]
    said += [asked.other_formats, asked.forensic, sorted(asked.kinds_off)]
    said += [template.model_dump_json() for _, template in sorted(manner.templates.items(), key=itemgetter(0))]
    said += [sorted(asked.plans[key].settings.items()) for key in sorted(asked.plans)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def write_piece(piece: Piece, folder: Path) -> None:
    """Write a piece into a folder."""
    for key, frame in piece.tables.items():
        if len(frame):
            mask = piece.unreadable[key]
            whole = frame.assign(**{f"{UNREADABLE}{name}": mask[name] for name in mask.columns})
            whole.to_feather(folder / f"table-{key}.feather", compression="zstd")
    if len(piece.problems):
        piece.problems.to_feather(folder / f"{PROBLEMS}.feather", compression="zstd")
    shapes = list({json.dumps(asdict(place), sort_keys=True): place for place in piece.placements.values()}.values())
    rest: dict[str, Any] = {
        "receipts": [line | {"path": ""} for line in piece.receipts],
        "shapes": [asdict(shape) for shape in shapes],
        "placements": [[n, key, shapes.index(place)] for (n, key), place in piece.placements.items()],
        "originals": [[*where, said] for where, said in piece.originals.items()],
        "as_typed": [[*where, *tagged(said)] for where, said in piece.as_typed.items()],
        "stamps": [[n, dict(stamp.facts), [list(asdict(row).values()) for row in stamp.issued]] for n, stamp in piece.stamps.items()],
        "aside": [[n, list(why)] for n, why in piece.aside.items()],
    }  # fmt: skip
    rest["digests"] = {path.name: digest(path) for path in sorted(folder.glob("*.feather"))}
    (folder / FILES).write_text(json.dumps(rest), "utf-8")


def read_piece(folder: Path) -> Piece:
    """The piece in a folder; raises OSError or ValueError where it cannot be read, or a file of it is not as it was written."""
    rest = json.loads((folder / FILES).read_text("utf-8"))
    if rest["digests"] != {path.name: digest(path) for path in sorted(folder.glob("*.feather"))}:
        raise ValueError(f"{folder} is not whole.")
    tables, masks = {}, {}
    for path in sorted(folder.glob("table-*.feather")):
        whole = pd.read_feather(path)
        marks = [name for name in whole.columns if name.startswith(UNREADABLE)]
        key = path.stem.removeprefix("table-")
        tables[key] = whole.drop(columns=marks)
        masks[key] = whole[marks].rename(columns=lambda name: name.removeprefix(UNREADABLE))
    problems = folder / f"{PROBLEMS}.feather"
    shapes = [Placement(shape["sheet"], shape["columns"]) for shape in rest["shapes"]]
    return Piece(
        range(len(rest["receipts"])),
        rest["receipts"],
        tables,
        masks,
        pd.read_feather(problems) if problems.is_file() else problem_frame(),
        {(n, key): shapes[shape] for n, key, shape in rest["placements"]},
        {(table, name, n, row): said for table, name, n, row, said in rest["originals"]},
        {(table, name, n, row): untagged(kind, said) for table, name, n, row, kind, said in rest["as_typed"]},
        {n: Stamp(facts, tuple(IssuedRow(*row) for row in issued)) for n, facts, issued in rest["stamps"]},
        dict(rest["aside"]),
    )


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
