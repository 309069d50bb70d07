"""First trackers as copies of one: the bytes of trackers written afresh, whatever the service is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories import first_only
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qipxl import Period, Service, find_template, read_returns, write_tracker
from qipxl.template import Template, shipped_templates
from qipxl.tracker import TemplateCopies, copies
from qipxl.tracker.copies import MarkedTracker
from qipxl.tracker.issue import Order, issue_trackers

MARCH = Period(2026, 3)
ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
SERVICES = {
    "everyday": Service(code="OAK", name="Oak Tree Lodge", region="South", manager="Al Fox"),
    "marks of XML": Service(code="E<1>", name="Elm & \"Oak\" 'x'", region="N\u00f6rth \u2602", manager="&amp;"),
    "few facts": Service(code="X", name="Some House"),
    "twice the same": Service(code="Same", name="Same", region="Same", manager="Same"),
    "words of the workbook": Service(code="Yes", name="Actions", region="Complete", manager="Owner"),
    "blanks": Service(code=" a ", name="line\nfeed", region="\ttab", manager="nul\x00"),
    "looks escaped": Service(code="_x0041_", name="<r>rich</r>", region="_x000D_", manager="=1+1"),
    "looks like a mark": Service(
        code="\u2020name\u2020", name="\u2020code\u2020", region="\u2020region\u2020", manager="m"
    ),
    "holds a mark": Service(code="x\u2020name\u2020", name="House", region="North", manager="m"),
}


@pytest.mark.parametrize("buttons", first_only([False, True]), ids=["xlsx", "xlsm"])
@pytest.mark.parametrize("case", first_only(SERVICES, 3))
def test_a_copy_has_the_bytes_of_one_written_afresh(case: str, buttons: bool, core: Template, tmp_path: Path) -> None:
    ending = ".xlsm" if buttons else ".xlsx"
    blanks = TemplateCopies(MARCH, buttons=buttons)
    blanks.write(core, ELM, tmp_path / f"first{ending}")
    service = SERVICES[case]
    copied = blanks.write(core, service, tmp_path / f"copied{ending}")
    afresh = write_tracker(core, service, MARCH, tmp_path / f"afresh{ending}", buttons=buttons)
    assert copied.read_bytes() == afresh.read_bytes()


@pytest.mark.parametrize("name", first_only(sorted(shipped_templates())))
def test_for_every_template(name: str, tmp_path: Path) -> None:
    template = find_template(name)
    blanks = TemplateCopies(MARCH)
    blanks.write(template, ELM, tmp_path / "first.xlsx")
    copied = blanks.write(template, SERVICES["everyday"], tmp_path / "copied.xlsx")
    afresh = write_tracker(template, SERVICES["everyday"], MARCH, tmp_path / "afresh.xlsx")
    assert copied.read_bytes() == afresh.read_bytes()
    assert read_returns(copied).receipts["name"].tolist() == ["Oak Tree Lodge"]


@pytest.fixture(scope="module")
def made(core: Template) -> MarkedTracker:
    return TemplateCopies(MARCH).write_marked(core, copies.FACTS)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(words=st.lists(st.text(min_size=1, max_size=12), min_size=4, max_size=4))
def test_whatever_is_taken_comes_out_as_written(
    words: list[str], made: MarkedTracker, core: Template, tmp_path: Path
) -> None:
    """Most such texts are left to be written afresh; those that are taken must be right."""
    facts = dict(zip(copies.FACTS, words, strict=True))
    if made.can_hold(facts):
        afresh = write_tracker(core, Service(**facts), MARCH, tmp_path / "afresh.xlsx")
        assert made.filled(facts) == afresh.read_bytes()


@pytest.mark.long
def test_only_the_first_is_written_and_the_others_copied(
    core: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    def counted(template: Template, service: Service, period: Period, path: Path, **more: object) -> Path:
        written.append(path)
        return write_tracker(template, service, period, path, **more)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(copies, "write_tracker", counted)
    orders = [
        Order(core, Service(code=f"S{n}", name=f"House {n}", region=f"R{n}", manager=f"M {n}")) for n in range(20)
    ]
    paths = issue_trackers(orders, MARCH, tmp_path / "issued", buttons=True)
    assert len(paths) == 20
    assert len(list((tmp_path / "issued").iterdir())) == 40
    assert [path.name for path in written] == ["blank.xlsx", "blank.xlsm"]
    assert read_returns(tmp_path / "issued").receipts["name"].nunique() == 20
