"""Macros that come back in a return: qipxl's own are nothing to speak of, others are named, and none of them runs."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from pyopenvba.cfb import CFB

from qipxl import Period, Service, check, read_returns, write_tracker
from qipxl.reading.file.macros import code_text
from qipxl.template import Template
from qipxl.workbook import vba
from qipxl.workbook.vba import source, vba_project

MARCH = Period(2026, 3)
ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
OTHER = 'Attribute VB_Name = "Extra"\r\nSub Auto_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n'


def with_project(path: Path, target: Path, project: bytes, part: str = "xl/vbaProject.bin") -> Path:
    """The workbook with another project in it."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != "xl/vbaProject.bin":
                new.writestr(name, old.read(name))
        new.writestr(part, project)
    return target


def project_of(monkeypatch: pytest.MonkeyPatch, texts: dict[str, str]) -> bytes:
    monkeypatch.setattr(vba, "source", texts.__getitem__)
    vba_project.cache_clear()
    try:
        return vba_project(tuple(texts), ("Sheet1", "Sheet2"))
    finally:
        vba_project.cache_clear()
        monkeypatch.undo()


def said(path: Path) -> list[str]:
    found = check(read_returns(path)).problems
    return list(found[found["code"] == "macros-foreign"]["message"])


@pytest.fixture
def issued(core: Template, tmp_path: Path) -> Path:
    return write_tracker(core, ELM, MARCH, tmp_path / "issued.xlsm", buttons=True)


def test_our_own_macros_are_nothing_to_speak_of(issued: Path) -> None:
    assert said(issued) == []


def test_ours_as_excel_may_write_them_are_still_ours(
    issued: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Excel gives one name one spelling throughout, and may part things otherwise."""
    text = source("QipTracker").replace("number", "Number").replace("    ", "  ")
    again = with_project(issued, tmp_path / "back.xlsm", project_of(monkeypatch, {"QipTracker": text}))
    assert said(again) == []


def test_a_module_that_somebody_added_is_named(issued: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = project_of(monkeypatch, {"QipTracker": source("QipTracker"), "Extra": OTHER})
    for part in ("xl/vbaProject.bin", "xl/hidden/VBAPROJECT.bin"):
        [message] = said(with_project(issued, tmp_path / "back.xlsm", project, part))
        assert "macros that are not qipxl's (Extra)" in message
        assert "Do not enable macros" in message


def test_a_project_under_another_name_is_found(issued: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = project_of(monkeypatch, {"Extra": OTHER})
    moved = with_project(issued, tmp_path / "moved.xlsm", project, "xl/media/picture.bin")
    with zipfile.ZipFile(moved) as old, zipfile.ZipFile(tmp_path / "back.xlsm", "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'"vbaProject.bin"', b'"media/picture.bin"'))
    [message] = said(tmp_path / "back.xlsm")
    assert "(Extra)" in message


def test_the_consoles_macro_has_no_place_in_a_tracker(issued: Path, tmp_path: Path) -> None:
    project = vba_project(("QipTracker", "QipConsole"), ("Sheet1",))
    [message] = said(with_project(issued, tmp_path / "back.xlsm", project))
    assert "(QipConsole)" in message


def test_a_module_that_the_list_of_modules_leaves_out_is_seen(issued: Path, tmp_path: Path) -> None:
    project = CFB.from_bytes(vba_project(("QipTracker",), ("Sheet1",)))
    project.add_stream_to_storage("VBA", "Extra", b"hidden")
    [message] = said(with_project(issued, tmp_path / "back.xlsm", project.to_bytes()))
    assert "a project that cannot be read" in message


def test_code_beside_an_attribute_is_code() -> None:
    assert code_text('Attribute VB_Name = "X"\nAttribute A.VB_Description = "y"\n') == ""
    assert code_text('Attribute VB_Name = "X": Shell "calc"') != ""


def test_ours_with_a_line_more_is_named(issued: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = source("QipTracker").replace(
        "Option Explicit\r\n", 'Option Explicit\r\nSub X()\r\n Shell "calc"\r\nEnd Sub\r\n'
    )
    [message] = said(with_project(issued, tmp_path / "back.xlsm", project_of(monkeypatch, {"QipTracker": text})))
    assert "(QipTracker)" in message


def test_a_project_that_nobody_can_read_is_named(issued: Path, tmp_path: Path) -> None:
    [message] = said(with_project(issued, tmp_path / "back.xlsm", b"\xd0\xcf\x11\xe0" + b"no project" * 400))
    assert "a project that cannot be read" in message
    [message] = said(with_project(issued, tmp_path / "old.xlsm", b"<x/>", "xl/macrosheets/sheet1.xml"))
    assert "an Excel 4 macro sheet" in message
