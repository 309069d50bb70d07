"""Actions of the provider: given to services by their trackers, done in each, and rated as a whole by the rules of the template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import combinations_with_replacement, product
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from formula_lint import formula_faults
from office import Office
from playing import Month, Player
from validator import validate

from qipxl import Period, Service, find_template, write_summary
from qipxl.errors import RequestError, TemplateError
from qipxl.provider.register_schema import (
    ClosedActionLine,
    ExpectedLine,
    Line,
    ProviderActionLine,
    ProviderMilestoneLine,
    RemovedLine,
    ServiceLine,
)
from qipxl.returns.explain import explain
from qipxl.summary.packs.packs import pack_for
from qipxl.summary.page.page import page_of
from qipxl.summary.provider_actions import RETURN, SHOWN, ProviderActions, rated_provider_actions
from qipxl.summary.provider_actions_sheet import write_provider_actions
from qipxl.template import load_template
from qipxl.tracker import NewsLine
from qipxl.tracker.issue import Order
from qipxl.workbook.writer import new_workbook

MARCH, APRIL, MAY, JUNE = (Period(2026, month) for month in (3, 4, 5, 6))
SHEET = "Provider actions"
CHECK = ProviderActionLine(
    ref="P-01", title="Two-person medicines check", issue="At night one person gives controlled drugs.",
    intended_change="Two people check every controlled drug.", success_measure="No signature is missing in the weekly audit.",
    owner="Nia Price", due=date(2026, 8, 31), must_should="Must do", source="Internal audit", since="2026-03",
    decided_by="Quality committee, minute 4",
)  # fmt: skip
ROTA = ProviderMilestoneLine(
    provider_action="P-01",
    ref="M1",
    milestone="Two trained people on every night",
    due=date(2026, 5, 15),
    evidence_required="Rota of four weeks",
)


class Provider(Player):
    """A provider whose services open and close."""

    def month(self, period: Period) -> Any:
        """The month; lines of services come from `lines`."""
        own = [line for line in self.lines if isinstance(line, ServiceLine)]
        whole = replace(self, services=[Service(code=line.code, name=line.name) for line in own])
        whole.lines = [line for line in self.lines if not isinstance(line, ServiceLine)]
        return with_dates(whole, own, period)

    def order(self, period: Period, code: str) -> Order:
        """The order of one service's tracker."""
        return next(order for order in self.month(period).to_issue() if order.service.code == code)


def with_dates(player: Player, services: list[ServiceLine], period: Period) -> Any:
    """A month of the player's provider, with the dates on which its services opened and closed."""
    month = Player.month(player, period)
    lines = {**month.register.lines, ServiceLine: services}
    return replace(month, register=replace(month.register, lines=lines))


def service(code: str, name: str, **more: Any) -> ServiceLine:
    return ServiceLine(code=code, name=name, region="North", **more)


ELM, OAK, ASH = service("ELM", "Elm House"), service("OAK", "Oak Lodge"), service("ASH", "Ash Court")


def provider(home: Path, *lines: Line) -> Provider:
    return Provider(home / "our", "core", [], [*lines])


def finish(player: Provider, code: str, period: Period, day: date) -> None:
    """A service does its part: the milestone with evidence, then the action."""
    with player.typing(code, period) as tracker:
        tracker.type("Evidence", "E-1", {
            "Action": "P-01", "CQC evidence category": "Observation", "What it is": "Visit at night", "Activity or impact": "Impact",
            "Date": day, "Where it is kept": "Folder", "Anonymised?": "Yes", "Submitted by": "Cy Fox", "Judgement": "Accepted",
            "Judged by": "Governance meeting",
        })  # fmt: skip
        if "P-01-M1" in tracker.refs("Milestones"):
            tracker.type("Milestones", "P-01-M1", {"Done on": day, "Evidence reference": "E-1"})
        tracker.type("Actions", "P-01", {
            "Owner": "Bo Ek", "Status": "Complete", "Completed on": day, "Last update": day, "Progress": f"{code}: two people every night.",
        })  # fmt: skip


def update(player: Provider, code: str, period: Period, words: str, **more: object) -> None:
    """A service brings its part up to date."""
    day = period.last
    with player.typing(code, period) as tracker:
        cells = {"Owner": "Bo Ek", "Status": "In progress", "Last update": day, "Progress": words}
        tracker.type("Actions", "P-01", {**cells, **{name.replace("_", " "): value for name, value in more.items()}})


def actions(month: Month) -> ProviderActions:
    assert month.summary.provider_actions is not None
    return month.summary.provider_actions


def standing(month: Month) -> dict[str, str]:
    """How the part of each service counts."""
    parts = actions(month).parts
    return dict(zip(parts["service"], parts["standing"], strict=True))


def whole(month: Month) -> tuple[str, str]:
    """The rating of the only provider action, and the finding about it."""
    (line,) = actions(month).lines.to_dict("records")
    return str(line["progress"]), str(line["finding"])


def recalculated(path: Path, office: Office) -> None:
    """Each formula of the sheet has the value that is stored with it."""
    stored = openpyxl.load_workbook(path, data_only=True)[SHEET]
    formulas = openpyxl.load_workbook(path)[SHEET]
    found = office.values(path, {SHEET: f"A1:P{stored.max_row}"})[SHEET]
    cells = [cell for row in formulas.iter_rows() for cell in row if str(cell.value or "").startswith("=")]
    assert cells
    for cell in cells:
        assert found[cell.row - 1][cell.column - 1] == stored.cell(cell.row, cell.column).value, cell.coordinate


# ---------------------------------------------------------------- month by month


@pytest.mark.long
def test_the_whole_is_done_when_the_last_part_is(tmp_path: Path, office: Office) -> None:
    player = provider(tmp_path, ELM, OAK, ASH, CHECK, ROTA)
    player.issue(MARCH)
    for code in ("ELM", "OAK", "ASH"):
        update(player, code, MARCH, f"{code}: training has begun.")
    month = player.consolidate(MARCH)
    assert whole(month) == ("On track", "P-01 Two-person medicines check: 0 of 3 services done; 3 on track")

    player.issue(APRIL)
    finish(player, "ELM", APRIL, date(2026, 4, 20))
    update(player, "OAK", APRIL, "Two night staff have left.", Forecast_date=date(2026, 11, 1))
    month = player.consolidate(APRIL)
    assert standing(month) == {"OAK": "Off track", "ASH": "No return", "ELM": "Done"}, "the worst first"
    said = "P-01 Two-person medicines check: 1 of 3 services done; 1 off track; 1 without a return"
    assert whole(month) == ("Off track", said)
    (step,) = actions(month).milestones["found"]
    assert step == "1 done, 1 not due yet, of 2 services with a return"
    path = write_summary(month.summary, tmp_path / "april.xlsx")
    assert validate(path) == []
    recalculated(path, office)
    texts = {str(cell.value) for row in openpyxl.load_workbook(path)[SHEET].iter_rows() for cell in row if cell.value}
    assert {"Two night staff have left.", "ELM: two people every night.", "ASH: training has begun.", said} <= texts
    assert {"No return for this month. As in the return of March 2026.", "Rota of four weeks", step} <= texts
    assert CHECK.success_measure in " ".join(texts)
    board = pack_for("board", month.summary)
    assert any(note.startswith(f"{SHEET}. {said}") for note in board.notes)
    (table,) = [sheet for sheet in board.sheets if sheet.name == SHEET]
    assert dict(table.frame["kind"].value_counts()) == {"Whole": 1, "Milestone": 1, "Part": 3}
    assert f"{SHEET}. {said}." in page_of(month.summary)
    assert not any("P-01" in note for note in pack_for("commissioner", month.summary).notes)

    # Ash Court closes, Birch View opens and gets its part, Oak Lodge finishes.
    player.lines[2] = ASH.model_copy(update={"closed": date(2026, 4, 30)})
    player.lines.append(service("BIR", "Birch View", opened=date(2026, 5, 1)))
    player.issue(MAY)
    assert [row["ref"] for row in (player.order(MAY, "BIR").rows or {})["actions"]] == ["P-01"]
    with player.typing("ELM", MAY):
        pass
    finish(player, "OAK", MAY, date(2026, 5, 12))
    update(player, "BIR", MAY, "Begun.")
    month = player.consolidate(MAY)
    assert standing(month) == {"BIR": "Off track", "ASH": "Service closed", "ELM": "Done", "OAK": "Done"}
    assert whole(month)[1].endswith(": 2 of 3 services done; 1 off track; 1 closed, not counted")
    assert "Closed on 30/04/2026." in actions(month).parts.set_index("service").at["ASH", "note"]

    player.issue(JUNE)
    for code in ("ELM", "OAK"):
        with player.typing(code, JUNE):
            pass
    finish(player, "BIR", JUNE, date(2026, 6, 10))
    month = player.consolidate(JUNE)
    assert whole(month) == ("Done", "P-01 Two-person medicines check: 3 of 3 services done; 1 closed, not counted")
    path = write_summary(month.summary, tmp_path / "june.xlsx")
    recalculated(path, office)
    assert path.read_bytes() == write_summary(month.summary, tmp_path / "again.xlsx").read_bytes()


def test_what_a_tracker_says_about_a_new_part(tmp_path: Path) -> None:
    player = provider(tmp_path, ELM, OAK, CHECK.model_copy(update={"services": "elm"}), ROTA)
    order = player.order(MARCH, "ELM")
    assert order.rows is not None
    (part,), (step,) = order.rows["actions"], order.rows["milestones"]
    assert part["due"] == part["original_due"] == CHECK.due
    assert (part["issue"], part["accountable_lead"], part.get("owner")) == (CHECK.issue, "Nia Price", None)
    assert (step["ref"], step["action"], step["due"]) == ("P-01-M1", "P-01", ROTA.due)
    words = (
        "is new: the provider's action Two-person medicines check (Nia Price), for your service too. Name its owner."
    )
    assert order.news == [NewsLine(words, "P-01")]
    other = player.order(MARCH, "OAK")
    assert other.rows is None, "the action is not for this service"
    player.issue(MARCH)
    with player.typing("ELM", MARCH):
        pass
    month = player.consolidate(MARCH)
    assert "missing" in month.codes("ELM"), "Checks asks for the owner"
    assert month.rated("ELM", "P-01", "delivery") == "Off track"


@pytest.mark.long
def test_before_its_first_month_no_tracker_has_it(tmp_path: Path) -> None:
    player = provider(tmp_path, ELM, CHECK)
    assert player.order(Period(2026, 2), "ELM").rows is None
    player.issue(Period(2026, 2))
    with player.typing("ELM", Period(2026, 2)):
        pass
    assert player.consolidate(Period(2026, 2)).summary.provider_actions is None


@pytest.mark.long
def test_a_service_keeps_an_action_of_its_own_with_the_same_ref(tmp_path: Path) -> None:
    player = provider(tmp_path, ELM, CHECK.model_copy(update={"since": "2026-04"}), ROTA)
    player.issue(MARCH)
    update(player, "ELM", MARCH, "Ours.", Issue_or_risk="Falls")
    player.consolidate(MARCH)
    order = player.order(APRIL, "ELM")
    assert order.rows is not None
    assert [(row["ref"], row["issue"]) for row in order.rows["actions"]] == [
        ("P-01", "Falls"),
        ("ELM-P-01", CHECK.issue),
    ]
    assert [row["ref"] for row in order.rows["milestones"]] == ["ELM-P-01-M1"]
    clash = "P-01 is an action of your own. The provider's action P-01 is ELM-P-01 in your plan."
    assert clash in [line.text for line in order.news]
    player.issue(APRIL)
    with player.typing("ELM", APRIL) as tracker:
        tracker.type(
            "Actions", "ELM-P-01", {"Owner": "Bo Ek", "Status": "In progress", "Last update": date(2026, 4, 28)}
        )
    month = player.consolidate(APRIL)
    (part,) = actions(month).parts.to_dict("records")
    assert (part["ref"], part["owner"], part["standing"]) == ("ELM-P-01", "Bo Ek", "On track")
    assert part["note"] == "In its plan as ELM-P-01."
    order = player.order(MAY, "ELM")
    assert [row["ref"] for row in (order.rows or {})["actions"]] == ["P-01", "ELM-P-01"], "given once"
    assert clash not in [line.text for line in order.news]


@pytest.mark.long
def test_a_deleted_part_is_noticed_and_given_again(tmp_path: Path) -> None:
    player = provider(tmp_path, ELM, CHECK)
    player.issue(MARCH)
    with player.typing("ELM", MARCH) as tracker:
        tracker.delete("Actions", "P-01")
    month = player.consolidate(MARCH)
    assert "issued-row-missing" in month.codes("ELM")
    assert standing(month) == {"ELM": "Off track"}
    (part,) = actions(month).parts.to_dict("records")
    assert part["why"] == "Its return lacks the part, which was issued with the tracker"
    (news, *_) = player.order(APRIL, "ELM").news
    assert news.text.startswith("was missing from your return and is in the plan again")
    player.lines.append(
        RemovedLine(service="ELM", ref="P-01", reason="No medicines.", decided_by="Board", decided_on=date(2026, 4, 2))
    )
    assert player.order(APRIL, "ELM").rows is None or not (player.order(APRIL, "ELM").rows or {})["actions"]
    player.issue(APRIL)
    with player.typing("ELM", APRIL):
        pass
    month = player.consolidate(APRIL)
    assert standing(month) == {"ELM": "Withdrawn"}
    assert whole(month)[0] == "Ended"


@pytest.mark.long
def test_later_dates_are_logged_and_new_words_are_said(tmp_path: Path) -> None:
    player = provider(tmp_path, ELM, CHECK, ROTA)
    player.issue(MARCH)
    update(player, "ELM", MARCH, "Begun.", Success_measure="Ours")
    player.consolidate(MARCH)
    order = player.order(APRIL, "ELM")
    assert [line for line in order.news if line.ref == "P-01"] == [], "a text that the service changed is its own"

    player.lines[1:] = [
        CHECK.model_copy(update={"due": date(2026, 10, 31), "intended_change": "Three people."}),
        ROTA.model_copy(update={"due": date(2026, 7, 1)}),
        ROTA.model_copy(update={"ref": "M2", "milestone": "Audit"}),
    ]
    order = player.order(APRIL, "ELM")
    assert order.rows is not None
    (part,) = order.rows["actions"]
    assert (part["due"], part["original_due"]) == (date(2026, 10, 31), CHECK.due)
    assert part["intended_change"] == CHECK.intended_change, "nothing that the plan says is overwritten"
    logged = [
        (row.get("milestone"), row["from_date"], row["to_date"], row["approved_by"]) for row in order.rows["extensions"]
    ]
    assert logged == [
        (None, CHECK.due, date(2026, 10, 31), CHECK.decided_by),
        ("P-01-M1", ROTA.due, date(2026, 7, 1), CHECK.decided_by),
    ]
    assert [line.text for line in order.news if line.ref == "P-01"] == [
        "has a later due date from the provider: 31/10/2026. The extension is logged.",
        "Intended change is now, for the provider: Three people. Yours stays until you change it.",
        "Success measure is now, for the provider: No signature is missing in the weekly audit. Yours stays until you change it.",
        "P-01-M1 has a later date from the provider: 01/07/2026. The extension is logged.",
        "has new milestones from the provider: P-01-M2.",
    ]
    player.issue(APRIL)
    with player.typing("ELM", APRIL) as tracker:
        tracker.type("Actions", "P-01", {"Intended change": "Three people."})
    month = player.consolidate(APRIL)
    assert "moved-without-extension" not in month.codes("ELM")
    order = player.order(MAY, "ELM")
    assert order.rows is not None
    assert len(order.rows["extensions"]) == 2, "logged once"
    assert [row["ref"] for row in order.rows["milestones"]] == ["P-01-M1", "P-01-M2"]

    player.lines[1] = CHECK.model_copy(update={"due": date(2026, 6, 30)})
    words = [line.text for line in player.order(MAY, "ELM").news]
    assert not any("is due on" in text for text in words), "the agreed extension stays"


def test_a_date_of_the_register_that_is_earlier_is_said_and_moves_nothing(tmp_path: Path) -> None:
    player = provider(tmp_path, ELM, CHECK)
    player.issue(MARCH)
    update(player, "ELM", MARCH, "Begun.")
    player.consolidate(MARCH)
    player.lines[1] = CHECK.model_copy(update={"due": date(2026, 6, 30)})
    order = player.order(APRIL, "ELM")
    assert "is due on 30/06/2026 for the provider, and on 31/08/2026 in your plan." in [
        line.text for line in order.news
    ]
    assert order.rows is not None
    assert (order.rows["actions"][0]["due"], order.rows["extensions"]) == (CHECK.due, [])


@pytest.mark.long
def test_a_part_of_a_closed_service_goes_on_where_it_was_taken(tmp_path: Path) -> None:
    taken = ClosedActionLine(
        service="ASH", action="P-01", taken_by="ELM", decided_by="Board", decided_on=date(2026, 4, 2)
    )
    excused = ExpectedLine(period="2026-04", service="OAK", expected="No", reason="Closed for works.")
    player = provider(tmp_path, ELM, OAK, ASH, CHECK, ROTA)
    player.issue(MARCH)
    for code in ("ELM", "OAK", "ASH"):
        update(player, code, MARCH, "Begun.")
    player.consolidate(MARCH)
    player.lines[2:3] = [ASH.model_copy(update={"closed": date(2026, 3, 31)}), taken, excused]
    player.issue(APRIL)
    with player.typing("ELM", APRIL) as tracker:
        assert tracker.refs("Actions") == ["P-01", "ASH-P-01"]
    month = player.consolidate(APRIL)
    parts = actions(month).parts
    found = [*zip(parts["service"], parts["ref"], parts["standing"], parts["note"], strict=True)]
    assert sorted(found) == [
        (
            "ASH",
            "P-01",
            "Service closed",
            "Elm House took it as ASH-P-01. Closed on 31/03/2026. As in the return of March 2026.",
        ),
        ("ELM", "ASH-P-01", "On track", "Taken from Ash Court. In its plan as ASH-P-01."),
        ("ELM", "P-01", "On track", ""),
        ("OAK", "P-01", "No return", "No return is expected: Closed for works. As in the return of March 2026."),
    ]
    assert list(actions(month).milestones["found"]) == ["2 not due yet, of 2 services with a return"]


def test_a_word_that_no_tracker_knows_is_refused(tmp_path: Path) -> None:
    player = provider(tmp_path, ELM, CHECK.model_copy(update={"source": "Audit"}))
    with pytest.raises(RequestError, match=r'row 5: Source says "Audit"\. Choose one of: CQC warning notice, '):
        player.month(MARCH).to_issue()


# ---------------------------------------------------------------- three readings

KNOWN = ("Return", "No return", "Not given", "Deleted", "Removed", "Closed", "return", "")
DELIVERY = (
    *[state.word for state in find_template("core").rules.ratings["actions"][0].states],
    "",
    "on track",
    "Something else",
)


def made_of(groups: list[list[tuple[str, str]]], due: list[date], as_at: date) -> ProviderActions:
    """Provider actions, each with parts that are known and rated as given."""
    lines = pd.DataFrame(
        [(f"P-{number:03d}", f"Title {number}", day, "") for number, day in enumerate(due)],
        columns=["ref", "title", "due", "about"],
    )
    parts = pd.DataFrame(
        [(f"P-{number:03d}", known, delivery) for number, group in enumerate(groups) for known, delivery in group],
        columns=["action", "known", "delivery"],
    )
    texts = dict.fromkeys(("service", "name", "ref", "reason", "note", "file", "cell"), "")
    blank = {name: "" for name in SHOWN if name not in ("delivery", "due", "days_overdue")}
    parts = parts.assign(**texts, **blank, due=pd.NaT, days_overdue=float("nan"))
    steps = pd.DataFrame(columns=["action", "ref", "milestone", "due", "evidence_required", "found"])
    lines = lines.assign(due=pd.to_datetime(lines["due"]).astype("datetime64[s]"))
    return rated_provider_actions(find_template("core"), as_at, lines, parts, steps)


def awkward_groups() -> Iterator[list[tuple[str, str]]]:
    """Groups of parts: none, each pair of words alone, and each two ways in which parts can count."""
    yield []
    yield from ([pair] for pair in product(KNOWN, DELIVERY))
    kinds = [(RETURN, word) for word in DELIVERY] + [(known, "") for known in KNOWN]
    yield from ([*pair] for pair in combinations_with_replacement(kinds, 2))


@pytest.mark.long
def test_libreoffice_and_pandas_agree_on_awkward_parts(tmp_path: Path, office: Office) -> None:
    groups = [*awkward_groups()]
    days = [date(2026, 4, 29), date(2026, 4, 30), date(2026, 5, 1)]
    made = made_of(groups, [days[number % 3] for number in range(len(groups))], date(2026, 4, 30))
    assert set(made.lines["progress"]) == {state.word for state in made.rating("provider_actions").states}
    assert set(made.parts["standing"]) == {state.word for state in made.rating("parts").states}
    path = tmp_path / "sheet.xlsx"
    with new_workbook(path, "Provider actions", date(2026, 4, 30)) as writer:
        write_provider_actions(writer, made, {})
    recalculated(path, office)
    assert formula_faults(path) == []


def test_the_rules_say_what_they_do_in_english() -> None:
    (rating,) = find_template("core").provider_rules.ratings["provider_actions"]
    words = {band.code: band.when.words() for band in rating.decides.bands}
    assert words["parts-overdue"] == "Due date is before the as-at date"
    assert words["part-off-track"] == "there are Parts of provider actions rows where Counts as is ‘Off track’"
    (explained,) = explain("part-off-track", [find_template("core")])
    assert dict(explained.lines)["Written"] == "any(parts, standing == 'Off track')"


def test_a_provider_may_not_call_an_action_done_before_it_is(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        "[template]\nextends = 'core'\nkey = 'own'\ntitle = 'Own'\nversion = '1'\nabout = 'Own.'\n"
        "[[provider.provider_actions.rating]]\nkey = 'progress'\n"
        "bands = [{ code = 'parts-done', when = 'parts_done > 0' }]\n"
    )
    with pytest.raises(TemplateError, match="one of qipxl's fixed rules"):
        load_template(own)
    own.write_text(
        own.read_text().partition("[[")[0]
        + "[[provider.parts.calculated]]\nkey = 'x'\nheading = 'X'\nvalue = 'nothing + 1'\n"
    )
    with pytest.raises(TemplateError, match=r"provider\.parts\.calculated x: nothing is not a field of parts"):
        load_template(own)
