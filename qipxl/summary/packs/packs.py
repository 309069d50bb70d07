"""The packs made from a summary: which tables each audience gets, for which services, with names or roles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from qipxl.returns.returns import TEXTS
from qipxl.summary import action_lists
from qipxl.summary.action_lists import action_sheet
from qipxl.summary.answers import answers
from qipxl.summary.before_after import before_and_after
from qipxl.summary.changes import changes
from qipxl.summary.finding_records import Findings
from qipxl.summary.findings import findings_of
from qipxl.summary.full_tables import with_distinct_headings
from qipxl.summary.history import WHOLE
from qipxl.summary.indicator_lists import indicators, outliers
from qipxl.summary.logs import challenges, learning
from qipxl.summary.meetings import challenge_and_support, meetings
from qipxl.summary.packs.audience_tables import audience_lists, other_fields
from qipxl.summary.packs.board_tables import board_tables
from qipxl.summary.packs.disclosure import LEAST, has_small_figures, redacted
from qipxl.summary.packs.events import events
from qipxl.summary.packs.monthly_figures import monthly_figures
from qipxl.summary.packs.pictures import before_and_after_pictures
from qipxl.summary.packs.workbook import Cover, write_published
from qipxl.summary.plain_words import sentence
from qipxl.summary.provider_actions import provider_action_list
from qipxl.summary.readiness import readiness
from qipxl.summary.risks import risks
from qipxl.summary.rule_book import rule_book
from qipxl.summary.sheet_spec import (
    RETURN_OF,
    Column,
    SheetSpec,
    columns_of,
    letter_words,
    listing,
)
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.themes import themes

PROMISED: Sequence[Column] = (
    *action_lists.WHO, ("Issue or risk", "issue", 36), ("Promised to", "promised_to", 18), ("Date promised", "promised_for", 13),
    ("Will it be kept?", "kept", 26), ("Delivery", "delivery", 20), ("Forecast date", "forecast", 13), *action_lists.WHERE,
)  # fmt: skip
PLAN: Sequence[Column] = (
    *action_lists.WHO, ("Headline", "headline", 26), ("Issue or risk", "issue", 36), ("Why", "reason", 36), action_lists.PROGRESS,
    action_lists.CONTROL, ("Role of owner", "owner_role", 20), ("Provider's own due date", "due", 13),
    ("Provider's own original due date", "original_due", 14), ("Completed on", "completed_on", 13), ("Evidence", "evidence", 14),
    ("Verdict on figures", "figures", 30), ("Delivery", "delivery", 20), ("Impact", "impact", 20), ("Source", "source", 22),
    ("Intended change", "intended_change", 36), ("Success measure", "success_measure", 30), ("Root cause", "root_cause", 30),
    (RETURN_OF, "period", 12), *action_lists.WHERE,
)  # fmt: skip
FULL: Sequence[Column] = (
    *PLAN, ("CQC quality statement", "cqc_statement", 28), ("Regulation", "regulation", 24), ("Risk score at start", "risk_start", 10),
    ("Risk score now", "risk_now", 10), ("Extensions", "extensions_logged", 10), ("Next for blue", "blue_needs", 28),
)  # fmt: skip
EVENTS = (
    *columns_of(("Service", "name", 20), ("Action", "ref", 8), ("Date", "day", 13), ("What happened", "what", 31), ("Details", "words", 90)),
    *columns_of(("Judgement", "judged", 34), (RETURN_OF, "period", 10)),
)  # fmt: skip
FIGURES = columns_of(
    ("Indicator", "indicator", 34), ("Service", "name", 24), ("Month", "month", 13), ("Figure", "value", 10), ("Rate per", "per", 10),
    ("Numerator", "numerator", 12), ("Denominator", "denominator", 13), ("Unit counted", "unit", 24),
)  # fmt: skip


@dataclass(frozen=True)
class Pack:
    """A pack for one reader: `reader` as the cover names them, the sentences of the headline, the tables in order, and notes."""

    reader: str
    provider: str
    as_at: str
    headline: Sequence[str]
    about: str
    notes: Sequence[str]
    sheets: Sequence[SheetSpec]


@dataclass(frozen=True)
class Audience:
    """Readers of a pack: their name, whether they are outside the provider, a sentence for the cover, and their tables."""

    reader: str
    external: bool
    about: str
    sheets: Callable[[ProviderSummary, Findings], Iterator[SheetSpec]]


def for_the_board(summary: ProviderSummary, findings: Findings) -> Iterator[SheetSpec]:
    yield from board_tables(findings)
    yield from changes(summary)
    yield action_lists.escalations(summary)
    yield from provider_action_list(summary.provider_actions)
    yield action_lists.needs_attention(summary)
    yield from action_lists.closed_services(summary)
    yield from action_lists.chosen_lists(summary)
    yield from challenges(summary)
    yield from meetings(summary)
    if len(summary.impact.judged.series):
        yield from map(in_figures, before_and_after(summary))
        yield from before_and_after_pictures(summary)
        yield without_trend(indicators(summary))
        yield outliers(summary)
    yield risks(summary)
    yield from learning(summary)
    yield from audience_lists(summary, "board")
    yield answers(summary)


def without_trend(spec: SheetSpec) -> SheetSpec:
    """A table without its column of sparklines, which are pictures."""
    return replace(spec, columns=[column for column in spec.columns if column.source != "trend"])


def in_figures(spec: SheetSpec) -> SheetSpec:
    """A table without its links to charts, which a pack has on the sheet after it."""
    return replace(spec, columns=[column for column in spec.columns if column.source != "chart"])


def for_a_commissioner(summary: ProviderSummary, findings: Findings) -> Iterator[SheetSpec]:
    yield services_sheet(summary, findings)
    yield promises(summary)
    yield from challenge_and_support(summary)
    about = "Every action of the services you commission; the dates are the provider's own."
    yield plan_sheet(summary, "commissioner", about, PLAN)
    yield action_lists.escalations(summary)
    yield action_lists.needs_attention(summary)
    yield risks(summary)
    yield from map(in_figures, before_and_after(summary, has_small_figures))
    yield from before_and_after_pictures(summary, has_small_figures)
    yield indicator_figures(summary)
    yield from learning(summary)
    yield from audience_lists(summary, "commissioner")


def for_an_inspector(summary: ProviderSummary, findings: Findings) -> Iterator[SheetSpec]:
    yield services_sheet(summary, findings)
    yield from readiness(summary)
    about = "Every action: its source, its ratings, and the reasons."
    statements = {"cqc_statement": summary.framework.framework.heading}
    full = [(statements.get(source, heading), source, width) for heading, source, width in FULL]
    yield plan_sheet(summary, "inspector", about, full)
    yield action_timeline(summary)
    yield from challenge_and_support(summary)
    yield from map(in_figures, before_and_after(summary, has_small_figures))
    yield from before_and_after_pictures(summary, has_small_figures)
    yield indicator_figures(summary)
    yield from themes(summary)
    yield risks(summary)
    yield action_lists.escalations(summary)
    yield from audience_lists(summary, "inspector")


COMMISSIONED = "The services you commission: what was promised, what was done, and whether it worked."
INSPECTED = "Each action with its dates, evidence, challenge, reviews and figures."
AUDIENCES: Mapping[str, Audience] = {
    "board": Audience("the board", False, "Everything the board needs, one table per sheet.", for_the_board),
    "commissioner": Audience("a commissioner", True, COMMISSIONED, for_a_commissioner),
    "inspector": Audience("an inspector", True, INSPECTED, for_an_inspector),
}
NOTES = (
    "Ratings judge what services wrote, by the rules on the sheet How to read this. They do not replace a visit.",
    "Due dates are the provider's own. Dates promised to others are in the table Promised dates, if the pack has it.",
    "A service that sent no return is not a service without problems; it is named in the table of services.",
)
EXTERNAL_NOTES = (
    "People are shown by their role. First names and initials alone, nicknames, surnames that are ordinary words or that two people of "
    "a service have, and names that occur only in a text may remain.",
    f"Figures of indicators above 0 and below {LEAST} are withheld and shown as [c], and so is every total from which one could be calculated.",
)


@pd.option_context(*TEXTS)
def pack_for(
    audience: str,
    summary: ProviderSummary,
    *,
    reader: str = "",
    services: Collection[str] = (),
    people: Mapping[str, str] | None = None,
) -> Pack:
    """The pack for an audience of AUDIENCES, for all services or those named by code.

    `reader` is the reader's name on the cover. For readers outside the provider, roles replace names: `people` are the names
    in the register, with their roles.
    """
    who = AUDIENCES[audience]
    chosen = summary.of_services(services) if services else summary
    shown = redacted(chosen, people or {}) if who.external else chosen
    findings = findings_of(shown)
    found = [sentence(note.removeprefix("* ")) for note in findings.notes]
    notes = (*findings.intake.waiting, *found, *NOTES, *(EXTERNAL_NOTES if who.external else ()))
    listed = (spec.without_folded for spec in who.sheets(shown, findings))
    sheets = (*listed, replace(rule_book(shown), for_reference=True))
    headline = [findings.headline, *filter(None, [findings.second])]
    day = f"{summary.as_at.day} {summary.as_at:%B %Y}"
    return Pack(reader or who.reader, summary.provider, day, headline, who.about, notes, sheets)


def write_pack(pack: Pack, summary: ProviderSummary, path: Path | str) -> Path:
    """Write a pack as a workbook that meets the checklist of accessible spreadsheets, and give its path.

    Raises OutputError if it cannot be written.
    """
    title = f"Quality improvement, for {pack.reader}, as at {pack.as_at}"
    about = [f"For {pack.reader}. {pack.about}", f"Provider: {pack.provider or 'not named'}. As at {pack.as_at}."]
    return write_published(Path(path), title, summary.as_at, Cover(pack.headline, about, pack.notes), pack.sheets)


def services_sheet(summary: ProviderSummary, findings: Findings) -> SheetSpec:
    """Who sent a return, and the actions by letter: of all services together, of each region, then of each service."""
    regions = summary.totals["region"]
    names = ["All together" if each == WHOLE else f"All of {each or 'no region'}" for each in regions]
    totals = summary.totals.assign(name=names, region=None)
    frame = pd.concat([totals.tail(1), totals.iloc[:-1], summary.overview], ignore_index=True)
    by_letter = ((letter_words(letter), letter, 12) for letter in summary.letters)
    columns = columns_of(
        ("Service", "name", 30), ("Code", "service", 10), ("Region", "region", 16), ("Return", "state", 14), ("Actions", "actions", 10),
        *by_letter, ("Problems: must fix", "must_fix", 12),
    )  # fmt: skip
    about = "Who sent a return, and how many actions have each headline: the worse of delivery and impact."
    line = f"{findings.returns.label}: {findings.returns.figure}. {sentence(findings.returns.context)}."
    return SheetSpec("Services", about, line, columns, frame)


def plan_sheet(summary: ProviderSummary, audience: str, about: str, columns: Sequence[Column]) -> SheetSpec:
    """Every action with these columns and the other fields that the audience may see."""
    every = with_distinct_headings([*columns, *other_fields(summary, audience, columns)])
    return action_sheet(summary, "Actions", about, summary.actions, every)


def promises(summary: ProviderSummary) -> SheetSpec:
    """Dates promised to people outside the provider; its own due dates are not listed."""
    current = summary.current
    promised = current[current["promised_for"].notna()] if "promised_for" in current.columns else current.head(0)
    at_risk = promised["external"].astype(bool) if "external" in promised.columns else pd.Series(False, promised.index)
    kept = ["Missed, or will be" if missed else "On course" for missed in at_risk]
    lines = pd.concat([promised, pd.Series(kept, promised.index, name="kept", dtype=object)], axis=1)
    order = lines.sort_values("promised_for", kind="stable")
    about = "Dates promised to a commissioner, CQC or others; the earliest first."
    return action_sheet(summary, "Promised dates", about, order, PROMISED)


def action_timeline(summary: ProviderSummary) -> SheetSpec:
    """The events of each action, day by day, below a line with its issue."""
    lines = events(summary, monthly_figures(summary, external=True))
    about = "Each action with its issue, then its dates, milestones, evidence, challenge and reviews day by day, then its linked figures."
    return listing("Timeline of each action", about, EVENTS, lines)


def indicator_figures(summary: ProviderSummary) -> SheetSpec:
    """The indicators' monthly figures."""
    lines = monthly_figures(summary, external=True)
    about = "Monthly figures of the indicators. Rates of several services are calculated from their summed numerators and denominators."
    return replace(listing("Indicator figures", about, FIGURES, lines), for_reference=True)
