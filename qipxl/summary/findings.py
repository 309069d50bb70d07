"""What a summary says: the sentences, figures, decisions and pictures of the board page, worked out once.

The workbook, the page, the PDF and the terminal draw these records. None of them works out a figure of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from qipxl.indicators.outliers import CHALLENGE
from qipxl.periods import Period
from qipxl.summary import headline_words
from qipxl.summary.action_counts import LINKS, Counted
from qipxl.summary.finding_records import (
    UNNAMED,
    Findings,
    Question,
)
from qipxl.summary.indicator_lists import OUTLIERS
from qipxl.summary.intake import intake_of
from qipxl.summary.meetings import open_words
from qipxl.summary.sheet_spec import TableColumns
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.tiles import tiles
from qipxl.summary.trends import trend
from qipxl.text import figure_text, names_text, plural

MOST_QUESTIONS = 3
"""The most questions."""

COLUMNS_READ: TableColumns = {
    "actions": (
        "headline", "headline_label", "headline_rule", "delivery", "delivery_rule", "impact", "impact_rule", "escalation", "escalation_label",
        "escalation_rule", "days_overdue", "issue", "evidence_gap", "hollow", "theme",
    ),
}  # fmt: skip


def findings_of(summary: ProviderSummary) -> Findings:
    """The findings of a summary."""
    counted = Counted(summary)
    period = Period(summary.as_at.year, summary.as_at.month)
    counts, months, services = counted.counts, counted.months_chart(), counted.services()
    intake = intake_of(summary, counted.last_return_of_plans)
    return Findings(
        summary.provider or UNNAMED,
        period.words,
        summary.as_at,
        headline_words.headline(counts),
        headline_words.second_sentence(counts),
        list(tiles(counted, intake)),
        months,
        counted.decisions(),
        services,
        counted.matrix(),
        trend(summary),
        questions(summary),
        list(notes(summary, services.not_rated, months.note, intake.not_listed)),
        intake,
    )


def questions(summary: ProviderSummary) -> list[Question]:
    """What to ask, apart from the actions: far outliers, high risks and audits without an action; one of each kind first."""
    kinds: dict[str, list[Question]] = {}
    outliers = summary.impact.outliers
    for line in outliers[outliers["flag"] == CHALLENGE].to_dict("records"):
        title = f"{line['name']}: {line['indicator']}, {figure_text(line['figure'])}"
        details = f"All services together: {figure_text(line['group'])}. {line['words']}"
        kinds.setdefault(OUTLIERS, []).append(Question(title, details, OUTLIERS))
    for line in summary.links.to_dict("records"):
        about = ": ".join(filter(None, (line["kind"], line["reference"] or line["actions"])))
        question = Question(about, str(line["what"]), LINKS)
        kinds.setdefault(str(line["kind"]), []).append(question)
    return [each for turn in zip_longest(*kinds.values()) for each in turn if each is not None][:MOST_QUESTIONS]


def notes(summary: ProviderSummary, not_rated: str, left_out: str, not_listed: Sequence[str]) -> Iterator[str]:
    """Which actions are `not_rated`, what is `left_out` of the figures, what became of the provider's own actions and of what meetings
    asked, which services are `not_listed`, how reliable the figures are, and which rules rated."""
    if not_rated:
        yield f"* with actions that cannot be rated: {not_rated}."
    if left_out:
        yield left_out
    if summary.provider_actions is not None:
        yield summary.provider_actions.one_line
    if waiting := open_words(summary):
        yield f"{waiting}."
    if not_listed:
        names = names_text(list(not_listed), 3)
        yield f"The counts include {plural(len(not_listed), 'service')} that the list of services does not name: {names}."
    severity = summary.problems["severity"].value_counts()
    fix, look = int(severity.get("must fix", 0)), int(severity.get("should look", 0))
    gaps = (
        int(summary.current["evidence_gap"].fillna(False).astype(bool).sum())
        if "evidence_gap" in summary.current.columns
        else 0
    )
    yield (
        f"How sure are we? Ratings judge what services wrote. {plural(fix, 'cell')} must be put right and {look} looked at; the evidence "
        f"of {plural(gaps, 'action')} is not strong yet. Visit, and sample the green ones too."
    )
    if summary.rules_since is not None:
        versions = ", ".join(dict.fromkeys(template.version for template in summary.in_use))
        yield f"From {summary.rules_since.words} the rules of version {versions} rate; earlier months keep the ratings that they had."
