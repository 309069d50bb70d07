"""Fills, fonts and number formats, from styles as several programs write them."""

import pytest

from qipxl.reading.file.cell_formats import PLAIN, CellFormat, CellFormats, read_formats

FILLS = {
    '<fill><patternFill patternType="solid"><fgColor rgb="FFFF0000"/></patternFill></fill>': "FF0000",
    '<fill><patternFill patternType="solid"><fgColor rgb="ff0000"/></patternFill></fill>': "FF0000",
    '<fill><patternFill patternType="solid"><fgColor rgb="FFFFFFFF"/></patternFill></fill>': "",
    '<fill><patternFill patternType="solid"><fgColor rgb="00000000"/></patternFill></fill>': "",
    '<fill><patternFill patternType="solid"><fgColor rgb="FF000000"/></patternFill></fill>': "000000",
    '<fill><patternFill patternType="solid"><fgColor theme="5"/></patternFill></fill>': "theme 5",
    '<fill><patternFill patternType="solid"><fgColor theme="0"/></patternFill></fill>': "",
    '<fill><patternFill patternType="solid"><fgColor theme="0" tint="-0.25"/></patternFill></fill>': "theme 0",
    '<fill><patternFill patternType="solid"><fgColor indexed="10"/></patternFill></fill>': "indexed 10",
    '<x:fill><x:patternFill patternType="solid"><x:fgColor rgb="FF00FF00"/></x:patternFill></x:fill>': "00FF00",
    '<fill><patternFill patternType="solid"/></fill>': "",
    '<fill><patternFill patternType="gray125"/></fill>': "",
    '<fill><gradientFill><stop><color rgb="FFFF0000"/></stop></gradientFill></fill>': "",
    "<fill/>": "",
}


@pytest.mark.parametrize("fill", FILLS)
def test_the_colour_of_a_fill(fill: str) -> None:
    styles = f'<styleSheet><fills count="1">{fill}</fills><cellXfs><xf fillId="0"/></cellXfs></styleSheet>'
    assert read_formats(styles) == [CellFormat(fill=FILLS[fill])]


def test_fonts_and_number_formats() -> None:
    fonts = '<fonts><font><b/><strike/></font><font><b val="0"/></font><font/></fonts>'
    formats = '<numFmts><numFmt numFmtId="164" formatCode="mmm\\-yy"/></numFmts>'
    differential = "<dxfs><dxf><font><strike/></font></dxf></dxfs>"
    cells = '<cellXfs><xf numFmtId="164" fontId="0"/><xf numFmtId="17" fontId="1"><alignment/></xf><xf fontId="9"/></cellXfs>'
    base = '<cellStyleXfs><xf fontId="0"/></cellStyleXfs>'
    styles = f"<styleSheet>{formats}{fonts}{base}{cells}{differential}</styleSheet>"
    assert read_formats(styles) == [CellFormat("mmm\\-yy", bold=True, struck=True), CellFormat("mmm-yy"), PLAIN]


@pytest.mark.parametrize("styles", ["", "<styleSheet", "<cellXfs><xf", "not XML at all"])
def test_without_styles_every_cell_is_plain(styles: str) -> None:
    assert CellFormats(styles)[3] == PLAIN


@pytest.mark.parametrize(
    ("form", "is_date"),
    [("dd/mm/yyyy", True), ("[$-F800]dddd, mmmm dd, yyyy", True), ("h:mm AM/PM", True), ("[mm]:ss", True), ("General", False),
     ('0" days"', False), ("#,##0.00 [$USD]", False), ("# ?/?", False), ("0%", False), ("@", False), ("[Red]0;[Blue]-0", False),
     ("\\d0", False), ("_-* #,##0_-", False)],
)  # fmt: skip
def test_a_format_shows_dates_or_not(form: str, is_date: bool) -> None:
    assert CellFormat(form).is_date == is_date
