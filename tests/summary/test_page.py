"""The web page: whole without scripts, closed to the network, usable by keyboard and screen reader, and nothing in it alive."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from factories import first_only
from findings_words import words_of
from grids import grid

from qipxl import ProviderSummary, check, rate, read_returns, summarise
from qipxl.app.cli.main import main
from qipxl.app.demo import Demo
from qipxl.summary.findings import findings_of
from qipxl.summary.page import write_board_pdf, write_page
from qipxl.summary.page.page import MOST_CHARTS, page_of
from qipxl.summary.trends import change_trends, trends

AXE = Path(__file__).parents[1] / "node" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def summary(demo: Demo) -> ProviderSummary:
    return summarise(rate(check(read_returns(demo.returns), demo.as_at), demo.as_at), demo.services)


@pytest.fixture(scope="module")
def written(demo: Demo, summary: ProviderSummary) -> Path:
    return write_page(summary, demo.folder.home / "summary.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window; the tests are skipped where it is not installed, fail where CI=true."""
    chromium = shutil.which("chromium")
    if chromium is None or not AXE.is_file():
        sentence = "These tests need Chromium and axe-core (tests/install_tools.sh)."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as run:
        opened = run.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def shown(browser: Any, written: Path) -> Iterator[Any]:
    """The page opened; whatever the console or the network is asked for stands in `said` and `asked`."""
    context = browser.new_context(bypass_csp=False)
    page = context.new_page()
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(written.as_uri())
    yield page
    context.close()


class Outline(HTMLParser):
    """The addresses and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_is_one_file_that_names_no_other(written: Path) -> None:
    tags = Outline(written.read_text("utf-8")).tags
    addresses = [value for _, attrs in tags for name, value in attrs.items() if name in ("src", "href")]
    assert all(str(each).startswith("#") for each in addresses)
    assert not [attrs for _, attrs in tags if "style" in attrs or any(name.startswith("on") for name in attrs)]
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {str(each)[1:] for each in addresses if str(each).startswith("#")} <= set(ids)


def test_it_says_what_the_findings_say(written: Path, summary: ProviderSummary) -> None:
    text = plain(written.read_text("utf-8"))
    for words in words_of(findings_of(summary)):
        assert " ".join(words.split()) in text
    for issue in summary.watch["issue"]:
        assert str(issue) in text
    assert f"All actions: {len(summary.actions)}." in text


def plain(html: str) -> str:
    """The text of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_counts_of_services_are_in_their_columns(written: Path, summary: ProviderSummary) -> None:
    html = written.read_text("utf-8")
    body = html.split('<table class="heat">')[1].split("<tbody>")[1].split("</table>")[0]
    rows = [re.findall(r"<td(?: class=\"[^\"]*\")?>(\d*)\n", row) for row in body.split("<tr>")[1:]]
    lines = findings_of(summary).services.lines
    assert rows == [
        [] if line.note else [str(count or "") for count in (*line.delivery, *line.impact)] for line in lines
    ]


def test_the_page_is_small(written: Path) -> None:
    assert written.stat().st_size < 170_000


def test_the_same_summary_is_the_same_page(summary: ProviderSummary, written: Path, tmp_path: Path) -> None:
    assert write_page(summary, tmp_path / "again.html").read_bytes() == written.read_bytes()


def test_what_people_typed_is_text_and_nothing_else(tmp_path: Path) -> None:
    plan = """
        Actions
        | Ref | Issue or risk                       | Owner                          | Status      | Due date   |
        | A-1 | <script>alert(1)</script>           | "><img src=x onerror=alert(2)> | In progress | 01/01/2025 |
    """
    rated = rate(check(grid(plan, service="<b>Elm</b> & 'Oak'")))
    text = write_page(summarise(rated), tmp_path / "page.html").read_text("utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    tags = Outline(text).tags
    assert [tag for tag, _ in tags].count("script") == 1
    assert not [tag for tag, attrs in tags if tag == "b" or "onerror" in attrs]


def test_it_loads_silently_and_requests_nothing(shown: Any, written: Path, summary: ProviderSummary) -> None:
    assert shown.said == []
    assert [each for each in shown.asked if not each.startswith("data:")] == [written.as_uri()]
    heights = shown.evaluate("[...document.querySelectorAll('figure svg')].map((each) => each.clientHeight)")
    assert len(heights) == 1 + len(trends(summary, MOST_CHARTS)) + len(change_trends(summary, MOST_CHARTS)) > 3
    assert min(heights) > 50, "every chart is drawn"
    heading = shown.locator("h2").first
    assert heading.evaluate("each => getComputedStyle(each).color") == "rgb(18, 67, 109)", "its style is let in"


@pytest.mark.long
def test_search_leaves_the_rows_with_the_words(shown: Any) -> None:
    rows = shown.locator("table.found tbody tr")
    everything = rows.count()
    shown.get_by_role("searchbox").fill("beech court")
    left = [row.inner_text() for row in rows.all() if row.is_visible()]
    assert 0 < len(left) < everything
    assert all("beech court" in each.lower() for each in left)
    assert shown.get_by_role("status").inner_text() == f"{len(left)} rows of the lists are shown."
    shown.get_by_role("searchbox").fill("")
    assert sum(row.is_visible() for row in rows.all()) == everything


def test_a_name_leads_to_the_actions_of_its_service(shown: Any) -> None:
    service = shown.locator("details.service", has_text="Beech Court")
    actions = service.locator("li")
    assert not actions.first.is_visible()
    shown.locator(".heat a", has_text="Beech Court").click()
    actions.first.wait_for(state="visible")
    text = actions.first.inner_text()
    assert "A-001 R" in text
    assert "Actions!A" in text


def test_a_region_chosen_leaves_its_rows_and_its_services(shown: Any, summary: ProviderSummary) -> None:
    shown.get_by_label("Region", exact=True).select_option("North")
    rows = [row for row in shown.locator("tr[data-region]").all() if row.is_visible()]
    assert rows
    assert {row.get_attribute("data-region") for row in rows} == {"North"}
    services = [each for each in shown.locator("details.service").all() if each.is_visible()]
    assert len(services) == (summary.overview["region"] == "North").sum()
    assert [each.get_attribute("data-region") for each in shown.locator(".region").all() if each.is_visible()] == [
        "North"
    ]


def test_it_is_whole_where_no_script_runs(browser: Any, written: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written.as_uri())
    assert not page.locator(".search").is_visible()
    assert page.get_by_role("heading", name="need a decision above the service").is_visible()
    service = page.locator("details.service", has_text="Beech Court")
    service.locator("summary").click()
    assert service.locator("li").first.is_visible()
    context.close()


@pytest.mark.parametrize("width", first_only([390, 1280]))
def test_axe_finds_no_fault(browser: Any, written: Path, width: int) -> None:
    context = browser.new_context(bypass_csp=True, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(written.as_uri())
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate(
        "axe.run().then((result) => result.violations.map((each) => [each.impact, each.id, each.nodes[0].html]))"
    )
    assert found == []
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, "the page does not scroll sideways"
    heat = page.evaluate("[...document.querySelectorAll('.heat, .matrix, .tiles')].map((each) => each.scrollWidth)")
    assert max(heat) <= width
    context.close()


@pytest.mark.long
def test_the_command_writes_it_beside_the_summary(demo: Demo) -> None:
    done = CliRunner().invoke(main, ["page", str(demo.folder.home), "--period", "2026-03", "--pdf"])
    assert done.exit_code == 0, done.output
    assert (demo.folder.home / "summaries" / "2026-03 summary.pdf").read_bytes().startswith(b"%PDF")
    page = demo.folder.home / "summaries" / "2026-03 summary.html"
    assert f"Open the page: {page}" in done.output
    again = CliRunner().invoke(main, ["page", str(demo.folder.home), "--period", "2026-03"])
    assert again.exit_code == 0, "its own page may be written anew"
    page.write_text("mine")
    refused = CliRunner().invoke(main, ["page", str(demo.folder.home), "--period", "2026-03"])
    assert refused.exit_code == 2
    assert "is not a page that qipxl wrote" in refused.output


def test_the_pdf_is_one_page_with_every_finding(demo: Demo, summary: ProviderSummary, tmp_path: Path) -> None:
    path = write_board_pdf(summary, tmp_path / "board.pdf")
    said, findings = read_pdf(path), findings_of(summary)
    for words in words_of(findings):
        assert "".join(words.split()) in said, words
    assert "Qualityimprovement,31March2026,page1of1" in said
    assert path.read_bytes() == write_board_pdf(summary, tmp_path / "again.pdf").read_bytes()


@pytest.mark.parametrize("number", first_only([40, 300]))
def test_many_services_fit_one_page_in_any_letters(summary: ProviderSummary, tmp_path: Path, number: int) -> None:
    line = summary.overview.iloc[[0]]
    names = [f"Łódź & <b>Ŵyn</b> House {place}" for place in range(number)]
    many = pd.concat([line] * number).assign(name=names, service=[f"ZZ{place}" for place in range(number)])
    longer = replace(summary, overview=pd.concat([many, summary.overview], ignore_index=True))
    said = read_pdf(write_board_pdf(longer, tmp_path / "long.pdf"))
    assert "Łódź&<b>Ŵyn</b>House" in said
    assert f"{number - 2}moreservices" in said
    assert f"{number - 2} more services" in page_of(longer)


def read_pdf(path: Path) -> str:
    """The text of a PDF of one page without blanks, as pdftotext reads it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("This test needs pdftotext (tests/install_tools.sh).")
    info = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    assert "Pages:           1" in info
    done = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True)
    return "".join(done.stdout.split())


def test_it_shows_notable_indicators_with_their_charts(written: Path, summary: ProviderSummary) -> None:
    text = plain(written.read_text("utf-8"))
    assert "of 39 charts has a signal this month" in text
    assert "This does not show practice, what staff know or what people experience." in text
    assert re.search(r"A-005: Worse\. The latest seven months", text)
    for trend in trends(summary, MOST_CHARTS):
        assert trend.title in text
        assert trend.axis in text


def test_a_page_about_no_action_is_written_too(tmp_path: Path) -> None:
    rated = rate(check(grid("Actions\n| Ref | Status |"), date(2026, 3, 31)), date(2026, 3, 31))
    assert "None." in write_page(summarise(rated), tmp_path / "page.html").read_text("utf-8")
