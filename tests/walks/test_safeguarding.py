"""Eight months of safeguarding improvement in three services: evidence packs each month, and meetings that ask where they are weak."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from playing import Cells, Meeting, Player
from walking import (
    Edit,
    Promise,
    Recorder,
    Story,
    Walk,
    action,
    assert_board,
    assert_letters,
    assert_nothing_lost,
    assert_overdue,
    assert_promises,
    assert_set_aside,
    assert_slipping,
    by_heading,
    day,
    evidence,
    milestone,
    review,
    rows_of,
    texts_of,
)

from qipxl import Period, Service
from qipxl.provider.register_schema import CommissionerLine, Line, VerificationLine

pytestmark = pytest.mark.long
FIRST = Period(2026, 1)
SERVICES = [
    Service(code="HAZ", name="Hazel House", region="North", manager="Jo Shah"),
    Service(code="MAP", name="Maple Court", region="North", manager="Ike Obi"),
    Service(code="ROW", name="Rowan Lodge", region="South", manager="Una Kerr"),
]


def pack(ref: str, month: int, shows: str, strength: str = "Adequate", **more: object) -> Cells:
    return {
        "Action": ref, "Month": day(month, 1), "Case samples": 4, "Supervision extracts": 2, "Panel summaries": 1, "Anonymised?": "Yes",
        "Where it is kept": f"Packs, {ref}, month {month}", "What it shows": shows, "Submitted by": "Bea Lund", "Strength": strength,
        "Judged by": "Safeguarding panel", **by_heading(more),
    }  # fmt: skip


COMPLETE = {"Status": "Complete"}


def recorded(issue: str, owner: str, review: date, **more: object) -> Cells:
    """An action about the quality of records that is complete from January on, with the figure that shows it."""
    return action(
        issue, "A colleague can follow each decision from the record alone", "Nine records of ten meet all criteria", owner,
        day(9, 1, 2025), day(1, 31), Status="Complete", Completed_on=day(1, 30), Outcome_indicator="S-06", Embedding_review=review, **more,
    )  # fmt: skip


HAZEL: dict[int, list[Edit]] = {
    1: [
        ("Actions", "A-001", action(
            "Alerts reach the local authority late", "Every alert is sent on the day it is raised", "No alert later than a day",
            "Ann Lee", day(3, 1, 2025), day(11, 30, 2025), Status="Complete", Completed_on=day(11, 20, 2025), Embedding_review=day(2, 10),
            Process_indicator="S-05",
        )),
        ("Actions", "A-002", action(
            "The same alerts are substantiated again", "Each alert is followed by a change in the support plan", "Three a month at most",
            "Bo Ek", day(3, 1, 2025), day(8, 31, 2025), Status="Complete", Completed_on=day(8, 31, 2025), Embedding_review=day(2, 10),
            Outcome_indicator="S-03; S-02; S-04",
        )),
        ("Actions", "A-003", action(
            "Decision records give no reasons", "A colleague can follow each decision from the record", "Nine records of ten complete",
            "Cy Fox", day(12, 1, 2025), day(9, 30),
        )),
        ("Actions", "A-004", recorded("Decisions after alerts cannot be traced", "Lou Finn", day(4, 20), Source="Safeguarding enquiry (s42)")),
        ("Evidence", "E-007", evidence("A-004", "Processes", "Twenty records read against the form", 1)),
        ("Evidence", "E-008", evidence("A-004", "Feedback from staff and leaders", "Leaders say that they can follow a decision", 1)),
        ("Milestones", "M-001", milestone("A-003", "Record form agreed", "Form with an example", day(1, 31),
                                          Done_on=day(1, 20), Evidence_reference="E-003")),
        ("Milestones", "M-002", milestone("A-003", "Managers sample ten records", "Ten sampled records", day(3, 31))),
        ("Milestones", "M-003", milestone("A-003", "Teams discuss what the sample shows", "Notes of the discussion", day(4, 30))),
        ("Evidence", "E-001", evidence("A-001", "Observation", "Handovers watched on six shifts", 1)),
        ("Evidence", "E-002", evidence("A-002", "Outcomes", "Themes of substantiated alerts", 1)),
        ("Evidence", "E-003", evidence("A-003", "Processes", "Quality audit of the record form", 1)),
    ],
    2: [
        ("Evidence", "E-004", evidence("A-001", "Feedback from staff and leaders", "Staff voice: we know whom to ring at night", 2)),
        ("Evidence", "E-005", evidence("A-002", "People's experience", "People say what changed after their alert", 2)),
        ("Reviews", "R-001", review("A-001", day(2, 10), "All 14 alerts went the same day", "Effective", "Yes", "Met", Next_review=day(5, 15),
                                    Learning="The night rota now shows who decides")),
        ("Reviews", "R-002", review("A-002", day(2, 10), "Support plans changed after 9 of 9 alerts", "Effective", "Yes", "Met",
                                    Next_review=day(11, 30))),
    ],
    3: [
        ("Actions", "A-001", {"Verified by": "Di Roe", "Verified on": day(3, 16)}),
        ("Actions", "A-002", {"Verified by": "Di Roe", "Verified on": day(3, 16)}),
        ("Milestones", "M-002", {"Due date": day(5, 31)}),
    ],
    4: [
        ("Reviews", "R-004", review("A-004", day(4, 20), "Eighteen of twenty decisions can be followed", "Effective", "Yes", "Met",
                                    Next_review=day(10, 20))),
        ("Milestones", "M-003", {"Revised due date": day(6, 30)}),
        ("Extensions", "A-003", {"Milestone": "M-003", "From": day(4, 30), "To": day(6, 30), "Kind of reason": "Capacity",
                                 "Reason": "The panel lost its chair for two months", "Asked on": day(4, 10), "Approved by": "Nia Price"}),
        ("Milestones", "M-002", {"Slippage reason": "Capacity", "Response to slippage": "Time reallocated"}),
    ],
    5: [
        ("Milestones", "M-002", {"Done on": day(5, 12), "Evidence reference": "E-006"}),
        ("Evidence", "E-006", evidence("A-003", "Processes", "Ten records sampled, eight complete", 5)),
        ("Evidence packs", "P-EMB", pack("A-001", 5, "Supervision notes still show same-day alerts")),
    ],
    6: [
        ("Challenge", "SAF-2026-05-02", {"Follow up": "The review is booked for 20 June"}),
        ("Reviews", "R-003", review("A-001", day(6, 20), "Nine alerts, all the same day, also at weekends", "Effective", "Yes", "Met",
                                    Next_review=day(12, 15))),
    ],
    8: [
        ("Challenge", "SAF-2026-07-R1", {"Follow up": "Each team met in August", "Closed on": day(8, 21)}),
        ("Milestones", "M-003", {"Done on": day(8, 20), "Evidence reference": "E-009"}),
        ("Evidence", "E-009", evidence("A-003", "Processes", "Notes of three team meetings", 8)),
    ],
}  # fmt: skip
MAPLE: dict[int, list[Edit]] = {
    1: [
        ("Actions", "A-001", action("Staff are unsure what an alert is", "Staff name and report concerns alike", "Staff answer five cases alike",
                                    "Dee Tan", day(10, 1, 2025), day(2, 20), Embedding_review=day(3, 25))),
        ("Actions", "A-002", action("Supervision does not cover safeguarding", "Each supervision discusses one alert", "All notes name an alert",
                                    "Eli Roy", day(11, 1, 2025), day(3, 20), Embedding_review=day(9, 1))),
        ("Actions", "A-003", action("Two forms for one alert", "One form is used in every team", "One form in ten samples",
                                    "Flo Hunt", day(11, 1, 2025), day(6, 30))),
        ("Actions", "A-004", action("Families hear of alerts late", "Families are told within a day", "Families confirm it in a survey",
                                    "Gus Webb", day(1, 5), day(8, 31))),
        ("Actions", "A-005", recorded("Each team has its own form for an alert", "Mia Cope", day(4, 22))),
        ("Evidence", "E-005", evidence("A-005", "Processes", "Ten records of each team, all on one form", 1)),
        ("Milestones", "M-001", milestone("A-004", "Letter to families agreed", "Letter with the date", day(1, 30), Done_on=day(1, 29),
                                          Evidence_reference="E-003")),
        ("Milestones", "M-002", milestone("A-004", "Families asked in a survey", "Answers of twelve families", day(4, 15))),
        ("Evidence", "E-003", evidence("A-004", "Processes", "The letter, as it was sent", 1)),
    ],
    2: [
        ("Actions", "A-001", COMPLETE | {"Completed on": day(2, 19)}),
        ("Evidence", "E-001", evidence("A-001", "Feedback from staff and leaders", "Staff voice: the quiz was clear", 2)),
    ],
    3: [
        ("Actions", "A-002", COMPLETE | {"Completed on": day(3, 19)}),
        ("Evidence", "E-002", evidence("A-002", "Processes", "A list of who attended", 3, "Not accepted")),
        ("Reviews", "R-001", review("A-001", day(3, 24), "Four of ten staff still do not report", "Not effective", "No", "No change",
                                    Learning="A quiz does not show what staff do")),
    ],
    4: [
        ("Actions", "A-003", {"Status": "Withdrawn", "Withdrawal reason": "The council now has one form for all",
                              "Withdrawal approved by": "Nia Price"}),
        ("Challenge", "SAF-2026-03-01", {"Follow up": "One supervision in each team was watched on 22 April"}),
        ("Reviews", "R-002", review("A-005", day(4, 22), "The same form in all three teams", "Effective", "Yes", "Met")),
    ],
    5: [("Evidence packs", f"P-A-002-{month}", {"Follow up closed": day(5, 20)}) for month in range(1, 5)],
    6: [("Milestones", "M-002", {"Slippage reason": "Other", "Response to slippage": "Milestone re-planned"})],
    7: [("Milestones", "M-002", {"Done on": day(7, 10), "Evidence reference": "E-004"}),
        ("Evidence", "E-004", evidence("A-004", "People's experience", "Twelve families answered, ten were told in a day", 7))],
    8: [("Actions", "A-004", COMPLETE | {"Completed on": day(8, 28)})],
}  # fmt: skip
ROWAN: dict[int, list[Edit]] = {
    1: [
        ("Actions", "A-001", action("Body maps are missing", "Each injury has a body map the same day", "Body maps for all injuries",
                                    "Hal Dunn", day(12, 1, 2025), day(9, 30))),
        ("Actions", "A-002", action("Night staff do not escalate", "Nights call the duty manager", "Calls in the log each week",
                                    "Ivy Cole", day(12, 1, 2025), day(9, 30))),
        ("Actions", "A-003", action("Money records do not balance", "Two people count each Friday", "No difference in four weeks",
                                    "Jim Bell", day(12, 1, 2025), day(9, 30))),
        ("Actions", "A-004", action("Visitors are not asked for concerns", "Every visitor sees how to raise one", "Five concerns a quarter",
                                    "Kay Nash", day(12, 1, 2025), day(9, 30))),
        ("Actions", "A-005", recorded("Decisions stay in notebooks", "Max Ames", day(5, 12), Source="Safeguarding enquiry (s42)")),
        ("Evidence", "E-001", evidence("A-005", "Processes", "Notebooks and records of January compared", 1)),
        ("Evidence", "E-002", evidence("A-005", "Feedback from staff and leaders", "Night staff say where they write decisions", 1)),
    ],
    2: [("Actions", "A-001", {"Success measure": "Body maps for most injuries", "Owner": "Hugo Penn"})],
    3: [],
    4: [],
    5: [
        ("Actions", "A-003", {"Status": "Withdrawn", "Withdrawal reason": "The bank now keeps the money records",
                              "Withdrawal approved by": "Nia Price"}),
        ("Challenge", "SAF-2026-04-02", {"Follow up": "The practice lead of Hazel House reads ten in June"}),
        ("Reviews", "R-001", review("A-005", day(5, 12), "No decision is only in a notebook", "Effective", "Yes", "Met")),
    ],
    7: [("Actions", "A-002", {"Risk register ref": "RR-17", "Theme": "Nights"})],
}  # fmt: skip
STORIES: dict[str, dict[int, list[Edit]]] = {"HAZ": HAZEL, "MAP": MAPLE, "ROW": ROWAN}

LETTERS = {
    ("HAZ", "A-001"): "DGGBSBBB",
    ("HAZ", "A-002"): "DGGBBBBB",
    ("HAZ", "A-003"): "NNNANNRN",
    ("HAZ", "A-004"): "DDDAGGGG",
    ("MAP", "A-001"): "NDRRRRRR",
    ("MAP", "A-002"): "NNRRDDDD",
    ("MAP", "A-003"): "NNNXXXXX",
    ("MAP", "A-004"): "NNNARRND",
    ("MAP", "A-005"): "DDDGGGGG",
    ("ROW", "A-001"): "NNNNN-NN",
    ("ROW", "A-002"): "NNNNN-NN",
    ("ROW", "A-003"): "NNNNX-XX",
    ("ROW", "A-004"): "NNNNN-NN",
    ("ROW", "A-005"): "DDDDA-AA",
}
"""The letter of each action from January to August; - for no return: Rowan Lodge sends none for June.

Hazel House: the next review of A-001 is due in May and held in June; a meeting accepts evidence and review of A-004 in May, which
nobody does for A-005 of Rowan Lodge. Maple Court: the first pack of A-002 that is not weak is that of May."""

OVERDUE = {
    ("HAZ", "A-003"): (0, 0, 0, 30, 0, 0, 31, 0),
    ("MAP", "A-004"): (0, 0, 0, 15, 46, 76, 0, 0),
}
"""Days that the latest open milestone is overdue: M-002 of Hazel House by the date it was issued with, until it was done, then M-003
by the date of its extension; M-002 of Maple Court also while its row was deleted."""

PROMISES: dict[int, list[Promise]] = {
    2: [
        ("ROW", "Actions", "A-001", "Success measure", "Body maps for all injuries", "Body maps for most injuries", "No"),
        ("ROW", "Actions", "A-001", "Owner", "Hal Dunn", "Hugo Penn", "No"),
    ],
    3: [
        ("HAZ", "Milestones", "M-002", "Due date", "31/03/2026", "31/05/2026", "No"),
        ("ROW", "Figures", "S-01 2026-01", "Numerator", "6", "2", "No"),
    ],
}  # fmt: skip

ALERTS = {"HAZ": 8, "MAP": 5, "ROW": 6}
"""S-01, the alerts raised each month, for 20 people."""
SUBSTANTIATED = {
    "HAZ": [9, 10, 8, 9, 11, 9, 8, 10, 9, 10, 8, 9, 9, 6, 5, 4, 4, 5, 3, 3, 2, 3, 2, 3, 3, 2, 3, 2, 2, 3, 2],
    "MAP": [4, 3, 5, 4, 3, 4, 5, 4, 3, 4, 4, 5, 4, 3, 4, 4, 5, 4, 3, 4, 4, 3, 5, 4, 4, 3, 4, 5, 4, 3, 4],
    "ROW": [2, 3, 2, 2, 3, 3, 2, 3, 2, 3, 2, 2, 3, 2, 3, 2, 3, 2, 2, 3, 2, 3, 2, 2, 3, 2, 2, 3, 2, 2, 3],
}
"""S-03, the alerts substantiated, month by month from February 2024 to August 2026."""
HAZEL_FIGURES = {
    "S-02": [6, 5, 7, 6, 5, 6, 7, 5, 6, 6, 5, 7, 6, 5, 4, 3, 3, 2, 1, 2, 1, 1, 0, 1, 2, 1, 1, 0, 1, 1, 1],
    "S-04": [5, 4, 6, 5, 4, 5, 6, 4, 5, 5, 4, 6, 5, 4, 3, 3, 2, 2, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 0],
    "S-05": [5, 6, 4, 5, 6, 5, 4, 6, 5, 5, 6, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 9, 10, 10, 9, 10, 10, 10, 9],
}  # fmt: skip
"""Of Hazel House for the same months: alerts of high or critical severity, for 20 people; repeats of a theme; of 10 referrals those on time."""
RECORDED = {
    "HAZ": [
        9,
        11,
        10,
        8,
        12,
        10,
        9,
        11,
        10,
        9,
        11,
        10,
        8,
        10,
        11,
        9,
        10,
        12,
        10,
        11,
        13,
        14,
        15,
        15,
        18,
        17,
        19,
        18,
        18,
        19,
        18,
    ],
    "MAP": [
        12,
        11,
        13,
        12,
        10,
        12,
        11,
        13,
        12,
        12,
        11,
        12,
        13,
        11,
        12,
        10,
        12,
        13,
        12,
        13,
        14,
        14,
        16,
        16,
        19,
        18,
        18,
        19,
        20,
        19,
        19,
    ],
    "ROW": [8, 7, 9, 8, 8, 6, 9, 8, 7, 8, 9, 8, 7, 8, 9, 8, 7, 8, 8, 9, 11, 12, 12, 13, 17, 16, 18, 17, 17, 18, 17],
}
"""S-06, the records that meet all criteria of 20 that were audited, for the same months."""

SHOWN = {
    1: "Case sample: four alerts followed from call to outcome",
    2: "Supervision notes: the alert of each month is discussed",
    3: "Quality audit: ten records read against the form",
    4: "Staff voice: eight answers to what I would do at night",
    5: "Panel summary: two decisions were changed by the panel",
    6: "Case sample: three alerts, all with the person's own words",
    7: "Supervision notes: leaders name what they learnt",
    8: "Panel summary: no decision was changed by the panel",
}
LAST_WEAK = 4
"""The last month for which the pack of A-002 of Maple Court is weak."""
MEETINGS = {
    3: [Meeting("safeguarding", day(4, 9), {
        ("Maple Court", "A-001"): {"Decided": "Night staff write the five cases again", "Who": "Dee Tan"},
        ("Maple Court", "A-002"): {
            "Asked": "Who has watched a supervision?", "Support agreed": "The safeguarding lead sits in on two", "Who": "Eli Roy",
            "By when": day(4, 30),
        },
    }, about={"Chair": "Di Roe", "Who was there": "Di Roe, Ike Obi, Jo Shah"})],
    4: [Meeting("safeguarding", day(5, 7), {
        ("Hazel House", "A-004"): {
            "Accepted?": "Accepted", "Decided": "The records show who decided and why", "Closed?": "Yes",
        },
        ("Rowan Lodge", "A-005"): {"Asked": "Who from outside has read these records?", "Who": "Una Kerr", "By when": day(6, 30)},
        ("Maple Court", "A-002"): {"Asked": "What did supervisors change after they were watched?", "By when": day(5, 29)},
    })],
    5: [Meeting("safeguarding", day(6, 4), {
        ("Hazel House", "A-001"): {"Asked": "When is the review of May held?", "Who": "Ann Lee", "By when": day(6, 20)},
        ("Maple Court", "A-002"): {"Decided": "The pack of May shows two changes", "Closed?": "Yes"},
    })],
    7: [
        Meeting("safeguarding", day(8, 6), {("Hazel House", "A-001"): {"Closed?": "Yes"}}, [{
            "Service": "Hazel House", "Action": "A-003", "Matter": "No team has met yet", "Asked": "Why has no team met yet?",
            "Support agreed": "The panel's chair leads the first discussion", "Who": "Cy Fox", "By when": day(8, 31),
        }]),
        Meeting("board", day(8, 20), {
            ("Rowan Lodge", "A-005"): {"Decided": "The council's lead is asked to read ten records"},
        }),
    ],
}  # fmt: skip
"""The meetings about each month, some days after it."""


def monthly(code: str, typed: Recorder, month: int) -> None:
    """What every service enters each month: a pack for each action, the figures, and the date of the update."""
    for ref in typed.refs("Actions"):
        typed.type("Actions", ref, {"Last update": day(month, 28)})
        cells = pack(ref, month, f"{SHOWN[month]}, {ref} of {code}")
        if (code, ref) == ("MAP", "A-002") and month <= LAST_WEAK:
            cells |= {
                "Strength": "Weak",
                "Challenge": f"Who was watched in month {month}?",
                "Follow up": f"Watch one shift after month {month}",
            }
        typed.type("Evidence packs", f"P-{ref}-{month}", cells)
    first = {1: 0, 7: 28 if code == "ROW" else 29}.get(month, 22 + month)
    for place in range(first, 23 + month):  # July of Rowan Lodge has its figures of June too
        typed.figure("S-03", FIRST.plus(place - 23), SUBSTANTIATED[code][place])
        typed.figure("S-06", FIRST.plus(place - 23), RECORDED[code][place], 20)
        if code == "HAZ":
            for indicator, of in (("S-02", 20), ("S-04", None), ("S-05", 10)):
                typed.figure(indicator, FIRST.plus(place - 23), HAZEL_FIGURES[indicator][place], of)
    texts = {"context": f"Alerts of month {month} in {code}", "learning": f"What {code} learnt in month {month}"}
    typed.figure("S-01", FIRST.plus(month - 1), ALERTS[code], 20, **texts)


def enter(code: str, typed: Recorder, month: int) -> None:
    """A month's work of a service."""
    typed.enter(STORIES[code].get(month, []))
    monthly(code, typed, month)
    if (code, month) == ("ROW", 3):
        typed.figure("S-01", FIRST, 2, 20)
    if (code, month) == ("ROW", 4):
        typed.delete("Actions", "A-002")
    if (code, month) == ("MAP", 5):
        typed.delete("Milestones", "M-002")


REGISTER: list[Line] = [
    *(
        VerificationLine(service="HAZ", action=ref, verified_on=day(3, 18), verified_by="Di Roe")
        for ref in ("A-001", "A-002")
    ),
    *(CommissionerLine(commissioner="North County", service=each.code) for each in SERVICES),
]


def play(home: Path) -> Story:
    """Every month, from init on."""
    player = Player(home, "safeguarding", SERVICES, [*REGISTER], Recorder)
    player.begin()
    made = Story(Walk(player, FIRST, LETTERS))
    for month in range(1, 9):
        if month == 5:
            made.refs_changed = made.walk.with_refs_changed("ROW", month, "A-003", "A-004", monthly)
        made.months[month] = made.walk.play(month, enter, MEETINGS.get(month, ()))
    made.packs = {
        path.stem: texts_of(path)[1] for path in player.packs(FIRST.plus(7), "board", "commissioner", "inspector")
    }
    return made


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Every month, played once."""
    return play(tmp_path_factory.mktemp("walk") / "our")


def at(month: int, number: int) -> datetime:
    """A day as a cell of a workbook holds it."""
    return datetime(2026, month, number)


def test_nothing_is_lost(story: Story) -> None:
    for played in story.months.values():
        assert_nothing_lost(story.walk, played)


def test_each_action_has_its_letter(story: Story) -> None:
    for played in story.months.values():
        assert_letters(story.walk, played.month)


def test_board_figures_compare_the_same_services(story: Story) -> None:
    for played in story.months.values():
        assert_board(story.walk, played.month)


def test_each_changed_promise_is_found(story: Story) -> None:
    for month, played in story.months.items():
        assert_promises(played, PROMISES.get(month, []))


def test_overdue_follows_the_milestone_as_it_was(story: Story) -> None:
    assert_overdue(story, OVERDUE)


def test_blue_that_slips_is_found_in_its_month(story: Story) -> None:
    assert_slipping(story.months[5], "HAZ", "A-001", "It was embedded, but its next review is overdue")


def test_a_pack_of_an_embedded_action_is_no_mistake(story: Story) -> None:
    played = story.months[5]
    (line,) = [line for line in rows_of(played.sheets, "Evidence packs", "Ref") if line["Ref"] == "P-EMB"]
    assert "Supervision notes still show same-day alerts" in line.values()
    assert "action-unknown" not in played.month.codes("HAZ")


def test_changed_refs_set_a_return_aside(story: Story) -> None:
    assert story.refs_changed is not None
    assert_set_aside(story.refs_changed, "ROW", "A-003", "A-004")


def test_delivered_is_not_effective(story: Story) -> None:
    for month, played in story.months.items():
        named = set(
            zip(played.month.summary.ineffective["service"], played.month.summary.ineffective["ref"], strict=True)
        )
        assert (("MAP", "A-001") in named) == (month >= 3)
        assert played.month.rated("MAP", "A-002", "delivery") == (
            "On track"
            if month < 3
            else "Closed without evidence"
            if month <= LAST_WEAK
            else "Delivered, not yet assured"
        )


def test_a_deleted_row_is_named_until_it_is_back(story: Story) -> None:
    cells = {
        number: played.month.actions.set_index(["service", "ref"])["cell"] for number, played in story.months.items()
    }
    assert cells[4]["ROW", "A-002"] == "deleted in April 2026"
    assert cells[5]["ROW", "A-002"].startswith("Actions!A")
    milestones = [line for line in rows_of(story.months[5].sheets, "All milestones", "Ref") if line["Ref"] == "M-002"]
    assert any("deleted in May 2026" in map(str, line.values()) for line in milestones)


def test_weak_packs_are_on_the_agenda_until_their_follow_up_is_closed(story: Story) -> None:
    march, april, may = (story.on_agenda(month, "safeguarding")["SAF-2026-03-01"] for month in (3, 4, 5))
    assert march["Matter"] == "4 items of evidence were judged weak: Supervision does not cover safeguarding"
    assert "P-A-002-3, March 2026: Quality audit: ten records read against the form" in march["Why it is here"]
    assert (
        "Challenge: Who was watched in month 3?\nFollow up: Watch one shift after month 3"
        in march["What the service says"]
    )
    assert april["Matter"].startswith("5 items of evidence were judged weak")
    assert "P-A-002" not in may["Why it is here"]


def test_a_challenge_of_the_meeting_is_answered_in_the_tracker_and_closed_in_a_later_meeting(story: Story) -> None:
    ref, headings = "SAF-2026-03-01", ("Challenge", "Follow up", "Follow up owner", "Due date", "Meeting", "Closed on")
    rows = {
        month: [story.tracker("MAP", month).said("Challenge", ref, each) for each in headings] for month in (4, 5, 6)
    }
    answer, meeting = "One supervision in each team was watched on 22 April", "Safeguarding meeting, 7 May 2026"
    asked = (
        "09/04/2026: Who has watched a supervision?\n07/05/2026: What did supervisors change after they were watched?"
    )
    again = [asked, answer, "Eli Roy", at(5, 29), meeting]
    assert rows[4] == [
        "Who has watched a supervision?", "Support agreed: The safeguarding lead sits in on two", "Eli Roy", at(4, 30),
        "Safeguarding meeting, 9 April 2026", None,
    ]  # fmt: skip
    assert rows[5] == [*again, None]
    assert rows[6] == [*again, at(6, 4)]
    april = story.on_agenda(4, "safeguarding")[ref]
    assert april["What the service says"].endswith(f"Follow up: {answer}")
    assert april["Asked and agreed before"] == (
        "Safeguarding meeting, 9 April 2026: asked: Who has watched a supervision? support: The safeguarding lead sits in on two. "
        "By Eli Roy until 30 Apr 2026."
    )
    assert ref not in story.on_agenda(7, "safeguarding")
    (line,) = [line for line in story.in_summary(8, "Meetings") if line["Ref"] == ref]
    assert (line["State"], line["Decided"]) == ("Closed 04/06/2026", "The pack of May shows two changes")


def test_a_matter_raised_in_the_meeting_names_it_in_the_tracker(story: Story) -> None:
    tracker = story.tracker("HAZ", 8)
    said = [tracker.said("Challenge", "SAF-2026-07-R1", each) for each in ("Action", "Challenge", "Meeting")]
    assert said == ["A-003", "Why has no team met yet?", "Safeguarding meeting, 6 August 2026"]
    (line,) = [line for line in story.in_summary(8, "Challenge log") if line["Action"] == "A-003"]
    assert (line["State"], line["Follow up"]) == ("Closed", "Each team met in August")


def test_green_needs_a_judgement_from_outside(story: Story) -> None:
    """The same work with the same figures: at Hazel House a meeting accepted it, at Rowan Lodge nobody outside has."""
    ratings = {
        month: [story.months[month].month.rated(*each) for each in (("HAZ", "A-004"), ("ROW", "A-005"))]
        for month in (4, 5, 7, 8)
    }
    assert ratings == {
        4: ["Not yet accepted", "Delivered"],
        5: ["Effective", "Not yet accepted"],
        7: ["Effective", "Not yet accepted"],
        8: ["Effective", "Not yet accepted"],
    }
    asked = story.on_agenda(4, "safeguarding")["SAF-2026-04-01"]
    assert asked["Matter"].startswith("7 items wait for a judgement from outside the service")
    judged = "E-007; E-008; P-A-004-1; P-A-004-2; P-A-004-3; P-A-004-4; R-004"
    assert asked["Evidence or review"] == judged
    (line,) = [line for line in story.in_summary(8, "Meetings") if line["Ref"] == "SAF-2026-04-01"]
    assert (line["State"], line["Judged or verified"]) == ("Closed 07/05/2026", f"{judged}: Accepted")


def test_the_board_sees_what_is_open_in_every_meeting(story: Story) -> None:
    board = story.on_agenda(7, "board")
    assert sorted(board) == ["BRD-2026-07-01", "SAF-2026-03-04", "SAF-2026-04-02", "SAF-2026-07-R1"]
    assert board["BRD-2026-07-01"]["Matter"] == "It is escalated: Staff are unsure what an alert is"
    rows = {line["Ref"]: line for line in story.in_pack("the board", "Meetings")}
    assert rows["SAF-2026-04-02"]["Decided"] == "The council's lead is asked to read ten records"
    assert "Board or its quality committee, 20 August 2026" in rows["SAF-2026-04-02"]["Meetings"]


RECORDS = "Decision records meeting all criteria rose from {} by completion in January 2026, held for 7 months."


def test_in_the_end_alerts_are_fewer_and_less_severe_and_records_are_better_in_three_teams(story: Story) -> None:
    found = [
        "Alerts of high or critical severity fell from 29.6% to 5% by completion in August 2025, held for 12 months.",
        "Alerts substantiated fell from 9.2 to 2.5 by completion in August 2025, held for 12 months.",
        "Escalated on time rose from 50.8% to 96.7% by completion in November 2025, held for 9 months.",
        "Repeat alerts for the same theme fell from 4.9 to 0.5 by completion in August 2025, held for 12 months.",
        *(RECORDS.format(means) for means in ("39.5% to 85.7%", "50% to 90.7%", "58.9% to 94.3%")),
    ]
    for lines in (story.in_summary(8, "Before and after"), story.in_pack("the board", "Before and after")):
        assert sorted(line["Before and after"] for line in lines) == sorted(found)
        assert {line["Service"] for line in lines if "records" in line["Before and after"]} == set(
            story.walk.names().values()
        )
    for reader in ("North County", "an inspector"):  # small numbers are withheld, the verdict is not
        lines = story.in_pack(reader, "Before and after")
        assert [line["Verdict"] for line in lines] == ["Sustained"] * 7
        assert "Alerts substantiated: improved, held for 12 months, after completion in August 2025." in [
            line["Before and after"] for line in lines
        ]
    key = {line["What"]: line["Figure"] for line in story.in_pack("the board", "Key figures", "What")}
    assert (key["Improvements that last"], key["Finished, did not work"]) == ("6", "1"), (
        "a process figure is no outcome"
    )


def test_in_the_end_completed_and_effective_are_told_apart(story: Story) -> None:
    """Eight actions are complete; four of them are shown to work, and each reader can tell which."""
    impact = {
        ("Hazel House", "A-001"): "G Effective", ("Hazel House", "A-002"): "G Effective", ("Hazel House", "A-004"): "G Effective",
        ("Maple Court", "A-001"): "R Not effective", ("Maple Court", "A-002"): "N Not yet measurable",
        ("Maple Court", "A-004"): "N Not yet measurable", ("Maple Court", "A-005"): "G Effective",
        ("Rowan Lodge", "A-005"): "A Not yet accepted",
    }  # fmt: skip
    for lines in (
        story.in_summary(8, "All actions"),
        *(story.in_pack(each, "Actions") for each in ("North County", "an inspector")),
    ):
        assert {(line["Service"], line["Ref"]): line["Impact"] for line in lines if line["Completed on"]} == impact
    rows = {
        line["Action"]: line
        for line in story.in_pack("North County", "Challenge and support")
        if line["Service"] == "Maple Court"
    }
    assert rows["A-002"]["Support agreed"] == "The safeguarding lead sits in on two"
    assert "Eli Roy" not in str(rows)
    (delivered,) = [
        line
        for line in story.in_pack("the board", "Delivery and impact", "Delivery")
        if line["Delivery"] == "Delivered"
    ]
    columns = ("Not effective", "Too early", "In part", "Effective")
    assert {each: delivered[f"Impact: {each}"] for each in columns} == dict(zip(columns, (1, 2, 1, 2), strict=True))
