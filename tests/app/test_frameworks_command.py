"""`qipxl frameworks`: the lists of statements with their status, on 80 columns."""

from datetime import date
from pathlib import Path

from click.testing import CliRunner, Result

from qipxl import Service
from qipxl.app.cli.main import main
from qipxl.provider import ProviderFolder
from qipxl.provider.register_schema import FrameworkLine, OwnStandardLine, ServiceLine
from qipxl.provider.register_workbook import write_register


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["frameworks", *map(str, arguments)], env={"COLUMNS": "80", "NO_COLOR": "1"})


def test_the_lists_with_key_date_status_number_and_source() -> None:
    shown = run().output
    assert max(map(len, shown.splitlines())) <= 80
    for text in (
        "cqc-2023-statements",
        "01/11/2023",
        "34",
        "cqc-2026-draft-questions",
        "24/03/2026",
        "draft, wording",
        "24",
    ):
        assert text in shown
    assert "Source of cqc-2026-draft-questions: CQC's draft framework" in shown


def test_a_list_with_its_statements_and_its_crosswalk() -> None:
    shown = run("cqc-2026-draft-questions").output
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.count("(not verified)") == 24
    assert "from Effective: How staff, teams and services work together (weak)" in shown
    assert "qipxl's own judgement" in shown
    assert "24 draft questions, 24 not verified." in shown
    assert "Learning culture (checked: CQC's report AP8708)" in run("cqc-2023-statements").output


def test_a_list_that_does_not_exist() -> None:
    failed = run("cqc-2026-draft-question")
    assert failed.exit_code == 2
    assert "There is no list cqc-2026-draft-question. Did you mean cqc-2026-draft-questions?" in failed.output


def test_a_providers_own_list(tmp_path: Path) -> None:
    folder, elm = ProviderFolder(tmp_path), Service(code="ELM", name="Elm House")
    lines = {
        ServiceLine: [ServiceLine(code=elm.code, name=elm.name)],
        FrameworkLine: [FrameworkLine(framework="North County standards", decided_by="Board")],
        OwnStandardLine: [
            OwnStandardLine(framework="North County standards", group="Safe", statement="Free from harm")
        ],
    }
    write_register(folder.register, "Our Care", date(2026, 1, 1), lines)
    assert "Source of North County standards: the register, sheet Own standards." in run("--provider", tmp_path).output
    assert "Free from harm (checked: Own standards, row" in run("north county standards", "--provider", tmp_path).output
