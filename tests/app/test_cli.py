"""The commands as a person uses them: what they print, what they leave, and one clear sentence for what cannot be done."""

import csv
import json
import re
import shutil
import stat
from pathlib import Path

import openpyxl
import pytest
from broken import typed
from click.testing import CliRunner, Result
from factories import cell_of, first_only

from qipxl import Period, Service, find_template, write_tracker
from qipxl.app.cli.main import main
from qipxl.app.demo.scenarios import make_plan

MARCH = Period(2026, 3)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], env={"COLUMNS": "80", "NO_COLOR": "1"})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    for number, code in enumerate(("ELM", "OAK")):
        rows = make_plan(number, MARCH.last, 6, 1, "Jo Shah")
        cover = {"submitted_by": "Jo Shah"}
        service = Service(code=code, name=f"{code.title()} House", region="North")
        path = folder / f"{code}.xlsx"
        issued = {"head_office": rows.get("head_office", [])}
        write_tracker(find_template("core"), service, MARCH, path, rows=rows, issued=issued, cover=cover)
    return folder


@pytest.fixture
def returns(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "returns"))


def refused(result: Result, *words: str) -> None:
    """Exit code 2, one sentence on standard error, no traceback."""
    assert result.exit_code == 2, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr


def test_every_command_has_help_with_an_example() -> None:
    for name, command in main.commands.items():
        shown = run(name, "--help").output
        assert "Example:" in shown, name
        assert command.help
        assert max(map(len, shown.splitlines())) <= 80


def test_check_clean_gives_0_and_problems_give_1(returns: Path) -> None:
    clean = run("check", returns / "ELM.xlsx")
    assert clean.exit_code == 0, clean.output
    assert "No problems were found." in clean.output
    assert "As at 31/03/2026." in clean.output
    book = openpyxl.load_workbook(returns / "OAK.xlsx")
    book["Actions"][cell_of("owner", 5)] = None
    book.save(returns / "OAK.xlsx")
    found = run("check", returns)
    assert found.exit_code == 1
    assert f"must fix A-001, cell {cell_of('owner', 5)}: Owner is empty." in " ".join(found.output.split())
    assert "Oak House (OAK)  1 must fix" in found.output
    assert max(len(line) for line in found.output.splitlines() if str(returns) not in line) <= 80


def test_consolidate_writes_a_summary_and_prints_its_counts(returns: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "summary.xlsx"
    result = run("consolidate", returns, "--out", out)
    assert result.exit_code == 0, result.output
    assert out.exists()
    assert len(result.stdout.splitlines()) <= 22
    assert "1 of 9 actions is red." in result.output
    assert "Summary   " in result.output
    tables = run("consolidate", returns, "--out", out, "--services", "--files")
    assert "Whole provider" in tables.output
    assert re.search(r"^ *Must *$", tables.output, re.MULTILINE)
    assert " R  red" in tables.output
    assert "= used" in tables.output
    assert tables.output.endswith(result.output), "the result comes last"
    shown = (*result.stdout.splitlines(), *tables.stdout.splitlines())
    assert max(len(line) for line in shown if str(out) not in line and str(returns) not in line) <= 80


def test_json_is_one_object_on_standard_output(returns: Path, tmp_path: Path) -> None:
    for command in (("check",), ("consolidate", "--out", tmp_path / "s.xlsx")):
        result = run(*command, returns, "--format", "json", "--as-at", "2026-03-31")
        document = json.loads(result.stdout)
        assert set(document) == {"as_at", "receipts", "problems", "actions", "tables"}
        assert document["as_at"] == "2026-03-31"
        receipt = document["receipts"][0]
        assert (receipt["file"], receipt["service"], receipt["period"], receipt["status"]) == (
            "ELM.xlsx",
            "ELM",
            "2026-03",
            "accepted",
        )
        assert receipt["rows"]["actions"] == {"found": 4, "accepted": 4, "superseded": 0}
        action = document["actions"][0]
        assert action == {
            "file": "ELM.xlsx", "service": "ELM", "ref": "A-001", "cell": "Actions!A5",
            "delivery": "On track", "delivery_rule": "on-track", "evidence": "Strong", "evidence_rule": "evidence-strong",
            "impact": "Effective", "impact_rule": "reviewed-effective",
            "headline": "On track / Effective", "headline_letter": "G", "headline_rule": "headline-on-track",
        }  # fmt: skip


def test_problems_in_json_name_their_cell(returns: Path) -> None:
    book = openpyxl.load_workbook(returns / "OAK.xlsx")
    book["Actions"][cell_of("due", 5)] = "TBC"
    book.save(returns / "OAK.xlsx")
    result = run("check", returns, "--format", "json")
    assert result.exit_code == 1
    first = json.loads(result.stdout)["problems"][0]
    assert {key: first[key] for key in ("code", "severity", "file", "service", "sheet", "cell", "heading", "value", "message")} == {
        "code": "not-a-date", "severity": "must fix", "file": "OAK.xlsx", "service": "OAK", "sheet": "Actions", "cell": cell_of("due", 5),
        "heading": "Due date", "value": "TBC",
        "message": f'Actions!{cell_of("due", 5)} Due date says "TBC", which is not a date. Enter one such as 31/03/2026.',
    }  # fmt: skip


def test_csv_can_be_opened_without_harm(returns: Path) -> None:
    book = openpyxl.load_workbook(returns / "OAK.xlsx")
    book["Actions"]["A5"].value = "=x"
    book["Actions"]["A5"].data_type = "s"
    book.save(returns / "OAK.xlsx")
    result = run("consolidate", returns, "--format", "csv", "--out", returns.parent / "s.xlsx")
    table = list(csv.DictReader(result.stdout.splitlines()))
    assert next(line["ref"] for line in table if line["service"] == "OAK") == "'=x"


def test_as_at_is_read_in_both_forms_and_the_future_is_said(returns: Path) -> None:
    assert "As at 01/02/2026" in run("check", returns, "--as-at", "01/02/2026").output
    later = run("check", returns, "--as-at", "2098-01-01")
    assert "is in the future" in later.stderr
    assert "As at 01/01/2098" in later.output


def test_an_accepted_file_that_does_not_exist_is_named(returns: Path) -> None:
    said = run("check", returns, "--accept", "OAK.xlsx", "--accept", "YEW.xlsx").stderr
    assert "YEW.xlsx is to be used" in said
    assert "OAK.xlsx" not in said


def test_what_cannot_be_done_is_one_sentence(returns: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(run("check", tmp_path / "empty"), "holds no files")
    refused(run("check", tmp_path / "none"), "There is no file or folder")
    refused(run("check", returns, "--as-at", "soon"), "“soon” is not a date")
    refused(run("check", returns, "--as-at", "2026-02-30"), "is not a date")
    refused(run("issue", tmp_path / "none.csv", "--period", "2026-03"), "There is no file")
    refused(run("explain", "nonsens"), "There is no code nonsens")
    refused(run("demo", returns), "is not a demo's folder")
    refused(run("demo", tmp_path / "d", "--services", "0"), "at least 1 service")
    refused(run("templates", "check", tmp_path / "none.toml"), "There is no file")
    refused(run("consolidate", returns, "--services", tmp_path / "none.csv"), "There is no file")


def test_an_output_folder_that_cannot_be_written_leaves_nothing(returns: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused(run("consolidate", returns, "--out", tmp_path / "file" / "s.xlsx"), "cannot be written")
    target = tmp_path / "taken.xlsx"
    target.mkdir()
    refused(run("consolidate", returns, "--out", target), "is a folder. Name the summary to write in it")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "returns", "taken.xlsx"]


def test_a_read_only_folder_is_one_sentence(returns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system refuses it; an administrator, who may write anywhere, is refused by hand."""
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)

    def forbidden(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("qipxl.files.tempfile.mkstemp", forbidden)
    refused(run("consolidate", returns, "--out", locked / "s.xlsx"), "cannot be written to", "Choose another folder")
    assert list(locked.iterdir()) == []


@pytest.mark.long
def test_a_file_held_open_elsewhere_is_said_and_left_whole(
    returns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, Excel keeps an open workbook from being replaced: PermissionError from the rename."""
    out = tmp_path / "summary.xlsx"
    run("consolidate", returns / "ELM.xlsx", "--out", out)
    before = out.read_bytes()

    def held(*_: object) -> None:
        raise PermissionError(13, "The process cannot access the file")

    monkeypatch.setattr("qipxl.files.os.replace", held)
    refused(run("consolidate", returns, "--out", out), "Close it if it is open elsewhere")
    assert out.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".xlsx"] == ["summary.xlsx"]


@pytest.mark.parametrize("content", first_only([b"my own notes", b"PK\x03\x04 half", b""]))
def test_issue_replaces_trackers_and_no_other_file(tmp_path: Path, content: bytes) -> None:
    services, issued = tmp_path / "services.csv", tmp_path / "issued"
    services.write_text("code,name\nELM,Elm\nOAK,Oak\n", "utf-8")
    again = ("issue", services, "--period", "2026-03", "--out", issued, "--replace")
    assert run(*again).exit_code == 0
    elm, oak = sorted(issued.iterdir())
    oak.write_bytes(content)
    before = elm.read_bytes()
    refused(run(*again), "OAK Oak 2026-03.xlsx exists and is not a tracker that qipxl issued", "not overwritten")
    assert (elm.read_bytes(), oak.read_bytes()) == (before, content)
    oak.unlink()
    assert run(*again).exit_code == 0


def test_issue_writes_a_tracker_for_every_service(tmp_path: Path) -> None:
    services = tmp_path / "services.csv"
    services.write_text("code,name,region,manager\nELM,Elm/House: new,North,Jo Shah\nOAK,Oak,South,Al Fox\n", "utf-8")
    result = run("issue", services, "--period", "2026-03", "--out", tmp_path / "issued")
    assert result.exit_code == 0, result.output
    assert "Trackers written for March 2026: 2" in result.output
    assert sorted(each.name for each in (tmp_path / "issued").iterdir()) == [
        "ELM Elm-House- new 2026-03.xlsx",
        "OAK Oak 2026-03.xlsx",
    ]
    refused(run("issue", services, "--period", "2026-03", "--out", tmp_path / "issued"), "Add --replace")
    assert run("issue", services, "--period", "2026-03", "--out", tmp_path / "issued", "--replace").exit_code == 0
    unfilled = run("check", tmp_path / "issued")
    assert unfilled.exit_code == 1
    assert "no actions are entered" in unfilled.output


def test_issue_reads_services_from_excel_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Name", "Code"])
    book.active.append(["Elm", "007"])
    book.save(tmp_path / "services.xlsx")
    assert run("issue", tmp_path / "services.xlsx", "--period", "2026-03", "--out", tmp_path / "i").exit_code == 0
    assert [each.name for each in (tmp_path / "i").iterdir()] == ["007 Elm 2026-03.xlsx"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name\nElm\n", "has no column code"),
        ("code,name\nE,Elm\ne,Oak\n", "is repeated"),
        ("code,name\n,Elm\n", "line 2"),
        ("code,name\n", "lists no services"),
    ],
)
def test_a_list_of_services_with_a_mistake(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "s.csv").write_text(text, "utf-8")
    refused(run("issue", tmp_path / "s.csv", "--period", "2026-03", "--out", tmp_path / "i"), words)
    refused(run("issue", tmp_path / "s.csv", "--period", "March", "--out", tmp_path / "i"))
    assert not (tmp_path / "i").exists()


def test_an_unknown_template_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("code,name\nE,Elm\n", "utf-8")
    refused(run("issue", tmp_path / "s.csv", "--period", "2026-03", "--template", "cor"), "Did you mean core?")


@pytest.mark.long
def test_returns_of_a_providers_own_template(tmp_path: Path) -> None:
    own, listed, issued = tmp_path / "own.toml", tmp_path / "s.csv", tmp_path / "issued"
    own.write_text(
        '[template]\nkey = "own"\ntitle = "Own"\nversion = "1"\nabout = "x"\nextends = "safeguarding"\n'
        '[[actions.rating]]\nkey = "delivery"\nstates = [{ word = "Off track", shown = "Behind", letter = "L" }]\n',
        "utf-8",
    )
    listed.write_text("code,name\nE,Elm\n", "utf-8")
    run("issue", listed, "--period", "2026-03", "--template", own, "--out", issued)
    assert "Give its file too" in " ".join(run("check", issued).output.split())
    assert "a blank tracker" in " ".join(run("check", issued, "--template", own).output.split())
    out = tmp_path / "summary.xlsx"
    use = ("--use", next(issued.iterdir()).name)
    assert "1 used" in run("consolidate", issued, "--template", own, "--out", out, *use).output
    assert "Behind" in run("explain", "delivery", "--template", own).output


def test_templates_and_explain() -> None:
    assert run("templates").output.startswith("core 1.4: ")
    said = run("explain", "evidence-when-complete").output
    assert "Status is ‘Complete’" in said
    assert "must fix" in said
    assert "worst first" in run("explain", "delivery").output
    assert "a problem found by reading" in run("explain", "tab-renamed").output


def test_templates_check(tmp_path: Path) -> None:
    from qipxl.template import shipped_templates

    core = shipped_templates()["core"]
    assert "core.toml is sound" in run("templates", "check", core).output
    own = tmp_path / "own.toml"
    own.write_text(
        '[template]\nkey = "own"\ntitle = "Own"\nversion = "1"\nabout = "x"\nextends = "core"\n'
        '[[actions.rule]]\ncode = "due-before-start"\nat = "du"\n',
        "utf-8",
    )
    refused(run("templates", "check", own), "there is no field du", "1 mistake")


def test_the_terminal_is_safe_from_what_a_return_says(returns: Path) -> None:
    book = openpyxl.load_workbook(returns / "OAK.xlsx")
    book["Actions"][cell_of("due", 5)] = "[bold]\u202e[/] [red]x"
    book.save(returns / "OAK.xlsx")
    out = run("check", returns).output
    assert "[bold]" in out
    assert "\u202e" not in out


def test_a_single_return_is_judged_no_later_than_today(returns: Path, tmp_path: Path) -> None:
    future = Period(2098, 1)
    path = write_tracker(find_template("core"), Service(code="X", name="X"), future, tmp_path / "f.xlsx")
    from datetime import date

    assert f"As at {date.today():%d/%m/%Y}." in run("check", path).output


def test_a_return_is_never_written_over(returns: Path) -> None:
    before = (returns / "ELM.xlsx").read_bytes()
    refused(run("consolidate", returns, "--out", returns / "ELM.xlsx"), "is not a summary that qipxl wrote")
    assert (returns / "ELM.xlsx").read_bytes() == before


@pytest.mark.long
def test_a_summary_beside_the_returns_is_passed_over_and_renewed(returns: Path) -> None:
    for _ in range(2):
        result = run("consolidate", returns, "--out", returns / "summary")
        assert result.exit_code == 0, result.output
    assert sorted(each.name for each in returns.iterdir()) == ["ELM.xlsx", "OAK.xlsx", "summary.xlsx"]


def test_services_in_windows_characters_and_with_semicolons(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_bytes("code;name\nC;Café\n".encode("cp1252"))
    assert run("issue", tmp_path / "s.csv", "--period", "2026-03", "--out", tmp_path / "i").exit_code == 0
    assert [each.name for each in (tmp_path / "i").iterdir()] == ["C Café 2026-03.xlsx"]
    (tmp_path / "long.csv").write_text(f"code,name\nC,{'x' * 121}\n", "utf-8")
    refused(run("issue", tmp_path / "long.csv", "--period", "2026-03"), "line 2", "the most is 120")


def test_nothing_to_check_is_not_called_clean(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    result = run("check", tmp_path)
    assert result.exit_code == 1
    assert "Nothing could be checked. 1 file could not be used." in result.output


def test_check_writes_what_to_send_back(returns: Path, tmp_path: Path) -> None:
    typed({cell_of("due", 5): "ASAP"})(returns / "ELM.xlsx")
    result = run("check", returns, "--queries", tmp_path / "back", "--fresh")
    assert "Written to send back: 2 files" in result.output
    assert 'Due date says "ASAP"' in (tmp_path / "back" / "ELM Elm House 2026-03 queries.txt").read_text("utf-8")
    refused(run("check", returns, "--fresh"), "--fresh needs --queries")


def test_options_of_reading_say_what_they_take(returns: Path) -> None:
    refused(run("check", returns, "--limit", "file_mb=many"), "sets no limit", "file_mb=80", "seconds")
    refused(run("check", returns, "--no-look-for", "shoes"), "Unknown kind of personal data", "nhs, ni, birth")
    refused(run("check", returns, "--period", "March"), "March")
    (returns / "large.xlsx").write_bytes(bytes(1_100_000))
    assert "set a higher limit" in " ".join(run("check", returns, "--limit", "file_mb=1").output.split())


def test_a_limit_on_the_month(returns: Path) -> None:
    said = " ".join(run("check", returns, "--period", "2026-04").output.split())
    assert "Ask for the right month's." in said
