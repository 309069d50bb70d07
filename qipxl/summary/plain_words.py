"""Ratings and their reasons in plain words, as the templates declare them next to each state and each band."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from qipxl.rules.rulebook import State
from qipxl.summary.action_lists import reasons
from qipxl.summary.summary import ProviderSummary


def rating_words(summary: ProviderSummary, actions: pd.DataFrame) -> list[str]:
    """The rating of each action in words, such as “Finished, did not work”."""
    return [str(label).partition(" ")[2] for label in actions["headline_label"]]


def reason_words(summary: ProviderSummary, actions: pd.DataFrame) -> list[str]:
    """Why each action is escalated, such as “CQC requirement notice: 1 day overdue”."""
    texts = reasons(summary)
    return [sentence(texts.get(code, "")) for code in actions["escalation_rule"]]


def sentence(words: str) -> str:
    """Words with a capital letter."""
    return f"{words[:1].upper()}{words[1:]}"


def who_decides(state: State) -> str:
    """Who decides at a level of escalation, such as “The board or its quality committee, at its next meeting”."""
    return sentence(state.say)


def states_in_words(states: Mapping[str, State]) -> dict[str, str]:
    """The word of each state."""
    return {word: state.shown for word, state in states.items()}
