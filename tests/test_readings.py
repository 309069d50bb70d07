"""One rule, two machines: what pandas works out and what the sheet's formulas give are the same, on awkward rows.

LibreOffice is the independent spreadsheet. A template of its own puts every construct of the rule language into the
Workings of a tracker; the tracker's rows are as odd as rows come back; then every cell is compared three ways: the
value written beside a formula, LibreOffice's own, and Python's, worked out from the file as it is read back.
`QIPXL_LONG=1` runs many more random rules and rows.
"""

from __future__ import annotations

import math
import os
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest
from office import Office
from openpyxl import load_workbook

from qipxl.layout import FIRST_ROW, HEADING_ROW, WORKINGS, column_letters
from qipxl.periods import Period
from qipxl.reading import read_returns
from qipxl.returns import Returns
from qipxl.rules import syntax
from qipxl.rules.aggregates import AGGREGATES, RowOfLatest
from qipxl.rules.formula import LONGEST, lint_array_parts
from qipxl.rules.functions import FUNCTIONS
from qipxl.services import Service
from qipxl.template import Template, load_template
from qipxl.tracker import write_tracker
from qipxl.tracker.tracker import Rows, Tracker, cached_book, plan_of
from qipxl.tracker.workings import Slot, formulas

LONG = bool(os.environ.get("QIPXL_LONG"))
PERIOD = Period(2024, 2)
AS_AT = PERIOD.last
SERVICE = Service(code="TR1", name="Trial House")
MOST_SHOWN = 20

# ---------------------------------------------------------------- the template

DECLARED = """
[template]
key = "trial"
title = "Trial of the rule language"
version = "1"
about = "Every construct of the rule language."
[colours]
dark = { fill = "8B0000", ink = "FFFFFF" }
pale = { fill = "FFFFFF", ink = "000000" }
[lists]
status = { title = "Status", values = ["Not started", "In progress", "Complete", "Withdrawn"] }
tier = { title = "Tier", values = ["T1", "T2", "T3"] }
category = { title = "Category", values = ["Alpha", "Beta", "Gamma delta"] }
judgement = { title = "Judgement", values = ["Accepted", "Weak", "Not accepted"] }
[setting]
limit = { heading = "Limit", unit = "days", value = 14, say = "A number of days." }
slack = { heading = "Slack", unit = "days", by = "tier", values = { T1 = 0, T2 = 7.5, T3 = 30 }, say = "By tier." }
reach = { heading = "Reach", by = "worry", values = { High = 2, Low = 5 }, say = "By a calculated field." }

[actions]
sheet = "Actions"
about = "Parents."
rows = 64
identity = "ref"
field = [
  { key = "ref", heading = "Ref", type = "text", required = "Give a reference." },
  { key = "part_of", heading = "Part of", type = "reference", to = "actions" },
  { key = "status", heading = "Status", type = "choice", list = "status", required = "Choose a status." },
  { key = "tier", heading = "Tier", type = "choice", list = "tier" },
  { key = "owner", heading = "Owner", type = "text" },
  { key = "checker", heading = "Checker", type = "text", required = "Say who.", required_when = "status == 'Complete'" },
  { key = "note", heading = "Note", type = "text" },
  { key = "due", heading = "Due", type = "date", required = "Give a date." },
  { key = "start", heading = "Start", type = "date" },
  { key = "done_on", heading = "Done on", type = "date" },
  { key = "amount", heading = "Amount", type = "number", minimum = 0, maximum = 50 },
  { key = "score", heading = "Score", type = "number" },
]
[[actions.calculated]]
key = "late"
heading = "Late"
value = "due < as_at and not (status == 'Complete')"
[[actions.calculated]]
key = "worry"
heading = "Worry"
value = "'High' if tier == 'T1' or amount > 7 else ('Low' if filled(tier) else note)"
[[actions.rating]]
key = "delivery"
heading = "Delivery"
about = "Several bands."
shown = "join(delivery, ' - ', owner) if filled(owner) else delivery"
states = [
  { word = "Off track", letter = "R", colour = "dark", say = "late" },
  { word = "At risk", letter = "A", colour = "pale", say = "nearly late" },
  { word = "On track", letter = "G", colour = "pale", say = "fine" },
]
bands = [
  { word = "Off track", code = "no-owner", when = "blank(owner) or unreadable(owner)" },
  { word = "Off track", code = "late", when = "due < as_at - setting(slack) and status != 'Complete'" },
  { word = "At risk", code = "unreadable", when = "unreadable(due)" },
  { word = "At risk", code = "unproved", when = "status == 'Complete' and count(evidence, judgement == 'Accepted') == 0" },
  { word = "At risk", code = "weak", when = "worry == 'High' and not any(evidence, judgement == 'Weak')" },
  { word = "On track", code = "on-track" },
]
[[actions.rating]]
key = "proof"
heading = "Proof"
about = "A rating that reads another."
states = [
  { word = "None", letter = "N", colour = "dark", say = "nothing" },
  { word = "Some", letter = "S", colour = "pale", say = "something" },
]
bands = [
  { word = "None", code = "none", when = "not any(evidence) or delivery == 'Off track'" },
  { word = "Some", code = "some" },
]
[[actions.rule]]
code = "late-start"
when = "due < start"
say = "The due date is before the start."
at = "due"
severity = "should look"
[[actions.rule]]
code = "repeated"
when = "repeated(ref)"
say = "Another row has this reference."
at = "ref"

[evidence]
sheet = "Evidence"
about = "Children."
rows = 156
identity = "item"
field = [
  { key = "item", heading = "Item", type = "text" },
  { key = "action", heading = "Action", type = "reference", to = "actions" },
  { key = "category", heading = "Category", type = "choice", list = "category" },
  { key = "judgement", heading = "Judgement", type = "choice", list = "judgement" },
  { key = "sent_by", heading = "Sent by", type = "text" },
  { key = "given", heading = "Given", type = "date" },
  { key = "due", heading = "Due", type = "date" },
  { key = "hours", heading = "Hours", type = "number" },
]
[[evidence.calculated]]
key = "usable"
heading = "Usable"
value = "not (judgement == 'Weak') and filled(given)"
[[evidence.rating]]
key = "worth"
heading = "Worth"
about = "A rating of a child."
states = [
  { word = "Poor", letter = "P", colour = "dark", say = "poor" },
  { word = "Fair", letter = "F", colour = "pale", say = "fair" },
]
bands = [
  { word = "Poor", code = "poor", when = "judgement != 'Accepted' or blank(given)" },
  { word = "Fair", code = "fair" },
]
[[evidence.rule]]
code = "nowhere"
when = "not known(action)"
say = "This row belongs to no action."
at = "action"

[samples]
sheet = "Samples"
about = "Children of children."
rows = 40
field = [
  { key = "of_item", heading = "Of item", type = "reference", to = "evidence" },
  { key = "size", heading = "Size", type = "number" },
  { key = "taken_on", heading = "Taken on", type = "date" },
  { key = "verdict", heading = "Verdict", type = "choice", list = "judgement" },
]

[reviews]
sheet = "Reviews"
about = "A child that nobody has filled in."
rows = 12
field = [
  { key = "action", heading = "Action", type = "reference", to = "actions" },
  { key = "effective", heading = "Effective", type = "choice", list = "judgement" },
  { key = "held_on", heading = "Held on", type = "date" },
  { key = "marks", heading = "Marks", type = "number" },
]

[letters]
sheet = "Letters"
about = "A child without any rule."
rows = 12
field = [
  { key = "action", heading = "Action", type = "reference", to = "actions" },
  { key = "words", heading = "Words", type = "text" },
]
"""

CONDITIONS = {
    "actions": """
    status == 'Complete'
    status != 'complete'
    'Withdrawn' == status
    status == tier
    owner == checker
    owner != checker
    not (owner == checker)
    owner == 'Ann Lee'
    owner != 'ann lee' and not (checker == 'ANN LEE')
    note == '7'
    note == '7.5' or note == '45351'
    note == 'A*' or note == 'a?c~'
    note != '*'
    worry == 'High' and status == 'In progress'
    not (status == 'Complete' and owner == 'Ann Lee') or note == 'TRUE'
    due == date(2024, 2, 29)
    due != date(2024, 2, 29)
    due == done_on
    done_on != due
    due < as_at
    as_at < due
    due <= as_at
    date(2023, 12, 31) <= start
    due > done_on
    as_at > start
    due >= done_on
    not (done_on >= due) and due >= date(2024, 1, 31)
    not (due < as_at)
    start < due and not (done_on <= as_at) or due > as_at
    due + 14 < done_on
    done_on > due + setting(limit) or done_on <= start - 3
    later_of(due, start) == start
    add_months(due, 1) <= as_at
    not (as_at - 30 < due)
    amount == 7
    amount != 7.5
    amount == score
    amount != score
    not (amount == score) and not (score != 7)
    amount < score
    7 < amount
    amount <= 10
    score <= amount
    amount > 0 or score > 0
    -3 > score
    not (amount >= score)
    setting(limit) >= amount and score >= -3
    score > setting(slack)
    amount <= setting(reach) or not (setting(slack) < amount)
    setting(limit) > setting(slack)
    amount * 2 > score + 3
    amount - score >= 0 or not (amount * score < 10)
    one_of(status, 'Complete', 'Withdrawn')
    not one_of(owner, 'ann lee', 'B*')
    status in ('Complete', 'Not started')
    status not in ('Complete', 'Not started')
    tier not in ['T1', 'T2'] or note in ('7', 'A*')
    not (tier in ('T1', 'T3')) and owner in ('Ann Lee', 'Bob')
    one_of(join(owner, ' - ', tier), 'Ann Lee - T1', 'bob - t2')
    blank(ref) or blank(part_of)
    blank(status)
    blank(owner)
    blank(due)
    blank(amount)
    not blank(due) and blank(done_on)
    blank(moved)
    blank(amount * score) and not blank(word)
    blank(latest(evidence, given))
    filled(ref) and filled(part_of)
    filled(status)
    filled(note)
    filled(due)
    filled(score)
    not filled(done_on) or filled(word)
    filled(amount + score) and not filled(later_of(due, done_on))
    filled(as_at) and filled(moved)
    unreadable(ref) or unreadable(part_of)
    unreadable(status)
    unreadable(tier)
    unreadable(owner)
    unreadable(note)
    unreadable(due)
    unreadable(start)
    unreadable(amount)
    unreadable(score)
    not unreadable(due) and unreadable(amount) or unreadable(status)
    not unreadable(done_on) and not unreadable(checker)
    known(status)
    known(part_of)
    not known(part_of)
    not known(tier) and known(part_of)
    known(status) or not known(part_of)
    repeated(ref)
    repeated(owner)
    repeated(status) or repeated(part_of)
    not repeated(ref) and repeated(note)
    contains(note, 'no further action', 'lapsed')
    contains(owner, 'lee')
    not contains(note, 'done') and contains(join(owner, ' / ', note), 'ann', 'lapsed')
    contains(status, 'progress') or contains(note, 're-done')
    length(note) > 10
    length(join(owner, ' / ', checker)) >= 12 and not (length(owner) == 0)
    days_between(due, as_at) > setting(limit)
    not (days_between(start, due) <= 31) or days_between(due, done_on) == 0
    workdays_between(due, as_at) > 10
    workdays_between(start, due) == 0 and not (workdays_between(start, done_on) >= 5)
    months_between(start, due) >= 1
    months_between(due, as_at) < 0 or not (months_between(due, as_at) == 0)
    due < as_at if filled(due) else blank(owner)
    not (due < as_at if tier == 'T1' else done_on < as_at) or status == 'Complete'
    (setting(limit) if late else setting(slack)) > amount
    delivery == 'Off track' or proof == 'Some'
    not (delivery != 'On track')
    any(evidence)
    any(evidence, judgement == 'Accepted') and not any(reviews)
    not any(evidence, not (judgement == 'Accepted') and given <= as_at)
    any(evidence, sent_by != owner or unreadable(given)) or any(letters)
    any(reviews, held_on <= as_at and effective == 'Accepted')
    any(evidence, worth == 'Fair' and usable)
    count(evidence, judgement == 'Accepted') == 0
    not (count(evidence) > 2) or count(evidence, hours > actions.amount) >= 1
    distinct(evidence, category, judgement != 'Weak') >= 2 and not (distinct(evidence, judgement) > 2)
    latest(evidence, given) > due
    not (latest(evidence, given, judgement == 'Accepted') <= as_at) or earliest(evidence, given) < start
    latest(evidence, judgement, given) == 'Accepted'
    latest(evidence, category, given, judgement == 'Weak') != 'Alpha' and late
    latest(evidence, evidence.due, given) >= due or latest(evidence, hours, given) > 3
    earliest(evidence, evidence.due, not blank(given)) <= due
    total(evidence, hours) > 10 or total(reviews, marks) > 0
    not (total(evidence, hours, given <= as_at and not unreadable(category)) >= amount)
    """,
    "evidence": """
    judgement == 'Accepted' and given <= as_at
    sent_by == item or sent_by != 'Ann Lee'
    evidence.due < given and not (hours <= 2)
    not blank(evidence.hours) and not unreadable(category)
    known(action) and known(category)
    not known(action) or repeated(item)
    any(samples, verdict == 'Accepted' and taken_on >= given)
    count(samples, not (size >= hours)) > 0
    """,
    "samples": """
    known(of_item) and not (size > 3)
    taken_on <= as_at or unreadable(taken_on)
    repeated(of_item) and not contains(verdict, 'weak')
    """,
    "reviews": """
    held_on < as_at or blank(effective)
    """,
}

VALUES = {
    "actions": """
    moved: due + setting(limit) if late else done_on
    word: owner if filled(owner) else (checker if status == 'Complete' else status)
    'T1' if late and not blank(owner) else tier
    amount if late else score
    amount * 2 if amount < score else (0 - score if known(status) else setting(reach))
    due if done_on > due or not filled(done_on) else as_at
    date(2024, 2, 29) if late else date(2023, 12, 31)
    later_of(due, done_on)
    later_of(later_of(start, due), done_on)
    later_of(due, date(2024, 1, 31))
    add_months(due, 1)
    add_months(due, -1)
    add_months(start, 12)
    add_months(as_at, score)
    add_months(later_of(due, done_on), amount)
    add_months(date(2024, 1, 31), setting(reach))
    due + 14
    due - 1
    due + -30
    done_on - setting(limit)
    as_at - setting(limit) - 1
    later_of(due, start) + count(evidence)
    days_between(due, as_at)
    days_between(done_on, due)
    days_between(start, later_of(due, done_on))
    days_between(due + 14, moved)
    workdays_between(due, as_at)
    workdays_between(start, done_on)
    workdays_between(due, due + 6)
    workdays_between(date(2024, 1, 1), as_at)
    months_between(due, as_at)
    months_between(as_at, due)
    months_between(start, due)
    months_between(due, done_on) * 2
    months_between(date(2023, 11, 30), as_at)
    amount + score
    amount - score
    amount * score
    amount + 1
    score - 0.5
    amount * -2 + score * 3
    0 - amount
    setting(limit) + setting(slack)
    setting(reach) * 2 - score
    setting(slack)
    setting(limit)
    length(note)
    length(join(owner, ' / ', note)) - length(owner)
    length(status) + length(tier) * 2
    join(owner, ' / ', checker)
    join(status, ' - ', owner, ', ', tier)
    join(worry, 'x', 'y')
    count(evidence)
    count(evidence, judgement == 'Accepted')
    count(evidence, judgement != 'Accepted')
    count(evidence, not (judgement == 'Accepted'))
    count(evidence, category == 'Gamma delta' and judgement == 'Accepted')
    count(evidence, given <= as_at and not (judgement == 'Weak'))
    count(evidence, not (given <= as_at))
    count(evidence, not (given <= as_at and judgement == 'Accepted'))
    count(evidence, given == date(2024, 2, 29) or given != evidence.due)
    count(evidence, evidence.due < actions.due)
    count(evidence, evidence.due >= given and given > start)
    count(evidence, given > actions.due + 5)
    count(evidence, given + 5 >= done_on)
    count(evidence, given - 30 < as_at and not (given - 30 > actions.due))
    count(evidence, filled(given + 5) and blank(evidence.due - 5))
    count(evidence, blank(given))
    count(evidence, not blank(given))
    count(evidence, unreadable(given) or blank(hours))
    count(evidence, not unreadable(given) and not unreadable(hours))
    count(evidence, unreadable(category) and not unreadable(judgement))
    count(evidence, unreadable(sent_by) or unreadable(evidence.item))
    count(evidence, not (blank(sent_by) or filled(category)))
    count(evidence, filled(hours) and hours >= actions.amount)
    count(evidence, hours != 2)
    count(evidence, hours == score or hours < 0)
    count(evidence, 3 <= hours and not (hours > setting(slack)))
    count(evidence, hours > setting(limit) or hours < setting(reach))
    count(evidence, hours < amount + score)
    count(evidence, sent_by == owner)
    count(evidence, sent_by != owner)
    count(evidence, not (sent_by == owner) and not (sent_by == item))
    count(evidence, sent_by == 'Ann Lee' or sent_by == 'A*')
    count(evidence, one_of(category, 'Alpha', 'Beta'))
    count(evidence, category not in ('Alpha', 'Beta') or one_of(sent_by, 'bob', '*'))
    count(evidence, not one_of(judgement, 'Weak', 'Accepted') and category in ('alpha', 'Gamma delta'))
    count(evidence, late and judgement == 'Accepted')
    count(evidence, not late and not usable)
    count(evidence, blank(actions.due) or unreadable(actions.due) or repeated(ref))
    count(evidence, known(actions.part_of) and filled(hours))
    count(evidence, contains(note, 'lapsed') or length(owner) > 3 and judgement == 'Weak')
    count(evidence, usable and heavy > 2)
    count(evidence, not usable or blank(first_taken) or filled(nearest))
    count(evidence, nearest == 'Accepted' or nearest != judgement)
    count(evidence, worth == 'Poor' and not (worth != 'Poor'))
    count(evidence, first_taken < given and days_between(actions.due, as_at) > 0)
    count(evidence, workdays_between(start, actions.due) > 5 and hours > 1)
    count(evidence, later_of(actions.due, done_on) <= given)
    count(evidence, (actions.due if late else done_on) > given)
    count(evidence, worry == 'High' or tier == 'T2' and category == 'Beta')
    count(letters)
    count(letters, contains(note, 'done') or words == '7')
    count(reviews) + count(reviews, effective == 'Accepted')
    distinct(evidence, category)
    distinct(evidence, category, judgement == 'Accepted' and given <= as_at)
    distinct(evidence, judgement, not (sent_by == owner) or unreadable(given))
    distinct(reviews, effective)
    latest(evidence, given)
    latest(evidence, given, judgement == 'Accepted')
    latest(evidence, given, not (given > as_at))
    latest(evidence, evidence.due, category == 'Alpha' or blank(category))
    latest(evidence, first_taken)
    latest(evidence, given, given + 30 > as_at) if blank(owner) else latest(evidence, given)
    latest(evidence, judgement, given)
    latest(evidence, judgement, given, given <= as_at)
    latest(evidence, sent_by, given, not blank(sent_by))
    latest(evidence, category, evidence.due, unreadable(category) or hours > 1)
    latest(evidence, hours, given)
    latest(evidence, heavy, given, judgement != 'Accepted')
    latest(evidence, evidence.due, given)
    latest(evidence, given, evidence.due, not (evidence.due > as_at))
    latest(evidence, nearest, given)
    latest(evidence, worth, given)
    latest(reviews, held_on)
    latest(reviews, effective, held_on)
    latest(reviews, marks, held_on, effective == 'Weak')
    latest(reviews, held_on, held_on)
    earliest(evidence, given)
    earliest(evidence, given, judgement == 'Accepted' or sent_by == owner)
    earliest(evidence, evidence.due, not (given <= as_at))
    earliest(reviews, held_on)
    total(evidence, hours)
    total(evidence, hours, judgement == 'Accepted')
    total(evidence, heavy, not (given > actions.due))
    total(reviews, marks)
    """,
    "evidence": """
    heavy: total(samples, size)
    first_taken: earliest(samples, taken_on, not (verdict == 'Weak'))
    nearest: latest(samples, verdict, taken_on, taken_on <= as_at)
    days_between(given, evidence.due)
    months_between(given, as_at)
    join(item, ' / ', sent_by)
    hours * 2 if judgement == 'Accepted' else 0
    latest(samples, size, taken_on)
    count(samples, size > evidence.hours or blank(size))
    distinct(samples, verdict, taken_on < evidence.due)
    """,
    "samples": """
    size * size
    add_months(taken_on, size)
    """,
    "reviews": """
    later_of(held_on, as_at)
    """,
}


@dataclass(frozen=True)
class Line:
    """A rule of the trial: its key in the template, and its text."""

    table: str
    key: str
    text: str
    is_condition: bool


def lines_of(texts: Mapping[str, str], letter: str, is_condition: bool) -> Iterator[Line]:
    """The rules of each table; `name: rule` has a name of its own, the others are numbered."""
    for table, text in texts.items():
        for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
            named = re.fullmatch(r"([a-z_]+): (.*)", line)
            key = named[1] if named else f"{letter}{number}"
            yield Line(table, key, named[2] if named else line, is_condition)


EVERY_LINE = [*lines_of(CONDITIONS, "c", True), *lines_of(VALUES, "v", False)]


def declare(lines: Sequence[Line]) -> str:
    """The template with these rules as calculated fields, all of them needed by some rule, so that all are written."""
    added = []
    for table in dict.fromkeys(line.table for line in lines):
        own = [line for line in lines if line.table == table]
        for line in own:
            added.append(f'[[{table}.calculated]]\nkey = "{line.key}"\nheading = "{line.key}"\nvalue = """{line.text}"""')
        for start in range(0, len(own), 25):
            needs = [line.key if line.is_condition else f"filled({line.key})" for line in own[start : start + 25]]
            first = re.search(rf'\[{table}\].*?key = "(\w+)"', DECLARED, re.DOTALL)
            assert first
            added.append(f'[[{table}.rule]]\ncode = "keep-{start}"\nwhen = "{" or ".join(needs)}"')
            added.append(f'say = "This rule keeps others."\nat = "{first[1]}"\nseverity = "for information"')
    return "\n".join([DECLARED, *added])


def template_of(lines: Sequence[Line], folder: Path) -> Template:
    path = folder / "trial.toml"
    path.write_text(declare(lines), "utf-8")
    return load_template(path)


# ---------------------------------------------------------------- awkward rows

LEAP = date(2024, 2, 29)
PEOPLE = ("Ann Lee", "Bob", "Cy de la Mare", "Zoë")
TEXTS = (
    "no further action", "NO FURTHER ACTION: done", "lapsed", "(lapsed)", "elapsed", "done, re-done", "7", "7.5", "A*",
    "a?c~", "abc~", "*", "?", "~", "=1+1", "TRUE", "#N/A", "n/a", "45351", "29/02/2024", "Ann Lee; Bob", "É é ß ñ",
)  # fmt: skip
MONTH_ENDS = [date(2024, month, 1) - timedelta(days=1) for month in range(1, 13)] + [LEAP, date(2020, 2, 29)]
EDGES = [date(2000, 1, 1), date(1999, 12, 31), date(2099, 12, 31), date(2100, 1, 1), date(1900, 3, 1)]
BLANKS = ("", "", " ", "   ", "\xa0", "\t", "\n", " \xa0\n ", "\xa0\t ")
NUMBERS = (0, 1, 2, 3, 5, 7, 10, 7.5, 0.5, -3, -1, 2, 3, 1234.25)
NOISE: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.lower,
    str.swapcase,
    lambda text: f" {text}  ",
    lambda text: f"\xa0{text}\n",
    lambda text: f"\t{text}\xa0",
    lambda text: text.replace(" ", "  "),
    lambda text: text.replace(" ", "\xa0"),
    lambda text: text.replace(" ", " \n"),
)


@dataclass(frozen=True)
class Raw:
    """A cell that XlsxWriter does not write: its type, what stands in it, and whether its cell has no format."""

    type: str
    xml: str
    general: bool = False


RAW = (
    Raw("e", "<f>NA()</f><v>#N/A</v>"),
    Raw("e", "<f>1/0</f><v>#DIV/0!</v>"),
    Raw("e", '<f>VALUE("x")</f><v>#VALUE!</v>', general=True),
    Raw("e", "<v>#REF!</v>"),
    Raw("str", '<f>""</f><v></v>'),
    Raw("str", '<f>" Complete "</f><v xml:space="preserve"> Complete </v>'),
    Raw("str", '<f>"A-0"&amp;"03"</f><v>A-003</v>', general=True),
    Raw("b", "<f>1=1</f><v>1</v>", general=True),
    Raw("n", "<f>3+4</f><v>7</v>"),
    Raw("n", "<v>45351</v>", general=True),
    Raw("n", "<f>45351+0.75</f><v>45351.75</v>", general=True),
    Raw("inlineStr", "<is><t>Weak</t></is>", general=True),
)


def awkward_cell(chance: Random) -> object:
    """A cell that may stand in a column of any kind."""
    return chance.choice(
        [
            chance.choice(BLANKS), chance.choice(BLANKS), True, False, chance.choice(TEXTS), chance.choice(NUMBERS),
            chance.choice(MONTH_ENDS), datetime(2024, 2, 29, 12, 30), 45351, 45351.5, "31/02/2024", "TBC", -5,
            chance.choice(RAW), chance.choice(RAW), chance.choice(RAW),
        ]
    )  # fmt: skip


def any_date(chance: Random) -> object:
    near = AS_AT + timedelta(days=chance.randint(-45, 45))
    timed = datetime(near.year, near.month, near.day, 23, 59, 59)
    return chance.choice([near, near, near, chance.choice(MONTH_ENDS), AS_AT, timed, chance.choice(EDGES)])


def any_word(chance: Random, words: Sequence[str]) -> object:
    """One of these words, sometimes with something added that ought not to count."""
    word = chance.choice(words)
    return chance.choice(NOISE)(word) if chance.random() < 0.3 else word


def cell_of(chance: Random, template: Template, table: str, key: str, refs: Mapping[str, Sequence[str]]) -> object:
    """One input cell: usually fitting, often not quite, sometimes nothing or not at all."""
    if chance.random() < 0.12:
        return awkward_cell(chance)
    if chance.random() < 0.1:
        return chance.choice(BLANKS)
    line = template.tables[table].field_named(key)
    if line.type == "date":
        return any_date(chance)
    if line.type == "number":
        return chance.choice(NUMBERS)
    if line.type == "choice":
        return any_word(chance, [*template.options(line), *template.options(line), "Somewhat", "*"])
    if line.type == "reference":
        return any_word(chance, [*refs[line.to], "A-999", "A-00?", "*"])
    return any_word(chance, TEXTS if key in ("note", "words") else PEOPLE)


REFS = {
    "actions": [f"A-{number:03d}" for number in range(1, 56)] + ["7", "7.5", "A*", "45351", "Ä 1"],
    "evidence": [f"E{number}" for number in range(1, 140)],
}
COUNTS = {"actions": 62, "evidence": 152, "samples": 36, "reviews": 0, "letters": 10}
FEW = {"actions": REFS["actions"][:18] + ["7", "7.5", "A*", "45351", "Ä 1"], "evidence": REFS["evidence"][:14]}


def awkward_rows(template: Template, seed: int) -> dict[str, list[dict[str, object]]]:
    """Rows of every table. Child rows crowd on a few parents and a few days, so that there are ties."""
    chance = Random(seed)
    rows: dict[str, list[dict[str, object]]] = {}
    for table, count in COUNTS.items():
        line = template.tables[table]
        own = list(REFS.get(table, ()))
        rows[table] = []
        for number in range(count):
            row = {field.key: cell_of(chance, template, table, field.key, FEW) for field in line.field}
            if line.identity and chance.random() < 0.9:
                ref = own[number % len(own)]
                row[line.identity] = any_word(chance, [ref]) if ref not in ("7", "7.5", "45351") else float(ref)
            if number % 19 == 11:
                row = dict.fromkeys(row, chance.choice(BLANKS))
            if number % 19 == 12:
                row = {**dict.fromkeys(row, ""), line.field[-1].key: chance.choice(RAW[:4]), line.field[1].key: " "}
            if sum(bool(str(cell).strip()) for cell in row.values()) == 1:
                row[line.field[-1].key] = 3.5
            rows[table].append(row)
    rows["actions"][3] |= {"note": "it has lapsed " + "and so on, " * 1500, "owner": "x" * 5000}
    rows["actions"][4] |= {"due": LEAP, "start": date(2023, 11, 30), "done_on": date(2024, 3, 31)}
    return rows


# ---------------------------------------------------------------- the workbook


def put_raw(source: Path, target: Path, template: Template, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
    """A copy of a tracker with the cells that only XML can say."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        names = re.findall(r'<sheet name="([^"]+)"', old.read("xl/workbook.xml").decode())
        for part in old.namelist():
            text = old.read(part)
            for table, line in template.tables.items():
                if part == f"xl/worksheets/sheet{names.index(line.sheet) + 1}.xml":
                    text = raw_sheet(text.decode(), template, table, rows[table]).encode()
            new.writestr(part, text)


def raw_sheet(xml: str, template: Template, table: str, rows: Sequence[Mapping[str, object]]) -> str:
    """The XML of a table's sheet, with its raw cells, and with the obvious formulas to the right of the actions."""
    for number, row in enumerate(rows, FIRST_ROW):
        for index, field in enumerate(template.tables[table].field):
            raw = row[field.key]
            if isinstance(raw, Raw):
                address = f"{column_letters(index)}{number}"
                found = re.search(rf'<c r="{address}"( s="\d+")?[^>]*?(/>|>.*?</c>)', xml)
                assert found, address
                style = "" if raw.general else found[1] or ""
                cell = f'<c r="{address}"{style} t="{raw.type}">{raw.xml}</c>'
                xml = xml[: found.start()] + cell + xml[found.end() :]
    return xml


def as_written(rows: Mapping[str, Sequence[Mapping[str, object]]]) -> Rows:
    """The rows with a 1 wherever a raw cell will stand."""
    return {
        table: [{key: 1 if isinstance(cell, Raw) else cell for key, cell in row.items()} for row in each]
        for table, each in rows.items()
    }


# ---------------------------------------------------------------- the comparison

Cells = dict[tuple[str, int], list[object]]
"""For each table and column (of workings, from 0; of what its sheet fetches, from -1 down) the value in every row."""


def shown_slots(template: Template, table: str) -> list[tuple[int, Slot]]:
    """The columns that a table's sheet fetches, numbered from -1 down, with their workings."""
    plan = plan_of(template)
    return [(-place, plan.cells[table].slot_of(column)) for place, column in enumerate(plan.shown_columns(table), 1)]


def office_cells(office: Office, path: Path, template: Template) -> Cells:
    """What LibreOffice works out."""
    plan = plan_of(template)
    letters = column_letters(max(slot.index for slot in plan.every_slot()))
    ranges = {WORKINGS: f"A1:{letters}{max(map(plan.last_row, plan.layouts))}"}
    for layout in plan.layouts.values():
        ranges[layout.line.sheet] = f"A{FIRST_ROW}:{column_letters(len(layout.headings) - 1)}{layout.last_row}"
    return cells_of(template, office.values(path, ranges))


def cells_of(template: Template, grids: Mapping[str, Sequence[Sequence[object]]]) -> Cells:
    """The values of each column of workings and of each fetched column, from grids of whole sheets."""
    plan = plan_of(template)
    found: Cells = {}
    for table, layout in plan.layouts.items():
        first = plan.first_row(table) - 1
        grid = grids[WORKINGS][first : first + plan.rows(table)]
        for slot in plan.order[table]:
            found[table, slot.index] = [row[slot.index] for row in grid]
        for number, _ in shown_slots(template, table):
            index = len(layout.line.field) - number - 1
            found[table, number] = [row[index] for row in grids[layout.line.sheet]]
    return found


def kept_cells(path: Path, template: Template) -> Cells:
    """The values that stand beside the formulas of a workbook that no spreadsheet has opened."""
    book = load_workbook(path, data_only=True, read_only=True)
    grids: dict[str, list[list[object]]] = {}
    for name, first in ((WORKINGS, 1), *((line.sheet, FIRST_ROW) for line in template.tables.values())):
        rows = book[name].iter_rows(min_row=first, values_only=True)
        grids[name] = [["" if cell is None else cell for cell in row] for row in rows]
    book.close()
    return cells_of(template, grids)


def python_cells(template: Template, returns: Returns) -> Cells:
    """What Python works out from the rows it has read, each at its place on the sheet; elsewhere, as for a blank row."""
    plan = plan_of(template)
    book = returns.book(template, AS_AT)
    blank = cached_book(Tracker(template, SERVICE, PERIOD, {}, {}, {}, AS_AT))
    keys = {id(slot): key for key, slot in plan.slots.items()}
    found: Cells = {}
    for table, slots in plan.order.items():
        places = returns.tables[table]["row"].to_numpy() - FIRST_ROW
        for slot in slots:
            values = list(slot.value(blank.tables[table]))
            worked_out = slot.value(book.tables[table])
            key = keys[id(slot)]
            if isinstance(key, tuple) and isinstance(key[1], RowOfLatest):
                worked_out = sheet_numbers(returns, key[1].child.key, worked_out)
            for place, value in zip(places, worked_out, strict=True):
                values[place] = value
            found[table, slot.index] = values
        for number, slot in shown_slots(template, table):
            found[table, number] = found[table, slot.index][: template.tables[table].rows]
    return found


def sheet_numbers(returns: Returns, child: str, numbers: np.ndarray) -> list[int]:
    """Numbers of child rows among those read, as numbers of rows of the table on the sheet."""
    rows = [HEADING_ROW, *returns.tables[child]["row"]]
    return [rows[int(number)] - HEADING_ROW for number in numbers]


def plain(value: object) -> object:
    """A value in the terms of a spreadsheet's cell: text, or a number; nothing is an empty text."""
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return "" if math.isnan(number) else number


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-9)
    return one == other


def disagreements(template: Template, lines: Sequence[Line], one: Cells, other: Cells) -> list[str]:
    """A line for every cell in which two machines differ, with the rule's own text."""
    plan = plan_of(template)
    rules = {(line.table, line.key): line.text for line in lines}
    found = []
    for table, slots in plan.order.items():
        for number, slot in [*((slot.index, slot) for slot in slots), *shown_slots(template, table)]:
            pairs = zip(map(plain, one[table, number]), map(plain, other[table, number]), strict=True)
            for place, (first, second) in enumerate(pairs):
                if not same(first, second):
                    row = place + (plan.first_row(table) if number >= 0 else FIRST_ROW)
                    sheet = WORKINGS if number >= 0 else template.tables[table].sheet
                    text = rules.get((table, slot.title), slot.title)
                    where = f"{sheet} {slot.letters()}{row} ({table} row {place + FIRST_ROW})"
                    found.append(f"{where} «{text}»: {str(first)[:60]!r} against {str(second)[:60]!r}")
    return found


def report(found: Sequence[str], seed: int) -> str:
    rest = f"\n... and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
    return f"seed {seed}: {len(found)} disagreements\n" + "\n".join(found[:MOST_SHOWN]) + rest
