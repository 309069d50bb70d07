"""What the columns of an old table say about one another: a guess that another column makes doubtful is lowered, so that a person is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import replace

from qipxl.adopting.agreement import is_statement, says_what_to_do, words_in
from qipxl.adopting.aliases import aliases, own_field
from qipxl.adopting.column_values import (
    CLEAR_SHARE,
    is_code,
    is_long_text,
    share_of,
)
from qipxl.adopting.guesses import (
    CONTROL,
    NAMES,
    SAME,
    SCORES,
    TEXTS,
    UNEXPLAINED,
    Guess,
    Guesses,
    Values,
    ask_about,
    chosen_fields,
    tables_with,
    words_of,
)
from qipxl.adopting.heading_match import NOTES, OTHER_SCORE, is_first_choice
from qipxl.adopting.heading_words import BRACKETS, comparable, undated
from qipxl.adopting.mapping import CHANGE, FACTS, ISSUE, MIN_CONFIDENCE, PROGRESS, REF, STATUS, SURE
from qipxl.adopting.old_risks import RISK_WORDS
from qipxl.adopting.old_tables import OldColumn
from qipxl.text import as_text
from qipxl.workbook.headings import fold

LEAST_REF = 0.7
"""The least confidence of references in the first column that leave no other column to be the reference."""
OF_ACTIONS = frozenset(
    ("action id", "action no", "action number", "action ref", "action code", "task id", "task no", "task number")
)
ACTION_LISTS = frozenset(("action", "action item", "action list", "action log", "action register", "task", "task list"))
"""References of actions, and titles of lists of them."""
FIRST_COLUMNS = 2
"""The number of columns on the left in which a list of controls has their names."""
STATE_SHARE = 1 / 3
"""The share of words of a control's state from which a Status may not be the action's."""
DONE_OF = (("actions.due", "actions.completed_on"), (CHANGE, PROGRESS), ("actions.success_measure", PROGRESS))
"""What is planned, and what was done: the same heading, such as Completion date or Outcome, may mean either."""
LEAST_ACTION = 0.5
"""The least confidence of the intended change in a heading that speaks of an action, next to another column that may be it."""
PLANS, PLANNED_SHARE = frozenset(("will", "shall", "could", "would")), 0.4
"""Words of texts that say what is planned, and the share of such texts from which controls may not be in place."""
FALLBACKS = frozenset(("contingency", "contingency plan"))
"""Headings of what is done if a risk happens."""
STANDARDS = frozenset(
    ("requirement", "gap", "clause", "standard", "criterion", "criteria", "annex", "maturity", "subcategory")
)
"""Words of headings of a list of what is to be met."""
MOST_REPEATED = 0.8
"""The share of different names below which a column of them repeats, as categories do."""
TIE = 0.05
"""The most confidence between two columns that may both be the intended change."""


def doubt_planned_or_done(guesses: Guesses) -> None:
    """Ask about a heading that may mean what is planned or what was done, if no other column is the one or the other.

    A response to a risk with scores is planned.
    """
    chosen = chosen_fields(guesses)
    scored = not {field for pair in SCORES for field in pair}.isdisjoint(chosen.values())
    sure = {
        field
        for column, field in chosen.items()
        if any(guess.field == field and guess.confidence >= SURE for guess in guesses[column])
    }
    for column, field in chosen.items():
        others = {done if field == planned else planned for planned, done in DONE_OF if field in (planned, done)}
        meant = {guess.field for guess in guesses[column] if guess.confidence >= MIN_CONFIDENCE}
        words = words_of(column)
        if field == CHANGE and "resolution" in words and words[-1] in NOTES:
            meant.add(PROGRESS)
        others &= meant - sure
        if others and not (scored and field == CHANGE) and not is_first_choice(column.heading, field):
            ask_about(guesses, column, field)


def doubt_work_before_issue(guesses: Guesses) -> None:
    """Ask about an activity or a task to the left of its risk with scores: it is what the risk is about, not what will be done."""
    fields = {field: column for column, field in chosen_fields(guesses).items()}
    change, issue = fields.get(CHANGE), fields.get(ISSUE)
    scored = not {field for pair in SCORES for field in pair}.isdisjoint(fields)
    if scored and change and issue and change.column < issue.column and not is_first_choice(change.heading, CHANGE):
        ask_about(guesses, change, CHANGE, is_doubted=True)


def doubt_planned_controls(guesses: Guesses) -> None:
    """Ask about control measures with a due date, if no other column says what will be done: they may be planned."""
    fields = {field: column for column, field in chosen_fields(guesses).items()}
    control = fields.get(CONTROL)
    may_be_change = control is not None and any(
        guess.field == CHANGE and guess.confidence >= MIN_CONFIDENCE for guess in guesses[control]
    )
    if control is not None and may_be_change and CHANGE not in fields and "actions.due" in fields:
        ask_about(guesses, control, CONTROL, is_doubted=True)


def doubt_controls(guesses: Guesses, values: Values) -> None:
    """Ask about controls unless the heading says that they are in place, Existing controls, and the values do not say what is planned.

    Control measures and mitigating controls may be in place or planned; a contingency is for when the risk happens, and what names
    controls lists them.
    """
    for column, field in chosen_fields(guesses).items():
        if field != CONTROL or own_field(column.heading, tables_with("actions")):
            continue
        in_place = not aliases().in_place.isdisjoint(words_of(column))
        texts = values[column]
        told = share_of(is_planned, texts) < PLANNED_SHARE and share_of(are_codes, texts) < CLEAR_SHARE
        if not (in_place and told):
            ask_about(guesses, column, CONTROL, is_doubted=not told or comparable(column.heading) in FALLBACKS)
    for column in filter(names_controls, guesses):
        guesses[column] = [
            replace(guess, is_doubted=True) if guess.field == CONTROL else guess for guess in guesses[column]
        ]


def is_planned(value: object) -> bool:
    """True for a text that says what will be done, or would be: Staff will be trained, If it fails, call the supplier.

    >>> is_planned("Rota will be reviewed"), is_planned("If the lift stops, phone"), is_planned("Doors are locked at night")
    (True, True, False)
    """
    words = words_in(value)
    return words[:1] in (["if"], ["to"]) or not PLANS.isdisjoint(words) or "to be " in fold(as_text(value))


def are_codes(value: object) -> bool:
    """True for one code or several: AC-2, AC-3."""
    return all(is_code(part) for part in re.split("[,;]", as_text(value)))


def doubt_one_of_two(guesses: Guesses) -> None:
    """Ask about both of two actions, Risk reduction actions and Actions (if it happens), and about a decision."""
    chosen = chosen_fields(guesses)
    likely = {
        column: guess.confidence
        for column, possible in guesses.items()
        for guess in possible
        if guess.field == CHANGE and chosen.get(column, CHANGE) == CHANGE
        if guess.confidence >= (LEAST_ACTION if "action" in words_of(column) else UNEXPLAINED)
    }
    change = next((column for column in likely if chosen.get(column) == CHANGE), None)
    decided = change is not None and comparable(change.heading) == "decision"
    if change is None or (len(likely) == 1 and not decided):
        return
    others = max((confidence for column, confidence in likely.items() if column is not change), default=0.0)
    in_brackets = any(map(comparable, BRACKETS.findall(change.heading)))
    if in_brackets or decided or (others >= likely[change] - TIE and not is_first_choice(change.heading, CHANGE)):
        for column in likely:
            ask_about(guesses, column, CHANGE)


def without_earlier_updates(guesses: Guesses) -> None:
    """Of updates that only a month tells apart, take the last one: Progress at June, Progress at July."""
    last = {undated(column.heading): column for column in sorted(guesses, key=lambda column: column.column)}
    for column in guesses:
        if last[undated(column.heading)] is not column:
            guesses[column] = [guess for guess in guesses[column] if guess.field != PROGRESS]


def describe_actions(guesses: Guesses, titles: Set[str]) -> None:
    """Take the description in a list of actions as the intended change, and the actions taken next to others as none."""
    changes = [
        column
        for column, possible in guesses.items()
        if any(guess.field == CHANGE and guess.confidence >= MIN_CONFIDENCE for guess in possible)
    ]
    for column in changes if len(changes) > 1 else ():
        if comparable(column.heading) == "action taken":  # what was done, next to what is to be done
            guesses[column] = [guess for guess in guesses[column] if guess.field != CHANGE]
    if OF_ACTIONS.isdisjoint(comparable(column.heading) for column in guesses) and (
        changes or not titles or not titles <= ACTION_LISTS
    ):
        return
    for column, possible in guesses.items():
        if comparable(column.heading) in TEXTS:
            guesses[column] = [Guess(CHANGE, guess.confidence) if guess.field == ISSUE else guess for guess in possible]


def doubt_names_of_work(guesses: Guesses, values: Values) -> None:
    """Doubt an item, a task or the like as what will be done if its texts do not say so and another column may say it: it may be an
    issue.
    """
    for column, field in chosen_fields(guesses).items():
        if field != CHANGE or not aliases().works.issuperset(words_of(column)):
            continue
        others = [
            other
            for other, possible in guesses.items()
            if other is not column
            and any(guess.field == CHANGE and guess.confidence >= LEAST_ACTION for guess in possible)
        ]
        if others and share_of(says_what_to_do, values[column]) < CLEAR_SHARE:
            ask_about(guesses, column, CHANGE, is_doubted=True)


def describe_tasks(guesses: Guesses, values: Values) -> None:
    """Take a lone description whose texts say what to do as what will be done, and ask a person: Add a lamp to the hall."""
    fields = {field: column for column, field in chosen_fields(guesses).items()}
    issue = fields.get(ISSUE)
    if issue is None or CHANGE in fields or comparable(issue.heading) not in TEXTS | NAMES:
        return
    if share_of(says_what_to_do, values[issue]) >= CLEAR_SHARE:
        guesses[issue] = [
            replace(guess, field=CHANGE).at_most(UNEXPLAINED) for guess in guesses[issue] if guess.field == ISSUE
        ]


def doubt_lone_title(guesses: Guesses, values: Values, titles: Set[str]) -> None:
    """Take a title as what will be done if it is the only text: surely in a list of actions, else a person is asked.

    What has a severity or a likelihood is an issue.
    """
    fields = {field: column for column, field in chosen_fields(guesses).items()}
    issue = fields.get(ISSUE)
    scored = any(not frozenset().union(*OTHER_SCORE.values()).isdisjoint(words_of(column)) for column in guesses)
    if scored or issue is None or CHANGE in fields or comparable(issue.heading) not in NAMES:
        return
    if not any(share_of(is_long_text, values[column]) >= CLEAR_SHARE for column in guesses if column is not issue):
        most = 1.0 if titles and titles <= ACTION_LISTS else UNEXPLAINED
        guesses[issue] = [
            Guess(CHANGE, min(guess.confidence, most)) for guess in guesses[issue] if guess.field == ISSUE
        ]


def doubt_details_of_change(guesses: Guesses) -> None:
    """Ask about details directly to the right of what will be done: they are its own, not those of an issue."""
    fields = {field: column for column, field in chosen_fields(guesses).items()}
    change, issue = fields.get(CHANGE), fields.get(ISSUE)
    if change and issue and issue.column == change.column + 1 and comparable(issue.heading) in TEXTS:
        ask_about(guesses, issue, ISSUE, is_doubted=True)


def doubt_brief_issues(guesses: Guesses, values: Values) -> None:
    """Ask about names below Issue if another column that may be the issue has texts: only risks are usually called by a name.

    Ask also about names below Description that repeat: they are categories.
    """
    issue = next((column for column, field in chosen_fields(guesses).items() if field == ISSUE), None)
    if issue is None or not RISK_WORDS.isdisjoint(words_of(issue)) or says(values[issue]):
        return
    repeated = len({fold(as_text(value)) for value in values[issue]}) < MOST_REPEATED * len(values[issue])
    if repeated and comparable(issue.heading) in TEXTS | NAMES:
        ask_about(guesses, issue, ISSUE, is_doubted=True)
    others = [column for column in guesses if column is not issue and words_of(column)[-1:] == ["description"]]
    if any(says(values[column]) for column in others):
        ask_about(guesses, issue, ISSUE, is_doubted=True)


def doubt_described_standards(guesses: Guesses) -> None:
    """Ask about a requirement, and about a description in a list of requirements, of controls or of levels of maturity: it says what is
    to be met, not what is wrong.
    """
    issue = next((column for column, field in chosen_fields(guesses).items() if field == ISSUE), None)
    if issue is not None and comparable(issue.heading) == "requirement":
        ask_about(guesses, issue, ISSUE)
    if issue is None or comparable(issue.heading) not in TEXTS | NAMES:
        return
    others = [column for column in guesses if column is not issue]
    before = [column for column in others if column.column < issue.column]
    if any(not STANDARDS.isdisjoint(words_of(column)) for column in others) or any(map(names_controls, before)):
        ask_about(guesses, issue, ISSUE, is_doubted=True)


def doubt_one_of_two_facts(guesses: Guesses) -> None:
    """Ask about two columns that mean the owner equally well, such as Project lead and Assignee."""
    chosen = chosen_fields(guesses)
    for fact in sorted(FACTS):
        named = [
            column
            for column, possible in guesses.items()
            if chosen.get(column, fact) == fact
            and any(guess.field == fact and guess.confidence >= SURE for guess in possible)
        ]
        best = {guess.confidence for column in named for guess in guesses[column] if guess.field == fact}
        if len(named) > 1 and max(best) - min(best) < SAME:
            for column in named:
                ask_about(guesses, column, fact)


def says(values: Sequence[object]) -> bool:
    """True for a column of texts, not of names."""
    return share_of(is_statement, values) >= CLEAR_SHARE


def doubt_states_of_controls(guesses: Guesses, values: Values, titles: Set[str]) -> None:
    """Ask about a Status of words such as Implemented or Not met in a list of controls, of requirements or of gaps: it says how far
    these are met, and not how far the action is. What is listed is not to the right of the issue.
    """
    fields = {field: column for column, field in chosen_fields(guesses).items()}
    if STATUS not in fields or share_of(is_state_of_control, values[fields[STATUS]]) < STATE_SHARE:
        return
    subject = fields.get(ISSUE) or fields.get(CHANGE)
    listed = [column for column in guesses if subject is None or column.column <= subject.column]
    named = [*map(words_of, listed), *(title.split() for title in titles)]
    if any(not aliases().standards.isdisjoint(words) for words in named) or any(
        map(names_controls, listed[:FIRST_COLUMNS])
    ):
        ask_about(guesses, fields[STATUS], STATUS, is_doubted=True)


def is_state_of_control(value: object) -> bool:
    """True for a word that says how far a control or a requirement is met."""
    return comparable(as_text(value)) in map(comparable, aliases().control_states)


def names_controls(column: OldColumn) -> bool:
    """True for a heading of controls that are listed: Control, Control ID, Control area; not Controls and Control measures."""
    first, *others = words_of(column) or [""]
    return fold(column.heading) == "control" or (first == "control" and not aliases().of_controls.isdisjoint(others))


def prefer_first_reference(guesses: Guesses, values: Values) -> None:
    """Take the codes of the first column as the references, not those of a column further right, such as a Risk ID after an ID."""
    refs = sorted(
        (column for column, possible in guesses.items() if any(guess.field == REF for guess in possible)),
        key=lambda column: column.column,
    )
    first = min(values, key=lambda column: column.column, default=None)
    if len(refs) < 2 or refs[0] is not first:
        return
    texts = [as_text(value) for value in values[first]]
    sure = any(guess.field == REF and guess.confidence >= LEAST_REF for guess in guesses[first])
    if sure and len(set(texts)) == len(texts) and all(any(map(str.isalpha, text)) for text in texts):
        for column in refs[1:]:
            guesses[column] = [guess for guess in guesses[column] if guess.field != REF]
