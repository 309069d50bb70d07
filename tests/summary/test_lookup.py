"""One service: whoever is chosen in the drop-down, the sheet counts and lists that service's actions and no other's."""

from pathlib import Path

import openpyxl
import pytest
from factories import first_services
from office import Office

from qipxl import ProviderSummary, check, rate, read_returns, summarise, write_summary
from qipxl.app.demo import Demo
from qipxl.summary.action_lists import all_actions
from qipxl.summary.service_sheet import ROOM, SHOWN
from qipxl.summary.sheet_spec import letter_words

SHEET, CHOSEN = "One service", "B4"


@pytest.fixture(scope="module")
def summary(made_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> ProviderSummary:
    demo = first_services(made_demo, tmp_path_factory.mktemp("demo") / "demo", 6)
    return summarise(rate(check(read_returns(demo.returns), demo.as_at), demo.as_at), demo.services)


@pytest.fixture(scope="module")
def written(summary: ProviderSummary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_summary(summary, tmp_path_factory.mktemp("summary") / "summary.xlsx")


def expected(summary: ProviderSummary, name: str) -> tuple[str, list[list[object]]]:
    """A service's counts by letter in words, and the texts of its actions in the order of the list of all."""
    frame = all_actions(summary).frame
    own = frame[frame["name"] == name]
    letters = list(own["headline_label"].str[0])
    counts = [f"{letter_words(letter)}: {letters.count(letter)}" for letter in summary.letters if letter in letters]
    return "   ".join(counts), own[["ref", "headline_label", "issue", "owner"]].to_numpy().tolist()


@pytest.mark.long
def test_every_service_can_be_looked_up(
    summary: ProviderSummary, written: Path, office: Office, tmp_path: Path
) -> None:
    services = sorted(set(summary.actions["name"]))
    assert len(services) == 6
    for name in services:
        chosen = tmp_path / "chosen.xlsx"
        office.type_into(written, chosen, {SHEET: {CHOSEN: name}})
        found = office.values(chosen, {SHEET: f"A1:I{9 + ROOM}"})[SHEET]
        counts, rows = expected(summary, name)
        assert str(found[5][0]).strip() == counts, name
        assert [line[:4] for line in found[9 : 9 + len(rows)]] == rows, name
        assert all(cell == "" for line in found[9 + len(rows) :] for cell in line), name


@pytest.mark.long
def test_the_stored_first_choice_equals_the_formulas(written: Path, office: Office, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written, data_only=True)[SHEET]
    kept = [[cell.value for cell in row] for row in sheet[f"A1:I{9 + ROOM}"]]
    office.recalculate(written, tmp_path / "again.xlsx")
    worked = office.values(tmp_path / "again.xlsx", {SHEET: f"A1:I{9 + ROOM}"})[SHEET]
    assert [cell.value for cell in sheet[9]][: len(SHOWN)] == list(SHOWN)
    for row in (5, *range(9, 9 + ROOM)):
        assert ["" if cell is None else cell for cell in kept[row]][:4] == worked[row][:4], row


def test_the_drop_down_offers_every_service(written: Path, summary: ProviderSummary) -> None:
    sheet = openpyxl.load_workbook(written)[SHEET]
    (limit,) = sheet.data_validations.dataValidation
    first, last = limit.formula1.strip("=").replace("$", "").split(":")
    assert [row[0].value for row in sheet[f"{first}:{last}"]] == sorted(set(summary.actions["name"]))
