"""One rule, two machines: what pandas works out and what the sheet's formulas give are the same, on awkward rows.

LibreOffice is the independent spreadsheet. A template of its own puts every construct of the rule language into the
Workings of a tracker; the tracker's rows are as odd as rows come back; then every cell is compared three ways: the
value written beside a formula, LibreOffice's own, and Python's, worked out from the file as it is read back.
`QIPXL_LONG=1` runs many more random rules and rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from calculators import (
    OBVIOUS,
    OBVIOUS_AT,
    Grids,
    Line,
    accepted,
    cells_of,
    disagreements,
    kept_cells,
    office_grids,
    put_raw,
    python_cells,
    report,
    same,
)
from factories import LONG, first_only
from factories_rows import (
    AS_AT,
    BLANKS,
    LEAP,
    MONTH_ENDS,
    NUMBERS,
    PERIOD,
    RAW,
    SERVICE,
    TEXTS,
    any_word,
    as_written,
    awkward_cell,
)
from formula_lint import formula_faults
from office import Office

from qipxl.errors import TemplateError
from qipxl.rules import parser
from qipxl.rules.aggregates import AGGREGATES
from qipxl.rules.functions import FUNCTIONS
from qipxl.rules.listed import LISTED
from qipxl.services import Service
from qipxl.template import Template, load_template
from qipxl.tracker import write_tracker
from qipxl.tracker.content import Rows, cached_workings, workings_of
from qipxl.tracker.workings import Workings
from qipxl.workbook.layout import FIRST_ROW, column_letters

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
  { key = "checker", heading = "Checker", type = "text", names_staff = true, required = "Who?", required_when = "status == 'Complete'" },
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
  { word = "At risk", plain = "may be late", letter = "A", colour = "pale", say = "nearly late" },
  { word = "On track", letter = "G", colour = "pale", say = "fine" },
]
bands = [
  { word = "Off track", code = "no-owner", when = "blank(owner) or unreadable(owner)" },
  { word = "Off track", code = "late", when = "due < as_at - setting(slack) and status != 'Complete'" },
  { word = "At risk", code = "unreadable", when = "unreadable(due)" },
  { word = "At risk", code = "bare", when = "status == 'Complete' and count(evidence, judgement == 'Accepted') == 0" },
  { word = "At risk", code = "weak", when = "worry == 'High' and not any(evidence, judgement == 'Weak')" },
  { word = "On track", code = "on-track" },
]
[[actions.rating]]
key = "proof"
heading = "Proof"
about = "A rating that reads another."
states = [
  { word = "None", letter = "N", colour = "dark", say = "nothing" },
  { word = "Some", plain = "{delivery}, with something", letter = "S", colour = "pale", say = "something" },
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
    note == 'say "hi" & <b>' or note != "it's"
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
    not (add_months(done_on, -1) > due) and add_months(start, 12) > add_months(due, score)
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
    repeated(owner, due)
    repeated(status, amount, start) or not repeated(tier, done_on)
    listed(note, evidence.item)
    listed(owner, evidence.sent_by, evidence.item) and not listed(status, evidence.judgement)
    all_listed(join(owner, ';', checker), evidence.sent_by) or all_listed(note, evidence.item, evidence.sent_by)
    not all_listed(join(owner, '&', owner, ',;'), evidence.sent_by)
    has_column(evidence.item) and filled(note)
    contains(note, 'no further action', 'lapsed')
    contains(owner, 'lee')
    contains(owner, '/')
    contains(note, 'done', ';', '/')
    not contains(note, 'done') and contains(join(owner, ' / ', note), 'ann', 'lapsed')
    contains(status, 'progress') or contains(note, 're-done', "don't")
    contains(note, lists.category) or contains(owner, lists.judgement, 'lee', '/')
    begins_with(note, 'no further action', 'lapsed', 'done')
    begins_with(owner, 'ann')
    not begins_with(join(owner, ';', note), lists.category, 'ann', "don't") and begins_with(status, lists.status)
    all_in(note, lists.category) or all_in(status, lists.status, lists.tier)
    not all_in(join(status, '; ', status), lists.status) and all_in(join(tier, ' ;', status), lists.tier, lists.status)
    same_person(owner, checker)
    same_person(checker, owner) or same_person(owner, 'Ann Lee')
    not same_person(owner, checker) and filled(checker)
    may_be_same_person(owner, checker)
    not may_be_same_person(checker, owner) and filled(owner)
    blank(checker)
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
    latest(evidence, evidence.due, given) >= due or filled(latest(evidence, hours, given))
    earliest(evidence, evidence.due, not blank(given)) <= due
    total(evidence, hours) > 10 or total(reviews, marks) > 0
    not (total(evidence, hours, given <= as_at and not unreadable(category)) >= amount)
    larger_of(amount, score) > 7
    not (larger_of(amount * 2, setting(reach)) <= 10) or larger_of(count(evidence), score) == score
    rate(amount, score, 100) > 50 and not (rate(score, amount, setting(limit)) < 3)
    most_alike(evidence, category) >= 2 and not (most_alike(evidence, judgement, given <= as_at) == 1)
    shown(delivery) == 'At risk' or not (shown(proof) != 'None')
    letter(delivery) == 'A' or plain(proof) == 'Off track, with something'
    part_of.status == 'Complete' and not (part_of.due < due)
    filled(part_of.amount) or part_of.late or blank(part_of.owner)
    """,
    "evidence": """
    judgement == 'Accepted' and given <= as_at
    sent_by == item or sent_by != 'Ann Lee'
    evidence.due < given and not (hours <= 2)
    not blank(evidence.hours) and not unreadable(category)
    known(action) and known(category)
    not known(action) or repeated(item)
    any(samples, verdict == 'Accepted' and taken_on >= given)
    action.tier == 'T1' and not (action.due > given)
    not action.late or action.delivery != 'At risk'
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
    larger_of(amount, score)
    larger_of(amount, 0) + larger_of(setting(limit), score)
    larger_of(amount - score, amount * score)
    rate(amount, score, 100)
    rate(amount, count(evidence), 1000)
    rate(score, amount, score)
    most_alike(evidence, category)
    most_alike(evidence, category, judgement == 'Accepted' and given <= as_at)
    shown(delivery)
    letter(delivery)
    plain(delivery)
    plain(proof)
    join(letter(proof), ' / ', letter(delivery))
    part_of.status
    part_of.due
    part_of.amount
    join(part_of.owner, ' / ', owner)
    days_between(part_of.start, due)
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


def lines_of(texts: Mapping[str, str], letter: str, is_condition: bool) -> Iterator[Line]:
    """The rules of each table; `name: rule` has a name of its own, the others are numbered."""
    for table, text in texts.items():
        for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
            named = re.fullmatch(r"([a-z_]+): (.*)", line)
            key = named[1] if named else f"{letter}{number}"
            yield Line(table, key, named[2] if named else line, is_condition)


EVERY_LINE = [*lines_of(CONDITIONS, "c", True), *lines_of(VALUES, "v", False)]


def declare(lines: Sequence[Line], declared: str = DECLARED) -> str:
    """The template with these rules as calculated fields, all of them needed by some rule, so that all are written."""
    added = [declared]
    for table in dict.fromkeys(line.table for line in lines):
        own = [line for line in lines if line.table == table]
        for line in own:
            quoted = line.text.replace('"', '\\"')
            added.append(f'[[{table}.calculated]]\nkey = "{line.key}"\nheading = "{line.key}"\nvalue = "{quoted}"')
        first = re.search(rf'\[{table}\].*?key = "(\w+)"', declared, re.DOTALL)
        assert first
        for start in range(0, len(own), 25):
            needs = [line.key if line.is_condition else f"filled({line.key})" for line in own[start : start + 25]]
            added.append(f'[[{table}.rule]]\ncode = "keep-{start}"\nwhen = "{" or ".join(needs)}"')
            added.append(f'say = "This rule keeps others."\nat = "{first[1]}"\nseverity = "for information"')
    return "\n".join(added)


def template_of(lines: Sequence[Line], folder: Path, declared: str = DECLARED) -> Template:
    """The trial's template; its trackers have workings for every prepared row."""
    path = folder / "trial.toml"
    all_rated = declared.replace("rows = ", "growth = 2000\nrows = ")
    path.write_text(declare(lines, all_rated), "utf-8")
    return load_template(path)


# ---------------------------------------------------------------- awkward rows

PEOPLE = (
    "Ann Lee", "Ann Lee", "Bob", "Cy de la Mare", "Zoë", "Lee, Ann", "A. Lee", "al", "LA", "Ann Marie Lee", "Nurse Ann Lee (nights)", "Ann",
    "Bob and Ann Lee", "Bob / Cy", "Anne-Marie O'Neil", "anne marie oneil", "-", "n/a", "T.B.C.", "?", "(Bob", "Bob) Cy (", "Deputy Manager",
    "Mare, C.", "Mr Mrs Dr Mr Bob", "a b c d e f g h", "h g f e d c b a", "i a b c d e f g h", "Ann " + "Lee " * 60,
)  # fmt: skip
EDGES = [date(2000, 1, 1), date(1999, 12, 31), date(2099, 12, 31), date(2100, 1, 1), date(1900, 3, 1)]


def any_date(chance: Random) -> object:
    near = AS_AT + timedelta(days=chance.randint(-45, 45))
    timed = datetime(near.year, near.month, near.day, 23, 59, 59)
    return chance.choice([near, near, near, chance.choice(MONTH_ENDS), AS_AT, timed, chance.choice(EDGES)])


def cell_of(chance: Random, template: Template, table: str, key: str, refs: Mapping[str, Sequence[str]]) -> object:
    """One input cell: usually fitting, often not quite, sometimes nothing or not at all."""
    line = template.tables[table].field_named(key)
    if chance.random() < 0.12:
        cell = awkward_cell(chance)  # only head office sees that a number shows as a date
        is_format = line.type == "number" and isinstance(cell, date)
        return 45351 if is_format else cell
    if chance.random() < 0.1:
        return chance.choice(BLANKS)
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
FEW = {"actions": [*REFS["actions"][:18], "7", "7.5", "A*", "45351", "Ä 1"], "evidence": REFS["evidence"][:14]}


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
    rows["actions"][5] |= {"ref": "A-006\xa0", "status": "\xa0Complete"}
    rows["actions"][6] |= {"ref": "a-006", "status": "Complete  "}
    rows["actions"][7] |= {"ref": "A-00?", "status": " complete\n"}
    return rows


# ---------------------------------------------------------------- the tests


@dataclass(frozen=True)
class Trial:
    """A template, trackers of it (as written, with raw cells, and another service's), what LibreOffice says of raw."""

    template: Template
    plain: Path
    raw: Path
    other: Path
    raw_grids: Grids


SEEDS = range(1, 31) if LONG else range(1, 2)


@pytest.fixture(scope="module", autouse=True)
def every_value_has_a_column() -> Iterator[None]:
    """Each value is compared by itself, so none is written into the formulas that read it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workings, "write_out", lambda self: None)
        cached_workings.cache_clear()
        yield
    cached_workings.cache_clear()


@pytest.fixture(scope="module", params=SEEDS)
def trial(request: pytest.FixtureRequest, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """A tracker with awkward rows as it is written, and another with the cells that only XML can say."""
    folder = tmp_path_factory.mktemp("trial")
    template = template_of(EVERY_LINE, folder)
    rows = awkward_rows(template, request.param)
    path = write_tracker(template, SERVICE, PERIOD, folder / "plain.xlsx", rows=as_written(rows), issued={})
    put_raw(path, folder / "raw.xlsx", template, rows)
    other = Service(code="TR0", name="Other House")
    others = as_written(awkward_rows(template, request.param + 500))
    beside = write_tracker(template, other, PERIOD, folder / "other.xlsx", rows=others, issued={})
    return Trial(template, path, folder / "raw.xlsx", beside, office_grids(office, folder / "raw.xlsx", template))


@pytest.mark.long
def test_kept_values_are_those_of_libreoffice(trial: Trial, office: Office, request: pytest.FixtureRequest) -> None:
    """Beside each formula stands the value that a spreadsheet gives, before any has opened the file."""
    theirs = cells_of(trial.template, office_grids(office, trial.plain, trial.template))
    found = disagreements(trial.template, EVERY_LINE, theirs, kept_cells(trial.plain, trial.template))
    assert not found, report(found, request.node.name)


def test_python_agrees_with_libreoffice(trial: Trial, request: pytest.FixtureRequest) -> None:
    """A file read back is judged as it judges itself, errors, formulas and unformatted cells included."""
    theirs = cells_of(trial.template, trial.raw_grids)
    ours = python_cells(trial.template, accepted([trial.raw], trial.template))
    found = disagreements(trial.template, EVERY_LINE, theirs, ours)
    assert not found, report(found, request.node.name)


def test_python_agrees_when_it_reads_many(trial: Trial, request: pytest.FixtureRequest) -> None:
    """The rows of another return, with the same references, change nothing."""
    theirs = cells_of(trial.template, trial.raw_grids)
    ours = python_cells(trial.template, accepted([trial.other, trial.raw], trial.template), number=1)
    found = disagreements(trial.template, EVERY_LINE, theirs, ours)
    assert not found, report(found, request.node.name)


@pytest.mark.parametrize(("rule", "place"), [(rule, place) for place, rule in enumerate(OBVIOUS, OBVIOUS_AT)])
def test_obvious_formulas_are_wrong_on_these_rows(trial: Trial, rule: str, place: int) -> None:
    """The rows are awkward enough to tell the rule's formula from the one that first comes to mind."""
    line = next(line for line in EVERY_LINE if line.text == rule and line.table == "actions")
    slot = next(slot for slot in workings_of(trial.template).by_table["actions"] if slot.title == line.key)
    right = cells_of(trial.template, trial.raw_grids)["actions", slot.index]
    obvious = [row[place] for row in trial.raw_grids["Actions"]]
    wrong = sum(not same(*pair) for pair in zip(right[: len(obvious)], obvious, strict=True))
    assert wrong >= 2, f"{OBVIOUS[rule]} is wrong on {wrong} rows only"


TYPED = (
    "=NA()", "=1/0", "29/02/2024", "29 Feb 2024", "31/03/2024 12:30", "'7", "7", "5%", "12:30", "TRUE", "=1=2", "£5",
    "1e3", "'03/02/2024", "=45351", '=""', '=" Complete"', "a-003", "* ", "=TODAY()-TODAY()+45351.5", None, "-3",
)  # fmt: skip

SHOWN_OTHERWISE = ("29/02/2024", "29 Feb 2024", "31/03/2024 12:30", "5%", "12:30", "=TODAY()-TODAY()+45351.5")
"""Typed into columns of dates only: head office alone sees that a number shows as a date or a percentage."""


@pytest.mark.long
def test_python_agrees_on_what_people_type(office: Office, tmp_path: Path) -> None:
    """The same after people have typed into the tracker and another program has saved it."""
    seed = 1001
    chance = Random(seed)
    template = template_of(EVERY_LINE, tmp_path)
    rows = awkward_rows(template, seed)
    path = write_tracker(template, SERVICE, PERIOD, tmp_path / "issued.xlsx", rows=as_written(rows), issued={})
    typed: dict[str, dict[str, object]] = {}
    for table, count in COUNTS.items():
        line = template.tables[table]
        for _ in range(count):
            column = chance.randrange(1, len(line.field))
            letters = column_letters(workings_of(template).layouts[table].index(line.field[column].key))
            address = f"{letters}{FIRST_ROW + chance.randrange(line.rows - 1)}"
            text = chance.choice(TYPED)
            typed.setdefault(line.sheet, {})[address] = (
                text if line.field[column].type == "date" or text not in SHOWN_OTHERWISE else "7"
            )
    office.type_into(path, tmp_path / "typed.xlsx", typed)
    theirs = cells_of(template, office_grids(office, tmp_path / "typed.xlsx", template))
    returns = accepted([tmp_path / "typed.xlsx"], template)
    found = disagreements(template, EVERY_LINE, theirs, python_cells(template, returns))
    assert not found, report(found, seed)


# ---------------------------------------------------------------- edges


@dataclass(frozen=True)
class Edge:
    """A corner of the language with a small tracker of its own; `refusable` where refusing the rule is as good."""

    name: str
    rows: Rows
    conditions: Sequence[str] = ()
    values: Sequence[str] = ()
    below: Sequence[str] = ()
    refusable: bool = False

    def lines(self) -> Iterator[Line]:
        """Its rules, those of the actions first."""
        for letter, table, texts in (
            ("c", "actions", self.conditions),
            ("v", "actions", self.values),
            ("b", "evidence", self.below),
        ):
            yield from lines_of({table: "\n".join(texts)}, letter, letter == "c")


DUE = date(2024, 2, 20)
HOURS = (7.5, -7.5, 0.999, 7, 0.1)
TWINS = (
    ("7", 7), ("x", "\u2009x"), ("x", "\u200bx"), ("straße", "STRASSE"), ("é", "e\u0301"), ("İ", "i"), ("ẞ", "ß"),
    ("x", "\u3000x"), ("😀", "😀"), ("a\u00adb", "ab"), ("ÀÉÎ", "àéî"), ("_x0041_", "A"), ("x", "x\u202f"),
)  # fmt: skip
EDGES_OF_LANGUAGE = (
    Edge(
        "a number from the latest row may be nothing",
        conditions=(
            "latest(evidence, hours, given) > 3",
            "latest(evidence, hours, given) == score or amount < latest(evidence, hours, given)",
            "not (latest(evidence, hours, given, judgement == 'Weak') >= 1)",
            "blank(latest(evidence, hours, given)) and filled(ref)",
        ),
        values=("latest(evidence, hours, given) + 1", "add_months(due, latest(evidence, hours, given))"),
        rows={
            "actions": [{"ref": "A1", "due": DUE, "amount": 2}, {"ref": "A2", "due": DUE}, {"amount": 1, "due": DUE}],
            "evidence": [{"action": "A1", "given": DUE}, {"action": "A2", "given": DUE, "hours": 4}],
        },
    ),
    Edge(
        "the latest of a total where there are no child rows",
        values=("latest(evidence, heavy, given)",),
        below=("heavy: total(samples, size)",),
        rows={},
    ),
    Edge(
        "a truth from the latest row",
        conditions=("latest(evidence, usable, given)",),
        rows={"actions": [{"ref": "A1"}], "evidence": [{"action": "A1", "given": DUE, "judgement": "Accepted"}]},
        refusable=True,
    ),
    Edge(
        "a date moved by part of a day",
        values=(
            "due + amount",
            "due - amount",
            "due + 7.5",
            "as_at - setting(slack)",
            "days_between(due + amount, as_at)",
            "workdays_between(due + amount, as_at)",
            "add_months(due + amount, 1)",
            "count(evidence, given - 0.5 < actions.due)",
            "count(evidence, given + 8.5 <= as_at)",
        ),
        conditions=("due + amount == done_on", "due <= as_at - 8.5", "due + amount <= done_on"),
        rows={
            "actions": [
                {"ref": "A1", "tier": "T2", "due": DUE, "done_on": DUE + timedelta(7), "amount": n} for n in HOURS
            ],
            "evidence": [{"action": "A1", "given": DUE + timedelta(n)} for n in range(3)],
        },
        refusable=True,
    ),
    Edge(
        "a fraction of a month",
        values=("add_months(due, amount)", "add_months(due, 0 - amount)", "add_months(due, 1.9)"),
        rows={"actions": [{"ref": "A1", "due": date(2024, 1, 31), "amount": n} for n in HOURS]},
    ),
    Edge(
        "numbers beyond reason",
        values=("due + amount", "add_months(due, amount)", "amount * amount"),
        conditions=("amount * amount > 5", "add_months(due, amount) < as_at"),
        rows={"actions": [{"ref": "A1", "due": DUE, "amount": n} for n in (1200, 1e6, -1e6, 1e10, 1e20, 1e200)]},
    ),
    Edge(
        "dates far away",
        values=("months_between(due + amount, as_at)", "workdays_between(due, due + amount)", "due - amount"),
        rows={"actions": [{"ref": "A1", "due": DUE, "amount": n} for n in (36_500, 45_000, 100_000, 2_900_000)]},
    ),
    Edge(
        "sums of tenths",
        conditions=(
            "amount + 0.1 == 0.3",
            "amount * 3 == 0.3",
            "amount + score > 0.3",
            "amount + 0.1 <= 0.3",
            "total(evidence, hours) == 0.3",
            "amount - score != 0.1",
        ),
        rows={
            "actions": [
                {"ref": f"A{n}", "amount": a, "score": b} for n, a, b in ((1, 0.2, 0.1), (1, 0.1, 0.2), (2, 0.3, 0.2))
            ],
            "evidence": [
                {"action": "A1", "hours": 0.1},
                {"action": "A1", "hours": 0.2},
                {"action": "A2", "hours": 0.3},
            ],
        },
    ),
    Edge(
        "the same word twice in a list",
        values=(
            "count(evidence, one_of(category, 'Alpha', 'alpha'))",
            "count(evidence, not one_of(category, 'Alpha', 'alpha'))",
            "total(evidence, hours, category in ('Alpha', 'Alpha', 'Beta'))",
        ),
        rows={
            "actions": [{"ref": "A1"}],
            "evidence": [{"action": "A1", "category": word, "hours": 3} for word in ("Alpha", "Beta", "ALPHA")],
        },
        refusable=True,
    ),
    Edge(
        "a table that refers to itself",
        values=(
            "count(actions)",
            "count(actions, actions.status == 'Complete')",
            "latest(actions, actions.due)",
        ),
        conditions=("any(actions, actions.due < as_at)",),
        rows={
            "actions": [
                {"ref": "A1", "status": "Complete"},
                {"ref": "A2", "part_of": "A1", "due": DUE},
                {"ref": "A3", "part_of": "A1", "status": "Complete"},
            ]
        },
        refusable=True,
    ),
    Edge(
        "small numbers in a column of text",
        values=("join(note, ' / ', owner)", "length(note)"),
        conditions=("note == '0.00001'",),
        rows={
            "actions": [
                {"ref": "A1", "note": 0.00001, "owner": 0.0000125},
                {"ref": 0.1 + 0.2, "note": 0.0001, "owner": 1e11},
            ]
        },
    ),
    Edge(
        "letters that are nearly the same",
        conditions=("note == owner", "repeated(note)"),
        values=("join(note, ' / ', owner)", "length(owner)"),
        rows={"actions": [{"ref": "A1", "note": one, "owner": other} for one, other in TWINS]},
    ),
    Edge(
        "several values in a cell",
        conditions=(
            "all_listed(note, evidence.item)",
            "listed(note, evidence.item)",
            "not all_listed(owner, evidence.item, evidence.sent_by)",
        ),
        rows={
            "actions": [
                {"ref": f"A{number}", "note": note, "owner": note}
                for number, note in enumerate(
                    (
                        "E-1",
                        "e-1, E-2",
                        "E-1 and E-2",
                        "E-1 AND e-2;",
                        "E-1 aNd E-2",
                        "E-1 & E-9",
                        "E-1 E-2 + E 3",
                        ", ;",
                        "and",
                        "E*",
                        "E-1 ? x",
                        "a~b and E*",
                        "E-1and E-2",
                        "E 3 and",
                        "E-2, Rock and roll",
                    )
                )
            ],
            "evidence": [
                {"item": item, "sent_by": by, "action": "A1", "judgement": "Weak"}
                for item, by in (
                    ("E-1", "x"),
                    ("E-2", "?"),
                    ("E 3", None),
                    ("E*", "a~b"),
                    ("E-2", None),
                    ("Rock and roll", None),
                )
            ],
        },
    ),
    Edge(
        "several words of a list in a cell",
        conditions=(
            "all_in(note, lists.category)",
            "all_in(note, lists.category, lists.status)",
            "not all_in(note, lists.tier, lists.category)",
        ),
        rows={
            "actions": [
                {"ref": f"A{number}", "note": note}
                for number, note in enumerate(
                    (
                        "Alpha",
                        "alpha; BETA",
                        "Alpha;Beta ;Gamma delta",
                        "Alpha; Alpha",
                        "Alpha;; Beta;",
                        "; ;",
                        "Alpha, Beta",
                        "Alpha Beta",
                        "Alph; Beta",
                        "Gamma  delta; T1; complete",
                        "Alpha|;Beta",
                        "Alpha\nBeta",
                        "Alpha;\nBeta",
                        "*; Beta",
                    )
                )
            ]
        },
    ),
    Edge(
        "characters that XML forbids",
        values=("join(note, ' / ', owner)",),
        rows={"actions": [{"ref": "A1", "note": "one\x0btwo", "owner": "Ann Lee\x1f"}]},
    ),
    Edge(
        "very long texts",
        values=("length(join(note, ' / ', owner))",),
        conditions=("contains(note, 'lapsed')",),
        rows={
            "actions": [{"ref": "A1", "note": "x" * 32_760 + " lapsed"}, {"note": "y " * 16_383, "owner": "z" * 32_767}]
        },
    ),
    Edge(
        "a choice of texts searched",
        conditions=("contains(owner if filled(owner) else note, 'lapsed')",),
        rows={"actions": [{"ref": "A1", "note": "has lapsed"}, {"owner": "lapsed, too", "ref": "A2"}]},
        refusable=True,
    ),
    Edge(
        "the first and the last day, and the last second",
        values=("due + 0", "days_between(start, due)"),
        conditions=("unreadable(due)", "blank(due)"),
        rows={
            "actions": [
                {"ref": "A1", "due": each, "start": each}
                for each in (36526, 36525.999, 73050.999, 73051, datetime(2024, 2, 29, 23, 59, 59, 999_000), 0, -1, 1e6)
            ]
        },
    ),
)
SMALL = re.sub(r"rows = \d+", "rows = 16", DECLARED)


@pytest.mark.parametrize("edge", first_only(EDGES_OF_LANGUAGE, 5), ids=lambda edge: edge.name)
def test_edges(edge: Edge, office: Office, tmp_path: Path) -> None:
    """Corners where two readings part most easily: all three values agree, or the rule is refused."""
    lines = list(edge.lines())
    try:
        template = template_of(lines, tmp_path, SMALL)
    except TemplateError:
        assert edge.refusable, "This rule is part of the language."
        return
    path = write_tracker(template, SERVICE, PERIOD, tmp_path / "edge.xlsx", rows=edge.rows, issued={})
    faults = formula_faults(path)
    theirs = cells_of(template, office_grids(office, path, template))
    found = disagreements(template, lines, theirs, python_cells(template, accepted([path], template)))
    assert not found, report(found, edge.name)
    found = disagreements(template, lines, theirs, kept_cells(path, template))
    assert not found, "beside the formulas: " + report(found, edge.name)
    assert not faults


# ---------------------------------------------------------------- the formulas as text


def test_formulas_of_every_construct_suit_excel_2016(trial: Trial) -> None:
    assert formula_faults(trial.plain) == []


# ---------------------------------------------------------------- nothing is left out


def constructs(node: object, inside: bool = False) -> Iterator[tuple[str, bool]]:
    """The name of every construct of a rule, and whether it stands inside a not, an and or an or."""
    match node:
        case parser.Compare(sign) | parser.Sum(sign):
            yield sign, inside
        case parser.Call("setting", (parser.Name(name),)):
            yield f"setting {name}", inside
        case parser.Call(function):
            yield function, inside
        case parser.All() | parser.Any() | parser.Not() | parser.Either():
            yield type(node).__name__, inside
    deeper = inside or isinstance(node, parser.All | parser.Any | parser.Not)
    for part in fields(node) if is_dataclass(node) else ():
        value = getattr(node, part.name)
        for each in value if isinstance(value, tuple) else (value,):
            yield from constructs(each, deeper)


def test_every_construct_stands_in_the_trial() -> None:
    """Each is used at least twice, and at least once inside a not, an and or an or."""
    found = Counter(each for line in EVERY_LINE for each in constructs(parser.read_rule(line.text)))
    needed = [
        *FUNCTIONS,
        *AGGREGATES,
        *LISTED,
        *parser.COMPARISONS.values(),
        *parser.SUMS.values(),
        "date",
        "All",
        "Any",
        "Not",
    ]
    for name in (*needed, "Either", "setting limit", "setting slack", "setting reach"):
        assert found[name, True] >= 1, f"{name} never stands inside not, and, or"
        assert found[name, True] + found[name, False] >= 2, f"{name} stands once only"


# ---------------------------------------------------------------- random rules


class Grammar:
    """Random rules of the right kinds over the fields of the trial; inside an aggregate, over a child's too."""

    def __init__(self, chance: Random, child: bool = False) -> None:
        self.chance, self.child = chance, child

    def pick(self, *ways: Callable[[], str]) -> str:
        return self.chance.choice(ways)()

    def field(self, own: str, below: str) -> str:
        """A field's name, of the parent or the child, with a dot where both have it."""
        if self.child and self.chance.random() < 0.7:
            return f"evidence.{self.chance.choice(below.split())}"
        return ("actions." if self.child else "") + self.chance.choice(own.split())

    def condition(self, depth: int) -> str:
        if depth == 0:
            return self.leaf()
        one, other = (self.condition(depth - 1) for _ in range(2))
        shapes = [f"not ({one})", f"({one}) and ({other})", f"({one}) or ({other})", f"({one}) and not ({other})"]
        if not self.child:
            shapes.append(f"(({one}) if ({self.leaf()}) else ({other}))")
        return self.chance.choice(shapes)

    def leaf(self) -> str:
        sign, same = self.chance.choice(["==", "!=", "<", "<=", ">", ">="]), self.chance.choice(["==", "!="])
        return self.pick(
            lambda: f"{self.text()} {same} {self.text()}",
            lambda: f"{self.choice('status', 'judgement')} {same} {self.word()}",
            lambda: f"{self.day()} {sign} {self.day()}",
            lambda: f"{self.day()} {sign} {self.day()}",
            lambda: f"{self.amount()} {sign} {self.amount()}",
            lambda: f"{self.chance.choice(['blank', 'filled', 'unreadable'])}({self.any_field()})",
            lambda: self.chance.choice(
                ["late", "usable"] if self.child else ["late", "repeated(ref)", "known(part_of)"]
            ),
            self.function,
        )

    def function(self) -> str:
        if self.child:
            return self.pick(
                lambda: f"one_of({self.free_text()}, 'ann lee', 'A*')", lambda: "category in ('Alpha', 'Beta')"
            )
        return self.pick(
            lambda: f"one_of({self.free_text()}, 'ann lee', 'A*')",
            lambda: "status not in ('Complete', 'Withdrawn')",
            lambda: f"contains({self.text()}, 'ann', 'lapsed')",
            lambda: f"any(evidence, {self.below()})",
            lambda: f"distinct(evidence, category, {self.below()}) >= 2",
            lambda: f"latest(evidence, judgement, given, {self.below()}) == 'Accepted'",
            lambda: f"length({self.text()}) > {self.chance.randint(0, 12)}",
            lambda: (
                f"{self.chance.choice(['same_person', 'may_be_same_person'])}({self.free_text()}, {self.free_text()})"
            ),
        )

    def below(self) -> str:
        return Grammar(self.chance, child=True).condition(self.chance.randint(0, 2))

    def any_field(self) -> str:
        return self.field(
            "ref status owner due done_on amount score", "item category judgement sent_by given due hours"
        )

    def text(self) -> str:
        return self.pick(self.free_text, self.free_text, lambda: self.field("tier status", "judgement"))

    def free_text(self) -> str:
        return self.field("owner checker note part_of ref", "sent_by item action")

    def choice(self, own: str, below: str) -> str:
        self.options = ("Complete", "Withdrawn")
        if self.child and self.chance.random() < 0.7:
            self.options = ("Accepted", "Weak")
            return f"evidence.{below}"
        return f"actions.{own}" if self.child else own

    def word(self) -> str:
        return f"'{self.chance.choice(self.options)}'"

    def day(self) -> str:
        plain = self.field("due start done_on", "given due")
        if self.child:
            return self.pick(lambda: plain, lambda: "as_at", lambda: f"{plain} + {self.chance.randint(-40, 40)}")
        return self.pick(
            lambda: plain,
            lambda: plain,
            lambda: "as_at",
            lambda: f"date(2024, {self.chance.randint(1, 12)}, 28)",
            lambda: f"{plain} - {self.chance.randint(0, 40)}",
            lambda: f"as_at + setting(limit) * {self.chance.randint(-2, 2)}",
            lambda: f"add_months({plain}, {self.chance.randint(-3, 3)})",
            lambda: f"later_of({plain}, {self.field('due done_on', '')})",
            lambda: f"{self.chance.choice(['latest', 'earliest'])}(evidence, given, {self.below()})",
        )

    def amount(self) -> str:
        plain = self.field("amount score", "hours")
        if self.child:
            return self.pick(lambda: plain, lambda: str(self.chance.randint(-3, 10)), lambda: "setting(slack)")
        return self.pick(
            lambda: plain,
            lambda: f"{plain} {self.chance.choice('+-*')} {self.field('amount score', '')}",
            lambda: str(self.chance.randint(-3, 10)),
            lambda: f"setting({self.chance.choice(['limit', 'slack', 'reach'])})",
            lambda: f"{self.chance.choice(['days', 'months', 'workdays'])}_between({self.day()}, {self.day()})",
            lambda: f"count(evidence, {self.below()})",
            lambda: f"total(evidence, hours, {self.below()})",
            lambda: f"latest(evidence, hours, given, {self.below()})",
            lambda: f"({plain} if {self.leaf()} else {self.field('amount score', '')})",
        )


FUZZ_SEEDS = range(100, 130) if LONG else range(100, 101)
FUZZ_RULES = 40


@pytest.mark.parametrize("seed", FUZZ_SEEDS)
def test_random_rules(seed: int, office: Office, tmp_path: Path) -> None:
    """Rules that nobody would write, over rows that people do."""
    grammar = Grammar(Random(seed))
    texts: list[str] = []
    while len(texts) < FUZZ_RULES:
        text = grammar.condition(grammar.chance.choice((2, 2, 3)))
        if len(text) < parser.LONGEST:
            texts.append(text)
    lines = [Line("actions", f"f{number}", text, True) for number, text in enumerate(texts)]
    template = template_of(lines, tmp_path)
    rows = awkward_rows(template, seed)
    path = write_tracker(template, SERVICE, PERIOD, tmp_path / "plain.xlsx", rows=as_written(rows), issued={})
    put_raw(path, tmp_path / "raw.xlsx", template, rows)
    theirs = cells_of(template, office_grids(office, tmp_path / "raw.xlsx", template))
    returns = accepted([tmp_path / "raw.xlsx"], template)
    found = disagreements(template, lines, theirs, python_cells(template, returns))
    assert not found, report(found, seed)
    assert formula_faults(path) == []
