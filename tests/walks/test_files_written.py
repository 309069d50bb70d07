"""Which files each caller of the monthly run may write in a provider's folder, and that nothing else changes."""

from fnmatch import fnmatch
from pathlib import Path

import pytest
from click.testing import CliRunner
from factories import first_only, first_services

from qipxl import ProviderFolder, consolidate_month
from qipxl.app.cli.main import main
from qipxl.app.demo import Demo

READ, KEPT, SUMMARY = "archive/read/*", "archive/2026-03/*", "summaries/2026-03 summary.xlsx"
PAGE = ("summaries/2026-03 summary.html", "summaries/2026-03 summary.pdf")
CALLERS = {
    "check": (["check"], [READ], 1),
    "consolidate": (["consolidate"], [READ, KEPT, SUMMARY], 0),
    "page": (["page", "--pdf"], [READ, *PAGE], 0),
    "check as JSON": (["check", "--format", "json"], [READ], 1),
    "consolidate as JSON": (["consolidate", "--format", "json"], [READ, KEPT, SUMMARY], 0),
    "consolidate as CSV": (["consolidate", "--format", "csv"], [READ, KEPT, SUMMARY], 0),
    "consolidate on another day": (
        ["consolidate", "--as-at", "2026-04-10"],
        [READ, "summaries/2026-03 summary as at 2026-04-10.xlsx"],
        0,
    ),
    "consolidate on another day as CSV": (
        ["consolidate", "--as-at", "2026-04-10", "--format", "csv"],
        [READ, "summaries/2026-03 summary as at 2026-04-10.xlsx"],
        0,
    ),
    "status": (["status"], [READ], 0),
}


def files_of(home: Path) -> dict[str, bytes]:
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def written(home: Path, before: dict[str, bytes]) -> list[str]:
    after = files_of(home)
    assert before.keys() <= after.keys()
    return [name for name, content in after.items() if before.get(name) != content]


@pytest.mark.parametrize("caller", first_only(CALLERS, 3))
def test_a_command_writes_only_its_own_files(caller: str, made_demo: Demo, tmp_path: Path) -> None:
    command, allowed, code = CALLERS[caller]
    home = tmp_path / "our"
    before = files_of(first_services(made_demo, home, 2).folder.home)
    name, *options = command
    done = CliRunner().invoke(main, [name, str(home), "--period", "2026-03", *options])
    assert done.exit_code in (code, 1), done.output
    names = written(home, before)
    for pattern in allowed:
        assert [each for each in names if fnmatch(each, pattern)], pattern
    assert [each for each in names if not any(fnmatch(each, pattern) for pattern in allowed)] == []


@pytest.mark.parametrize("keep", first_only([False, True]))
def test_the_library_writes_to_the_archive_only_if_asked(keep: bool, made_demo: Demo, tmp_path: Path) -> None:
    home = tmp_path / "our"
    before = files_of(first_services(made_demo, home, 2).folder.home)
    with consolidate_month(ProviderFolder(home).month("2026-03"), keep=keep) as result:
        result.summary()
    assert (result.changes is not None) == keep
    names = written(home, before)
    assert any(fnmatch(each, KEPT) for each in names) == keep
    assert all(fnmatch(each, KEPT) or fnmatch(each, READ) for each in names)
