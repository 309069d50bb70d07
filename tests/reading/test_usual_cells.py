"""The one pass over a sheet's XML gives what python-calamine gives, or leaves the sheet to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from broken import zipped
from hypothesis import given, settings
from hypothesis import strategies as st

from qipxl.reading.file.limits import Limits
from qipxl.reading.file.package import Package
from qipxl.reading.file.raw_workbook import Book
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.sheet_xml import SheetXml

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TEXTS = (
    "<si><t>Owner</t></si>",
    '<si><t xml:space="preserve"> Jo Shah </t></si>',
    "<si><t>Tea &amp; talk</t></si>",
    "<si><r><t>Half </t></r><r><rPr><b/></rPr><t>bold</t></r></si>",
    "<si><t> not declared </t></si>",
    "<si><t>two_x000D_lines</t></si>",
    "<si><t>two\r\nlines</t></si>",
    "<si><t>code&#10;</t></si>",
    "<si><t/></si>",
    "<si><t>東</t><rPh sb='0' eb='1'><t>ひがし</t></rPh></si>",
)
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="21"/><xf numFmtId="9"/>'
    '<xf numFmtId="22"/><xf numFmtId="46"/></cellXfs></styleSheet>'
)
MARK = {"on": "1", "off": "0"}


def book_of(rows: str, date1904: str = "off", styles: str = STYLES) -> Book:
    """A workbook with one sheet of these rows."""
    sheet = '<sheet name="Actions" sheetId="1" r:id="rId1"/>'
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr date1904="{MARK[date1904]}"/><sheets>{sheet}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">'
        + "".join(
            f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{path}"/>'
            for number, (kind, path) in enumerate(
                [
                    ("worksheet", "worksheets/sheet1.xml"),
                    ("sharedStrings", "sharedStrings.xml"),
                    ("styles", "styles.xml"),
                ],
                1,
            )
        )
        + "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{"".join(TEXTS)}</sst>',
        "xl/styles.xml": styles,
    }
    return Book(Package(zipped({name: part.encode() for name, part in parts.items()}), Limits()), Limits())


def filled(rows: list[list[object]]) -> list[list[tuple[type, object]]]:
    """The values with their types, without what is empty at the end of rows and of the sheet."""
    kept = [[(type(value), value) for value in row] for row in rows]
    for row in kept:
        while row and row[-1][1] == "":
            row.pop()
    while kept and not kept[-1]:
        kept.pop()
    return kept


def check_both_ways(rows: str, date1904: str = "off") -> bool:
    """Check that the one pass gives what python-calamine gives; False if it leaves the sheet to python-calamine."""
    usual = book_of(rows, date1904)
    cells = usual.sheets["Actions"].usual
    quick = usual.reader.rows(cells) if cells is not None else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SheetXml, "usual", None)
        slow = book_of(rows, date1904)
        if quick is not None:
            assert filled(usual.rows("Actions")) == filled(slow.rows("Actions"))
            facts, others = usual.sheets["Actions"], slow.sheets["Actions"]
            assert facts.hidden_rows() == others.hidden_rows()
            assert facts.formulas == others.formulas
            everywhere = (range(702), range(9999), 10**9)
            assert [*facts.typed_over(*everywhere)] == [*others.typed_over(*everywhere)]
    return quick is not None


VALUES = st.one_of(
    st.builds('t="s"><v>{}</v>'.format, st.integers(0, len(TEXTS))),
    st.builds(
        "><v>{}</v>".format,
        st.sampled_from(["0", "1", "46000", "46000.5", "-3", "1E3", "2958466", "1e400", "0.25", "12,5", "", " 7 "]),
    ),
    st.builds('t="n"><v>{}</v>'.format, st.integers(-5, 50000)),
    st.builds('t="b"><v>{}</v>'.format, st.sampled_from(["0", "1", "true", ""])),
    st.builds('t="e"><v>{}</v>'.format, st.sampled_from(["#N/A", "#REF!", "#DIV/0!"])),
    st.builds(
        't="str"><f>{}</f><v>{}</v>'.format,
        st.sampled_from(["A1", "INDEX(qip_a,1)"]),
        st.sampled_from(["", "ok", " ok ", "a&amp;b"]),
    ),
    st.sampled_from(
        [
            '><f t="shared" si="0"/><v>5</v>',
            "><f>A1</f>",
            "><f/><v>1</v>",
            ">",
            "><v/>",
            't="inlineStr"><is><t>in</t></is>',
        ]
    ),
)
CELLS = st.dictionaries(
    st.integers(0, 30),
    st.tuples(st.sampled_from(["", ' s="1"', ' s="2"', ' s="3"', ' s="4"', ' s="5"']), VALUES),
    max_size=6,
)
SHEETS = st.dictionaries(
    st.integers(1, 40), st.tuples(st.sampled_from(["", ' hidden="1"', ' hidden="false" ht="12.8"']), CELLS), max_size=6
)


def letters(index: int) -> str:
    return chr(65 + index) if index < 26 else "A" + chr(39 + index)


def xml_of(sheet: dict[int, tuple[str, dict[int, tuple[str, str]]]]) -> str:
    """The rows in the shape that office programs write."""
    return "".join(
        f'<row r="{number}"{more}>'
        + "".join(
            f'<c r="{letters(column)}{number}"{style}{"" if value.startswith(">") else " "}{value}</c>'
            for column, (style, value) in sorted(cells.items())
        )
        + "</row>"
        for number, (more, cells) in sorted(sheet.items())
    )


REWRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": lambda xml: xml,
    "attributes in another order": lambda xml: re.sub(r'<c (r="\w+")( s="\d")', r"<c\2 \1", xml),
    "single quotes": lambda xml: xml.replace('"', "'"),
    "spaces in tags": lambda xml: xml.replace("<v>", "<v >").replace("</c>", "</c >"),
    "lines between cells": lambda xml: xml.replace("<c ", "\n  <c ").replace("</row>", "\n</row>"),
    "lines between rows": lambda xml: xml.replace("<row ", "\n <row ").replace("</row>", "\r\n</row>\n"),
    "CDATA": lambda xml: re.sub(r"<v>([^<]+)</v>", r"<v><![CDATA[\1]]></v>", xml),
    "comments": lambda xml: xml.replace("</c>", "</c><!-- <c r='A1'><v>9</v></c> -->"),
    "references missing": lambda xml: re.sub(r'(<c) r="[A-Z]+\d+"', r"\1", xml),
    "references of rows missing": lambda xml: re.sub(r'(<row) r="\d+"', r"\1", xml),
    "references with dollars": lambda xml: re.sub(r'(<c r=")([A-Z]+)', r"\1$\2", xml),
    "references in small letters": lambda xml: re.sub(r'<c r="[A-Z]+', lambda found: found[0].lower(), xml),
    "rows repeated": lambda xml: xml + xml,
    "rows in reverse": lambda xml: "".join(reversed(re.findall(r"<row.*?</row>", xml))),
    "cells in reverse": lambda xml: re.sub(
        r"(<row[^>]*>)(.*?)(</row>)",
        lambda row: row[1] + "".join(reversed(re.findall(r"<c .*?</c>", row[2]))) + row[3],
        xml,
    ),
    "cells outside rows": lambda xml: re.sub(r"</?row[^>]*>", "", xml),
    "values twice": lambda xml: re.sub(r"(<v>[^<]*</v>)", r"\1\1", xml),
    "more in a cell": lambda xml: xml.replace("</c>", "<extLst/></c>"),
    "more in a row": lambda xml: xml.replace("</row>", "<extLst/></row>"),
    "spaces in values": lambda xml: xml.replace("<v>", "<v> "),
    "empty cells closed at once": lambda xml: xml.replace("></c>", "/>"),
    "row 0": lambda xml: re.sub(r'(<c r="[A-Z]+)\d+', r"\g<1>0", xml),
    "numbers with zeros before": lambda xml: re.sub(r'(<c r="[A-Z]+)(\d)', r"\g<1>0\2", xml),
}


@pytest.mark.long
@settings(max_examples=300)
@given(
    rewritten=st.sampled_from(sorted(REWRITTEN)), sheet=SHEETS, date1904=st.sampled_from(["off", "off", "off", "on"])
)
def test_a_sheet_written_otherwise_gives_the_same_cells(
    rewritten: str, sheet: dict[int, object], date1904: str
) -> None:
    try:
        check_both_ways(REWRITTEN[rewritten](xml_of(sheet)), date1904)
    except RefusedError:
        assert rewritten not in ("as it is", "lines between rows")


ONE = '<row r="2"><c r="B2" s="1"><v>46000</v></c><c r="C2" t="s"><v>0</v></c><c r="D2" t="str"><f>A1</f><v>x</v></c><c r="E2" s="3"/></row>'


@pytest.mark.parametrize(
    "rows", ["", ONE, ONE.replace("E2", "ZZ9999"), ONE + '<row r="9" spans="1:3" x14ac:dyDescent="0.25"/>']
)
def test_what_office_programs_write_is_read_in_one_pass(rows: str) -> None:
    assert check_both_ways(rows)


@pytest.mark.parametrize(
    "rows",
    [
        ONE.replace('"C2"', '"B2"'),
        ONE.replace('"C2"', '"A2"'),
        ONE.replace("<v>0</v>", "<v>99</v>"),
        ONE.replace("46000", "forty"),
        ONE.replace("<row", "<x:row"),
        ONE.replace('"E2"', '"AAA2"'),
        ONE.replace('"E2"', '"E10000"'),
        ONE.replace("</row>", ""),
    ],
)
def test_what_is_not_surely_read_is_left_to_python_calamine(rows: str) -> None:
    book = book_of(rows)
    cells = book.sheets["Actions"].usual
    assert cells is None or book.reader.rows(cells) is None


def test_an_equal_cell_of_another_workbook_has_that_workbook_s_format_and_texts() -> None:
    (first,) = book_of('<row r="1"><c r="A1" s="1"><v>46000</v></c><c r="B1" t="s"><v>0</v></c></row>').rows("Actions")
    plain = STYLES.replace('<xf numFmtId="14"/>', '<xf numFmtId="1"/>')
    other = book_of('<row r="1"><c r="A1" s="1"><v>46000</v></c><c r="B1" t="s"><v>2</v></c></row>', styles=plain)
    assert first == [date(2025, 12, 9), "Owner"]
    assert other.rows("Actions") == [[46000.0, "Tea & talk"]]
