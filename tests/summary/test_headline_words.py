"""The sentences at the top of every output, for every case of the counts."""

import pytest

from qipxl.summary.headline_words import Counts, headline, second_sentence

FIVE = ("October", "November", "December", "January", "February")
SENTENCES: list[tuple[str, Counts, str, str]] = [
    ("first month", Counts(11, 43, 9), "9 of 43 actions are red.", ""),
    ("more than ever", Counts(11, 43, 9, same=9, earlier=(3, 4, 4, 3, 3), months=FIVE),
     "9 of 43 actions are red. In each of the five months before it was 3 or 4.", ""),
    ("one more than ever", Counts(11, 43, 4, same=4, earlier=(3, 3, 3, 3, 3), months=FIVE),
     "4 of 43 actions are red. In each of the five months before it was 3.", ""),
    ("none before", Counts(11, 43, 1, same=1, earlier=(0, 0, 0, 0, 0), months=FIVE),
     "1 of 43 actions is red. In each of the five months before there was none.", ""),
    ("within the range", Counts(11, 43, 5, same=5, earlier=(3, 7, 4, 3, 5), months=FIVE),
     "5 of 43 actions are red. In each of the five months before it was 3 to 7.", ""),
    ("as before", Counts(11, 43, 3, same=3, earlier=(3, 3, 3, 3, 3), months=FIVE),
     "3 of 43 actions are red, as in each of the five months before.", ""),
    ("as the month before", Counts(11, 43, 3, same=3, earlier=(3,), months=("February",)), "3 of 43 actions are red, as in February.", ""),
    ("fewest of all", Counts(11, 43, 2, same=2, earlier=(3, 4, 4, 3, 3), months=FIVE),
     "2 of 43 actions are red, the fewest in six months.", ""),
    ("fewest since", Counts(11, 43, 4, same=4, earlier=(3, 4, 6, 7, 5), months=FIVE),
     "4 of 43 actions are red, the fewest since November.", ""),
    ("fewer than the month before", Counts(11, 43, 2, same=2, earlier=(5,), months=("February",)),
     "2 of 43 actions are red, after 5 in February.", ""),
    ("more than the month before", Counts(11, 43, 5, same=5, earlier=(2,), months=("February",)),
     "5 of 43 actions are red. In February it was 2.", ""),
    ("no red", Counts(11, 43, 0, same=0, earlier=(3, 4, 4, 3, 3), months=FIVE),
     "None of the 43 actions is red, the fewest in six months.", ""),
    ("never red", Counts(11, 43, 0, same=0, earlier=(0, 0, 0, 0, 0), months=FIVE),
     "None of the 43 actions is red, as in each of the five months before.", ""),
    ("all red", Counts(11, 43, 43, same=43, earlier=(3, 4, 4, 3, 3), months=FIVE),
     "All 43 actions are red. In each of the five months before it was 3 or 4.", ""),
    ("nothing returned", Counts(0, 0, 0, earlier=(3, 4), months=("January", "February"), left_out=("Elm House",)),
     "No service has sent a return that can be used.", ""),
    ("no actions", Counts(3, 0, 0), "The returns contain no actions.", ""),
    ("one action, red", Counts(1, 1, 1, decide=1, hollow=1), "The only action is red.",
     "It needs the board to decide. It was finished but did not work."),
    ("one action, red again", Counts(1, 1, 1, same=1, earlier=(1, 1), months=("January", "February")),
     "The only action is red, as in each of the two months before.", ""),
    ("one action, embedded", Counts(1, 1, 0, work=1, embedded=1, same=0, earlier=(1,), months=("February",)),
     "The only action is not red. In February it was 1.", "It is shown to work and embedded."),
    ("two actions", Counts(1, 2, 2, decide=2), "Both actions are red.", "Two need the board to decide."),
    ("two actions, none red", Counts(1, 2, 0, work=2, embedded=2), "Neither of the two actions is red.",
     "Two are shown to work, both of them embedded."),
    ("one service", Counts(1, 5, 2, decide=1, level="the executive lead", work=3, embedded=3), "2 of 5 actions are red.",
     "One needs the executive lead to decide. Three are shown to work, all of them embedded."),
    ("300 services", Counts(292, 4180, 611, decide=42, hollow=118, work=960, embedded=204, slipping=7, same=598,
                            earlier=(540, 566), months=("January", "February"), left_out=tuple(f"Home {n}" for n in range(14))),
     "611 of 4180 actions are red. In the services with a return in every month it is 598, after 540 to 566 in each of the two months before.",
     "42 need the board to decide. 118 were finished but did not work. Seven were embedded and are slipping. "
     "960 are shown to work, 204 of them embedded. The comparison leaves out 14 services, without a return in every month."),
    ("a service left out", Counts(11, 43, 9, decide=3, work=1, same=9, earlier=(3, 4), months=("January", "February"),
                                  left_out=("The Willows",)),
     "9 of 43 actions are red. In each of the two months before it was 3 or 4.",
     "Three need the board to decide. One is shown to work. The comparison leaves out The Willows, without a return in every month."),
    ("two services left out", Counts(10, 40, 2, same=2, earlier=(2,), months=("February",), left_out=("Elm House", "Oak Lodge")),
     "2 of 40 actions are red, as in February.", "The comparison leaves out Elm House and Oak Lodge, without a return in every month."),
    ("months without returns", Counts(11, 43, 9, same=9, earlier=(3, 4, 4), months=("October", "November", "January"), gap=True),
     "9 of 43 actions are red. In the three earlier months with returns it was 3 or 4.", ""),
    ("fewest, months without returns", Counts(11, 43, 2, same=2, earlier=(3, 4), months=("October", "January"), gap=True),
     "2 of 43 actions are red, the fewest in the three months with returns.", ""),
    ("slipping", Counts(11, 43, 1, hollow=1, slipping=1, work=2, embedded=1), "1 of 43 actions is red.",
     "One was finished but did not work. One was embedded and is slipping. Two are shown to work, one of them embedded."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "first", "second"), [case[1:] for case in SENTENCES], ids=[case[0] for case in SENTENCES]
)
def test_the_sentences_of_these_counts(counts: Counts, first: str, second: str) -> None:
    assert headline(counts) == first
    assert second_sentence(counts) == second
