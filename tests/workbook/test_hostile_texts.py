"""Texts that look like formulas, ranges, links or codes, in every field of every template: no part of any workbook takes them for one.

Each hostile text holds the letters ZQ, so that one glance at a part's formulas, names, links and codes shows where one went.
"""

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from factories import LONG, shortened

from qipxl import (
    Period,
    ProviderSummary,
    Service,
    check,
    find_template,
    keep_returns,
    rate,
    read_returns,
    summarise,
    write_summary,
    write_tracker,
)
from qipxl.app.excel.console_workbook import write_console
from qipxl.errors import TemplateError
from qipxl.provider import ProviderMonth, init_folder
from qipxl.provider.month_stage import stage_of
from qipxl.provider.register_schema import Line, ServiceLine
from qipxl.provider.register_workbook import write_register
from qipxl.summary.packs import pack_for, write_pack
from qipxl.summary.page import write_page
from qipxl.template import FieldLine, Template, load_template, shipped_templates
from qipxl.text import printable
from qipxl.tracker.carried_over_sheet import CarriedLine
from qipxl.tracker.issue import issue_trackers
from qipxl.workbook.writer import LineChart, new_workbook

MARCH, APRIL = Period(2026, 3), Period(2026, 4)
HOSTILE = [
    "Falls (see ZQRota!B2:D9)",
    "=ZQSources!A1:B9",
    r"='\\ZQhost\share\[x.xlsx]S'!$A$1",
    "=cmd|'/c ZQcalc'!A0",
    "&[Path]&F ZQ &G",
    "internal:ZQSheet!A1",
    r"external:\\ZQhost\x",
    "{=1+1+ZQ1}",
    "+1+ZQ1",
    "@SUM(ZQ1)",
    "-2+ZQ3",
    "ZQ" + "9" * 298,
    "=ZQ\x01\x1f\ufffe",
    "ZQ_x0041_ _x003D_",
    "<r><t>ZQ</t></r>",
    '"&WEBSERVICE("http://ZQ")&"',
    "UNIQUE(ZQ1)",
]
CODES = {
    "f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula", "sqref",
    "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter",
}  # fmt: skip
"""Elements whose text Excel works out."""
WORDS = {"descr", "title", "promptTitle", "prompt", "errorTitle", "error"}
"""Attributes that Excel shows as they are."""
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
FOOTER_CODE = re.compile("&(?:[LRPNA&]|8 )")
"""The codes that qipxl writes in a footer; && shows as &."""


def shown(text: str) -> str:
    """A text as a workbook holds it."""
    return printable(text)


def value_of(field: FieldLine, template: Template, row: int, place: int) -> object:
    """What one cell holds: a hostile text wherever a text is asked for, and in the last rows in every other cell too."""
    if field.type == "text" or row >= len(HOSTILE) - 2:
        return HOSTILE[(row + place) % len(HOSTILE)]
    if field.type == "date":
        return date(2026, 3, 1 + row)
    if field.type == "number":
        return field.minimum or 1
    return template.options(field)[0] if field.type == "choice" else HOSTILE[row]


YEAR = 14
"""Months with figures, so that a chart has its lines."""


def rows_of(template: Template) -> dict[str, list[dict[str, object]]]:
    """A row for each hostile text in every table; a year of figures for three of its indicators."""
    rows: dict[str, list[dict[str, object]]] = {}
    for key, table in template.tables.items():
        rows[key] = [
            {field.key: value_of(field, template, row, place) for place, field in enumerate(table.field)}
            for row in range(min(len(HOSTILE), table.rows))
        ]
    for row in rows["indicators"]:
        row |= {"direction": "Lower is better", "per": None, "baseline": None, "target": None}
        row |= {"baseline_from": None, "baseline_to": None, "rebased_on": None}
    rows["measurements"] = [
        {"ref": f"{name} {back}", "indicator": name, "month": MARCH.plus(-back).first, "numerator": 5 + back % 3}
        for name in HOSTILE[:3]
        for back in range(YEAR)
    ]
    return rows


@dataclass(frozen=True)
class Part:
    """A part of a workbook: its name and its XML."""

    name: str
    root: ElementTree.Element

    def elements(self) -> Iterator[tuple[str, ElementTree.Element]]:
        """Every element by its name without its namespace."""
        for each in self.root.iter():
            yield each.tag.rpartition("}")[2], each


def parts_of(path: Path) -> list[Part]:
    """Every part of a workbook; one that is no XML, apart from macros, is an error."""
    with zipfile.ZipFile(path) as book:
        names = [name for name in book.namelist() if not name.endswith(".bin")]
        return [Part(name, ElementTree.fromstring(book.read(name))) for name in names]


def texts_of(parts: list[Part]) -> set[str]:
    """Every text that the workbook's cells share, and every title in its charts."""
    found = set()
    for part in parts:
        for tag, each in part.elements():
            if tag == "t":
                found.add(ESCAPED.sub(lambda code: chr(int(code[1], 16)), each.text or "").strip())
    return found


def is_plain_footer(tag: str, text: str) -> bool:
    """True for a footer that has no code but those of qipxl."""
    return tag == "oddFooter" and "&" not in FOOTER_CODE.sub("", text)


def faults_of(path: Path, *, files: tuple[str, ...] = ()) -> list[str]:
    """Where a hostile text went that Excel does not take for a text; `files` are those that links may lead to."""
    faults = []
    for part in parts_of(path):
        if re.search("externalLink|connections|queryTable|comments", part.name):
            faults.append(f"{part.name} is there")
        for tag, each in part.elements():
            if tag in CODES and "ZQ" in (each.text or "") and not is_plain_footer(tag, each.text or ""):
                faults.append(f"{part.name}: {tag} {each.text}")
            if tag == "Relationship" and each.get("TargetMode") and each.get("Target") not in files:
                faults.append(f"{part.name}: {each.get('Target')}")
            held = {key.rpartition("}")[2]: value for key, value in each.attrib.items()}
            for key, value in held.items():
                if "ZQ" in value and key not in WORDS and (tag, key) != ("tableColumn", "name"):
                    faults.append(f"{part.name}: {tag} {key}={value}")
    return faults


@dataclass(frozen=True)
class Written:
    """What a month of a provider of such texts wrote."""

    trackers: Mapping[str, Path]
    summary: ProviderSummary
    issued: Mapping[str, Path]


SERVICES = {key: number for number, key in enumerate(sorted(shipped_templates())) if LONG or key == "core"}
"""A service for each template; in the short form for one."""


def service_of(key: str) -> Service:
    """A service whose every fact is hostile."""
    place = SERVICES[key]
    return Service(
        code=HOSTILE[place], name=HOSTILE[place + 1], region=HOSTILE[place + 2], manager=HOSTILE[place + 12][:40]
    )


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """One service for each template: its tracker, what came of it, and the tracker of the next month."""
    home = tmp_path_factory.mktemp("hostile")
    trackers = {}
    for key in SERVICES:
        template = find_template(key) if LONG else shortened(find_template(key), 3 * YEAR)
        trackers[key] = write_tracker(
            template, service_of(key), MARCH, home / "returns" / f"{key}.xlsx",
            rows=rows_of(template), issued={}, cover={"submitted_by": HOSTILE[1]}, queries=HOSTILE,
            carried=[CarriedLine(each, each, each, each, each) for each in HOSTILE],
        )  # fmt: skip
    services = [service_of(key) for key in SERVICES]
    folder = init_folder(home / "our", HOSTILE[1], date(2026, 4, 1), services)
    lines: dict[type[Line], list[Line]] = {
        ServiceLine: [ServiceLine(code=each.code, name=each.name, region=each.region) for each in services]
    }
    write_register(folder.register, HOSTILE[1], date(2026, 4, 1), lines)
    returns = check(read_returns(home / "returns"), MARCH.last)
    assert list(returns.receipts["status"]) == ["accepted"] * len(SERVICES), list(returns.receipts["reason"])
    rated = rate(returns, MARCH.last)
    keep_returns(rated, folder.archive)
    orders = ProviderMonth(folder, folder.read(), APRIL).to_issue()
    paths = issue_trackers(orders, APRIL, home / "issued")
    issued = {order.service.code: path for order, path in zip(orders, paths, strict=True)}
    return Written(trackers, replace(summarise(rated, services), provider=HOSTILE[1]), issued)


@pytest.mark.parametrize("key", SERVICES)
def test_a_tracker_holds_every_text_as_text(month: Written, key: str) -> None:
    path = month.trackers[key]
    assert faults_of(path) == []
    texts = texts_of(parts_of(path))
    assert {shown(text).strip() for text in HOSTILE} <= texts


def test_titles_of_charts_are_the_texts(month: Written) -> None:
    parts = [part for part in parts_of(month.trackers["core"]) if "charts/chart" in part.name]
    rows = rows_of(find_template("core"))["indicators"]
    texts = texts_of(parts)
    for row in rows:
        assert shown(f"{row['ref']} {row['indicator']}").strip() in texts
        assert shown(str(row["unit_counted"])).strip() in texts
    for part in parts:
        ranges = [each.text or "" for tag, each in part.elements() if tag == "f"]
        assert all(re.fullmatch(r"Workings!\$[A-Z]+\$\d+:\$[A-Z]+\$\d+", each) for each in ranges)


@pytest.mark.long
def test_the_summary_holds_every_text_as_text(month: Written, tmp_path: Path) -> None:
    path = write_summary(month.summary, tmp_path / "summary.xlsx")
    files = tuple(
        f"{'../' * len(tmp_path.resolve().parts[1:])}{str(each.resolve())[1:]}" for each in month.trackers.values()
    )
    found = [fault for fault in faults_of(path, files=files) if not fault.endswith(".xlsx")]
    assert found == []
    assert {shown(text).strip() for text in HOSTILE} <= texts_of(parts_of(path))


@pytest.mark.long
@pytest.mark.parametrize("audience", ["board", "commissioner", "inspector"])
def test_packs_hold_every_text_as_text(month: Written, audience: str, tmp_path: Path) -> None:
    pack = pack_for(audience, month.summary, reader=HOSTILE[3], people={HOSTILE[0]: HOSTILE[1]})
    path = write_pack(pack, month.summary, tmp_path / "pack.xlsx")
    assert faults_of(path) == []
    for part in parts_of(path):
        names = [each.get("name", "") for tag, each in part.elements() if tag == "tableColumn"]
        assert all(len(name) <= 255 and "\n" not in name for name in names)


def test_the_next_trackers_hold_every_text_as_text(month: Written) -> None:
    assert len(month.issued) == len(SERVICES)
    for path in month.issued.values():
        assert faults_of(path) == []
        assert any("ZQRota!B2" in text for text in texts_of(parts_of(path)))


def test_register_and_console_hold_every_text_as_text(month: Written, tmp_path: Path) -> None:
    services = [ServiceLine(code=text[:40], name=text[:120], region=text) for text in HOSTILE]
    path = write_register(tmp_path / "register.xlsx", HOSTILE[2], date(2026, 4, 1), {ServiceLine: services})
    assert faults_of(path) == []
    folder = init_folder(tmp_path / "our", HOSTILE[1], date(2026, 4, 1), [service_of(key) for key in SERVICES])
    today = date(2026, 4, 1)
    console = write_console(tmp_path / "console.xlsm", stage_of(folder.month(MARCH), today), today)
    assert faults_of(console) == []
    assert HOSTILE[1] in texts_of(parts_of(console))


class Alive(HTMLParser):
    """The elements of a page that could do something, and its addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [str(value) for key, value in attrs if key in ("href", "src") or key.startswith("on")]
        self.found += [tag] if tag in ("r", "t", "iframe", "object") else []


def test_the_page_holds_every_text_as_text(month: Written, tmp_path: Path) -> None:
    text = write_page(month.summary, tmp_path / "page.html").read_text("utf-8")
    assert [each for each in Alive(text).found if not each.startswith(("#", "data:image/svg"))] == []
    assert "&lt;r&gt;&lt;t&gt;ZQ" in text


def test_no_name_of_a_chart_is_a_range(tmp_path: Path) -> None:
    """Each text as the title, as the title of both axes and as the name of a line."""
    path = tmp_path / "charts.xlsx"
    with warnings.catch_warnings(), new_workbook(path, HOSTILE[3], date(2026, 3, 31)) as writer:
        warnings.simplefilter("error")
        sheet = writer.sheet("Sheet", "", "")
        for text in HOSTILE:
            chart = LineChart()
            writer.add_chart(chart)
            chart.add_series({"name": text, "values": ["Sheet", 3, 0, 5, 0]})
            chart.set_title({"name": text})
            chart.set_x_axis({"name": text})
            chart.set_y_axis({"name": text})
            sheet.draw(0, 0, chart, text)
    assert faults_of(path) == []
    charts = [part for part in parts_of(path) if "charts/chart" in part.name]
    assert len(charts) == len(HOSTILE)
    for part in charts:
        assert [each.text for tag, each in part.elements() if tag == "f"] == ["Sheet!$A$4:$A$6"]


def test_every_chart_is_one_whose_names_are_texts() -> None:
    """XlsxWriter's own `add_chart` makes charts that take a title for a range."""
    home = Path(__file__).parents[2] / "qipxl"
    wrong = [path.name for path in home.rglob("*.py") if "book.add_chart" in path.read_text("utf-8")]
    assert wrong == []


@pytest.mark.parametrize(
    "more",
    [
        "[lists.'a!A1']\ntitle = 'A'\nvalues = ['Yes']\n",
        "[setting.'a!A1']\nheading = 'A'\nvalue = 1\nsay = 'A.'\n",
    ],
)
def test_keys_that_become_names_of_a_workbook_are_words(more: str, tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        "[template]\nkey = 'ours'\ntitle = 'Ours'\nversion = '1'\nabout = 'Ours.'\nextends = 'core'\n" + more
    )
    with pytest.raises(TemplateError, match="a!A1"):
        load_template(path)
