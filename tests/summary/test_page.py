"""The web page: whole without scripts, closed to the network, usable by keyboard and screen reader, and nothing in it alive."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from factories import first_only
from grids import grid

from qipxl import ProviderSummary, check, rate, read_returns, summarise
from qipxl.app.cli.main import main
from qipxl.app.demo import Demo
from qipxl.summary.board_page import board_page
from qipxl.summary.indicator_lists import chart_title, charted_rows
from qipxl.summary.page import write_board_pdf, write_page
from qipxl.summary.page.page import MOST_CHARTS

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
    assert all(str(each).startswith(("#", "data:image/svg+xml;base64,")) for each in addresses)
    assert not [attrs for _, attrs in tags if "style" in attrs or any(name.startswith("on") for name in attrs)]
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {str(each)[1:] for each in addresses if str(each).startswith("#")} <= set(ids)


def test_it_shows_every_board_figure_and_watched_action(written: Path, summary: ProviderSummary) -> None:
    text = re.sub(r"<[^>]+>", " ", written.read_text("utf-8"))
    assert "12 of 12 services sent a usable return; 0 missing, 0 refused." in text
    for issue in summary.watch["issue"]:
        assert str(issue).replace("'", "&#39;") in text
    assert f"All actions: {len(summary.actions)}." in text


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
    widths = shown.evaluate("[...document.querySelectorAll('figure img')].map((each) => each.naturalWidth)")
    assert len(widths) == 3 + len(charted_rows(summary, MOST_CHARTS)[0]) > 5
    assert all(widths), "every chart is drawn"
    head = shown.locator("thead th").first
    assert head.evaluate("each => getComputedStyle(each).backgroundColor") == "rgb(18, 67, 109)", "its style is let in"


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


def test_a_region_opens_services_and_a_service_actions(shown: Any) -> None:
    region = shown.locator("details.region", has_text="South").first
    service = region.locator("details.service", has_text="Beech Court")
    assert not service.is_visible()
    region.locator("summary").first.focus()
    shown.keyboard.press("Enter")
    assert service.is_visible()
    service.locator("summary").first.click()
    action = service.locator("details.action").first
    assert "Closed without evidence" in action.locator("summary").inner_text()
    facts = action.locator("dl")
    assert not facts.is_visible()
    action.locator("summary").click()
    assert facts.is_visible()
    assert "Escalation" in facts.inner_text()
    assert "Actions!A" in facts.inner_text()


def test_a_region_chosen_leaves_its_rows_and_its_services(shown: Any, summary: ProviderSummary) -> None:
    shown.get_by_label("Region", exact=True).select_option("North")
    rows = [row for row in shown.locator("tr[data-region]").all() if row.is_visible()]
    assert rows
    assert {row.get_attribute("data-region") for row in rows} == {"North"}
    watched = shown.locator("#high-risk-and-off-track tbody tr")
    assert sum(row.is_visible() for row in watched.all()) == (summary.watch["region"] == "North").sum()
    assert [
        each.get_attribute("data-region") for each in shown.locator("details.region").all() if each.is_visible()
    ] == ["North"]


def test_it_is_whole_where_no_script_runs(browser: Any, written: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written.as_uri())
    assert not page.locator(".search").is_visible()
    assert page.get_by_role("heading", name="Decisions needed").is_visible()
    page.locator("details.region summary").first.click()
    assert page.locator("details.service").first.is_visible()
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
    assert wide <= width, "only tables scroll sideways"
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


def test_the_board_page_is_one_sheet_of_paper_with_every_figure(
    demo: Demo, summary: ProviderSummary, tmp_path: Path
) -> None:
    path = write_board_pdf(summary, tmp_path / "board.pdf")
    said = read_pdf(path)
    for block in board_page(summary):
        for line in (block.headings, *([str(cell.value) for cell in line] for line in block.lines)):
            for text in line:
                assert "".join(text.split()) in said, text
    assert path.read_bytes() == write_board_pdf(summary, tmp_path / "again.pdf").read_bytes()


def test_a_long_board_page_still_fits_and_shows_any_letter(summary: ProviderSummary, tmp_path: Path) -> None:
    names = summary.overview["name"].replace("Elm House", "Łódź & <b>Ŵyn</b> House ▲")
    many = pd.concat([summary.overview.assign(name=names, region=f"Region {number}") for number in range(9)])
    longer = replace(summary, overview=many, actions=summary.actions.assign(name="Łódź & <b>Ŵyn</b> House"))
    said = read_pdf(write_board_pdf(longer, tmp_path / "long.pdf"))
    assert "Łódź&<b>Ŵyn</b>House" in said


def read_pdf(path: Path) -> str:
    """The text of a PDF of one page without blanks, as pdftotext reads it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("This test needs pdftotext (tests/install_tools.sh).")
    info = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    assert "Pages:           1" in info
    done = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True)
    return "".join(done.stdout.split())


def test_it_shows_notable_indicators_with_their_charts(written: Path, summary: ProviderSummary) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", written.read_text("utf-8")).split())
    assert "39 charts judged by the rules making-data-count" in text
    assert "This does not show practice, what staff know or what people experience." in text
    assert re.search(r"A-005: Worse\. The latest seven months", text)
    for row in charted_rows(summary, MOST_CHARTS)[0]:
        assert chart_title(summary.impact.judged, row) in text


def test_a_page_about_no_action_is_written_too(tmp_path: Path) -> None:
    rated = rate(check(grid("Actions\n| Ref | Status |"), date(2026, 3, 31)), date(2026, 3, 31))
    assert "None." in write_page(summarise(rated), tmp_path / "page.html").read_text("utf-8")
