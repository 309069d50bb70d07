"""Compresses a workbook's parts while they are written, straight into its zip file.

XlsxWriter writes each part to a file of its own, then reads and compresses them one after another. Here it writes to a `Part`,
so that no part is on the disk or in memory as a whole. A thread compresses what is written while more is put together. The parts
are the same, and so are the bytes if the level is.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import xlsxwriter
from isal import isal_zlib
from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings

LEVEL = 1
"""The level at which isal compresses the parts of a workbook: a sixth of the time of zlib's level 4, for a file that is a seventh
larger. Workbooks that go by mail are compressed by zlib at its own level, 6."""
WRITTEN, MODE = (1980, 1, 31, 0, 0, 0), 0o100600 << 16
"""The date and the file mode that XlsxWriter gives every part."""
SIZES, BEFORE_SIZES = struct.Struct("<LLL"), 14
"""The checksum, the size when compressed and the size of a part in its header, and the number of bytes before them."""


MOST_WAITING = 4
"""The most pieces of a part that wait to be compressed."""


class PackedWorkbook(xlsxwriter.Workbook):  # type: ignore[misc]  # XlsxWriter has no types
    """A workbook that is written to `path` when it is closed; as small as possible if it goes `by_mail`."""

    def __init__(self, path: Path, options: Mapping[str, Any], *, by_mail: bool = False) -> None:
        super().__init__(BytesIO(), {**options, "in_memory": True})
        self.path = path
        self.by_mail = by_mail

    def _get_packager(self) -> Packing:
        return Packing(self.path, self.by_mail)


class Packing(Packager):  # type: ignore[misc]  # XlsxWriter has no types
    """XlsxWriter's list of a workbook's parts; each part is complete when the next one begins."""

    def __init__(self, path: Path, by_mail: bool) -> None:
        super().__init__()
        self.path = path
        self.by_mail = by_mail
        self.complete = 0

    def _create_package(self) -> list[object]:
        """Write the workbook; returns the parts left for XlsxWriter to compress: none."""
        with zipfile.ZipFile(self.path, "w") as self.archive, ThreadPoolExecutor(1) as thread:
            self.behind = Behind(thread)
            super()._create_package()
            self.finish_parts()
            self.behind.wait(0)
        return []

    def _filename(self, name: str) -> Part:
        """The next part, for XlsxWriter to write to; all parts before it are complete."""
        self.finish_parts()
        part = Part(self.archive, name, self.by_mail, self.behind)
        self.filenames.append((part, name, False))
        return part

    def _write_shared_strings_file(self) -> None:
        """Trackers, which go by mail, have most of their texts in common."""
        table = self.workbook.str_table
        if not self.by_mail or not table.count:
            super()._write_shared_strings_file()
            return
        texts = CommonTexts()
        texts.string_table = table
        texts._set_xml_writer(self._filename("xl/sharedStrings.xml"))
        texts._assemble_xml_file()

    def finish_parts(self) -> None:
        """Finish the parts written since the last call; pictures and macros come as bytes."""
        for part, name, _ in self.filenames[self.complete :]:
            if isinstance(part, Part):
                part.finish()
            else:
                picture = Part(self.archive, name, self.by_mail, self.behind)
                picture.add(part.getvalue())
                picture.finish()
        self.complete = len(self.filenames)


class CommonTexts(SharedStrings):  # type: ignore[misc]  # XlsxWriter has no types
    """The texts of a workbook's cells; the XML of each is kept for the next workbook."""

    def _write_si(self, string: str) -> None:
        self.fh.write(text_xml(string))


@lru_cache(maxsize=16_384)
def text_xml(text: str) -> str:
    """A text among the texts of a workbook's cells, as XlsxWriter writes it."""
    single = SharedStrings()
    single.fh = StringIO()
    single._write_si(text)
    return str(single.fh.getvalue())


class Behind:
    """Calls that a thread makes one after another; few wait at a time, and an error in one is raised by a later call of `do`."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self.thread = thread
        self.waiting: deque[Future[None]] = deque()

    def do(self, call: Callable[..., None], *arguments: object) -> None:
        """Make a call after all earlier ones."""
        self.waiting.append(self.thread.submit(call, *arguments))
        self.wait(MOST_WAITING)

    def wait(self, most: int) -> None:
        """Wait until at most this number of calls is left."""
        while len(self.waiting) > most:
            self.waiting.popleft().result()


class Part(StringIO):
    """A part of a workbook's zip file; it is the last one until it is finished.

    XlsxWriter writes texts to it, which are kept until the next `add` or `finish`.
    """

    def __init__(self, archive: zipfile.ZipFile, name: str, by_mail: bool, behind: Behind) -> None:
        super().__init__()
        self.behind = behind
        self.archive = archive
        self.info = zipfile.ZipInfo(name, WRITTEN)
        self.info.compress_type, self.info.external_attr, self.info.CRC = zipfile.ZIP_DEFLATED, MODE, 0
        library, level = (zlib, zlib.Z_DEFAULT_COMPRESSION) if by_mail else (isal_zlib, LEVEL)
        self.deflater: Any = library.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        self.file = file_of(archive)
        behind.do(self.begin)

    def begin(self) -> None:
        """Write the header, whose sizes follow when they are known."""
        self.info.header_offset = self.file.tell()
        self.file.write(self.info.FileHeader())

    def add(self, content: bytes | pa.Buffer) -> None:
        """Compress the texts written so far, then these bytes."""
        self.behind.do(self.pack, self.getvalue().encode())
        self.seek(0)
        self.truncate()
        self.behind.do(self.pack, content)

    def pack(self, content: bytes | pa.Buffer) -> None:
        """Compress some bytes into the file."""
        self.info.CRC = isal_zlib.crc32(content, self.info.CRC)
        self.info.file_size += len(content)
        self.store(self.deflater.compress(content))

    def store(self, packed: bytes) -> None:
        """Write compressed bytes to the file."""
        self.info.compress_size += len(packed)
        self.file.write(packed)

    def finish(self) -> None:
        """Compress what is left."""
        self.behind.do(self.pack, self.getvalue().encode())
        self.behind.do(self.end)
        self.close()

    def end(self) -> None:
        """Write the sizes into the header and the name into the zip file's list."""
        self.store(self.deflater.flush())
        self.file.seek(self.info.header_offset + BEFORE_SIZES)
        self.file.write(SIZES.pack(self.info.CRC, self.info.compress_size, self.info.file_size))
        self.file.seek(0, 2)
        add_to_list(self.archive, self.info)


def add_packed(archive: zipfile.ZipFile, info: zipfile.ZipInfo, packed: bytes) -> None:
    """Add bytes that are already compressed; zipfile itself would compress them again."""
    file = file_of(archive)
    info.header_offset = file.tell()
    file.write(info.FileHeader() + packed)
    add_to_list(archive, info)


def file_of(archive: zipfile.ZipFile) -> IO[bytes]:
    """The file of a zip file that is open."""
    assert archive.fp is not None, "the workbook is open"
    return archive.fp


def add_to_list(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    """Add the part that was written last to the list of a zip file."""
    archive.filelist.append(info)
    archive.NameToInfo[info.filename] = info
    archive.start_dir = file_of(archive).tell()
