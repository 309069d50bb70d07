"""Actions sorted by region, colour and service, so that each count links to one block of rows."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from qipxl.summary.action_lists import ALL_ACTIONS, row_addresses, sorted_actions
from qipxl.summary.history import WHOLE
from qipxl.summary.sheet_spec import HEADING_ROW, ColumnSpec, SheetSpec, TableColumns, chip, letter_words, listing
from qipxl.summary.summary import ProviderSummary

BY_REGION = "Actions by region"
COLUMNS_READ: TableColumns = {"actions": ("issue", "headline", "headline_label")}


def indexed(summary: ProviderSummary) -> pd.DataFrame:
    """Every action by region, letter and service, with its `letter` and its `row` on the sheet of all actions, counted from 0.

    Its `service` is the code of the service, whichever of its plans has the action. The region is the one in which the overview
    counts the service.
    """
    actions = sorted_actions(summary, ("service", "name", "ref", "issue", "headline", "region"))
    letters = {state.word: state.letter for state in summary.headline.states}
    regions = summary.overview.set_index("service")["region"]
    services, names = summary.service_codes(actions["service"]), summary.names
    frame = actions[["name", "ref", "issue", "headline", "pair"]].assign(
        service=services,
        home=services.map(names).fillna(actions["name"]),
        region=services.map(regions).fillna(actions["region"]),
        letter=actions["headline"].map(letters),
        row=range(len(actions)),
    )
    rank = {letter: rank for rank, letter in enumerate(summary.letters)}
    order = ["region", "rank", "home", "service"]
    ranked = frame.assign(rank=frame["letter"].map(rank)).sort_values(order, kind="stable", ignore_index=True)
    return ranked.drop(columns=["rank", "home"])


def by_region(summary: ProviderSummary) -> SheetSpec:
    """The sheet that the counts of services and regions link to."""
    frame = indexed(summary)
    columns = [
        ColumnSpec("Region", "region", 18), chip(summary.headline), ColumnSpec("Colour", "words", 20),
        ColumnSpec("Service", "name", 26), ColumnSpec("Ref", "ref", 10, link_to="address"), ColumnSpec("Headline", "pair", 34),
        ColumnSpec("Issue or risk", "issue", 60),
    ]  # fmt: skip
    about = "Every action by region, colour and service: counts on Overview and Movement link here, and each Ref links to the whole row."
    lines = frame.assign(words=frame["letter"].map(letter_words), address=row_addresses(frame["row"]))
    return replace(listing(BY_REGION, about, columns, lines, "action"), for_reference=True)


class ActionSpans:
    """The rows of each region, colour and service, as link targets, and the row of each service's `worst` action."""

    def __init__(self, summary: ProviderSummary) -> None:
        self.spans: dict[tuple[str, ...], list[int]] = {}
        lines = indexed(summary)[["region", "letter", "service"]]
        for row, (region, letter, service) in enumerate(lines.itertuples(index=False, name=None), HEADING_ROW + 2):
            for key in ((region, letter), (region, letter, service)):
                self.spans.setdefault(key, [row, row])[1] = row
        letters = {state.word: state.letter for state in summary.headline.states}
        ordered = sorted_actions(summary, ["service", "headline"])
        firsts = summary.service_codes(ordered["service"]).drop_duplicates()
        self.worst = {
            code: f"'{ALL_ACTIONS}'!A{row + HEADING_ROW + 2}"
            for row, code in zip(firsts.index.tolist(), firsts, strict=True)
        }
        for row, word in enumerate(ordered["headline"], HEADING_ROW + 2):
            self.spans.setdefault((WHOLE, letters[word]), [row, row])[1] = row

    def link(self, count: object, *key: str) -> str:
        """The rows that a count counts, as a link target; empty if the number of rows differs from `count`."""
        span = self.spans.get(key)
        if span is None or span[1] - span[0] + 1 != count:
            return ""
        return f"'{ALL_ACTIONS if key[0] == WHOLE else BY_REGION}'!A{span[0]}:A{span[1]}"
