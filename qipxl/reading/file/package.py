"""The safety check of a workbook's zip file: which parts it may hold, and how large they may become when unpacked.

python-calamine never reads the file itself. It gets a copy of the checked parts, so that the parts it reads are
exactly the parts that were checked.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from io import BytesIO

from qipxl.reading.file.limits import MEGABYTE, Limits
from qipxl.reading.file.refusal import RefusedError

DAMAGED = "The workbook is damaged and cannot be opened. Ask for it again, saved as .xlsx."
NO_TRUST = "Ask for the tracker itself, filled in and saved by Excel."
LOCAL_HEADER = 30
ENCRYPTED = 0x1
ENCODING = re.compile(rb"""\A<\?xml[^>]*?encoding=["']([A-Za-z0-9._-]+)["']""")
OUTSIDE = re.compile(r"\A/|[\\\x00]|(?:\A|/)\.\.(?:/|\Z)|\A[A-Za-z]:")
"""A part's name that leads outside its folder."""
READABLE = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"}


class Package:
    """A zip file whose members' names and sizes are within the limits; parts are unpacked on demand.

    All methods raise RefusedError with the sentence for the file's receipt.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.data = data
        self.limits = limits
        self.inflated = 0
        self.parts: dict[str, bytes] = {}
        try:
            self.members = zipfile.ZipFile(BytesIO(data)).infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError) as error:
            raise RefusedError(DAMAGED) from error
        self.names = {member.filename: member for member in self.members}
        check_members(self.members, limits)

    def part(self, name: str) -> bytes:
        """A part's content; empty if there is no such part."""
        if name not in self.parts:
            member = self.names.get(name) or {key.lower(): each for key, each in self.names.items()}.get(name.lower())
            self.parts[name] = plain_xml(self.inflate(member)) if member is not None else b""
        return self.parts[name]

    def text(self, name: str) -> str:
        return self.part(name).decode("utf-8", "replace")

    def inflate(self, member: zipfile.ZipInfo) -> bytes:
        """A member's unpacked bytes; raises RefusedError if they exceed a limit or the size in its header."""
        limits = self.limits
        most = min(limits.part_mb * MEGABYTE, limits.read_mb * MEGABYTE - self.inflated)
        packed = self.packed(member)
        if member.compress_type == zipfile.ZIP_STORED:
            content = packed
        else:
            inflater = zlib.decompressobj(-15)
            try:
                content = inflater.decompress(packed, most + 1)
            except zlib.error as error:
                raise RefusedError(DAMAGED) from error
            if len(content) <= most and not inflater.eof:
                raise RefusedError(DAMAGED)
        self.inflated += len(content)
        if len(content) > most:
            raise RefusedError(
                f"A part of the workbook is larger than {limits.part_mb} MB when unpacked, or all parts together are larger than "
                f"{limits.read_mb} MB. No tracker is. {NO_TRUST}"
            )
        if len(content) > MEGABYTE and len(content) > limits.ratio * max(1, len(packed)):
            raise RefusedError(f"A part of the workbook unpacks to more than {limits.ratio} times its size. {NO_TRUST}")
        if len(content) != member.file_size or zlib.crc32(content) != member.CRC:
            raise RefusedError(DAMAGED)
        return content

    def packed(self, member: zipfile.ZipInfo) -> bytes:
        """A member's packed bytes, found by its local header."""
        start = member.header_offset
        header = self.data[start : start + LOCAL_HEADER]
        if len(header) < LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
            raise RefusedError(DAMAGED)
        name, extra = (int.from_bytes(header[start : start + 2], "little") for start in (26, 28))
        begin = start + LOCAL_HEADER + name + extra
        packed = self.data[begin : begin + member.compress_size]
        if len(packed) != member.compress_size:
            raise RefusedError(DAMAGED)
        return packed


def check_members(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Raises RefusedError for a zip file that Excel would not write: too many members, equal or unsafe names, encryption."""
    if len(members) > limits.members:
        raise RefusedError(
            f"The workbook has {len(members):,} parts; no tracker has more than {limits.members:,}. {NO_TRUST}"
        )
    identical = [name for name, count in Counter(member.filename.lower() for member in members).items() if count > 1]
    if identical:
        raise RefusedError(
            f"Two parts of the workbook have the same name, so it is not clear which one counts. {NO_TRUST}"
        )
    for member in members:
        if OUTSIDE.search(member.orig_filename):
            raise RefusedError(f"A part of the workbook is named to be written outside its folder. {NO_TRUST}")
        if member.flag_bits & ENCRYPTED:
            raise RefusedError("The workbook has a password to open. Ask for a copy without one.")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RefusedError(f"The workbook is packed in a way that Excel does not use. {NO_TRUST}")


def plain_xml(part: bytes) -> bytes:
    """A part as UTF-8; raises RefusedError if it declares entities, which no office program does."""
    if part.startswith((b"\xff\xfe", b"\xfe\xff")):
        part = recoded(part, "utf-16")
    elif (declared := ENCODING.match(part)) and declared[1].lower() != b"utf-8":
        name = declared[1].decode("ascii").lower()
        if name not in READABLE:
            raise RefusedError(f"A part of the workbook is written in {name}, which cannot be read. {NO_TRUST}")
        part = recoded(part, name)
    if b"<!DOCTYPE" in part:  # entities can be declared nowhere else
        raise RefusedError(f"A part of the workbook declares entities, as attacks do. {NO_TRUST}")
    return part


def recoded(part: bytes, encoding: str) -> bytes:
    """A part as UTF-8, without the XML declaration of another encoding."""
    try:
        text = part.decode(encoding)
    except UnicodeError as error:
        raise RefusedError(DAMAGED) from error
    return re.sub(r"\A<\?xml[^>]*\?>", "", text).encode()


def copy_of(parts: Mapping[str, bytes]) -> bytes:
    """An uncompressed zip file of these parts, for python-calamine or openpyxl."""
    copy = BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return copy.getvalue()
