"""The archive: every return in full, versions instead of overwriting, a run that dies, deletion with a receipt."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from grids import grid

from qipxl import Period, Rated, check, rate
from qipxl.archive.actions import rows_with_ratings
from qipxl.archive.keep import keep_returns
from qipxl.archive.purge import purge_archive
from qipxl.archive.store import KEY, open_archive
from qipxl.errors import QipxlError, RequestError

PLAN = """
    Actions
    | Ref   | Issue or risk | Status      | Due date   | Owner   | Last update |
    | A-001 | {issue}       | In progress | 30/04/2026 | Ann Lee | soon        |
    | A-002 | Falls         | Complete    | 31/01/2026 | Bo Ek   | 01/03/2026  |
    Milestones
    | Ref   | Action | Milestone    |
    | M-001 | A-001  | First review |
"""


@cache
def plan(issue: str = "Medicines", service: str = "ELM", period: str = "2026-03") -> Rated:
    """A rated return of one service and month, made once; a changed text makes another file of it."""
    returns = grid(PLAN.format(issue=issue), code=service, period=period, service=f"{service} House")
    returns.receipts["digest"] = f"{service} {period} {issue}"
    day = date(2026, int(period[-2:]), 28)
    return rate(check(returns, day), day)


def everything(folder: Path) -> dict[str, bytes]:
    """Every file of a folder that is not hidden, by its name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    }


def test_a_return_is_kept_in_full(tmp_path: Path) -> None:
    rated = plan()
    assert keep_returns(rated, tmp_path).new == ("ELM",)
    archive = open_archive(tmp_path)
    kept, was = archive.table("actions"), rated.returns.tables["actions"]
    for field in was.columns.drop("return"):
        pd.testing.assert_series_equal(kept[field].astype(was[field].dtype), was[field])
    ratings = archive.table("actions-ratings")
    assert list(ratings["headline"]) == list(rated.ratings["actions"]["headline"])
    assert list(archive.table("milestones")["milestone"]) == ["First review"]
    assert archive.table("as-typed")[["field", "row", "said"]].to_numpy().tolist() == [["last_update", 5, "soon"]]
    assert set(archive.table("problems")["code"]) == set(rated.returns.problems["code"])
    (line,) = archive.latest.to_dict("records")
    assert (line["service"], line["period"], line["version"], line["as_at"]) == ("ELM", "2026-03", 1, "2026-03-28")


def test_the_archive_holds_withheld_texts_in_full(tmp_path: Path) -> None:
    rated = plan("withheld: see the return, Actions!O5")
    whole = replace(rated.returns, originals={("actions", "issue", 0, 5): "Mrs Jones fell in room 12"})
    keep_returns(replace(rated, returns=whole), tmp_path)
    assert open_archive(tmp_path).table("actions")["issue"][0] == "Mrs Jones fell in room 12"


def test_only_a_corrected_return_adds_a_version(tmp_path: Path) -> None:
    keep_returns(plan(), tmp_path)
    before = everything(tmp_path)
    assert keep_returns(plan(), tmp_path).unchanged == ("ELM",)
    assert everything(tmp_path) == before
    assert keep_returns(plan("Medicines at night"), tmp_path).corrected == ("ELM",)
    after = everything(tmp_path)
    assert {name: after[name] for name in before} == before
    archive = open_archive(tmp_path)
    assert sorted(archive.versions["version"]) == [1, 2]
    assert list(archive.table("actions")["issue"]) == ["Medicines at night", "Falls"]


def test_months_and_services_stand_side_by_side(tmp_path: Path) -> None:
    for each in (plan(), plan(service="OAK"), plan(period="2026-02"), plan("Late one", "OAK", "2026-02")):
        keep_returns(each, tmp_path)
    archive = open_archive(tmp_path)
    assert archive.latest[["period", "service"]].to_numpy().tolist() == [
        ["2026-02", "ELM"], ["2026-02", "OAK"], ["2026-03", "ELM"], ["2026-03", "OAK"],
    ]  # fmt: skip
    earlier = archive.before(Period(2026, 3))
    assert set(earlier.table("actions")["issue"]) == {"Medicines", "Late one", "Falls"}
    assert set(earlier.table("actions")["period"]) == {"2026-02"}


class Killed(BaseException):
    """Stands for a process that is killed: nothing catches it, and nothing is cleaned up after it."""


def killing(monkeypatch: pytest.MonkeyPatch, step: int) -> Callable[[], int]:
    """Has the process die before a numbered write, rename or deletion; gives how many there were."""
    done = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            nonlocal done
            done += 1
            if done == step:
                raise Killed
            return real(*arguments, **named) if done < step else None

        return run

    monkeypatch.setattr(pd.DataFrame, "to_parquet", counted(pd.DataFrame.to_parquet))
    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, counted(getattr(os, name)))
    monkeypatch.setattr(shutil, "rmtree", counted(shutil.rmtree))
    return lambda: done


@pytest.mark.parametrize("step", range(1, 13))
def test_a_run_that_dies_leaves_the_archive_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    keep_returns(plan(), tmp_path)
    before = everything(tmp_path)
    corrected = plan("Medicines at night")
    with monkeypatch.context() as patch:
        count = killing(patch, step)
        try:
            keep_returns(corrected, tmp_path)
        except Killed:
            pass
        else:
            assert count() < step
    left = everything(tmp_path)
    assert {name: left[name] for name in before} == before
    issue = open_archive(tmp_path).table("actions")["issue"][0]
    assert issue == ("Medicines" if left == before else "Medicines at night")
    keep_returns(corrected, tmp_path)
    assert open_archive(tmp_path).table("actions")["issue"][0] == "Medicines at night"


@pytest.mark.parametrize("step", range(1, 16))
def test_an_interrupted_deletion_leaves_a_usable_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    both = plan()
    keep_returns(both, tmp_path)
    keep_returns(plan(service="OAK"), tmp_path)
    with monkeypatch.context() as patch:
        killing(patch, step)
        with suppress(Killed):
            purge_archive(tmp_path, services=["ELM"])
    assert list(open_archive(tmp_path).table("actions").query("service == 'OAK'")["ref"]) == ["A-001", "A-002"]
    if "ELM" in set(open_archive(tmp_path).versions["service"]):
        purge_archive(tmp_path, services=["ELM"])
    assert set(open_archive(tmp_path).versions["service"]) == {"OAK"}


def test_deletion_takes_all_versions_and_leaves_a_receipt(tmp_path: Path) -> None:
    for each in (plan(), plan("Again"), plan(service="OAK"), plan(period="2026-02"), plan("x", "OAK", "2026-01")):
        keep_returns(each, tmp_path)
    gone = purge_archive(tmp_path, before=date(2026, 3, 1), services=["OAK"])
    assert gone[["service", "period"]].to_numpy().tolist() == [["OAK", "2026-01"]]
    gone = purge_archive(tmp_path, services=["ELM"])
    assert sorted(gone["period"]) == ["2026-02", "2026-03", "2026-03"]
    assert set(open_archive(tmp_path).versions["service"]) == {"OAK"}
    receipts = sorted((tmp_path / "receipts").glob("*.csv"))
    assert [path.name for path in receipts] == ["purge-0001.csv", "purge-0002.csv"]
    assert "ended before 01/03/2026 and service OAK" in receipts[0].read_text("utf-8")
    assert len(pd.read_csv(receipts[1])) == 3


def test_nothing_to_delete_leaves_no_receipt(tmp_path: Path) -> None:
    keep_returns(plan(), tmp_path)
    before = everything(tmp_path)
    assert not purge_archive(tmp_path, before=date(2026, 1, 1)).size
    assert everything(tmp_path) == before
    assert not len(purge_archive(tmp_path / "none", before=date(2026, 1, 1)))


@pytest.mark.parametrize(
    ("asked", "words"),
    [({}, "Say what to delete"), ({"services": ["ASH"]}, "holds no return of a service ASH. Its codes: ELM.")],
)
def test_what_cannot_be_deleted_is_said(tmp_path: Path, asked: dict[str, Any], words: str) -> None:
    keep_returns(plan(), tmp_path)
    with pytest.raises(RequestError, match=words):
        purge_archive(tmp_path, **asked)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    keep_returns(plan(), tmp_path)
    broken = tmp_path / "2026-03" / "0001" / "actions.parquet"
    broken.write_bytes(broken.read_bytes()[:100])
    with pytest.raises(QipxlError, match=r"actions\.parquet, a file of the archive, cannot be read"):
        open_archive(tmp_path).table("actions")


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file")
    with pytest.raises(QipxlError, match="cannot be written"):
        keep_returns(plan(), tmp_path / "archive")


def test_an_archive_that_cannot_be_changed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_returns(plan(), tmp_path)

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "rename", denied)
    with pytest.raises(QipxlError, match="cannot be changed"):
        purge_archive(tmp_path, services=["ELM"])
    assert len(open_archive(tmp_path).versions) == 1


def test_keeping_returns_reads_no_other_month(tmp_path: Path) -> None:
    keep_returns(plan(period="2026-02"), tmp_path)
    (tmp_path / "2026-02" / "0001" / "returns.parquet").write_bytes(b"damaged")
    assert keep_returns(plan(), tmp_path).new == ("ELM",)
    assert keep_returns(plan(), tmp_path).unchanged == ("ELM",)
    assert set(open_archive(tmp_path, {"2026-03"}).versions["period"]) == {"2026-03"}


def test_rows_with_ratings_have_the_columns_named(tmp_path: Path) -> None:
    keep_returns(plan(), tmp_path)
    archive = open_archive(tmp_path)
    rows = rows_with_ratings(archive, "actions", ["ref"], ["headline", "no_such_rating"])
    assert list(rows.columns) == [*KEY, "row", "ref", "headline"]
    assert list(rows["headline"]) == list(archive.table("actions-ratings")["headline"])
    assert list(rows_with_ratings(archive, "no-such-table", ["ref"], []).columns) == [*KEY, "row", "ref"]
