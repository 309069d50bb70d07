"""What the columns of an old table may mean: the fields that their headings and their values suggest, each with a confidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from qipxl.adopting.column_values import (
    CLEAR_SHARE,
    MOST_VALUES,
    TEXTS_ONLY,
    are_few_words,
    confirmation,
    is_code,
    is_date,
    is_long_text,
    is_person,
    is_score_word,
    is_sentence,
    is_status,
    is_surely_person,
    is_text,
    share_of,
    value_fit,
)
from qipxl.adopting.heading_match import (
    BRACKETS,
    FIRST,
    LISTED,
    MISSPELT,
    OTHER_SCORE,
    REF_WORDS,
    TEXTS_APART,
    THIRD,
    aliases,
    comparable,
    heading_score,
    is_explained,
    is_first_choice,
    is_mixed,
    name_score,
    own_field,
    undated,
)
from qipxl.adopting.mapping import MIN_CONFIDENCE, PROGRESS, RELATED_TABLES, SURE
from qipxl.adopting.old_tables import OldColumn
from qipxl.template import FieldLine, Template
from qipxl.text import as_text

FEWEST_FIELDS, ENOUGH_FIELDS = 2, 3
"""The fewest fields of a table that is surely a list of actions, and of one that may be, next to another that may be."""
IN_PLACE_OF: Mapping[str, tuple[str, Sequence[str]]] = {
    "actions.accountable_lead": ("actions.owner", ("actions.owner",)),
    "actions.original_due": ("actions.due", ("actions.due",)),
    "milestones.milestone": ("actions.intended_change", ("actions.issue", "actions.intended_change")),
}
"""A field whose column fills another one if no column fills that: the only person named owns the action, and an original date
next to a revised one is the due date."""
CHILD_FIELDS = ("evidence.description", "evidence.kept_at", "milestones.milestone", "reviews.finding")
"""The fields of other tables that a column of a table of actions may fill."""
NEEDED: Mapping[str, Sequence[str]] = {
    "actions": ("issue", "intended_change", "root_cause"),
    "milestones": ("milestone", "action"),
    "evidence": ("description",),
    "measurements": ("indicator", "month"),
    "indicators": ("indicator",),
}
"""The fields that make a table one of these: at least one of them, for the tables in `ALL_NEEDED` all."""
ALL_NEEDED = ("measurements", "milestones")
REF, ISSUE, CHANGE, CONTROL = "actions.ref", "actions.issue", "actions.intended_change", "actions.interim_control"
THEME = "actions.theme"
APART = frozenset(map(".".join, TEXTS_APART))
"""The fields of texts that one heading does not mean together."""
OWNER, GOALS = "actions.owner", ("actions.due", "actions.success_measure")
"""The owner, and what next to an owner shows that a table is a plan."""
LEAST_REF = 0.7
"""The least confidence of references in the first column that leave no other column to be the reference."""
HISTORY = frozenset(
    ("version", "version no", "revision", "author", "approved by", "description of change", "amendment", "prepared by")
)
"""Headings of the history of a document: a table with two of them is no plan."""
FACTS = frozenset(("actions.owner", "actions.due", "actions.status"))
"""Fields that show that a table is a plan."""
SAYING = FACTS | {ISSUE, CHANGE, "actions.success_measure"}
"""A plan has at least one of these fields without doubt."""
OF_ACTIONS = frozenset(
    ("action id", "action no", "action number", "action ref", "action code", "task id", "task no", "task number")
)
ACTION_LISTS = frozenset(("action", "action item", "action list", "action log", "action register", "task", "task list"))
TEXTS, NAMES = frozenset(("description", "detail", "summary")), frozenset(("title", "name"))
"""References of actions, titles of lists of them, and headings of texts that say what each is: what describes an action is no issue."""
SCORES = tuple((f"actions.likelihood_{when}", f"actions.consequence_{when}") for when in ("start", "now"))
"""The scores that belong together."""
SCORES_NOW = SCORES[1]
TARGET = "actions.risk_target"
AIMS = frozenset(("aim", "objective", "goal", "intent"))
HIGHEST_SCORE = 5
SCORE_SHARE = 0.5
"""The share of words in place of scores from which a column has words."""
LIKE_ISSUES = (ISSUE, CHANGE, "actions.success_measure", "actions.theme")
"""Fields that a column of issues may be taken for by its heading."""
NO_ISSUE = frozenset(
    (
        "impact",
        "monitoring",
        "evidence",
        "resource",
        "cost",
        "level",
        "scope",
        "indicator",
        "result",
        "benefit",
        "name",
        "related",
        "linked",
        "reference",
        "asset",
        "support",
    )
)
"""Words of headings of texts that are no issue."""
DONE_OF = (("actions.due", "actions.completed_on"), (CHANGE, PROGRESS), ("actions.success_measure", PROGRESS))
"""What is planned, and what was done: the same heading, such as Completion date or Outcome, may mean either."""
MANY_NAMES = (PROGRESS, "actions.success_measure")
"""Fields of whose listed headings only the first choices are sure."""
TIE = 0.05
"""The most confidence between two columns that may both be the intended change."""
RELATED = 0.05
"""Subtracted for a field of a related table."""
UNEXPLAINED = SURE - 0.01
"""The most confidence of a field whose listed headings do not say every word of a heading: a person is asked."""
DOUBTED = 0.5
"""The most confidence of a doubted field: it is only shown."""
FROM_VALUES = 0.57
"""The confidence of a field that only the values of a column suggest."""
LIKE_SHARE = 0.8
"""The share of values that must look alike for that."""
SURE_PEOPLE = 0.3
"""The share of names that must begin with a usual given name or be a role."""


@dataclass(frozen=True)
class Guess:
    """A field that a column may mean, and the confidence, from 0 to 1."""

    field: str
    confidence: float


Values = Mapping[OldColumn, Sequence[object]]


Guesses = dict[OldColumn, list[Guess]]


def guess_table(
    values: Values, template: Template, figures: Sequence[object], titles: Set[str] = frozenset()
) -> tuple[str, Guesses]:
    """The table of a tracker that an old table's rows probably belong to, empty if there is none, and what its columns mean.

    `figures` are the values under months: if most are numbers, the rows are indicators. `titles` are those of the tabs.
    """
    numbers = sum(isinstance(value, int | float) and not isinstance(value, bool) for value in figures)
    if figures and numbers >= 0.5 * len(figures) and "indicators" in template.tables:
        return "indicators", guesses_for("indicators", values, template, titles)
    if len(HISTORY & {comparable(column.heading) for column in values}) >= FEWEST_FIELDS:
        return "", {}
    scores: dict[str, float] = {}
    guesses = {table: guesses_for(table, values, template, titles) for table in NEEDED if table in template.tables}
    for table, possible in guesses.items():
        fields = {
            field.partition(".")[2] for field in chosen_fields(possible).values() if field.startswith(f"{table}.")
        }
        sure = {
            guess.field.partition(".")[2] for each in possible.values() for guess in each if guess.confidence >= SURE
        }
        has = fields & set(NEEDED[table]) & (fields if table == "actions" else sure)
        if has == {"root_cause"} and fields.isdisjoint(("owner", "due")):
            continue  # a list of incidents or of complaints
        dashboard = table == "indicators" and len(fields) < FEWEST_FIELDS  # names and figures only
        if has and not dashboard and (table not in ALL_NEEDED or len(has) == len(NEEDED[table])):
            scores[table] = len(fields) + (2 if table == "measurements" else 0)
    into = max(scores, key=lambda each: scores[each], default="")
    return into, guesses.get(into, {})


def guesses_for(into: str, values: Values, template: Template, titles: Set[str]) -> Guesses:
    """The fields that each column may mean, with a confidence from its heading and its values."""
    guesses = {column: guesses_from_heading(column, values[column], into, template) for column in values}
    if into == "actions":
        without_earlier_updates(guesses)
        doubt_planned_or_done(guesses)
        doubt_work_before_issue(guesses)
        doubt_planned_controls(guesses)
        doubt_one_of_two(guesses)
        without_aims_of_risks(guesses)
        describe_actions(guesses, titles)
        doubt_lone_title(guesses, values, titles)
        doubt_details_of_change(guesses)
        doubt_without_risks(guesses)
        prefer_impact(guesses)
        without_lone_score_words(guesses, values)
        prefer_first_reference(guesses, values)
        fields = {field: column for column, field in chosen_fields(guesses).items()}
        issue = fields.get(ISSUE)
        changes = guesses[fields[CHANGE]] if CHANGE in fields else []
        clear = any(guess.field == CHANGE and guess.confidence > UNEXPLAINED for guess in changes)
        if issue is not None and not clear and any(guess.field == CHANGE for guess in guesses[issue]):
            guesses[issue] = [guess for guess in guesses[issue] if guess.field != ISSUE]  # a list of recommendations
            fields = {field: column for column, field in chosen_fields(guesses).items()}
        for field, (instead, others) in IN_PLACE_OF.items():
            if (
                field in fields
                and fields.keys().isdisjoint(others)
                and not own_field(fields[field].heading, tables_with(into))
            ):
                sure = next(guess.confidence for guess in guesses[fields[field]] if guess.field == field)
                guesses[fields[field]] = [Guess(instead, min(sure + RELATED, SURE))]
        for column, guess in guesses_from_values(values, guesses):
            guesses[column].append(guess)
    return guesses


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
        others &= meant - sure
        if others and not (scored and field == CHANGE) and not is_first_choice(column.heading, field):
            ask_about(guesses, column, field)


def doubt_work_before_issue(guesses: Guesses) -> None:
    """Ask about an activity or a task to the left of its risk with scores: it is what the risk is about, not what will be done."""
    fields = {field: column for column, field in chosen_fields(guesses).items()}
    change, issue = fields.get(CHANGE), fields.get(ISSUE)
    scored = not {field for pair in SCORES for field in pair}.isdisjoint(fields)
    if scored and change and issue and change.column < issue.column and not is_first_choice(change.heading, CHANGE):
        ask_about(guesses, change, CHANGE)


def doubt_planned_controls(guesses: Guesses) -> None:
    """Ask about control measures with a due date, if no other column says what will be done: they may be planned."""
    fields = {field: column for column, field in chosen_fields(guesses).items()}
    control = fields.get(CONTROL)
    may_be_change = control is not None and any(
        guess.field == CHANGE and guess.confidence >= MIN_CONFIDENCE for guess in guesses[control]
    )
    if control is not None and may_be_change and CHANGE not in fields and "actions.due" in fields:
        ask_about(guesses, control, CONTROL)


def doubt_one_of_two(guesses: Guesses) -> None:
    """Ask about both of two actions: Risk reduction actions and Actions (if it happens), Proposed mitigation and Response."""
    chosen = chosen_fields(guesses)
    likely = {
        column: guess.confidence
        for column, possible in guesses.items()
        for guess in possible
        if guess.field == CHANGE and guess.confidence >= UNEXPLAINED and chosen.get(column, CHANGE) == CHANGE
    }
    change = next((column for column in likely if chosen.get(column) == CHANGE), None)
    if change is None or len(likely) == 1:
        return
    others = max(confidence for column, confidence in likely.items() if column is not change)
    in_brackets = any(map(comparable, BRACKETS.findall(change.heading)))
    if in_brackets or (others >= likely[change] - TIE and not is_first_choice(change.heading, CHANGE)):
        for column in likely:
            ask_about(guesses, column, CHANGE)


def ask_about(guesses: Guesses, column: OldColumn, field: str) -> None:
    """Leave a column to a person, with this field as the guess."""
    guesses[column] = [
        Guess(guess.field, min(guess.confidence, UNEXPLAINED if guess.field == field else DOUBTED))
        for guess in guesses[column]
    ]


def without_aims_of_risks(guesses: Guesses) -> None:
    """Take no aim or objective next to scores as the issue: the risk is."""
    if not {field for pair in SCORES for field in pair}.isdisjoint(chosen_fields(guesses).values()):
        for column in guesses:
            if comparable(column.heading) in AIMS:
                guesses[column] = [guess for guess in guesses[column] if guess.field != ISSUE]


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
        ask_about(guesses, issue, ISSUE)


def doubt_without_risks(guesses: Guesses) -> None:
    """Ask about a target score, which may be of a maturity, and the description of a control, which may be a requirement, in a table
    without risks.
    """
    fields = {field: column for column, field in chosen_fields(guesses).items()}
    scored = not {field for pair in SCORES for field in pair}.isdisjoint(fields)
    if scored or any("risk" in words_of(column) for column in guesses):
        return
    if TARGET in fields:
        ask_about(guesses, fields[TARGET], TARGET)
    control = fields.get(CONTROL)
    if control is not None and words_of(control)[0] == "control" and words_of(control)[-1] in aliases().tails:
        ask_about(guesses, control, CONTROL)


def prefer_impact(guesses: Guesses) -> None:
    """Take an impact as the consequence, not a severity next to it, which may be the product."""
    scored = [column for column, possible in guesses.items() if any(is_consequence(guess) for guess in possible)]
    if any({"impact", "consequence"} & set(words_of(column)) for column in scored):
        for column in scored:
            if "severity" in words_of(column) and "impact" not in words_of(column):
                guesses[column] = [guess for guess in guesses[column] if not is_consequence(guess)]


def is_consequence(guess: Guess) -> bool:
    """True for a guess that is used: a score of a consequence."""
    return guess.field.startswith("actions.consequence_") and guess.confidence >= MIN_CONFIDENCE


def tables_with(into: str) -> tuple[str, ...]:
    """A table, and the related ones whose fields its rows may fill."""
    return (into, *RELATED_TABLES.get(into, ()))


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


def without_lone_score_words(guesses: Guesses, values: Values) -> None:
    """Doubt words such as High as a likelihood without a consequence, or as a consequence without a likelihood: they may be a level.

    Doubt figures too if the other score has some above 5: both are on a scale to 10.
    """
    while lone := lone_score_words(guesses, values):
        column, field = lone
        guesses[column] = [
            Guess(guess.field, min(guess.confidence, DOUBTED)) if guess.field == field else guess
            for guess in guesses[column]
        ]


def lone_score_words(guesses: Guesses, values: Values) -> tuple[OldColumn, str] | None:
    """A column with the likelihood or consequence that it would fill without the other of the two, of words or on a scale to 10."""
    fields = {field: column for column, field in chosen_fields(guesses).items()}
    for pair in SCORES:
        lone = fields.keys() & set(pair)
        for field in lone if len(lone) == 1 else ():
            others = next(names for kind, names in OTHER_SCORE.items() if kind in field)
            above = any(
                isinstance(value, int | float) and value > HIGHEST_SCORE
                for column in values
                if not others.isdisjoint(words_of(column))
                for value in values[column]
            )
            if above or share_of(is_score_word, values[fields[field]]) >= SCORE_SHARE:
                return fields[field], field
    return None


def guesses_from_heading(column: OldColumn, values: Sequence[object], into: str, template: Template) -> list[Guess]:
    """The fields that a heading may mean, with a confidence that the values raise or lower."""
    if own := own_field(column.heading, tables_with(into)):
        return [Guess(own, 1.0)]
    no_field = name_score(column.heading, tuple(aliases().none))
    fields = {
        f"{table}.{field.key}": (field, heading_score(column.heading, table, field))
        for table in tables_with(into)
        for field in (template.tables[table].field if table in template.tables else ())
        if table == into or f"{table}.{field.key}" in CHILD_FIELDS
    }
    listed = any(confidence >= LISTED for _, confidence in fields.values())
    guesses, unclear = [], 0.0
    for name, (field, confidence) in fields.items():
        guessed_list = field.type == "choice" and field.list != "status" and confidence < LISTED
        if confidence >= (LISTED if listed else 0.01) and not guessed_list:
            fit = value_fit(template, field, values, listed=confidence >= LISTED)
            sure = confidence + fit - (0.0 if name.startswith(f"{into}.") else RELATED)
            if confidence < LISTED:
                sure += confirmation(field, values)
            elif field.names_staff and confidence < FIRST:
                sure += min(0.0, confirmation(field, values))
            seldom = is_seldom_meant(name, confidence, values)
            if seldom or (field.key in TEXTS_ONLY and are_few_words(values)) or is_no_theme(name, column, values):
                sure = min(sure, MIN_CONFIDENCE)
            if (not values and confidence < MISSPELT) or (name in APART and is_mixed(column.heading)):
                sure = min(sure, MIN_CONFIDENCE)
            if sure > UNEXPLAINED and not is_clear(column, name, field, values):
                unclear, sure = max(unclear, sure), UNEXPLAINED
            doubtful = no_field >= max(0.9, sure - 0.04)
            guesses.append(Guess(name, min(sure, DOUBTED) if doubtful else sure))
    if max((guess.confidence for guess in guesses), default=0.0) < unclear:
        # the heading's first meaning is not clear, so it has no second one
        guesses = [Guess(guess.field, min(guess.confidence, UNEXPLAINED)) for guess in guesses]
    return guesses


def is_clear(column: OldColumn, name: str, field: FieldLine, values: Sequence[object]) -> bool:
    """True for a heading that surely means the field: every word is explained, and no other field is as likely.

    What else ends with a word of references is one if no value repeats; a measure of success and an update have many names that
    mean other things too, such as Target and Response.
    """
    table = name.partition(".")[0]
    if name in MANY_NAMES and heading_score(column.heading, table, field, first_only=True) < LISTED:
        return False
    if is_explained(column.heading, table, field):
        return True
    texts = list(map(as_text, values))
    return name == REF and words_of(column)[-1] in REF_WORDS and len(set(texts)) == len(texts)


def is_seldom_meant(name: str, confidence: float, values: Sequence[object]) -> bool:
    """True for a heading that seldom means the field: Impact for the impact now; Status for an update, unless it has texts."""
    texts = name == PROGRESS and share_of(is_long_text, values[:MOST_VALUES]) >= CLEAR_SHARE
    return confidence <= THIRD and not texts and name in (PROGRESS, *SCORES_NOW)


def is_no_theme(name: str, column: OldColumn, values: Sequence[object]) -> bool:
    """True for texts below a heading that is not a first choice for a theme: Objective."""
    later = comparable(column.heading) in map(comparable, aliases().later[0]["actions"]["theme"])
    return name == THEME and later and share_of(is_long_text, values[:MOST_VALUES]) >= CLEAR_SHARE


def guesses_from_values(values: Values, guesses: Guesses) -> Iterator[tuple[OldColumn, Guess]]:
    """The fields that only the values of a column suggest, if no heading means them."""
    chosen = chosen_fields(guesses)
    taken = set(chosen.values())
    none = set(map(comparable, aliases().none))
    free = [column for column in values if column not in chosen and values[column]]
    unknown = [column for column in free if comparable(column.heading) not in none]

    def alike(columns: Sequence[OldColumn], kind: Callable[[object], bool]) -> list[OldColumn]:
        return [column for column in columns if share_of(kind, values[column][:MOST_VALUES]) >= LIKE_SHARE]

    different = {column: len(set(map(as_text, values[column]))) for column in unknown}
    worded = [column for column in unknown if different[column] > max(1, 0.5 * len(values[column]))]
    texts = alike(worded, is_sentence)
    if not texts and len(taken & FACTS) >= FEWEST_FIELDS:
        texts = sorted(alike(worded, is_text), key=lambda column: -mean_length(values[column]))[:1]
    people = [
        column
        for column in alike(unknown, is_person)
        if share_of(is_surely_person, values[column]) >= SURE_PEOPLE
        and (aliases().past | aliases().others).isdisjoint(words_of(column))
    ]
    dated = [column for column in alike(unknown, is_date) if "review" not in words_of(column)]
    past = [column for column in dated if not aliases().past.isdisjoint(words_of(column))]
    dates = [column for column in dated if column not in past]
    found = {
        "actions.ref": [
            column for column in alike(unknown, is_code)[:1] if column == min(values, key=lambda old: old.column)
        ],
        "actions.status": alike(free, is_status)[:1],
        "actions.owner": people[:1],
        "actions.start": past[:1]
        or [column for column in dates if "actions.due" in taken and comparable(column.heading) == "date"],
        "actions.due": [column for column in dates if may_be_due(column, taken)] if len(dates) == 1 else [],
    }
    if taken.isdisjoint({"actions.issue", "actions.intended_change"}):
        facts = {field for field in FACTS if taken and (field in taken or found[field])}
        problems = any(comparable(column.heading).split()[:1] in (["issue"], ["risk"]) for column in values)
        changes = (texts[1:2] or texts) if facts and not problems else []
        found |= {
            "actions.intended_change": changes,
            "actions.issue": [text for text in texts[:1] if taken and text not in changes],
        }
    elif ISSUE not in taken:  # what a plan says before the change is what it is about
        change = next((column for column, field in chosen.items() if field == CHANGE), None)
        before = [
            text
            for text in alike(unknown, is_sentence)
            if change is not None and text.column < change.column and NO_ISSUE.isdisjoint(words_of(text))
            if not any(guess.confidence >= DOUBTED for guess in guesses[text] if guess.field not in LIKE_ISSUES)
        ]
        named = [text for text in before if any(guess.field == ISSUE for guess in guesses[text])]
        found[ISSUE] = (named or before)[-1:]
    for field, columns in found.items():
        if field not in taken:
            yield from ((column, Guess(field, FROM_VALUES)) for column in columns)


def may_be_due(column: OldColumn, taken: Set[str]) -> bool:
    """True if the only dates of a table may say by when: the heading says so, or is Date next to actions without scores."""
    lone = comparable(column.heading) == "date" and taken.isdisjoint(field for pair in SCORES for field in pair)
    return lone or not aliases().future.isdisjoint(words_of(column))


def words_of(column: OldColumn) -> list[str]:
    """The words of a heading, for comparison."""
    return comparable(column.heading).split()


def mean_length(values: Sequence[object]) -> float:
    """The mean number of characters of values."""
    return sum(len(as_text(value)) for value in values) / len(values)


def chosen_fields(guesses: Mapping[OldColumn, Sequence[Guess]]) -> dict[OldColumn, str]:
    """The field of each column, highest confidence first, then from the left; no field twice. Of two updates the last one counts."""
    pairs = [(column, guess) for column, possible in guesses.items() for guess in possible]
    pairs.sort(
        key=lambda pair: (-round(pair[1].confidence, 3), pair[0].column * (-1 if pair[1].field == PROGRESS else 1))
    )
    chosen: dict[OldColumn, str] = {}
    taken: set[str] = set()
    for column, guess in pairs:
        if guess.confidence >= MIN_CONFIDENCE and column not in chosen and guess.field not in taken:
            chosen[column] = guess.field
            taken.add(guess.field)
    return chosen
