"""Actions by what they are about: how many of each colour, and the rows behind each of those figures."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from qipxl.summary.action_lists import row_addresses, sorted_actions
from qipxl.summary.sheet_spec import (
    HEADING_ROW,
    ColumnSpec,
    SheetSpec,
    TableColumns,
    by_letter,
    letter_words,
    states_of,
)
from qipxl.summary.summary import ProviderSummary

BY_THEME = "Actions by theme"
GROUPED = (
    ("Theme", "theme"),
    ("Quality statement", "cqc_statement"),
    ("Draft key line of enquiry", "cqc_kloe"),
    ("Regulation", "regulation"),
)
"""By what actions are counted, and the field it stands in."""
NONE_GIVEN = "(none given)"
COLUMNS_READ: TableColumns = {"actions": (*(source for _, source in GROUPED), "issue", "headline", "headline_label")}


def counted(summary: ProviderSummary) -> pd.DataFrame:
    """How many actions of each `letter` are about each `what` of each `kind`, and of how many `services` all of these are.

    What counts most stands first: by kind, then by the number of red actions, then of all of them; within it by letter. In this
    order the actions stand on the sheet by theme, from row `first` to row `last`.
    """
    actions = summary.actions
    letters = actions["headline"].map({state.word: state.letter for state in summary.headline.states})
    rank = letters.map({letter: place for place, letter in enumerate(summary.letters)})
    parts = [pd.DataFrame(columns=["kind", "what", "letter", "services", "actions"])]
    for kind, source in GROUPED:
        if source in actions.columns:
            lines = pd.DataFrame({"what": abouts(actions[source]), "rank": rank, "service": actions["service"]})
            part = lines.value_counts(["what", "rank"]).rename("actions").reset_index()
            part = part.assign(
                kind=kind,
                letter=part["rank"].map(dict(enumerate(summary.letters))),
                services=part["what"].map(lines.groupby("what")["service"].nunique()),
                worst=part["actions"].where(part["rank"] == 0, 0).groupby(part["what"]).transform("sum"),
                all=part.groupby("what")["actions"].transform("sum"),
            )
            order = ["worst", "all", "what", "rank"]
            parts.append(part.sort_values(order, ascending=[False, False, True, True])[parts[0].columns])
    frame = pd.concat(parts[1:] or parts, ignore_index=True)
    last = HEADING_ROW + 1 + frame["actions"].cumsum()
    return frame.assign(first=last - frame["actions"] + 1, last=last)


def grouped(summary: ProviderSummary) -> pd.DataFrame:
    """Every action once under each of `kind`, in the order of `counted`: `what` it is about, its `row` among all actions, from 0."""
    actions = sorted_actions(
        summary, ("service", "name", "ref", "issue", "headline", *(source for _, source in GROUPED))
    )
    lines = actions[["service", "name", "ref", "issue", "headline", "pair"]].assign(row=range(len(actions)))
    letters = actions["headline"].map({state.word: state.letter for state in summary.headline.states})
    whole, parts = counted(summary), [lines.head(0).assign(kind="", what="")]
    for kind, source in GROUPED:
        if source in actions.columns:
            places = pd.MultiIndex.from_frame(whole.loc[whole["kind"] == kind, ["what", "letter"]])
            what = abouts(actions[source])
            own = places.get_indexer(pd.MultiIndex.from_arrays([what, letters]))
            parts.append(lines.assign(kind=kind, what=what).iloc[own.argsort(kind="stable")])
    return pd.concat(parts, ignore_index=True)


def abouts(column: pd.Series) -> pd.Series:
    """What actions are about, as it is counted: nothing has a word too."""
    return column.fillna("").astype(str).replace("", NONE_GIVEN)


def themes(summary: ProviderSummary) -> SheetSpec:
    """How many actions have each colour, by theme, quality statement, draft KLOE and regulation; each figure leads to its rows."""
    letters = summary.letters
    spread = counted(summary)
    spread["rows"] = spans(spread)
    frame = spread.groupby(["kind", "what"], sort=False).agg(
        services=("services", "first"), actions=("actions", "sum"), first=("first", "min"), last=("last", "max")
    )
    frame["rows"] = spans(frame)
    for letter in letters:
        own = spread[spread["letter"] == letter].set_index(["kind", "what"])
        frame[letter] = own["actions"].reindex(frame.index, fill_value=0)
        frame[f"rows {letter}"] = own["rows"].reindex(frame.index, fill_value="")
    first = by_letter(summary.headline)
    columns = [
        ColumnSpec("Counted by", "kind", 22), ColumnSpec("What it is about", "what", 48), ColumnSpec("Services", "services", 10),
        ColumnSpec("Actions", "actions", 10, link_to="rows"),
        *(ColumnSpec(letter_words(letter), letter, 11, state=first[letter], link_to=f"rows {letter}") for letter in letters),
    ]  # fmt: skip
    said = "Each action stands once under each heading: its theme, its quality statement, its draft key line of enquiry, its regulation."
    return SheetSpec("Themes and CQC statements", said, f"{len(frame)} lines.", columns, frame.reset_index())


def spans(counted: pd.DataFrame) -> list[str]:
    """Where the rows from `first` to `last` stand on the sheet by theme, as places that a link leads to."""
    return [f"'{BY_THEME}'!A{first}:A{last}" for first, last in zip(counted["first"], counted["last"], strict=True)]


def by_theme(summary: ProviderSummary, most_rows: int) -> SheetSpec:
    """The sheet that the figures of themes lead to; its lines are not made where they are more than `most_rows`."""
    lines = int(counted(summary)["actions"].sum())
    frame = grouped(summary if lines <= most_rows else replace(summary, actions=summary.actions.head(0)))
    columns = [
        ColumnSpec("Counted by", "kind", 22), ColumnSpec("What it is about", "what", 40),
        ColumnSpec("Headline", "pair", 34, by="headline", states=states_of(summary.headline)), ColumnSpec("Service", "name", 26),
        ColumnSpec("Ref", "ref", 10, link_to="place"), ColumnSpec("Issue or risk", "issue", 60),
    ]  # fmt: skip
    said = "Every action under each heading it is counted by: figures of Themes and CQC statements lead here, each Ref to its whole row."
    return SheetSpec(
        BY_THEME,
        said,
        f"{lines} lines.",
        columns,
        frame.assign(place=row_addresses(frame["row"])),
        rows_omitted=lines - len(frame),
    )
