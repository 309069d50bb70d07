"""Months as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qipxl import Period
from qipxl.errors import RequestError

MARCH = Period(2026, 3)
TYPED = (
    "2026-03", "2026-3", "2026/03", "2026.3", "2026 03", " 2026-03 ", "03/2026", "3/2026", "03-2026", "3.2026", "March 2026",
    "march 2026", "MARCH  2026", "Mar 2026", "Mar-26", "mar 26", "Mar. 2026", "March-2026", "Mar/26",
)  # fmt: skip


@pytest.mark.parametrize("text", TYPED)
def test_every_form_that_can_only_mean_march_is_march(text: str) -> None:
    assert Period.typed(text) == MARCH


@pytest.mark.parametrize(
    "text", ["", "March", "2026", "13/2026", "2026-13", "0/2026", "Ma 2026", "Mai 2026", "Marches 2026", "3/26", "1926-03",
     "2026-03-31", "March 126"]
)  # fmt: skip
def test_anything_else_is_refused_with_the_form_to_write(text: str) -> None:
    with pytest.raises(RequestError, match=r"is not a month\. Write a year and a month, such as 2026-03"):
        Period.typed(text)


@given(
    st.builds(Period, st.integers(2000, 2099), st.integers(1, 12)),
    st.sampled_from(["%Y-%m", "%m/%Y", "%B %Y", "%b-%y", "%b %Y"]),
)
def test_a_month_written_in_any_form_is_read_back(period: Period, form: str) -> None:
    assert Period.typed(period.first.strftime(form)) == period


@given(st.dates(date(2001, 1, 1), date(2098, 12, 31)))
def test_the_last_month_that_ended_is_the_one_before_today(day: date) -> None:
    last = Period.last_ended(day)
    assert last.last < day <= last.plus(1).last
