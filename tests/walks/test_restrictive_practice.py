"""Six services reduce restrictive practice for ten months: nothing that they enter is lost, and blue that slips is found.

The short form plays two of the services in August and September; what is dated earlier they type into their first tracker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import openpyxl
import pytest
from factories import LONG
from judging import book_of
from playing import Cells, Month, Player, Typist

from qipxl import Period, Service, find_template, write_summary
from qipxl.provider.register_schema import (
    JudgementLine,
    Line,
    QuestionLine,
    RemovedLine,
    ServiceLine,
    SettingLine,
    VerificationLine,
)
from qipxl.summary.findings import findings_of
from qipxl.summary.history import WHOLE, change_words

TEMPLATE = "restrictive-practice"
FIRST, LAST = (1, 10) if LONG else (8, 9)
PLAYED = ("ASH", "BIR", "CED", "DAL", "ELM", "HOL") if LONG else ("ASH", "DAL")
NUMBERS = range(FIRST, LAST + 1)
"""The months of 2026 that are played."""
SERVICES = {
    "ASH": Service(code="ASH", name="Ash Court", region="North"),
    "BIR": Service(code="BIR", name="Birch Lodge", region="North"),
    "CED": Service(code="CED", name="Cedar View", region="Midlands"),
    "DAL": Service(code="DAL", name="Dale House", region="Midlands"),
    "ELM": Service(code="ELM", name="Elm Grove", region="South"),
    "HOL": Service(code="HOL", name="Holly Bank", region="South"),
}
NEW_CODE, CODE_CHANGES = "BRC", 6
"""The code that Birch Lodge has from June on."""
LATE, WIPED, SLIPS, DELETED = ("HOL", 5), ("ELM", 8), ("ASH", 9), ("DAL", 9)
"""The return that comes in after the next trackers were issued, the wiped plan, the month in which blue slips, and the deleted row."""


def day(text: str) -> date:
    return date.fromisoformat(text)


# ---------------------------------------------------------------- the figures, month by month
PHYSICAL = {
    "ASH": "7 15 16 12 13 8 16 11 8 9 9 9 7 8 15 9 12 16 7 12 7   5 2 4 5 2 5 2 4 3 6 41 9",
    "BIR": "16 11 16 14 11 9 12 7 11 9 10 7 16 12 9 11 7 10 13 11 11   2 3 5 5 4 3 2 6 3 6 3 6",
    "CED": "9 10 13 14 7 16 7 16 15 10 9 9 12 9 7 10 13 9 10 12 14   3 6 4 6 2 4 2 6 4 3 3 4",
    "DAL": "6 6 10 12 13 7 8 10 11 10 13 10 10 6 10 11 11 13 11 6 12 10 9 9   9 5 9 5 5 9 9 9 6",
    "ELM": "13 11 12 6 8 13 6 8 6 13 13 13 8 11 6 13 13 13 13 11 11 10 13 8   6 5 7 9 7 5 5 6 6",
    "HOL": "6 6 6 11 13 11 8 9 11 10 8 13 11 9 10 12 13 11 7 11 10 9 8 10   5 5 7 7 9 5 5 5 5",
}  # fmt: skip
"""R-01, physical interventions in 180 support days, from February 2024 to October 2026; a gap where the work began to show."""
ON_TIME = {
    "ASH": "7 9 9 7 8 6 8 8 6 9 8 9 7 9 7 8 7 5 7 5 5   12 11 11 12 12 12 11 12 11 11 12 12",
    "BIR": "6 7 9 7 7 9 6 8 5 7 8 6 6 6 8 4 4 8 7 9 4   12 12 12 12 12 12 11 12 12 12 11 11",
    "CED": "7 8 5 5 9 7 7 6 7 9 6 8 7 8 8 8 9 9 5 5 7   11 12 12 11 12 11 12 12 11 12 12 12",
    "DAL": "7 6 7 8 10 10 9 9 10 8 9 6 8 10 8 8 9 7 9 9 10 8 6 7   9 10 11 11 10 9 9 11 11",
    "ELM": "9 8 7 9 7 8 10 10 9 7 7 8 9 6 6 9 6 10 9 7 7 7 10 9   10 11 11 11 11 10 9 10 11",
    "HOL": "7 10 9 9 9 8 9 10 7 8 6 9 8 7 8 9 6 7 8 8 10 6 10 9   11 11 8 10 10 8 11 8 11",
}  # fmt: skip
"""R-07, reviews of restrictions that were held on time, of 12 due, for the same months."""
IN_PLACE = {
    "ASH": "10 10 9 9 8 8 6 7 6 5", "BIR": "11 11 9 9 8 9 7 7 7 7", "CED": "10 9 9 8 8 7 7 7 6 5",
    "DAL": "9 9 9 9 7 7 6 6 5 6", "ELM": "12 12 10 10 9 9 8 9 8 8", "HOL": "9 9 8 8 7 8 6 7 6 5",
}  # fmt: skip
"""R-05, environmental restrictions, surveillance and blanket rules in place, from January to October 2026; a count."""
PARTICIPATION = {
    "ASH": "4 4 3 4 5 4 4 4 5 5", "BIR": "4 4 3 4 4 5 4 4 5 5", "CED": "3 3 3 3 4 5 5 4 5 5",
    "DAL": "4 4 4 4 4 4 5 4 6 6", "ELM": "3 4 4 4 5 4 4 5 5 5", "HOL": "3 4 3 4 5 5 5 4 6 5",
}  # fmt: skip
"""R-11, people who chose and took part in something each week, of 6, for the same months."""
LAWFUL = {
    "ASH": "6 7 6 6 7 7 8 8 7 6", "BIR": "7 7 6 7 8 7 7 7 7 6", "CED": "7 8 7 8 7 6 8 7 6 8",
    "DAL": "7 8 7 6 7 6 8 8 6 7", "ELM": "6 7 6 7 7 6 8 7 7 8", "HOL": "6 6 8 6 8 8 6 7 7 6",
}  # fmt: skip
"""R-12, the service's own: restrictions with a legal basis on record, of 8, for the same months."""
OF: dict[str, int | None] = {"R-01": 180, "R-05": None, "R-07": 12, "R-11": 6, "R-12": 8}
"""The denominators."""
LAWFULNESS: Cells = {
    "Indicator": "Restrictions with a legal basis on record", "Unit counted": "restriction looked at",
    "Numerator": "restrictions whose authorisation or best interests decision is on file", "Denominator": "restrictions looked at",
    "Rate per": 100, "Which way is better": "Higher is better", "Target": 100,
}  # fmt: skip
CONTEXT = {
    "ASH": "Two quiet weeks at home. | One hospital stay unsettled the house. "
    "| New night rota began. | Sensory room opened. | Fewer agency shifts. "
    "| Heat made evenings hard. | Holiday week by the sea. | Same team all month. "
    "| Two moves in one week, and staff new to both people. | The old rota is back.",
    "BIR": "Snow kept people indoors. | A new activity plan started. | Garden gate is open again. "
    "| Staff sickness in week two. | Car was repaired. "
    "| New code, same house and team. | College term ended. | Building work next door. | Builders left. | Dark evenings began.",
    "CED": "Flu in the house. | All outings took place. | A birthday week. | Fire drill upset two people. | A new cook. "
    "| Longer walks. | A friend moved away. | Swimming twice a week. | Dentist visits. | Clocks went back.",
    "DAL": "Three evenings with distress. | A new manager. | Night staff changed. | Fewer locked cupboards. | Kitchen stays open. "
    "| Practice leader was away. | Coaching began in week three. | Observations are done. | First month of the new plan. | Two calm weekends.",
    "ELM": "One person came home. | Shorter shifts. | A noisy neighbour. | Speech therapist visits. | Picture plans on each door. "
    "| Wi-Fi failed for a week. | Lift out of order. |  | Lift works again. | Half term visits.",
    "HOL": "Broken boiler. | Warm rooms again. | Choir began. | Bus strike. | Late because the laptop broke. "
    "| Choir on holiday. | Barbecue each Friday. | A new neighbour. | School run is quieter. | Pumpkin day.",
}  # fmt: skip
"""What each service writes in Context of R-01, from January to October."""
LEARNING = {
    ("ASH", 9): "Plan moves one at a time, each with a person who is known.", ("ASH", 10): "A known face on every shift halves it.",
    ("BIR", 3): "An open gate needs one more person outside.", ("CED", 4): "Tell people a day before a drill.",
    ("DAL", 7): "Coaching works best during the shift.", ("ELM", 5): "Pictures work where words do not.",
    ("HOL", 8): "Ask new neighbours in for tea.",
}  # fmt: skip


def series(indicator: str, service: str) -> dict[Period, int]:
    """A service's figures of an indicator by month."""
    long = {"R-01": PHYSICAL, "R-07": ON_TIME}
    text = {**long, "R-05": IN_PLACE, "R-11": PARTICIPATION, "R-12": LAWFUL}[indicator][service]
    begin = Period(2024, 2) if indicator in long else Period(2026, 1)
    return {begin.plus(number): int(value) for number, value in enumerate(text.split())}


# ---------------------------------------------------------------- the plans
def plan(issue: str, change: str, measure: str, owner: str, dates: str, indicator: str = "", **more: str) -> Cells:
    """An action's cells; `dates` are start, due date and embedding review."""
    start, due, review = map(day, dates.split())
    return {
        "Must or should": more.pop("must", "Own improvement"), "Source": more.pop("source", "Internal audit"),
        "Source reference": more.pop("reference", "Audit of restrictions, autumn 2025"), "Issue or risk": issue,
        "Intended change": change, "Success measure": measure, "Outcome indicator": indicator or None, "Owner": owner,
        "Accountable lead": "Nia Price", "Start date": start, "Due date": due, "Original due date": due,
        "Embedding review": review, "Status": more.pop("status", "In progress"),
    }  # fmt: skip


Entry = tuple[int, str, str, str, Cells]
"""A row that is typed: month, service, sheet, Ref (blank for a table without Refs) and cells."""
DONE = "2025-10-01 2026-01-31 "
ACTIONS: list[Entry] = [
    (1, "ASH", "Actions", "A-001", plan("Holds are used to end arguments", "Staff step back and wait", "Under 6 holds a month", "Ann Lee",
        DONE + "2026-07-15", "R-01")),
    (1, "ASH", "Actions", "A-002", plan("Reviews of restrictions are late", "Every review has a booked day", "11 of 12 on time", "Bo Ek",
        DONE + "2026-07-15", "R-07")),
    (1, "ASH", "Actions", "A-003", plan("Kitchen is locked at night", "People make tea when they like", "No lock on the kitchen", "Ann Lee",
        DONE + "2026-04-20")),
    (1, "BIR", "Actions", "A-001", plan("Garden walks end in holds", "People choose their own route", "Fewer than 6 a month", "Cy Fox",
        DONE + "2026-07-15", "R-01")),
    (1, "BIR", "Actions", "A-002", plan("Reviews are not booked", "The diary books them", "One late review at most", "Di Roe",
        DONE + "2026-07-15", "R-07")),
    (1, "BIR", "Actions", "A-003", plan("Front door code is secret", "Each person has a fob", "All six hold a fob", "Cy Fox",
        DONE + "2026-04-20")),
    (1, "CED", "Actions", "A-001", plan("Regulator found holds without a plan", "Each hold follows a written plan",
        "No hold without its plan", "Ed Moss", DONE + "2026-07-15", "R-01", must="Must do", source="CQC must-do",
        reference="Report of October 2025, page 14")),
    (1, "CED", "Actions", "A-002", plan("Review dates are missed", "Reviews are held with the person", "All but one on time", "Fay Orr",
        DONE + "2026-07-15", "R-07")),
    (1, "CED", "Actions", "A-003", plan("Bedroom sensors have no consent", "Sensors are used only with consent", "Consent on each file",
        "Ed Moss", DONE + "2026-04-20")),
    (1, "DAL", "Actions", "A-001", plan("Evening holds are frequent", "Staff notice distress early", "Half of last year's holds", "Gil Hay",
        "2026-01-05 2026-09-30 2026-12-15", "R-01")),
    (1, "DAL", "Actions", "A-002", plan("Reviews lack the person's view", "People speak at their review", "A view on each record", "Hal Kidd",
        "2026-02-01 2026-11-30 2027-02-28", "R-07")),
    (1, "DAL", "Actions", "A-003", plan("Cupboards are locked for all", "Only what harms is locked", "Two cupboards at most", "Gil Hay",
        "2026-01-05 2026-12-15 2027-03-15")),
    (2, "DAL", "Actions", "A-004", plan("Reviews without the person present", "People come to reviews", "Each record says who came",
        "Hal Kidd", "2026-02-01 2026-11-30 2027-02-28")),
    (1, "ELM", "Actions", "A-001", plan("New staff hold too soon", "New staff shadow for a month", "Seven holds at most", "Ira Nash",
        "2026-01-05 2026-06-30 2026-12-31", "R-01")),
    (1, "ELM", "Actions", "A-002", plan("Reviews wait for the doctor", "The doctor joins by video", "No review waits", "Joy Penn",
        "2026-01-05 2026-12-31 2027-03-31", "R-07", must="Should do", source="Commissioner or PAMMS", reference="Visit of November 2025")),
    (1, "ELM", "Actions", "A-003", plan("Alarm mats in two rooms", "Mats are replaced by checks", "No mats", "Ira Nash",
        "2026-01-05 2026-10-31 2027-01-31")),
    (1, "HOL", "Actions", "A-001", plan("Holds after family calls", "Calls are planned with the person", "Five holds a month", "Kim Ray",
        "2026-01-05 2026-12-15 2027-03-15", "R-01")),
    (1, "HOL", "Actions", "A-002", plan("Papers for restrictions are missing", "Each restriction has its papers", "8 of 8 with a legal basis",
        "Lou Sim", "2026-01-05 2026-05-31 2026-11-15", "R-12")),
    (5, "HOL", "Actions", "A-003", plan("Sweets are kept from one person", "A plan with the dietitian", "No ban in the kitchen", "Kim Ray",
        "2026-05-01 2026-11-30 2027-02-28")),
]  # fmt: skip


def milestone(action: str, name: str, evidence: str, due: str, done: str = "", shown_by: str = "") -> Cells:
    return {
        "Action": action, "Milestone": name, "Evidence required": evidence, "Due date": day(due),
        "Done on": day(done) if done else None, "Evidence reference": shown_by or None,
    }  # fmt: skip


def evidence(action: str, what: str, kept: str, category: str, submitted: str, by: str = "Mo Till") -> Cells:
    return {
        "Action": action, "CQC evidence category": category, "What it is": what, "Where it is kept": kept, "Submitted by": by,
        "Date": day(submitted), "Judgement": "Accepted", "Judged by": "Nia Price",
    }  # fmt: skip


def review(action: str, held: str, finding: str, learning: str, then: str) -> Cells:
    return {
        "Action": action, "Date": day(held), "Method": "Observation", "Reviewed by": "Pat Quill", "Finding": finding, "Effective?": "Effective",
        "Embedded?": "Yes", "Success measure result": "Met", "Learning": learning, "Next review": day(then),
    }  # fmt: skip


def panel(action: str, met: str, challenge: str, answer: str, **support: object) -> Cells:
    return {
        "Action": action, "Indicator": "R-01", "Panel date": day(met), "Type of restriction": "Physical", "Challenge": challenge,
        "Explanation": answer, "Answer accepted": "Explained", **support,
    }  # fmt: skip


def complete(on: str) -> Cells:
    return {"Status": "Complete", "Completed on": day(on)}


def checked(on: str) -> Cells:
    return {"Verified by": "Rae Stone", "Verified on": day(on)}


OBSERVED, VOICES, FEEDBACK = "Observation", "People's experience", "Feedback from staff and leaders"
ROWS: list[Entry] = [
    # Ash Court: everything is done in January; A-003 is embedded in May, the others in August
    *[(1, "ASH", "Actions", ref, complete("2026-01-15")) for ref in ("A-001", "A-002", "A-003")],
    (1, "ASH", "Milestones", "M-001", milestone("A-001", "Each shift has practised stepping back", "Practice log", "2025-12-15", "2025-12-12",
        "E-001")),
    (1, "ASH", "Milestones", "M-002", milestone("A-001", "Holds are talked through the same day", "Debrief notes", "2026-01-15", "2026-01-15",
        "E-001")),
    (1, "ASH", "Evidence", "E-001", evidence("A-001", "Practice log of twelve shifts", "Shared drive, folder 4", OBSERVED, "2026-01-14")),
    (1, "ASH", "Evidence", "E-002", evidence("A-002", "Diary with booked reviews", "Office diary", "Processes", "2026-01-14")),
    (1, "ASH", "Evidence", "E-003", evidence("A-003", "Photo list of open doors", "Maintenance file", OBSERVED, "2026-01-14")),
    (4, "ASH", "Evidence", "E-004", evidence("A-003", "Tea is made at night, seen twice", "Night log", OBSERVED, "2026-04-18")),
    (4, "ASH", "Evidence", "E-005", evidence("A-003", "What people say about the kitchen", "House meeting notes", VOICES, "2026-04-19")),
    (4, "ASH", "Reviews", "R-001", review("A-003", "2026-04-20", "The kitchen was open on each visit", "Keep the kettle filled", "2027-01-15")),
    (5, "ASH", "Actions", "A-003", checked("2026-05-10")),
    (7, "ASH", "Evidence", "E-006", evidence("A-001", "Two evenings watched by the panel lead", "Panel file 7", OBSERVED, "2026-07-10")),
    (7, "ASH", "Evidence", "E-007", evidence("A-001", "Talks with four people about holds", "Advocate's notes", VOICES, "2026-07-11")),
    (7, "ASH", "Evidence", "E-008", evidence("A-002", "Three reviews sat in on", "Review file", OBSERVED, "2026-07-12")),
    (7, "ASH", "Evidence", "E-009", evidence("A-002", "Staff say reviews are useful", "Survey of July", FEEDBACK, "2026-07-12")),
    (7, "ASH", "Reviews", "R-002", review("A-001", "2026-07-15", "Staff wait and watch before they act", "Waiting was the hard part",
        "2027-01-15")),
    (7, "ASH", "Reviews", "R-003", review("A-002", "2026-07-16", "Reviews are on the day booked", "Book a year ahead", "2027-01-16")),
    (8, "ASH", "Actions", "A-001", checked("2026-08-10")),
    (8, "ASH", "Actions", "A-002", checked("2026-08-10")),
    (9, "ASH", "Panel", "RP-001", panel("A-001", "2026-09-28", "Why did holds rise to 41?",
        "Two people moved in together and staff did not know them")),
    (10, "ASH", "Panel", "RP-002", panel("A-001", "2026-10-26", "Will October's level last?", "The rota of spring is back",
        **{"Targeted support agreed": "Practice leader on each late shift", "Support owner": "Nia Price", "Support due": day("2026-11-20")})),
    # Birch Lodge: the same, and its code changes in June
    *[(1, "BIR", "Actions", ref, complete("2026-01-15")) for ref in ("A-001", "A-002", "A-003")],
    (1, "BIR", "Evidence", "E-001", evidence("A-001", "Route cards chosen by each person", "Hall cupboard", VOICES, "2026-01-13")),
    (1, "BIR", "Evidence", "E-002", evidence("A-002", "Screenshot list of the diary", "Diary folder", "Processes", "2026-01-13")),
    (1, "BIR", "Evidence", "E-003", evidence("A-003", "Receipt for six fobs", "Petty cash file", "Processes", "2026-01-13")),
    (3, "BIR", "Panel", "RP-001", panel("A-001", "2026-03-20", "Is the gate open every day?", "From nine to eight, each day")),
    (4, "BIR", "Evidence", "E-004", evidence("A-003", "Fobs in use on two visits", "Visit notes, April", OBSERVED, "2026-04-15")),
    (4, "BIR", "Evidence", "E-005", evidence("A-003", "People tell how they come and go", "Talk notes, April", VOICES, "2026-04-15")),
    (4, "BIR", "Reviews", "R-001", review("A-003", "2026-04-20", "All six came and went with their fob", "Spare fobs are needed", "2027-01-15")),
    (5, "BIR", "Actions", "A-003", checked("2026-05-10")),
    (7, "BIR", "Evidence", "E-006", evidence("A-001", "Four walks joined by the reviewer", "Walk notes", OBSERVED, "2026-07-09")),
    (7, "BIR", "Evidence", "E-007", evidence("A-001", "Families' words on walks", "Family forum notes", VOICES, "2026-07-09")),
    (7, "BIR", "Evidence", "E-008", evidence("A-002", "Reviews seen on their day", "Quality file", OBSERVED, "2026-07-09")),
    (7, "BIR", "Evidence", "E-009", evidence("A-002", "Staff on the booking of reviews", "Team meeting, July", FEEDBACK, "2026-07-09")),
    (7, "BIR", "Reviews", "R-002", review("A-001", "2026-07-15", "Routes are chosen on each walk", "Plan for rain", "2027-01-15")),
    (7, "BIR", "Reviews", "R-003", review("A-002", "2026-07-15", "The diary runs by itself", "Two people can book", "2027-01-15")),
    (8, "BIR", "Actions", "A-001", checked("2026-08-11")),
    (8, "BIR", "Actions", "A-002", checked("2026-08-11")),
    (9, "BIR", "Panel", "RP-002", panel("A-001", "2026-09-28", "How do the low figures last?", "The same six staff since spring")),
    (10, "BIR", "Panel", "RP-003", panel("A-001", "2026-10-26", "What of the dark evenings?", "Walks moved to the afternoon")),
    # Cedar View: A-001 answers a must-do, so it is judged by the strictest limits
    *[(1, "CED", "Actions", ref, complete("2026-01-15")) for ref in ("A-001", "A-002", "A-003")],
    (1, "CED", "Evidence", "E-001", evidence("A-001", "Plans for each person who was held", "Care system, plans", "Processes", "2026-01-12")),
    (1, "CED", "Evidence", "E-002", evidence("A-002", "Record of reviews with the person", "Care system, reviews", "Processes", "2026-01-12")),
    (1, "CED", "Evidence", "E-003", evidence("A-003", "Consent forms for sensors", "Consent folder", "Processes", "2026-01-12")),
    (4, "CED", "Evidence", "E-004", evidence("A-003", "Sensors found off without consent", "Room check, April", OBSERVED, "2026-04-14")),
    (4, "CED", "Evidence", "E-005", evidence("A-003", "People explain their sensor", "Advocate's file", VOICES, "2026-04-14")),
    (4, "CED", "Reviews", "R-001", review("A-003", "2026-04-20", "Each sensor has its consent", "Ask again every spring", "2027-01-15")),
    (5, "CED", "Actions", "A-003", checked("2026-05-10")),
    (7, "CED", "Evidence", "E-006", evidence("A-001", "Three holds traced to their plans", "Trace file", OBSERVED, "2026-07-08")),
    (7, "CED", "Evidence", "E-007", evidence("A-001", "People's words about plans", "Talk notes, July", VOICES, "2026-07-08")),
    (7, "CED", "Evidence", "E-008", evidence("A-001", "Staff on plans and holds", "Supervision extracts", FEEDBACK, "2026-07-08")),
    (7, "CED", "Evidence", "E-009", evidence("A-002", "Two reviews watched", "Review notes, July", OBSERVED, "2026-07-08")),
    (7, "CED", "Evidence", "E-010", evidence("A-002", "People on their own review", "Pictures and notes", VOICES, "2026-07-08")),
    (7, "CED", "Reviews", "R-002", review("A-001", "2026-07-15", "No hold without a plan since March", "Short plans are read", "2027-01-15")),
    (7, "CED", "Reviews", "R-003", review("A-002", "2026-07-15", "People lead parts of their review", "Send the questions before",
        "2027-01-15")),
    (8, "CED", "Actions", "A-001", checked("2026-08-12")),
    (8, "CED", "Actions", "A-002", checked("2026-08-12")),
    (9, "CED", "Panel", "RP-001", panel("A-001", "2026-09-28", "Are short plans enough?", "Each was tested in a drill")),
    (10, "CED", "Panel", "RP-002", panel("A-001", "2026-10-26", "Who checks new plans?", "The deputy, on the same day")),
    # Dale House: a milestone slips in June, gets more time and support in July; a row is deleted in September
    (1, "DAL", "Milestones", "M-001", milestone("A-001", "Signs of distress are written down", "Signs sheet", "2026-04-30")),
    (1, "DAL", "Milestones", "M-002", milestone("A-001", "Observations of ten evenings", "Observation forms", "2026-06-15")),
    (1, "DAL", "Milestones", "M-003", milestone("A-001", "Effect on holds was reviewed", "Minute of the panel", "2026-09-25")),
    (1, "DAL", "Milestones", "M-004", milestone("A-002", "Questions agreed with people", "List of questions", "2026-05-31")),
    (1, "DAL", "Milestones", "M-005", milestone("A-002", "Impact of the questions reviewed", "Review of records", "2026-11-15")),
    (1, "DAL", "Milestones", "M-006", milestone("A-003", "List of cupboards agreed", "Signed list", "2026-11-20")),
    (4, "DAL", "Milestones", "M-001", {"Done on": day("2026-04-20"), "Evidence reference": "E-001"}),
    (4, "DAL", "Evidence", "E-001", evidence("A-001", "Signs sheets of six people", "Support plans", "Processes", "2026-04-20")),
    (5, "DAL", "Milestones", "M-004", {"Done on": day("2026-05-28"), "Evidence reference": "E-002"}),
    (5, "DAL", "Evidence", "E-002", evidence("A-002", "Questions in pictures", "Review pack", VOICES, "2026-05-28")),
    (6, "DAL", "Milestones", "M-002", {"Slippage reason": "Capacity"}),
    (7, "DAL", "Milestones", "M-002", {"Slippage reason": "Skill or competence", "Response to slippage": "Coaching or mentoring",
        "Revised due date": day("2026-08-31")}),
    (7, "DAL", "Extensions", "", {"Action": "A-001", "Milestone": "M-002", "From": day("2026-06-15"), "To": day("2026-08-31"),
        "Kind of reason": "Skill or competence", "Reason": "Two observers must be trained first", "Asked on": day("2026-07-02"),
        "Approved by": "Nia Price"}),
    (7, "DAL", "Panel", "RP-001", panel("A-001", "2026-07-20", "Why are observations late?", "The only trained observer left",
        **{"Targeted support agreed": "Coach from Ash Court, two days a week", "Support owner": "Ann Lee", "Support due": day("2026-08-31")})),
    (8, "DAL", "Milestones", "M-002", {"Done on": day("2026-08-25"), "Evidence reference": "E-003"}),
    (8, "DAL", "Evidence", "E-003", evidence("A-001", "Forms of ten evenings", "Observation binder", OBSERVED, "2026-08-25")),
    (8, "DAL", "Panel", "RP-001", {"Support given on": day("2026-08-28")}),
    (9, "DAL", "Milestones", "M-003", {"Done on": day("2026-09-24"), "Evidence reference": "E-004"}),
    (9, "DAL", "Evidence", "E-004", evidence("A-001", "Minute on holds since January", "Minutes, item 5", "Outcomes", "2026-09-24")),
    (9, "DAL", "Actions", "A-001", complete("2026-09-28")),
    # Elm Grove: an extension in May, a withdrawal in April, and a wiped plan in August
    (1, "ELM", "Milestones", "M-001", milestone("A-001", "Shadow rota is running", "Rota", "2026-04-15")),
    (1, "ELM", "Milestones", "M-002", milestone("A-001", "Ten new staff have shadowed", "Shadow forms", "2026-09-20")),
    (1, "ELM", "Milestones", "M-003", milestone("A-002", "Video works in the quiet room", "Test call note", "2026-07-31")),
    (1, "ELM", "Milestones", "M-004", milestone("A-002", "Waiting times were reviewed", "Table of waits", "2026-12-15")),
    (4, "ELM", "Milestones", "M-001", {"Done on": day("2026-04-10"), "Evidence reference": "E-001"}),
    (4, "ELM", "Evidence", "E-001", evidence("A-001", "Rota with shadow shifts", "Rota system", "Processes", "2026-04-10")),
    (4, "ELM", "Actions", "A-003", {"Status": "Withdrawn", "Withdrawal reason": "Both people moved to homes of their own",
        "Withdrawal approved by": "Nia Price"}),
    (5, "ELM", "Extensions", "", {"Action": "A-001", "From": day("2026-06-30"), "To": day("2026-09-30"), "Kind of reason": "Recruitment",
        "Reason": "Four posts were filled only in May", "Asked on": day("2026-05-12"), "Approved by": "Nia Price"}),
    (5, "ELM", "Actions", "A-001", {"Due date": day("2026-09-30")}),
    (7, "ELM", "Milestones", "M-003", {"Done on": day("2026-07-30"), "Evidence reference": "E-002"}),
    (7, "ELM", "Evidence", "E-002", evidence("A-002", "Note of the first video review", "Doctor's letter file", "Feedback from partners",
        "2026-07-30")),
    (7, "ELM", "Challenge", "C-001", {"Action": "A-001", "Meeting": "Restrictive practice panel", "Date": day("2026-07-20"),
        "Challenge": "Shadowing starts late for night staff", "Follow up": "Nights are on the rota from August",
        "Follow up owner": "Ira Nash", "Due date": day("2026-08-31"), "Closed on": day("2026-07-30")}),
    (9, "ELM", "Milestones", "M-002", {"Done on": day("2026-09-18"), "Evidence reference": "E-003"}),
    (9, "ELM", "Evidence", "E-003", evidence("A-001", "Forms of ten new staff", "Staff files", FEEDBACK, "2026-09-18")),
    (9, "ELM", "Actions", "A-001", complete("2026-09-25")),
    # Holly Bank: its return of May is late, and has a completed and a new action
    (1, "HOL", "Milestones", "M-001", milestone("A-001", "Call plans for three people", "Call plans", "2026-11-20")),
    (1, "HOL", "Milestones", "M-002", milestone("A-002", "Papers of all eight are on file", "File check", "2026-05-25")),
    (5, "HOL", "Milestones", "M-002", {"Done on": day("2026-05-19"), "Evidence reference": "E-001"}),
    (5, "HOL", "Evidence", "E-001", evidence("A-002", "File check by the region", "Region's drive", "Processes", "2026-05-19")),
    (5, "HOL", "Actions", "A-002", complete("2026-05-20")),
    (5, "HOL", "Milestones", "M-003", milestone("A-003", "Dietitian has met the team", "Meeting note", "2026-11-15")),
    (8, "HOL", "Panel", "RP-001", panel("A-001", "2026-08-20", "Which calls are hardest?", "Those without a fixed end")),
]  # fmt: skip
CLEARED = [
    (3, "DAL", "Actions", "A-004"), (9, "DAL", "Actions", "A-003"), (10, "DAL", "Actions", "A-003"),
    (8, "ELM", "Actions", "A-001"), (8, "ELM", "Actions", "A-002"),
    *[(8, "ELM", "Milestones", f"M-00{number}") for number in (1, 2, 3, 4)],
]  # fmt: skip
"""Rows that a service clears: month, service, sheet, Ref. Head office lets only A-004 of Dale House go."""
REMARKS = [
    (7, "DAL", "Start here", "E4", "Please call me about the coach on Mondays."),
    (9, "DAL", "Guidance", "F6", "This page does not say what a blanket rule is."),
    (9, "ASH", "Actions", "F2", "All three left this sheet in August, is that right?"),
    (3, "BIR", "Guidance", "F7", "Large print would help two of us."),
]
"""What is written outside the tables: month, service, sheet, cell, text."""
QUESTION, ANSWER = "Who opens the garden gate at weekends?", "The shift leader, and people with a fob themselves."
ASKED, ANSWERED = (2, 3) if LONG else (8, 9)
ASKED_OF = "BIR" if LONG else "DAL"
REGISTER: list[Line] = [
    *[
        VerificationLine(service=service, action=action, verified_by="Rae Stone", verified_on=day(on))
        for service in ("ASH", "BIR", "CED")
        for action, on in (("A-001", "2026-08-15"), ("A-002", "2026-08-15"), ("A-003", "2026-05-12"))
    ],
    *[
        JudgementLine(
            service="CED", action="A-001", ref=ref, judgement="Accepted", judged_by="Governance panel", judged_on=day("2026-07-20")
        )
        for ref in ("E-006", "E-007", "E-008", "R-002")
    ],  # a must-do, of tier 1
    RemovedLine(service="DAL", ref="A-004", reason="Entered twice", decided_by="Nia Price", decided_on=day("2026-03-10")),
]  # fmt: skip
FEWER_RETURNS = SettingLine(
    setting="clean_returns", value=0, decided_by="Board", reason="The short form has two months"
)

# ---------------------------------------------------------------- what must come of it
LETTERS = {
    "ASH A-001": "DDDDDDGBSS", "ASH A-002": "DDDDDDGBBB", "ASH A-003": "DDDGBBBBBB",
    "BIR A-001": "DDDDDDGBBB", "BIR A-002": "DDDDDDGBBB", "BIR A-003": "DDDGBBBBBB",
    "CED A-001": "DDDDDDGBBB", "CED A-002": "DDDDDDGBBB", "CED A-003": "DDDGBBBBBB",
    "DAL A-001": "NNNNNANNDD", "DAL A-002": "NNNNNNNNNN", "DAL A-003": "NNNNNNNNNA", "DAL A-004": " N        ",
    "ELM A-001": "NNNNAAAADD", "ELM A-002": "NNNNNNNNNN", "ELM A-003": "NNNXXXXXXX",
    "HOL A-001": "NNNNNNNNNN", "HOL A-002": "NNNNDDDDDD", "HOL A-003": "    NNNNNN",
}  # fmt: skip
"""The letter of each action's headline from January to October, worked out by hand; blank where it is not in the plan."""
SLIPPING = "it was embedded, but the figures of its outcome no longer hold"


def played(service: str, number: int) -> str:
    """A service's code in a month."""
    return NEW_CODE if service == "BIR" and number >= CODE_CHANGES else service


def expected(number: int, services: frozenset[str], birch: str) -> dict[tuple[str, str], str]:
    """The letter of each action of some services in a month, by code and Ref; `birch` is Birch Lodge's code."""
    lines = {tuple(name.split()): letters[number - 1] for name, letters in LETTERS.items()}
    return {
        (birch if service == "BIR" else service, ref): letter
        for (service, ref), letter in lines.items()
        if letter != " " and service in services
    }


# ---------------------------------------------------------------- playing
def due_in(month: int, number: int) -> bool:
    """True if what belongs to a month is typed in month `number`: what is older, in the first."""
    return month == number or month < number == FIRST


@dataclass
class Told:
    """What a month came to, and the cells of its summary by sheet."""

    month: Month
    cells: dict[str, list[tuple[Any, ...]]]
    returned: frozenset[str]
    """The services, by their first codes."""
    birch: str
    """Birch Lodge's code in the register on the day: a month that is consolidated again after the change has the new one."""

    def lines(self, sheet: str) -> list[dict[str, Any]]:
        """The lines of a sheet, by its headings."""
        rows = self.cells[sheet]
        head = next(index for index, row in enumerate(rows) if "Service" in row or "Source" in row)
        return [dict(zip(map(str, rows[head]), row, strict=False)) for row in rows[head + 1 :] if any(row)]

    @cached_property
    def text(self) -> str:
        return "\n".join(cell for rows in self.cells.values() for row in rows for cell in row if isinstance(cell, str))


Figure = tuple[str, Period, int, int | None]
"""Indicator, month, numerator and denominator."""


@dataclass
class Walk:
    """The months, the texts and figures that were typed in each, and the trackers issued to Ash Court and Dale House."""

    months: dict[int, Told] = field(default_factory=dict)
    early: dict[int, Told] = field(default_factory=dict)
    """Months as they were before a late return came in."""
    texts: dict[tuple[int, str], set[str]] = field(default_factory=dict)
    rows: dict[str, dict[tuple[str, str, str], object]] = field(default_factory=dict)
    """What each cell of a row held last, by service; the key is sheet, Ref and heading."""
    figures: dict[str, set[Figure]] = field(default_factory=dict)
    """All that were entered so far, by service."""
    kept: dict[int, dict[str, set[str]]] = field(default_factory=dict)
    """The texts of `rows` as they were when each month was consolidated."""
    entered: dict[int, dict[str, set[Figure]]] = field(default_factory=dict)
    """A copy of `figures` as it was then."""
    issued: dict[tuple[int, str], Typist] = field(default_factory=dict)


def type_month(walk: Walk, tracker: Typist, service: str, number: int) -> None:
    """Type everything that a service enters in a month."""
    texts = walk.texts.setdefault((number, service), set())
    if (service, number) == WIPED:
        tracker.cover("Nothing to report?", "Yes")
    else:
        enter_figures(walk, tracker, service, number, texts)
    gone = {(sheet, ref) for month, owner, sheet, ref in CLEARED if owner == service and due_in(month, number)}
    typed: dict[tuple[str, str, str], object] = {}
    for month, owner, sheet, ref, cells in [*ACTIONS, *ROWS]:
        if owner == service and due_in(month, number) and (sheet, ref) not in gone:
            if ref:
                tracker.type(sheet, ref, cells)
            else:
                tracker.add(sheet, cells)
            typed |= {(sheet, ref, heading): value for heading, value in cells.items()}
    texts.update(value for value in typed.values() if isinstance(value, str))
    walk.rows.setdefault(service, {}).update(typed)
    for sheet, ref in gone:
        tracker.delete(sheet, ref)
    for ref in tracker.refs("Actions"):
        if (service, number, ref) != (LATE[0], LATE[1] + 1, "A-002"):  # left as the tracker that is too old shows it
            tracker.type("Actions", ref, {"Last update": Period(2026, number).last})
    for month, owner, sheet, cell, text in REMARKS:
        if owner == service and due_in(month, number):
            tracker.book[sheet][cell] = text
            texts.add(text)
    if (service, number) == (ASKED_OF, ANSWERED):
        tab = tracker.book["Start here"]
        row = next(row for row in range(1, 120) if QUESTION in str(tab.cell(row, 9).value or ""))
        tab.cell(row + 1, 9).value = ANSWER
        texts.add(ANSWER)


def enter_figures(walk: Walk, tracker: Typist, service: str, number: int, texts: set[str]) -> None:
    """Enter a month's figures with their context; in the first month those of the 23 months before too."""
    now = Period(2026, number)
    first = now.plus(-23) if number == FIRST else now
    if number == FIRST:
        tracker.type("Indicators", "R-12", LAWFULNESS)
        texts.update(value for value in LAWFULNESS.values() if isinstance(value, str))
    contexts = [text.strip() for text in CONTEXT[service].split("|")]
    for indicator, denominator in OF.items():
        for month, value in series(indicator, service).items():
            if first <= month <= now:
                more = {}
                if indicator == "R-01" and month.first.year == 2026:
                    said = {
                        "context": contexts[month.first.month - 1],
                        "learning": LEARNING.get((service, month.first.month), ""),
                    }
                    more = {name: text for name, text in said.items() if text}
                tracker.figure(indicator, month, value, denominator, **more)
                texts.update(more.values())
                walk.figures.setdefault(service, set()).add((indicator, month, value, denominator))


def consolidated(player: Player, number: int, returned: frozenset[str], birch: str) -> Told:
    """A month's results, with the cells of its summary workbook."""
    month = player.consolidate(Period(2026, number))
    path = write_summary(month.summary, player.home / f"summary {number}.xlsx")
    book = openpyxl.load_workbook(path, read_only=True)
    cells = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    book.close()
    return Told(month, cells, returned, birch)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The months, played one after the other."""
    made, everybody = Walk(), frozenset(PLAYED)
    player = Player(
        tmp_path_factory.mktemp("walk") / "provider", TEMPLATE, [SERVICES[code] for code in PLAYED],
        [line for line in REGISTER if getattr(line, "service", "") in PLAYED] + ([] if LONG else [FEWER_RETURNS]),
    )  # fmt: skip
    for number in NUMBERS:
        period = Period(2026, number)
        if number == CODE_CHANGES and "BIR" in PLAYED:
            player.services = [service for service in player.services if service.code != "BIR"]
            birch = SERVICES["BIR"]
            player.lines.append(
                ServiceLine(code=NEW_CODE, name=birch.name, region=birch.region, template=TEMPLATE, former="BIR")
            )
        player.issue(period)
        keep_issued(made, player, number)
        if LATE[0] in everybody and number - 1 == LATE[1]:
            with player.typing("HOL", period.plus(-1)) as tracker:
                type_month(made, tracker, "HOL", number - 1)
            made.early[number - 1] = made.months[number - 1]
            made.months[number - 1] = consolidated(player, number - 1, everybody, played("BIR", number))
            remember(made, number - 1)
        returning = frozenset(service for service in PLAYED if (service, number) != LATE)
        for service in sorted(returning):
            with player.typing(played(service, number), period) as tracker:
                type_month(made, tracker, service, number)
        if number == ASKED:
            player.lines.append(QuestionLine(service=ASKED_OF, question=QUESTION, asked_on=period.last))
        made.months[number] = consolidated(player, number, returning, played("BIR", number))
        remember(made, number)
    player.issue(Period(2026, LAST + 1))
    keep_issued(made, player, LAST + 1)
    return made


def remember(made: Walk, number: int) -> None:
    """Note what had been entered when a month was consolidated."""
    made.entered[number] = {service: set(lines) for service, lines in made.figures.items()}
    made.kept[number] = {
        service: {text for text in cells.values() if isinstance(text, str)} for service, cells in made.rows.items()
    }


def keep_issued(made: Walk, player: Player, number: int) -> None:
    """Keep the trackers of the two services that the tests look into, before anything is typed."""
    for service in [service for service, month in (("ASH", SLIPS[1]), ("DAL", DELETED[1] + 1)) if number >= month]:
        made.issued[number, service] = Typist(player.folder.issued(Period(2026, number)) / f"{service}.xlsx")


def all_told(walk: Walk) -> Iterator[tuple[int, Told]]:
    """Each month as it was first consolidated, and again with its late return."""
    yield from walk.early.items()
    yield from walk.months.items()


def test_no_filled_return_is_set_aside(walk: Walk) -> None:
    for number, told in all_told(walk):
        receipts = told.month.receipts
        assert set(receipts["status"]) == {"accepted"}, (
            number,
            receipts[["service", "status", "reason"]].to_dict("records"),
        )
        assert set(receipts["service"]) == {told.birch if code == "BIR" else code for code in told.returned}, number


def test_no_action_is_lost_and_each_has_its_letter(walk: Walk) -> None:
    for number, told in all_told(walk):
        summary = told.month.summary
        letters = {state.word: state.letter for state in summary.headline.states}
        actions = summary.actions
        found = dict(
            zip(zip(actions["service"], actions["ref"], strict=True), actions["headline"].map(letters), strict=True)
        )
        assert len(found) == len(actions), "each action is there once"
        assert found == expected(number, told.returned, told.birch), number
        names = {code: service.name for code, service in SERVICES.items()} | {NEW_CODE: SERVICES["BIR"].name}
        listed = Counter((line["Service"], line["Ref"]) for line in told.lines("All actions"))
        assert listed == Counter((names[service], ref) for service, ref in found), number


def test_no_text_is_lost(walk: Walk) -> None:
    for number, told in walk.months.items():
        typed = {text for (month, _), texts in walk.texts.items() if month == number for text in texts}
        assert len(typed) > 5
        assert {text for text in typed if text not in told.text} == set(), number


def test_a_text_stays_until_it_is_replaced(walk: Walk) -> None:
    for number, told in walk.months.items():
        kept = set().union(*(walk.kept[number][service] for service in told.returned))
        removed = {"Reviews without the person present", "People come to reviews", "Each record says who came"}
        gone = {text for text in kept if text not in told.text}
        assert gone <= removed, (number, gone - removed)


def test_every_figure_that_was_entered_is_in_the_summary(walk: Walk) -> None:
    for number, told in walk.months.items():
        names = {SERVICES[code].name: code for code in told.returned}
        found: dict[str, set[Figure]] = {code: set() for code in told.returned}
        for line in told.lines("All figures"):
            if line["Numerator"] is not None:
                month = Period(line["Month"].year, line["Month"].month)
                found[names[line["Service"]]].add((line["Indicator"], month, line["Numerator"], line["Denominator"]))
        assert found == {code: walk.entered[number][code] for code in told.returned}, number


def test_changes_compare_the_same_services(walk: Walk) -> None:
    for number, told in all_told(walk):
        moved = told.month.summary.movement
        assert moved is not None
        shown = {line["letter"]: line for line in moved[moved["region"] == WHOLE].to_dict("records") if line["letter"]}
        now = expected(number, told.returned, told.birch)
        assert {letter: line["now"] for letter, line in shown.items() if line["now"]} == Counter(now.values())
        if number == FIRST:
            continue
        before = walk.months[number - 1]
        same = told.returned & before.returned
        then, there = (Counter(expected(month, same, told.birch).values()) for month in (number - 1, number))
        earlier = Counter(expected(number - 1, before.returned, told.birch).values())
        beside = "" if told.returned == before.returned else f" in {len(same)} services"
        for letter, line in shown.items():
            assert line["month_before"] == earlier[letter], (number, letter)
            assert line["change"] == change_words(there[letter] - then[letter]) + beside, (number, letter)
        assert ("Holly Bank (no return this month)" in str(line["left_out"])) == (told.returned != frozenset(PLAYED))


def test_blue_that_slips_is_found_in_its_month(walk: Walk) -> None:
    service, slips = SLIPS
    for number, told in walk.months.items():
        summary, slipping = told.month.summary, [("ASH", "A-001")] if number >= slips else []
        assert [*zip(summary.slipping["service"], summary.slipping["ref"], strict=True)] == slipping, number
        names = (
            {(line["Service"], line["Ref"]): line for line in told.lines("Escalations")}
            if len(summary.escalated)
            else {}
        )
        assert ((SERVICES[service].name, "A-001") in names) == (number >= slips), number
        reasons = [row for row in told.cells["Board page"] if "Ash Court A-001" in row]
        shown = any(
            str(cell).startswith("It was embedded, but its figures no longer hold") for row in reasons for cell in row
        )
        assert shown == (number >= slips), number
    assert LETTERS["ASH A-001"][slips - 2 : slips] == "BS"


def test_the_next_tracker_says_that_blue_slips(walk: Walk) -> None:
    template = find_template(TEMPLATE)
    keys = {line.heading: line.key for line in template.tables["finished"].field}
    for (number, service), tracker in walk.issued.items():
        if service != "ASH":
            continue
        cells = (cell for row in tracker.book["Start here"].iter_rows(values_only=True) for cell in row)
        slipped = number > SLIPS[1]
        assert any(f"A-001 is now rated “Embedded, slipping”: {SLIPPING}." in str(cell) for cell in cells) == slipped
        sheet = "Embedded and withdrawn"
        assert set(tracker.refs(sheet)) == {"A-001", "A-002", "A-003"}
        assert tracker.refs("Actions") == []
        row = {key: tracker.said(sheet, "A-001", heading) for heading, key in keys.items()}
        table = book_of(template, [{"finished": [row]}], Period(2026, number).last).tables["finished"]
        holding, _ = template.rules.ratings["finished"]
        assert list(table.values(holding.column)) == ["Embedded, slipping" if slipped else "Embedded"]
        assert (row["verdict"] == "Worse") == slipped


def test_a_deleted_row_comes_back_and_stays_on_the_lists(walk: Walk) -> None:
    service, deleted = DELETED
    for number in range(deleted, LAST + 1):
        told = walk.months[number]
        (line,) = [
            line for line in told.lines("All actions") if (line["Service"], line["Ref"]) == ("Dale House", "A-003")
        ]
        assert line["Cell"] == "deleted in September 2026", number
        assert line["Issue or risk"] == "Cupboards are locked for all"
        assert (
            walk.issued[number + 1, service].said("Actions", "A-003", "Issue or risk") == "Cupboards are locked for all"
        )
        assert walk.issued[number + 1, service].said("Milestones", "M-006", "Milestone") == "List of cupboards agreed"


def test_what_is_written_outside_the_tables_is_listed(walk: Walk) -> None:
    for number, told in walk.months.items():
        lines = told.lines("Answers to head office")
        said = {(line["Service"], line["Answer or remark"]) for line in lines}
        wanted = {
            (SERVICES[service].name, text)
            for month, service, _, _, text in REMARKS
            if due_in(month, number) and service in PLAYED
        }
        if number == ANSWERED:
            wanted.add((SERVICES[ASKED_OF].name, ANSWER))
            assert any(QUESTION in str(line["Question"]) for line in lines if line["Answer or remark"] == ANSWER)
        assert wanted <= said, number


def test_a_panel_row_about_an_embedded_action_is_no_mistake(walk: Walk) -> None:
    for told in (walk.months[number] for number in NUMBERS if number >= SLIPS[1]):
        problems = told.month.problems
        found = problems[(problems["table"] == "panel") & (problems["code"] == "action-unknown")]
        assert not len(found), found[["sheet", "row", "value"]].to_dict("records")


@pytest.mark.long
def test_milestones_that_slip_say_why_and_what_was_done(walk: Walk) -> None:
    told = walk.months[7]
    (line,) = [line for line in told.lines("Slippage") if (line["Service"], line["Ref"]) == ("Dale House", "A-001")]
    text = " ".join(str(value) for value in line.values())
    for part in ("M-002 Observations of ten evenings", "Skill or competence", "Coaching or mentoring", "31/08/2026"):
        assert part in text, part
    rows = [line for line in told.lines("Panel") if line["Service"] == "Dale House"]
    assert [row["Targeted support agreed"] for row in rows] == ["Coach from Ash Court, two days a week"]


@pytest.mark.long
def test_a_wiped_plan_is_not_a_nil_return(walk: Walk) -> None:
    service, wiped = WIPED
    told = walk.months[wiped]
    assert told.month.rated(service, "A-001") == "At risk"
    assert told.month.rated(service, "A-002") == "Not yet measurable"
    overview = {line["Code"]: line["Return"] for line in told.lines("Overview") if line["Code"]}
    assert overview[service] == "accepted"


@pytest.mark.long
def test_a_late_return_is_in_its_month_and_in_the_next(walk: Walk) -> None:
    service, late = LATE
    early, whole, after = walk.early[late], walk.months[late], walk.months[late + 1]
    (missing,) = findings_of(early.month.summary).intake.missing
    assert (missing.name, missing.state, missing.last) == ("Holly Bank", "no return", "April 2026")
    assert not findings_of(whole.month.summary).intake.missing
    for told in (whole, after):
        assert told.month.rated(service, "A-002") == "Delivered"
        assert told.month.rated(service, "A-003") == "Not yet measurable"
        (line,) = told.month.actions[
            told.month.actions["ref"].eq("A-002") & told.month.actions["service"].eq(service)
        ].to_dict("records")
        assert (line["reopenings"] or 0, line["escalation"]) == (0, "Owner")


@pytest.mark.long
def test_a_service_with_a_new_code_keeps_its_history(walk: Walk) -> None:
    for number in range(CODE_CHANGES, LAST + 1):
        told = walk.months[number]
        assert "BIR" not in set(told.month.summary.actions["service"])
        history = told.month.summary.history
        assert history is not None
        sent = history[(history["service"] == NEW_CODE) & (history["letter"] == "")]["period"]
        assert list(sent) == [str(Period(2026, month)) for month in range(1, number + 1)]
