"""A workbook's parts packed while the next ones are written: half of the time that a large workbook takes is packing.

XlsxWriter writes each part to a file of its own, then packs one after another. Here each is packed as soon as it is whole, in
threads of their own (zlib does not hold up Python), and the packed parts are put together at the end. The bytes are the same.
"""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.packager import Packager

THREADS = 2
AT_ONCE = 1 << 20
"""Bytes."""
WRITTEN, MODE = (1980, 1, 31, 0, 0, 0), 0o100600 << 16
"""What XlsxWriter gives every part as its date, and the rights that go with it."""


@dataclass(frozen=True)
class Packed:
    """A part packed into a file: its check sum, and its size before and after."""

    path: Path
    checksum: int
    size: int
    packed: int

    def pieces(self) -> Iterator[bytes]:
        """The packed bytes, so many at once."""
        with self.path.open("rb") as file:
            while piece := file.read(AT_ONCE):
                yield piece


class PackedWorkbook(xlsxwriter.Workbook):  # type: ignore[misc]  # XlsxWriter has no types
    """A workbook that stands at `path` when it is closed."""

    def __init__(self, path: Path, options: Mapping[str, Any]) -> None:
        super().__init__(BytesIO(), dict(options))
        self.path = path

    def _get_packager(self) -> Packing:
        return Packing(self.path)


class Packing(Packager):  # type: ignore[misc]  # XlsxWriter has no types
    """XlsxWriter's list of a workbook's parts, each packed when the next one is begun."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.parts: list[Future[Packed]] = []

    def _create_package(self) -> list[object]:
        """Write the workbook; what is given back are the parts that are left for XlsxWriter to pack, none."""
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(THREADS) as self.pool:
            self.tmpdir = folder
            super()._create_package()
            self.pack_written()
            with zipfile.ZipFile(self.path, "w") as whole:
                for (_, name, _), part in zip(self.filenames, self.parts, strict=True):
                    add_part(whole, name, part.result())
        return []

    def _filename(self, name: str) -> str:
        """Where the next part is to be written: all before it are whole."""
        self.pack_written()
        return str(super()._filename(name))

    def pack_written(self) -> None:
        """Begin to pack the parts that have been written since the last time."""
        for path, _, _ in self.filenames[len(self.parts) :]:
            self.parts.append(self.pool.submit(packed, Path(path)))


def packed(path: Path) -> Packed:
    """Pack a part into a file beside it, and delete the part."""
    deflater = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    checksum = size = 0
    target = path.with_name(f"{path.name}.packed")
    with path.open("rb") as file, target.open("wb") as out:
        while piece := file.read(AT_ONCE):
            checksum, size = zlib.crc32(piece, checksum), size + len(piece)
            out.write(deflater.compress(piece))
        out.write(deflater.flush())
        written = out.tell()
    path.unlink()
    return Packed(target, checksum, size, written)


def add_part(whole: zipfile.ZipFile, name: str, part: Packed) -> None:
    """Add a part to a workbook that is being put together."""
    info = zipfile.ZipInfo(name, WRITTEN)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, MODE
    info.CRC, info.file_size, info.compress_size = part.checksum, part.size, part.packed
    add_packed(whole, info, part.pieces())


def add_packed(whole: zipfile.ZipFile, info: zipfile.ZipInfo, pieces: Iterator[bytes]) -> None:
    """Add bytes as they lie, packed already; zipfile itself would pack them again."""
    out = whole.fp
    assert out is not None, "the workbook is open"
    info.header_offset = out.tell()
    out.write(info.FileHeader())
    for piece in pieces:
        out.write(piece)
    whole.filelist.append(info)
    whole.NameToInfo[info.filename] = info
    whole.start_dir = out.tell()
