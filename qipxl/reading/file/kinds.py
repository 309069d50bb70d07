"""The kind of a file, from its first bytes and never from its name, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from qipxl.reading.file.compound import CompoundFile, has_password

WORKBOOK, OTHER = "xlsx", frozenset({"xls", "xlsb", "ods"})
"""The kind that is always read, and those that are read only with --accept-other-formats."""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SENTENCES = {
    "empty": "The file is empty (0 bytes). Ask for it again.",
    "placeholder": "The file holds nothing but zeros: it was not fully copied from the cloud. Copy it again, or ask for it again.",
    "xls": "This is an old Excel workbook (.xls). Ask for it saved as .xlsx.",
    "xlsb": "This is a binary Excel workbook (.xlsb). Ask for it saved as .xlsx.",
    "ods": "This is an OpenDocument workbook (.ods). Ask for it saved as .xlsx.",
    "password": "The workbook has a password to open. Ask for a copy without one.",
    "label": "The workbook is encrypted by a sensitivity label. Ask for a copy whose label does not encrypt it.",
    "message": "This is an e-mail. Save the tracker that is attached to it, and put that here.",
    "winmail": "This is a mail attachment that only Outlook can open (winmail.dat). Ask for the tracker in an e-mail that is not in rich text.",
    "protected": "This is a protected e-mail. Open it in Outlook, save the tracker that is attached to it, and put that here.",
    "shortcut": "This is a short-cut to a file. Ask for the tracker as an attachment.",
    "pdf": "This is a PDF. Ask for the Excel file.",
    "picture": "This is a picture. Ask for the Excel file.",
    "word": "This is a Word document. Ask for the Excel file.",
    "powerpoint": "This is a PowerPoint presentation. Ask for the Excel file.",
    "numbers": "This is a Numbers spreadsheet from a Mac or iPad. Ask for it exported to Excel (.xlsx).",
    "page": "This is a web page or an XML file. Ask for the tracker saved as .xlsx.",
    "table": "This is a text file such as CSV. Ask for the tracker saved as .xlsx.",
    "archive": "This is a compressed folder. Unpack it, and put the trackers here.",
    "unknown": "This is not an Excel workbook. Ask for the tracker saved as .xlsx.",
}
"""What each kind is and what to do; the kinds that are read have no sentence."""
SIGNATURES = (
    (b"%PDF", "pdf"), (b"\x89PNG", "picture"), (b"\xff\xd8\xff", "picture"), (b"GIF8", "picture"), (b"BM", "picture"),
    (b"II*\x00", "picture"), (b"MM\x00*", "picture"), (b"L\x00\x00\x00\x01\x14\x02\x00", "shortcut"),
    (b"[InternetShortcut]", "shortcut"), (b"[{000214A0", "shortcut"), (b"bplist00", "shortcut"), (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf", "archive"), (b"Rar!", "archive"), (b"{\\rtf", "word"),
    (b"x\x9f>\x22", "winmail"), (b"v\xe8\x04\x60\xc4\x11\xe3\x86", "protected"), (b"PK\x05\x06", "archive"),
)  # fmt: skip
STREAMS = {
    "label": ("\x09DRMContent",), "message": ("__properties_version1.0", "__nameid_version1.0"), "word": ("WordDocument",),
    "powerpoint": ("PowerPoint Document",), "xls": ("Workbook", "Book"),
}  # fmt: skip
"""The streams by which a compound file's kind is known, in order."""
HEADERS = re.compile(rb"\A(?:From [^\n]*\n)?(?:[A-Za-z][\w-]*:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*){2,}")
MAIL = re.compile(rb"^(from|received|return-path|mime-version|subject):", re.IGNORECASE | re.MULTILINE)


def kind_of(data: bytes) -> str:
    """A file's kind from its bytes; "zip" if its members decide (`kind_of_members`)."""
    if not data:
        return "empty"
    if data.startswith(b"PK\x03\x04"):
        return "zip"
    if data.startswith(OLE):
        return kind_of_compound(data)
    for start, kind in SIGNATURES:
        if data.startswith(start):
            return kind
    return "placeholder" if not data.strip(b"\x00") else kind_of_text(data)


def kind_of_compound(data: bytes) -> str:
    """The kind of a compound file, from the names of its streams at the top; from all its bytes if it has no directory."""
    try:
        compound = CompoundFile(data)
        top = compound.top()
    except ValueError:
        return kind_of_names(lambda name: name.encode("utf-16-le") in data, data)
    old = next((top[name] for name in STREAMS["xls"] if name in top), None)
    kind = kind_of_names(lambda name: name in top, data)
    return "password" if kind == "xls" and old and has_password(compound.start_of(old)) else kind


def kind_of_names(holds: Callable[[str], bool], data: bytes) -> str:
    """The kind of a compound file that holds streams of certain names, which are in UTF-16."""
    if holds("EncryptedPackage"):
        marks = ("\x09DRMContent", "DRMEncryptedDataSpace", "\x06DataSpaces\x00\x00DRM")
        return "label" if any(mark.encode("utf-16-le") in data for mark in marks) else "password"
    return next((kind for kind, names in STREAMS.items() if any(map(holds, names))), "unknown")


def kind_of_text(data: bytes) -> str:
    start = data[:4096]
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<?xml", b"<!doctype", b"<html", b"<table", b"<workbook", b"<plist")):
        return "shortcut" if b"<plist" in text and b"url" in text else "page"
    if text.startswith(b"{") and (b'"doc_id"' in text or b'"url"' in text):
        return "shortcut"
    if HEADERS.match(start) and MAIL.search(start):
        return "message"
    if b"\x00" in start or (start and not printable_share(start) > 0.95):
        return "unknown"
    return "table" if any(mark in start for mark in (b",", b";", b"\t")) else "unknown"


def printable_share(start: bytes) -> float:
    """The share of bytes that a text can contain."""
    return sum(byte >= 32 or byte in b"\t\r\n" for byte in start) / len(start)


def kind_of_members(names: Collection[str], start: bytes) -> str:
    """The kind of a zip file, from its members' names and its first bytes."""
    if b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet" in start:
        return "ods"
    folded = {name.lower() for name in names}
    if "xl/workbook.bin" in folded:
        return "xlsb"
    if "xl/workbook.xml" in folded or any(name.startswith("xl/") for name in folded):
        return WORKBOOK
    if any(name.startswith("word/") for name in folded):
        return "word"
    if any(name.startswith("ppt/") for name in folded):
        return "powerpoint"
    if any(name.endswith(".iwa") for name in folded):
        return "numbers"
    return WORKBOOK if "[content_types].xml" in folded else "archive"


def sentence(kind: str, option: str = "") -> str:
    """Why a file of a kind is not read; `option` is what reads a workbook of another format."""
    text = SENTENCES[kind]
    if kind in OTHER and option:
        return f"{text.removesuffix('.')}, or read it with {option}."
    return text
