"""CSV that no spreadsheet runs as formulas."""

import pandas as pd
import pytest

from qipxl.returns.export import to_csv

HIDDEN = [
    "\u200b",
    "\ufeff",
    "\u2060",
    "\xad",
    "\u202e",
    "\u2066",
    "\u3164",
    "\u2800",
    "\ufe0f",
    "\x01",
    "\x7f",
    " \xa0",
    "\u3000\u200b",
]


@pytest.mark.parametrize(
    "sign", [*"=+-@|", *"\uff1d\uff0b\uff0d\uff20\uff5c", *"\ufe66\ufe62\ufe63\ufe6b\u2212", "\t", "\r", "\n"]
)
def test_every_sign_of_a_formula_gets_an_apostrophe(sign: str) -> None:
    assert to_csv(pd.DataFrame({"name": [f"{sign}1+1"]})).splitlines()[1].lstrip('"').startswith("'")


@pytest.mark.parametrize("hidden", HIDDEN)
def test_hidden_characters_do_not_hide_a_formula(hidden: str) -> None:
    assert to_csv(pd.DataFrame({"name": [f"{hidden}=HYPERLINK(1)"]})).split("\n", 1)[1].startswith("'")


@pytest.mark.parametrize("text", ["Falls", "1+1", "\u200bFalls", "a=b", "3|4", "", "\u200b", "\u00bd"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    frame = pd.DataFrame({"number": [-5.0], "name": [text]})
    assert to_csv(frame) == f"number,name\n-5.0,{text}\n"
