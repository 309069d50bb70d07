"""What the columns of an old table may mean: the table that its rows belong to, and the fields of its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from qipxl.adopting.aliases import own_field
from qipxl.adopting.column_guesses import guesses_from_heading, guesses_from_values
from qipxl.adopting.doubts import (
    describe_actions,
    describe_tasks,
    doubt_brief_issues,
    doubt_controls,
    doubt_described_standards,
    doubt_details_of_change,
    doubt_lone_title,
    doubt_names_of_work,
    doubt_one_of_two,
    doubt_one_of_two_facts,
    doubt_planned_controls,
    doubt_planned_or_done,
    doubt_states_of_controls,
    doubt_work_before_issue,
    prefer_first_reference,
    without_earlier_updates,
)
from qipxl.adopting.guesses import (
    ENOUGH_FIELDS,
    FEWEST_FIELDS,
    RELATED,
    UNEXPLAINED,
    Guess,
    Guesses,
    Values,
    chosen_fields,
    tables_with,
)
from qipxl.adopting.heading_words import comparable
from qipxl.adopting.mapping import CHANGE, ISSUE, SURE
from qipxl.adopting.offered_guesses import LEAST_OFFERED, offered_guesses
from qipxl.adopting.score_doubts import (
    doubt_one_of_several_impacts,
    doubt_weights,
    doubt_without_risks,
    prefer_impact,
    without_aims_of_risks,
    without_lone_score_words,
)
from qipxl.template import Template

IN_PLACE_OF: Mapping[str, tuple[str, Sequence[str]]] = {
    "actions.accountable_lead": ("actions.owner", ("actions.owner",)),
    "actions.original_due": ("actions.due", ("actions.due",)),
    "milestones.milestone": ("actions.intended_change", ("actions.issue", "actions.intended_change")),
}
"""A field whose column fills another one if no column fills that: the only person named owns the action, and an original date
next to a revised one is the due date."""
NEEDED: Mapping[str, Sequence[str]] = {
    "actions": ("issue", "intended_change", "root_cause"),
    "milestones": ("milestone", "action"),
    "evidence": ("description",),
    "measurements": ("indicator", "month"),
    "indicators": ("indicator",),
}
"""The fields that make a table one of these: at least one of them, for the tables in `ALL_NEEDED` all."""
ALL_NEEDED = ("measurements", "milestones")
HISTORY = frozenset(
    ("version", "version no", "revision", "author", "approved by", "description of change", "amendment", "prepared by")
)
"""Headings of the history of a document: a table with two of them is no plan."""


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
    if not into and len(offered := shown_fields(guesses["actions"])) >= ENOUGH_FIELDS and offered & {ISSUE, CHANGE}:
        into = "actions"
    return into, guesses.get(into, {})


def shown_fields(guesses: Guesses) -> set[str]:
    """The fields that are shown to a person as guesses."""
    return {guess.field for possible in guesses.values() for guess in possible if guess.confidence >= LEAST_OFFERED}


def guesses_for(into: str, values: Values, template: Template, titles: Set[str]) -> Guesses:
    """The fields that each column may mean, with a confidence from its heading and its values."""
    guesses = {column: guesses_from_heading(column, values[column], into, template) for column in values}
    if into == "actions":
        without_earlier_updates(guesses)
        doubt_planned_or_done(guesses)
        doubt_work_before_issue(guesses)
        doubt_planned_controls(guesses)
        doubt_controls(guesses, values)
        doubt_one_of_two(guesses)
        without_aims_of_risks(guesses)
        describe_actions(guesses, titles)
        doubt_names_of_work(guesses, values)
        doubt_lone_title(guesses, values, titles)
        describe_tasks(guesses, values)
        doubt_details_of_change(guesses)
        doubt_brief_issues(guesses, values)
        doubt_described_standards(guesses)
        doubt_one_of_two_facts(guesses)
        doubt_without_risks(guesses)
        doubt_states_of_controls(guesses, values, titles)
        prefer_impact(guesses)
        doubt_one_of_several_impacts(guesses)
        doubt_weights(guesses)
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
                guesses[fields[field]] = [Guess(instead, min(sure + RELATED, SURE if sure >= SURE else UNEXPLAINED))]
        for column, guess in guesses_from_values(values, guesses):
            guesses[column].append(guess)
        for column, guess in list(offered_guesses(guesses, values)):
            guesses[column].append(guess)
    return guesses
