"""The page for head office followed as it is written: every command in it, in its order, on the services of README."""

import re
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from qipxl import Period, find_template, read_services, write_tracker
from qipxl.cli import main
from qipxl.demo.plans import make_plan

DOCS = Path(__file__).parent.parent
MARCH = Period(2026, 3)


def commands(page: Path) -> list[str]:
    """The commands of a page: those in code within a line, and those that stand alone."""
    found = re.findall(r"`(qipxl [^`]+)`|^ {4}(qipxl .+)$", page.read_text("utf-8"), re.MULTILINE)
    return [(inside or alone).partition("  #")[0].strip() for inside, alone in found]


def typed(command: str) -> list[str]:
    """A command as a shell hands it on."""
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', command)][1:]


def services_of_readme(folder: Path) -> Path:
    lines = re.findall(r"^ {7}([^ ].*)$", (DOCS / "README.md").read_text("utf-8"), re.MULTILINE)
    listed = folder / "services.csv"
    listed.write_text("\n".join(lines[:3]) + "\n", "utf-8")
    assert lines[0] == "code,name,region,manager"
    return listed


def send_back(folder: Path) -> None:
    """Both services fill in their trackers, as somebody else would."""
    for number, service in enumerate(read_services(folder / "services.csv")):
        rows = make_plan(number + 2, MARCH.last, 3, 1, service.manager)
        cover = {"submitted_by": service.manager, "submitted_on": MARCH.last, "submission": 1}
        path = folder / "our-provider" / "returns" / "2026-03" / f"{service.code}.xlsx"
        write_tracker(find_template("core"), service, MARCH, path, rows=rows, cover=cover)


def test_the_month_at_head_office_goes_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    services_of_readme(tmp_path)
    done = []
    for command in commands(DOCS / "docs" / "head-office.md"):
        arguments = typed(command)
        if "--pack" in arguments and "commissioner" in arguments:
            name_commissioners(tmp_path / "our-provider" / "register.xlsx")
        result = CliRunner().invoke(main, arguments, input="y\n")
        assert result.exit_code in (0, 1), f"{command}: {result.output}"
        done.append(arguments[0])
        if arguments[0] == "issue":
            assert len(list((tmp_path / "our-provider" / "issued" / "2026-03").glob("*.xlsx"))) == 2
            send_back(tmp_path)
    assert done == ["init", "issue", "status", "check", "consolidate", "page", "consolidate", "archive"]
    summaries = {path.name for path in (tmp_path / "our-provider" / "summaries").iterdir()}
    assert summaries == {
        "2026-03 summary.xlsx", "2026-03 summary.html", "2026-03 summary.pdf", "2026-03 pack for the board.xlsx",
        "2026-03 pack for North County Council.xlsx", "2026-03 pack for an inspector.xlsx",
    }  # fmt: skip


def name_commissioners(register: Path) -> None:
    """Head office writes into its register who commissions Elm House."""
    book = openpyxl.load_workbook(register)
    book["Commissioners"]["A5"], book["Commissioners"]["B5"] = "North County Council", "ELM"
    book.save(register)


@pytest.mark.parametrize("page", sorted((DOCS / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_command_in_the_docs_is_one(page: Path) -> None:
    for command in commands(page):
        name, *options = typed(command)
        if name.isupper():
            continue  # stands for any of them
        known = main.commands.get(name)
        assert known is not None, command
        names = {
            option
            for each in [known, *getattr(known, "commands", {}).values()]
            for p in each.params
            for option in p.opts
        }
        assert {option for option in options if option.startswith("--")} <= names, command


@pytest.mark.parametrize(
    "page", [DOCS / "README.md", *sorted((DOCS / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_every_link_and_picture_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text("utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"
