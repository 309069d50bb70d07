"""Which services a total over several months adds up: x is a figure, . is none."""

import numpy as np
import pytest

from qipxl.indicators.same_services import same_services


@pytest.mark.parametrize(
    ("table", "services", "months"),
    [
        (("xxx", "xxx"), "11", "111"),
        (("xx.", "xxx"), "01", "111"),
        (("..x", "xxx"), "01", "111"),
        (("x.x", "xxx", "xxx"), "011", "111"),
        (("x.xx", "xxxx"), "11", "1011"),
        (("xx.", "xx."), "11", "110"),
        (("...", "..."), "00", "000"),
        (("." * 12 + "x" * 13, "x" * 25), "11", "0" * 12 + "1" * 13),
        (("." * 20 + "x" * 5, "x" * 25), "01", "1" * 25),
    ],
)
def test_the_same_services_are_added_up_in_every_month(table: tuple[str, ...], services: str, months: str) -> None:
    chosen = same_services(np.array([[mark == "x" for mark in row] for row in table]))
    assert ["".join(str(int(each)) for each in mask) for mask in chosen] == [services, months]
