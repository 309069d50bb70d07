"""The screen of a check: grouped by service, what must be fixed first, at most 40 lines unless all are asked for."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from qipxl.app.check_screen import Answers, show_check
from qipxl.returns.returns import RECEIPT_COLUMNS, Returns, problem_frame

DATE = 'Due date says "TBC", which is not a date. Enter one such as 31/03/2026.'


def problem(
    number: int, cell: str, severity: str = "must fix", sheet: str = "Actions", **more: Any
) -> dict[str, object]:
    line = {
        "return": number, "file": "", "sheet": sheet, "table": sheet.lower(), "row": 5, "field": "due", "cell": cell, "heading": "Due date",
        "value": "TBC", "code": "not-a-date", "severity": severity, "message": f"{sheet}!{cell} {DATE}" if cell else DATE,
    }  # fmt: skip
    return line | more


def returns_with(problems: list[dict[str, object]], services: int = 2, refused: int = 0) -> Returns:
    """Returns of services S000, S001 …, and scans that were refused."""
    lines = [("accepted", f"S{number:03}", f"House {number}", "") for number in range(services)]
    lines += [("refused", "", "", "This is a PDF. Ask for the Excel file.")] * refused
    receipts = pd.DataFrame(lines, columns=["status", "service", "name", "reason"]).reindex(
        columns=list(RECEIPT_COLUMNS)
    )
    receipts = receipts.fillna(0)
    receipts["file"] = [f"file {number}.xlsx" for number in range(len(lines))]
    return Returns({}, receipts, {}, {}, {}, problem_frame(problems))


def printed(returns: Returns, *, everything: bool = False, answers: Answers | None = None) -> list[str]:
    """The lines that are printed; every problem is about A-001."""
    out = io.StringIO()
    references = lambda problems: pd.Series("A-001", problems.index)  # noqa: E731
    console = Console(file=out, width=80)
    show_check(console, returns, date(2026, 3, 31), references, "qipxl consolidate our", answers, everything=everything)
    return out.getvalue().splitlines()


def test_problems_are_grouped_by_service_and_name_the_action() -> None:
    found = [
        problem(0, "C7", "should look", "Evidence", code="stale"), problem(1, "V5"), problem(0, "", "must fix", "Start here"),
        problem(1, "X9", "for information", code="late", message=f"Actions!X9 A-001: {DATE}"),
    ]  # fmt: skip
    assert printed(returns_with(found, refused=1)) == [
        "4 problems: 2 must fix, 1 should look, 1 for information. 1 file could not be",
        "used. As at 31/03/2026.",
        "House 0 (S000)  1 must fix, 1 should look",
        '  must fix         Due date says "TBC", which is not a date. Enter one such as',
        "                   31/03/2026.",
        '  should look      A-001, Evidence C7: Due date says "TBC", which is not a date.',
        "                   Enter one such as 31/03/2026.",
        "House 1 (S001)  1 must fix, 1 for information",
        '  must fix         A-001, cell V5: Due date says "TBC", which is not a date.',
        "                   Enter one such as 31/03/2026.",
        '  for information  A-001, cell X9: Due date says "TBC", which is not a date.',
        "                   Enter one such as 31/03/2026.",
        "Not used  file 2.xlsx: refused. This is a PDF. Ask for the Excel file.",
        "Next      qipxl consolidate our",
    ]


def test_the_same_problem_in_one_column_is_one_line() -> None:
    lines = printed(returns_with([problem(0, f"V{row}") for row in range(5, 10)]))
    assert "one such as 31/03/2026. (4 more cells)" in " ".join(lines)
    assert not [line for line in lines if "--all" in line]


def test_many_problems_take_40_lines_with_one_of_each_service() -> None:
    found = [problem(number, f"V{row}", code=f"code-{row}") for number in range(12) for row in range(5, 35)]
    returns = returns_with(found, 12, refused=30)
    lines = printed(returns, answers=Answers(24, Path("back")))
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("House") for line in lines) == 9, "as many services as there is room for"
    assert [line for line in lines if "more" in line] == ["and 351 more: --all", "          and 24 more files: --all"]
    assert lines[-2:] == ["Written to send back: 24 files, in back.", "Next      qipxl consolidate our"]
    whole = printed(returns, everything=True)
    assert sum(line.startswith("  must fix") for line in whole) == 360
    assert sum("This is a PDF" in line for line in whole) == 30, "in the table of files"


def test_what_must_be_fixed_comes_before_what_should_be_looked_at() -> None:
    found = [problem(0, f"V{row}", "should look", code=f"look-{row}") for row in range(5, 35)] + [
        problem(0, "V50"),
        problem(1, "V51"),
    ]
    lines = printed(returns_with(found))
    assert [line.split()[0] for line in lines[1:3]] == ["House", "must"]
    assert sum(line.startswith("  must fix") for line in lines) == 2
