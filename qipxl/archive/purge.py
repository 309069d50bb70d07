"""Deleting returns from the archive, for retention or erasure, with a receipt of what was deleted and why."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from qipxl.archive.keep import write_commit
from qipxl.archive.plain_tables import plain_table
from qipxl.archive.store import KEY, MARKER_FILE, READ_CACHE, commit_folders, open_archive, read_parquet
from qipxl.errors import OutputError, RequestError
from qipxl.files import TEMPORARY_PREFIX, Location, named, remove, rename, temporary_folder
from qipxl.periods import Period
from qipxl.returns.export import to_csv
from qipxl.services import is_named

RECEIPTS = "receipts"
"""The folder of the archive that holds the receipts."""


def select_for_deletion(folder: Location, before: date | None = None, services: Sequence[str] = ()) -> pd.DataFrame:
    """The returns that a deletion would remove, in all their versions: columns KEY, `name`, `file` and `digest`.

    These are the returns of months that ended before `before` and of the services with these codes, with all their plans. Without `before` they
    are of every month, without `services` of every service. Raises RequestError if both are missing or a code is not in
    the archive.
    """
    if before is None and not services:
        raise RequestError("Say what to delete: months that ended before a date, a service, or both.")
    archive = open_archive(folder)
    known = dict(zip(archive.versions["service"].astype(str), archive.versions["name"].astype(str), strict=True))
    chosen = {text: [code for code, name in known.items() if is_named(text, code, name)] for text in services}
    if unknown := [text for text, found in chosen.items() if not found]:
        raise RequestError(
            f"The archive holds no return of a service {unknown[0]}. Its codes: {', '.join(sorted(known))}."
        )
    selection = archive.versions
    if before is not None:
        ended = [Period.read(month).last < before for month in selection["period"]]
        selection = selection[pd.Series(ended, index=selection.index, dtype=bool)]
    if services:
        selection = selection[selection["service"].isin([code for found in chosen.values() for code in found])]
    return selection[[*KEY, "name", "file", "digest"]].reset_index(drop=True)


def purge_archive(folder: Location, before: date | None = None, services: Sequence[str] = ()) -> pd.DataFrame:
    """Delete what `select_for_deletion` gives, write a receipt, and return its lines.

    The read cache and the temporary folders of stopped runs are deleted too. Raises OutputError if files cannot be changed.
    """
    lines = select_for_deletion(folder, before, services)
    if not len(lines):
        return lines
    try:
        receipt = begin_receipt(folder, lines, before, services)
        for path in (folder / READ_CACHE, *named(folder, f"{TEMPORARY_PREFIX}*")):
            remove(path)
        keys = pd.MultiIndex.from_frame(lines[list(KEY)])
        for commit in list(commit_folders(folder)):
            delete_returns(folder, commit, keys)
        rename(receipt, receipt.name.removeprefix("begun-"))
    except OSError as error:
        raise OutputError(
            f"The archive {folder} cannot be changed ({error.strerror or error}). Run the command again to finish the deletion."
        ) from None
    return lines


def begin_receipt(folder: Location, lines: pd.DataFrame, before: date | None, services: Sequence[str]) -> Location:
    """Write the receipt of a deletion; its name begins with `begun-` until everything is deleted."""
    receipts = folder / RECEIPTS
    if isinstance(receipts, Path):
        receipts.mkdir(exist_ok=True)
    number = 1 + len(list(receipts.glob("*purge-*.csv")))
    conditions = [f"ended before {before:%d/%m/%Y}"] if before else []
    conditions += [f"service {', '.join(services)}"] if services else []
    path = receipts / f"begun-purge-{number:04d}.csv"
    path.write_text(to_csv(lines.assign(asked=" and ".join(conditions))), "utf-8")
    return path


def delete_returns(folder: Location, commit: Location, keys: pd.MultiIndex) -> None:
    """Replace a commit by one without some returns; the new one is complete before the old one is removed."""
    deleted = pd.MultiIndex.from_frame(read_parquet(commit / MARKER_FILE)[list(KEY)]).isin(keys)
    if not deleted.any():
        return
    if not deleted.all():
        files = {}
        for path in named(commit, "*.parquet"):
            frame = read_parquet(path)
            kept = ~pd.MultiIndex.from_frame(frame[list(KEY)]).isin(keys)
            files[path.stem] = plain_table(frame[kept])
        write_commit(folder, commit.parent.name, files)
    if not isinstance(commit, Path):
        remove(commit, MARKER_FILE)
        return
    with temporary_folder(folder) as trash:  # one step, so that a half-deleted commit is never read
        os.rename(commit, trash / commit.name)
