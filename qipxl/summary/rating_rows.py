"""Actions by rating: the rows behind each count of the services and of the pairs on the board page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from qipxl.summary.action_lists import row_addresses, sorted_actions
from qipxl.summary.finding_records import Findings
from qipxl.summary.rating_groups import DELIVERY, IMPACT, PAIRS, group_places
from qipxl.summary.sheet_spec import HEADING_ROW, ColumnSpec, SheetSpec, TableColumns, chip, letters_of
from qipxl.summary.summary import ProviderSummary
from qipxl.text import plural

BY_RATING = "Actions by rating"
OF_DELIVERY, OF_IMPACT = "Delivery", "Impact"
RowSpans = Mapping[tuple[str, str, str], str]
"""The rows behind each count as a link target, by the service's code, the kind of rating and the heading of the column (empty for
all columns); for the counts of all services by an empty code and the headings of the row and of the column."""
COLUMNS_READ: TableColumns = {"actions": ("issue", "headline", "headline_label", "delivery", "impact")}


def by_rating(summary: ProviderSummary, findings: Findings, most_rows: int) -> tuple[SheetSpec, RowSpans]:
    """The sheet that these counts link to, and the rows of each count: without any if there are more than `most_rows` lines."""
    actions = sorted_actions(summary, ["service", "name", "ref", "issue", "headline", "delivery", "impact"])
    withdrawn = [state.word for state in summary.headline.states if state.letter == "X"]
    lines = actions.assign(row=range(len(actions)), service=summary.service_codes(actions["service"]))
    lines = lines[~actions["headline"].isin(withdrawn)]
    rank = {line.code: place for place, line in enumerate(findings.services.lines)}
    listed = lines[lines["service"].isin(rank)]
    of_services = [
        block(listed, listed["service"], listed["service"].map(rank), kind, group_places(summary, key, listed[key], groups), groups)
        for kind, key, groups in ((OF_DELIVERY, "delivery", DELIVERY), (OF_IMPACT, "impact", IMPACT))
    ]  # fmt: skip
    pairs = group_places(summary, "delivery", lines["delivery"], PAIRS)
    names = pairs.map(dict(enumerate(name for name, _ in PAIRS)))
    everywhere = block(lines, "", pairs, names, group_places(summary, "impact", lines["impact"], IMPACT), IMPACT)
    frame = pd.concat([*of_services, everywhere], ignore_index=True)
    number = len(frame)
    if number > most_rows:
        frame = frame.head(0)
    columns = [
        ColumnSpec("Counted under", "kind", 34), ColumnSpec("Column", "column", 16),
        chip(summary.headline), ColumnSpec("Headline", "pair", 34), ColumnSpec("Service", "name", 26),
        ColumnSpec("Ref", "ref", 10, link_to="address"), ColumnSpec("Issue or risk", "issue", 60),
    ]  # fmt: skip
    about = "The actions behind each count of delivery and impact on the Board page. Each Ref links to its whole row."
    shown = frame.assign(letter=letters_of(summary.headline, frame["headline"]), address=row_addresses(frame["row"]))
    spec = SheetSpec(
        BY_RATING,
        about,
        f"{plural(number, 'line')}.",
        columns,
        shown,
        rows_omitted=number - len(frame),
        for_reference=True,
    )
    return spec, spans(frame)


def block(
    lines: pd.DataFrame,
    code: pd.Series | str,
    rank: pd.Series,
    kind: pd.Series | str,
    places: pd.Series,
    groups: Sequence[tuple[str, str]],
) -> pd.DataFrame:
    """The actions behind one set of counts, sorted by `rank` and by the place of their column among `groups`."""
    frame = lines.assign(code=code, rank=rank, kind=kind, place=places).dropna(subset=["rank", "place"])
    names = dict(enumerate(name for name, _ in groups))
    return frame.assign(column=frame["place"].map(names)).sort_values(["rank", "place"], kind="stable")


def spans(frame: pd.DataFrame) -> RowSpans:
    """The first and last row of each count, as link targets."""
    rows = pd.Series(range(HEADING_ROW + 2, HEADING_ROW + 2 + len(frame)))
    keys = [frame["code"], frame["kind"], frame["column"]]
    counts = pd.concat(
        [rows.groupby(keys).agg(["min", "max"]), rows.groupby([*keys[:2], keys[2].str[:0]]).agg(["min", "max"])]
    )
    return {key: f"'{BY_RATING}'!A{first}:A{last}" for key, first, last in counts.itertuples(name=None)}
