"""The console's buttons: what each does to the provider's folder and to the open console, on an Excel of the tests' own."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest
import xlwings as xw
from broken import typed
from click.testing import CliRunner
from factories import ACTION, LONG, SIGNED, cell_of, first_services, run
from fake_excel import fake_excel
from oletools.olevba import VBA_Parser
from pyopenvba.apps.excel import ExcelApplication
from validator import validate

from qipxl import Period, Service, check, read_returns, write_tracker
from qipxl.app.cli.main import main
from qipxl.app.demo import Demo
from qipxl.app.excel.__main__ import NOT_REACHED, decoded, disable_xlwings_cleanup
from qipxl.app.excel.__main__ import main as start
from qipxl.app.excel.console import DONE, NOT_DONE, cell_link, run_job, text_cell
from qipxl.app.excel.console_page import (
    CONSOLE,
    FIRST_RESULT,
    FIRST_STEP,
    HEIGHTS,
    JOBS,
    LAST_STEP,
    LOG,
    MONTH_COLUMN,
    MONTH_ROW,
    NEXT_ROW,
    NUMBER,
    PROBLEMS,
    RESULT_HEIGHT,
    RESULTS,
    STATE,
    STEP_HEIGHT,
    STEP_JOBS,
    TITLE,
    WIDTHS,
    WORDS,
    next_sentence,
)  # fmt: skip
from qipxl.app.excel.console_page import DONE as FINISHED
from qipxl.app.excel.console_workbook import write_console
from qipxl.app.excel.jobs import JOB_FUNCTIONS
from qipxl.app.excel.open_workbook import NOT_SEEN
from qipxl.app.excel.session import Session, find_book
from qipxl.app.runtime import GC_THRESHOLD
from qipxl.errors import RequestError
from qipxl.files import macros
from qipxl.provider import ProviderFolder, open_folder
from qipxl.provider.month_stage import stage_of
from qipxl.returns.codes import CODES
from qipxl.template import Template
from qipxl.workbook.vba import source

TODAY, LATE = date(2026, 4, 7), date(2026, 4, 9)
MODULE = (macros() / "QipConsole.bas").read_text("ascii")


SERVICES = 12 if LONG else 4


@pytest.fixture(scope="module")
def demo(made_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return first_services(made_demo, tmp_path_factory.mktemp("demo") / "demo", SERVICES)


@pytest.fixture
def home(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A provider's folder with a console, and a home folder of its user's own."""
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    folder = Path(shutil.copytree(demo.folder.home, tmp_path / "our provider"))
    done = CliRunner().invoke(main, ["console", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def excel() -> Iterator[xw.App]:
    with fake_excel() as app:
        yield app


def opened(excel: xw.App, home: Path, month: str = "2026-03", today: date = TODAY) -> Session:
    book = excel.books.open(home / "qipxl-console.xlsm")
    book.sheets[CONSOLE].range((MONTH_ROW, MONTH_COLUMN)).value = month
    return Session(book, home, today)


def column(book: xw.Book, sheet: str, letter: str, first: int = 5) -> list[object]:
    found = book.sheets[sheet].range(f"{letter}{first}:{letter}{first + 400}").value
    return [cell for cell in found if cell is not None]


def told(excel: xw.App, kind: str) -> list[object]:
    return [said for what, said in excel.impl.told if what == kind]


def test_the_console_holds_the_register_and_keeps_the_plain_one(home: Path, demo: Demo) -> None:
    ours, theirs = open_folder(home).read(), demo.folder.read()
    assert (ours.answers, ours.lines) == (theirs.answers, theirs.lines)
    assert ours.path.name == "qipxl-console.xlsm"
    assert (home / "register until the console.xlsx").is_file()
    assert not (home / "register.xlsx").exists()
    again = CliRunner().invoke(main, ["console", str(home)])
    assert again.exit_code == 0
    assert "already exists; this computer will use it" in " ".join(again.output.split())
    assert CliRunner().invoke(main, ["console", str(home), "--replace"]).exit_code == 0
    assert open_folder(home).read().lines == theirs.lines
    assert (home / "console until it was rebuilt.xlsm").is_file()
    assert CliRunner().invoke(main, ["console", str(home), "--replace"]).exit_code == 2  # the copy is not written over
    assert validate(home / "qipxl-console.xlsm") == []
    shutil.copy(home / "register until the console.xlsx", home / "register.xlsx")
    with pytest.raises(RequestError, match="holds two registers"):
        open_folder(home)


@pytest.mark.long
def test_the_commands_go_on_with_the_console(home: Path) -> None:
    done = CliRunner().invoke(main, ["consolidate", str(home), "--period", "2026-03"])
    assert done.exit_code in (0, 1), done.output


@pytest.mark.long
def test_check_returns_lists_what_the_command_finds(excel: xw.App, home: Path) -> None:
    session = opened(excel, home)
    assert run_job("check", session) == DONE
    first = [column(session.book, PROBLEMS, letter) for letter in "ABE"]
    assert run_job("check", session) == DONE
    assert [column(session.book, PROBLEMS, letter) for letter in "ABE"] == first
    assert len(first[0]) > (10 if LONG else 3)
    out = CliRunner().invoke(main, ["check", str(home), "--period", "2026-03", "--format", "csv"]).output
    assert len(out.splitlines()) == len(first[0]) + 1
    assert column(session.book, LOG, "B") == ["Check returns", "Check returns"]
    assert str(column(session.book, LOG, "C")[0]).startswith(f"{len(first[0])} problems: ")
    assert page(session)["results"] == column(session.book, LOG, "C")
    bars = told(excel, "bar")
    assert "qipxl: Check returns..." in bars
    assert any(str(words).startswith("qipxl: returns read: ") for words in bars)
    assert (excel.status_bar, excel.screen_updating) == (False, True)


@pytest.mark.long
def test_consolidate_writes_what_the_command_writes(excel: xw.App, home: Path) -> None:
    session = opened(excel, home)
    assert run_job("consolidate", session) == DONE
    written = home / "summaries" / "2026-03 summary.xlsx"
    ours = written.read_bytes()
    assert CliRunner().invoke(main, ["consolidate", str(home), "--period", "2026-03"]).exit_code in (0, 1)
    assert written.read_bytes() == ours
    [linked] = [
        cell.hyperlink for row in session.book.impl.values[LOG].iter_rows(min_row=5) for cell in row if cell.hyperlink
    ]
    assert linked.ref == "D5"
    assert linked.target == str(written.resolve())


@pytest.mark.long
def test_issue_writes_trackers_with_buttons(excel: xw.App, home: Path) -> None:
    assert run_job("consolidate", opened(excel, home)) == DONE
    excel.impl.open.every.clear()
    session = opened(excel, home, "2026-04")
    assert run_job("issue", session) == DONE, told(excel, "box")
    names = [path.suffix for path in (home / "issued" / "2026-04").iterdir()]
    assert names.count(".xlsx") == names.count(".xlsm") == SERVICES
    assert run_job("issue", session) == NOT_DONE
    assert "holds" in str(told(excel, "box")[-1])
    assert str(column(session.book, LOG, "C")[-1]).startswith("Not done: ")


def test_the_register_counts_as_it_stands_in_the_open_console(excel: xw.App, home: Path) -> None:
    """What was typed and not saved, too."""
    session = opened(excel, home)
    services = session.book.sheets["Services"]
    assert services.range("A5").value == "S001"
    services.range("B5").value = "Elm House, renamed"
    assert session.month().expected[0].name == "Elm House, renamed"
    services.range("B5").value = None
    assert run_job("check", session) == NOT_DONE
    assert "Services!B5 Name is empty" in str(told(excel, "box")[-1])


@pytest.mark.parametrize("name", ["tracker.xlsx", "Oak & View's = 50% été.xlsx"])
def test_the_open_tracker_is_checked_without_its_file(
    name: str, excel: xw.App, home: Path, demo: Demo, tmp_path: Path
) -> None:
    session = opened(excel, home)
    assert run_job("check-open", session) == NOT_DONE
    assert "No tracker is open in this Excel" in str(told(excel, "box")[-1])
    place = tmp_path / name
    shutil.copy(next(demo.returns.glob("S003*.xlsx")), place)
    tracker = excel.books.open(place)
    place.unlink()
    before = [formulas_of(sheet) for sheet in tracker.sheets]
    assert run_job("check-open", session) == DONE, told(excel, "box")
    shutil.copy(next(demo.returns.glob("S003*.xlsx")), place)
    expected = check(read_returns(place)).problems
    expected = expected[~expected["code"].isin(NOT_SEEN)]
    assert len(expected) > 3
    assert column(session.book, PROBLEMS, "E") == expected["message"].tolist()
    assert column(session.book, PROBLEMS, "A") == [name] * len(expected)
    assert [formulas_of(sheet) for sheet in tracker.sheets] == before
    assert tracker.impl.saves == 0
    links = session.book.sheets[PROBLEMS].range("F5").formula
    assert links.startswith(f"=HYPERLINK(\"#'[{name.replace(chr(39), chr(39) * 2)}]")


def formulas_of(sheet: xw.Sheet) -> list[object]:
    """What the cells of a sheet hold, without the empty ones."""
    return [cell for row in sheet.used_range.formula for cell in row if cell not in ("", None)]


def test_what_breaks_in_the_middle_leaves_excel_as_it_was(
    excel: xw.App, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: Session) -> None:
        raise ZeroDivisionError("by something")

    session = opened(excel, home)
    monkeypatch.setitem(JOB_FUNCTIONS, "check", breaks)
    assert run_job("check", session) == NOT_DONE
    [said] = told(excel, "box")
    assert "did not expect (ZeroDivisionError)" in str(said)
    assert "Traceback" not in str(said)
    assert "by something" in (Path.home() / ".qipxl" / "excel.log").read_text("utf-8")
    assert (excel.status_bar, excel.screen_updating) == (False, True)
    assert told(excel, "screen")[-2:] == [False, True]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ((-2147418111, "Call was rejected by callee."), "Finish the cell you are typing in"),
        ((-2147352567, "Exception", (0, "Excel", "", "", 0, -2146777998), None), "Finish the cell you are typing in"),
        ((-2147352567, "Exception", (0, "Excel", "", "", 0, -2146827284), None), "Take protection off Console"),
    ],
)
def test_an_excel_that_refuses_is_said_plainly(
    number: tuple[object, ...], said: str, excel: xw.App, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class com_error(Exception):  # noqa: N801, N818  # as pywin32 calls it
        pass

    def busy(_: Session) -> None:
        raise com_error(*number)

    session = opened(excel, home)
    monkeypatch.setitem(JOB_FUNCTIONS, "check", busy)
    assert run_job("check", session) == NOT_DONE
    assert said in str(told(excel, "box")[0])
    assert excel.impl.told[-1][0] == "box"  # the screen is as before when the box comes


def test_a_text_of_a_return_never_becomes_a_formula(excel: xw.App, home: Path) -> None:
    for text in ("=cmd|'/c calc'!A1", "+1", "3-4", "TRUE", "'quoted"):
        assert text_cell(text) == f"'{text}"
    assert cell_link("a\"b'.xlsx", "It's", "K5") == "=HYPERLINK(\"#'[a\"\"b''.xlsx]It''s'!K5\",\"K5\")"
    assert cell_link("a.xlsx", "S", 'K5"&CALL()') == ""
    assert cell_link("a" * 300, "S", "K5") == ""


# The page


ELM = Service(code="ELM", name="Elm House", manager="Jo Shah")
LISTED = "code,name,manager,e-mail\nELM,Elm House,Jo Shah,elm@our.example\nOAK,Oak Lodge,Al Fox,oak@our.example\n"


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A provider of two services with a console; returns of March are due by 7 April."""
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    (tmp_path / "services.csv").write_text(LISTED)
    for command in (["init", "our", "--name", "Our Care", "--services", "services.csv"], ["console", "our"]):
        done = run(*(tmp_path / word if word in ("our", "services.csv") else word for word in command))
        assert done.exit_code == 0, done.output
    return tmp_path / "our"


def send_back(home: Path, core: Template) -> None:
    """The return of Elm House comes in; its action has a due date that is not a date."""
    path = home / "returns" / "2026-03" / "ELM.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tracker(core, ELM, Period(2026, 3), path, rows={"actions": [ACTION]}, issued={}, cover=SIGNED)
    typed({cell_of("due", 5): "soon"})(path)


def page(session: Session) -> dict[str, list[object]]:
    """What the page shows: what comes next, the states and words of the seven steps, and the last results, newest first."""
    sheet = session.book.sheets[CONSOLE]
    steps = sheet.range((FIRST_STEP, STATE), (LAST_STEP, WORDS)).value
    results = sheet.range((FIRST_RESULT, STATE), (FIRST_RESULT + RESULTS - 1, WORDS)).value
    return {
        "next": [sheet.range((NEXT_ROW, NUMBER)).value],
        "done": [state == FINISHED for state, _ in steps],
        "words": [words for _, words in steps],
        "buttons": [button for button, _ in results if button],
        "results": [words for _, words in results if words],
    }


def test_jobs_macros_and_buttons_agree(home: Path) -> None:
    assert [*JOBS] == [*JOB_FUNCTIONS]
    started = re.findall(r'Public Sub (\w+)\(\)\n    RunJob "([\w-]+)"\nEnd Sub', MODULE)
    assert started == [(button.macro, job) for job, button in JOBS.items()]
    assert sorted(["next", "check-open", *(job for jobs in STEP_JOBS for job in jobs)]) == sorted(JOBS)
    with zipfile.ZipFile(home / "qipxl-console.xlsm") as parts:
        drawn = parts.read("xl/drawings/vmlDrawing1.vml").decode()
    assert sorted(re.findall(r"<x:FmlaMacro>\[0\]!(\w+)</x:FmlaMacro>", drawn)) == sorted(
        b.macro for b in JOBS.values()
    )


def test_the_page_is_written_with_the_stage_of_the_day(demo: Demo, tmp_path: Path) -> None:
    month = demo.folder.month("2026-03")
    path = write_console(tmp_path / "console.xlsm", stage_of(month, TODAY), TODAY)
    assert validate(path) == []
    sheet = openpyxl.load_workbook(path)[CONSOLE]
    texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert sheet.cell(MONTH_ROW, MONTH_COLUMN).value == "2026-03"
    assert {month.register.name, "Returns are due by 7 April 2026.", "March 2026 in seven steps"} <= set(texts)
    assert "Next: read the returns, ask what is open, write the summary." in texts
    assert [sheet.cell(row, TITLE).value for row in range(FIRST_STEP, LAST_STEP + 1)] == [
        step.title for step in stage_of(month, TODAY).steps()
    ]
    assert sheet.cell(FIRST_STEP + 2, WORDS).value == stage_of(month, TODAY).return_words


def test_the_page_fits_a_small_screen() -> None:
    """1366 x 768 at 100%, with Excel's ribbon, tabs and the task bar of Windows around it."""
    rows = range(1, FIRST_RESULT + RESULTS)
    usual = [STEP_HEIGHT if FIRST_STEP <= row <= LAST_STEP else RESULT_HEIGHT for row in rows]
    assert sum(HEIGHTS.get(row, height) for row, height in zip(rows, usual, strict=True)) <= 520
    assert sum(WIDTHS) * 1.13 <= 1366 - 20


@pytest.mark.parametrize("typed", ["March 2026", "03/2026", "2026-3", "Mar-26", datetime(2026, 3, 1)])
def test_the_month_is_read_as_people_type_it(typed: str | datetime, excel: xw.App, home: Path) -> None:
    session = opened(excel, home)
    session.book.sheets[CONSOLE].range((MONTH_ROW, MONTH_COLUMN)).value = typed
    assert str(session.month().period) == "2026-03"


def test_a_month_that_cannot_be_read_is_said_on_the_page(excel: xw.App, home: Path) -> None:
    session = opened(excel, home, "soon")
    assert run_job("status", session) == NOT_DONE
    shown = page(session)
    assert str(shown["next"][0]).startswith("“soon” is not a month.")
    assert shown["words"] == [None] * len(STEP_JOBS)
    assert str(shown["results"][0]).startswith("Not done: “soon” is not a month.")


@pytest.mark.long
def test_each_button_does_what_its_command_does_and_brings_the_page_up_to_date(
    excel: xw.App, small: Path, core: Template
) -> None:
    """A month of two services from the first button to the last; one service's return is late."""
    session = opened(excel, small, today=LATE)
    folder = ProviderFolder(small)

    def press(job: str) -> dict[str, list[object]]:
        assert run_job(job, session) == DONE, told(excel, "box")
        shown, stage = page(session), stage_of(folder.month("2026-03"), session.today)
        assert shown["words"] == [step.words or None for step in stage.steps()]
        assert shown["done"] == [step.is_done for step in stage.steps()]
        assert shown["next"] == [next_sentence(stage)]
        assert shown["buttons"][0] == JOBS[job].caption
        return shown

    assert page(session)["next"] == ["Next: issue the trackers."]
    assert press("issue")["results"] == ["2 trackers written for March 2026, 2 drafts to send."]
    assert sorted(path.suffix for path in (small / "issued" / "2026-03").iterdir()) == [
        ".xlsm",
        ".xlsm",
        ".xlsx",
        ".xlsx",
    ]
    assert len([*(small / "mails" / "2026-03" / "trackers").glob("*.eml")]) == 2
    send_back(small, core)
    assert press("status")["results"][0] == "1 of 2 returns in. Missing: Oak Lodge; see Problems."
    assert column(session.book, PROBLEMS, "E") == ["Oak Lodge (OAK): late; Al Fox"]
    assert press("remind")["results"][0] == "1 draft to send."
    assert [path.name for path in (small / "mails" / "2026-03" / "reminders").glob("*.eml")] == ["OAK Oak Lodge.eml"]
    assert press("check")["done"] == [True, True, False, False, False, False, False]
    assert press("queries")["buttons"] == [
        JOBS[job].caption for job in ("queries", "check", "remind", "status", "issue")
    ]
    assert [path.name for path in (small / "questions" / "2026-03").glob("*.xlsx")] == ["ELM Elm House 2026-03.xlsx"]
    assert [path.name for path in (small / "mails" / "2026-03" / "questions").glob("*.eml")] == ["ELM Elm House.eml"]
    assert JOBS["issue"].caption not in press("consolidate")["buttons"]
    assert page(session)["done"] == [True, True, False, False, True, False, False]
    assert str(press("page")["results"][0]) == "Written: Page, PDF."
    assert str(press("packs")["results"][0]) == "Written: Summary, 2 packs."
    names = {path.name for path in (small / "summaries").iterdir()}
    assert {
        f"2026-03 {name}" for name in ("summary.xlsx", "summary.html", "summary.pdf", "pack for the board.xlsx")
    } <= names
    assert page(session)["done"] == [True, True, False, False, True, True, False]
    assert page(session)["words"][-1] == "no book yet"
    assert str(press("meeting-books")["results"][0]).startswith("No book was written: nothing is on an agenda")
    assert press("read-meetings")["results"][0] == "0 matters discussed, 0 open."
    assert len(column(session.book, LOG, "B")) == 10


@pytest.mark.long
def test_meeting_books_are_written_and_read(excel: xw.App, home: Path) -> None:
    session = opened(excel, home)
    assert run_job("meeting-books", session) == DONE, told(excel, "box")
    said = str(page(session)["results"][0])
    assert said.startswith("Written: ")
    assert "QIP review (" in said
    path = home / "meetings" / "2026-03" / "qip-review 2026-03.xlsx"
    words = page(session)["words"]
    assert "QIP review: book written" in str(words[-1])
    book = openpyxl.load_workbook(path)
    book["Matters"]["I6"] = "Who samples?"
    book.save(path)
    assert run_job("read-meetings", session) == DONE
    assert "the book waits for the date of the meeting" in str(page(session)["words"][-1])
    assert "nothing in this book counts without the date of the meeting" in str(column(session.book, PROBLEMS, "E"))
    book["Meeting"]["B4"] = datetime(2026, 4, 14)
    book.save(path)
    assert run_job("read-meetings", session) == DONE
    assert page(session)["results"][0].startswith("1 matter discussed, 1 open.")  # type: ignore[attr-defined]
    assert "QIP review: read, 1 open" in str(page(session)["words"][-1])
    before = path.read_bytes()
    assert run_job("meeting-books", session) == DONE
    assert path.read_bytes() == before, "a book that is filled in is left as it is"


@pytest.mark.long
def test_the_next_step_is_that_of_the_command(excel: xw.App, small: Path, core: Template) -> None:
    session = opened(excel, small, today=LATE)
    assert run_job("next", session) == DONE
    assert page(session)["results"] == ["Written: Trackers, 2 drafts to send."]
    assert run_job("next", session) == DONE  # the day is after the due day: reminders
    assert [path.name for path in (small / "mails" / "2026-03" / "reminders").glob("*.eml")] == [
        "ELM Elm House.eml", "OAK Oak Lodge.eml",
    ]  # fmt: skip
    assert run_job("next", session) == DONE
    assert str(page(session)["results"][0]).startswith("qipxl has nothing to do now. Next: send the drafts,")
    send_back(small, core)
    assert run_job("next", session) == DONE
    assert str(page(session)["results"][0]) == "Written: Summary, Page, PDF, 2 packs, 1 draft to send."
    assert (
        "✓ 6 Page, packs page, PDF, 2 packs"
        in CliRunner().invoke(main, ["month", str(small), "--period", "2026-03"]).output
    )


def test_a_console_that_is_saved_after_a_run_keeps_its_steps(excel: xw.App, small: Path, core: Template) -> None:
    """Its bytes change with every button; the register in it does not."""
    session = opened(excel, small, today=LATE)
    send_back(small, core)
    assert run_job("consolidate", session) == DONE
    book = openpyxl.load_workbook(small / "qipxl-console.xlsm", keep_vba=True)
    book[LOG]["A5"] = "a line more"
    book.save(small / "qipxl-console.xlsm")
    assert stage_of(ProviderFolder(small).month("2026-03"), LATE).state is not None
    book["Services"]["B5"] = "Elm House and Garden"
    book.save(small / "qipxl-console.xlsm")
    assert stage_of(ProviderFolder(small).month("2026-03"), LATE).state is None
    book.vba_archive.close()


def test_without_the_libraries_of_the_page_its_button_says_so(
    excel: xw.App, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("qipxl.summary.page")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    session = opened(excel, small, today=LATE)
    assert run_job("page", session) == NOT_DONE
    assert "No page and no PDF: jinja2 is not installed." in str(told(excel, "box")[-1])
    assert str(page(session)["results"][0]).startswith("Not done: No page and no PDF")


def test_a_console_of_an_earlier_version_goes_on_and_can_be_rebuilt(excel: xw.App, home: Path) -> None:
    """Its first sheet has the month in B4, the last result in B5, and four buttons."""
    (home / "qipxl-console.xlsm").unlink()
    shutil.copy(home / "register until the console.xlsx", home / "register.xlsx")
    book = openpyxl.load_workbook(home / "register.xlsx")
    for number, name in enumerate((CONSOLE, LOG, PROBLEMS)):
        book.create_sheet(name, number)
    book[CONSOLE]["A4"], book[CONSOLE]["B4"] = "Month", "2026-03"
    (home / "register.xlsx").unlink()
    book.save(home / "qipxl-console.xlsm")
    session = Session(excel.books.open(home / "qipxl-console.xlsm"), home, TODAY)
    assert run_job("status", session) == DONE
    cells = session.book.sheets[CONSOLE]
    assert "Who has sent what: " in str(cells.range("B5").value)
    assert cells.used_range.last_cell.row == 5
    assert CliRunner().invoke(main, ["console", str(home), "--replace"]).exit_code == 0
    assert validate(home / "qipxl-console.xlsm") == []
    excel.impl.open.every.clear()
    assert opened(excel, home).has_steps


# Starting it


def figures(name: str) -> str:
    return name.encode("utf-16-be").hex()


@pytest.mark.parametrize("name", ["a b.xlsm", "Oak & View's = 50%.xlsm", "été ☂.xlsm", "𝔘.xlsm"])
def test_a_name_arrives_as_it_left(name: str) -> None:
    assert decoded(figures(name)) == name
    if max(name) > "\uffff":
        return  # VBA sees two halves in such a character, the second engine one
    engine = ExcelApplication()
    engine.add_module(source("QipConsole"), name="QipConsole")
    assert engine.run("QipConsole.Encoded", name).upper() == figures(name).upper()


def test_the_macro_starts_only_the_recorded_python() -> None:
    engine = ExcelApplication()
    engine.add_module(source("QipConsole"), name="QipConsole")
    line = engine.run("QipConsole.CommandLine", r"C:\Program Files\Python\python.exe", "check", "x y.xlsm", "77")
    expected = figures("x y.xlsm").upper()
    assert line == rf'"C:\Program Files\Python\python.exe" -E -P -m qipxl.app.excel check --book {expected} --hwnd 77'
    assert f"result <> {NOT_DONE} Then" in MODULE  # Python's own 1, and a crash's negative number, are told
    code = "\n".join(
        each.partition("'")[0] if not each.strip().startswith('"') else each for each in MODULE.splitlines()
    )
    assert MODULE.count("CreateObject") == 1
    assert code.count("GetSetting(") == 1
    for word in ("ActiveWorkbook", "Sheets", "Range", ".Path", "FullName", "Environ", "xlwings", "Open "):
        assert word not in code.replace('"qipxl.', ""), word
    assert {button.macro for button in JOBS.values()} == {
        line.split()[2].removesuffix("()") for line in MODULE.splitlines() if line.startswith("Public Sub")
    }


def test_the_console_holds_the_text_in_macros(home: Path) -> None:
    parser = VBA_Parser(str(home / "qipxl-console.xlsm"))
    found = {stream.rsplit("/", 1)[-1]: code for _, stream, _, code in parser.extract_macros()}
    parser.close()
    assert found["QipConsole"].splitlines() == MODULE.splitlines()


def test_started_by_name_it_finds_its_console(excel: xw.App, home: Path) -> None:
    book = opened(excel, home).book
    assert start(["check", "--book", figures(book.name), "--hwnd", str(excel.hwnd)]) == DONE
    assert column(book, LOG, "B") == ["Check returns"]


def test_of_two_excels_the_one_with_the_window_is_asked(excel: xw.App, home: Path) -> None:
    other = xw.App(impl=excel.impl.apps.add())
    opened(excel, home)
    second = opened(other, home).book
    assert find_book("QIPXL-console.xlsm", other.hwnd).app.pid == second.app.pid == other.pid


def test_one_tracker_that_cannot_be_used_stops_no_other(excel: xw.App, home: Path, demo: Demo, tmp_path: Path) -> None:
    session = opened(excel, home)
    place = shutil.copy(next(demo.returns.glob("S003*.xlsx")), tmp_path / "good.xlsx")
    book = openpyxl.load_workbook(place)
    book["qipxl stamp"]["B2"] = "unheard of"
    book.save(tmp_path / "bad.xlsx")
    excel.books.open(tmp_path / "bad.xlsx")
    excel.books.open(tmp_path / "good.xlsx")
    assert run_job("check-open", session) == DONE
    said = str(column(session.book, LOG, "C")[0])
    assert "bad.xlsx: The tracker was made from the template unheard of" in said
    assert "good.xlsx: " in said
    assert set(column(session.book, PROBLEMS, "A")) == {"good.xlsx"}


def test_two_providers_of_one_person_have_two_consoles(home: Path, demo: Demo, excel: xw.App, tmp_path: Path) -> None:
    other = Path(shutil.copytree(demo.folder.home, tmp_path / "the other"))
    done = CliRunner().invoke(main, ["console", str(other)])
    assert done.exit_code == 2
    assert "qipxl-console north.xlsm" in " ".join(done.output.split())
    (home / "qipxl-console.xlsm").rename(home / "qipxl-console north.xlsm")
    assert CliRunner().invoke(main, ["console", str(home)]).exit_code == 0
    assert CliRunner().invoke(main, ["console", str(other)]).exit_code == 0
    assert open_folder(home).register.name == "qipxl-console north.xlsm"
    excel.books.open(home / "qipxl-console north.xlsm").sheets[CONSOLE].range(
        (MONTH_ROW, MONTH_COLUMN)
    ).value = "2026-03"
    assert start(["check", "--book", figures("qipxl-console north.xlsm")]) == DONE


def test_what_xlwings_would_do_at_the_end_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    pretended = ModuleType("xlwings._xlwindows")
    taken: list[object] = []
    vars(pretended).update(cleanup=print, N_COM_ATTEMPTS=0)
    monkeypatch.setitem(sys.modules, "xlwings._xlwindows", pretended)
    monkeypatch.setattr(atexit, "unregister", taken.append)
    disable_xlwings_cleanup()
    assert taken == [print]
    assert vars(pretended)["N_COM_ATTEMPTS"] > 0


def test_its_processes_ignore_the_environment_too(tmp_path: Path) -> None:
    """The processes that open returns. Without -E the same module does run in them: so the test can fail."""
    in_worker = f"import sys\nif 'qipxl.reading.worker' in sys.orig_argv:\n    {DOCTORED}"
    (tmp_path / "sitecustomize.py").write_text(in_worker, "utf-8")
    code = "from qipxl.reading.process import new_process; p = new_process(); p.stdin.close(); p.wait()"
    around = {**os.environ, "PYTHONPATH": str(tmp_path)}
    for switches, ran in ((["-E", "-P"], False), (["-P"], True)):
        subprocess.run([sys.executable, *switches, "-c", code], cwd=tmp_path, env=around, check=True)
        assert (tmp_path / "ran").exists() == ran


def test_what_cannot_be_reached_ends_with_its_own_number(excel: xw.App, home: Path, tmp_path: Path) -> None:
    assert start(["check", "--book", figures("Nobody.xlsm")]) == NOT_REACHED
    assert "Nobody.xlsm is not open in Excel" in (Path.home() / ".qipxl" / "excel.log").read_text("utf-8")
    shutil.copy(home / "qipxl-console.xlsm", tmp_path / "Another.xlsm")
    excel.books.open(tmp_path / "Another.xlsm")
    assert start(["check", "--book", figures("Another.xlsm")]) == NOT_DONE
    assert "Another.xlsm is not known on this computer" in str(told(excel, "box")[-1])


DOCTORED = "import pathlib; pathlib.Path(__file__).with_name('ran').touch()\n"


@pytest.mark.long
def test_a_doctored_tracker_changes_nothing_in_what_runs(excel: xw.App, home: Path, demo: Demo, tmp_path: Path) -> None:
    """Sheets that xlwings would obey, and modules that lie where the tracker lies."""
    place = tmp_path / "sent in"
    place.mkdir()
    book = openpyxl.load_workbook(next(demo.returns.glob("S003*.xlsx")))
    for name in ("xlwings.conf", "qipxl.conf", "run.py"):
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden"
        for row in (
            ("INTERPRETER_WIN", r"\\evil\share\python.exe"),
            ("INTERPRETER_MAC", "/evil"),
            ("PYTHONPATH", str(place)),
        ):
            sheet.append(row)
    book.save(place / "tracker.xlsx")
    for module in ("pydantic", "pandas", "xlwings", "qipxl", "sitecustomize", "usercustomize"):
        (place / f"{module}.py").write_text(DOCTORED, "utf-8")
    session = opened(excel, home)
    excel.books.open(place / "tracker.xlsx")
    assert run_job("check-open", session) == DONE
    assert len(column(session.book, PROBLEMS, "A")) > 3
    surroundings = {**os.environ, "PYTHONPATH": str(place), "PYTHONSTARTUP": str(place / "pydantic.py")}
    command = [sys.executable, "-E", "-P", "-m", "qipxl.excel", "check-open", "--book", figures("x.xlsm")]
    done = subprocess.run(command, cwd=place, env=surroundings, capture_output=True, check=False)
    assert done.returncode == NOT_REACHED  # there is no Excel: everything was loaded, and nothing of what lay there
    assert "xlwings" in (Path.home() / ".qipxl" / "excel.log").read_text("utf-8")
    assert not (place / "ran").exists()
    plain = subprocess.run([sys.executable, "-c", "import pydantic"], cwd=place, env=surroundings, check=False)
    assert plain.returncode == 0
    assert (place / "ran").exists()  # without the two letters it would have run


@pytest.mark.long
def test_nothing_of_xlwings_that_needs_a_licence_is_loaded() -> None:
    """Nothing of xlwings.pro beyond what xlwings itself loads to look whether there is a licence."""
    code = "import sys, {}; print(sorted(name for name in sys.modules if name.startswith('xlwings.pro')))"
    bare, ours = (
        subprocess.run([sys.executable, "-c", code.format(name)], capture_output=True, text=True, check=True).stdout
        for name in ("xlwings", "qipxl.app.excel.console")
    )
    assert ours == bare
    assert not xw.__pro__


@pytest.mark.long
def test_memory_is_tuned_by_the_program_and_not_on_import() -> None:
    code = """
import gc, qipxl
from qipxl.app.excel.__main__ import main
print(gc.get_threshold()[0])
main(["check", "--book", ""])
print(gc.get_threshold()[0])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported, started = map(int, done.stdout.split())
    assert imported != started == GC_THRESHOLD


def test_codes_not_seen_in_an_open_workbook_are_codes() -> None:
    assert set(CODES) >= NOT_SEEN


def test_the_console_on_protected_sheets_still_answers(
    excel: xw.App, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A console that cannot be written to: the sentence comes in a box."""

    def refuses(*_: object) -> None:
        raise RuntimeError("protected")

    session = opened(excel, home, "not a month")
    monkeypatch.setattr("qipxl.app.excel.console.log", refuses)
    assert run_job("check", session) == NOT_DONE
    [said] = told(excel, "box")
    assert "not a month" in str(said)
    assert "is it protected or read-only?" in str(said)


def test_a_register_that_is_open_is_said(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows refuses to rename a workbook that Excel holds."""
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    folder = Path(shutil.copytree(demo.folder.home, tmp_path / "provider"))
    before = Path.replace

    def held(self: Path, target: Path) -> Path:
        if self.name == "register.xlsx":
            raise PermissionError(13, "in use")
        return before(self, target)

    monkeypatch.setattr(Path, "replace", held)
    done = CliRunner().invoke(main, ["console", str(folder)])
    assert done.exit_code == 2
    assert "could not be renamed (in use)" in " ".join(done.output.split())
    monkeypatch.undo()
    (folder / "register.xlsx").rename(folder / "old.xlsx")
    assert open_folder(folder).read().name == demo.folder.read().name
