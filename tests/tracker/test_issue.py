"""Trackers appear in their folder together: what fails for one service leaves no trackers of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from qipxl import Period, Service
from qipxl.errors import OutputError, SourceError
from qipxl.template import Template
from qipxl.tracker import write
from qipxl.tracker.content import CellNote
from qipxl.tracker.issue import Order, Orders, issue_trackers
from qipxl.workbook.writer import WorkbookWriter

MARCH = Period(2026, 3)
SERVICES = [Service(code=code, name=f"{code} House") for code in ("ASH", "ELM", "OAK")]
NAMES = ["ASH ASH House 2026-03.xlsx", "ELM ELM House 2026-03.xlsx", "OAK OAK House 2026-03.xlsx"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("asks", [(), ("Is A-1 done?",)], ids=["copies", "written"])
def test_a_service_that_cannot_be_worked_out(asks: tuple[str, ...], core: Template, tmp_path: Path) -> None:
    """After the fault is mended the same command writes all trackers, without --replace."""
    damaged = {"OAK"}

    def order_for(service: Service) -> Order:
        if service.code in damaged:
            raise SourceError("The archive is damaged.")
        return Order(core, service, queries=asks)

    with pytest.raises(SourceError, match="The archive is damaged"):
        issue_trackers(Orders(SERVICES, order_for), MARCH, tmp_path)
    assert names(tmp_path) == []
    damaged.clear()
    paths = issue_trackers(Orders(SERVICES, order_for), MARCH, tmp_path)
    assert [path.name for path in paths] == names(tmp_path) == NAMES


def test_a_tracker_that_cannot_be_written(core: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old trackers stay, and the sentence names the tracker where it was to be."""
    orders = [Order(core, service, queries=["Is A-1 done?"]) for service in SERVICES]
    before = [path.read_bytes() for path in issue_trackers(orders, MARCH, tmp_path)]

    def disk_full(writer: WorkbookWriter, marks: list[CellNote]) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write, "outline", disk_full)
    with pytest.raises(OutputError, match=f"^{tmp_path}/{NAMES[0]} cannot be written: No space left on device"):
        issue_trackers(orders, MARCH, tmp_path, replace=True)
    assert names(tmp_path) == NAMES
    assert [(tmp_path / name).read_bytes() for name in NAMES] == before
