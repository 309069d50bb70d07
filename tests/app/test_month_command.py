"""`qipxl month`: where a month has got to at each of its stages, and what its next step writes."""

import email
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from broken import typed
from factories import ACTION, SIGNED, cell_of, run

from qipxl import Period, Service, write_tracker
from qipxl.provider import ProviderFolder
from qipxl.provider.month_stage import MonthStage, Next, stage_of
from qipxl.provider.next_step import Written, take_next_step
from qipxl.template import Template

MARCH = Period(2026, 3)
ELM, OAK = (
    Service(code="ELM", name="Elm House", manager="Jo Shah"),
    Service(code="OAK", name="Oak Lodge", manager="Al Fox"),
)
IN_TIME, LATE = date(2026, 4, 3), date(2026, 4, 10)
SERVICES = (
    "code,name,manager,e-mail\nELM,Elm House,Jo Shah,elm@our-care.example\nOAK,Oak Lodge,Al Fox,oak@our-care.example\n"
)
GOOD = {
    **ACTION, "intended_change": "Two people check each round", "source_reference": "Complaint 12",
    "success_measure": "No missed dose in a month",
}  # fmt: skip


def new_home(place: Path) -> Path:
    """A provider of two services; returns are due by 7 April."""
    (place / "services.csv").write_text(SERVICES)
    assert run("init", place / "our", "--name", "Our Care", "--services", place / "services.csv").exit_code == 0
    return place / "our"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path)


def stage(home: Path, day: date = IN_TIME) -> MonthStage:
    return stage_of(ProviderFolder(home).month(MARCH), day)


def go(home: Path, day: date = IN_TIME) -> Written:
    return take_next_step(stage(home, day))


def send(home: Path, core: Template, service: Service, *, wrong: bool = False, copy: str = "", **more: Any) -> Path:
    """A service's return comes in; a `wrong` one has a due date that is not a date."""
    path = home / "returns" / "2026-03" / f"{service.code}{copy}.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    in_force = ProviderFolder(home).month(MARCH).in_force([core.key])[core.key]
    write_tracker(in_force, service, MARCH, path, rows={"actions": [{**GOOD, **more}]}, issued={}, cover=SIGNED)
    if wrong:
        typed({cell_of("due", 5): "soon"})(path)
    return path


@dataclass(frozen=True)
class Seen:
    """What was seen at a point of the month: what comes next, the words about returns and questions, the steps done, the screen."""

    next: Next
    returns: str
    questions: str
    done: list[bool]
    screen: str


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory, core: Template) -> tuple[Path, dict[str, Seen], dict[str, Written]]:
    """A whole month, looked at after each event; what each step wrote."""
    home = new_home(tmp_path_factory.mktemp("month"))
    seen: dict[str, Seen] = {}
    written: dict[str, Written] = {}

    def look(name: str, day: date = IN_TIME) -> None:
        found = stage(home, day)
        screen = run("month", home, "--period", "March 2026").output
        done = [step.is_done for step in found.steps()]
        seen[name] = Seen(found.next, found.return_words, found.question_words, done, screen)

    look("nothing issued")
    written["issue"] = go(home)
    look("issued")
    look("issued, late", LATE)
    send(home, core, ELM)
    look("one file")
    written["one return"] = go(home)
    look("some back")
    look("some back, late", LATE)
    written["remind"] = go(home, LATE)
    look("reminded", LATE)
    send(home, core, OAK, wrong=True)
    look("another file")
    written["queries"] = go(home)
    look("queries open")
    send(home, core, OAK)
    written["whole"] = go(home)
    look("done")
    written["nothing to do"] = go(home)
    send(home, core, OAK, copy=" corrected", owner="Another Person")
    look("a correction")
    return home, seen, written


Month = tuple[Path, dict[str, Seen], dict[str, Written]]
STAGES: list[tuple[str, Next, str, str]] = [
    ("nothing issued", Next.ISSUE, "waiting for 2 returns; due 7 April", "......."),
    ("issued", Next.WAIT, "waiting for 2 returns; due 7 April", "xx....."),
    ("issued, late", Next.REMIND, "waiting for 2 returns; 3 days late", "xx....."),
    ("one file", Next.BRING_TOGETHER, "1 file came in, not read yet", "xx....."),
    ("some back", Next.WAIT, "1 of 2 in; missing: Oak Lodge; due 7 April", "xx.xxx."),
    ("some back, late", Next.REMIND, "1 of 2 in; missing: Oak Lodge; 3 days late", "xx.xxx."),
    ("reminded", Next.WAIT, "1 of 2 in; missing: Oak Lodge; 3 days late", "xx.xxx."),
    (
        "another file",
        Next.BRING_TOGETHER,
        "1 of 2 in; missing: Oak Lodge; due 7 April; 1 file new or changed since",
        "xx.....",
    ),
    ("queries open", Next.WAIT, "all 2 in", "xxx.xx."),
    ("done", Next.READY, "all 2 in", "xxxxxx."),
    ("a correction", Next.BRING_TOGETHER, "all 2 in; 1 file new or changed since", "xx....."),
]


@pytest.mark.parametrize(("name", "expected", "words", "done"), STAGES, ids=[name for name, *_ in STAGES])
def test_each_stage_says_what_comes_next(month: Month, name: str, expected: Next, words: str, done: str) -> None:
    home, seen, _ = month
    found = seen[name]
    assert (found.next, found.returns, found.done) == (expected, words, [mark == "x" for mark in done])
    lines = found.screen.splitlines()
    assert len(lines) <= 20
    assert all(len(line) <= 80 or str(home) in line for line in lines), found.screen


def test_only_a_service_with_questions_gets_a_draft_that_names_the_action(month: Month) -> None:
    _, seen, written = month
    assert seen["some back"].questions == "none"
    assert seen["queries open"].questions.startswith("1 service has something to put right; 1 draft in ")
    assert ("1 draft to send", "questions") in [(words, path.name) for words, path in written["queries"].files]
    assert seen["done"].questions == "none"


def test_bringing_together_writes_everything_for_the_board(month: Month) -> None:
    _, _, written = month
    assert not written["whole"].skipped
    names = {path.name for _, path in written["whole"].files if path.suffix}
    assert names == {
        "2026-03 summary.xlsx", "2026-03 summary.html", "2026-03 summary.pdf", "2026-03 pack for the board.xlsx",
        "2026-03 pack for an inspector.xlsx",
    }  # fmt: skip
    assert all(path.exists() for _, path in written["whole"].files)
    assert written["nothing to do"] == Written()


def test_the_reminder_goes_to_the_late_service_alone_with_its_tracker(month: Month) -> None:
    home, _, _ = month
    folder = home / "mails" / "2026-03" / "reminders"
    assert [path.name for path in folder.glob("*.eml")] == ["OAK Oak Lodge.eml"]
    draft = email.message_from_bytes((folder / "OAK Oak Lodge.eml").read_bytes())
    assert draft["Subject"] == "Oak Lodge: your tracker for March 2026 was due on 7 April 2026"
    assert len(draft.get_payload()) == 2


@pytest.mark.long
def test_the_copy_of_the_return_that_counts_has_the_plain_name_although_a_correction_waits(
    home: Path, core: Template
) -> None:
    send(home, core, ELM, wrong=True)
    go(home)
    send(home, core, ELM, copy=" again", owner="Another Person").rename(home / "returns" / "2026-03" / "AAA.xlsx")
    go(home)
    draft = email.message_from_bytes((home / "mails" / "2026-03" / "questions" / "ELM Elm House.eml").read_bytes())
    assert [part.get_filename() for part in draft.get_payload()][1:] == ["ELM Elm House 2026-03.xlsx"]  # type: ignore[union-attr]


def test_a_changed_register_makes_the_summary_old(month: Month) -> None:
    home, _, _ = month
    book = openpyxl.load_workbook(home / "register.xlsx")
    book["Services"]["B5"] = "Elm House and Garden"
    book.save(home / "register.xlsx")
    assert stage(home).state is None


def test_issuing_writes_trackers_and_drafts_and_makes_the_folder_for_returns(home: Path) -> None:
    shown = run("month", home, "--period", "2026-03", "--go")
    assert shown.exit_code == 0, shown.output
    assert "✓ 1 Issue       2 trackers in issued/2026-03" in shown.output.replace("\\", "/")
    assert "✓ 2 Mails       2 drafts in mails/2026-03/trackers" in shown.output.replace("\\", "/")
    assert (home / "returns" / "2026-03").is_dir()
    draft = email.message_from_bytes((home / "mails" / "2026-03" / "trackers" / "ELM Elm House.eml").read_bytes())
    assert draft["To"] == "elm@our-care.example"
    assert [part.get_filename() for part in draft.get_payload()][1:] == ["ELM Elm House 2026-03.xlsx"]  # type: ignore[union-attr]


@pytest.mark.long
def test_without_the_libraries_of_the_page_the_rest_is_written(
    home: Path, core: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(home, core, ELM)
    for name in [name for name in sys.modules if name.startswith("qipxl.summary.page")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    written = go(home)
    assert [sentence for sentence in written.skipped if "No page and no PDF" in sentence]
    assert (home / "summaries" / "2026-03 pack for the board.xlsx").is_file()


def test_without_a_folder_and_a_month_it_is_the_one_you_are_in_and_the_last_that_ended(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    shown = run("month")
    last = Period.last_ended(date.today())
    assert shown.exit_code == 0, shown.output
    assert f"Month: {last.words}, the last that ended. For another: --period {last.plus(-1)}\n" in shown.output
    assert f"qipxl month --period {last} --go" in shown.output
    for name in ("2025-11", "2025-12", "2025-13", "old"):
        (home / "issued" / name).mkdir(parents=True, exist_ok=True)
    assert "For another: --period 2025-12, the last with trackers here\n" in run("month").output
    (home / "issued" / str(last)).mkdir()
    assert f"For another: --period {last.plus(-1)}\n" in run("month").output
    monkeypatch.chdir(home.parent)
    assert "is not a provider's folder: register.xlsx is missing" in run("month").output


@pytest.mark.long
def test_each_step_is_a_command_of_its_own(home: Path, core: Template) -> None:
    period = ("--period", "2026-03")
    assert "2 drafts to send" in run("issue", home, *period, "--mails").output
    send(home, core, ELM, wrong=True)
    checked = run("check", home, *period, "--mails")
    assert "1 draft to send" in checked.output
    draft = email.message_from_bytes((home / "mails" / "2026-03" / "questions" / "ELM Elm House.eml").read_bytes())
    text = draft.get_payload()[0].get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert draft["Subject"] == "One thing in your March 2026 tracker: Elm House"
    assert 'A-001: Due date says "soon", which is not a date.' in text
    assert "Al Fox" not in text
    assert (home / "questions" / "2026-03" / "ELM Elm House 2026-03.xlsx").is_file()
    assert "1 draft to send" in run("status", home, *period, "--remind").output
    assert [path.name for path in (home / "mails" / "2026-03" / "reminders").glob("*.eml")] == ["OAK Oak Lodge.eml"]
    assert run("consolidate", home, *period).exit_code == 0
    assert run("consolidate", home, *period, "--strict").exit_code == 1
    assert stage(home).state is not None, "the month knows of the run of another command"
