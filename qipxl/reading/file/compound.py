"""The streams of a compound file, the container of .xls, .doc, .msg and encrypted workbooks.

Only those at the top tell the file's kind: a workbook may hold a whole Word document one storage further down.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

HEADER = 512
ENTRY = 128
END = 0xFFFF_FFFA
"""Sector numbers from here on are marks, not sectors."""
ROOT, SMALL_STREAM, SMALL_SECTOR = 5, 4096, 64
FILEPASS = 0x2F
"""The record of an old workbook that says how it is encrypted; it is among the first ones."""
FIRST_RECORDS = 8


@dataclass(frozen=True)
class Entry:
    """A line of the directory: a stream or a storage, its neighbours and its first child, its first sector and its size."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class CompoundFile:
    """A compound file's directory. Raises ValueError if it cannot be read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        try:
            self.sector = 1 << struct.unpack_from("<H", data, 30)[0] if data[30] < 16 else 0
            first_directory = struct.unpack_from("<I", data, 48)[0]
            self.following = [number for sector in self.table() for number in self.numbers(sector)]
            directory = b"".join(map(self.bytes_of, self.chain(first_directory)))
        except (struct.error, IndexError) as error:
            raise ValueError("no directory") from error
        self.entries = [
            entry_of(directory[start : start + ENTRY]) for start in range(0, len(directory) - ENTRY + 1, ENTRY)
        ]
        if not self.entries or self.entries[0].kind != ROOT:
            raise ValueError("no root")

    def bytes_of(self, sector: int) -> bytes:
        start = (sector + 1) * max(self.sector, HEADER)
        return self.data[start : start + self.sector]

    def numbers(self, sector: int) -> tuple[int, ...]:
        """The sector numbers that a sector of the allocation table holds."""
        return struct.unpack(f"<{self.sector // 4}I", self.bytes_of(sector))

    def table(self) -> list[int]:
        """The sectors of the allocation table: 109 are named in the header, the others in sectors of their own."""
        named = list(struct.unpack_from("<109I", self.data, 76))
        further: int = struct.unpack_from("<I", self.data, 68)[0]
        seen: set[int] = set()
        while further < END and further not in seen:
            seen.add(further)
            *more, further = self.numbers(further)
            named += more
        return [sector for sector in named if sector < END]

    def chain(self, sector: int) -> Iterator[int]:
        """The sectors of a stream."""
        return linked(self.following, sector)

    def top(self) -> Mapping[str, Entry]:
        """The streams and storages at the top, by name."""
        return self.children(self.entries[0])

    def children(self, storage: Entry) -> Mapping[str, Entry]:
        """The streams and storages in a storage, by name."""
        found: dict[str, Entry] = {}
        waiting, seen = [storage.child], set[int]()
        while waiting:
            number = waiting.pop()
            if number < len(self.entries) and number not in seen:
                seen.add(number)
                entry = self.entries[number]
                found[entry.name] = entry
                waiting += [entry.left, entry.right]
        return found

    def start_of(self, entry: Entry) -> bytes:
        """The first bytes of a stream, up to the end of its first sector."""
        if entry.size >= SMALL_STREAM:
            return self.bytes_of(entry.start)[: entry.size]
        sectors, place = list(self.chain(self.entries[0].start)), entry.start * SMALL_SECTOR
        index, offset = divmod(place, self.sector)
        return self.bytes_of(sectors[index])[offset : offset + entry.size] if index < len(sectors) else b""

    def content(self, entry: Entry) -> bytes:
        """A stream's bytes; fewer than its size if its chain is broken."""
        if entry.size >= SMALL_STREAM:
            return b"".join(map(self.bytes_of, islice(self.chain(entry.start), entry.size // self.sector + 1)))[
                : entry.size
            ]
        sectors = islice(linked(self.small_following, entry.start), entry.size // SMALL_SECTOR + 1)
        starts = (sector * SMALL_SECTOR for sector in sectors)
        return b"".join(self.small_streams[start : start + SMALL_SECTOR] for start in starts)[: entry.size]

    @cached_property
    def small_following(self) -> Sequence[int]:
        """The allocation table of the small streams."""
        try:
            first: int = struct.unpack_from("<I", self.data, 60)[0]
            return [number for sector in self.chain(first) for number in self.numbers(sector)]
        except struct.error:
            return ()

    @cached_property
    def small_streams(self) -> bytes:
        """The stream in which all small streams are."""
        return b"".join(map(self.bytes_of, self.chain(self.entries[0].start)))


def linked(following: Sequence[int], sector: int) -> Iterator[int]:
    """The sectors of a chain; one that goes in a circle ends."""
    seen: set[int] = set()
    while sector < len(following) and sector not in seen:
        seen.add(sector)
        yield sector
        sector = following[sector]


def entry_of(line: bytes) -> Entry:
    """A line of the directory."""
    length, kind = struct.unpack_from("<HB", line, 64)
    left, right, child = struct.unpack_from("<3I", line, 68)
    start, size = struct.unpack_from("<2I", line, 116)
    return Entry(
        line[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace"), kind, left, right, child, start, size
    )


def has_password(records: bytes) -> bool:
    """True if the first records of an old workbook say that it is encrypted."""
    position = 0
    for _ in range(FIRST_RECORDS):
        if position + 4 > len(records):
            break
        kind, length = struct.unpack_from("<2H", records, position)
        if kind == FILEPASS:
            return True
        position += 4 + length
    return False
