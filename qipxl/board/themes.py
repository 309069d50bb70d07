"""Actions by what they are about: how many of each colour, and the rows behind each of those figures."""

from __future__ import annotations

import pandas as pd

from qipxl.board.actions import ALL_ACTIONS, in_order
from qipxl.board.views import FIRST, Shown, View, by_letter, letter_words, states_of
from qipxl.consolidation import ProviderSummary

BY_THEME = "Actions by theme"
GROUPED = (
    ("Theme", "theme"),
    ("Quality statement", "cqc_statement"),
    ("Draft key line of enquiry", "cqc_kloe"),
    ("Regulation", "regulation"),
)
"""By what actions are counted, and the field it stands in."""
NONE_GIVEN = "(none given)"


def grouped(summary: ProviderSummary) -> pd.DataFrame:
    """Every action once under each of `kind`: `what` it is about there, its `letter`, its `place` on the sheet of all actions.

    What counts most stands first: by kind, then by the number of red actions, then of all of them; within it by letter.
    """
    actions = in_order(summary, ("service", "name", "ref", "issue", "headline", *(source for _, source in GROUPED)))
    lines = actions[["service", "name", "ref", "issue", "headline", "pair"]].assign(
        letter=actions["headline"].map({state.word: state.letter for state in summary.headline.states}),
        place=[f"'{ALL_ACTIONS}'!A{row}" for row in range(FIRST + 2, FIRST + 2 + len(actions))],
    )
    rank = lines["letter"].map({letter: place for place, letter in enumerate(summary.letters)})
    parts = [lines.head(0).assign(kind="", what="")]
    for kind, source in GROUPED:
        if source in actions.columns:
            what = actions[source].fillna("").astype(str).replace("", NONE_GIVEN)
            worst = rank.eq(0).groupby(what).transform("sum")
            order = pd.DataFrame(
                {"worst": -worst, "all": -what.groupby(what).transform("size"), "what": what, "rank": rank}
            )
            part = lines.assign(kind=kind, what=what)
            parts.append(part.loc[order.sort_values(["worst", "all", "what", "rank"], kind="stable").index])
    return pd.concat(parts, ignore_index=True)


def themes(summary: ProviderSummary) -> View:
    """How many actions have each colour, by theme, quality statement, draft KLOE and regulation; each figure leads to its rows."""
    letters = summary.letters
    lines = grouped(summary)
    lines = lines.assign(row=range(FIRST + 2, FIRST + 2 + len(lines)))
    about = ["kind", "what"]
    frame = lines.groupby(about, sort=False).agg(
        services=("service", "nunique"), actions=("row", "size"), first=("row", "min"), last=("row", "max")
    )
    frame["rows"] = spans(frame)
    spread = lines.groupby([*about, "letter"], sort=False)["row"].agg(["size", "min", "max"])
    spread["rows"] = spans(spread.rename(columns={"min": "first", "max": "last"}))
    for letter in letters:
        own = spread[spread.index.get_level_values("letter") == letter].droplevel("letter")
        frame[letter] = own["size"].reindex(frame.index, fill_value=0)
        frame[f"rows {letter}"] = own["rows"].reindex(frame.index, fill_value="")
    first = by_letter(summary.headline)
    columns = [
        Shown("Counted by", "kind", 22), Shown("What it is about", "what", 48), Shown("Services", "services", 10),
        Shown("Actions", "actions", 10, leads="rows"),
        *(Shown(letter_words(letter), letter, 11, state=first[letter], leads=f"rows {letter}") for letter in letters),
    ]  # fmt: skip
    said = "Each action stands once under each heading: its theme, its quality statement, its draft key line of enquiry, its regulation."
    return View("Themes and CQC statements", said, f"{len(frame)} lines.", columns, frame.reset_index())


def spans(counted: pd.DataFrame) -> list[str]:
    """Where the rows from `first` to `last` stand on the sheet by theme, as places that a link leads to."""
    return [f"'{BY_THEME}'!A{first}:A{last}" for first, last in zip(counted["first"], counted["last"], strict=True)]


def by_theme(summary: ProviderSummary) -> View:
    """The sheet that the figures of themes lead to."""
    frame = grouped(summary)
    columns = [
        Shown("Counted by", "kind", 22), Shown("What it is about", "what", 40),
        Shown("Headline", "pair", 34, by="headline", states=states_of(summary.headline)), Shown("Service", "name", 26),
        Shown("Ref", "ref", 10, leads="place"), Shown("Issue or risk", "issue", 60),
    ]  # fmt: skip
    said = "Every action under each heading it is counted by: figures of Themes and CQC statements lead here, each Ref to its whole row."
    return View(BY_THEME, said, f"{len(frame)} lines.", columns, frame)
