"""A provider's meetings month by month: agenda, book, next tracker, escalation, and matters that stay until they are closed."""

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from conftest import empty_workings
from playing import Cells, Meeting, MeetingBook, Player, Topic
from validator import validate

from qipxl import Period, Service, write_summary
from qipxl.app.cli.main import main
from qipxl.app.demo import Demo
from qipxl.errors import RequestError
from qipxl.provider.meetings.agenda import Agenda
from qipxl.provider.meetings.book import HEADING_ROW, MATTERS
from qipxl.provider.meetings.hold import prepare_meeting, read_meeting
from qipxl.provider.meetings.kinds import read_kinds
from qipxl.provider.register_schema import UseLine
from qipxl.summary.findings import findings_of
from qipxl.summary.meetings import challenge_and_support, meetings, open_matters, open_words
from qipxl.summary.packs import pack_for
from qipxl.summary.page import write_page

MARCH, APRIL, MAY = Period(2026, 3), Period(2026, 4), Period(2026, 5)
ELM, OAK = Service(code="ELM", name="Elm House", region="North"), Service(code="OAK", name="Oak Lodge", region="South")


def action(issue: str, owner: str, due: date, **more: object) -> Cells:
    return {
        "Must or should": "Own improvement", "Source": "Internal audit", "Source reference": "Audit 7", "Issue or risk": issue,
        "Intended change": "Two people check each round before the trolley leaves", "Success measure": "No gap in ten records",
        "Owner": owner, "Start date": date(2025, 6, 2), "Original due date": due, "Due date": due, "Status": "In progress",
        "Embedding review": date(2026, 12, 1), "Last update": date(2026, 3, 20),
        **{name.replace("_", " "): value for name, value in more.items()},
    }  # fmt: skip


def elm(typed: Any) -> None:
    """A milestone that is late, with its reason and response."""
    typed.type(
        "Actions",
        "A-001",
        action("Medicines records have gaps", "Ann Lee", date(2026, 9, 30), Progress="Form agreed, not in use"),
    )
    typed.type("Actions", "A-002", action("Care plans are out of date", "Bo Ek", date(2026, 9, 30)))
    typed.type("Milestones", "M-001", {
        "Action": "A-001", "Milestone": "Ten records sampled", "Evidence required": "The sample", "Due date": date(2026, 3, 10),
        "Slippage reason": "Capacity", "Response to slippage": "Time reallocated",
    })  # fmt: skip
    typed.type("Evidence", "E-001", {
        "Action": "A-001", "CQC evidence category": "Processes", "What it is": "A list of who attended", "Date": date(2026, 3, 5),
        "Submitted by": "Bea Lund", "Judgement": "Weak", "Judged by": "Di Roe",
    })  # fmt: skip


def oak(typed: Any) -> None:
    """An action that is complete and did not work, of the theme safeguarding, with a promise that is kept."""
    typed.type("Actions", "A-001", action(
        "Alerts are raised late", "Cy Fox", date(2026, 1, 31), Status="Complete", Completed_on=date(2026, 1, 30), Theme="Safeguarding",
        Embedding_review=date(2026, 3, 2),
    ))  # fmt: skip
    typed.type("Evidence", "E-001", {
        "Action": "A-001", "CQC evidence category": "Processes", "What it is": "The new form", "Date": date(2026, 1, 20),
        "Submitted by": "Bea Lund", "Judgement": "Accepted", "Judged by": "Di Roe",
    })  # fmt: skip
    typed.type("Reviews", "R-001", {
        "Action": "A-001", "Date": date(2026, 3, 2), "Reviewed by": "Gil Moss", "Finding": "Alerts are as late as before",
        "Effective?": "Not effective", "Embedded?": "No", "Success measure result": "No change", "Learning": "Forms change little",
    })  # fmt: skip


@pytest.fixture(autouse=True)
def light_trackers() -> Iterator[None]:
    with empty_workings():
        yield


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """March of two services, consolidated."""
    player = Player(tmp_path_factory.mktemp("march") / "our", "core", [ELM, OAK])
    with empty_workings():
        player.issue(MARCH)
    with player.typing("ELM", MARCH) as typed:
        elm(typed)
    with player.typing("OAK", MARCH) as typed:
        oak(typed)
    player.consolidate(MARCH)
    return player.home


@pytest.fixture
def player(march: Path, tmp_path: Path) -> Player:
    """The provider after March."""
    return Player(Path(shutil.copytree(march, tmp_path / "our")), "core", [ELM, OAK])


def send(player: Player, period: Period, **edits: dict[str, tuple[str, str, Cells]]) -> None:
    """The trackers of a month, issued and sent back with the update, and with `edits` by service."""
    player.issue(period)
    for service in (ELM, OAK):
        with player.typing(service.code, period) as typed:
            for ref in typed.refs("Actions"):
                typed.type("Actions", ref, {"Last update": period.last})
            for sheet, ref, cells in edits.get(service.code, {}).values():
                typed.type(sheet, ref, cells)


def hold(player: Player, kind: str, period: Period, held: date, rows: dict[Topic, Cells]) -> None:
    player.hold(period, Meeting(kind, held, rows))


def fill(path: Path, held: date, rows: dict[Topic, Cells]) -> None:
    MeetingBook(path).fill(Meeting("", held, rows))


def on_agenda(agenda: Agenda) -> list[tuple[str, str, str, str]]:
    return [(matter.ref, matter.service, matter.action, matter.reason) for matter in agenda.matters]


def rows_of(path: Path, sheet: str, heading_row: int) -> list[dict[str, Any]]:
    lines = openpyxl.load_workbook(path)[sheet].iter_rows(min_row=heading_row, values_only=True)
    headings = [str(cell) for cell in next(lines)]
    return [dict(zip(headings, line, strict=True)) for line in lines]


LATE, HOLLOW = "QIP-2026-03-01", "QIP-2026-03-02"
ASKED: Cells = {
    "Asked": "Who samples the records if the deputy is away?", "Support agreed": "A coach for six weeks", "Who": "Nia Price",
    "By when": datetime(2026, 5, 15),
}  # fmt: skip


def test_each_kind_of_meeting_shows_its_reasons(player: Player) -> None:
    month = player.month(MARCH)
    review, _ = prepare_meeting(month, "qip-review")
    assert on_agenda(review) == [
        (LATE, "ELM", "A-001", "milestones"),
        (HOLLOW, "OAK", "A-001", "did-not-work"),
    ]
    late, hollow = review.matters
    assert late.finding == "A milestone is late: Medicines records have gaps"
    assert late.why.splitlines()[0] == "M-001, due 10 Mar 2026: Ten records sampled"
    assert late.said.splitlines() == [
        "Reason: Capacity",
        "Response: Time reallocated",
        "Progress: Form agreed, not in use",
    ]
    assert hollow.finding == "It was finished and did not work: Alerts are raised late"
    assert hollow.why == "Finished, did not work: The review found no difference. Owner Cy Fox, due 31 Jan 2026."
    assert hollow.said.splitlines() == [
        "The review found: Alerts are as late as before",
        "Learning: Forms change little",
    ]
    safeguarding, _ = prepare_meeting(month, "safeguarding")
    assert [(each.service, each.reason) for each in safeguarding.matters] == [("OAK", "did-not-work")]
    board, _ = prepare_meeting(month, "board")
    assert [(each.service, each.reason) for each in board.matters] == [("OAK", "escalated")]
    panel, _ = prepare_meeting(month, "panel")
    assert panel.matters == []


def test_a_provider_adds_a_kind_of_its_own(player: Player) -> None:
    own = """
        [[kind]]
        key = "evidence"
        title = "Evidence group"
        prefix = "EVI"
        reasons = ["weak-evidence", "with-leaders"]
    """
    (player.home / "meetings.toml").write_text(own)
    agenda, _ = prepare_meeting(player.month(MARCH), "evidence")
    matter, escalated = agenda.matters
    assert (matter.ref, matter.service, matter.item) == ("EVI-2026-03-01", "ELM", "E-001")
    assert (escalated.service, escalated.action, escalated.reason) == ("OAK", "A-001", "with-leaders")
    assert escalated.finding == "It is escalated: Alerts are raised late"
    assert matter.why.splitlines()[0] == "E-001: A list of who attended"
    (player.home / "meetings.toml").write_text(own.replace("weak-evidence", "weak-evidense"))
    with pytest.raises(
        RequestError, match=r"names the reason “weak-evidense”, which does not exist\. Did you mean weak-evidence\?"
    ):
        read_kinds(player.home)
    with pytest.raises(RequestError, match=r"“pannel” is not a kind of meeting\. Did you mean panel\?"):
        read_kinds().named("pannel")


@pytest.mark.long
def test_the_next_tracker_holds_challenge_and_support(player: Player) -> None:
    hold(player, "qip-review", MARCH, date(2026, 4, 14), {LATE: ASKED})
    player.issue(APRIL)
    tracker = player.folder.issued(APRIL) / "ELM.xlsx"
    (row,) = [line for line in rows_of(tracker, "Challenge", 4) if line["Ref"] == LATE]
    assert (row["Action"], row["Challenge"]) == ("A-001", "Who samples the records if the deputy is away?")
    assert (row["Follow up"], row["Follow up owner"]) == ("Support agreed: A coach for six weeks", "Nia Price")
    assert (row["Meeting"], row["Date"], row["Due date"]) == (
        "QIP review, 14 April 2026",
        datetime(2026, 4, 14),
        datetime(2026, 5, 15),
    )
    said = "\n".join(
        str(cell)
        for line in openpyxl.load_workbook(tracker)["Start here"].iter_rows(values_only=True)
        for cell in line
        if cell
    )
    assert (
        f"QIP review, 14 April 2026 ({LATE}): it asked: Who samples the records if the deputy is away?; support agreed: A coach for "
        "six weeks (Nia Price by 15/05/2026)."
    ) in said
    assert not [
        line for line in rows_of(player.folder.issued(APRIL) / "OAK.xlsx", "Challenge", 4) if line["Ref"] == LATE
    ]


@pytest.mark.long
def test_a_decision_of_a_meeting_escalates_the_action(player: Player) -> None:
    decided: Cells = {"Decided": "The board looks at it each month", "Level held": "4 Board"}
    hold(player, "qip-review", MARCH, date(2026, 4, 14), {LATE: decided})
    assert player.consolidate(MARCH).rated("ELM", "A-001", "escalation") != "Board", "it was decided in April"
    send(player, APRIL)
    april = player.consolidate(APRIL)
    assert april.rated("ELM", "A-001", "escalation") == "Board"
    (line,) = april.summary.escalated.query("service == 'ELM'").to_dict("records")
    assert line["decided"] == "14/04/2026 QIP review: The board looks at it each month (level 4)"


@pytest.mark.long
def test_a_matter_stays_on_the_agenda_until_it_is_closed_also_after_its_action_has_left(player: Player) -> None:
    hold(player, "qip-review", MARCH, date(2026, 4, 14), {LATE: ASKED})
    withdrawn: Cells = {
        "Status": "Withdrawn",
        "Withdrawal reason": "One pharmacy now does it",
        "Withdrawal approved by": "Nia Price",
    }
    send(
        player,
        APRIL,
        ELM={"a": ("Actions", "A-001", withdrawn), "b": ("Challenge", LATE, {"Follow up": "The night lead samples"})},
    )
    player.consolidate(APRIL)
    april, path = prepare_meeting(player.month(APRIL), "qip-review")
    fill(path, date(2026, 5, 12), {LATE: {"Asked": "Who samples on Sundays?", "By when": date(2026, 7, 1)}})
    assert on_agenda(april) == [
        ("QIP-2026-04-01", "OAK", "A-001", "did-not-work"),
        (LATE, "ELM", "A-001", "milestones"),
    ]
    still = april.matters[1]
    assert still.why.splitlines()[0] == "Open since QIP review, 14 April 2026."
    assert "Follow up: The night lead samples" in still.said
    assert still.before == (
        "QIP review, 14 April 2026: asked: Who samples the records if the deputy is away? support: A coach for six weeks. "
        "By Nia Price until 15 May 2026."
    )
    send(player, MAY)
    tracker = player.folder.issued(MAY) / "ELM.xlsx"
    (row,) = [line for line in rows_of(tracker, "Challenge", 4) if line["Ref"] == LATE]
    asked = "14/04/2026: Who samples the records if the deputy is away?\n12/05/2026: Who samples on Sundays?"
    asked_again = (asked, "The night lead samples", "QIP review, 12 May 2026", datetime(2026, 7, 1))
    assert (row["Challenge"], row["Follow up"], row["Meeting"], row["Due date"]) == asked_again
    player.consolidate(MAY)
    may = player.hold(MAY, Meeting("qip-review", date(2026, 6, 9), {LATE: {"Closed?": "Yes"}}))
    assert "It left the plan after April 2026." in next(row["Why it is here"] for row in may if row["Ref"] == LATE)
    board, _ = prepare_meeting(player.month(MAY), "board")
    assert LATE not in [each.ref for each in board.matters]
    send(player, Period(2026, 6))
    (row,) = [
        line
        for line in rows_of(player.folder.issued(Period(2026, 6)) / "ELM.xlsx", "Challenge", 4)
        if line["Ref"] == LATE
    ]
    assert row["Closed on"] == datetime(2026, 6, 9)
    player.consolidate(Period(2026, 6))
    june, _ = prepare_meeting(player.month(Period(2026, 6)), "qip-review")
    assert LATE not in [each.ref for each in june.matters]


@pytest.mark.long
def test_the_board_sees_open_matters_of_all_meetings(player: Player) -> None:
    hold(player, "qip-review", MARCH, date(2026, 4, 14), {LATE: ASKED})
    board, _ = prepare_meeting(player.month(MARCH), "board")
    assert on_agenda(board)[-1] == (LATE, "ELM", "A-001", "milestones")
    panel, _ = prepare_meeting(player.month(MARCH), "panel")
    assert panel.matters == []


@pytest.mark.long
def test_every_text_of_a_meeting_is_in_the_summary_and_the_packs_mention_it(player: Player, tmp_path: Path) -> None:
    texts: Cells = {
        "Asked": "Asked: who?", "Decided": "Decided: the lead", "Support agreed": "Support: coach", "Who": "Nia Price", "Verified by": "Di Roe",
    }  # fmt: skip
    hold(player, "qip-review", MARCH, date(2026, 4, 14), {LATE: texts})
    summary = player.consolidate(MARCH).summary
    path = write_summary(summary, tmp_path / "summary.xlsx")
    assert validate(path) == []
    assert openpyxl.load_workbook(path)["Meetings"]["A1"].value == "Meetings: one open"
    rows = {row["Ref"]: row for row in rows_of(path, "Meetings", 5)}
    assert rows[LATE]["State"] == "Open"
    assert set(texts.values()) <= set(
        "\n".join(str(cell) for cell in rows[LATE].values()).replace("Verified by ", "").splitlines()
    )
    assert rows[HOLLOW]["State"] == "Not discussed"
    assert "Meetings" in [spec.name for spec in pack_for("board", summary).sheets]
    (outside,) = challenge_and_support(summary)
    assert list(outside.frame["ref"]) == [LATE]
    commissioner = pack_for("commissioner", summary, services=["ELM"], people={"Nia Price": "Member of staff"})
    (sheet,) = [spec for spec in commissioner.sheets if spec.name == "Challenge and support"]
    assert "Nia Price" not in sheet.frame[[column.source for column in sheet.columns]].to_string()


@pytest.mark.long
def test_what_is_open_and_late_is_on_the_page_and_the_board_page(player: Player, tmp_path: Path) -> None:
    hold(player, "qip-review", MARCH, date(2026, 4, 14), {
        LATE: ASKED, HOLLOW: {"Support agreed": "A second shift", "Who": "Bo Ek", "By when": datetime(2026, 4, 20)},
    })  # fmt: skip
    assert open_words(player.consolidate(MARCH).summary) == "Two matters of meetings are open, none is late"
    send(player, APRIL)
    summary = player.consolidate(APRIL).summary
    (spec,) = open_matters(summary)
    assert spec.title == "Two matters of meetings are open, one is late"
    assert spec.frame[["ref", "agreed", "who", "kept"]].to_numpy().tolist() == [
        [HOLLOW, "A second shift", "Bo Ek", "No, 10 days late"],
        [LATE, "Who samples the records if the deputy is away?", "Nia Price", "Not due yet"],
    ]
    assert f"{spec.title}." in findings_of(summary).notes
    page = write_page(summary, tmp_path / "page.html").read_text("utf-8")
    section = page.partition('<section id="meetings"')[2].partition("</section>")[0]
    assert f'<h2 id="meetings-title">{spec.title}</h2>' in section
    assert section.index("No, 10 days late") < section.index("Not due yet")
    hold(player, "qip-review", APRIL, date(2026, 5, 18), {LATE: {"Closed?": "Yes"}, HOLLOW: {"Closed?": "Yes"}})
    summary = player.consolidate(APRIL).summary
    (sheet,) = meetings(summary)
    kept = dict(zip(sheet.frame["ref"], sheet.frame["kept"], strict=True))
    assert kept == {LATE: "Yes, 3 days late", HOLLOW: "Yes, 28 days late"}
    (spec,) = open_matters(summary)
    assert (spec.title, spec.line) == ("No matter of a meeting is open", "Closed by its day: 0 of 2.")


@pytest.mark.long
def test_a_changed_book_is_a_new_version_and_an_unchanged_one_is_not(player: Player) -> None:
    hold(player, "qip-review", MARCH, date(2026, 4, 14), {LATE: ASKED})
    player.consolidate(MARCH)
    player.consolidate(MARCH)
    kept = player.folder.archive / "meetings" / "2026-03 qip-review"
    assert sorted(path.name for path in kept.iterdir()) == ["0001"]
    path = player.home / "meetings" / "2026-03" / "qip-review 2026-03.xlsx"
    before = (kept / "0001" / "matters.parquet").read_bytes()
    fill(path, date(2026, 4, 14), {HOLLOW: {"Decided": "Start again"}})
    player.consolidate(MARCH)
    assert sorted(path.name for path in kept.iterdir()) == ["0001", "0002"]
    assert (kept / "0001" / "matters.parquet").read_bytes() == before
    path.unlink()
    lines = {line.ref: line for line in player.month(MARCH).meetings.lines}
    assert (lines[LATE].support, lines[HOLLOW].decision) == ("A coach for six weeks", "Start again"), (
        "the archive keeps it"
    )


@pytest.mark.long
def test_two_copies_that_differ_wait_until_head_office_chooses(player: Player) -> None:
    _, path = prepare_meeting(player.month(MARCH), "qip-review")
    other = path.with_name("clerk.xlsx")
    other.write_bytes(path.read_bytes())
    fill(path, date(2026, 4, 14), {LATE: {"Asked": "Why?"}, HOLLOW: {"Asked": "What now?"}})
    fill(other, date(2026, 4, 14), {LATE: {"Asked": "How?"}})
    month = player.month(MARCH)
    (problem,) = month.meetings.problems
    assert problem.startswith(f"{LATE} differs between ")
    assert all(f"{name} (Matters!A6)" in problem for name in ("qip-review 2026-03.xlsx", "clerk.xlsx"))
    player.consolidate(MARCH)
    asked = {line.ref: line.asked for line in player.month(MARCH).meetings.lines}
    assert asked == {LATE: "", HOLLOW: "What now?"}
    player.lines.append(
        UseLine(period="2026-03", file="clerk.xlsx", decided_by="Di Low", reason="She wrote the minutes.")
    )
    month = player.month(MARCH)
    assert month.meetings.problems == ()
    assert {line.ref: line.asked for line in month.meetings.lines} == {LATE: "How?", HOLLOW: "What now?"}


def test_a_book_that_cannot_be_read_does_not_stop_the_month(player: Player) -> None:
    folder = player.home / "meetings" / "2026-03"
    folder.mkdir(parents=True)
    (folder / "panel 2026-03.xlsx").write_bytes(b"%PDF-1.4 minutes")
    summary = player.consolidate(MARCH).summary
    (line,) = summary.meetings.to_dict("records")
    assert line["state"] == "To put right"
    (sheet,) = meetings(summary)
    assert sheet.title == "Meetings: none open; one to put right"
    assert "panel 2026-03.xlsx cannot be read" in line["finding"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)), env={"COLUMNS": "80", "NO_COLOR": "1"})


def test_the_command_writes_a_book_and_reads_it_back(player: Player, tmp_path: Path) -> None:
    player.month(MARCH)
    out = tmp_path / "review.xlsx"
    done = run("meeting", player.home, "--period", "2026-03", "--kind", "qip-review", "--out", out)
    assert (done.exit_code, done.stdout) == (0, f"QIP review, March 2026: 2 matters. The book is {out}.\n")
    blank = run("meeting", player.home, "--read", out)
    assert blank.exit_code != 0
    assert "Nothing is filled in" in blank.output
    fill(out, date(2026, 4, 14), {LATE: {**ASKED, "By when": "soon"}, HOLLOW: {"Closed?": "Yes"}})
    read = run("meeting", player.home, "--read", out)
    kept = player.home / "meetings" / "2026-03" / "review.xlsx"
    assert read.stdout.splitlines() == [
        f"2 matters discussed, 1 open. Kept in {kept} and in the archive.",
        '- review.xlsx, Matters!N6: By when says "soon", which is not a date. Type one such as 31/03/2026.',
    ]
    again = run("meeting", player.home, "--period", "2026-03", "--kind", "qip-review", "--out", out)
    assert "has been filled in, so it is not overwritten" in again.output
    for wrong in ((), ("--kind", "panel", "--read", out)):
        assert "Write a book with --kind" in run("meeting", player.home, *wrong).output
    assert "is not a kind of meeting" in run("meeting", player.home, "--period", "2026-03", "--kind", "x").output


@pytest.mark.long
def test_consolidate_says_what_is_wrong_with_a_book_and_reads_again_what_changed(player: Player) -> None:
    hold(player, "qip-review", MARCH, date(2026, 4, 14), {LATE: ASKED})
    assert run("consolidate", player.home, "--period", "2026-03").exit_code == 0
    assert "Nothing has changed" in run("consolidate", player.home, "--period", "2026-03").stdout
    path = player.home / "meetings" / "2026-03" / "qip-review 2026-03.xlsx"
    fill(path, date(2026, 4, 14), {LATE: {"By when": "soon"}})
    done = run("consolidate", player.home, "--period", "2026-03")
    assert "Nothing has changed" not in done.stdout
    assert 'By when says "soon"' in done.stderr


def test_read_meeting_gives_the_matters(player: Player, tmp_path: Path) -> None:
    out = tmp_path / "elsewhere.xlsx"
    prepare_meeting(player.month(MARCH), "qip-review", out)
    fill(out, date(2026, 4, 14), {LATE: ASKED})
    done = read_meeting(player.folder, out)
    assert [(line.ref, line.was_discussed) for line in done.lines] == [(LATE, True), (HOLLOW, False)]


@pytest.mark.long
def test_deleting_a_service_from_the_archive_deletes_its_matters(player: Player) -> None:
    hold(player, "qip-review", MARCH, date(2026, 4, 14), {LATE: ASKED, HOLLOW: {"Asked": "What now?"}})
    player.consolidate(MARCH)
    done = run("archive", "purge", player.home, "--service", "ELM", "--yes")
    assert "1 return of service ELM, 2026-03, and 1 matter of meetings." in done.stdout
    assert "still have these matters. Delete them too" in " ".join(done.stdout.split())
    shutil.rmtree(player.home / "meetings")
    assert [line.ref for line in player.month(MARCH).meetings.lines] == [HOLLOW]


@pytest.mark.long
def test_the_panel_sees_an_outlier_with_its_chart_and_what_the_service_wrote(demo: Demo) -> None:
    agenda, path = prepare_meeting(demo.folder.month(MARCH), "panel")
    (matter,) = agenda.matters
    assert matter.finding == "A figure is far outside the limits of the services together: Falls"
    assert "where the services together have" in matter.why
    assert matter.trend is not None
    assert validate(path) == []
    book = openpyxl.load_workbook(path)
    assert len(book["Charts"]._charts) == 1
    row = rows_of(path, MATTERS, HEADING_ROW + 1)[0]
    assert (row["Ref"], row["Chart"]) == ("PAN-2026-03-01", "Chart ›")


@pytest.mark.long
def test_the_panel_sees_restrictive_practice_that_got_worse_and_what_the_service_wrote(tmp_path: Path) -> None:
    player = Player(tmp_path / "our", "restrictive-practice", [ELM])
    player.issue(MARCH)
    with player.typing("ELM", MARCH) as typed:
        typed.type(
            "Actions",
            "A-001",
            action("Restraint is used at meal times", "Ann Lee", date(2026, 9, 30), Outcome_indicator="R-01"),
        )
        for back, number in enumerate([24, 5, 4, 6, 5, 4, 5, 6, 5, 4, 6, 5, 4, 5]):
            typed.figure("R-01", MARCH.plus(-back), number, 1000, context=f"Context of {back} months ago")
    player.consolidate(MARCH)
    agenda, path = prepare_meeting(player.month(MARCH), "panel")
    (matter,) = agenda.matters
    assert (matter.reason, matter.action, matter.indicator) == ("restrictive", "A-001", "R-01")
    assert matter.finding == "A figure of restrictive practice is worse than chance: Physical restrictions"
    assert matter.why.startswith("Physical restrictions, Elm House: 24 per 1,000 support days, worse than chance")
    assert matter.said.splitlines()[0] == "Context: Context of 0 months ago"
    sheet = openpyxl.load_workbook(path)["Charts"]
    assert [row[1].value for row in sheet.iter_rows() if row[0].value == "Mar 2026"] == [24]


@pytest.mark.long
def test_the_safeguarding_meeting_sees_packs_that_were_judged_weak(tmp_path: Path) -> None:
    player = Player(tmp_path / "our", "safeguarding", [ELM])
    player.issue(MARCH)
    with player.typing("ELM", MARCH) as typed:
        typed.type("Actions", "A-001", action("Alerts are raised late", "Ann Lee", date(2026, 9, 30)))
        for ref, strength in (("P-001", "Weak"), ("P-002", "Strong")):
            typed.type("Evidence packs", ref, {
                "Action": "A-001", "Month": MARCH.first, "Case samples": 4, "Anonymised?": "Yes", "What it shows": f"Cases of {ref}",
                "Submitted by": "Bea Lund", "Strength": strength, "Judged by": "Di Roe",
                "Challenge": "Who was watched?", "Follow up": "One shift",
            })  # fmt: skip
    player.consolidate(MARCH)
    agenda, _ = prepare_meeting(player.month(MARCH), "safeguarding")
    (matter,) = agenda.matters
    assert (matter.finding, matter.item) == ("Evidence was judged weak: Alerts are raised late", "P-001")
    assert matter.why.splitlines()[0] == "P-001, March 2026: Cases of P-001"
    assert matter.said.splitlines()[:2] == ["Challenge: Who was watched?", "Follow up: One shift"]


@pytest.mark.long
def test_a_pack_that_a_meeting_judged_counts_as_it_says_and_the_next_tracker_shows_it(tmp_path: Path) -> None:
    player = Player(tmp_path / "our", "safeguarding", [ELM])
    player.issue(MARCH)
    with player.typing("ELM", MARCH) as typed:
        typed.type("Actions", "A-001", action("Alerts are raised late", "Ann Lee", date(2026, 9, 30)))
        for ref, strength in (("P-001", "Weak"), ("P-002", "Strong")):
            typed.type("Evidence packs", ref, {
                "Action": "A-001", "Month": MARCH.first, "Case samples": 4, "Anonymised?": "Yes", "What it shows": f"Cases of {ref}",
                "Submitted by": "Bea Lund", "Strength": strength, "Judged by": "Di Roe", "Challenge": "Who?", "Follow up": "One shift",
            })  # fmt: skip
        typed.type("Evidence", "E-001", {
            "Action": "A-001", "CQC evidence category": "Processes", "What it is": "The form", "Date": MARCH.first,
            "Submitted by": "Bea Lund", "Judgement": "Accepted", "Judged by": "Di Roe",
        })  # fmt: skip
    march = player.consolidate(MARCH)
    assert march.rated("ELM", "A-001", "escalation_rule") == "pack-weak"
    _, path = prepare_meeting(player.month(MARCH), "safeguarding")
    choices = [rule.formula1 for rule in openpyxl.load_workbook(path)[MATTERS].data_validations.dataValidation]
    assert '"Accepted,Not accepted,Strong,Adequate,Weak"' in choices
    raised = {"Service": "ELM", "Action": "A-001"}
    fill(path, date(2026, 4, 14), {
        "SAF-2026-03-01": {"Evidence or review": "P-001", "Accepted?": "Adequate"},
        "SAF-2026-03-R1": {**raised, "Matter": "Too thin", "Evidence or review": "P-002", "Accepted?": "Weak"},
        "SAF-2026-03-R2": {**raised, "Matter": "The form", "Evidence or review": "E-001", "Accepted?": "Strong"},
    })  # fmt: skip
    player.issue(APRIL)
    tracker = player.folder.issued(APRIL) / "ELM.xlsx"
    start = openpyxl.load_workbook(tracker)["Start here"]
    said = " ".join(str(cell) for row in start.iter_rows(values_only=True) for cell in row if cell)
    assert "(SAF-2026-03-01): P-001: adequate." in said
    with player.typing("ELM", APRIL) as typed:
        typed.type("Actions", "A-001", {"Last update": APRIL.last})
    april = player.consolidate(APRIL)
    packs = april.summary.records["packs"]
    assert dict(zip(packs["ref"], packs["judged"], strict=True)) == {"P-001": "Adequate", "P-002": "Weak"}
    assert "pack-weak-outside" in set(april.summary.problems["code"])
    (link,) = april.summary.links.query("kind == 'Judgement without its item'").to_dict("records")
    assert link["what"] == (
        "Safeguarding meeting: “Strong” is for packs; write Accepted or Not accepted, so the judgement does not count."
    )
    agenda, _ = prepare_meeting(player.month(APRIL), "safeguarding")
    assert [each.item for each in agenda.matters if each.reason == "weak-evidence"] == ["P-002"]
