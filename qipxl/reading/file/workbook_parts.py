"""The parts of a workbook's package: its tabs, its styles and texts, and how parts are related to one another.

Parts are found by their relationships, never by their names, which the file format leaves free.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from qipxl.reading.file.cell_formats import formats_in
from qipxl.reading.file.package import DAMAGED, Package, copy_of, is_well_formed
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.sheet_values import ValueReader, shared_texts

RELATIONSHIP = re.compile(r"<(?:\w+:)?Relationship\s([^>]*)>")
TAB = re.compile(r"<(?:\w+:)?sheet\s([^>]*)>")
ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
"""Characters of a part's name that a relationship writes as their codes."""
FROM_1904 = re.compile(r"""<(?:\w+:)?workbookPr\s[^>]*?date1904\s*=\s*["'](?:1|true|on)["']""")
NUMBERS_TAB = re.compile(r"(.+?) ?[-–—] ?Table \d+(?:-\d+)?")
"""A tab as Numbers names it when it exports a workbook: its sheet, and a table on that sheet."""
USUAL_PART = "xl/workbook.xml"
MAIN, OFFICE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org"
TYPES = f"{OFFICE}/officeDocument/2006/relationships"


@dataclass(frozen=True)
class Tab:
    """A tab of a workbook: its title, whether it is hidden, and the name of its part."""

    title: str
    hidden: bool
    part: str


def attributes(text: str) -> dict[str, str]:
    """An element's attributes, without the prefixes of their names."""
    return {
        name.rpartition(":")[2]: html.unescape(double or single) for name, double, single in ATTRIBUTE.findall(text)
    }


def relations_of(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """The relationships of a part ("" for the package): by id, their type and the part of the workbook they lead to."""
    if part not in package.relations:
        package.relations[part] = read_relations(package, part)
    return package.relations[part]


def read_relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    folder, _, base = part.rpartition("/")
    relations = {}
    for element in RELATIONSHIP.findall(package.text(posixpath.join(folder, "_rels", f"{base}.rels"))):
        values = attributes(element)
        if values.get("TargetMode", "") != "External":
            target = values.get("Target", "").replace("\\", "/")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            path = path if package.holds(path) else PERCENT.sub(decoded, path)
            relations[values.get("Id", "")] = (values.get("Type", ""), path)
    return relations


def decoded(percent: re.Match[str]) -> str:
    return bytes.fromhex(percent[0].replace("%", "")).decode("utf-8", "replace")


def related_part(package: Package, part: str, kind: str) -> str:
    """The first part that a part is related to by a type that ends with `kind`; empty if there is none."""
    found = (path for type, path in relations_of(package, part).values() if type.lower().endswith(kind.lower()))
    return next(found, "")


def workbook_part(package: Package) -> str:
    """The part that lists the tabs; raises RefusedError if there is none."""
    part = related_part(package, "", "/officeDocument")
    part = part if package.holds(part) else USUAL_PART
    if not package.holds(part):
        raise RefusedError(DAMAGED)
    return part


def tabs_of(package: Package) -> list[Tab]:
    """A workbook's tabs in order. Tabs without cells, such as charts, and tabs of macros are left out."""
    main = workbook_part(package)
    relations = relations_of(package, main)
    tabs = []
    for element in TAB.findall(package.text(main)):
        values = attributes(element)
        kind, part = relations.get(values.get("id", ""), ("", ""))
        if kind.endswith("/worksheet"):
            tabs.append(Tab(values.get("name", ""), values.get("state", "visible") != "visible", part))
    return list(without_numbers_names(tabs))


def without_numbers_names(tabs: list[Tab]) -> Iterator[Tab]:
    """The tabs; “Actions - Table 1”, as Numbers writes it, becomes Actions, unless two tabs would have that title."""
    sheets = [found[1] if (found := NUMBERS_TAB.fullmatch(tab.title)) else tab.title for tab in tabs]
    counts = Counter(map(str.lower, sheets))
    for tab, sheet in zip(tabs, sheets, strict=True):
        yield replace(tab, title=sheet) if counts[sheet.lower()] == 1 else tab


def value_reader(package: Package) -> ValueReader:
    """Reads the values of a workbook's cells from their XML; raises RefusedError if its shared texts are incomplete."""
    main = workbook_part(package)
    shared = package.part(related_part(package, main, "/sharedStrings"))
    if shared and not is_well_formed(shared):
        raise RefusedError(DAMAGED)
    texts, special = shared_texts(shared)
    formats = formats_in(package.text(related_part(package, main, "/styles")))
    from_1904 = FROM_1904.search(package.text(main)) is not None
    return ValueReader(texts, formats, from_1904, special)


def plain_copy(package: Package, sheets: Mapping[str, bytes]) -> bytes:
    """An uncompressed workbook of sheets, by title, with the package's texts and styles and nothing else.

    What python-calamine does not need, such as links to other workbooks, pivot tables and macros, cannot make it fail.
    """
    main = workbook_part(package)
    parts = {
        "xl/sharedStrings.xml": package.part(related_part(package, main, "/sharedStrings")),
        "xl/styles.xml": package.part(related_part(package, main, "/styles")),
    }
    numbered = dict(enumerate(sheets, 1))
    kept = {name: part for name, part in parts.items() if part}
    kept |= {f"xl/worksheets/sheet{number}.xml": sheets[title] for number, title in numbered.items()}
    tabs = "".join(f'<sheet name="{html.escape(title)}" sheetId="{n}" r:id="rId{n}"/>' for n, title in numbered.items())
    days = ' date1904="1"' if FROM_1904.search(package.text(main)) else ""
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{TYPES}"><workbookPr{days}/><sheets>{tabs}</sheets></workbook>'
    links = [("rIdTexts", "sharedStrings", "sharedStrings.xml"), ("rIdStyles", "styles", "styles.xml")]
    links += [(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in numbered]
    return copy_of(
        {
            "_rels/.rels": relationships([("rId1", "officeDocument", "xl/workbook.xml")]),
            "xl/workbook.xml": book.encode(),
            "xl/_rels/workbook.xml.rels": relationships(links),
            **kept,
        }
    )


def relationships(links: list[tuple[str, str, str]]) -> bytes:
    """The part that relates ids to types and parts."""
    lines = "".join(f'<Relationship Id="{id}" Type="{TYPES}/{type}" Target="{path}"/>' for id, type, path in links)
    return f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{lines}</Relationships>'.encode()
