"""Tag the titles of a published workbook as headings, and set its language.

XlsxWriter writes neither. Both are added to the finished file; its other parts are copied unchanged.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

STYLES, CORE = "xl/styles.xml", "docProps/core.xml"
HEADING_STYLE = '<cellStyle name="Heading 1" xfId="1" builtinId="16"/>'
LANGUAGE = "en-GB"
TITLE_FONT = re.compile(r'<font><b/><sz val="16"/>')
FONT, FORMAT = re.compile(r"<font>.*?</font>", re.DOTALL), re.compile(r'<xf [^>]*?fontId="(\d+)"[^>]*?xfId="0"')


def tag_titles(path: Path) -> None:
    """Tag the titles of a finished workbook as Heading 1, and set its language to English."""
    with zipfile.ZipFile(path) as book:
        parts = [(part, book.read(part)) for part in book.infolist()]
    changes: dict[str, Callable[[str], str]] = {STYLES: with_headings, CORE: with_language}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for part, content in parts:
            change = changes.get(part.filename)
            book.writestr(part, change(content.decode()).encode() if change else content)


def with_headings(styles: str) -> str:
    """The styles part with a style Heading 1, applied to every format with the title's font."""
    fonts = FONT.findall(styles.partition("</fonts>")[0])
    title = next(number for number, font in enumerate(fonts) if TITLE_FONT.match(font))
    style = f'<xf numFmtId="0" fontId="{title}" fillId="0" borderId="0" applyFont="1"/>'
    for tag, both in (("cellStyleXfs", rf"\1{style}"), ("cellStyles", rf"{HEADING_STYLE}\1")):
        styles = re.sub(rf'<{tag} count="1">(.*?)</{tag}>', rf'<{tag} count="2">{both}</{tag}>', styles)
    before, formats, after = styles.partition("<cellXfs ")
    formats_end = after.index("</cellXfs>")
    tagged = FORMAT.sub(
        lambda match: match[0].replace('xfId="0"', 'xfId="1"') if int(match[1]) == title else match[0],
        after[:formats_end],
    )
    return before + formats + tagged + after[formats_end:]


def with_language(core: str) -> str:
    """The core properties with the workbook's language."""
    return core.replace("<dc:creator>", f"<dc:language>{LANGUAGE}</dc:language><dc:creator>", 1)
