"""Names of files that are no text, hold control characters, or lie in very deep folders: read, and shown with their codes."""

import os
import shutil
import zipfile
from pathlib import Path
from xml.dom import minidom

import pytest
from factories import ELM, MARCH, ROWS, SIGNED, first_only, run

from qipxl import check, find_template, rate, read_returns, summarise, write_summary, write_tracker
from qipxl.reading import Decisions
from qipxl.reading.file.find import MOST_LEVELS, TOO_DEEP, find_files
from qipxl.text import escaped

NAMES = {
    b"ELM caf\xe9.xlsx": r"ELM caf\xe9.xlsx",
    b"ELM \x1b[31m\x07.xlsx": r"ELM \x1b[31m\x07.xlsx",
    b"ELM\nline.xlsx": r"ELM\x0aline.xlsx",
    "ELM \u202exslx.exe.xlsx".encode(): r"ELM \u202exslx.exe.xlsx",
    "ELM [red] café \U0001f600.xlsx".encode(): "ELM [red] café \U0001f600.xlsx",
    b"\xff\x01/ELM.xlsx": r"\xff\x01/ELM.xlsx",
}


@pytest.fixture(scope="module")
def returns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with copies of one return under these names."""
    home = tmp_path_factory.mktemp("names")
    tracker = write_tracker(find_template("core"), ELM, MARCH, home / "t.xlsx", rows=ROWS, issued={}, cover=SIGNED)
    for name in NAMES:
        path = os.path.join(os.fsencode(home), b"returns", name)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copyfile(tracker, path)
        except OSError:
            pytest.skip("This system has no such names.")
    return home / "returns"


def test_files_of_any_name_are_read_and_shown_with_codes(returns: Path) -> None:
    receipts = read_returns(returns).receipts
    assert set(receipts["file"]) == set(NAMES.values())
    assert sorted(receipts["status"]) == ["accepted", *["duplicate"] * 5]


@pytest.mark.parametrize("name", [r"ELM caf\xe9.xlsx", os.fsdecode(b"ELM caf\xe9.xlsx")])
def test_a_file_of_any_name_can_be_accepted_by_it(returns: Path, name: str) -> None:
    receipts = read_returns(returns, decisions=Decisions(accepted_files=[name])).receipts
    assert list(receipts.loc[receipts["status"] == "accepted", "file"]) == [r"ELM caf\xe9.xlsx"]


@pytest.mark.long
@pytest.mark.parametrize("name", first_only(list(NAMES)[1::-1]))
def test_every_output_about_such_a_file_is_sound(returns: Path, name: bytes, tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.path.join(os.fsencode(returns), name)))
    shown = escaped(file.name)
    for form in ("text", "json", "csv"):
        result = run("check", file, "--all", "--format", form, "--queries", tmp_path / "back")
        assert result.exit_code in (0, 1), result.output
        assert "\x1b" not in result.output
        assert form != "text" or shown.split()[0] in result.output
    summary = summarise(rate(check(read_returns(file), MARCH.last), MARCH.last))
    written = write_summary(summary, tmp_path / "summary.xlsx")
    with zipfile.ZipFile(written) as archive:
        for part in archive.namelist():
            if part.endswith((".xml", ".rels")):
                minidom.parseString(archive.read(part))
    assert shown in (tmp_path / "back" / "ELM Elm House 2026-03 queries.txt").read_text("utf-8")


def test_folders_inside_one_another_without_end_are_a_sentence(tmp_path: Path) -> None:
    here = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
        Path("return.xlsx").write_bytes(b"")
        found = find_files([tmp_path])
    finally:
        os.chdir(here)
    assert [(file.name.count("d"), file.refusal) for file in found] == [(MOST_LEVELS + 1, TOO_DEEP)]
    remove_deep(tmp_path / "d")


def remove_deep(folder: Path) -> None:
    """Remove folders inside one another, which rmtree cannot where they are too deep for it."""
    while (folder / "d").is_dir():
        os.rename(folder / "d", folder.with_name("next"))
        shutil.rmtree(folder)
        os.rename(folder.with_name("next"), folder)
    shutil.rmtree(folder)


def test_a_name_too_long_for_a_path_is_a_sentence() -> None:
    result = run("check", "a" * 5000)
    assert result.exit_code == 2
    assert "cannot be a path" in result.output


def test_names_of_text_stay_as_they_are() -> None:
    for name in ("ELM Elm House 2026-03.xlsx", "Ysgol Tŷ\xa0Gwyn.xlsx", r"a\b.xlsx"):
        assert escaped(name) == name
