"""A return that comes in after the next tracker was issued: the command says so, and nothing counts as reopened for it."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from factories import ACTION, SIGNED, run

from qipxl import Period, Service, write_tracker
from qipxl.provider import ProviderFolder, ProviderMonth, read_register
from qipxl.provider.monthly_run import consolidate_month
from qipxl.template import Template

MARCH, APRIL, MAY, JUNE = (Period(2026, number) for number in (3, 4, 5, 6))
ELM, OAK = Service(code="ELM", name="Elm House"), Service(code="OAK", name="Oak Lodge")
DONE = {"status": "Complete", "completed_on": date(2026, 4, 10), "last_update": date(2026, 4, 12)}
PLAN: dict[str, list[dict[str, Any]]] = {
    "actions": [{**ACTION, "due": date(2026, 4, 20), "original_due": date(2026, 4, 20)}, {**ACTION, "ref": "A-002"}],
    "evidence": [{"ref": "E-001", "action": "A-001", "category": "Observation", "judgement": "Accepted"}],
}


@pytest.fixture
def home(tmp_path: Path, core: Template) -> Path:
    """A provider of two services whose March returns are archived, with the trackers of April issued."""
    listed = tmp_path / "services.csv"
    listed.write_text("code,name\nELM,Elm House\nOAK,Oak Lodge\n")
    home = tmp_path / "our"
    assert run("init", home, "--name", "Our Care", "--services", listed).exit_code == 0
    for service in (ELM, OAK):
        send(home, core, service, MARCH, PLAN, PLAN)
    kept(home, MARCH)
    return home


def month(home: Path, period: Period) -> ProviderMonth:
    folder = ProviderFolder(home)
    return ProviderMonth(folder, read_register(folder.register), period)


def send(home: Path, core: Template, service: Service, period: Period, issued: Any, rows: Any, last: str = "") -> None:
    path = home / "returns" / str(period) / f"{service.code}.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tracker(core, service, period, path, issued=issued, rows=rows, cover=SIGNED, last_return=last)


def kept(home: Path, period: Period) -> Any:
    with consolidate_month(month(home, period), keep=True) as result:
        return result.table("actions").set_index(["service", "ref"])


def next_rows(home: Path, period: Period) -> tuple[dict[str, list[dict[str, Any]]], str]:
    """The rows of Elm's next tracker and the return that they are carried from."""
    order = month(home, period).to_issue()[0]
    assert order.rows is not None
    return {key: [dict(row) for row in rows] for key, rows in order.rows.items()}, order.last_return


@pytest.mark.long
def test_a_stale_tracker_reopens_nothing(home: Path, core: Template) -> None:
    rows, march = next_rows(home, APRIL)
    assert march.startswith("2026-03 ")
    stale, last = next_rows(home, MAY)
    assert last == march
    done = [rows["actions"][0] | DONE, *rows["actions"][1:]]
    send(home, core, ELM, APRIL, rows, {**rows, "actions": done}, march)
    kept(home, APRIL)
    send(
        home,
        core,
        ELM,
        MAY,
        stale,
        {**stale, "actions": [stale["actions"][0] | {"theme": "Bells"}, *stale["actions"][1:]]},
        march,
    )
    may = kept(home, MAY)
    assert may.at[("ELM", "A-001"), "reopenings"] == 0
    june, last = next_rows(home, JUNE)
    assert last.startswith("2026-05 ")
    send(home, core, ELM, JUNE, june, june, last)
    assert kept(home, JUNE).at[("ELM", "A-001"), "reopenings"] == 0


@pytest.mark.long
def test_an_untouched_row_is_read_from_the_late_return(home: Path, core: Template) -> None:
    rows, march = next_rows(home, APRIL)
    stale, _ = next_rows(home, MAY)
    late = {**rows, "actions": [rows["actions"][0] | DONE, rows["actions"][1], {**ACTION, "ref": "A-003"}]}
    send(home, core, ELM, APRIL, rows, late, march)
    kept(home, APRIL)
    touched = [stale["actions"][0], stale["actions"][1] | {"theme": "Bells"}]
    send(home, core, ELM, MAY, stale, {**stale, "actions": touched}, march)
    may = kept(home, MAY).loc["ELM"]
    assert may["status"].tolist() == ["Complete", "In progress", "In progress"]
    assert may["cell"].tolist() == ["Actions!A5", "Actions!A6", "not in the tracker of May 2026"]
    assert may.at["A-002", "theme"] == "Bells"
    assert may.at["A-001", "days_overdue"] == 0
    assert not may.at["A-001", "escalated"]
    said = " ".join(run("check", home, "--period", "2026-05").output.split())
    assert "before the last version of the April 2026 return came in: 2 rows are read as that return has them" in said
    june, _ = next_rows(home, JUNE)
    assert [row["ref"] for row in june["actions"]] == ["A-001", "A-002", "A-003"]


@pytest.mark.long
def test_a_tracker_that_does_not_say_is_read_as_it_is(home: Path, core: Template) -> None:
    rows, march = next_rows(home, APRIL)
    stale, _ = next_rows(home, MAY)
    send(home, core, ELM, APRIL, rows, {**rows, "actions": [rows["actions"][0] | DONE, rows["actions"][1]]}, march)
    kept(home, APRIL)
    send(home, core, ELM, MAY, stale, stale)
    may = kept(home, MAY).loc["ELM"]
    assert may["status"].tolist() == ["In progress", "In progress"]
    assert may.at["A-001", "reopenings"] == 1


@pytest.mark.long
def test_a_tracker_that_knew_of_the_end_reopens(home: Path, core: Template) -> None:
    rows, march = next_rows(home, APRIL)
    done = [rows["actions"][0] | DONE, *rows["actions"][1:]]
    send(home, core, ELM, APRIL, rows, {**rows, "actions": done}, march)
    kept(home, APRIL)
    may, april = next_rows(home, MAY)
    opened = [may["actions"][0] | {"status": "In progress"}, *may["actions"][1:]]
    send(home, core, ELM, MAY, may, {**may, "actions": opened}, april)
    assert kept(home, MAY).at[("ELM", "A-001"), "reopenings"] == 1


@pytest.mark.long
def test_consolidate_names_the_command_for_a_late_return(home: Path, core: Template) -> None:
    rows, march = next_rows(home, APRIL)
    oak = ProviderFolder(home).returns(APRIL)
    assert isinstance(oak, Path)
    send(home, core, OAK, APRIL, rows, rows, march)
    assert "came in after" not in run("consolidate", home, "--period", "2026-04").output
    assert run("issue", home, "--period", "2026-05").exit_code == 0
    send(home, core, ELM, APRIL, rows, rows, march)
    said = " ".join(run("consolidate", home, "--period", "2026-04", "--files").output.split())
    command = f"qipxl issue {home} --period 2026-05 --only ELM --replace"
    assert "The April 2026 return of ELM came in after the tracker for May 2026 was issued" in said
    assert command in said
    assert command in " ".join(run("consolidate", home, "--period", "2026-04").output.split())

    files = {path.name: path.read_bytes() for path in (home / "issued" / "2026-05").iterdir()}
    done = run(*command.split()[1:])
    assert done.exit_code == 0
    assert "Trackers written for May 2026: 1" in done.output
    changed = {path.name for path in (home / "issued" / "2026-05").iterdir() if path.read_bytes() != files[path.name]}
    assert changed == {"ELM Elm House 2026-05.xlsx"}


def test_an_unknown_code_is_named(home: Path) -> None:
    said = run("issue", home, "--period", "2026-04", "--only", "ELN")
    assert said.exit_code == 2
    assert "No service to issue has the code ELN. Did you mean ELM?" in " ".join(said.output.split())


@pytest.mark.long
def test_a_return_after_the_next_one_says_to_consolidate(home: Path, core: Template) -> None:
    stale, march = next_rows(home, MAY)
    assert run("issue", home, "--period", "2026-04").exit_code == 0
    shutil.copytree(home / "issued" / "2026-04", home / "issued" / "2026-05")
    send(home, core, ELM, MAY, stale, stale, march)
    kept(home, MAY)
    send(home, core, ELM, APRIL, stale, stale, march)
    said = " ".join(run("consolidate", home, "--period", "2026-04", "--files").output.split())
    assert f"Run: qipxl consolidate {home} --period 2026-05" in said
