"""A month consolidated again: where nothing has changed nothing is read, and what has changed is always seen."""

import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from factories import first_only, new_provider, run, send

from qipxl.provider import up_to_date
from qipxl.reading import fingerprint

PERIOD = ("--period", "2026-03")
SAME = "Nothing has changed since the summary was written"


def touched(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def register_says_more(home: Path) -> None:
    book = openpyxl.load_workbook(home / "register.xlsx")
    book["Services"]["B5"] = "Elm House and Garden"
    book.save(home / "register.xlsx")


def service_sends_again(home: Path) -> None:
    path = next((home / "returns" / "2026-03").glob("S002*"))
    book = openpyxl.load_workbook(path)
    book["Actions"]["H5"] = "Another owner"
    book.save(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a return is edited": service_sends_again,
    "a return is renamed": lambda home: next((home / "returns" / "2026-03").glob("S002*")).rename(home / "returns" / "2026-03" / "x.xlsx"),
    "a return is gone": lambda home: next((home / "returns" / "2026-03").glob("S002*")).unlink(),
    "a file comes": lambda home: (home / "returns" / "2026-03" / "note.txt").write_text("hello"),
    "the register is edited": register_says_more,
    "the summary is gone": lambda home: (home / "summaries" / "2026-03 summary.xlsx").unlink(),
    "the summary is edited": lambda home: touched(home / "summaries" / "2026-03 summary.xlsx"),
    "the archive is gone": lambda home: shutil.rmtree(home / "archive" / "2026-03"),
    "the note is damaged": lambda home: (home / "archive" / "read" / "last-2026-03.json").write_text("{"),
}  # fmt: skip


@pytest.mark.long
def test_nothing_changed_says_so_and_leaves_the_summary(three_returns: Path, provider: Path) -> None:
    send(three_returns, provider)
    first = run("consolidate", provider, *PERIOD)
    summary = provider / "summaries" / "2026-03 summary.xlsx"
    before = summary.stat().st_mtime_ns
    again = run("consolidate", provider, *PERIOD)
    assert SAME in again.output
    assert f"Summary: {summary}" in again.output
    assert again.exit_code == first.exit_code == 0
    assert summary.stat().st_mtime_ns == before
    assert "file,service,ref" in run("consolidate", provider, *PERIOD, "--format", "csv").output, "always printed"


@pytest.fixture(scope="module")
def consolidated(three_returns: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A provider's folder whose month is consolidated, and a copy of it: put back in its place, the copy is unchanged too."""
    home, copy = new_provider(tmp_path_factory.mktemp("unchanged")), tmp_path_factory.mktemp("copy") / "our"
    send(three_returns, home)
    run("consolidate", home, *PERIOD)
    shutil.move(home, copy)
    shutil.copytree(copy, home)
    assert SAME in run("consolidate", home, *PERIOD).output
    return home, copy


@pytest.mark.parametrize("change", first_only(CHANGES))
def test_every_change_is_seen(consolidated: tuple[Path, Path], change: str) -> None:
    home, copy = consolidated
    shutil.rmtree(home)
    shutil.copytree(copy, home)
    CHANGES[change](home)
    assert SAME not in run("consolidate", home, *PERIOD).output


@pytest.mark.long
def test_other_options_are_another_run(
    three_returns: Path, provider: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(three_returns, provider)
    run("consolidate", provider, *PERIOD)
    for more in (
        ("--out", tmp_path / "s.xlsx"),
        ("--skip-personal-data", "room"),
        ("--limit", "seconds=50"),
        ("--check-formatting",),
    ):
        assert SAME not in run("consolidate", provider, *PERIOD, *more).output
        assert SAME in run("consolidate", provider, *PERIOD, *more).output
    monkeypatch.setattr(fingerprint, "MATTERS", ("qipxl",))
    fingerprint.fingerprint.cache_clear()
    try:
        assert SAME not in run("consolidate", provider, *PERIOD, "--check-formatting").output, "another qipxl"
    finally:
        fingerprint.fingerprint.cache_clear()


@pytest.mark.long
def test_a_month_judged_on_another_day_is_never_remembered(three_returns: Path, provider: Path) -> None:
    send(three_returns, provider)
    for _ in range(2):
        assert SAME not in run("consolidate", provider, *PERIOD, "--as-at", "2026-04-07").output


@pytest.mark.long
def test_an_unwritable_record_means_a_full_new_run(
    three_returns: Path, provider: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(three_returns, provider)
    monkeypatch.setattr(
        up_to_date.RunRecord, "last", property(lambda run: run.home / "register.xlsx" / "last-2026-03.json")
    )
    for _ in range(2):
        done = run("consolidate", provider, *PERIOD)
        assert SAME not in done.output
        assert done.exit_code == 0


@pytest.mark.long
def test_the_next_run_sees_a_register_edited_meanwhile(
    three_returns: Path, provider: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(three_returns, provider)
    keep = up_to_date.RunRecord.keep

    def edited_meanwhile(made: up_to_date.RunRecord, *rest: object) -> None:
        register_says_more(made.home)
        keep(made, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(up_to_date.RunRecord, "keep", edited_meanwhile)
        run("consolidate", provider, *PERIOD)
    assert SAME not in run("consolidate", provider, *PERIOD).output
    assert SAME in run("consolidate", provider, *PERIOD).output


@pytest.mark.long
@pytest.mark.parametrize("edited", first_only(["own.toml", "base.toml"]))
def test_an_edited_local_template_is_seen_in_any_place(three_returns: Path, provider: Path, edited: str) -> None:
    send(three_returns, provider)
    place = provider / "somewhere" / "deep"
    place.mkdir(parents=True)
    for name, below in (("own", "base.toml"), ("base", "core")):
        (place / f"{name}.toml").write_text(
            f'[template]\nkey = "{name}"\ntitle = "Ours"\nversion = "1.0"\nabout = "Ours."\nextends = "{below}"\n'
        )
    book = openpyxl.load_workbook(provider / "register.xlsx")
    answer = next(row[1] for row in book["Provider"].iter_rows() if row[0].value == "Template")
    answer.value = "somewhere/deep/own.toml"
    book.save(provider / "register.xlsx")
    run("consolidate", provider, *PERIOD)
    assert SAME in run("consolidate", provider, *PERIOD).output
    touched(place / edited)
    assert SAME not in run("consolidate", provider, *PERIOD).output
