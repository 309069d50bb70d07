"""The safety check of a workbook's zip file: which parts it may hold, and how large they may become when unpacked.

python-calamine never reads the file itself. It gets a copy of the checked parts, so that the parts it reads are
exactly the parts that were checked.
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from xml.parsers.expat import ExpatError, ParserCreate

from qipxl.reading.file.kinds import kind_of, kind_of_members
from qipxl.reading.file.limits import MEGABYTE, Limits
from qipxl.reading.file.refusal import RefusedError

DAMAGED = "The workbook is damaged and cannot be opened. Ask for it again, saved as .xlsx."
NO_TRUST = "Ask for the tracker itself, filled in and saved by Excel."
MANIFEST, ENCRYPTION = "META-INF/manifest.xml", b":encryption-data"
"""The part of an OpenDocument workbook that lists its parts, and what it says of one with a password."""
LOCAL_HEADER = 30
ENCRYPTED = 0x1
ENCODING = re.compile(rb"""\A<\?xml[^>]*?encoding=["']([A-Za-z0-9._-]+)["']""")
OUTSIDE = re.compile(r"\A/|\x00|(?:\A|/)\.\.(?:/|\Z)|\A[A-Za-z]:")
"""A part's name that leads outside its folder."""
READABLE = re.compile(r"us-ascii|ascii|iso-8859-\d+|windows-125\d|utf-16(-[lb]e)?")
AS_DECLARED = re.compile(r"utf-?8|utf-?16(-?[lb]e)?|unicode")
"""Encodings that need no change: UTF-8, and UTF-16 if the bytes are not, which some programs declare and do not write."""
UTF_16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
"""How a part begins that is written in UTF-16, with or without its mark."""


@dataclass(frozen=True)
class Wording:
    """How sentences name a zip file and its parts, which program packs such files, and what to ask for."""

    file: str = "workbook"
    part: str = "part of the workbook"
    parts: str = "parts of the workbook"
    program: str = "Excel"
    no_trust: str = NO_TRUST
    damaged: str = DAMAGED


FOLDER = Wording(
    "compressed folder", "file in the compressed folder", "files in the compressed folder", "Windows",
    "Ask for the trackers themselves.",
    "The compressed folder is damaged and cannot be opened. Ask for it again, or for the trackers themselves.",
)  # fmt: skip


class Package:
    """A zip file whose members' names and sizes are within the limits; parts are unpacked on demand.

    All methods raise RefusedError with the sentence for the file's receipt.
    """

    def __init__(self, data: bytes, limits: Limits, wording: Wording = Wording()) -> None:
        self.data = data
        self.limits = limits
        self.wording = wording
        self.inflated = 0
        self.parts: dict[str, bytes] = {}
        self.relations: dict[str, dict[str, tuple[str, str]]] = {}
        self.members = directory(data, wording)
        self.names = {name_of(member): member for member in self.members}
        self.folded = {name.lower(): member for name, member in self.names.items()}
        check_members(self.members, limits, wording)

    def holds(self, name: str) -> bool:
        """True if there is a part of this name; upper and lower case do not count."""
        return name.lower() in self.folded

    def part(self, name: str) -> bytes:
        """A part's content; empty if there is no such part."""
        if name not in self.parts:
            member = self.folded.get(name.lower())
            self.parts[name] = plain_xml(self.inflate(member)) if member is not None else b""
        return self.parts[name]

    def text(self, name: str) -> str:
        return self.part(name).decode("utf-8", "replace")

    def inflate(self, member: zipfile.ZipInfo) -> bytes:
        """A member's unpacked bytes; raises RefusedError if they exceed a limit or the size in its header."""
        limits = self.limits
        wording = self.wording
        most = max(0, min(limits.part_mb * MEGABYTE, limits.read_mb * MEGABYTE - self.inflated))
        packed = self.packed(member)
        if member.compress_type == zipfile.ZIP_STORED:
            content = packed
        else:
            inflater = zlib.decompressobj(-15)
            try:
                content = inflater.decompress(packed, most + 1)
            except zlib.error as error:
                raise RefusedError(self.wording.damaged) from error
            if len(content) <= most and not inflater.eof:
                raise RefusedError(self.wording.damaged)
        self.inflated += len(content)
        if len(content) > most:
            raise RefusedError(
                f"A {wording.part} is larger than {limits.part_mb} MB when unpacked, or all parts together are larger than "
                f"{limits.read_mb} MB. No tracker is. {wording.no_trust}"
            )
        if len(content) > MEGABYTE and len(content) > limits.ratio * max(1, len(packed)):
            raise RefusedError(
                f"A {wording.part} unpacks to more than {limits.ratio} times its size. {wording.no_trust}"
            )
        if len(content) != member.file_size or zlib.crc32(content) != member.CRC:
            raise RefusedError(self.wording.damaged)
        return content

    def packed(self, member: zipfile.ZipInfo) -> bytes:
        """A member's packed bytes, found by its local header."""
        start = member.header_offset
        header = self.data[start : start + LOCAL_HEADER]
        if len(header) < LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
            raise RefusedError(self.wording.damaged)
        name, extra = (int.from_bytes(header[start : start + 2], "little") for start in (26, 28))
        begin = start + LOCAL_HEADER + name + extra
        packed = self.data[begin : begin + member.compress_size]
        if len(packed) != member.compress_size:
            raise RefusedError(self.wording.damaged)
        return packed


def package_of(data: bytes, limits: Limits) -> tuple[str, Package | None]:
    """A file's kind, and its package if it is a zip file; raises RefusedError if the zip file is not safe."""
    kind = kind_of(data)
    if kind != "zip":
        return kind, None
    package = Package(data, limits)
    kind = kind_of_members(package.names, data[:200])
    return "password" if kind == "ods" and ENCRYPTION in package.part(MANIFEST) else kind, package


def directory(data: bytes, wording: Wording = Wording()) -> list[zipfile.ZipInfo]:
    """The members of a zip file; raises RefusedError if it cannot be read."""
    try:
        return zipfile.ZipFile(BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError) as error:
        raise RefusedError(wording.damaged) from error


def name_of(member: zipfile.ZipInfo) -> str:
    """A member's name with the slashes of the file format; some programs on Windows write backslashes."""
    return member.orig_filename.replace("\\", "/")


def check_members(members: list[zipfile.ZipInfo], limits: Limits, wording: Wording) -> None:
    """Raises RefusedError for a zip file that no office program writes: too many members, equal or unsafe names, encryption."""
    if len(members) > limits.members:
        raise RefusedError(
            f"The {wording.file} has {len(members):,} parts; no tracker has more than {limits.members:,}. {wording.no_trust}"
        )
    identical = [name for name, count in Counter(name_of(member).lower() for member in members).items() if count > 1]
    if identical:
        raise RefusedError(
            f"Two {wording.parts} have the same name, so it is not clear which one counts. {wording.no_trust}"
        )
    for member in members:
        if OUTSIDE.search(name_of(member)):
            raise RefusedError(f"A {wording.part} is named to be written outside its folder. {wording.no_trust}")
        if member.flag_bits & ENCRYPTED:
            raise RefusedError(f"The {wording.file} has a password to open. Ask for a copy without one.")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RefusedError(
                f"The {wording.file} is packed in a way that {wording.program} does not use. {wording.no_trust}"
            )


def plain_xml(part: bytes) -> bytes:
    """A part as UTF-8, without comments and CDATA sections, so that searches in its bytes find elements alone.

    Raises RefusedError if it declares entities, which no office program does.
    """
    start = next((code for mark, code in UTF_16.items() if part.startswith(mark)), "")
    declared = ENCODING.match(part)
    name = start or (declared[1].decode("ascii").lower() if declared else "utf-8")
    if start or not AS_DECLARED.fullmatch(name):
        part = recoded(part, name)
    elif name != "utf-8":
        part = part.partition(b"?>")[2]
    if b"!" not in part or b"<!" not in part:  # one byte is found much faster than two
        return part
    part = replaced(
        part, b"<![CDATA[", b"]]>", lambda text: html.escape(text.decode("utf-8", "replace"), False).encode()
    )
    part = replaced(part, b"<!--", b"-->", lambda _: b"")
    if b"<!DOCTYPE" in part:  # entities can be declared nowhere else
        raise RefusedError(f"A part of the workbook declares entities, as attacks do. {NO_TRUST}")
    return part


def is_well_formed(part: bytes) -> bool:
    """True if a part is complete XML: a cut or broken one would lose cells without a word."""
    try:
        ParserCreate().Parse(part, True)
    except ExpatError:
        return False
    return True


def replaced(part: bytes, opening: bytes, closing: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A part with each piece between two marks replaced, the marks included."""
    pieces, position = [], 0
    while (start := part.find(opening, position)) >= 0 and (end := part.find(closing, start)) >= 0:
        pieces += [part[position:start], change(part[start + len(opening) : end])]
        position = end + len(closing)
    return b"".join(pieces) + part[position:] if pieces else part


def recoded(part: bytes, encoding: str) -> bytes:
    """A part as UTF-8, without the XML declaration of another encoding; raises RefusedError if that is not possible."""
    if not READABLE.fullmatch(encoding):
        raise RefusedError(f"A part of the workbook is written in {encoding}, which cannot be read. {NO_TRUST}")
    try:
        text = part.decode(encoding)
    except (UnicodeError, LookupError) as error:
        raise RefusedError(DAMAGED) from error
    return re.sub(r"\A\ufeff?<\?xml[^>]*\?>", "", text).encode()


def copy_of(parts: Mapping[str, bytes]) -> bytes:
    """An uncompressed zip file of these parts, for python-calamine or openpyxl."""
    copy = BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return copy.getvalue()
