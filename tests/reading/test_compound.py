"""Old workbooks and encrypted ones: their kind comes from the streams at the top of the compound file."""

import struct

import pytest
from broken import zipped

from qipxl.reading.file.compound import CompoundFile
from qipxl.reading.file.kinds import kind_of
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.package import package_of

SECTOR, ENTRY, NONE = 512, 128, 0xFFFFFFFF
BOF, FILEPASS = struct.pack("<2H", 0x809, 4) + bytes(4), struct.pack("<2H", 0x2F, 2) + bytes(2)
PLAIN, LOCKED = BOF + bytes(12), BOF + FILEPASS + bytes(6)


def entry(name: str, kind: int, right: int = NONE, child: int = NONE, start: int = 0, size: int = 0) -> bytes:
    text = name.encode("utf-16-le")
    numbers = struct.pack("<HBB3I", len(text) + 2, kind, 1, NONE, right, child)
    return (text.ljust(64, b"\0") + numbers).ljust(116, b"\0") + struct.pack("<IQ", start, size)


def compound(top: str, content: bytes = PLAIN, embedded: str = "", large: bool = False) -> bytes:
    """A compound file with a stream at the top, and another one in a storage; sector 0 is its allocation table."""
    end = 0xFFFFFFFE
    table = struct.pack("<4I", 0xFFFFFFFD, end, end, end).ljust(SECTOR, b"\xff")
    inside = [entry("MBD0001", 1, child=3), entry(embedded, 2)] if embedded else []
    size = 4096 if large else len(content)
    lines = [
        entry("Root Entry", 5, child=1, start=2, size=64),
        entry(top, 2, 2 if embedded else NONE, NONE, 2 * large, size),
    ]
    directory = b"".join([*lines, *inside]).ljust(SECTOR, b"\0")
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(SECTOR, b"\0"))
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<I", header, 48, 1)
    struct.pack_into("<I", header, 68, end)
    struct.pack_into("<109I", header, 76, 0, *[NONE] * 108)
    return bytes(header) + table + directory + content.ljust(SECTOR, b"\0")


KINDS = {
    "xls": compound("Workbook"),
    "xls of Excel 95": compound("Book"),
    "xls with a Word document in it": compound("Workbook", embedded="WordDocument"),
    "xls with slides in it": compound("Workbook", embedded="PowerPoint Document"),
    "xls with an encrypted workbook in it": compound("Workbook", embedded="EncryptedPackage"),
    "word": compound("WordDocument"),
    "word with a workbook in it": compound("WordDocument", embedded="Workbook"),
    "powerpoint with a workbook in it": compound("PowerPoint Document", embedded="Workbook"),
    "message with a workbook in it": compound("__properties_version1.0", embedded="Workbook"),
    "password": compound("EncryptedPackage"),
    "password of an old workbook": compound("Workbook", LOCKED),
    "password of a large old workbook": compound("Workbook", LOCKED, large=True),
    "password of a workbook of Excel 95": compound("Book", LOCKED),
    "label": compound("EncryptedPackage", embedded="\x09DRMContent"),
    "unknown": compound("VisioDocument"),
}


@pytest.mark.parametrize("name", KINDS)
def test_the_streams_at_the_top_tell_the_kind(name: str) -> None:
    assert kind_of(KINDS[name]) == name.partition(" ")[0]


@pytest.mark.parametrize("length", [8, 40, 100, 600, 1100])
def test_a_file_without_a_directory_is_refused_quietly(length: int) -> None:
    data = compound("Workbook")[:length]
    with pytest.raises(ValueError, match="no"):
        CompoundFile(data)
    assert kind_of(data) == "unknown"


def test_chains_and_neighbours_in_a_circle_come_to_an_end() -> None:
    data = bytearray(compound("Workbook"))
    struct.pack_into("<I", data, SECTOR + 4, 1)  # the directory follows itself
    struct.pack_into("<I", data, 2 * SECTOR + ENTRY + 72, 1)  # the stream is its own neighbour
    struct.pack_into("<I", data, 68, 0)  # the table's further sectors follow one another
    assert kind_of(bytes(data)) == "xls"


@pytest.mark.parametrize(("manifest", "kind"), [(b"<manifest:encryption-data/>", "password"), (b"<x/>", "ods")])
def test_a_password_of_an_open_document_is_said(manifest: bytes, kind: str) -> None:
    data = zipped({"content.xml": b"<x/>", "META-INF/manifest.xml": manifest})
    name = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
    stored = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, len(name) - 8, len(name) - 8, 8, 0) + name
    assert package_of(stored + data, Limits())[0] == kind
