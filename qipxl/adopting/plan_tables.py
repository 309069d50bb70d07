"""Which old tables are surely plans: what their headings and their values say together, not one word of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from qipxl.adopting.agreement import is_statement, says_what_to_do
from qipxl.adopting.aliases import aliases
from qipxl.adopting.column_values import CLEAR_SHARE, MOST_VALUES, is_code, share_of
from qipxl.adopting.guesses import (
    CONTROL,
    ENOUGH_FIELDS,
    FEWEST_FIELDS,
    SAYING,
    SCORE_FIELDS,
    TEXTS,
    UNEXPLAINED,
    Guess,
    Values,
    chosen_fields,
    words_of,
)
from qipxl.adopting.heading_match import ADDING_NOTHING, is_first_choice
from qipxl.adopting.heading_words import comparable
from qipxl.adopting.hint_rows import EXAMPLES, is_mark
from qipxl.adopting.mapping import CHANGE, FACTS, ISSUE, REF, RISK_REF, SURE
from qipxl.adopting.old_risks import RISK_WORDS, is_risk_register
from qipxl.adopting.old_tables import OldColumn, OldTable
from qipxl.text import as_text
from qipxl.workbook.headings import fold

FOLLOWED_UP = FACTS | {"actions.completed_on"}
"""Fields that show that what a table lists is followed up."""
OF_PLANS = FOLLOWED_UP | {
    ISSUE,
    "actions.success_measure",
    "actions.progress",
    "actions.root_cause",
    "actions.must_should",
    REF,
}
"""What a list of actions has next to what is to be done."""
NAMED = frozenset((ISSUE, CHANGE, "actions.root_cause"))
"""What a list of actions says of each row, at least as a likely guess."""
RESULTS = frozenset(("actions.success_measure",))
WHOLE_SCORES = frozenset(("score", "risk score", "risk rating", "risk level"))
RANKS = frozenset(("priority", "urgency", "severity"))
HOW_OFTEN = frozenset(("frequency", "how often"))
"""Headings of a score as a whole, of what comes first, and of how often a routine is done."""
NEITHER = frozenset(("assumption", "dependency", "dep", "decision"))
"""Words of the references of lists that are next to actions and risks in a project's log, and are neither."""
PROVED_BY: Mapping[str, frozenset[str]] = {
    "evidence": frozenset(("evidence.action", "evidence.kept_at", "evidence.submitted_by")),
    "indicators": frozenset(("indicators.indicator",)),
    "measurements": frozenset(("measurements.numerator",)),
}
"""What a table of evidence, of indicators or of figures has besides its name."""
PLANNED = frozenset(("actions.start", "actions.due"))
FEWEST_LEVELS = 2
"""The fewest levels of a scale, and the number of columns in which they are looked for."""
MOST_MINOR_ROWS = 5
"""The most rows of a minor table."""


def is_example(title: str) -> bool:
    """True for the title of a tab that shows how a list is filled in."""
    return not EXAMPLES.isdisjoint(comparable(title).split())


@dataclass(frozen=True)
class Layout:
    """The tables of one layout: their columns with the values, and the table of a tracker that each may be, with its guesses."""

    tables: Sequence[OldTable]
    values: Values
    into: str
    guesses: Mapping[OldColumn, Sequence[Guess]]

    @property
    def chosen(self) -> dict[OldColumn, str]:
        """The field of each column."""
        return chosen_fields(self.guesses)

    @property
    def own_fields(self) -> set[str]:
        """The fields of the table itself that its columns fill."""
        return {field for field in self.chosen.values() if field.startswith(f"{self.into}.")}

    @property
    def facts(self) -> int:
        """The number of these fields without the scores: a list of risks has up to four of them, one of their actions none."""
        return sum(not field.startswith(SCORE_FIELDS) for field in self.own_fields)

    @property
    def sure_fields(self) -> dict[OldColumn, str]:
        """The field of each column whose heading and values agree: it is filled, and a person is asked about the others."""
        sure = self.fields_from(SURE)
        return sure | dict.fromkeys(self.names_of_issues(sure), ISSUE)

    def names_of_issues(self, fields: Mapping[OldColumn, str]) -> Iterator[OldColumn]:
        """The names of issues before their description, together the issue: Risk title directly before it, or Issue anywhere before it."""
        issue = next((column for column, field in fields.items() if field == ISSUE), None)
        if issue is None or TEXTS.isdisjoint(words_of(issue)):
            return
        chosen = self.chosen
        for column, guesses in self.guesses.items():
            named = max((guess.confidence for guess in guesses if guess.field == ISSUE), default=0.0)
            beside = named >= SURE and column.column == issue.column - 1
            before = named >= UNEXPLAINED and column.column < issue.column and is_first_choice(column.heading, ISSUE)
            if (beside or before) and column not in chosen:
                yield column

    def fields_from(self, least: float) -> dict[OldColumn, str]:
        """The field of each column with at least this confidence."""
        sure = {
            (column, guess.field)
            for column, each in self.guesses.items()
            for guess in each
            if guess.confidence >= least
        }
        return {column: field for column, field in self.chosen.items() if (column, field) in sure}

    @property
    def clear(self) -> set[str]:
        """The fields that are filled unasked."""
        return set(self.sure_fields.values())

    @property
    def likely(self) -> set[str]:
        """These fields, and those whose headings are listed for them and say something else too."""
        return set(self.fields_from(UNEXPLAINED).values())

    @property
    def shown(self) -> set[str]:
        """The fields that are filled unasked and have a value: an empty column shows nothing."""
        return {field for column, field in self.sure_fields.items() if self.values[column]}

    @property
    def headings(self) -> set[str]:
        """The headings, for comparison."""
        return {comparable(column.heading) for column in self.values}

    @property
    def heading_words(self) -> set[str]:
        """The words of all headings."""
        return {word for heading in self.headings for word in heading.split()}

    @property
    def title_words(self) -> set[str]:
        """The words of the titles of the tabs."""
        return {word for table in self.tables for word in comparable(table.tab.title).split()}

    def words_for(self, field: str) -> set[str]:
        """The words of the heading of a field."""
        likely = self.fields_from(UNEXPLAINED)
        return {word for column, named in likely.items() if named == field for word in words_of(column)}

    @property
    def is_sure(self) -> bool:
        """True if the table is surely what it is taken for: it says so in two ways that agree.

        A list of actions says what is wrong and what is to be done; or it names actions, whose texts say what is to be done or
        which have an owner, a date or a Status; or it lists issues or risks that are scored, controlled or followed up.
        """
        known = len(self.likely | ({REF} & self.own_fields)) + len(self.headings & set(map(comparable, aliases().none)))
        if self.into in PROVED_BY:
            return not self.clear.isdisjoint(PROVED_BY[self.into])
        if self.into != "actions":
            return True
        if known < FEWEST_FIELDS or SAYING.isdisjoint(self.clear) or not any(self.values.values()):
            return False
        if NAMED.isdisjoint(self.chosen.values()) or all(is_example(table.tab.title) for table in self.tables):
            return False
        if self.is_schedule or self.is_scale or self.lists_something_else:
            return False
        return self.has_problems_and_actions or self.has_actions or self.has_issues or self.is_followed_up

    @property
    def has_problems_and_actions(self) -> bool:
        """True if it says what is wrong and what is to be done; one of both perhaps in an unusual way if another column agrees."""
        both = {ISSUE, CHANGE}
        if both <= self.shown and (self.names_actions or self.says_what_to_do):
            return self.names_actions or not self.may_be_another_list
        about = self.is_scored or not FOLLOWED_UP.isdisjoint(self.shown)
        return both <= self.likely and not both.isdisjoint(self.shown) and about and not self.may_be_another_list

    @property
    def has_actions(self) -> bool:
        """True if a column names actions and its texts or another column agree; for tasks, all of this and no project's schedule."""
        if CHANGE not in self.shown:
            return False
        facts = self.shown & OF_PLANS
        if self.names_actions and (self.is_scored or facts):
            return True
        if self.names_actions:
            alone = not aliases().problems.isdisjoint(self.words_for(CHANGE))
            titled = not aliases().problems.isdisjoint(self.title_words)
            return alone and (titled or self.says_what_to_do) and not self.may_be_another_list
        unscheduled = "actions.start" not in self.own_fields and facts >= {"actions.owner", "actions.due"}
        unscheduled = unscheduled and share_of(is_statement, self.changes) >= CLEAR_SHARE
        enough = len(facts - {ISSUE, REF}) >= FEWEST_FIELDS
        return enough and (self.says_what_to_do or unscheduled) and not self.may_be_another_list

    @property
    def is_scored(self) -> bool:
        """True if a row has a score or a control."""
        return any(field.startswith(SCORE_FIELDS) for field in self.clear) or CONTROL in self.likely

    @property
    def changes(self) -> Sequence[object]:
        """The texts of what is to be done."""
        columns = [column for column, field in self.sure_fields.items() if field == CHANGE]
        return [value for column in columns for value in self.values[column]][:MOST_VALUES]

    @property
    def says_what_to_do(self) -> bool:
        """True if the texts of what is to be done say it."""
        return share_of(says_what_to_do, self.changes) >= CLEAR_SHARE

    @property
    def names_actions(self) -> bool:
        """True if the heading of what is to be done says more than that it is work: Action, but not Task, unless the tab or the
        references say it.
        """
        known, words = aliases(), self.words_for(CHANGE)
        if "action" in self.title_words | self.words_for(REF):
            return True
        return not words <= known.works | known.tails | known.heads | ADDING_NOTHING

    @property
    def has_issues(self) -> bool:
        """True if it lists issues that are followed up, or risks that are scored or controlled."""
        if ISSUE not in self.likely or self.refers_to_something_else:
            return False
        if self.has_risks or self.has_controlled_risks:
            return True
        column = next(column for column, field in self.chosen.items() if field == ISSUE)
        shown = self.shown if comparable(column.heading) in TEXTS or ISSUE not in self.clear else self.own_fields
        facts = len(FOLLOWED_UP & shown) + (not RANKS.isdisjoint(self.headings))
        scores = sum(field.startswith(SCORE_FIELDS) for field in self.clear)
        return facts >= FEWEST_FIELDS and (self.names_problems or scores >= FEWEST_FIELDS)

    @property
    def names_problems(self) -> bool:
        """True if a heading of the issue, of its reference or of its kind, or the tab, says that problems are listed."""
        if not self.title_words.isdisjoint(aliases().problems):
            return True
        named = self.words_for(ISSUE) | self.words_for(REF) | self.words_for("actions.theme") | self.words_for(RISK_REF)
        return not aliases().problems.isdisjoint(named) and self.title_words.isdisjoint(aliases().other_lists)

    @property
    def is_followed_up(self) -> bool:
        """True if there is an owner, a date and a Status, whatever the text is called; next to a likely text two such facts are enough."""
        likely = (CHANGE in self.likely and self.names_actions) or (ISSUE in self.likely and self.names_problems)
        facts = len(self.shown & FACTS), len(self.shown & RESULTS)
        enough = facts[0] >= ENOUGH_FIELDS or (likely and sum(facts) >= FEWEST_FIELDS)
        return enough and not self.may_be_another_list

    @property
    def refers_to_something_else(self) -> bool:
        """True if the references are those of another list, such as Control ID."""
        refs = [words_of(column) for column, field in self.sure_fields.items() if field == REF]
        return any(not aliases().other_lists.isdisjoint(words) for words in refs)

    @property
    def may_be_another_list(self) -> bool:
        """True if its tab or its references are those of another list, or its headings those of a project's schedule."""
        known = aliases()
        if any("action" in words_of(column) for column in self.values if self.chosen.get(column) != CHANGE):
            return False
        if self.refers_to_something_else:
            return True
        if not known.problems.isdisjoint(self.title_words):
            return False
        if not known.other_lists.isdisjoint(self.title_words):
            return True
        if not known.problems.isdisjoint(self.heading_words):
            return False
        named = self.words_for(CHANGE) | self.words_for(ISSUE)
        lasting = self.own_fields >= PLANNED and "start" in self.words_for("actions.start") and not self.says_what_to_do
        return lasting or not known.other_lists.isdisjoint(named) or not known.schedules.isdisjoint(self.heading_words)

    @property
    def is_schedule(self) -> bool:
        """True for routines with how often they are done, and for the work packages of a project: what is planned, not improved.

        Risks with scores may name their work package.
        """
        often = not self.headings.isdisjoint(HOW_OFTEN) and FACTS.isdisjoint(self.own_fields - {"actions.owner"})
        return often or ("wbs" in self.heading_words and not self.has_risks)

    @property
    def is_scale(self) -> bool:
        """True for the key of a scale: in every row its first column, or the next one to figures, has a level or a range, each once."""
        rows = max(map(len, self.values.values()), default=0)
        first, *others = [list(each) for each in self.values.values() if each][:FEWEST_LEVELS] or [[]]
        levels = others[0] if others and all(map(is_code, first)) else first
        texts = [fold(as_text(value)) for value in levels]
        return FEWEST_LEVELS <= len(texts) == rows and len(set(texts)) == rows and all(map(is_mark, texts))

    @property
    def is_minor(self) -> bool:
        """True for a few rows without reference, owner, date, Status and score: next to a plan, they may be a key or a summary."""
        scored = any(field.startswith(SCORE_FIELDS) for field in self.clear)
        followed = not self.shown.isdisjoint(FOLLOWED_UP | {REF, RISK_REF})
        return len(self.said(ISSUE) | self.said(CHANGE)) <= MOST_MINOR_ROWS and not scored and not followed

    def said(self, field: str) -> set[str]:
        """The texts of a field that is filled unasked, for comparison."""
        columns = [column for column, name in self.sure_fields.items() if name == field]
        return {fold(as_text(value)) for column in columns for value in self.values[column]}

    @cached_property
    def texts(self) -> set[str]:
        """All texts, for comparison."""
        return {fold(value) for values in self.values.values() for value in values if isinstance(value, str)}

    def repeats(self, other: Layout) -> bool:
        """True if a list with more fields has more than half of these actions or issues in any column, as a summary or a roadmap repeats
        them.
        """
        if len(self.own_fields) >= len(other.own_fields):
            return False
        return any(
            len(mine & other.texts) > CLEAR_SHARE * len(mine) for mine in (self.said(CHANGE), self.said(ISSUE)) if mine
        )

    @property
    def lists_something_else(self) -> bool:
        """True if the references are those of assumptions, dependencies or decisions."""
        return not NEITHER.isdisjoint(self.words_for(REF))

    @property
    def has_risks(self) -> bool:
        """True if its rows are scored risks; with a score as a whole only if no column says what will be done."""
        sure, titles = self.fields_from(UNEXPLAINED), {table.tab.title for table in self.tables}
        if is_risk_register({column.heading: sure.get(column, "") for column in self.values}, titles):
            return True
        rated = not WHOLE_SCORES.isdisjoint(self.headings)
        return rated and self.names_risks and CHANGE not in sure.values()

    @property
    def names_risks(self) -> bool:
        """True if the heading of its issues speaks of risks."""
        sure = {field: column for column, field in self.fields_from(UNEXPLAINED).items()}
        return ISSUE in sure and not RISK_WORDS.isdisjoint(words_of(sure[ISSUE]))

    @property
    def has_controlled_risks(self) -> bool:
        """True if a column of risks has a column of their controls."""
        return (
            CONTROL in self.likely
            and ISSUE in self.shown
            and self.names_risks
            and len(self.shown | {CONTROL}) >= FEWEST_FIELDS
        )
