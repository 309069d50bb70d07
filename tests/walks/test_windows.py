"""docs/windows.md followed as it is written, as far as another system can; and Start.bat, which cannot be run here."""

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from click.testing import CliRunner

import qipxl
from qipxl import Period, find_template, read_services, write_tracker
from qipxl.app.cli.main import main
from qipxl.app.demo.scenarios import make_plan

CHECKOUT = Path(qipxl.__file__).resolve().parent.parent
PAGE = (CHECKOUT / "docs" / "windows.md").read_text("utf-8")
START = (CHECKOUT / "docs" / "windows" / "Start.bat").read_bytes()
MARCH = Period(2026, 3)


def commands() -> list[list[str]]:
    """The words of each line that is typed in a window, without the ones that install."""
    lines = re.findall(r"^ {4}py -m qipxl (.+)$", PAGE, re.MULTILINE)
    return [[quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', line)] for line in lines]


@pytest.mark.long
def test_the_month_goes_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo is left out: tests/app/test_demo.py runs it."""
    listed = tmp_path / "services.csv"
    listed.write_text(
        "Service code,Service name,Area,Manager,E-mail\nELM,Elm House,North,Jo Shah,elm@our-care.example\n"
    )
    places = {"C:\\qips": tmp_path / "qips", "C:\\Users\\you\\Documents\\services.xlsx": listed}
    _, init, month = ([str(places.get(word, word)) for word in command] for command in commands())
    assert CliRunner().invoke(main, init).exit_code == 0
    issued = CliRunner().invoke(main, month)
    assert "1 draft to send" in issued.output
    [service] = read_services(listed)
    returned = tmp_path / "qips" / "returns" / "2026-03" / "ELM.xlsx"
    plan = make_plan(2, MARCH.last, 3, 1, service.manager)
    write_tracker(find_template("core"), service, MARCH, returned, rows=plan, cover={"submitted_by": "Jo Shah"})
    done = CliRunner().invoke(main, month)
    assert done.exit_code == 0, done.output
    assert "✓ 6 Page, packs page, PDF, 2 packs" in done.output
    for named in re.findall(r"`((?:mails|returns)\\[^`]+)`", PAGE):
        assert (tmp_path / "qips" / named.replace("\\", "/")).is_dir(), named


def test_the_page_uses_what_works_on_windows() -> None:
    typed = re.findall(r"^ {4}(.+)$", PAGE, re.MULTILINE)
    assert all(line.startswith("py -m ") for line in typed)
    assert not [line for line in typed if "'" in line or "/" in line]
    assert not re.findall(r"(?<!-m )\bqipxl (?:month|init|issue|demo|excel)\b", PAGE.replace("`qipxl`", ""))


def test_start_bat_is_short_and_calls_what_is_tested() -> None:
    assert START.count(b"\r\n") == START.count(b"\n"), "cmd needs the line ends of Windows"
    assert START.isascii()
    lines = START.decode().splitlines()
    assert len(lines) <= 25
    extras = ConfigParser()
    extras.read(CHECKOUT / "setup.cfg")
    [install] = [line for line in lines if "pip install" in line]
    assert set(re.search(r"\.\[([\w,]+)\]", install)[1].split(",")) <= set(extras["options.extras_require"])  # type: ignore[index]
    [menu] = [line for line in lines if "-m qipxl" in line]
    assert menu.split()[-1] in main.commands
    labels = {line[1:] for line in lines if line.startswith(":")}
    jumps = {line.split("goto ")[1] for line in lines if "goto " in line}
    assert jumps <= labels
    assert 'cd /d "%~dp0..\\.."' in lines, "the folder of README.md, two above"
    assert (CHECKOUT / "docs" / "windows" / ".." / ".." / "README.md").resolve().is_file()
