"""Eight months of workforce improvement in two services: long actions that slip, and what reviews of the plan did about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import no_processes
from playing import Meeting, Player
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
    assert_slipping,
    day,
    evidence,
    milestone,
    review,
    rows_of,
    texts_of,
)

from qipxl import Period, Service
from qipxl.provider.register_schema import VerificationLine

pytestmark = pytest.mark.long
FIRST = Period(2026, 1)
SERVICES = [
    Service(code="BIR", name="Birch Row", region="East", manager="Liz Orme"),
    Service(code="CED", name="Cedar View", region="West", manager="Max Ridd"),
]
COMPLETE = {"Status": "Complete"}
BIRCH: dict[int, list[Edit]] = {
    1: [
        ("Actions", "A-001", action(
            "Team leaders are not observed", "Each leader is observed and coached twice a year", "Nine of ten leaders competent",
            "Ann Lee", day(3, 1, 2025), day(8, 31), Outcome_indicator="W-01", Embedding_review=day(12, 15),
        )),
        ("Actions", "A-002", action(
            "Supervision is late", "Each member of staff has supervision every six weeks", "Nine supervisions of ten on time",
            "Bo Ek", day(3, 1, 2025), day(11, 30, 2025), Status="Complete", Completed_on=day(11, 14, 2025), Embedding_review=day(1, 15),
            Outcome_indicator="W-02",
        )),
        ("Actions", "A-003", action(
            "New staff work alone too soon", "New staff are paired for six weeks", "No new starter alone in a rota sample",
            "Cy Fox", day(1, 6, 2025), day(11, 30, 2025), Status="Complete", Completed_on=day(11, 20, 2025), Embedding_review=day(1, 20),
        )),
        ("Milestones", "M-001", milestone("A-001", "Competency framework written", "Framework", day(6, 30, 2025), Kind="Framework drafted",
                                          Done_on=day(6, 20, 2025), Evidence_reference="E-001")),
        ("Milestones", "M-002", milestone("A-001", "Practice leads have time for it", "Rota", day(10, 31, 2025), Kind="Agreed and resourced",
                                          Done_on=day(10, 30, 2025), Evidence_reference="E-007")),
        ("Milestones", "M-006", milestone("A-001", "Four of ten leaders observed", "Four observation sheets", day(1, 30),
                                          Kind="Mid-point evidence", Done_on=day(1, 28), Evidence_reference="E-008")),
        ("Milestones", "M-003", milestone("A-001", "All ten leaders observed", "Ten observation sheets", day(2, 28),
                                          Kind="Observations completed")),
        ("Milestones", "M-004", milestone("A-001", "Impact on shifts reviewed", "Review of six shifts", day(8, 15), Kind="Impact reviewed")),
        ("Milestones", "M-005", milestone("A-002", "Effect of supervision reviewed", "Staff answers", day(11, 30, 2025), Kind="Impact reviewed",
                                          Done_on=day(11, 10, 2025), Evidence_reference="E-002")),
        ("Evidence", "E-001", evidence("A-001", "Processes", "The framework, as leaders agreed it", 1)),
        ("Evidence", "E-007", evidence("A-001", "Processes", "Rota with the hours of practice leads", 1)),
        ("Evidence", "E-008", evidence("A-001", "Observation", "Mid-point: four leaders observed so far", 1)),
        ("Evidence", "E-002", evidence("A-002", "Feedback from staff and leaders", "Staff say what supervision changed", 1)),
        ("Evidence", "E-003", evidence("A-002", "Processes", "Dates of supervision from the rota", 1)),
        ("Evidence", "E-004", evidence("A-003", "Observation", "Two new starters watched with their partners", 1)),
        ("Evidence", "E-005", evidence("A-003", "Processes", "Rotas of five weeks", 1)),
        ("Reviews", "R-001", review("A-002", day(1, 20), "Supervision is on time in all four teams", "Effective", "Yes", "Met",
                                    Next_review=day(11, 30))),
        ("Reviews", "R-002", review("A-003", day(1, 22), "Each new starter had a partner", "Effective", "Yes", "Met", Next_review=day(6, 10),
                                    Learning="Partners need the same days off")),
    ],
    2: [],
    3: [
        ("Actions", "A-002", {"Verified by": "Di Roe", "Verified on": day(3, 16)}),
        ("Actions", "A-003", {"Verified by": "Di Roe", "Verified on": day(3, 16)}),
        ("Milestones", "M-003", {"Slippage reason": "Skill or competence", "Response to slippage": "Coaching or mentoring",
                                 "Support agreed": "The deputy coaches for an hour a week", "Recovery date": day(5, 29)}),
    ],
    4: [
        ("Challenge", "QIP-2026-03-01", {"Follow up": "The practice lead is free on Tuesdays and Thursdays"}),
        ("Milestones", "M-003", {"Revised due date": day(6, 30)}),
        ("Extensions", "A-001", {"Milestone": "M-003", "From": day(2, 28), "To": day(6, 30), "Kind of reason": "Skill or competence",
                                 "Reason": "Two observers had to be trained first", "Asked on": day(4, 2), "Approved by": "Nia Price"}),
    ],
    6: [
        ("Milestones", "M-003", {"Done on": day(6, 20), "Evidence reference": "E-006"}),
        ("Evidence", "E-006", evidence("A-001", "Observation", "Ten observation sheets, two with a plan", 6)),
        ("Actions", "A-001", {"Due date": day(10, 31), "Slippage reason": "Capacity", "Response to slippage": "Re-scoped"}),
        ("Extensions", "A-001", {"From": day(8, 31), "To": day(10, 31), "Kind of reason": "Capacity",
                                 "Reason": "Shifts in August have too many agency staff to review", "Asked on": day(6, 3),
                                 "Approved by": "Nia Price"}),
    ],
    7: [("Milestones", "M-004", {"Due date": day(11, 15)})],
    8: [
        ("Milestones", "M-004", {"Revised due date": day(11, 15), "Slippage reason": "Recruitment", "Response to slippage": "Training",
                                 "Support agreed": "A manager from Cedar View reviews two shifts", "Recovery date": day(10, 20)}),
        ("Reviews", "R-003", review("A-003", day(8, 12), "Four new starters, all with a partner", "Effective", "Yes", "Met",
                                    Next_review=day(2, 12, 2027))),
    ],
}  # fmt: skip
CEDAR: dict[int, list[Edit]] = {
    1: [
        ("Actions", "A-001", action("Handovers miss what changed", "Handovers follow five headings", "Five headings in ten handovers",
                                    "Dee Tan", day(4, 1, 2025), day(2, 20), Embedding_review=day(4, 20))),
        ("Actions", "A-002", action("Sickness leaves shifts short", "A bank of known staff covers sickness", "No shift short in a month",
                                    "Eli Roy", day(5, 1, 2025), day(3, 31), Embedding_review=day(9, 20))),
        ("Actions", "A-003", action("Leaders have no induction", "Leaders have four weeks of induction", "Induction in all leaders' files",
                                    "Flo Hunt", day(6, 1, 2025), day(9, 30))),
        ("Actions", "A-004", action("Nurses leave within a year", "Each nurse has a plan and a mentor", "Four of five nurses stay a year",
                                    "Gus Webb", day(6, 1, 2025), day(11, 30))),
        ("Actions", "A-005", action("Appraisals are not held", "Each person has an appraisal with goals", "Goals in all appraisals",
                                    "Hal Dunn", day(6, 1, 2025), day(11, 30))),
        ("Actions", "A-006", action("Staff ideas get no answer", "Each idea is answered in a month", "Answers to ten ideas",
                                    "Ivy Cole", day(6, 1, 2025), day(11, 30))),
        ("Milestones", "M-001", milestone("A-004", "Mentors named", "List of mentors", day(1, 31), Kind="Agreed and resourced",
                                          Done_on=day(1, 30), Evidence_reference="E-003")),
        ("Milestones", "M-002", milestone("A-004", "Mentors and nurses met twice", "Dates of the meetings", day(5, 31),
                                          Kind="Other step")),
        ("Milestones", "M-003", milestone("A-004", "Nurses say what helped", "Interviews with four nurses", day(11, 15),
                                          Kind="Impact reviewed")),
        ("Evidence", "E-003", evidence("A-004", "Processes", "List of mentors with their hours", 1)),
    ],
    2: [
        ("Actions", "A-001", COMPLETE | {"Completed on": day(2, 18)}),
        ("Evidence", "E-001", evidence("A-001", "Observation", "Three handovers with five headings", 2)),
    ],
    3: [
        ("Actions", "A-002", COMPLETE | {"Completed on": day(3, 30)}),
        ("Actions", "A-006", {"Success measure": "Answers to some ideas", "Owner": "Kay Nash"}),
    ],
    4: [("Reviews", "R-001", review("A-001", day(4, 22), "Headings are ticked, but falls were not handed over", "Not effective", "No",
                                    "No change",
                                    Learning="Headings need an example each"))],
    5: [("Actions", "A-003", {"Status": "Withdrawn", "Withdrawal reason": "Leaders of both services now have one induction",
                              "Withdrawal approved by": "Nia Price"})],
    6: [("Actions", "A-005", {"Status": "Withdrawn", "Withdrawal reason": "Goals are part of supervision now",
                              "Withdrawal approved by": "Nia Price"})],
    7: [
        ("Challenge", "QIP-2026-06-01", {"Follow up": "Two mentors left; two others begin in August"}),
        ("Milestones", "M-002", {"Slippage reason": "Capacity", "Response to slippage": "Time reallocated",
                                 "Support agreed": "Mentors have one hour a week", "Recovery date": day(9, 10)}),
    ],
    8: [
        ("Milestones", "M-002", {"Done on": day(8, 20), "Evidence reference": "E-004"}),
        ("Evidence", "E-004", evidence("A-004", "Processes", "Dates of two meetings of all six pairs", 8)),
    ],
}  # fmt: skip
STORIES = {"BIR": BIRCH, "CED": CEDAR}
LETTERS = {
    ("BIR", "A-001"): "NNRN-AAA",
    ("BIR", "A-002"): "GGGB-BSS",
    ("BIR", "A-003"): "GGGB-SSB",
    ("CED", "A-001"): "NDDRRRRR",
    ("CED", "A-002"): "NNRRRRRR",
    ("CED", "A-003"): "NNNNXXXX",
    ("CED", "A-004"): "NNNNNARN",
    ("CED", "A-005"): "NNNNNXXX",
    ("CED", "A-006"): "NNNNNNNN",
}
"""The letter of each action from January to August; - for no return: Birch Row sends none for May."""
OVERDUE = {
    ("BIR", "A-001"): (0, 0, 31, 0, None, 0, 0, 16),
    ("CED", "A-004"): (0, 0, 0, 0, 0, 30, 61, 0),
}
"""Days that the latest open milestone is overdue: of Birch Row M-003 until its extension in April, then M-004 by the date it was issued
with, because no extension names it; of Cedar View M-002, also in the month in which its row was deleted."""
PROMISES: dict[int, list[Promise]] = {
    3: [
        ("CED", "Actions", "A-006", "Success measure", "Answers to ten ideas", "Answers to some ideas", "No"),
        ("CED", "Actions", "A-006", "Owner", "Ivy Cole", "Kay Nash", "No"),
    ],
    5: [("CED", "Figures", "W-02 2026-02", "Numerator", "24", "28", "No")],
    6: [("BIR", "Actions", "A-001", "Due date", "31/08/2026", "31/10/2026", "Yes")],
    7: [("BIR", "Milestones", "M-004", "Due date", "15/08/2026", "15/11/2026", "No")],
}  # fmt: skip
VERDICTS = {1: "Too early", 4: "Too early", 6: "Sustained", 7: "Worse"}
"""What the figures of A-002 of Birch Row show: completed in November, so that June is the seventh month after."""
ON_TIME = {
    "BIR": [18, 19, 17, 18, 20, 18, 17, 19, 18, 19, 18, 17, 18, 20, 21, 22, 23, 24, 26, 27, 28, 28, 29, 28, 29, 28, 28, 29, 28, 9, 10],
    "CED": [24, 25, 24, 23, 24, 25, 24, 24, 23, 25, 24, 24, 25, 24, 23, 24, 24, 25, 24, 23, 24, 24, 25, 24, 24, 23, 24, 25, 24, 24, 23],
}  # fmt: skip
"""W-02, supervisions held on time of 30 due, month by month from February 2024 to August 2026."""
DONE = {
    1: "The framework was tried on nights", 2: "Coaching began for three leaders", 3: "Leaders watched each other's shifts",
    4: "One team has no practice lead", 5: "The bank has six known people", 6: "Agency use fell in two teams",
    7: "Holidays took four supervisors away", 8: "A new supervisor has begun",
}  # fmt: skip
MEETINGS = {
    3: [Meeting("qip-review", day(4, 9), {("Birch Row", "A-001"): {
        "Asked": "Who has not been observed, and why?", "Decided": "The executive lead follows it each month",
        "Level held": "3 Executive lead", "Support agreed": "Two days a week of practice lead time", "Who": "Ann Lee", "By when": day(5, 29),
    }}, about={"Chair": "Nia Price"})],
    6: [Meeting("qip-review", day(7, 9), {
        ("Birch Row", "A-001"): {
            "Decided": "All ten leaders were observed, so the manager holds it again", "Level held": "1 Registered manager", "Closed?": "Yes",
        },
        ("Cedar View", "A-004"): {
            "Asked": "Why did only two pairs meet?", "Support agreed": "Six sessions of management coaching", "Who": "Gus Webb",
            "By when": day(8, 31),
        },
    }, about={"Chair": "Nia Price"})],
    7: [Meeting("qip-review", day(8, 6), {
        ("Birch Row", "A-002"): {"Asked": "Which teams have no supervisor?", "Support agreed": "A supervisor from Cedar View", "Who": "Bo Ek"},
        ("Cedar View", "A-004"): {"Decided": "The board hears of it until all pairs have met", "Level held": "4 Board"},
    }, about={"Chair": "Nia Price"})],
    8: [Meeting("board", day(9, 17), {("Cedar View", "A-004", "A milestone is late"): {
        "Decided": "All pairs have met, so the manager holds it again", "Level held": "1 Registered manager", "Closed?": "Yes",
    }}, about={"Chair": "Eve Hart"})],
}  # fmt: skip
"""The meetings about each month, some days after it."""
VERIFIED = [
    VerificationLine(service="BIR", action=ref, verified_on=day(3, 18), verified_by="Di Roe")
    for ref in ("A-002", "A-003")
]


def monthly(code: str, typed: Recorder, month: int) -> None:
    """What every service enters each month: the date of the update, and the figures; in January those of 24 months."""
    for ref in typed.refs("Actions"):
        typed.type("Actions", ref, {"Last update": day(month, 28)})
    for place in range(24) if month == 1 else [22 + month]:
        typed.figure("W-02", FIRST.plus(place - 23), ON_TIME[code][place], 30)
        if code == "BIR":
            typed.figure("W-01", FIRST.plus(place - 23), 20 + place % 3, 40)
    if (code, month) == ("BIR", 6):  # the tracker of June has the month without a return too
        typed.figure("W-02", FIRST.plus(4), ON_TIME[code][27], 30)
    texts = {"context": f"{DONE[month]}, {code}", "learning": f"What {code} does next after month {month}"}
    typed.figure("W-02", FIRST.plus(month - 1), ON_TIME[code][22 + month], 30, **texts)


def enter(code: str, typed: Recorder, month: int) -> None:
    """A month's work of a service."""
    typed.enter(STORIES[code].get(month, []))
    monthly(code, typed, month)
    if (code, month) == ("CED", 4):
        typed.delete("Actions", "A-004")
    if (code, month) == ("CED", 5):
        typed.figure("W-02", FIRST.plus(1), 28, 30)
    if (code, month) == ("CED", 6):
        typed.delete("Milestones", "M-002")


def play(home: Path) -> Story:
    """Every month, from init on."""
    player = Player(home, "workforce", SERVICES, [*VERIFIED], Recorder)
    player.begin()
    made = Story(Walk(player, FIRST, LETTERS))
    for month in range(1, 9):
        made.months[month] = made.walk.play(month, enter, MEETINGS.get(month, ()))
    made.packs = {path.stem: texts_of(path)[1] for path in player.packs(FIRST.plus(7), "board", "inspector")}
    return made


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Every month, played once."""
    with no_processes():
        return play(tmp_path_factory.mktemp("walk") / "our")


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
    assert_slipping(story.months[6], "BIR", "A-003", "It was embedded, but its next review is overdue")
    why = "It was embedded, but its figures no longer hold"
    assert_slipping(story.months[7], "BIR", "A-002", why)


def test_two_years_of_figures_reach_a_verdict(story: Story) -> None:
    for month in VERDICTS.keys() & story.months.keys():
        (figure,) = story.months[month].month.summary.impact.verdicts["bir", "a-002"]
        assert figure.verdict is not None
        assert figure.verdict.state == VERDICTS[month]


def test_slippage_says_what_was_done_about_it(story: Story) -> None:
    (line,) = [line for line in rows_of(story.months[3].sheets, "Slippage", "Ref") if line["Ref"] == "A-001"]
    for text in ("M-003 All ten leaders observed", "31 days overdue", "Slippage reason: Skill or competence",
                 "Support agreed: The deputy coaches for an hour a week", "Recovery date: 29/05/2026"):  # fmt: skip
        assert text in " ".join(map(str, line.values()))


def test_a_later_date_needs_an_extension(story: Story) -> None:
    found = story.months[8].month.problems
    (cell,) = found.loc[(found["code"] == "moved-without-extension") & (found["table"] == "milestones"), "message"]
    assert "the earlier date counts" in cell


def test_a_deleted_row_is_named_until_it_is_back(story: Story) -> None:
    cells = {
        number: played.month.actions.set_index(["service", "ref"])["cell"] for number, played in story.months.items()
    }
    assert cells[4]["CED", "A-004"] == "deleted in April 2026"
    assert cells[5]["CED", "A-004"].startswith("Actions!A")
    milestones = [line for line in rows_of(story.months[6].sheets, "All milestones", "Ref") if line["Ref"] == "M-002"]
    assert any("deleted in June 2026" in map(str, line.values()) for line in milestones)


def test_support_that_a_review_agreed_is_in_the_next_tracker_and_is_answered_there(story: Story) -> None:
    headings = ("Action", "Challenge", "Follow up", "Follow up owner", "Meeting")
    for code, month, ref, expected in (
        ("BIR", 4, "QIP-2026-03-01", [
            "A-001", "Who has not been observed, and why?", "Support agreed: Two days a week of practice lead time", "Ann Lee",
            "QIP review, 9 April 2026",
        ]),
        ("CED", 7, "QIP-2026-06-01", [
            "A-004", "Why did only two pairs meet?", "Support agreed: Six sessions of management coaching", "Gus Webb",
            "QIP review, 9 July 2026",
        ]),
    ):  # fmt: skip
        tracker = story.tracker(code, month)
        assert [tracker.said("Challenge", ref, each) for each in headings] == expected
    june, july = story.on_agenda(6, "qip-review")["QIP-2026-03-01"], story.on_agenda(7, "qip-review")["QIP-2026-06-01"]
    assert june["What the service says"] == "Follow up: The practice lead is free on Tuesdays and Thursdays"
    assert july["What the service says"].endswith("Follow up: Two mentors left; two others begin in August")
    assert story.on_agenda(8, "board")["QIP-2026-07-02"]["What the service says"] == "", "support is no answer"


def test_a_decision_escalates_until_another_ends_it(story: Story) -> None:
    levels = {
        (code, ref): [
            played.month.rated(code, ref, "escalation") for number, played in story.months.items() if number > 2
        ]
        for code, ref in (("BIR", "A-001"), ("CED", "A-004"))
    }
    assert levels == {
        ("BIR", "A-001"): [
            "Director",
            "Executive lead",
            "",
            "Executive lead",
            "Registered manager",
            "Registered manager",
        ],
        ("CED", "A-004"): ["Owner", "Owner", "Owner", "Director", "Executive lead", "Board"],
    }
    held = "The board keeps this at its level (6 August 2026, QIP review, Nia Price)"
    decided = "06/08/2026 QIP review, Nia Price: The board hears of it until all pairs have met (level 4)"
    for lines in (story.in_summary(8, "Escalations"), story.in_pack("the board", "Escalations")):
        (line,) = [line for line in lines if line["Ref"] == "A-004"]
        assert (line["Why"], line["Decided last time"]) == (held, decided)
    assert held in story.on_agenda(8, "board")["BRD-2026-08-04"]["Why it is here"]
    closed = {
        line["Ref"]: line for line in story.in_pack("the board", "Meetings") if line["State"].startswith("Closed")
    }
    assert {ref: line["State"] for ref, line in closed.items()} == {
        "QIP-2026-03-01": "Closed 09/07/2026",
        "QIP-2026-06-01": "Closed 17/09/2026",
    }
    assert closed["QIP-2026-06-01"]["Decided"].splitlines() == [
        "06/08/2026: The board hears of it until all pairs have met",
        "17/09/2026: All pairs have met, so the manager holds it again",
        "Held at level 1.",
    ]


def test_the_timeline_of_milestones_has_the_mid_point(story: Story) -> None:
    """For A-001 of Birch Row in March, June and August: done, late and due, month by month."""
    signs = {}
    for month in (3, 6, 8):
        (line,) = [
            line
            for line in story.in_summary(month, "Milestone timeline")
            if line["Service"] == "Birch Row" and line["Ref"] == "A-001"
        ]
        signs[month] = {name: sign for name, sign in line.items() if sign in list("●○!")}
    assert signs == {
        3: {"Oct 25": "●", "Jan 26": "●", "Feb 26": "!", "Aug 26": "○"},
        6: {"Jan 26": "●", "Jun 26": "●", "Aug 26": "○"},
        8: {"Jun 26": "●", "Aug 26": "!"},
    }


def test_in_the_end_inspectors_see_what_was_done_and_shown_when_and_what_was_asked(story: Story) -> None:
    """Not one date of completion: each milestone with its own evidence, the mid-point, the delay with its reason, and who asked."""
    lines = [
        line
        for line in story.in_pack("an inspector", "Timeline of each action")
        if (line["Service"], line["Action"]) == ("Birch Row", "A-001")
    ]
    told = [(f"{line['Date']:%Y-%m-%d}", line["What happened"], line["Details"]) for line in lines if line["Date"]]
    assert told == [
        ("2025-03-01", "Start", "Each leader is observed and coached twice a year"),
        ("2025-06-20", "Milestone done", "M-001. Competency framework written. E-001. Due 30 Jun 2025"),
        ("2025-10-30", "Milestone done", "M-002. Practice leads have time for it. E-007. Due 31 Oct 2025"),
        ("2026-01-18", "Evidence", "E-001. Processes. The framework, as leaders agreed it"),
        ("2026-01-18", "Evidence", "E-007. Processes. Rota with the hours of practice leads"),
        ("2026-01-18", "Evidence", "E-008. Observation. Mid-point: four leaders observed so far"),
        ("2026-01-28", "Milestone done", "M-006. Four of ten leaders observed. E-008. Due 30 Jan 2026"),
        ("2026-04-02", "More time asked for", "Skill or competence. Two observers had to be trained first"),
        ("2026-04-09", "Challenge", "QIP review, 9 April 2026. Who has not been observed, and why? The practice lead is free on Tuesdays and "
            "Thursdays"),
        ("2026-06-03", "More time asked for", "Capacity. Shifts in August have too many agency staff to review"),
        ("2026-06-18", "Evidence", "E-006. Observation. Ten observation sheets, two with a plan"),
        ("2026-06-20", "Milestone done", "M-003. All ten leaders observed. E-006. Due 30 Jun 2026"),
        ("2026-07-09", "Challenge closed", "QIP-2026-03-01"),
        ("2026-08-15", "Milestone due", "M-004. Impact on shifts reviewed"),
        ("2026-08-31", "Original due date", ""),
        ("2026-10-31", "Due date now", ""),
        ("2026-12-15", "Embedding review planned", ""),
    ]  # fmt: skip
    (embedded,) = [
        line for line in story.in_pack("an inspector", "Timeline of each action")
        if (line["Action"], line["What happened"]) == ("A-002", "Challenge")
    ]  # fmt: skip
    assert "Which teams have no supervisor?" in embedded["Details"], "also about an action that has left its plan"
