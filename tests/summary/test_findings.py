"""One set of findings: the workbook, the page, the PDF, the pack and the terminal say the same words and figures."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from findings_words import words_of
from rich.console import Console

from qipxl import Period, ProviderSummary, check, rate, read_returns, summarise, write_summary
from qipxl.app.demo import Demo
from qipxl.app.month_screen import NextSteps, returns_words, show_month
from qipxl.provider import ProviderMonth
from qipxl.summary.board_sheet import BOARD_PAGE, CHART_DATA
from qipxl.summary.changes import number_of
from qipxl.summary.finding_records import Findings
from qipxl.summary.findings import MOST_QUESTIONS, findings_of
from qipxl.summary.packs import pack_for
from qipxl.summary.page.page import page_of


@pytest.fixture(scope="module")
def summary(demo: Demo) -> ProviderSummary:
    month = ProviderMonth(demo.folder, demo.folder.read(), Period(2026, 3))
    rated = rate(check(read_returns(demo.returns), demo.as_at), demo.as_at)
    return month.with_history(summarise(rated, month.expected))


@pytest.fixture(scope="module")
def findings(summary: ProviderSummary) -> Findings:
    return findings_of(summary)


@pytest.fixture(scope="module")
def book(summary: ProviderSummary, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return openpyxl.load_workbook(write_summary(summary, tmp_path_factory.mktemp("summary") / "summary.xlsx"))


def test_the_workbook_says_every_word_of_the_findings(book: Any, findings: Findings) -> None:
    cells = [str(cell) for row in book[BOARD_PAGE].iter_rows(values_only=True) for cell in row if cell is not None]
    said = " ".join(" ".join(cells).split())
    for words in words_of(findings):
        assert " ".join(words.split()) in said


def test_its_chart_has_the_counts_of_the_findings(book: Any, findings: Findings) -> None:
    head, *rows = book[CHART_DATA].iter_rows(values_only=True)
    months = findings.months
    assert list(head[1 : len(months.words) + 1]) == list(months.words)
    counts = [list(row[1 : len(months.words) + 1]) for row in rows[: len(months.counts)]]
    assert counts == [list(line) for line in months.counts]


def test_the_terminal_says_the_same(findings: Findings) -> None:
    out = io.StringIO()
    show_month(Console(file=out, width=80), findings, NextSteps("queries", Path("s.xlsx"), "next", "what"))
    said = " ".join(out.getvalue().split())
    assert f"{findings.headline} {findings.second}" in said
    latest = zip(findings.months.letters, findings.months.counts[-1], strict=True)
    assert all(f"{letter} {count}" in said for letter, count in latest if count)
    first = findings.decisions.levels[0].decisions[0]
    assert f"{first.service} {first.ref}" in said
    intake = findings.intake
    assert (f"{intake.sent} of {intake.expected} in." if intake.missing else f"All {intake.expected} in.") in said


def test_page_and_pack_begin_with_the_same_sentences(summary: ProviderSummary, findings: Findings) -> None:
    assert findings.headline in page_of(summary)
    assert pack_for("board", summary).headline == [findings.headline, findings.second]


def test_one_question_of_each_kind_comes_first(findings: Findings) -> None:
    assert 1 < len(findings.questions) <= MOST_QUESTIONS
    kinds = [(question.sheet, question.title.partition(":")[0]) for question in findings.questions]
    assert len({sheet if sheet == "Outliers" else title for sheet, title in kinds}) == len(kinds)


@pytest.mark.parametrize(
    ("count", "words"), [(0, "no promise"), (1, "one promise"), (3, "three promises"), (12, "12 promises")]
)
def test_the_title_of_changes_counts_in_words(count: int, words: str) -> None:
    assert number_of(count, "promise", "promises") == words


def test_services_that_no_list_names_are_counted_and_named(summary: ProviderSummary) -> None:
    sent = summary.overview[summary.overview["actions"].notna()]
    assert findings_of(replace(summary, overview=sent)).intake.not_listed == []
    listed = sent["name"] == "Elm House"
    findings, others = (
        findings_of(replace(summary, overview=sent.assign(expected=listed))),
        sorted(sent["name"][~listed]),
    )
    assert findings.intake.not_listed == others
    words = f"The counts include {len(others)} services that the list of services does not name: {others[0]},"
    assert any(note.startswith(words) for note in findings.notes)
    assert returns_words(findings.intake, 1) == f"1 in, {len(others)} not on the list."
