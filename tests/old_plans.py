"""Old action plans as providers keep them, made in sight: each builds one workbook of a layout of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

BOLD = Font(bold=True)
STRUCK = Font(strike=True)
GREY = PatternFill("solid", fgColor="FFD9D9D9")
RED, AMBER, GREEN = (PatternFill("solid", fgColor=f"FF{each}") for each in ("FF0000", "FFC000", "00B050"))
PLANS: dict[str, Callable[[Path], Path]] = {}


def plan(build: Callable[[Workbook], None]) -> Callable[[Workbook], None]:
    """Registers an old plan under its function's name."""

    def write(folder: Path) -> Path:
        book = Workbook()
        book.remove(book.active)
        build(book)
        path = folder / f"{build.__name__}.xlsx"
        book.save(path)
        return path

    PLANS[build.__name__] = write
    return build


def put(
    sheet: Worksheet,
    row: int,
    *values: object,
    column: int = 1,
    font: Font | None = None,
    fill: PatternFill | None = None,
) -> None:
    """Write values side by side; None leaves a cell alone."""
    for place, value in enumerate(values, column):
        if value is None:
            continue
        cell = sheet.cell(row, place, value)
        if font is not None:
            cell.font = font
        if fill is not None:
            cell.fill = fill


@plan
def titled(book: Workbook) -> None:
    """Title rows, a cover beside the table, two-row merged headings, totals and a signature below."""
    sheet = book.create_sheet("Action Plan")
    put(sheet, 1, "Oak Lodge QUALITY IMPROVEMENT PLAN", font=BOLD)
    sheet.merge_cells("A1:H1")
    put(sheet, 2, "Service name:", "Oak Lodge", None, "Registered manager:", "Mary Khan")
    put(sheet, 3, "Date of plan:", date(2026, 1, 5))
    put(sheet, 5, "No", "Issue identified", "Action", None, None, "Progress", None, "RAG", font=BOLD, fill=GREY)
    put(
        sheet,
        6,
        None,
        None,
        "Action required",
        "By whom",
        "By when",
        "Status",
        "Date completed",
        None,
        font=BOLD,
        fill=GREY,
    )
    for block in ("A5:A6", "B5:B6", "C5:E5", "F5:G5", "H5:H5", "H5:H6"):
        if block != "H5:H5":
            sheet.merge_cells(block)
    put(
        sheet,
        7,
        1,
        "Medicines counted wrongly",
        "Weekly stock check by a senior",
        "Jo Shah",
        date(2026, 3, 31),
        "In progress",
        None,
        "Amber",
    )
    put(
        sheet,
        8,
        2,
        "Care plans out of date",
        "Review all plans",
        "Ann Lee",
        datetime(2026, 2, 28),
        "Completed",
        date(2026, 2, 20),
        "Green",
    )
    put(sheet, 9, 3, "No fire drill since May", "Hold a drill", "Jo Shah", "30/04/2026", "not yet started", None, "Red")
    put(sheet, 11, "Total actions", 3)
    put(sheet, 13, "Signed: M Khan")


@plan
def by_question(book: Workbook) -> None:
    """A tab per key question; refs that begin at 1 on each; sections between the rows."""
    rows_of = {
        "Safe": [
            ("MEDICINES",),
            (1, "MAR charts have gaps", "Audit daily", "KW", date(2026, 3, 1), "Done"),
            (2, "Fridge not checked", "Log twice a day", "NI", date(2026, 4, 1), "Ongoing"),
            ("STAFFING",),
            (3, "Agency use is high", "Recruit", "RM", date(2026, 6, 1), "Not started"),
        ],
        "Well-led": [
            (1, "Audits are not followed up", "Action log at each meeting", "RM", date(2026, 3, 15), "Ongoing")
        ],
    }
    for tab, rows in rows_of.items():
        sheet = book.create_sheet(tab)
        put(sheet, 1, f"Key question: {tab}", font=BOLD)
        put(sheet, 3, "Ref", "What we found", "What will we do?", "Lead", "Target date", "Status", font=BOLD)
        for number, row in enumerate(rows, 4):
            put(sheet, number, *row, font=BOLD if len(row) == 1 else None)
    key = book.create_sheet("Key")
    put(key, 1, "RM", "Mary Khan")
    put(key, 2, "KW", "Kit Ward")
    put(key, 3, "NI", "Nia Iqbal")


@plan
def colours(book: Workbook) -> None:
    """RAG by colour only, in a column without words."""
    sheet = book.create_sheet("Tracker")
    put(sheet, 1, "Area", "Concern", "Action to be taken", "Responsible", "Deadline", "RAG", font=BOLD)
    rows = [
        ("Kitchen", "Temperatures not logged", "New log", "Sam Cole", date(2026, 2, 1), GREEN),
        ("Lounge", "Carpet lifts", "Replace it", "Sam Cole", date(2026, 3, 20), AMBER),
        ("Garden", "Gate does not lock", "Fit a lock", "Di Fox", date(2026, 3, 1), RED),
    ]
    for number, (*row, fill) in enumerate(rows, 2):
        put(sheet, number, *row)
        sheet.cell(number, 6).fill = fill


@plan
def struck(book: Workbook) -> None:
    """Finished rows struck through with DONE typed over the status; comments; a hidden row."""
    sheet = book.create_sheet("Actions")
    put(sheet, 1, "Action Ref", "Issue", "Action required", "Owner", "Due date", "Status", "Comments", font=BOLD)
    put(
        sheet,
        2,
        "OL-1",
        "Call bells slow",
        "Review rota",
        "Jo Shah",
        date(2026, 1, 31),
        "DONE",
        "rota changed",
        font=STRUCK,
    )
    put(sheet, 3, "OL-2", "Weights missed", "Weigh monthly", "Ann Lee", date(2026, 4, 30), "In progress", "half done")
    put(sheet, 4, "OL-3", "Bins overflow", "New contract", "Di Fox", date(2026, 5, 31), "Not started")
    sheet["D3"].comment = Comment("Ann is on leave until May", "Jo")
    sheet.row_dimensions[4].hidden = True


@plan
def text_dates(book: Workbook) -> None:
    """Dates of four kinds as text, others as people write them, two owners in a cell."""
    sheet = book.create_sheet("Sheet1")
    put(
        sheet,
        1,
        "S. No",
        "Issue Identified",
        "Action Required",
        "Responsible Person",
        "Target Date",
        "Status",
        font=BOLD,
    )
    rows = [
        (1, "Falls not reviewed", "Falls meeting", "Jo Shah", "31/03/2026", "Ongoing"),
        (2, "Pressure care", "Train staff", "Jo Shah / Ann Lee", "2026-04-30", "Ongoing"),
        (3, "Fluid charts", "Spot checks", "Ann Lee", "15 May 2026", "Complete"),
        (4, "Handover poor", "New form", "Ann & Jo", "1.6.26", "Ongoing"),
        (5, "Lift breaks down", "Call engineer", "Di Fox", "ASAP", "Ongoing"),
        (6, "Supervision late", "Plan dates", "Di Fox", "04/05/2026", "Not started"),
    ]
    for number, row in enumerate(rows, 2):
        put(sheet, number, *row)


@plan
def continued(book: Workbook) -> None:
    """One action over several rows, an issue merged down, blank rows, a used range far larger than the data."""
    sheet = book.create_sheet("Plan")
    put(sheet, 2, "Ref", "Issue", "Actions", "Lead", "By when", "Update", column=2, font=BOLD)
    put(sheet, 3, "1", "Infection control", "Deep clean", "Jo Shah", date(2026, 3, 1), "started", column=2)
    put(sheet, 4, None, None, "Order new mops", None, None, "ordered 3/1", column=2)
    put(sheet, 5, None, None, "Audit hand washing", None, None, None, column=2)
    put(sheet, 7, "2", "Training", "Book moving and handling", "Ann Lee", date(2026, 5, 1), None, column=2)
    put(sheet, 8, "3", "Signage", "Dementia friendly signs", "Di Fox", date(2026, 6, 1), None, column=2)
    put(sheet, 9, "4", None, "Large print menus", "Di Fox", date(2026, 6, 30), None, column=2)
    sheet.merge_cells("C8:C9")
    for row in range(10, 400):
        sheet.cell(row, 2).fill = PatternFill("solid", fgColor="FFFFFFFF")
    put(sheet, 402, "last printed in March", column=2)


@plan
def monthly(book: Workbook) -> None:
    """A plan, and on another tab indicators with a column per month."""
    sheet = book.create_sheet("QIP")
    put(sheet, 1, "Item", "Area for improvement", "Action", "Owner", "Due", "Success criteria", font=BOLD)
    put(
        sheet, 2, "A1", "Falls are rising", "Falls champion", "Jo Shah", date(2026, 6, 30), "Fewer than 4 falls a month"
    )
    figures = book.create_sheet("Dashboard")
    put(figures, 1, "Monthly indicators", font=BOLD)
    put(figures, 2, "Indicator", "Target", "Oct-25", "Nov-25", "Dec-25", "Jan-26", "Feb-26", "Mar-26", font=BOLD)
    put(figures, 3, "Falls", 4, 7, 6, 8, 6, 5, 4)
    put(figures, 4, "Medicine errors", 0, 2, 1, "n/a", 3, 1, 1)


@plan
def long_figures(book: Workbook) -> None:
    """Figures in long form, a line a month, beside a plan on the same tab."""
    sheet = book.create_sheet("Combined")
    put(sheet, 1, "Ref", "Finding", "Corrective action", "Lead", "Deadline", font=BOLD)
    put(sheet, 2, "F1", "Complaints late", "Weekly log", "Jo Shah", date(2026, 4, 1))
    put(sheet, 3, "F2", "Few activities", "Activities planner", "Di Fox", date(2026, 5, 1))
    put(sheet, 1, "Measure", "Month", "Value", column=8, font=BOLD)
    for row, (name, month, value) in enumerate(
        [
            ("Complaints", date(2026, 1, 1), 3),
            ("Complaints", date(2026, 2, 1), 2),
            ("Complaints", date(2026, 3, 1), 4),
            ("Outings", date(2026, 3, 1), 5),
        ],
        2,
    ):
        put(sheet, row, name, month, value, column=8)


@plan
def qcs_like(book: Workbook) -> None:
    """The columns of a published template: item, actions, deadline, person, RAG, key documents."""
    sheet = book.create_sheet("Action Plan")
    put(sheet, 1, "Home", "Oak Lodge")
    put(
        sheet,
        3,
        "Item to be rectified",
        "Actions required",
        "Deadline",
        "Person responsible",
        "RAG",
        "Key documents",
        font=BOLD,
    )
    put(
        sheet,
        4,
        "Wardrobes are not fixed",
        "Fix every wardrobe",
        date(2026, 2, 15),
        "Sam Cole",
        "G",
        "Maintenance log p. 4",
    )
    put(sheet, 5, "DBS renewals late", "Renew and log", date(2026, 3, 15), "Mary Khan", "A", None)


@plan
def council(book: Workbook) -> None:
    """A council's contract monitoring, several services in one workbook, told by a column."""
    sheet = book.create_sheet("Contract monitoring")
    put(sheet, 1, "Contract monitoring improvement plan 2025/26", font=BOLD)
    sheet.merge_cells("A1:I1")
    put(
        sheet,
        3,
        "Provider service",
        "Contract standard not met",
        "Recommendation ref",
        "Provider action",
        "Lead officer",
        "Timescale",
        "Evidence provided",
        "Council comments",
        "Signed off",
        font=BOLD,
    )
    rows = [
        (
            "Oak Lodge",
            "Records are not secure",
            "R1",
            "Lock the office",
            "Jo Shah",
            date(2026, 3, 1),
            "Photo of the lock",
            "seen 2/3",
            "P Green",
        ),
        ("Elm House", "Complaints not logged", "R2", "Start a log", "Di Fox", date(2026, 4, 1), None, None, None),
        ("Oak Lodge", "No dignity champion", "R3", "Name one", "Ann Lee", date(2026, 4, 1), None, "will visit", None),
    ]
    for number, row in enumerate(rows, 4):
        put(sheet, number, *row)


@plan
def risks(book: Workbook) -> None:
    """A risk register with two groups of likelihood and consequence under merged headings."""
    sheet = book.create_sheet("Risk register")
    put(
        sheet,
        1,
        "Risk ID",
        "Risk description",
        "Initial risk",
        None,
        None,
        "Controls in place",
        "Current risk",
        None,
        None,
        "Target score",
        "Mitigating action",
        "Risk owner",
        "Due date",
        font=BOLD,
    )
    put(sheet, 2, None, None, "L", "C", "Score", None, "L", "C", "Score", font=BOLD)
    for block in ("A1:A2", "B1:B2", "C1:E1", "F1:F2", "G1:I1", "J1:J2", "K1:K2", "L1:L2", "M1:M2"):
        sheet.merge_cells(block)
    put(
        sheet,
        3,
        "RR7",
        "Boiler may fail in winter",
        4,
        4,
        16,
        "Service contract",
        3,
        4,
        12,
        6,
        "Replace the boiler",
        "Sam Cole",
        date(2026, 9, 30),
    )
    put(
        sheet,
        4,
        "RR9",
        "Night staffing is thin",
        5,
        4,
        20,
        "Bank staff",
        4,
        4,
        16,
        8,
        "Recruit two",
        "Mary Khan",
        date(2026, 5, 31),
    )


@plan
def care_home(book: Workbook) -> None:
    """A care home's plan for the regulator: an abbreviations key, two-part headings, two key questions in a cell."""
    sheet = book.create_sheet("CQC Action Plan")
    put(sheet, 1, "CQC Improvement and Action Plan", font=BOLD)
    put(sheet, 2, "Service name and location", "Elm House")
    put(sheet, 3, "Registered manager", "Lee Brown")
    put(sheet, 4, "RM = Lee Brown; OM = Pat Young")
    put(
        sheet,
        6,
        "CQC requirement/recommendation",
        "Regulation and key question",
        "Improvement and action plan (and evidence)",
        "By whom",
        "By when",
        "Progress",
        "Signed off",
        font=BOLD,
        fill=GREY,
    )
    put(
        sheet,
        7,
        "People were not always safe",
        "12; SAFE and WELL LED?",
        "New risk assessments for all",
        "RM",
        date(2026, 3, 31),
        "six of ten done",
        None,
    )
    put(
        sheet,
        8,
        "Consent was not recorded",
        "11; EFFECTIVE",
        "Train seniors in the MCA",
        "OM",
        date(2026, 2, 28),
        "complete",
        "Lee Brown",
    )


@plan
def tabs_of_services(book: Workbook) -> None:
    """A tab per service, the same columns on each."""
    rows_of = {
        "Oak Lodge": [("T1", "Rota gaps", "Fill shifts", "Jo Shah", date(2026, 3, 1), "Open")],
        "Elm House": [
            ("T1", "Old hoists", "Replace two", "Di Fox", date(2026, 6, 1), "Open"),
            ("T2", "Post not opened", "Daily check", "Lee Brown", date(2026, 3, 10), "Closed"),
        ],
    }
    for tab, rows in rows_of.items():
        sheet = book.create_sheet(tab)
        put(sheet, 1, "Ref", "Issue", "Agreed action", "Owner", "Date due", "Action status", font=BOLD)
        for number, row in enumerate(rows, 2):
            put(sheet, number, *row)


def rosewood(folder: Path) -> Path:
    """The old plan that docs/adopt.md walks through: a bit of everything, as a home keeps it."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Action Plan"
    for letter, width in zip("ABCDEFGH", (7, 26, 44, 9, 13, 7, 20, 28), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    put(sheet, 1, "ROSEWOOD COURT - ONGOING ACTION PLAN 2026", font=Font(bold=True, size=16, color="FF12436D"))
    sheet.merge_cells("A1:H1")
    put(sheet, 2, "Home:", "Rosewood Court", None, "Manager:", "Nina Patel")
    put(sheet, 3, "Key: red = not started, amber = in progress, green = finished", font=Font(italic=True))
    put(sheet, 4, "NP = Nina Patel; TW = Tom Webb")
    head = ["No.", "Issue identified", "Action required", "Who", "By when", "RAG", "Evidence", "Update"]
    put(sheet, 6, *head, font=BOLD, fill=GREY)
    put(sheet, 7, "MEDICINES", font=BOLD)
    sheet.merge_cells("A7:H7")
    put(
        sheet,
        8,
        1,
        "Gaps in the MAR charts",
        "Senior checks charts at each handover",
        "TW",
        "31/03/26",
        None,
        "Audit of 4 March",
    )
    put(sheet, 8, "two gaps in March, was nine", column=8)
    put(sheet, 9, None, None, "Competency check for all who give medicines", None, None, None, None, "6 of 8 done")
    put(
        sheet,
        10,
        2,
        "Fridge too warm",
        "New thermometer and a daily log",
        "TW",
        date(2026, 2, 10),
        None,
        "Log",
        "done",
        font=STRUCK,
    )
    put(sheet, 11, "CARE PLANS", font=BOLD)
    sheet.merge_cells("A11:H11")
    put(sheet, 12, 3, "Reviews are late", "Plan a review of each care plan every month", "NP/TW", "end of April")
    put(
        sheet,
        13,
        4,
        "Families are not asked",
        "Ask families at every review",
        "NP",
        date(2026, 5, 29),
        None,
        None,
        "form is ready",
    )
    for row, fill in ((8, AMBER), (10, GREEN), (12, RED), (13, AMBER)):
        sheet.cell(row, 6).fill = fill
    sheet["B13"].comment = Comment("Mrs Ahmed's daughter complained about this", "Nina Patel")
    put(sheet, 15, "Total", 4)
    put(sheet, 16, "Signed: N Patel")
    figures = book.create_sheet("Monthly figures")
    put(
        figures, 1, "Measure", "Target", *(date(2025 + (9 + n) // 12, (9 + n) % 12 + 1, 1) for n in range(6)), font=BOLD
    )
    put(figures, 2, "Falls", 5, 9, 8, 8, 6, 7, 5)
    put(figures, 3, "Medicine errors", 1, 4, 3, 5, 2, 2, 1)
    for cell in figures[1][2:]:
        cell.number_format = "mmm-yy"
    path = folder / "old-plan.xlsx"
    book.save(path)
    return path
