"""The docs compared with the program: the pages for head office followed as they are written, the names of sheets and words,
links, the paths in ARCHITECTURE.md, and that nothing leaves the machine."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from factories import first_services

from qipxl import (
    Period,
    Service,
    find_template,
    keep_returns,
    read_returns,
    read_services,
    summarise,
    write_summary,
    write_tracker,
)  # fmt: skip
from qipxl.app.cli.main import main
from qipxl.app.demo import Demo
from qipxl.app.demo.scenarios import make_plan
from qipxl.provider import ProviderMonth

DOCS = Path(__file__).parents[2]
MARCH = Period(2026, 3)
PAGES_OF_THE_MONTH = ("head-office.md", "summary.md", "packs.md")


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


@pytest.mark.long
def test_the_month_at_head_office_goes_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    services_of_readme(tmp_path)
    done = []
    for command in (each for page in PAGES_OF_THE_MONTH for each in commands(DOCS / "docs" / page)):
        arguments = typed(command)
        if "--pack" in arguments and "commissioner" in arguments:
            name_commissioners(tmp_path / "our-provider" / "register.xlsx")
        result = CliRunner().invoke(main, arguments, input="y\n")
        assert result.exit_code in (0, 1), f"{command}: {result.output}"
        done.append(arguments[0])
        if arguments[0] == "issue":
            assert len(list((tmp_path / "our-provider" / "issued" / "2026-03").glob("*.xlsx"))) == 2
            send_back(tmp_path)
    assert done == [
        "init", "month", "month", "issue", "status", "check", "consolidate", "meeting", "issue", "archive", "page", "consolidate",
    ]  # fmt: skip
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
    "page",
    [DOCS / "README.md", DOCS / "ARCHITECTURE.md", *sorted((DOCS / "docs").glob("*.md"))],
    ids=lambda page: page.name,
)
def test_every_link_and_picture_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text("utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"


ARCHITECTURE = (DOCS / "ARCHITECTURE.md").read_text("utf-8")


def test_every_path_in_architecture_exists() -> None:
    paths = set(re.findall(r"`([\w.-]+/[\w./-]*)`", ARCHITECTURE))
    assert len(paths) > 20
    assert not [path for path in sorted(paths) if not (DOCS / path).exists()]


def test_architecture_names_every_package() -> None:
    tree = ARCHITECTURE.partition("```\n")[2].partition("```")[0].splitlines()
    tokens = [token for line in tree if line.startswith("  ") for token in re.split(r"\s{2,}", line)]
    named = {token for token in tokens if re.fullmatch(r"\w+(/|\.py)", token)}
    packages = {f"{path.parent.name}/" for path in (DOCS / "qipxl").glob("*/__init__.py")}
    files = {path.name for path in (DOCS / "qipxl").glob("*.py")} - {"__main__.py", "excel.py"}
    assert named == packages | files
    for line in tree:
        if folder := re.match(r"\w+/", line):
            assert (DOCS / folder[0]).is_dir(), line


def test_architecture_gives_the_direction_of_test_house() -> None:
    (direction,) = re.findall(r"^> (root < .*)$", ARCHITECTURE, re.MULTILINE)
    (listed,) = re.findall(
        r"^PACKAGES = \[(.*?)\]", (DOCS / "tests" / "test_house.py").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert direction.split(" < ") == re.findall(r'"(\w+)"', listed)


def emphasised(page: str) -> set[str]:
    """What a page sets in italics: the names of sheets, and a few words."""
    text = re.sub(r"\*\*.*?\*\*", "", (DOCS / "docs" / page).read_text("utf-8"), flags=re.DOTALL)
    return {" ".join(found.split()) for found in re.findall(r"(?<!\*)\*([A-Z][^*]{2,40})\*(?!\*)", text)}


@pytest.mark.long
def test_leaders_find_every_sheet_they_are_told_of(made_demo: Demo, tmp_path: Path) -> None:
    demo = first_services(made_demo, tmp_path / "demo", 3)
    month = ProviderMonth(demo.folder, demo.folder.read(), MARCH)
    rated = month.rated(read_returns(demo.returns), MARCH.last)
    keep_returns(rated, month.archive)
    path = write_summary(month.with_history(summarise(rated, month.expected)), tmp_path / "summary.xlsx")
    sheets = set(openpyxl.load_workbook(path, read_only=True).sheetnames)
    sheets.add(
        find_template("restrictive-practice").tables["panel"].sheet
    )  # the demo's first services have another template
    assert emphasised("leaders.md") - sheets == {"Delivered", "Not effective"}


def test_services_find_every_sheet_and_word_they_are_told_of(tmp_path: Path) -> None:
    elm = Service(code="ELM", name="Elm House")
    book = openpyxl.load_workbook(write_tracker(find_template("core"), elm, MARCH, tmp_path / "tracker.xlsx"))
    sheets = ("Actions", "Milestones", "Challenge")
    rows = [row for name in sheets for row in book[name].iter_rows(max_row=4, values_only=True)]
    shown = {str(cell) for row in rows for cell in row if cell}
    cover = {str(cell.value) for row in book["Start here"].iter_rows() for cell in row if cell.value}
    told = emphasised("services.md") - set(book.sheetnames) - shown - cover
    assert told == {"Yes", "Next for blue"} - shown
    text = (DOCS / "docs" / "services.md").read_text("utf-8")
    letters = {rating.letter for rating in find_template("core").rules.ratings["actions"][3].states}
    assert letters == set(re.findall(r"^\| ([A-Z?]) \|", text, re.MULTILINE))


def test_it_is_told_the_digest_of_each_macro() -> None:
    text = (DOCS / "docs" / "excel-it.md").read_text("utf-8")
    for path in sorted((DOCS / "macros").glob("*.bas")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert f"| `{path.name}` | `{digest}` |" in text, f"docs/excel-it.md must say {digest} of {path.name}"


NETWORK = """
import sys
asked = []
sys.addaudithook(lambda event, said: asked.append((event, said)) if event.startswith(("socket.", "urllib.")) else None)
from qipxl.app.cli.main import main
try:
    main(sys.argv[1:], standalone_mode=False)
except SystemExit:
    pass
print("asked", [each for each in asked if each[0] in ("socket.connect", "socket.getaddrinfo", "socket.bind", "urllib.Request")])
"""


@pytest.mark.long
def test_nothing_leaves_the_machine(made_demo: Demo, tmp_path: Path) -> None:
    demo = first_services(made_demo, tmp_path / "demo", 2)
    for command in (["consolidate"], ["page", "--pdf"], ["issue", "--replace"]):
        arguments = [command[0], str(demo.folder.home), "--period", "2026-03", *command[1:]]
        done = subprocess.run([sys.executable, "-c", NETWORK, *arguments], capture_output=True, text=True, check=True)
        assert done.stdout.strip().endswith("asked []"), done.stdout + done.stderr
