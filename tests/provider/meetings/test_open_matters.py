"""A matter that several meetings speak of, and a figure that several reasons put on an agenda."""

from datetime import date
from pathlib import Path

from qipxl import Period
from qipxl.provider.meetings.agenda import Found, once_each
from qipxl.provider.meetings.carry import add_matters, asked_since, challenge_words
from qipxl.provider.meetings.kinds import read_kinds
from qipxl.provider.meetings.matters import Matter, MatterLine
from qipxl.provider.meetings.summary_lines import matter_row
from qipxl.provider.register import Register

FEBRUARY, APRIL, JUNE = date(2026, 2, 10), date(2026, 4, 14), date(2026, 6, 9)


def line(month: str, held_on: date, **typed: object) -> MatterLine:
    known = {
        "ref": "PAN-2026-01-01",
        "kind": "panel",
        "meeting": "Panel",
        "service": "DAL",
        "action": "A-001",
        "reason": "outlier",
    }
    return MatterLine.model_validate({**known, "month": month, "held_on": held_on, **typed})


FIRST = line("2026-01", FEBRUARY, asked="Why evenings?", support="A coach", who="Ann Lee", by_when=date(2026, 4, 30))
SECOND = line("2026-03", APRIL, decision="The coach stays", who="Bo Ek", by_when=date(2026, 5, 31))
THIRD = line("2026-05", JUNE, asked="At weekends too?")


def test_one_question_stays_as_it_was_asked_and_later_ones_are_added() -> None:
    assert challenge_words(Matter([FIRST])) == "Why evenings?"
    assert challenge_words(Matter([FIRST, SECOND, THIRD])) == (
        "10/02/2026: Why evenings?\n14/04/2026: The coach stays\n09/06/2026: At weekends too?"
    )


def test_a_later_meeting_changes_what_it_wrote_and_nothing_else() -> None:
    assert asked_since(Matter([FIRST]), date(2026, 2, 1)) == {}
    assert asked_since(Matter([FIRST, SECOND]), date(2026, 6, 1)) == {}, "it is in the tracker already"
    assert asked_since(Matter([FIRST, SECOND]), date(2026, 3, 1)) == {
        "meeting": "Panel, 14 April 2026", "challenge": "10/02/2026: Why evenings?\n14/04/2026: The coach stays",
        "follow_up_owner": "Bo Ek", "due": date(2026, 5, 31),
    }  # fmt: skip
    assert set(asked_since(Matter([FIRST, SECOND, THIRD]), date(2026, 5, 1))) == {"meeting", "challenge"}


def test_the_row_that_a_service_has_answered_keeps_its_answer() -> None:
    row = {
        "ref": FIRST.ref,
        "action": "A-001",
        "challenge": "Why evenings?",
        "follow_up": "The coach began",
        "follow_up_owner": "Ann Lee",
    }
    rows = {"challenge": [row], "actions": [{"ref": "A-001"}]}
    register = Register(Path("register.xlsx"), "Our Care", "core", 10, "", (), {MatterLine: [FIRST, THIRD]})
    add_matters(register, "DAL", Period(2026, 6), rows)
    assert rows["challenge"] == [
        {**row, "meeting": "Panel, 9 June 2026", "challenge": "10/02/2026: Why evenings?\n09/06/2026: At weekends too?"}
    ]


def test_who_acts_is_named_for_each_meeting() -> None:
    assert matter_row(Matter([FIRST, SECOND]), "Dale House")["who"] == "10/02/2026: Ann Lee\n14/04/2026: Bo Ek"


def test_a_figure_of_two_reasons_is_one_matter() -> None:
    outlier, worse = read_kinds().reasons_of(read_kinds().named("panel"))
    first = Found(outlier, "ASH", "A-001", "R-01", items=["125, where the services together have 54"])
    again = Found(worse, "ASH", "A-001", "R-01", items=["125, worse than chance"])
    other = Found(worse, "ASH", "A-002", "R-07", items=["60%, worse than chance"])
    assert once_each([first, again, other], []) == [first, other]
    assert first.others == ["125, worse than chance"]
    assert once_each([Found(outlier, "ASH", "A-001", ""), Found(worse, "ASH", "A-001", "")], [])[1].reason is worse


def test_an_action_with_the_board_is_on_the_agenda_unless_something_else_about_it_is() -> None:
    reasons = {reason.key: reason for reason in read_kinds().reason}
    late = Found(reasons["milestones"], "ASH", "A-001", "")
    same, other = (Found(reasons["with-leaders"], "ASH", action, "") for action in ("A-001", "A-002"))
    assert once_each([late, same, other], []) == [late, other]
    assert once_each([same, other], []) == [same, other]
    assert once_each([same, other], [("milestones", "ash", "a-002", "")]) == [same], "an earlier meeting asked about it"
    assert once_each([other], [("with-leaders", "ash", "a-002", "")]) == [other], "it is the same matter"
