"""For any set of returns: every row found is accounted for, and every accepted value comes out unchanged or withheld."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from broken import with_cell
from factories import LONG, cell_of, json_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qipxl import Period, Service, check, rate, read_returns, summarise, write_tracker
from qipxl.privacy import kinds_in
from qipxl.template import Template

MARCH = Period(2026, 3)
TEXTS = st.sampled_from(
    [
        "",
        "plain words",
        "=1+1",
        "+44",
        "-x",
        "@x",
        "<b>&amp;</b>",
        "[red]x[/]",
        "NHS 943 476 5919",
        "Mrs Jones fell",
        "é ß 你 \U0001f600",
        "a\nb",
    ]
)
ACTION = st.fixed_dictionaries(
    {
        "issue": TEXTS,
        "intended_change": TEXTS,
        "owner": TEXTS,
        "due": st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    }
)
RETURN = st.tuples(
    st.sampled_from(["ELM", "OAK", "ASH"]),
    st.integers(1, 2),
    st.lists(ACTION, max_size=4),
    st.booleans(),
    st.booleans(),
)


@pytest.fixture(scope="module")
def small(core: Template) -> Template:
    """The core template with room for fewer rows: a tracker is written in a tenth of the time."""
    rows = {key: 40 if key == "actions" else 5 for key in core.tables}
    tables = {key: line.model_copy(update={"rows": rows[key]}) for key, line in core.tables.items()}
    return core.model_copy(update={"tables": tables})


@pytest.mark.long
@settings(max_examples=25 if LONG else 5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(returned=st.lists(RETURN, min_size=1, max_size=5))
def test_rows_add_up_and_values_come_out(tmp_path: Path, small: Template, returned: list[Any]) -> None:
    shutil.rmtree(tmp_path / "in", ignore_errors=True)
    given_rows: dict[str, list[dict[str, Any]]] = {}
    for number, (code, submission, actions, nil, note) in enumerate(returned):
        rows = [{"ref": f"A-{place:03d}", **each} for place, each in enumerate(actions)]
        path = tmp_path / "in" / f"{code} {number}.xlsx"
        cover = {"submitted_by": "Jo", "submission": submission, "nil": "Yes" if nil else None}
        write_tracker(
            small, Service(code=code, name=f"House {code}"), MARCH, path, rows={"actions": rows}, issued={}, cover=cover
        )
        if note:
            with_cell("A40", '<c r="A40" t="inlineStr"><is><t>a note at the foot</t></is></c>')(path)
        given_rows[path.name] = rows
    returns = read_returns(tmp_path / "in", [small])
    receipts = returns.receipts
    parts = receipts[["rows_accepted", "rows_set_aside", "rows_superseded"]]
    assert (receipts["rows_found"] == parts.sum(axis=1)).all()
    assert list(receipts["rows_found"]) == [
        len(given_rows[file]) + returned[int(file[4:-5])][4] for file in receipts["file"]
    ]
    if not len(returns.accepted):
        return
    rated = rate(check(returns))
    assert summarise(rated).reconciles
    document = json.loads(json_of(rated))
    out = {(row["file"], row["ref"]): row for row in document["tables"]["actions"]}
    for file in returns.accepted["file"]:
        for row in given_rows[file]:
            for key, value in row.items():
                said = out[file, row["ref"]].get(key, "")
                if isinstance(value, str) and kinds_in(value, staff=key == "owner"):
                    assert said.startswith("withheld: see the return, Actions!")
                else:
                    assert said == ("" if value is None else f"{value:%Y-%m-%d}" if isinstance(value, date) else value)


def test_what_is_withheld_comes_back_in_no_worked_out_value(tmp_path: Path, core: Template) -> None:
    """Rules read the text itself; who reviewed last is worked out from it."""
    rows = {
        "actions": [{"ref": "A-001", "issue": "Jo, NHS 943 476 5919", "owner": "Ann Lee"}],
        "reviews": [
            {
                "action": "A-001",
                "held_on": date(2026, 3, 1),
                "reviewed_by": "Al, 07700 900123",
            }
        ],
    }
    path = write_tracker(core, Service(code="ELM", name="Elm"), MARCH, tmp_path / "ELM.xlsx", rows=rows, issued={})
    rated = rate(check(read_returns(path)))
    assert "(withheld)" in set(rated.ratings["actions"].iloc[0].astype(str))
    printed = json_of(rated) + rated.ratings["actions"].to_csv() + summarise(rated).actions.to_csv()
    assert "900123" not in printed
    assert "5919" not in printed
    assert f"withheld: see the return, Actions!{cell_of('issue', 5)}" in printed


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("NHS number 9434765919", "nhs"), ("943 476 5919", "nhs"), ("QQ 12 34 56 C", ""), ("AB 12 34 56 C", "ni"), ("DOB 1/2/1940", "birth"),
        ("born on 3 May 1938", "birth"), ("07700 900 123", "phone"), ("+44 20 7946 0958", "phone"), ("ask jo@example.org", "email"),
        ("the lady in room 12", "room"), ("Mrs Jones fell", "title"), ("Mrs E. Jones fell twice", "title"),
        ("Mrs. E Jones", "title"), ("Mr J.R. Adams fell", "title"), ("MR ADAMS FELL", "title"), ("mrs jones", "title"),
        ("Mr jones", "title"), ("mrs O'Neil", "title"),
        ("Jones, Mrs E.", "title"), ("Jones (Mrs)", "title"), ("Ms A fell", "title"), ("we did not miss doses", ""),
        ("DID NOT MISS DOSES", ""), ("MS TEAMS", ""),
        ("Mrsa found", ""), ("mr", ""), ("943 476 5918", ""), ("9434765919", ""), ("A-001 in 2026", ""),
        ("12/03/2026 to 14/03/2026", ""), ("12 of 14 residents, 86%", ""), ("Mr", ""), ("bedroom doors", ""), ("room for 12", ""),
    ],
)  # fmt: skip
def test_personal_data_is_told_by_kind(text: str, kind: str) -> None:
    assert [each.key for each in kinds_in(text)] == ([kind] if kind else [])
