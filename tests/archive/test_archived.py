"""Rows of the archive as a summary shows them: whose they are, where they stand, and never a text that was withheld."""

from pathlib import Path

import pandas as pd
import pytest
from factories import ACTION, MARCH, SIGNED
from pandas.testing import assert_frame_equal
from pyarrow import parquet

from qipxl import Service, check, find_template, rate, read_returns, summarise, write_summary, write_tracker
from qipxl.archive.actions import rated_actions
from qipxl.archive.keep import keep_returns
from qipxl.archive.plain_tables import plain_columns
from qipxl.archive.rows import archived_rows, in_shape, iter_frames, one_column, personal_data
from qipxl.archive.store import KEY, Archive, frame_of, open_archive, read_table
from qipxl.periods import Period
from qipxl.returns.rate import Rated
from qipxl.returns.string_pool import CategoryPool, StringPool
from qipxl.summary.history import finished_before

SECRET = "Mrs Jane Example fell"
WITHDRAWN = {"status": "Withdrawn", "withdrawal_reason": "Joined with A-001", "withdrawal_approved_by": "Bo Ek"}
PLAN = [ACTION, {**ACTION, **WITHDRAWN, "ref": "A-002", "issue": SECRET}]
WHERE = "withheld: see the return, Actions!"


ELM = Service(code="ELM", name="Elm House", region="North")


def rated(folder: Path, period: Period, rows: list[dict[str, object]], service: Service = ELM) -> Rated:
    folder.mkdir()
    write_tracker(find_template("core"), service, period, folder / "back.xlsx", rows={"actions": rows}, cover=SIGNED)
    return rate(check(read_returns(folder), period.last), period.last)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """March of one service: an action, and one that was withdrawn, whose issue names somebody."""
    home = tmp_path_factory.mktemp("kept")
    keep_returns(rated(home / "back", MARCH, PLAN), home / "archive")
    return open_archive(home / "archive")


def test_rows_stand_beside_what_was_worked_out_with_their_cells(archive: Archive) -> None:
    lines = archived_rows(archive, "actions")
    assert list(lines["ref"]) == ["A-001", "A-002"]
    assert list(lines["cell"]) == ["Actions!A5", "Actions!A6"]
    assert lines["headline_label"].str.len().min() > 1
    assert list(lines.columns[:3]) == list(KEY)
    assert list(archived_rows(archive, "actions", ["ref", "headline"]).columns) == [
        *KEY,
        "row",
        "ref",
        "headline",
        "cell",
    ]
    assert not len(archived_rows(archive, "reviews"))


def test_a_text_that_was_withheld_only_says_where_it_stands(archive: Archive) -> None:
    in_full = archived_rows(archive, "actions")
    shown = archived_rows(archive, "actions", withheld=personal_data(archive))
    assert SECRET in set(in_full["issue"])
    assert [text for text in shown["issue"] if text.startswith(WHERE)] == [shown["issue"].iloc[1]]
    differing = [name for name in shown if not shown[name].equals(in_full[name])]
    assert differing == ["issue"]


def test_an_earlier_action_shows_no_withheld_text(archive: Archive, tmp_path: Path) -> None:
    april = MARCH.plus(1)
    summary = summarise(rated(tmp_path / "back", april, PLAN[:1]))
    whole = summary.with_earlier(finished_before(summary, archive, rated_actions(archive), april), [])
    assert list(whole.actions["ref"]) == ["A-001", "A-002"]
    assert whole.actions["issue"].iloc[1].startswith(WHERE)
    assert whole.actions["cell"].iloc[1] == "Actions!A6"
    path = write_summary(whole, tmp_path / "summary.xlsx")
    sheets = pd.read_excel(path, sheet_name=None, header=None, engine="calamine")
    assert not [name for name, cells in sheets.items() if (cells == SECRET).any(axis=None)]
    assert [name for name, cells in sheets.items() if (cells == whole.actions["issue"].iloc[1]).any(axis=None)]


def test_texts_are_shared_between_deposits(archive: Archive) -> None:
    texts = StringPool()
    first, second = (archive.table("actions", ["issue", "owner"], texts) for _ in range(2))
    assert first["issue"].iloc[0] is second["issue"].iloc[0]
    pd.testing.assert_frame_equal(first, archive.table("actions", ["issue", "owner"]), check_dtype=False)


def test_columns_as_categories_have_the_same_texts(archive: Archive) -> None:
    read = [
        iter_frames(archive, "actions", None, personal_data(archive), pool()) for pool in (StringPool, CategoryPool)
    ]
    (texts,), (coded,) = map(list, read)
    assert_frame_equal(coded.astype(object), texts.astype(object))
    assert coded["status"].dtype == "category"
    assert coded["issue"].iloc[1].startswith(WHERE)


def test_commits_of_a_month_are_joined_and_each_row_keeps_its_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    april, ash = MARCH.plus(1), Service(code="ASH", name="Ash House", region="North")
    for month, service, plan in ((MARCH, ELM, PLAN), (MARCH, ash, PLAN[1:]), (april, ash, PLAN)):
        keep_returns(rated(tmp_path / f"{service.code} {month}", month, plan, service), tmp_path / "archive")
    archive = open_archive(tmp_path / "archive")

    def frames() -> list[pd.DataFrame]:
        return [*iter_frames(archive, "actions", None, personal_data(archive), StringPool())]

    joined = frames()
    monkeypatch.setattr("qipxl.archive.rows.ENOUGH", 1)
    alone = frames()
    assert [len(frame) for frame in alone] == [2, 1, 2]
    assert [len(frame) for frame in joined] == [3, 2]
    shown = list(zip(joined[0]["service"], joined[0]["cell"], joined[0]["issue"], strict=True))
    assert shown[1:] == [("ELM", "Actions!A6", f"{WHERE}D6"), ("ASH", "Actions!A5", f"{WHERE}D5")]
    assert_frame_equal(pd.concat(joined, ignore_index=True), pd.concat(alone, ignore_index=True))


def test_a_commit_with_other_columns_is_read_by_itself(tmp_path: Path) -> None:
    ash = Service(code="ASH", name="Ash House", region="North")
    for service in (ELM, ash):
        keep_returns(rated(tmp_path / service.code, MARCH, PLAN[:1], service), tmp_path / "archive")
    path = tmp_path / "archive" / str(MARCH) / "0002" / "actions.parquet"
    parquet.write_table(parquet.read_table(path).drop_columns("root_cause"), path)
    frames = [*iter_frames(open_archive(tmp_path / "archive"), "actions", None, None)]
    assert [list(frame["service"]) for frame in frames] == [["ELM"], ["ASH"]]
    assert ["root_cause" in frame for frame in frames] == [True, False]


def test_categories_of_several_parts_are_put_together() -> None:
    first, second = pd.Series(["b", None], dtype="category"), pd.Series(["a", "b"], dtype="category")
    joined = one_column([first, second])
    assert joined.dtype == "category"
    assert joined.astype(object).fillna("").tolist() == ["b", "", "a", "b"]
    assert one_column([first, pd.Series(["withheld"], dtype=object)]).fillna("").tolist() == ["b", "", "withheld"]


def test_a_table_without_lines_of_these_services_is_empty(archive: Archive) -> None:
    path = next(Path(str(archive.folder)).glob("*/*/actions.parquet"))
    with path.open("rb") as file:
        frame = frame_of(read_table(file, ["issue"], ["OAK"], coded=True), StringPool())
    assert frame.empty
    assert list(frame.columns) == [*KEY, "issue"]


def test_a_frame_takes_the_kinds_of_its_shape() -> None:
    kinds = {"yes": bool, "many": float, "day": "datetime64[s]", "word": object}
    shape = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
    found = in_shape(pd.DataFrame({"yes": [True, None], "day": pd.to_datetime(["2026-03-31", None])}), shape)
    assert list(found["yes"]) == [True, False]
    assert found["many"].isna().all()
    assert found["word"].isna().all()
    assert [column.dtype for column in found.values()] == list(shape.dtypes)


def test_a_truth_that_a_template_lacks_is_kept_as_unknown(tmp_path: Path) -> None:
    frame = pd.DataFrame({"hollow": pd.Series([True, False, None], dtype=object)})
    plain_columns(frame).to_parquet(tmp_path / "x.parquet")
    assert list(pd.read_parquet(tmp_path / "x.parquet")["hollow"].fillna(False)) == [True, False, False]
