"""How to read a summary: every rating's words, what decides them, and the settings in force."""

from __future__ import annotations

import pandas as pd

from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, plural
from qipxl.summary.summary import LOCAL_SETTINGS, ProviderSummary


def rule_book(summary: ProviderSummary) -> SheetSpec:
    """How to read this: every rating's words, what decides them, and every setting in force, template by template."""
    lines: list[tuple[str, str, str, str]] = []
    for template in summary.in_use:
        for rating in template.rules.ratings["actions"]:
            lines += [
                (template.key, rating.column.heading, f"{state.letter} {state.word}", state.say)
                for state in rating.states
            ]
            bands = [(band.word, band.say) for band in rating.decides.bands]
            bands.append((rating.decides.otherwise, rating.decides.otherwise_say))
            decides = [
                (template.key, f"{rating.column.heading}, decided by the first rule that applies", *band)
                for band in bands
            ]
            lines += [line for line in decides if line[3]]
        for setting in template.setting.values():
            values = (
                ", ".join(f"{tier} {value:g}" for tier, value in setting.values.items())
                if setting.by
                else f"{setting.value:g}"
            )
            lines.append((template.key, f"Setting: {setting.heading}", f"{values} {setting.unit}", setting.say))
    frame = pd.concat([summary.local_settings, pd.DataFrame(lines, columns=list(LOCAL_SETTINGS))], ignore_index=True)
    columns = [
        ColumnSpec("Template", "template", 14), ColumnSpec("Rating or setting", "what", 40), ColumnSpec("Word or value", "word", 30),
        ColumnSpec("What it means", "means", 80),
    ]  # fmt: skip
    about = (
        "The rules in force. Each colour has its letter and its word. A finished task is not yet green: green and blue need a "
        "review that shows the change works. Day limits are qipxl's defaults or your own, not a regulator's."
    )
    return SheetSpec("How to read this", about, f"{plural(len(frame), 'line')}.", columns, frame)
