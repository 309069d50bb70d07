"""How to read a summary: every rating's words, what decides them, and the settings in force."""

from __future__ import annotations

from itertools import chain

import pandas as pd

from qipxl.summary.plain_words import in_general
from qipxl.summary.sheet_spec import SheetSpec, columns_of, listing
from qipxl.summary.summary import LOCAL_SETTINGS, ProviderSummary

HOW_TO_READ = "How to read this"


def rule_book(summary: ProviderSummary) -> SheetSpec:
    """How to read this: every rating's words, what decides them, and every setting in force, template by template."""
    lines: list[tuple[str, ...]] = []
    for template in summary.in_use:
        parts = template.provider_rules.ratings.values() if summary.provider_actions is not None else ()
        for rating in (*template.rules.ratings["actions"], *chain.from_iterable(parts)):
            key, heading, decides = template.key, rating.column.heading, rating.decides
            lines += [
                (key, heading, f"{each.letter} {each.word}", each.say, in_general(each.plain), "")
                for each in rating.states
            ]
            words = (*(band.word for band in decides.bands), decides.otherwise)
            decided = f"{heading}, decided by the first rule that applies"
            lines += [
                (key, decided, word, say, in_general(plain), code)
                for word, say, plain, code in zip(
                    words, decides.reasons(), decides.plain_reasons(), decides.codes(), strict=True
                )
                if say
            ]
        for setting in template.setting.values():
            by_tier = ", ".join(f"{tier} {value:g}" for tier, value in setting.values.items())
            values = by_tier if setting.by else f"{setting.value:g}"
            lines.append((template.key, f"Setting: {setting.heading}", f"{values} {setting.unit}", setting.say, "", ""))
    book = pd.DataFrame(lines, columns=[*LOCAL_SETTINGS, "plain", "code"])
    frame = pd.concat([summary.local_settings.assign(plain="", code=""), book], ignore_index=True)
    columns = columns_of(
        ("Template", "template", 14), ("Rating or setting", "what", 40), ("Word or value", "word", 28), ("In plain words", "plain", 40),
        ("What it means", "means", 70), ("Code", "code", 24),
    )  # fmt: skip
    about = (
        "The rules in force. Each colour has its letter and its word. A finished task is not yet green: green and blue need a "
        "review that shows the change works. Day limits are qipxl's defaults or your own, not a regulator's."
    )
    return listing(HOW_TO_READ, about, columns, frame)
