"""Compressed folders and e-mails are opened in processes of their own: one that hangs or ends its process costs only itself."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from broken import zipped
from factories import ELM, MARCH, ROWS, SIGNED, assert_same_returns

from qipxl import Service, find_template, read_returns, write_tracker
from qipxl.reading import ReadOptions, process
from qipxl.reading.file.limits import Limits

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of twelve returns: four in a compressed folder, four attached to an e-mail, four as they are."""
    home = tmp_path_factory.mktemp("mixed")
    template, message, zipped_files = find_template("core"), EmailMessage(), {}
    message["From"], message["To"] = "north@example.org", "head@example.org"
    message.set_content("Four trackers.\n")
    for number in range(12):
        service = Service(code=f"S{number:03d}", name=f"House {number}")
        path = home / f"{service.code}.xlsx"
        write_tracker(template, service, MARCH, path, rows=ROWS, issued={}, cover=SIGNED)
        if number % 3:
            data = path.read_bytes()
            path.unlink()
        if number % 3 == 1:
            zipped_files[path.name] = data
        elif number % 3 == 2:
            message.add_attachment(data, maintype="application", subtype="octet-stream", filename=path.name)
    (home / "North.zip").write_bytes(zipped(zipped_files))
    (home / "South.eml").write_bytes(message.as_bytes())
    return home


@pytest.mark.long
def test_two_processes_read_them_as_one_does(folder: Path, tmp_path: Path) -> None:
    one, two = (read_returns(folder, options=ReadOptions(processes=count)) for count in (1, 2))
    assert_same_returns(one, two)
    assert list(two.receipts["status"]) == ["accepted"] * 12
    cached = [read_returns(folder, options=ReadOptions(processes=2), cache=tmp_path / "cache") for _ in range(2)]
    for returns in cached:
        assert_same_returns(returns, one)


@pytest.mark.long
def test_a_file_that_hangs_or_ends_its_process_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import os, time\n"
        "from qipxl.reading.file import find_members\n"
        "true = find_members.members_of\n"
        "def members_of(data, limits):\n"
        "    if b'hangs' in data: time.sleep(60)\n"
        "    if b'aborts' in data: os.abort()\n"
        "    return true(data, limits)\n"
        "find_members.members_of = members_of\n"
        "from qipxl.reading.worker import main\n"
        "main()\n",
        "utf-8",
    )
    monkeypatch.setattr(process, "COMMAND", (process.COMMAND[0], str(program)))
    returns = tmp_path / "returns"
    returns.mkdir()
    for name in ("a aborts", "b hangs"):
        (returns / f"{name}.eml").write_bytes(f"From: a@b.c\nSubject: {name}\n\nhello\n".encode())
    tracker = write_tracker(
        find_template("core"), ELM, MARCH, tmp_path / "ELM.xlsx", rows=ROWS, issued={}, cover=SIGNED
    )
    (returns / "c.zip").write_bytes(zipped({"ELM.xlsx": tracker.read_bytes()}))
    receipts = read_returns(returns, options=ReadOptions(Limits(seconds=2))).receipts.set_index("file")
    gave_up = "Opening this file took longer than 2 seconds or broke off. Save the trackers from it, and put them here."
    assert list(receipts.loc[["a aborts.eml", "b hangs.eml"], "reason"]) == [gave_up, gave_up]
    assert receipts.at["c.zip: ELM.xlsx", "status"] == "accepted"
