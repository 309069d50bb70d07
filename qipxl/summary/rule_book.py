"""How to read a summary: every rating's words, what decides them, and the settings in force."""

from __future__ import annotations

import pandas as pd

from qipxl.summary.sheet_spec import SheetSpec, columns_of, listing
from qipxl.summary.summary import LOCAL_SETTINGS, ProviderSummary

HOW_TO_READ = "How to read this"


def rule_book(summary: ProviderSummary) -> SheetSpec:
    """How to read this: every rating's words, what decides them, and every setting in force, template by template."""
    lines: list[tuple[str, str, str, str]] = []
    for template in summary.in_use:
        for rating in template.rules.ratings["actions"]:
            key, heading, decides = template.key, rating.column.heading, rating.decides
            lines += [(key, heading, f"{state.letter} {state.word}", state.say) for state in rating.states]
            bands = [*((band.word, band.say) for band in decides.bands), (decides.otherwise, decides.otherwise_say)]
            decided = f"{heading}, decided by the first rule that applies"
            lines += [(key, decided, word, say) for word, say in bands if say]
        for setting in template.setting.values():
            by_tier = ", ".join(f"{tier} {value:g}" for tier, value in setting.values.items())
            values = by_tier if setting.by else f"{setting.value:g}"
            lines.append((template.key, f"Setting: {setting.heading}", f"{values} {setting.unit}", setting.say))
    frame = pd.concat([summary.local_settings, pd.DataFrame(lines, columns=list(LOCAL_SETTINGS))], ignore_index=True)
    columns = columns_of(
        ("Template", "template", 14), ("Rating or setting", "what", 40), ("Word or value", "word", 30), ("What it means", "means", 80),
    )  # fmt: skip
    about = (
        "The rules in force. Each colour has its letter and its word. A finished task is not yet green: green and blue need a "
        "review that shows the change works. Day limits are qipxl's defaults or your own, not a regulator's."
    )
    return listing(HOW_TO_READ, about, columns, frame)
