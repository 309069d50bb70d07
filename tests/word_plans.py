"""Word documents, made in sight: paragraphs and tables as Word writes them into its file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/comments.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"/>'
    "</Types>"
)
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
RELATION = f'<Relationship Id="rId{{}}" Type="{OFFICE}/{{}}" Target="{{}}"/>'


def run(text: str, *, bold: bool = False, struck: bool = False, comment: int | None = None) -> str:
    """Characters of one style; a line break for each \\n, and the mark of a comment after them."""
    style = "<w:b/>" * bold + "<w:strike/>" * struck
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n"))
    mark = "" if comment is None else f'<w:r><w:commentReference w:id="{comment}"/></w:r>'
    return f"<w:r><w:rPr>{style}</w:rPr>{lines}</w:r>{mark}"


def para(
    text: str = "", *, style: str = "", bold: bool = False, struck: bool = False, comment: int | None = None
) -> str:
    """A paragraph."""
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{named}{run(text, bold=bold, struck=struck, comment=comment) if text else ''}</w:p>"


def cell(
    text: str = "", *, span: int = 1, merge: str = "", fill: str = "", bold: bool = False, struck: bool = False,
    comment: int | None = None, inside: str = "", width: int = 2000,
) -> str:  # fmt: skip
    """A cell: it covers `span` columns, starts ("restart") or continues ("continue") a merge, and may hold a table."""
    given = f'<w:tcW w:w="{width * span}" w:type="dxa"/>' + (f'<w:gridSpan w:val="{span}"/>' if span > 1 else "")
    given += f'<w:vMerge w:val="{merge}"/>' if merge else ""
    given += f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    held = para(text, bold=bold, struck=struck, comment=comment)
    return f"<w:tc><w:tcPr>{given}</w:tcPr>{inside}{held}</w:tc>"


def row(*cells: str, heading: bool = False, **style: bool) -> str:
    """A row of cells; a plain text is a cell with that text."""
    repeated = "<w:trPr><w:tblHeader/></w:trPr>" if heading else ""
    made = (each if each.startswith("<w:tc>") else cell(each, bold=heading, **style) for each in cells)
    return f"<w:tr>{repeated}{''.join(made)}</w:tr>"


def table(*rows: str, grid: Iterable[int] = ()) -> str:
    """A table with borders."""
    sides = "".join(
        f'<w:{side} w:val="single" w:sz="4"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in grid)
    return f"<w:tbl><w:tblPr><w:tblBorders>{sides}</w:tblBorders></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"


def document(
    path: Path, *blocks: str, comments: Mapping[int, str] | None = None, more: Mapping[str, bytes] | None = None
) -> Path:
    """Write a document of paragraphs and tables, on landscape pages; `more` are further parts, or parts in place of its own."""
    page = '<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/></w:sectPr>'
    notes = "".join(
        f'<w:comment w:id="{number}" w:author="Nina Patel">{para(text)}</w:comment>'
        for number, text in (comments or {}).items()
    )
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS.format(RELATION.format(1, "officeDocument", "word/document.xml")),
        "word/_rels/document.xml.rels": RELATIONS.format(RELATION.format(1, "comments", "comments.xml")),
        "word/document.xml": f'<w:document xmlns:w="{MAIN}"><w:body>{"".join(blocks)}{page}</w:body></w:document>',
        "word/comments.xml": f'<w:comments xmlns:w="{MAIN}">{notes}</w:comments>',
    }
    held = {name: text.encode() for name, text in parts.items()} | dict(more or {})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in held.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), part, zipfile.ZIP_DEFLATED)
    return path


HEADS = ("No.", "Issue identified", "Action required", "Who", "By when", "Status", "Update")
FINISHED = ("2", "Fridge too warm", "New thermometer and a daily log", "NP", "10/02/2026", "Closed", "done")
GRID = (900, 2600, 3000, 1300, 1600, 1500, 3000)


def rosewood_word(folder: Path) -> Path:
    """The plan of docs/adopt.md as a Word document: a table under each key question, steps under a merged issue, a key at the end."""
    safe = table(
        row(*HEADS, heading=True),
        row(cell("MEDICINES", span=7, bold=True, fill="D9D9D9")),
        row(
            "1", cell("Gaps in the MAR charts", merge="restart"), "Senior checks charts at each handover", "TW", "31/03/26",
            cell(fill="FFC000"), "two gaps in March, was nine",
        ),
        row(
            "", cell(merge="continue"), "Competency check for all who give medicines", "NP/TW", cell("30/04/2026", comment=1),
            "Open", "6 of 8 done",
        ),
        row(*(cell(text, struck=True) for text in FINISHED)),
        grid=GRID,
    )  # fmt: skip
    led = table(
        row(*HEADS, heading=True),
        row("3", "Reviews are late", "Plan a review for each month", "NP", "end of April", "Open", cell("started\nwaiting for families")),
        grid=GRID,
    )  # fmt: skip
    return document(
        folder / "old-plan.docx",
        para("Rosewood Court: improvement plan", style="Title", bold=True),
        para("Home: Rosewood Court"),
        para("Safe", style="Heading1", bold=True),
        safe,
        para("Well-led", style="Heading1", bold=True),
        led,
        para(),
        para("NP = Nina Patel, TW = Tom Webb"),
        comments={1: "Moved by a month, two people were ill"},
    )
