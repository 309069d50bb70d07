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
)
from qipxl.summary.statements import STATEMENT_SOURCES, action_statements, statements_of, through_words
from qipxl.summary.summary import ProviderSummary
from qipxl.template.frameworks import NOT_VERIFIED
from qipxl.text import plural
from qipxl.workbook.styles import TINT_OF_LETTER

BY_THEME, THEMES, STATEMENTS = "Actions by theme", "Themes", "Statements and regulations"
THEME, STATEMENT, REGULATION = "theme", "cqc_statement", "regulation"
"""The columns of actions with the subjects by which they are counted."""
NONE_GIVEN, IN_NO_LIST = "(none given)", "(in no list)"
COLUMNS_READ: TableColumns = {"actions": (THEME, *STATEMENT_SOURCES, REGULATION, "issue", "headline", "headline_label")}


def grouped_by(summary: ProviderSummary) -> list[tuple[str, str]]:
    """What actions are counted by, and the column of actions with it, if they have the column."""
    heading = summary.framework.framework.heading
    kinds = (("Theme", THEME), (heading, STATEMENT), ("Regulation", REGULATION))
    return [(kind, source) for kind, source in kinds if source in summary.actions.columns]


def subjects_of(summary: ProviderSummary, actions: pd.DataFrame, source: str) -> pd.Series:
    """The subjects under which actions are counted, NONE_GIVEN for none; the index is that of `actions`, and may repeat.

    An action is counted under each statement that it names, in the list in force.
    """
    if source != STATEMENT:
        return actions[source].fillna("").astype(str).replace("", NONE_GIVEN)
    lines = statements_of(actions, summary.framework)
    named = lines["statement"].where(lines["statement"] != "", lines["as_written"] + f" {IN_NO_LIST}")
    without = actions.index.difference(lines.index, sort=False)
    subjects: pd.Series = pd.concat([named, pd.Series(NONE_GIVEN, without, dtype=object)]).astype(object)
    return subjects.sort_index(kind="stable")


def counted(summary: ProviderSummary) -> pd.DataFrame:
    """A line per `kind`, subject (`what`) and `letter` with its number of `actions`, and the number of `services` of the subject.

    Sorted by kind, then by the subject's number of red actions and of all actions, the most first, then by letter. The sheet
    by theme lists the actions in this order, from row `first` to row `last`.
    """
    actions = summary.actions.reset_index(drop=True)
    letters = actions["headline"].map({state.word: state.letter for state in summary.headline.states})
    rank = letters.map({letter: rank for rank, letter in enumerate(summary.letters)})
    parts = [pd.DataFrame(columns=["kind", "what", "letter", "services", "actions"])]
    for kind, source in grouped_by(summary):
        what = subjects_of(summary, actions, source)
        services = summary.service_codes(actions.loc[what.index, "service"])
        lines = pd.DataFrame({"what": what, "rank": rank.loc[what.index], "service": services})
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


def grouped(summary: ProviderSummary, counts: pd.DataFrame) -> pd.DataFrame:
    """Every action under each of its subjects of each `kind`, in the order of `counts`, those of `counted`: the subject is `what`.

    `row` is the row of the action on the sheet of all actions, from 0.
    """
    shown, kinds = ["service", "name", "ref", "issue", "headline"], grouped_by(summary)
    read = [name for name in COLUMNS_READ["actions"] if name in summary.actions.columns and name not in shown]
    actions = sorted_actions(summary, [*shown, *read]).reset_index(drop=True)
    lines = actions[[*shown, "pair"]].assign(row=range(len(actions)))
    letters = actions["headline"].map({state.word: state.letter for state in summary.headline.states})
    parts = [lines.head(0).assign(kind="", what="")]
    for kind, source in kinds:
        order = pd.MultiIndex.from_frame(counts.loc[counts["kind"] == kind, ["what", "letter"]])
        what = subjects_of(summary, actions, source)
        positions = order.get_indexer(pd.MultiIndex.from_arrays([what, letters.loc[what.index]]))
        own = lines.loc[what.index].assign(kind=kind, what=what.to_numpy())
        parts.append(own.iloc[positions.argsort(kind="stable")])
    return pd.concat(parts, ignore_index=True)


def themes(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """How many actions have each colour, by theme, then by quality statement and regulation; each count links to its rows."""
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
    framework = summary.framework.framework
    words = {name: wording if wording == NOT_VERIFIED else "checked" for name, wording in framework.wording.items()}
    lines["wording"] = lines["what"].map(words).where(lines["kind"] == framework.heading, "").fillna("")
    of_themes = lines["kind"] == "Theme"
    about = "Each action is counted once, by its theme; the most red first. Click a figure for its actions."
    yield listing(THEMES, about, columns[1:], lines[of_themes], "theme")
    about = (
        f"Each action is counted under every statement that it names, and by its regulation. {framework.full_title}."
        f"{crosswalk_words(summary)} Click a figure for its actions."
    )
    columns.insert(2, ColumnSpec("Wording", "wording", 12))
    yield listing(STATEMENTS, about, columns, lines[~of_themes])


def crosswalk_words(summary: ProviderSummary) -> str:
    """A sentence about the statements of other lists that are counted through a crosswalk, after a space; empty if there are none."""
    lines = action_statements(summary)
    through = int(lines["through_crosswalk"].sum())
    return f" {through_words(through, len(lines), summary.framework)}" if through else ""


def spans(counted: pd.DataFrame) -> list[str]:
    """The rows from `first` to `last` of the sheet by theme, as link targets."""
    return [f"'{BY_THEME}'!A{first}:A{last}" for first, last in zip(counted["first"], counted["last"], strict=True)]


def by_theme(summary: ProviderSummary, most_rows: int) -> SheetSpec:
    """The sheet that the counts of themes link to; without rows if there are more than `most_rows`."""
    counts = counted(summary)
    lines = int(counts["actions"].sum())
    frame = grouped(summary if lines <= most_rows else replace(summary, actions=summary.actions.head(0)), counts)
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
