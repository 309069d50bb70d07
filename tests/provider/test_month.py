"""A month of a provider: which returns are in its totals."""

import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from factories import ELM, MARCH, ROWS, SIGNED, run

from qipxl import Service, consolidate_month, find_template, write_tracker
from qipxl.provider import ProviderFolder, init_folder
from qipxl.reading import Decisions

OAK = Service(code="OAK", name="Oak Lodge")
FILE = "OAK Oak Lodge 2026-03.xlsx"


@pytest.fixture(scope="module")
def returns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The returns of a service that the register lists and of one that it does not."""
    home = tmp_path_factory.mktemp("returns")
    for service in (ELM, OAK):
        name = f"{service.code} {service.name} 2026-03.xlsx"
        write_tracker(find_template("core"), service, MARCH, home / name, rows=ROWS, issued={}, cover=SIGNED)
    return home


@pytest.fixture
def folder(returns: Path, tmp_path: Path) -> ProviderFolder:
    made = init_folder(tmp_path / "our", "Our Care", date(2026, 4, 1), [ELM])
    shutil.copytree(returns, made.home / "returns" / "2026-03")
    return made


def outcome(folder: ProviderFolder, *accepted: str) -> tuple[dict[str, str], list[str]]:
    """The status of each service's return, and the services in the totals."""
    with consolidate_month(folder.month("2026-03"), decisions=Decisions(accepted_files=accepted)) as result:
        summary = result.summary()
    receipts = summary.returns.receipts
    assert summary.reconciles
    return dict(zip(receipts["service"], receipts["status"], strict=True)), sorted(set(summary.actions["service"]))


def test_a_service_not_in_the_register_is_in_no_total(folder: ProviderFolder) -> None:
    assert outcome(folder) == ({"ELM": "accepted", "OAK": "set aside"}, ["ELM"])
    shown = run("status", folder.home, "--period", "2026-03").output
    assert (
        f"{FILE}: set aside. The register lists no service with the code OAK (Oak Lodge), so its rows are in no total. If it is "
        "a service of the provider, add its row to Services in the register. Head office must look: accept it by name "
        "(--accept), or ask for it again."
    ) in " ".join(shown.split())


def test_a_service_not_in_the_register_counts_once_accepted(folder: ProviderFolder) -> None:
    both = ({"ELM": "accepted", "OAK": "accepted"}, ["ELM", "OAK"])
    assert outcome(folder, FILE) == both
    book = openpyxl.load_workbook(folder.register)
    book["Services"].append(["oak", "Oak Lodge"])
    book.save(folder.register)
    assert outcome(folder) == both


def test_without_a_register_every_service_counts(returns: Path, tmp_path: Path) -> None:
    shown = run("consolidate", returns, "--out", tmp_path / "summary.xlsx", "--services").output
    assert "Oak Lodge" in shown
    assert "set aside:" not in shown
