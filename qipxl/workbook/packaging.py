"""Compresses a workbook's parts in threads while the next ones are written; compression is half the time of a large workbook.

XlsxWriter writes each part to a file, then compresses them one after another. Here each part is compressed as soon as it is
complete (zlib releases the GIL), and the results are joined at the end. The parts are the same,
and so are the bytes if the level is.
"""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.packager import Packager

THREADS = 2
LEVEL = 4
"""The level at which the parts of a large workbook are compressed: two fifths of the time of zlib's own, 6, for a file that is a tenth
larger. Parts in memory, those of a tracker, are compressed at 6: they are small, and go by mail."""
AT_ONCE = 1 << 20
"""Bytes."""
WRITTEN, MODE = (1980, 1, 31, 0, 0, 0), 0o100600 << 16
"""The date and the file mode that XlsxWriter gives every part."""


@dataclass(frozen=True)
class Packed:
    """A compressed part in a file or, if `content` is set, in memory: its checksum, and its size before and after."""

    path: Path
    checksum: int
    size: int
    packed: int
    content: bytes | None = None

    def pieces(self) -> Iterator[bytes]:
        """The compressed bytes, AT_ONCE bytes at a time."""
        with self.path.open("rb") if self.content is None else BytesIO(self.content) as file:
            while piece := file.read(AT_ONCE):
                yield piece


class PackedWorkbook(xlsxwriter.Workbook):  # type: ignore[misc]  # XlsxWriter has no types
    """A workbook that is written to `path` when it is closed."""

    def __init__(self, path: Path, options: Mapping[str, Any]) -> None:
        super().__init__(BytesIO(), dict(options))
        self.path = path

    def _get_packager(self) -> Packing:
        return Packing(self.path)


class Packing(Packager):  # type: ignore[misc]  # XlsxWriter has no types
    """XlsxWriter's list of a workbook's parts; each part is compressed when the next one begins."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.parts: list[Future[Packed]] = []

    def _create_package(self) -> list[object]:
        """Write the workbook; returns the parts left for XlsxWriter to compress: none."""
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(THREADS) as self.pool:
            self.tmpdir = folder
            super()._create_package()
            self.pack_written()
            with zipfile.ZipFile(self.path, "w") as archive:
                for (_, name, _), part in zip(self.filenames, self.parts, strict=True):
                    add_part(archive, name, part.result())
        return []

    def _filename(self, name: str) -> Any:
        """The path of the next part, or its text in memory; all parts before it are complete."""
        self.pack_written()
        return super()._filename(name)

    def pack_written(self) -> None:
        """Start to compress the parts written since the last call."""
        for part, _, _ in self.filenames[len(self.parts) :]:
            if self.in_memory:
                self.parts.append(self.pool.submit(packed_in_memory, part))
            else:
                self.parts.append(self.pool.submit(packed, Path(part)))


def packed_in_memory(part: StringIO | BytesIO) -> Packed:
    """Compress a part that is in memory."""
    content = part.getvalue()
    data = content.encode() if isinstance(content, str) else content
    out = zlib.compress(data, zlib.Z_DEFAULT_COMPRESSION, -zlib.MAX_WBITS)
    return Packed(Path(), zlib.crc32(data), len(data), len(out), out)


def packed(path: Path) -> Packed:
    """Compress a part into a file in the same folder, and delete the part."""
    deflater = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
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


def add_part(archive: zipfile.ZipFile, name: str, part: Packed) -> None:
    """Add a compressed part to the workbook's zip file."""
    info = zipfile.ZipInfo(name, WRITTEN)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, MODE
    info.CRC, info.file_size, info.compress_size = part.checksum, part.size, part.packed
    add_packed(archive, info, part.pieces())


def add_packed(archive: zipfile.ZipFile, info: zipfile.ZipInfo, pieces: Iterator[bytes]) -> None:
    """Add bytes that are already compressed; zipfile itself would compress them again."""
    out = archive.fp
    assert out is not None, "the workbook is open"
    info.header_offset = out.tell()
    out.write(info.FileHeader())
    for piece in pieces:
        out.write(piece)
    archive.filelist.append(info)
    archive.NameToInfo[info.filename] = info
    archive.start_dir = out.tell()
