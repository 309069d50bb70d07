"""The charts of the page: what is drawn where, and the same numbers in words."""

import pandas as pd

from qipxl.summary.finding_records import MonthsChart, ServiceLine, ServicesMap, Trend
from qipxl.summary.page.charts import apart, axis, months_drawing, red_drawing, steps, trend_drawing, unbroken
from qipxl.summary.page.drawing import Box, Dot, Drawing, Line, Text
from qipxl.summary.page.svg import svg

NAN = float("nan")
MONTHS = MonthsChart(
    "Red 1 to 9", ["Feb 2026", "Mar 2026"], ["R", "?", "G"], [[1, 0, 39], [9, 1, 30]], ["R red", "? not rated", "G green: works"],
    ["#B3261E", "#FFFFFF", "#257A55"], "", ["#FFFFFF", "#1D2733", "#FFFFFF"],
)  # fmt: skip


def trend(**columns: list[float]) -> Trend:
    months = [f"{month} 2026" for month in ("Jan", "Feb", "Mar")]
    return Trend("Falls: 4", pd.DataFrame(columns, index=months), "Latest figure 4.", False, "falls", "")


def texts(drawing: Drawing) -> list[str]:
    return [shape.text for shape in drawing.shapes if isinstance(shape, Text)]


def test_months_are_stacked_from_the_base_line() -> None:
    boxes = [shape for shape in months_drawing(MONTHS).shapes if isinstance(shape, Box)]
    assert [box.fill for box in boxes] == ["#B3261E", "#257A55", "#B3261E", "#FFFFFF", "#257A55"]
    first, second = boxes[:2]
    assert first.height * 39 == second.height
    assert second.y + second.height == first.y


def test_the_last_column_is_labelled_with_small_counts() -> None:
    drawing = months_drawing(MONTHS)
    assert texts(drawing) == ["39", "Feb", "9", "30", "Mar", "R red", "? not rated 1", "G green: works"]
    assert drawing.words == "Feb 2026: R red 1, G green: works 39; Mar 2026: R red 9, ? not rated 1, G green: works 30"


def test_no_month_is_an_empty_chart() -> None:
    assert months_drawing(MonthsChart("", [], [], [], [], [], "", [])).shapes == []


def test_names_are_never_on_top_of_each_other() -> None:
    assert apart([100, 98, 50], 100) == [92.5, 77.5, 50]
    assert apart([50, 12, 8, 1], 100) == [52.5, 37.5, 22.5, 7.5]


def test_a_month_without_a_return_has_no_base_line() -> None:
    line = ServiceLine("Elm", "ELM", [2, None, 0], [], [])
    drawing = red_drawing(ServicesMap("", ["Jan", "Feb", "Mar"], [], [], [line], "", ""), line.red)
    assert [type(shape) for shape in drawing.shapes] == [Line, Box, Line]
    assert drawing.words == "Red: Jan 2, Feb no return, Mar 0"


def test_lines_are_named_and_signals_are_dots() -> None:
    drawing = trend_drawing(trend(Figure=[3, 5, 4], Mean=[4.5, 4.5, 4.5], Target=[2, 2, 2], Concern=[NAN, 5, NAN]))
    assert {"falls", "mean 4.5", "target 2", "4", "Mar 2026"} <= set(texts(drawing))
    large = [shape for shape in drawing.shapes if isinstance(shape, Dot) and shape.radius > 3]
    assert [dot.fill for dot in large] == ["#E8710A"]
    assert drawing.words == "Falls: 4. Latest figure 4. falls: Jan 2026 3, Feb 2026 5, Mar 2026 4."


def test_a_percentage_never_goes_past_100() -> None:
    _, last, ticks = axis(pd.DataFrame({"Figure": [92.0, 100.0]}), is_percentage=True)
    assert last == max(ticks) == 100
    assert axis(pd.DataFrame({"Figure": [92.0, 100.0]}), is_percentage=False)[1] > 100


def test_an_axis_has_room_for_one_value_and_for_nought() -> None:
    for value in (0.0, 7.0, 100.0):
        low, high, ticks = axis(pd.DataFrame({"Figure": [value]}), is_percentage=True)
        assert 0 <= low <= value <= high <= 100
        assert low < high
        assert len(ticks) > 1


def test_a_missing_figure_breaks_the_line() -> None:
    assert list(unbroken([0, 1, 2], [5, NAN, 6])) == [[(0, 5)], [(2, 6)]]


def test_limits_that_change_have_a_step() -> None:
    assert list(steps([0, 2, 4], [5, 5, 7])) == [[(0, 5), (3, 5), (3, 7), (4, 7)]]


def test_what_people_typed_is_text_in_the_picture() -> None:
    drawing = Drawing(10, 10, [Text(0, 5, "<b>&")], 12, 'a "name"')
    assert svg(drawing) == (
        '<svg viewBox="0 0 10 10" font-size="12" role="img" aria-label="a &#34;name&#34;">'
        '<text x="0" y="5" fill="#1D2733">&lt;b&gt;&amp;</text></svg>'
    )


def test_start_and_completion_of_an_action_are_upright_lines_with_names() -> None:
    drawing = trend_drawing(
        trend(**{"Figure": [3, 5, 4], "Action started": [3, NAN, NAN], "Action completed": [NAN, NAN, 4]})
    )
    upright = [
        shape for shape in drawing.shapes if isinstance(shape, Line) and shape.points[0][0] == shape.points[1][0]
    ]
    places = [line.points[0][0] for line in upright]
    assert places == [shape.x for shape in drawing.shapes if isinstance(shape, Dot)][:3:2]
    assert {"action started", "action completed"} <= set(texts(drawing))
