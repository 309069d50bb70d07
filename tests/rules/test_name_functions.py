"""Names of people are compared as a colleague would: the same person, perhaps the same person, or two people."""

import pytest

from qipxl.rules.name_functions import are_same, plain_name, share_a_part
from qipxl.text import clean_text, is_placeholder

SAME = """
Marek Okafor | marek  OKAFOR
Marek Okafor | Okafor, Marek
Marek Okafor | Okafor Marek
Marek Okafor | Mr Marek Okafor (Deputy Manager)
Marek Okafor | Marek Okafor, Registered Manager
Marek Okafor | Dr. Marek Okafor
Marek Okafor | Marek Adeyemi Okafor
Marek Okafor | Marek Okafor / Jo Shah
Jo Shah and Marek Okafor | Marek Okafor
Marek Okafor | Marek_Okafor
Marek Okafor | \u200eMarek\u00a0Okafor\u200b
Anne-Marie O'Neil | Anne\u2011Marie O\u2019Neil
Anne-Marie O'Neil | Anne Marie ONeil
Marek | MAREK
"""
PERHAPS = """
Marek Okafor | M. Okafor
Marek Okafor | Marek O
Marek Okafor | Marek
Marek Okafor | Okafor
Marek Okafor | MO
Marek Okafor | M.O.
Marek Adeyemi Okafor | MAO
Marek Okafor | Jo Okafor
"""
DIFFERENT = """
Marek Okafor | Jo Shah
Marek Okafor | JS
Marek Okafor | Marekson Oka
Deputy Manager | Registered Manager
Nurse Ann Lee | Nurse Jo Shah
"""


def pairs(text: str) -> list[tuple[str, str]]:
    return [(one, other) for one, _, other in (line.partition(" | ") for line in text.strip().splitlines())]


def compared(one: str, other: str) -> str:
    names = plain_name(clean_text(one)), plain_name(clean_text(other))
    return "same" if are_same(*names) else "perhaps" if share_a_part(*names) else "different"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        *((*pair, "same") for pair in pairs(SAME)),
        *((*pair, "perhaps") for pair in pairs(PERHAPS)),
        *((*pair, "different") for pair in pairs(DIFFERENT)),
    ],
)
def test_two_names_are_one_person_or_not(one: str, other: str, expected: str) -> None:
    assert compared(one, other) == compared(other, one) == expected


@pytest.mark.parametrize(
    "text",
    ["-", "--", "\u2013", "?", "??", "none", "None.", "N/A", "n.a.", "TBC", "T.B.C.", "to be confirmed", "\u200b"],
)
def test_a_placeholder_is_neither_a_name_nor_a_reason(text: str) -> None:
    assert is_placeholder(clean_text(text))


@pytest.mark.parametrize("text", ["Na Li", "Noor", "No longer needed", "Ann Lee", "Nilsson", "X Li"])
def test_a_name_or_a_reason_is_no_placeholder(text: str) -> None:
    assert not is_placeholder(clean_text(text))
