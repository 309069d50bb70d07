"""The values of cells from a sheet's XML, by their type and format."""

from datetime import date, datetime, time, timedelta

import pytest

from qipxl.reading.file.cell_formats import CellFormats
from qipxl.reading.file.package import plain_xml
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.sheet_values import ValueReader, shared_texts
from qipxl.reading.file.sheet_xml import SheetXml
from qipxl.workbook.cells import CellError, NotStoredError

SHARED, _ = shared_texts(
    b'<sst><si><t>plain</t></si><si/><si><r><t xml:space="preserve">two </t></r><r><rPr><strike/></rPr><t>runs</t></r></si>'
    b"<x:si><x:t>A &amp; B</x:t></x:si><si><t>read</t><rPh><t>aloud</t></rPh></si><si><t>a_x000D_b_xD83D__xDE00_</t></si></sst>"
)
FORMS = (
    '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="[$-809]dd mmmm yyyy;@"/><numFmt numFmtId="171" '
    """formatCode='0.0" days"'/><numFmt numFmtId="172" formatCode="[h]:mm"/><numFmt numFmtId="173" formatCode="[Red]0;[>=5]0"/>"""
    '</numFmts><cellXfs><xf/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="172"/>'
    '<xf numFmtId="173"/><xf numFmtId="20"/></cellXfs></styleSheet>'
)
READER = ValueReader(SHARED, CellFormats(FORMS))
CELLS: dict[str, object] = {
    '<c r="A1"/>': "",
    '<c r="A1" s="1"><v>46142</v></c>': date(2026, 4, 30),
    '<c r="A1" s="2"><v>46142.5</v></c>': datetime(2026, 4, 30, 12),
    '<c r="A1" s="3"><v>46142</v></c>': 46142.0,
    '<c r="A1" s="4"><v>1.25</v></c>': timedelta(hours=30),
    '<c r="A1" s="5"><v>7</v></c>': 7.0,
    '<c r="A1" s="6"><v>0.25</v></c>': time(6),
    '<c r="A1" s="1"><v>1</v></c>': date(1900, 1, 1),
    '<c r="A1" s="1"><v>61</v></c>': date(1900, 3, 1),
    '<c r="A1" s="1"><v>1e300</v></c>': 1e300,
    '<c r="A1" s="1"><v>-1</v></c>': -1.0,
    '<c r="A1" s="99"><v>5</v></c>': 5.0,
    '<c r="A1"><v>12,5</v></c>': "12,5",
    '<c r="A1"><v>NaN</v></c>': "NaN",
    '<c r="A1"><v></v></c>': "",
    '<c r="A1" t="s"><v>0</v></c>': "plain",
    '<c r="A1" t="s"><v>1</v></c>': "",
    '<c r="A1" t="s"><v>2</v></c>': "two runs",
    '<c r="A1" t="s"><v>3</v></c>': "A & B",
    '<c r="A1" t="s"><v>4</v></c>': "read",
    '<c r="A1" t="s"><v>5</v></c>': "a\nb\U0001f600",
    '<c r="A1" t="inlineStr"><is><t>typed </t></is></c>': "typed ",
    '<c r="A1" t="str"><f>A2</f><v>worked out</v></c>': "worked out",
    '<c r="A1" t="b"><v>1</v></c>': True,
    '<c r="A1" t="d"><v>2026-04-30T00:00:00</v></c>': date(2026, 4, 30),
    '<c r="A1" t="d"><v>10:15:00</v></c>': time(10, 15),
    '<c r="A1" t="inlineStr"><is><t>a_x000D_\r\nb</t></is></c>': "a\nb",
    '<c r="A1" t="d"><v>2026-04-30Z</v></c>': "2026-04-30Z",
    '<c r="A1" t="e"><v>#REF!</v></c>': CellError("#REF!"),
    '<c r="A1"><f>SUM(B1:B2)</f></c>': NotStoredError("=SUM(B1:B2)"),
    '<c r="A1"><f>SUM(B1:B2)</f><v /></c>': NotStoredError("=SUM(B1:B2)"),
    '<x:c r="A1" t="str"><x:v>with a prefix</x:v></x:c>': "with a prefix",
    '<c r="A1" t="inlineStr"><is><t><![CDATA[1 < 2 & "3"]]></t></is></c>': '1 < 2 & "3"',
}


@pytest.mark.parametrize("xml", CELLS)
def test_a_cell_is_what_its_type_and_format_say(xml: str) -> None:
    sheet = plain_xml(f'<worksheet><sheetData><row r="1">{xml}</row></sheetData></worksheet>'.encode())
    (cell,) = SheetXml(sheet).cells()
    value = READER.value(cell)
    assert (value, type(value)) == (CELLS[xml], type(CELLS[xml]))


def test_dates_that_count_from_1904() -> None:
    (cell,) = SheetXml(b'<sheetData><row r="1"><c r="A1" s="1"><v>44680</v></c></row></sheetData>').cells()
    assert ValueReader([], CellFormats(FORMS), from_1904=True).value(cell) == date(2026, 4, 30)


@pytest.mark.parametrize("index", ["6", "-1", "x", "9" * 5000])
def test_a_shared_text_that_is_missing_is_damage(index: str) -> None:
    (cell,) = SheetXml(f'<sheetData><row r="1"><c r="A1" t="s"><v>{index}</v></c></row></sheetData>'.encode()).cells()
    with pytest.raises(RefusedError, match="damaged"):
        READER.value(cell)
