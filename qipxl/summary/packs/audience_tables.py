"""The rows that services wrote, as far as each audience sees them: every table and field, except those named here with the reason.

A table or field that is added to a template is in every pack until it is named here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from qipxl.summary.full_tables import full_list, remaining_fields, service_tables
from qipxl.summary.sheet_spec import Column, SheetSpec
from qipxl.summary.summary import ProviderSummary

IN_SUMMARY = "The board reads what needs attention; the summary has every row."
INTERNAL = "How the provider challenges its services; escalations and reviews show the outcome."
INSPECTION = "Evidence of single actions is for an inspection."
SMALL = "The table Indicator figures has it; small figures are withheld there."
SCORES = "The table Risks has the scores."
REFERENCE = "A reference in the provider's own records."
LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "board": {
        "extensions": "Slippage has the reasons of extensions.",
        "milestones": "Escalations and Slippage have the milestones that are late or were moved.",
        "evidence": IN_SUMMARY,
        "challenge": "The table Challenge log has it.",
        "reviews": "The table Learning has the reviews that teach something.",
        "indicators": "The table Indicators has the figures, with their context and learning.",
        "measurements": "The table Indicators has the latest figure, with its context and learning.",
        "actions": IN_SUMMARY,
    },
    "commissioner": {
        "extensions.approved_by": "An internal approval.",
        "milestones.evidence_ref": REFERENCE,
        "evidence": INSPECTION,
        "packs": INSPECTION,
        "challenge": INTERNAL,
        "panel": INTERNAL,
        "reviews": "The table Learning has the reviews that teach something.",
        "measurements.numerator": SMALL,
        "measurements.denominator": SMALL,
        "measurements.value": SMALL,
        "actions.source_reference": REFERENCE,
        "actions.risk_ref": "The table Risks has it.",
        "actions.audit_ref": REFERENCE,
        **dict.fromkeys(("actions.likelihood_start", "actions.consequence_start"), SCORES),
        **dict.fromkeys(
            ("actions.likelihood_now", "actions.consequence_now", "actions.risk_target", "actions.cycle"), SCORES
        ),
    },
    "inspector": {
        "measurements.numerator": SMALL,
        "measurements.denominator": SMALL,
        "measurements.value": SMALL,
    },
}
"""For each audience the tables (`evidence`) and fields (`extensions.approved_by`) that it does not get as a list, with the reason."""


def audience_lists(summary: ProviderSummary, audience: str) -> Iterator[SheetSpec]:
    """The lists of an audience: every table that services fill in, without what LEFT_OUT names."""
    left_out = LEFT_OUT[audience]
    for key, tables in service_tables(summary.in_use).items():
        if key not in left_out:
            fields = {name.partition(".")[2] for name in left_out if name.startswith(f"{key}.")}
            yield from full_list(summary, key, tables, fields)


def other_fields(summary: ProviderSummary, audience: str, columns: Sequence[Column]) -> list[Column]:
    """The fields of actions that none of `columns` shows and that the audience may see."""
    left_out = LEFT_OUT[audience]
    return [column for column in remaining_fields(summary, columns) if f"actions.{column[1]}" not in left_out]
