"""Groups of the delivery and the impact ratings, for counts of services and the matrix of both, with their tints."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from qipxl.summary.summary import ProviderSummary

DELIVERY = (("Off track", "RS?"), ("At risk", "A"), ("On track", "GN"), ("Done", "DB"))
IMPACT = (("Not effective", "R"), ("Too early", "N"), ("In part", "A"), ("Effective", "G"))
"""The columns of the services' counts: a heading, and the letters of the rating that it counts."""
PAIRS = (
    ("Off track, or closed without evidence", "R"), ("Embedded, slipping", "S"), ("Not rated", "?"), ("At risk", "A"),
    ("On track or not started", "GN"), ("Delivered", "D"), ("Embedded", "B"),
)  # fmt: skip
"""The rows of the matrix of delivery and impact, whose columns are those of IMPACT."""
TINT_OF = {"Off track": "red", "At risk": "amber", "On track": "plain", "Done": "pale"}
TINT_OF_IMPACT = {"Not effective": "red", "Too early": "plain", "In part": "amber", "Effective": "green"}


def group_places(summary: ProviderSummary, key: str, words: pd.Series, groups: Sequence[tuple[str, str]]) -> pd.Series:
    """The place among `groups`, each a name and its letters, of each action's rating; missing if it is in none of them."""
    rating = summary.rating_of("actions", key)
    letters = {} if rating is None else {state.word: state.letter for state in rating.states}
    place_of = {letter: place for place, (_, chosen) in enumerate(groups) for letter in chosen}
    return words.map({word: place_of[letter] for word, letter in letters.items() if letter in place_of})


def matrix_tint(row: str, column: str) -> str:
    """The tint of a pair of the matrix: red if either is red, then amber, green if it works, pale if it is delivered."""
    if column == "Not effective" or row in ("Off track, or closed without evidence", "Embedded, slipping"):
        return "red"
    if row == "At risk" or column == "In part":
        return "amber"
    if column == "Effective":
        return "green"
    return "pale" if row in ("Delivered", "Embedded") else "plain"
