"""Returns and archive that are not on this machine: on S3 (moto's server stands in for it), the same as in folders here."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from broken import zipped
from factories import assert_same_returns, lines_in, run, send

from qipxl import read_returns
from qipxl.archive.purge import purge_archive
from qipxl.archive.store import open_archive
from qipxl.errors import RequestError, SourceError
from qipxl.files import parse_location
from qipxl.provider import ProviderFolder
from qipxl.reading import ReadOptions
from qipxl.reading.file.limits import Limits

moto_server = pytest.importorskip("moto.server")
pytestmark = pytest.mark.filterwarnings("ignore")
"""The libraries that reach S3 warn of their own affairs."""


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An empty bucket on S3; its address. Whoever is started from here reaches it."""
    server = moto_server.ThreadedMotoServer(port=0)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        host, port = server.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "nobody")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        parse_location("s3://care").fs.mkdir("care")
        yield "s3://care"
    server.stop()


def uploaded(folder: Path, to: str) -> str:
    for path in folder.rglob("*"):
        if path.is_file():
            (parse_location(to) / path.relative_to(folder).as_posix()).write_bytes(path.read_bytes())
    return to


@pytest.mark.long
def test_returns_on_s3_are_read_as_from_a_folder(three_returns: Path, s3: str, tmp_path: Path) -> None:
    place = uploaded(three_returns, f"{s3}/back")
    here, there = read_returns(three_returns), read_returns(place)
    assert set(there.receipts["path"]) == {f"{place}/{name}" for name in here.receipts["file"]}
    assert_same_returns(
        replace(there, receipts=there.receipts.assign(path=here.receipts["path"])),
        here,
    )
    one = read_returns(f"{place}/{here.accepted['file'].iloc[0]}")
    assert list(one.receipts["status"]) == ["accepted"]
    done = run("consolidate", place, "--out", tmp_path / "summary.xlsx")
    assert f"Summary   {tmp_path / 'summary.xlsx'}" in done.output, done.output


def test_a_file_on_s3_that_is_too_large_is_not_fetched(s3: str) -> None:
    (parse_location(f"{s3}/large") / "large.xlsx").write_bytes(b"PK" + bytes(2_000_000))
    receipts = read_returns(f"{s3}/large", options=ReadOptions(Limits(file_mb=1))).receipts
    assert receipts["status"].iloc[0] == "refused"
    assert "no tracker has more than 1" in receipts["reason"].iloc[0]


def test_a_compressed_folder_on_s3_is_looked_into(s3: str) -> None:
    (parse_location(f"{s3}/packed") / "March.zip").write_bytes(zipped({"Homes/notes.pdf": b"%PDF-1.7"}))
    (parse_location(f"{s3}/packed") / "large.zip").write_bytes(b"PK" + bytes(2_000_000))
    options = ReadOptions(Limits(read_mb=1), processes=1)
    reasons = read_returns(f"{s3}/packed", options=options).receipts.set_index("file")["reason"]
    assert reasons["March.zip: Homes/notes.pdf"] == "This is a PDF. Ask for the Excel file."
    assert "have 2 MB; at most 1 are opened" in reasons["large.zip"]


def shape_of(summary: Path) -> dict[str, tuple[int, int]]:
    """The sheets of a summary with their rows and columns: its cells lead to files only where these are local."""
    book = openpyxl.load_workbook(summary)
    return {sheet.title: (sheet.max_row, sheet.max_column) for sheet in book.worksheets}


WORKERS = [("--processes", "2"), ("--cluster", "local:2"), ("--processes", "1")]


@pytest.mark.long
@pytest.mark.parametrize("workers", WORKERS)
def test_a_provider_whose_returns_and_archive_are_on_s3(
    three_returns: Path, provider: Path, s3: str, tmp_path: Path, workers: tuple[str, str]
) -> None:
    send(three_returns, provider)
    here = run("consolidate", provider, "--period", "2026-03")
    summary = provider / "summaries" / "2026-03 summary.xlsx"
    written = shape_of(summary)
    moved = Path(shutil.copytree(provider, tmp_path / "moved"))
    for name in ("returns", "archive"):
        shutil.rmtree(moved / name)
    own = f"{s3}/{'-'.join(workers).strip('-').replace(':', '')}"
    uploaded(provider / "returns", f"{own}/returns")
    (moved / "places.toml").write_text(f'returns = "{own}/returns"\narchive = "{own}/archive"\n')
    first = run("consolidate", moved, "--period", "2026-03", *workers)
    assert "Archive   3 returns added." in first.output, first.output
    assert first.output.replace(str(moved), str(provider)) == here.output
    archive = ProviderFolder(moved).archive
    expected = dict(lines_in(provider / "archive"))
    for name, frame in expected.items():
        found = open_archive(archive).table(name)
        order = [
            column
            for column in ("service", "period", "version", "table", "row", "field", "code", "ref")
            if column in found
        ]
        found = found.sort_values(order, kind="stable", ignore_index=True)
        pd.testing.assert_frame_equal(found, frame, check_dtype=False)
    again = run("consolidate", moved, "--period", "2026-03", *workers)
    assert "Archive" not in again.output
    assert shape_of(moved / "summaries" / summary.name) == written
    assert "version 1" in run("status", moved, "--period", "2026-03").output
    purge_archive(archive, services=["S002"])
    assert set(open_archive(archive).latest["service"]) == {"S001", "S003"}
    assert [path.name for path in (archive / "receipts").iterdir()] == ["purge-0001.csv"]


def test_what_is_not_there_is_said(s3: str) -> None:
    with pytest.raises(SourceError, match="There is nothing at"):
        read_returns(f"{s3}/nobody/was/here")
    with pytest.raises(SourceError, match=r"There is nothing at|Cannot read"):
        read_returns("s3://no-such-bucket/returns")


@pytest.mark.parametrize("said", ["nowhere://bucket/returns", "s9://bucket"])
def test_what_nothing_reaches_is_said(said: str) -> None:
    with pytest.raises(RequestError, match="cannot be reached"):
        parse_location(said)
    done = run("check", said)
    assert done.exit_code == 2
    assert "cannot be reached" in done.output


@pytest.mark.parametrize("key", ["nobody", ""])
@pytest.mark.parametrize(
    "command", [("check", "s3://elsewhere/returns"), ("status", "our"), ("consolidate", "our"), ("issue", "our")]
)
def test_an_s3_that_does_not_answer_is_a_sentence(
    three_returns: Path, provider: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, str], key: str
) -> None:
    send(three_returns, provider)
    (provider / "places.toml").write_text('archive = "s3://elsewhere/archive"')
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(provider / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, key) if key else monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    type(parse_location("s3://elsewhere").fs).clear_instance_cache()  # it would go on with the address it was made with
    more = () if command[0] == "check" else ("--period", "2026-04" if command[0] == "issue" else "2026-03")
    done = run(command[0], provider if command[1] == "our" else command[1], *more)
    assert done.exit_code == 2, done.output
    assert "Error: " in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("text", ["archive = ", "summaries = 'x'", "archive = 3"])
def test_places_that_make_no_sense_are_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "places.toml").write_text(text)
    with pytest.raises(RequestError, match=r"places\.toml"):
        _ = ProviderFolder(tmp_path).archive


def test_a_path_in_places_is_said_from_the_providers_folder_on(tmp_path: Path) -> None:
    (tmp_path / "places.toml").write_text('archive = "../kept"\nreturns = "/mnt/returns"')
    folder = ProviderFolder(tmp_path)
    assert folder.archive == tmp_path / "../kept"
    assert folder.place("returns") == Path("/mnt/returns")
