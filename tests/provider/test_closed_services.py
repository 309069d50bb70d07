"""Services whose code changes or that close: the history goes on under the new code, and no open action leaves the record."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factories import ACTION, SIGNED, on_start_here, run, shortened

from qipxl import Service, consolidate_month, read_returns, write_summary, write_tracker
from qipxl.archive.store import open_archive
from qipxl.errors import RequestError
from qipxl.periods import Period
from qipxl.provider import ProviderFolder
from qipxl.provider.register_schema import ClosedActionLine, DecisionLine, Line, QuestionLine, ServiceLine
from qipxl.provider.register_workbook import write_register
from qipxl.provider.service_codes import is_same_name
from qipxl.summary.summary import ProviderSummary
from qipxl.template import find_template
from qipxl.tracker.issue import issue_trackers

FEBRUARY, MARCH, APRIL, MAY = (Period(2026, month) for month in (2, 3, 4, 5))
ELM, OAK = ServiceLine(code="ELM", name="Elm House"), ServiceLine(code="OAK", name="Oak Lodge")
SHUT = ELM.model_copy(update={"closed": date(2026, 3, 20)})
MINE = {**ACTION, "ref": "A-9", "issue": "Medicines"}
Rows = dict[str, list[dict[str, Any]]]


def our(home: Path, *lines: Line) -> ProviderFolder:
    """The provider with these lines in its register."""
    of: dict[type[Line], list[Line]] = {}
    for line in lines:
        of.setdefault(type(line), []).append(line)
    write_register(home / "register.xlsx", "Our Care", date(2026, 4, 1), of)
    return ProviderFolder(home)


def sent(folder: ProviderFolder, period: Period, code: str, rows: Rows, name: str = "Elm House") -> None:
    """A service's return of a month."""
    place = folder.home / "returns" / str(period) / f"{code}.xlsx"
    write_tracker(
        shortened(find_template("core"), 24), Service(code=code, name=name), period, place, rows=rows, cover=SIGNED
    )


def kept(folder: ProviderFolder, period: Period) -> ProviderSummary:
    """The summary of a month, whose returns are kept."""
    with consolidate_month(folder.month(period), keep=True) as result:
        return result.summary()


def rows_of(folder: ProviderFolder, period: Period, code: str) -> tuple[Rows, list[str]]:
    """The rows and sentences of a service's tracker."""
    (order,) = [order for order in folder.month(period).to_issue() if order.service.code == code]
    return {key: [*map(dict, rows)] for key, rows in (order.rows or {}).items()}, on_start_here(order)


@pytest.fixture(scope="module")
def first_month(tmp_path_factory: pytest.TempPathFactory) -> ProviderFolder:
    """A provider whose two services sent a return for March; no test writes into it."""
    folder = our(tmp_path_factory.mktemp("first"), ELM, OAK)
    evidence = {
        "ref": "E-1",
        "action": "A-001",
        "category": "Observation",
        "submitted_on": MARCH.first,
        "judgement": "Accepted",
    }
    milestone = {
        "ref": "M-1",
        "action": "A-001",
        "milestone": "Rota",
        "done_on": MARCH.first,
        "evidence_ref": "E-1 and E-2",
    }
    withdrawn = {
        **ACTION,
        "ref": "A-002",
        "status": "Withdrawn",
        "withdrawal_reason": "Joined",
        "withdrawal_approved_by": "Bo",
    }
    sent(folder, MARCH, "ELM", {"actions": [ACTION, withdrawn], "evidence": [evidence], "milestones": [milestone]})
    sent(folder, MARCH, "OAK", {"actions": [MINE]}, "Oak Lodge")
    kept(folder, MARCH)
    return folder


@pytest.fixture
def march(first_month: ProviderFolder, tmp_path: Path) -> ProviderFolder:
    """The same, for a test to write into."""
    return ProviderFolder(Path(shutil.copytree(first_month.home, tmp_path / "provider")))


@pytest.mark.parametrize("name", ["Elm House", "ELM HOUSE.", "The Elm House Nursing Home", "Elmhouse", "Elm Hosue"])
def test_a_code_that_vanishes_makes_each_command_ask(name: str, march: ProviderFolder) -> None:
    folder = our(march.home, ServiceLine(code="E2", name=name), OAK)
    sent(folder, APRIL, "E2", {"actions": [ACTION]}, name)
    month = folder.month(APRIL)
    words = f"Is {name} (E2) the service that had the code ELM?"
    with pytest.raises(RequestError) as asked:
        month.to_issue()
    assert str(asked.value).startswith(words)
    assert "enter ELM in the column Former code" in str(asked.value)
    assert "list ELM on Services again, with the date in Closed" in str(asked.value)
    for command in ("issue", "consolidate", "status"):
        result = run(command, folder.home, "--period", APRIL)
        assert result.exit_code == 2
        assert "the service that had the code ELM?" in " ".join(result.output.split())


@pytest.mark.parametrize(
    "lines",
    [
        [ServiceLine(code="E2", name="Elm House"), SHUT],
        [ServiceLine(code="E2", name="Elm House", former="ELM")],
        [ServiceLine(code="E2", name="Elm House 2")],
        [ServiceLine(code="E2", name="Beech Court")],
        [ServiceLine(code="elm", name="Elm House")],
    ],
    ids=["closed", "former", "number", "name", "case"],
)
def test_a_code_that_is_explained_is_not_asked_about(lines: list[Line], march: ProviderFolder) -> None:
    assert len(our(march.home, *lines, OAK).month(APRIL).to_issue()) == 2


def test_services_of_one_name_at_one_time_are_two(march: ProviderFolder) -> None:
    sent(march, MARCH, "E2", {"actions": [ACTION]})
    our(march.home, ELM, OAK, ServiceLine(code="E2", name="Elm House"))
    kept(march, MARCH)
    assert len(our(march.home, OAK, ServiceLine(code="E2", name="Elm House")).month(APRIL).to_issue()) == 2


@pytest.mark.long
def test_a_former_codes_history_is_the_new_codes(march: ProviderFolder) -> None:
    moved = ServiceLine(code="E2", name="Elm House", former="EL; elm")
    decision = DecisionLine(
        service="ELM", action="A-001", decided_on=MARCH.first, level=3, decision="Watch", decided_by="Board"
    )
    question = QuestionLine(service="elm", question="Who covers nights?", asked_on=MARCH.first)
    folder = our(march.home, moved, OAK, decision, question)
    rows, sentences = rows_of(folder, APRIL, "E2")
    assert [row["ref"] for row in rows["actions"]] == ["A-001"]
    assert [row["ref"] for row in rows["finished"]] == ["A-002"]
    assert rows["head_office"][0]["escalation_level"] == 3
    assert "Head office asks: Who covers nights?" in sentences
    sent(folder, APRIL, "E2", {"actions": rows["actions"]})
    summary = kept(folder, APRIL)
    assert set(summary.actions["service"]) == {"E2"}
    assert list(summary.actions["period"]) == ["2026-04", "2026-03"], "the withdrawn action counts on"
    history = summary.history
    assert history is not None
    assert set(history["service"]) == {"E2", "OAK"}
    assert history.groupby("period")["actions"].sum().to_dict()["2026-03"] > 0
    archive = open_archive(folder.archive)
    assert set(archive.versions["service"]) == {"ELM", "OAK", "E2"}, "the archive's files are as they were"


@pytest.mark.long
def test_a_return_in_a_former_codes_tracker_is_the_services(march: ProviderFolder) -> None:
    folder = our(march.home, ServiceLine(code="E2", name="Elm House", former="ELM"), OAK)
    sent(folder, APRIL, "ELM", {"actions": [ACTION]})
    summary = kept(folder, APRIL)
    assert list(summary.sources[["service", "status"]].itertuples(index=False, name=None)) == [("E2", "accepted")]
    assert kept(folder, APRIL).returns.receipts["service"].tolist() == ["E2"]
    assert set(open_archive(folder.archive).latest.query("period == '2026-04'")["service"]) == {"E2"}
    again = kept(folder, MARCH)
    assert set(again.returns.accepted["service"]) == {"E2", "OAK"}
    versions = open_archive(folder.archive, former_codes=folder.month(APRIL).former_codes).latest
    assert list(versions.query("period == '2026-03'")["version"]) == [1, 1], "read again, the month is unchanged"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([ELM, ServiceLine(code="E2", name="Elm House", former="elm")], "the Former code elm is the code of the service in row"),
        ([ServiceLine(code="E2", name="E", former="ELM"), ServiceLine(code="E3", name="F", former="ELM")], "the Former code ELM is in row"),
        ([ServiceLine(code="E2", name="E", former="E2")], "the Former code E2 is the service's code"),
        ([SHUT, OAK, ClosedActionLine(service="ELM", action="A-001", decided_by="Bo", decided_on=APRIL.first)], "enter either the service"),
        ([SHUT, ClosedActionLine(service="ELM", action="A-001", taken_by="ASH", decided_by="Bo", decided_on=APRIL.first)], "code ASH"),
        ([SHUT, ClosedActionLine(service="ELM", action="A-001", taken_by="elm", decided_by="Bo", decided_on=APRIL.first)], "of its own"),
    ],
)  # fmt: skip
def test_lines_that_cannot_be_meant_are_mistakes(lines: list[Line], words: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=words):
        our(tmp_path, *lines).read()


def test_a_register_of_an_earlier_version_is_read(march: ProviderFolder) -> None:
    book = openpyxl.load_workbook(march.register)
    del book["Actions of closed services"]
    services = book["Services"]
    column = next(cell.column for row in services.iter_rows() for cell in row if cell.value == "Former code")
    services.tables.clear()
    services.delete_cols(column)
    book.save(march.register)
    assert march.read().former_codes == {}


def closed_list(summary: ProviderSummary, path: Path) -> list[tuple[Any, ...]]:
    """The list of closed services' actions in the summary workbook."""
    book = openpyxl.load_workbook(write_summary(summary, path))
    name = "Actions of closed services"
    return list(book[name].iter_rows(min_row=6, values_only=True)) if name in book.sheetnames else []


@pytest.mark.long
def test_open_actions_of_a_closed_service_stay_on_a_list(march: ProviderFolder) -> None:
    path = march.home / "summary.xlsx"
    folder = our(march.home, SHUT, OAK)
    sent(folder, APRIL, "OAK", {"actions": [MINE]}, "Oak Lodge")
    (row,) = closed_list(kept(folder, APRIL), path)
    assert row[:3] == ("Elm House", "A-001", "A")
    assert row[4:7] == ("20/03/2026", "2026-03", "x")
    assert "Not taken yet" in row[10]
    (row,) = closed_list(kept(our(march.home, OAK), APRIL), path)
    assert row[4] == "not in the register"

    closed = ClosedActionLine(service="ELM", action="a-001", reason="Sold", decided_by="Board", decided_on=APRIL.first)
    assert closed_list(kept(our(march.home, SHUT, OAK, closed), APRIL), path) == []
    later = closed.model_copy(update={"decided_on": MAY.first})
    assert len(closed_list(kept(our(march.home, SHUT, OAK, later), APRIL), path)) == 1


@pytest.mark.long
def test_a_taken_action_is_in_the_next_tracker_of_its_taker(march: ProviderFolder) -> None:
    path = march.home / "summary.xlsx"
    taken = ClosedActionLine(
        service="ELM", action="A-001", taken_by="OAK", decided_by="Board", decided_on=date(2026, 4, 20)
    )
    decision = DecisionLine(
        service="ELM", action="A-001", decided_on=MARCH.first, level=3, decision="Watch", decided_by="Board"
    )
    folder = our(march.home, SHUT, OAK, taken, decision)
    sent(folder, APRIL, "OAK", {"actions": [MINE]}, "Oak Lodge")
    (row,) = closed_list(kept(folder, APRIL), path)
    assert row[10] == "Oak Lodge takes it, in its next tracker as ELM-A-001."

    rows, sentences = rows_of(folder, MAY, "OAK")
    assert [row["ref"] for row in rows["actions"]] == ["A-9", "ELM-A-001"]
    assert rows["actions"][1]["original_due"] == ACTION["original_due"]
    (milestone,), (evidence,) = rows["milestones"], rows["evidence"]
    assert (milestone["ref"], milestone["action"], milestone["evidence_ref"]) == (
        "ELM-M-1",
        "ELM-A-001",
        "ELM-E-1 and ELM-E-2",
    )
    assert (evidence["ref"], evidence["action"]) == ("ELM-E-1", "ELM-A-001")
    assert [row["escalation_level"] for row in rows["head_office"] if row["action"] == "ELM-A-001"] == [3]
    words = "Head office gave you action A-001 of Elm House, which has closed. It is on Actions as ELM-A-001, with what was recorded about it."
    assert words in sentences

    (path_of_may,) = issue_trackers(folder.month(MAY).to_issue(), MAY, folder.home / "returns" / str(MAY))
    assert set(read_returns(path_of_may).problems["code"]) <= {
        "unchanged-since-issue",
        "not-signed",
        "evidence-unknown",
        "milestone-unknown",
    }
    assert closed_list(kept(folder, MAY), path) == []
    rows, sentences = rows_of(folder, Period(2026, 6), "OAK")
    assert [row["ref"] for row in rows["actions"]] == ["A-9", "ELM-A-001"]
    assert words not in sentences


def test_a_new_service_can_take_an_action(march: ProviderFolder) -> None:
    ash = ServiceLine(code="ASH", name="Ash Court", opened=APRIL.first)
    taken = ClosedActionLine(service="ELM", action="A-001", taken_by="ash", decided_by="Board", decided_on=APRIL.first)
    rows, _ = rows_of(our(march.home, SHUT, OAK, ash, taken), APRIL, "ASH")
    assert [row["ref"] for row in rows["actions"]] == ["ELM-A-001"]
    wrong = taken.model_copy(update={"action": "A-077"})
    rows, sentences = rows_of(our(march.home, SHUT, OAK, ash, wrong), APRIL, "ASH")
    assert rows["actions"] == []
    assert any("its last return does not have it" in text for text in sentences)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("St Mary's", "St Marys Care Home", True),
        ("Oak House", "Oak Lodge", False),
        ("Unit 1", "Unit 2", False),
        ("Ash", "", False),
    ],
)
def test_names_are_nearly_the_same(one: str, other: str, same: bool) -> None:
    assert is_same_name(one, other) is same
