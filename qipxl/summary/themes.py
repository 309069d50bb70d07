"""Actions by subject: how many of each colour, and the rows behind each count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from qipxl.summary.action_lists import row_addresses, sorted_actions
from qipxl.summary.sheet_spec import (
    HEADING_ROW,
    ColumnSpec,
    SheetSpec,
    TableColumns,
    chip,
    letter_words,
    letters_of,
    listing,
    plural,
)
from qipxl.summary.summary import ProviderSummary
from qipxl.workbook.styles import TINT_OF_LETTER

BY_THEME, THEMES, STATEMENTS = "Actions by theme", "Themes", "Statements and regulations"
GROUPED = (
    ("Theme", "theme"),
    ("Quality statement", "cqc_statement"),
    ("Draft key line of enquiry", "cqc_kloe"),
    ("Regulation", "regulation"),
)
"""What actions are counted by, and the column of actions with it."""
NONE_GIVEN = "(none given)"
COLUMNS_READ: TableColumns = {"actions": (*(source for _, source in GROUPED), "issue", "headline", "headline_label")}


def counted(summary: ProviderSummary) -> pd.DataFrame:
    """A line per `kind`, subject (`what`) and `letter` with its number of `actions`, and the number of `services` of the subject.

    Sorted by kind, then by the subject's number of red actions and of all actions, the most first, then by letter. The sheet
    by theme lists the actions in this order, from row `first` to row `last`.
    """
    actions = summary.actions
    letters = actions["headline"].map({state.word: state.letter for state in summary.headline.states})
    rank = letters.map({letter: rank for rank, letter in enumerate(summary.letters)})
    parts = [pd.DataFrame(columns=["kind", "what", "letter", "services", "actions"])]
    for kind, source in GROUPED:
        if source in actions.columns:
            services = summary.service_codes(actions["service"])
            lines = pd.DataFrame({"what": subjects_of(actions[source]), "rank": rank, "service": services})
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
    """Every action once for each `kind`, in the order of `counted`: its subject (`what`) and its `row` on the sheet of all actions, from 0."""
    shown = ["service", "name", "ref", "issue", "headline"]
    actions = sorted_actions(summary, [*shown, *(source for _, source in GROUPED)])
    lines = actions[[*shown, "pair"]].assign(row=range(len(actions)))
    letters = actions["headline"].map({state.word: state.letter for state in summary.headline.states})
    counts, parts = counted(summary), [lines.head(0).assign(kind="", what="")]
    for kind, source in GROUPED:
        if source in actions.columns:
            order = pd.MultiIndex.from_frame(counts.loc[counts["kind"] == kind, ["what", "letter"]])
            what = subjects_of(actions[source])
            positions = order.get_indexer(pd.MultiIndex.from_arrays([what, letters]))
            parts.append(lines.assign(kind=kind, what=what).iloc[positions.argsort(kind="stable")])
    return pd.concat(parts, ignore_index=True)


def subjects_of(column: pd.Series) -> pd.Series:
    """The subjects of actions as they are counted; an empty one is NONE_GIVEN."""
    return column.fillna("").astype(str).replace("", NONE_GIVEN)


def themes(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """How many actions have each colour, by theme, then by quality statement, draft KLOE and regulation; each count links to its rows."""
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
    columns = [
        ColumnSpec("Counted by", "kind", 22), ColumnSpec("Subject", "what", 48), ColumnSpec("Services", "services", 10),
        ColumnSpec("Actions", "actions", 10, link_to="rows"),
        *(
            ColumnSpec(letter_words(letter), letter, 11, tint=TINT_OF_LETTER.get(letter, "plain"), link_to=f"rows {letter}")
            for letter in letters
        ),
    ]  # fmt: skip
    lines = frame.reset_index()
    of_themes = lines["kind"] == GROUPED[0][0]
    about = "Each action is counted once, by its theme; the most red first. Click a figure for its actions."
    yield listing(THEMES, about, columns[1:], lines[of_themes], "theme")
    about = "Each action is counted by its quality statement, its draft key line of enquiry and its regulation. Click a figure for its actions."
    yield listing(STATEMENTS, about, columns, lines[~of_themes])


def spans(counted: pd.DataFrame) -> list[str]:
    """The rows from `first` to `last` of the sheet by theme, as link targets."""
    return [f"'{BY_THEME}'!A{first}:A{last}" for first, last in zip(counted["first"], counted["last"], strict=True)]


def by_theme(summary: ProviderSummary, most_rows: int) -> SheetSpec:
    """The sheet that the counts of themes link to; without rows if there are more than `most_rows`."""
    lines = int(counted(summary)["actions"].sum())
    frame = grouped(summary if lines <= most_rows else replace(summary, actions=summary.actions.head(0)))
    columns = [
        ColumnSpec("Counted by", "kind", 22), ColumnSpec("Subject", "what", 40),
        chip(summary.headline), ColumnSpec("Headline", "pair", 34), ColumnSpec("Service", "name", 26),
        ColumnSpec("Ref", "ref", 10, link_to="address"), ColumnSpec("Issue or risk", "issue", 60),
    ]  # fmt: skip
    about = f"Every action under each subject it is counted by. Counts on {THEMES} and {STATEMENTS} link here; each Ref links to its whole row."
    letters = letters_of(summary.headline, frame["headline"])
    frame, omitted = frame.assign(letter=letters, address=row_addresses(frame["row"])), lines - len(frame)
    return SheetSpec(
        BY_THEME, about, f"{plural(lines, 'line')}.", columns, frame, rows_omitted=omitted, for_reference=True
    )
