"""What is kept in a temporary file comes back as it was."""

import numpy as np
import pandas as pd

from qipxl.workbook.shelf import SMALL, Shelf, ShelvedColumns


def test_everything_put_on_a_shelf_can_be_read_again_in_any_order() -> None:
    shelf, large = Shelf(), np.arange(SMALL, dtype=np.uint32)
    kept = {shelf.put(content): content for content in ("a", ["b", None, 1.5], large, {"c": 2})}
    for place, content in reversed(kept.items()):
        found = shelf.get(place)
        assert np.array_equal(found, large) if content is large else found == content
    assert shelf.get(shelf.put("last")) == "last"


def test_columns_keep_their_values_types_and_index() -> None:
    days = pd.to_datetime(["2026-03-01", None, "2026-03-02"]).astype("datetime64[s]")
    texts = pd.Series(["a", np.nan, None], dtype=object, index=[4, 5, 6])
    frame = pd.DataFrame(
        {"text": texts, "flag": [True, False, True], "day": days.to_numpy(), "number": [1.0, np.nan, 3]}
    )
    shelved = ShelvedColumns(frame.index)
    shelved.add(frame[["text", "flag"]])
    shelved.add(frame[["day", "number"]])
    for name in frame:
        pd.testing.assert_series_equal(shelved.column(str(name)).rename(name), frame[name])
    longer = shelved.followed_by(pd.DataFrame({"text": ["b"], "flag": [False], "day": days[:1], "number": [4.0]}))
    assert list(longer.column("number")[2:]) == [3, 4]
    assert list(longer.index) == [0, 1, 2, 3]
    assert longer.column("flag").dtype == bool
    assert longer.column("day").iloc[3] == days[0]
