# ruff: noqa: E501 (an attack is a line)
"""Files made to do harm, in one folder with good returns: each costs itself and nothing else."""

import os
import random
import re
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from broken import parts_of, zipped
from factories import LONG, json_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qipxl import Period, Service, check, rate, read_returns, write_tracker
from qipxl.adopting import open_old_workbook
from qipxl.app.demo.scenarios import make_plan
from qipxl.errors import SourceError
from qipxl.reading import ReadOptions
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.open import open_file
from qipxl.reading.jobs import reading_plan
from qipxl.template import Template
from qipxl.tracker.copies import MarkedTracker

pytestmark = pytest.mark.processes

MARCH = Period(2026, 3)
GOOD = 20
SHEET = "xl/worksheets/sheet2.xml"
FLIPS = 2_000 if LONG else 40


@pytest.fixture(scope="module")
def returned(tmp_path_factory: pytest.TempPathFactory, core: Template) -> bytes:
    """The bytes of a good return."""
    path = tmp_path_factory.mktemp("good") / "good.xlsx"
    service = Service(code="G00", name="Good House")
    rows = make_plan(3, MARCH.last, 3, 1, "Jo Shah")
    return write_tracker(core, service, MARCH, path, rows=rows, issued={}, cover={"submitted_by": "Jo"}).read_bytes()


def with_parts(data: bytes, **changes: bytes) -> bytes:
    """A workbook with some parts replaced; `sheet`, `shared`, `book` name them."""
    names = {"sheet": SHEET, "shared": "xl/sharedStrings.xml", "book": "xl/workbook.xml"}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zipped(parts | {names[key]: part for key, part in changes.items()})


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return archive.read(name)


@cache
def deflated(size: int) -> bytes:
    """This number of blanks, deflated: one piece, after which the packer forgets what came before, as often as it takes."""
    packer, blanks = zlib.compressobj(9, zlib.DEFLATED, -15), b" " * 10_000_000
    partition = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    return partition * (size // len(blanks)) + packer.flush()


def bomb(data: bytes, *, says: int) -> bytes:
    """A return whose sheet inflates to 10 GB and whose headers say another size."""
    packed = deflated(10_000_000_000)
    good = with_parts(data, sheet=b"BOMB")
    with zipfile.ZipFile(BytesIO(good)) as archive:
        member = archive.getinfo(SHEET)
    name = SHEET.encode()
    start = member.header_offset
    old = 30 + len(name) + member.compress_size
    header = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 33, 0, len(packed), says, len(name), 0)
    body = good[:start] + header + name + packed + good[start + old :]
    moved = 30 + len(name) + len(packed) - old
    place = body.rindex(b"PK\x05\x06")
    central = struct.unpack("<I", body[place + 16 : place + 20])[0] + moved
    body = bytearray(body)
    body[place + 16 : place + 20] = struct.pack("<I", central)
    at = central
    while body[at : at + 4] == b"PK\x01\x02":
        lengths = struct.unpack("<3H", body[at + 28 : at + 34])
        this = bytes(body[at + 46 : at + 46 + lengths[0]])
        offset = struct.unpack("<I", body[at + 42 : at + 46])[0]
        if this == name:
            body[at + 16 : at + 28] = struct.pack("<3I", 0, len(packed), says)
        elif offset > start:
            body[at + 42 : at + 46] = struct.pack("<I", offset + moved)
        at += 46 + sum(lengths)
    return bytes(body)


def in_sheet(data: bytes, rows: bytes) -> bytes:
    """A return with rows added to Actions."""
    return with_parts(data, sheet=part(data, SHEET).replace(b"</sheetData>", rows + b"</sheetData>"))


def twins(data: bytes) -> bytes:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in [*parts, ("xl/worksheets/SHEET3.xml", b"<worksheet/>")]:
            archive.writestr(name, each)
    return out.getvalue()


def named(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    return zipped(parts | {name: b"x"})


def entities(text: bytes) -> Callable[[bytes], bytes]:
    """A return whose shared texts declare entities."""

    def make(data: bytes) -> bytes:
        shared = part(data, "xl/sharedStrings.xml")
        end = shared.index(b"?>") + 2
        return with_parts(data, shared=shared[:end] + text + shared[end:])

    return make


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
ATTACKS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "bomb": (lambda data: bomb(data, says=10_000_000_000 % 2**32), "larger than 64 MB"),
    "bomb that says it is small": (lambda data: bomb(data, says=1000), "larger than 64 MB"),
    "ratio": (lambda data: in_sheet(data, b" " * 60_000_000), "more than 200 times its size"),
    "lying size": (lambda data: data.replace(struct.pack("<I", len(part(data, SHEET))), struct.pack("<I", 77)), "damaged"),
    "no shared text of that number": (lambda data: in_sheet(data, b'<row r="90"><c r="A90" t="s"><v>99999999</v></c></row>'), "damaged"),
    "a row past the last": (lambda data: in_sheet(data, b'<row r="4294967297"><c r="A4294967297"><v>1</v></c></row>'), "outside the area of a sheet"),
    "cells everywhere": (lambda data: in_sheet(data, b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(1000, 9000, 5))), "spread over more than"),
    "millions of cells": (lambda data: in_sheet(data, b'<row r="100">' + b"".join(b"<c><v>%d</v></c>" % (n * n % 99991) for n in range(2_500_000)) + b"</row>"), "filled cells"),
    "outside entity": (entities(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'), "entities"),
    "a billion laughs": (entities(b"<!DOCTYPE x [" + LAUGHS + b"]>"), "entities"),
    "twin members": (twins, "Two parts of the workbook have the same name"),
    "a tab twice": (lambda data: with_parts(data, book=part(data, "xl/workbook.xml").replace(b'name="Evidence"', b'name="actions"')), "Two tabs"),
    "a way out": (lambda data: named(data, "../../../etc/cron.d/x"), "outside its folder"),
    "an absolute way": (lambda data: named(data, "/etc/passwd"), "outside its folder"),
    "a way out as Windows writes it": (lambda data: named(data, "..\\x.exe"), "outside its folder"),
    "no workbook part": (lambda data: with_parts(data, book=b"").replace(b"xl/workbook.xml", b"xl/workbooc.xml"), "damaged"),
    "two thousand parts": (lambda data: zipped({f"xl/{n}.xml": b"" for n in range(2500)}), "parts"),
    "three hundred tabs": (
        lambda data: with_parts(
            data,
            book=part(data, "xl/workbook.xml").replace(
                b"</sheets>", b"".join(b'<sheet name="t%d" sheetId="%d" r:id="rId3"/>' % (n, 100 + n) for n in range(300)) + b"</sheets>"
            ),
        ),
        "tabs",
    ),
    "encrypted members": (lambda data: re.sub(rb"PK\x01\x02(.{4})\x00\x00", lambda found: b"PK\x01\x02" + found[1] + b"\x01\x00", data, flags=re.DOTALL),
        "password"),
}  # fmt: skip


@pytest.mark.long
def test_one_folder_of_attacks_and_twenty_good_returns(tmp_path: Path, core: Template, returned: bytes) -> None:
    folder = tmp_path / "returns"
    (folder / "deeper").mkdir(parents=True)
    good = MarkedTracker(returned, {"code": "G00", "name": "Good House"})
    for number in range(GOOD):
        filled = good.filled({"code": f"S{number:02d}", "name": f"House {number}"})
        (folder / f"S{number:02d}.xlsx").write_bytes(filled)
    for name, (make, _) in ATTACKS.items():
        (folder / f"attack {name}.xlsx").write_bytes(make(returned))
    os.mkfifo(folder / "pipe.xlsx")
    (folder / "deeper" / "loop").symlink_to(folder)
    (folder / "outside.xlsx").symlink_to("/etc/passwd")
    (folder / "zero.xlsx").symlink_to("/dev/zero")
    returns = read_returns(folder)
    receipts = returns.receipts.set_index("file")
    good = receipts[receipts["status"] == "accepted"]
    assert sorted(good.index) == [f"S{number:02d}.xlsx" for number in range(GOOD)]
    assert set(good["rows_accepted"]) == set(good["rows_found"])
    assert (good["rows_found"] == good["rows_found"].iloc[0]).all()
    assert len(returns.tables["actions"]) == GOOD * len(make_plan(3, MARCH.last, 3, 1, "Jo Shah")["actions"])
    for name, (_, words) in ATTACKS.items():
        line = receipts.loc[f"attack {name}.xlsx"]
        assert (line["status"], words in line["reason"]) == ("refused", True), (name, line["reason"])
    for name in ("pipe.xlsx", "deeper/loop", "outside.xlsx", "zero.xlsx"):
        assert receipts.at[name, "status"] == "refused"
        assert "link" in receipts.at[name, "reason"] or "pipe" in receipts.at[name, "reason"]
    assert len(receipts) == GOOD + len(ATTACKS) + 4
    assert most_memory_of_a_reader([folder]) < 1024


@pytest.mark.long
def test_adopting_an_old_plan_is_stopped_by_the_same_look(tmp_path: Path, returned: bytes) -> None:
    """The same attacks, on a workbook that qipxl did not issue."""
    book = part(returned, "xl/workbook.xml").replace(b"qipxl stamp", b"other stamp")
    old, path = with_parts(returned, book=book), tmp_path / "old.xlsx"
    path.write_bytes(old)
    assert open_old_workbook(path).filled
    for name, (make, words) in ATTACKS.items():
        path.write_bytes(make(old))
        with pytest.raises(SourceError) as caught:
            open_old_workbook(path)
        assert words in str(caught.value), name


def test_a_reader_that_hangs_or_dies_costs_one_file(
    tmp_path: Path, returned: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The processes open files with a reader that sleeps over one, and ends itself over another."""
    (tmp_path / "qipxl_patch").mkdir()
    patch = (
        "import os, time\n"
        "import qipxl.reading.file.open as opening\n"
        "true = opening.read_bytes\n"
        "def read_bytes(path, *rest):\n"
        "    if 'hangs' in path.name:\n"
        "        time.sleep(60)\n"
        "    if 'aborts' in path.name:\n"
        "        os.abort()\n"
        "    return true(path, *rest)\n"
        "opening.read_bytes = read_bytes\n"
        "from qipxl.reading.worker import main\n"
        "main()\n"
    )
    program = tmp_path / "qipxl_patch" / "program.py"
    program.write_text(patch, "utf-8")
    from qipxl.reading import process

    monkeypatch.setattr(process, "COMMAND", (process.COMMAND[0], str(program)))
    folder = tmp_path / "returns"
    folder.mkdir()
    for name in ("a aborts", "b good", "c hangs", "d aborts"):
        (folder / f"{name}.xlsx").write_bytes(returned)
    returns = read_returns(folder, options=ReadOptions(Limits(seconds=3)))
    said = dict(zip(returns.receipts["file"], returns.receipts["reason"], strict=True))
    assert "broke off" in said["a aborts.xlsx"]
    assert "longer than 3 seconds" in said["c hangs.xlsx"]
    assert "broke off" in said["d aborts.xlsx"]
    assert returns.receipts.set_index("file").at["b good.xlsx", "status"] == "accepted"


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """Bytes flipped, cut off, doubled or set to nought."""
    changed = bytearray(data)
    kind = chance.randrange(4)
    if kind == 0:
        return bytes(changed[: chance.randrange(len(changed))])
    for _ in range(chance.choice((1, 3, 30, 300))):
        place = chance.randrange(len(changed))
        if kind == 1:
            changed[place] ^= 1 << chance.randrange(8)
        elif kind == 2:
            changed[place : place + chance.randrange(64)] = bytes(chance.randrange(64))
        else:
            changed[place] = chance.randrange(256)
    return bytes(changed)


def spoilt_inside(parts: dict[str, bytes], chance: random.Random) -> bytes:
    """A whole zip file in which the content of one part was spoilt."""
    name = chance.choice([each for each in parts if each.endswith((".xml", ".rels"))])
    return zipped(parts | {name: spoilt(parts[name], chance)})


def test_whatever_is_done_to_the_bytes_one_receipt_comes_back(tmp_path: Path, core: Template, returned: bytes) -> None:
    """Thousands of files, each spoilt in its own way; good ones between them arrive in full."""
    chance = random.Random(4)
    path = tmp_path / "good.xlsx"
    path.write_bytes(returned)
    parts = {name: each for name, each in parts_of(path).items() if "sheet15" not in name}
    folder = tmp_path / "returns"
    folder.mkdir()
    for number in range(FLIPS):
        data = spoilt(returned, chance) if number % 2 else spoilt_inside(parts, chance)
        (folder / f"{number:05d}.xlsx").write_bytes(data)
    good = core.model_copy()
    for number in range(3):
        service = Service(code=f"T{number}", name=f"True {number}")
        rows = make_plan(3, MARCH.last, 3, 1, "Jo Shah")
        write_tracker(
            good, service, MARCH, folder / f"T{number}.xlsx", rows=rows, issued={}, cover={"submitted_by": "Jo"}
        )
    returns = read_returns(folder)
    assert len(returns.receipts) == FLIPS + 3
    receipts = returns.receipts.set_index("file")
    assert (
        receipts["rows_found"] == receipts[["rows_accepted", "rows_set_aside", "rows_superseded"]].sum(axis=1)
    ).all()
    assert not receipts["reason"].str.contains("longer than|MB of memory").any()
    for number in range(3):
        assert receipts.at[f"T{number}.xlsx", "status"] == "accepted"
    document = json_of(rate(check(returns)))
    assert document.count('"T0"') > 1
    assert most_memory_of_a_reader(sorted(folder.iterdir())[:200]) < 1024


def most_memory_of_a_reader(paths: list[Path]) -> int:
    """The most MiB that a process took to read files and folders; asked in a program of its own, whose only children these are."""
    program = (
        "import resource, sys; from qipxl import read_returns; read_returns(sys.argv[1:])\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", program, *map(str, paths)], capture_output=True, text=True, check=True)
    return int(done.stdout)


@settings(max_examples=400 if LONG else 20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=400)
    | st.builds(
        bytes.__add__,
        st.sampled_from([b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<?xml"]),
        st.binary(max_size=200),
    )
)
def test_any_bytes_are_refused_in_a_sentence(tmp_path: Path, core: Template, data: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    opened = open_file(path, "x.xlsx", {"core": reading_plan(core)}, ReadOptions())
    assert opened.status == "refused"
    assert opened.reason.endswith((".", ".)"))


@pytest.fixture(autouse=True)
def room(tmp_path: Path) -> Iterator[None]:
    """Large files do not stay behind."""
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)
