"""Adds returns to the archive: each run that has something new writes a commit for each batch of returns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from qipxl.archive.plain_tables import of_one_type, plain_table
from qipxl.archive.store import AS_TYPED, ISSUED, KEY, MARKER_FILE, PROBLEMS, RECEIPT, RETURNS, STAMPED, open_archive
from qipxl.errors import OutputError
from qipxl.files import Location, publish, temporary_folder
from qipxl.returns.rate import Rated
from qipxl.text import as_text


@dataclass(frozen=True)
class ArchiveChanges:
    """What a run did to the archive: codes of the services whose return is new, corrected (a new version) or unchanged."""

    new: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def keep_returns(
    rated: Rated, folder: Location, former_codes: Mapping[str, str] = MappingProxyType({})
) -> ArchiveChanges:
    """Add every accepted return that is new or has changed, with its ratings, to the archive.

    Args:
        rated: Rated returns of one or more months.
        folder: The archive's folder; it is created if it does not exist.
        former_codes: As in `open_archive`.

    Returns:
        The codes of the services whose return is `new`, `corrected` or `unchanged`.

    Raises:
        OutputError: The archive cannot be written.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import qipxl
    >>> core, march = qipxl.find_template("core"), qipxl.Period(2026, 3)
    >>> elm = qipxl.Service(code="ELM", name="Elm House")
    >>> cover, rows = {"submitted_by": "R Lee"}, {"actions": [{"ref": "A-001", "issue": "Falls at night"}]}
    >>> with tempfile.TemporaryDirectory() as name:
    ...     path = qipxl.write_tracker(core, elm, march, Path(name, "elm.xlsx"), cover=cover, rows=rows)
    ...     rated = qipxl.rate(qipxl.check(qipxl.read_returns(path), march.last), march.last)
    ...     keep_returns(rated, Path(name, "archive")).new
    ('ELM',)
    """
    accepted, content_hashes = rated.returns.accepted, content_hashes_of(rated)
    latest = open_archive(folder, set(accepted["period"]), ["seal"], former_codes).latest
    archived = {
        (str(code), str(month)): (int(version), str(seal))
        for code, month, version, seal in latest[["service", "period", "version", "seal"]].itertuples(index=False)
    }
    changes: dict[str, list[str]] = {"new": [], "corrected": [], "unchanged": []}
    to_write: dict[str, dict[int, int]] = {}
    for number, code, month in zip(accepted.index, accepted["service"], accepted["period"], strict=True):
        version, seal = archived.get((code, month), (0, ""))
        change = "unchanged" if seal == content_hashes[number] else "corrected" if version else "new"
        changes[change].append(code)
        if change != "unchanged":
            to_write.setdefault(month, {})[number] = version + 1
    for month, versions in to_write.items():
        write_commit(folder, month, commit_files(rated, versions, content_hashes))
    return ArchiveChanges(**{change: tuple(codes) for change, codes in changes.items()})


def content_hashes_of(rated: Rated) -> dict[int, str]:
    """For each accepted return, by its number, a hash of its file and its ratings."""
    accepted = rated.returns.accepted
    parts = {number: [rated.as_at.isoformat()] for number in accepted.index}
    for key in sorted(rated.ratings):
        frame = rated.ratings[key]
        pairs = [(str(name), column, of_one_type(column)) for name, column in frame.items()]
        changed = {name: plain for name, column, plain in pairs if plain is not column}
        hashes = pd.util.hash_pandas_object(frame.assign(**changed).drop(columns="return"), index=False)
        for number, total in hashes.groupby(frame["return"]).sum().items():
            parts[int(str(number))].append(f"{key} {total}")
    return {
        number: hashlib.sha256(" ".join([digest, *parts[number]]).encode()).hexdigest()[:32]
        for number, digest in zip(accepted.index, accepted["digest"], strict=True)
    }


def commit_files(rated: Rated, versions: Mapping[int, int], hashes: Mapping[int, str]) -> dict[str, pa.Table]:
    """The files of a commit by name, for the returns in `versions`, by their numbers."""
    returns = rated.returns
    receipts = returns.receipts.loc[list(versions)]
    placements: dict[int, dict[str, object]] = {number: {} for number in versions}
    for (owner, key), placement in returns.placements.items():
        if owner in placements:
            placements[owner][key] = {"sheet": placement.sheet, "columns": placement.columns}
    lines = receipts.drop(columns=["path", "status", "reason"]).rename(columns={"version": "template_version"})
    lines = lines.assign(
        as_at=rated.as_at.isoformat(),
        seal=[hashes[number] for number in versions],
        rows=[json.dumps(counts, sort_keys=True) for counts in receipts["rows"]],
        columns=[json.dumps(placements[number], sort_keys=True) for number in versions],
        **{
            column: [
                returns.stamps[number].facts.get(fact, "") if number in returns.stamps else "" for number in versions
            ]
            for column, fact in STAMPED.items()
        },
    )
    lines["version"] = list(versions.values())
    files = {RETURNS: plain_table(lines[[*KEY, *RECEIPT]])}
    identity, numbers = files[RETURNS].select(KEY), pd.Index(list(versions))

    def with_key(frame: pd.DataFrame) -> pa.Table:
        """The frame's rows of these returns, with KEY in place of their numbers."""
        owner = numbers.get_indexer(pd.Index(frame["return"]))
        table = plain_table(frame if (owner >= 0).all() else frame[owner >= 0]).drop(["return"])
        for place, name in enumerate(KEY):
            table = table.add_column(place, name, identity[name].take(owner[owner >= 0]))
        return table

    inputs = returns.rule_inputs
    for key, frame in returns.tables.items():
        files[key] = with_key(inputs.with_originals(key, frame))
    for key, frame in rated.ratings.items():
        files[f"{key}-ratings"] = with_key(frame)
    files[PROBLEMS] = with_key(returns.problems.drop(columns="file"))
    typed = [(number, key, row, field, as_text(value)) for (key, field, number, row), value in returns.as_typed.items()]
    files[AS_TYPED] = with_key(pd.DataFrame(typed, columns=["return", "table", "row", "field", "said"]))
    issued = [
        (number, row.table, row.ref, row.original_due, row.digest)
        for number, stamp in returns.stamps.items()
        for row in stamp.issued
    ]
    files[ISSUED] = with_key(pd.DataFrame(issued, columns=["return", "table", "ref", "original_due", "digest"]))
    return {name: table for name, table in files.items() if len(table) or name == RETURNS}


def write_commit(folder: Location, month: str, files: Mapping[str, pa.Table]) -> None:
    """Add a commit to a month; raises OutputError if it cannot be written."""
    try:
        with temporary_folder(folder) as temporary:
            for name, table in files.items():
                with (temporary / f"{name}.parquet").open("wb") as file:
                    parquet.write_table(table, file, write_statistics=False)  # no reader uses them
            publish_commit(temporary, folder / month)
    except OSError as error:
        raise OutputError(
            f"The archive {folder} cannot be written ({error.strerror or error}). It is unchanged. Run the command again."
        ) from None


def publish_commit(temporary: Path, month: Location) -> None:
    """Move a commit to the next number of its month, or to a later one if another process takes that number first.

    In remote storage, where two processes could take the same number unnoticed, a random suffix follows the number.
    """
    if not isinstance(month, Path):
        publish(temporary, month / f"{next_number(month)}-{uuid4().hex[:8]}", MARKER_FILE)
        return
    month.mkdir(parents=True, exist_ok=True)
    while True:
        target = month / next_number(month)
        try:
            publish(temporary, target, MARKER_FILE)
            return
        except OSError:
            if not target.exists():
                raise


def next_number(month: Location) -> str:
    """The next free number of a month's commits, in four digits."""
    names = [commit.name.partition("-")[0] for commit in month.glob("[0-9]*")]
    numbers = [int(name) for name in names if name.isdecimal()]
    return f"{max(numbers, default=0) + 1:04d}"
