"""Ratings and their reasons in plain words, as the templates declare them next to each state and each band."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd

from qipxl.rules.rulebook import HEADLINE, State
from qipxl.summary.sheet_spec import states_of
from qipxl.summary.summary import ProviderSummary
from qipxl.template import Template
from qipxl.template.plain import NAME, WHY, names_in
from qipxl.text import figure_text, plural

RATED = ("actions", "finished")
"""The tables whose ratings an action can have: in its plan, and after it has left it."""
NONE, ZERO = "\0", "\1"
"""Marks of an empty value and of 0 in a text that is being filled in."""
EMPTY_BRACKETS = re.compile(rf"\s*\([^()]*[{NONE}{ZERO}][^()]*\)")
LAST_BRACKETS = re.compile(r"(?<=\S)\s+\([^()]*\)$")


def names_read(templates: Sequence[Template]) -> list[str]:
    """The columns of actions that the plain reasons name, and other names in them."""
    tables = [template.tables[key] for template in templates for key in RATED if key in template.tables]
    plain = [band.plain for table in tables for rating in table.rating for band in rating.bands]
    return list(dict.fromkeys(name for text in plain for name, _ in names_in(text)))


def rating_words(summary: ProviderSummary, actions: pd.DataFrame) -> list[str]:
    """The rating of each action in words, such as “Finished, did not work”; equal ratings share one string."""
    of_ratings: dict[str, dict[str, State]] = {}
    for template in reversed(summary.in_use):
        for rating in template.rules.ratings["actions"]:
            of_ratings.setdefault(rating.column.key, {}).update(states_of(rating))
    columns = [*(key for key in of_ratings if key in actions.columns), "headline_label"]

    def words(word_of: Mapping[Hashable, str]) -> str:
        state = of_ratings[HEADLINE].get(word_of[HEADLINE])
        if state is None or not state.plain:
            return word_of["headline_label"].partition(" ")[2]
        return sentence(NAME.sub(lambda name: plain_word(of_ratings[name[1]], word_of[name[1]]), state.plain))

    different = actions[columns].drop_duplicates()
    of_each = np.array([words(line) for line in different.to_dict("records")], object)
    return list(of_each[actions.groupby(columns, sort=False, dropna=False).ngroup()])


def plain_word(states: Mapping[str, State], word: str) -> str:
    """The plain words of a rating's state; its word if it has none."""
    state = states.get(word)
    return word if state is None else state.plain or state.shown


def reason_words(summary: ProviderSummary, actions: pd.DataFrame) -> list[str]:
    """Why each action is escalated, such as “CQC requirement notice: 1 day overdue”."""
    return [sentence(text) for text in Reasons(summary).words(actions, "escalation")]


def why_words(summary: ProviderSummary, actions: pd.DataFrame) -> list[str]:
    """Why the headline of each action has its colour, such as “24 days overdue (limit 14)”."""
    return [sentence(text) for text in Reasons(summary).decisive(actions)]


class Reasons:
    """The plain reasons of the bands of a summary's templates, filled in for actions."""

    def __init__(self, summary: ProviderSummary) -> None:
        self.templates = summary.in_use
        receipts = summary.returns.receipts
        self.template_of_return = dict(zip(receipts.index, receipts["template"], strict=True))
        self.texts: dict[tuple[str, str], str] = {}
        for template in reversed(self.templates):
            for decides in (rating.decides for key in RATED for rating in template.rules.ratings.get(key, ())):
                own = dict(zip(decides.codes(), decides.plain_reasons(), strict=True))
                self.texts |= {(where, code): text for code, text in own.items() for where in (template.key, "")}
        self.template_named = {template.key: template for template in self.templates}
        headline, delivery = summary.headline, summary.rating_of("actions", "delivery")
        self.headline_fill = {state.word: state.fill for state in headline.states}
        self.delivery_fill = {} if delivery is None else {state.word: state.fill for state in delivery.states}

    def words(self, actions: pd.DataFrame, rating: str) -> list[str]:
        """The reason for a rating of each action, without a capital letter; empty if it is unknown."""
        templates = actions["return"].map(self.template_of_return).fillna("")
        rows = pd.DataFrame({"template": templates, "code": actions[f"{rating}_rule"]}).reset_index(drop=True)
        words = np.full(len(rows), "", object)
        for pair, places in rows.groupby(["template", "code"], sort=False).indices.items():
            key, code = cast("tuple[str, str]", pair)
            template = self.template_named.get(key, self.templates[0])
            text = self.texts.get((template.key, code), self.texts.get(("", code), ""))
            words[places] = self.fill(text, actions.iloc[places], template) if names_in(text) else text
        return list(words)

    def fill(self, text: str, actions: pd.DataFrame, template: Template) -> list[str]:
        """A plain reason with the values of some actions of a template."""
        pattern = NAME.sub("{}", text)
        values = [self.values(name, noun, actions, template) for name, noun in names_in(text)]
        return [without_empty(pattern.format(*line)) for line in zip(*values, strict=True)]

    def values(self, name: str, noun: str, actions: pd.DataFrame, template: Template) -> list[str]:
        """The values of one name as text."""
        if name == WHY:
            return self.words(actions, noun) if noun else self.decisive(actions)
        setting = template.rules.schema.settings.get(name)
        if setting is not None and name not in actions.columns:
            by_word = {word.lower(): number for word, number in setting.values}
            first = setting.values[0][1] if setting.values else setting.value
            words = (
                actions[setting.by].astype(str).str.lower() if setting.by in actions.columns else [""] * len(actions)
            )
            return [as_words(by_word.get(word, first), noun) for word in words]
        if name not in actions.columns:
            return [NONE] * len(actions)
        return [as_words(value, noun) for value in actions[name]]

    def decisive(self, actions: pd.DataFrame) -> list[str]:
        """The reason for the colour of each headline: that of delivery if it has the headline's colour, otherwise that of impact."""
        same = actions["headline"].map(self.headline_fill) == actions["delivery"].map(self.delivery_fill)
        pairs = zip(same, self.words(actions, "delivery"), self.words(actions, "impact"), strict=True)
        return [delivery if is_delivery else impact for is_delivery, delivery, impact in pairs]


def as_words(value: object, noun: str = "") -> str:
    """A value inside a sentence, with a mark if it is empty or 0; brackets at the end of a text are left out.

    >>> as_words(24.0, "day"), as_words(pd.Timestamp(2026, 3, 1)), as_words("CQC requirement notice (breach)")
    ('24 days', '1 March 2026', 'CQC requirement notice')
    """
    if value is None or value != value or value == "":
        return NONE
    if isinstance(value, pd.Timestamp):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, str):
        return LAST_BRACKETS.sub("", value)
    text = figure_text(float(str(value)))
    return f"{plural(int(text), noun) if noun and text.isdecimal() else text}{'' if float(text) else ZERO}"


def without_empty(text: str) -> str:
    """A filled-in text without the brackets that have an empty value or 0.

    >>> without_empty(f"{as_words(1, 'day')} overdue (limit {as_words(0)})")
    '1 day overdue'
    """
    if NONE not in text and ZERO not in text:
        return text
    return " ".join(EMPTY_BRACKETS.sub("", text).replace(NONE, "").replace(ZERO, "").split())


def sentence(words: str) -> str:
    """Words with a capital letter."""
    return f"{words[:1].upper()}{words[1:]}"


def who_decides(state: State) -> str:
    """Who decides at a level of escalation, such as “The board or its quality committee, at its next meeting”."""
    return sentence(state.plain or state.say)


def in_general(plain: str) -> str:
    """Plain words of no action in particular, with … for each value; empty if there is nothing else.

    >>> in_general("{days_overdue:day} overdue (limit {red_after})"), in_general("{delivery}, {impact}")
    ('… days overdue (limit …)', '')
    """
    words = NAME.sub(lambda name: f"… {name[2]}s" if name[2] and name[1] != WHY else "…", plain)
    return sentence(words) if any(sign.isalpha() for sign in words) else ""
