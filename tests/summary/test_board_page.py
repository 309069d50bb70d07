"""The blocks of the board page that the web page, the PDF and the packs show."""

import pytest

from qipxl import ProviderSummary, Service, check, rate, read_returns, summarise
from qipxl.app.demo import Demo
from qipxl.summary.board_page import board_page, reconciliation


@pytest.fixture(scope="module")
def summary(demo: Demo) -> ProviderSummary:
    rated = rate(check(read_returns(demo.returns), demo.as_at), demo.as_at)
    return summarise(rated, [*demo.services, Service(code="S099", name="Never Sent", region="South")])


def test_services_reconcile(summary: ProviderSummary) -> None:
    found = reconciliation(summary)
    assert found.words == "12 of 13 services sent a usable return; 1 missing, 0 refused."
    assert list(found.missing) == ["Never Sent (S099)"]
    assert found.expected == found.returned + len(found.missing) + len(found.refused)


def test_who_was_not_expected_is_counted_apart(summary: ProviderSummary, demo: Demo) -> None:
    fewer = summary.with_earlier(summary.actions.head(0), demo.services[1:])
    found = reconciliation(fewer)
    assert found.words == "11 of 11 services sent a usable return; 0 missing, 0 refused."
    assert list(found.others) == ["Elm House (S001)"]
    nobody = reconciliation(summary.with_earlier(summary.actions.head(0), []))
    assert nobody.words == "12 services sent a usable return, 0 refused. No list of services names those expected."


def test_the_board_list_begins_with_the_highest_level(summary: ProviderSummary) -> None:
    block = next(block for block in board_page(summary) if block.title == "Decisions needed")
    levels = [str(line[3].value)[0] for line in block.lines]
    assert levels == sorted(levels, reverse=True)
    assert 5 < len(levels) <= 10
    assert levels[0] == "4"
