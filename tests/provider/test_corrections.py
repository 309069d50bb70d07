"""Two returns of one service differ: the one accepted before counts until head office chooses, or the newest one if it wants that."""

import itertools
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factories import ACTION, ELM, MARCH, SIGNED, first_only, run

from qipxl import Service, consolidate_month, read_returns, write_tracker
from qipxl.archive.store import open_archive
from qipxl.provider import ProviderFolder, init_folder, open_folder
from qipxl.provider.month_stage import Next, stage_of
from qipxl.provider.next_step import take_next_step
from qipxl.provider.register import ANSWERS, ASK, NEWEST
from qipxl.provider.run_inputs import ReturnFiles
from qipxl.reading import Decisions
from qipxl.returns.returns import Returns
from qipxl.summary.findings import findings_of
from qipxl.summary.packs import pack_for
from qipxl.summary.page.page import page_of
from qipxl.summary.page.pdf import write_board_pdf
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.workbook import write_summary
from qipxl.template import Template

OAK = Service(code="OAK", name="Oak Lodge", region="South")
PERIOD = ("--period", "2026-03")
FIRST, SECOND, THIRD = "ELM.xlsx", "ELM (1).xlsx", "ELM (2).xlsx"
OTHER = "OAK.xlsx"
REFS = {FIRST: 1, SECOND: 2, THIRD: 3}
"""How many actions each file has."""
LINE = "2026-03 | ELM (1).xlsx | your name | why"
EARLY, LATE = "2026-04-02T09:10:00Z", "2026-04-03T14:02:00Z"


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory, core: Template) -> Path:
    """Three returns of one service that differ, with the same submission number, and one of another service."""
    home = tmp_path_factory.mktemp("sent")
    actions = [{**ACTION, "ref": f"A-{number:03}"} for number in range(1, 4)]
    for name, count in REFS.items():
        write_tracker(core, ELM, MARCH, home / name, rows={"actions": actions[:count]}, issued={}, cover=SIGNED)
    write_tracker(core, OAK, MARCH, home / OTHER, rows={"actions": actions[:1]}, issued={}, cover=SIGNED)
    return home


@pytest.fixture
def folder(tmp_path: Path) -> ProviderFolder:
    made = init_folder(tmp_path / "our", "Our Care", date(2026, 4, 1), [ELM, OAK])
    (made.home / "returns" / "2026-03").mkdir(parents=True)
    return made


def came(sent: Path, folder: ProviderFolder, *names: str) -> None:
    """Some of the returns come in."""
    for name in names:
        shutil.copyfile(sent / name, folder.home / "returns" / "2026-03" / name)


def saved_at(path: Path, time: str | None) -> None:
    """The workbook as a program would save it at that time; None: it does not say when."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    core = parts["docProps/core.xml"].decode()
    start, end = core.index("<dcterms:modified"), core.index("</dcterms:modified>") + len("</dcterms:modified>")
    said = f'<dcterms:modified xsi:type="dcterms:W3CDTF">{time}</dcterms:modified>' if time else ""
    parts["docProps/core.xml"] = (core[:start] + said + core[end:]).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            target.writestr(zipfile.ZipInfo(name), data)


def typed(folder: ProviderFolder, sheet: str, cells: Sequence[str]) -> None:
    """Head office adds a line to a sheet of the register."""
    book = openpyxl.load_workbook(folder.register)
    rows = book[sheet]
    row = next(number for number in range(5, 99) if rows.cell(number, 1).value is None)
    for column, cell in enumerate(cells, 1):
        rows.cell(row, column).value = cell
    book.save(folder.register)


def answered(folder: ProviderFolder, answer: str) -> None:
    """Head office answers what to do if two returns differ."""
    book = openpyxl.load_workbook(folder.register)
    row = next(row for row in book["Provider"].iter_rows() if row[0].value == ANSWERS["if_differ"])
    row[1].value = answer
    book.save(folder.register)


def summary_of(folder: ProviderFolder) -> ProviderSummary:
    """The month consolidated, and kept in the archive."""
    with consolidate_month(open_folder(folder.home).month("2026-03"), keep=True) as result:
        return result.summary()


def statuses(returns: Returns) -> dict[str, str]:
    return dict(zip(returns.receipts["file"], returns.receipts["status"], strict=True))


def reasons(returns: Returns) -> dict[str, str]:
    return dict(zip(returns.receipts["file"], returns.receipts["reason"], strict=True))


def counted(summary: ProviderSummary) -> int:
    """How many actions of the service are in the totals."""
    return int((summary.actions["service"] == "ELM").sum())


def kept(folder: ProviderFolder) -> list[int]:
    """The versions of the service's return in the archive."""
    versions = open_archive(folder.archive).versions
    return sorted(versions.loc[versions["service"] == "ELM", "version"])


def accepted_then(sent: Path, folder: ProviderFolder, *corrections: str) -> ProviderSummary:
    """The first return is accepted, then corrections come in."""
    came(sent, folder, FIRST, OTHER)
    summary_of(folder)
    came(sent, folder, *corrections)
    return summary_of(folder)


def test_the_return_accepted_before_goes_on_counting(sent: Path, folder: ProviderFolder) -> None:
    summary = accepted_then(sent, folder, SECOND)
    assert statuses(summary.returns) == {FIRST: "accepted", SECOND: "set aside", OTHER: "accepted"}
    assert reasons(summary.returns) == {
        FIRST: "A correction waits for a decision: ELM (1).xlsx.",
        SECOND: "A correction of ELM.xlsx, which was accepted before and goes on counting. To use this file instead, add to the "
        f"sheet Returns to use of the register: {LINE}.",
        OTHER: "",
    }
    assert counted(summary) == 1
    assert summary.reconciles
    assert kept(folder) == [1]
    differing = summary.returns.problems[summary.returns.problems["code"] == "versions-differ"]
    assert list(differing["file"]) == [SECOND]


@pytest.mark.long
def test_every_output_says_that_a_correction_waits(sent: Path, folder: ProviderFolder, tmp_path: Path) -> None:
    summary = accepted_then(sent, folder, SECOND)
    said = "1 correction waits for a decision: Elm House. The return accepted before counts until then."
    findings = findings_of(summary)
    assert findings.intake.waiting == [said]
    assert (findings.intake.missing, findings.intake.not_used, findings.intake.to_choose) == ([], {}, 1)
    assert (findings.returns.figure, findings.returns.context) == ("2 of 2", "all are in; 1 correction waits")
    assert [line.note for line in findings.services.lines] == ["", ""]
    assert f"{said} Sources has the files" in page_of(summary)
    assert write_board_pdf(summary, tmp_path / "board.pdf").stat().st_size > 0
    book = openpyxl.load_workbook(write_summary(summary, tmp_path / "s.xlsx"))
    (cell,) = [cell for row in book["Board page"].iter_rows() for cell in row if said in str(cell.value)]
    assert cell.hyperlink.location.startswith("'Sources'!")


def test_a_pack_about_another_service_does_not_say_that_a_correction_waits(sent: Path, folder: ProviderFolder) -> None:
    summary = accepted_then(sent, folder, SECOND)
    assert "1 correction waits for a decision: Elm House." in " ".join(pack_for("commissioner", summary).notes)
    assert "Elm House" not in " ".join(pack_for("commissioner", summary, services=["OAK"]).notes)


@pytest.mark.long
def test_the_screen_and_the_status_say_that_a_correction_waits(sent: Path, folder: ProviderFolder) -> None:
    accepted_then(sent, folder, SECOND)
    screen = run("consolidate", folder.home, *PERIOD).output
    assert "To choose 1 correction waits for a decision: Elm House." in screen
    assert "Returns   All 2 in." in screen
    assert "Files     2 used, 1 to choose from." in screen
    shown = run("status", folder.home, *PERIOD).output
    assert "2 services: 2 in." in shown
    assert "A correction waits for a decision: ELM" in " ".join(shown.split())
    assert "\n" + LINE.replace(" | ", "\t") + "\n" in shown


@pytest.mark.long
def test_the_line_of_the_reason_switches_to_the_correction(sent: Path, folder: ProviderFolder) -> None:
    reason = reasons(accepted_then(sent, folder, SECOND).returns)[SECOND]
    line = reason.partition("of the register: ")[2].removesuffix(".")
    typed(folder, "Returns to use", line.split(" | "))
    summary = summary_of(folder)
    assert statuses(summary.returns) == {FIRST: "superseded", SECOND: "accepted", OTHER: "accepted"}
    assert reasons(summary.returns)[FIRST] == "ELM (1).xlsx was chosen by head office."
    assert (counted(summary), kept(folder)) == (2, [1, 2])
    assert not findings_of(summary).intake.waiting


@pytest.mark.long
def test_the_correction_counts_on_when_its_line_is_gone(sent: Path, folder: ProviderFolder) -> None:
    accepted_then(sent, folder, SECOND)
    before = folder.register.read_bytes()
    typed(folder, "Returns to use", LINE.split(" | "))
    summary_of(folder)
    folder.register.write_bytes(before)
    summary = summary_of(folder)
    assert statuses(summary.returns) == {FIRST: "set aside", SECOND: "accepted", OTHER: "accepted"}
    assert (counted(summary), kept(folder)) == (2, [1, 2])


@pytest.mark.long
def test_of_two_lines_the_later_one_counts(sent: Path, folder: ProviderFolder) -> None:
    """A file that was accepted in spite of a doubt has a line already when its correction comes in."""
    typed(folder, "Returns to use", ["2026-03", FIRST, "Di Low", "It is right."])
    accepted_then(sent, folder, SECOND)
    typed(folder, "Returns to use", LINE.split(" | "))
    assert statuses(summary_of(folder).returns) == {FIRST: "superseded", SECOND: "accepted", OTHER: "accepted"}


def test_a_correction_alone_is_accepted(sent: Path, folder: ProviderFolder) -> None:
    came(sent, folder, FIRST)
    summary_of(folder)
    (folder.home / "returns" / "2026-03" / FIRST).unlink()
    came(sent, folder, SECOND)
    assert statuses(summary_of(folder).returns) == {SECOND: "accepted"}
    assert kept(folder) == [1, 2]


@pytest.mark.long
def test_a_second_run_says_that_nothing_has_changed(sent: Path, folder: ProviderFolder) -> None:
    accepted_then(sent, folder, SECOND)
    written = folder.home / "summaries" / "2026-03 summary.xlsx"
    run("consolidate", folder.home, *PERIOD)
    first = written.read_bytes()
    assert "Nothing has changed" in run("consolidate", folder.home, *PERIOD).output
    for record in (folder.home / "archive" / "read").glob("last*.json"):
        record.unlink()
    run("consolidate", folder.home, *PERIOD)
    assert written.read_bytes() == first
    typed(folder, "Returns to use", LINE.split(" | "))
    assert "1 return corrected" in run("consolidate", folder.home, *PERIOD).output
    assert "Nothing has changed" in run("consolidate", folder.home, *PERIOD).output
    assert kept(folder) == [1, 2]


def test_two_corrections_wait(sent: Path, folder: ProviderFolder) -> None:
    summary = accepted_then(sent, folder, SECOND, THIRD)
    assert statuses(summary.returns) == {FIRST: "accepted", SECOND: "set aside", THIRD: "set aside", OTHER: "accepted"}
    assert reasons(summary.returns)[FIRST] == "2 corrections wait for a decision: ELM (1).xlsx and ELM (2).xlsx."
    assert findings_of(summary).intake.waiting[0].startswith("2 corrections wait for a decision: Elm House.")


@pytest.mark.long
def test_without_an_accepted_return_head_office_must_choose(sent: Path, folder: ProviderFolder, tmp_path: Path) -> None:
    came(sent, folder, FIRST, SECOND, OTHER)
    summary = summary_of(folder)
    assert statuses(summary.returns) == {FIRST: "set aside", SECOND: "set aside", OTHER: "accepted"}
    assert reasons(summary.returns)[SECOND] == (
        "Differs from ELM.xlsx, and no submission number says which is newer. To use this file, add to the sheet Returns to use of "
        f"the register: {LINE}."
    )
    findings = findings_of(summary)
    assert findings.intake.waiting == ["2 returns of Elm House differ: head office must choose."]
    assert (findings.returns.figure, findings.returns.context) == ("1 of 2", "2 returns of Elm House differ")
    assert findings.services.lines[0].note == "2 returns differ: head office must choose. See Sources."
    assert "2 returns differ" in list(summary.overview["state"])
    said = write_summary(summary, tmp_path / "s.xlsx")
    words = [
        cell for sheet in openpyxl.load_workbook(said) for row in sheet.iter_rows(values_only=True) for cell in row
    ]
    assert not [word for word in words if isinstance(word, str) and "refused" in word.lower()]
    shown = run("status", folder.home, *PERIOD).output
    assert "2 services: 1 to choose, 1 in." in shown
    for name in (FIRST, SECOND):
        assert f"\n2026-03\t{name}\tyour name\twhy\n" in shown
    screen = run("consolidate", folder.home, *PERIOD).output
    assert "Returns   1 of 2 in.\n" in screen
    assert "To choose 2 returns of Elm House differ: head office must choose." in screen


@pytest.mark.long
def test_a_service_whose_returns_differ_is_not_reminded(sent: Path, folder: ProviderFolder) -> None:
    came(sent, folder, FIRST, SECOND, OTHER)
    month, late = open_folder(folder.home).month("2026-03"), date(2026, 4, 20)
    take_next_step(stage_of(month, late))
    stage = stage_of(month, late)
    assert stage.return_words == "1 of 2 in; 2 files to choose from: qipxl status"
    assert (stage.missing, stage.next) == ([], Next.WAIT)
    assert not next(step for step in stage.steps() if step.title == "Returns").is_done
    assert "0 drafts to send" in run("status", folder.home, *PERIOD, "--remind").output


def test_a_name_that_means_two_files_is_replaced_by_the_digest(sent: Path, folder: ProviderFolder) -> None:
    came(sent, folder, FIRST)
    summary_of(folder)
    home = folder.home / "returns" / "2026-03"
    (home / "old").mkdir()
    (home / FIRST).rename(home / "old" / FIRST)
    shutil.copyfile(sent / SECOND, home / FIRST)
    summary = summary_of(folder)
    line = summary.returns.receipts.set_index("file").loc[FIRST]
    assert statuses(summary.returns) == {FIRST: "set aside", f"old/{FIRST}": "accepted"}
    assert f"2026-03 | {line['digest']} | your name | why." in line["reason"]
    typed(folder, "Returns to use", ["2026-03", line["digest"], "Di Low", "why"])
    assert statuses(summary_of(folder).returns) == {FIRST: "accepted", f"old/{FIRST}": "superseded"}


def test_a_copy_of_the_accepted_return_with_a_shorter_name_is_the_copy(sent: Path, folder: ProviderFolder) -> None:
    came(sent, folder, FIRST)
    summary_of(folder)
    copy = folder.home / "returns" / "2026-03" / "E.xlsx"
    shutil.copyfile(sent / FIRST, copy)
    saved_at(copy, LATE)
    assert statuses(summary_of(folder).returns) == {"E.xlsx": "duplicate", FIRST: "accepted"}
    assert kept(folder) == [1]


def of_newest(sent: Path, folder: ProviderFolder, times: Mapping[str, str | None]) -> Returns:
    """The returns of a provider that uses the newest, saved at these times."""
    answered(folder, NEWEST)
    came(sent, folder, *times)
    for name, time in times.items():
        saved_at(folder.home / "returns" / "2026-03" / name, time)
    return summary_of(folder).returns


def test_the_return_saved_last_is_used(sent: Path, folder: ProviderFolder) -> None:
    returns = of_newest(sent, folder, {FIRST: EARLY, SECOND: "2026-04-03T15:02:00+01:00"})
    assert statuses(returns) == {FIRST: "superseded", SECOND: "accepted"}
    assert reasons(returns) == {
        FIRST: "ELM (1).xlsx was saved later, 3 April 2026 14:02; this file was saved 2 April 2026 09:10 (UTC).",
        SECOND: "Newer: saved 3 April 2026 14:02; ELM.xlsx was saved 2 April 2026 09:10 (UTC).",
    }
    assert dict(zip(returns.receipts["file"], returns.receipts["saved"], strict=True))[SECOND] == "2026-04-03T14:02:00"


@pytest.mark.long
def test_times_in_the_same_minute_have_their_seconds(sent: Path, folder: ProviderFolder) -> None:
    returns = of_newest(sent, folder, {FIRST: "2026-04-03T14:02:07Z", SECOND: LATE})
    assert reasons(returns)[FIRST] == (
        "Newer: saved 3 April 2026 14:02:07; ELM (1).xlsx was saved 3 April 2026 14:02:00 (UTC)."
    )


@pytest.mark.parametrize("times", [(LATE, LATE), (EARLY, None), (None, None), (EARLY, "soon")])
def test_without_two_times_head_office_is_asked(
    sent: Path, folder: ProviderFolder, times: tuple[str | None, str | None]
) -> None:
    returns = of_newest(sent, folder, dict(zip((FIRST, SECOND), times, strict=True)))
    assert statuses(returns) == {FIRST: "set aside", SECOND: "set aside"}
    assert "neither a submission number nor the time of saving says which is newer" in reasons(returns)[FIRST]


def test_without_two_times_the_return_accepted_before_counts(sent: Path, folder: ProviderFolder) -> None:
    of_newest(sent, folder, {FIRST: LATE})
    returns = of_newest(sent, folder, {FIRST: LATE, SECOND: None})
    assert statuses(returns) == {FIRST: "accepted", SECOND: "set aside"}


@pytest.mark.parametrize("answer", [ASK, NEWEST])
def test_a_higher_submission_number_decides_before_the_time(
    sent: Path, folder: ProviderFolder, core: Template, answer: str
) -> None:
    came(sent, folder, FIRST)
    summary_of(folder)
    answered(folder, answer)
    path = folder.home / "returns" / "2026-03" / SECOND
    write_tracker(
        core,
        ELM,
        MARCH,
        path,
        rows={"actions": [{**ACTION, "ref": "A-009"}]},
        issued={},
        cover={**SIGNED, "submission": 2},
    )
    saved_at(folder.home / "returns" / "2026-03" / FIRST, LATE)
    saved_at(path, EARLY)
    returns = summary_of(folder).returns
    assert statuses(returns) == {FIRST: "superseded", SECOND: "accepted"}
    assert reasons(returns) == {FIRST: "ELM (1).xlsx has the higher submission number.", SECOND: ""}
    typed(folder, "Returns to use", ["2026-03", FIRST, "Di Low", "It is right."])
    returns = summary_of(folder).returns
    assert statuses(returns) == {FIRST: "accepted", SECOND: "superseded"}
    assert reasons(returns) == {
        FIRST: "Chosen by head office, although ELM (1).xlsx has a higher submission number.",
        SECOND: "ELM.xlsx was chosen by head office, although this file has a higher submission number.",
    }


@pytest.mark.parametrize("order", first_only(map(list, itertools.permutations([FIRST, SECOND, THIRD])), 2))
def test_the_order_of_the_files_does_not_matter(
    sent: Path, folder: ProviderFolder, monkeypatch: pytest.MonkeyPatch, order: Sequence[str]
) -> None:
    came(sent, folder, SECOND)
    summary_of(folder)
    came(sent, folder, FIRST, THIRD)
    month = open_folder(folder.home).month("2026-03")
    paths = [folder.home / "returns" / "2026-03" / name for name in order]
    decided = month.decided(Decisions())
    returns = read_returns(paths, month.templates, decisions=decided)
    assert statuses(returns) == {FIRST: "set aside", SECOND: "accepted", THIRD: "set aside"}
    assert reasons(returns)[SECOND] == "2 corrections wait for a decision: ELM.xlsx and ELM (2).xlsx."


def test_files_without_a_register_wait_for_accept(sent: Path) -> None:
    files = ReturnFiles([sent / FIRST, sent / SECOND])
    with consolidate_month(files) as result:
        returns = result.returns
    assert reasons(returns)[FIRST] == (
        "Differs from ELM (1).xlsx, and no submission number says which is newer. Head office must look: accept it by name "
        "(--accept), or ask for it again."
    )
    with consolidate_month(files, decisions=Decisions(accepted_files=[FIRST])) as result:
        assert statuses(result.returns) == {FIRST: "accepted", SECOND: "superseded"}


def test_the_register_offers_both_answers(folder: ProviderFolder) -> None:
    sheet: Any = openpyxl.load_workbook(folder.register)["Provider"]
    row = next(row for row in sheet.iter_rows() if row[0].value == ANSWERS["if_differ"])
    assert row[1].value == ASK
    (offered,) = [each for each in sheet.data_validations.dataValidation if row[1].coordinate in each.sqref]
    assert offered.formula1 == '"Ask head office,Use the newest"'


@pytest.mark.parametrize(("answer", "found"), [("use the NEWEST", NEWEST), ("", ASK)])
def test_the_answer_is_read(folder: ProviderFolder, answer: str, found: str) -> None:
    answered(folder, answer)
    assert open_folder(folder.home).read().if_differ == found


def test_another_answer_is_a_mistake(folder: ProviderFolder) -> None:
    answered(folder, "Toss a coin")
    shown = " ".join(run("status", folder.home, *PERIOD).output.split())
    assert (
        "Provider: If two returns of a service differ says Toss a coin. Choose Ask head office or Use the newest."
        in shown
    )
