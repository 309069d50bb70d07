"""Names in texts: every form that code can know is replaced by a role, and ordinary text is left as it is."""

from collections.abc import Callable
from datetime import date
from time import perf_counter

import pytest
from grids import grid

from qipxl import check, rate, summarise
from qipxl.summary.packs.disclosure import Known, name_replacer, redacted
from qipxl.summary.packs.names import people_in
from qipxl.summary.packs.redaction import NameFinder, People
from qipxl.summary.summary import ProviderSummary

NAMES = [
    ("Quentin", "Zarrow"), ("Siobhán", "Ó Briain"), ("Łukasz", "Żurawski"), ("Jean-Luc", "Desmoulins"), ("Kirsty", "Sutton-Pryde"),
    ("Xiao", "Mei Zhang"), ("Nguyễn", "Thị Hồng"), ("D'Arcy", "Lovelock"), ("Maeve", "O’Shaughnessly"), ("Fatima", "al-Rashidi"),
    ("Bas", "van der Bergh"), ("Iona", "McQuarrie"), ("Rhona", "Macquoid"), ("Óscar", "Nuñez"), ("Женя", "Петрова"),
]  # fmt: skip
FORMS = [
    "{first} {last}", "{first} {last}'s", "{first} {last}’s", "{first}  {last}", "{first}\xa0{last}", "{first}\n{last}",
    "{first}\u200b {last}", "{first} \u2060{last}", "{first}\u00ad {last}", "{first}-{last}", "{first}_{last}", "{first}.{last}",
    "{last}, {first}", "{last} {first}", "{last},{first}", "{last} ({first})", "{last}_{first}", "{first} Beatrix {last}",
    "{first} B. {last}", "{first} B {last}", "{first} B.C. {last}", "{first}%20{last}", "{i}. {last}", "{i} {last}", "{i}.{last}",
    "{i}. B. {last}", "{i}.B. {last}", "{last}, {i}.", "{last} {i}.", "Mr {last}", "Dr. {last}", "Sister {last}", "Nurse {last}",
    "{last}", "{last}'s", "the {last}s", "({first} {last})", "“{first} {last}”", "AB/{first} {last}", "{first} {last}/Jo",
    "{first} {last}&Jo", "Owner:{first} {last}", "S:\\HR\\{first}_{last}\\note.docx", "S:\\HR\\{last}_{first}.docx",
    "https://care.example/{first}%20{last}.pdf", "{first}{last}_supervision.docx", "{last}{first}.docx", "{first} {last}2",
    "{first}.{last}@ourcare.example", "{i}.{last}@ourcare.example", "{i}{last}@ourcare.example", "{first}{last}@ourcare.example",
]  # fmt: skip


def replacer(*cells: str, ordinary: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
    people = People([person for cell in cells for person in people_in(cell, "Deputy")], ordinary)
    return name_replacer(Known({}, NameFinder(people, People([]))))


def without_accents(text: str) -> str:
    return text.translate(str.maketrans("áÓŁŻżễịồñ", "aOLZzeion"))


def wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if char.isascii() and char.isalpha() else char for char in text)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", [str, str.upper, str.lower, without_accents, wide])
def test_no_form_of_a_known_name_is_left(form: str, change) -> None:  # type: ignore[no-untyped-def]
    put = replacer(*(f"{first} {last}" for first, last in NAMES))
    for first, last in NAMES:
        name = {"first": change(first), "last": change(last), "i": change(first[0])}
        shown = put(f"Seen: {form.format(**name)} agreed it")
        assert shown.count("[Deputy]") == 1, shown
        assert not set(change(last).split()) & set(shown.replace("_", " ").split()), shown
        assert change(first) not in shown, shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Quen Zarrow, Quentin Z. and Pippa Zarrow", "[Deputy], [Deputy]. and Pippa [Deputy]"),
        ("QZ and Q.Z. met Quentin", "QZ and Q.Z. met Quentin"),
        ("Za\u00adrrow; ZARROW; zarrow; Zarrowby", "[Deputy]; [Deputy]; [Deputy]; Zarrowby"),
        ("Kirsty Pryde, Kirsty Sutton, Pryde; Sutton is a town", "[Deputy], [Deputy], [Deputy]; Sutton is a town"),
        ("Told Zarrow. Quentin was away. I told Zarrow I would", "Told [Deputy]. Quentin was away. I told [Deputy] I would"),
        ("Iona Mc Quarrie, MCQUARRIE and Mcquarrie", "[Deputy], [Deputy] and [Deputy]"),
        ("Rashidi and Bergh and Van Der Bergh", "[Deputy] and [Deputy] and [Deputy]"),
    ],
)  # fmt: skip
def test_what_is_replaced_and_what_is_left(text: str, shown: str) -> None:
    assert replacer(*(f"{first} {last}" for first, last in NAMES))(text) == shown


ORDINARY = [
    "Will Ward",
    "Mark Price",
    "May Day",
    "Rose Park",
    "Anita Cook",
    "Ian Deal",
    "Theo Case",
    "Ada Ng",
    "Carl Ash",
    "Sue Lock",
]
TEAMS = [
    "The whole team on nights and days when needed",
    "All staff",
    "Night team",
    "Activities lead",
    "Health and Safety Ltd",
]


@pytest.mark.parametrize(
    "text",
    [
        "The ward will be painted. Will the price be agreed?", "On the Ward a mark was seen, in May or on the day.", "A ward, a cook.",
        "The park opens in May. Day staff cook, in case of need.", "An ideal deal: the case is closed.", "In Ward 3 the lock is broken.",
        "NG tube fitted; S:\\Ward\\Case notes\\price list.xlsx", "I may ward off a price rise. A Cook was hired.", "The Ward. Will it close?",
        "Call the cook's agency; wards 3 and 4; nurse call system; Deals, parks and cases.", "the cases@ward.example",
        "The whole team needed days off; all staff met the night team and the activities lead. Health comes first, then safety.",
    ],
)  # fmt: skip
def test_ordinary_words_that_are_surnames_are_left(text: str) -> None:
    assert replacer(*ORDINARY, *TEAMS)(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Will Ward and WILL WARD", "[Deputy] and [Deputy]"), ("Ward, Will", "[Deputy]"), ("Nurse Ward agreed", "[Deputy] agreed"),
        ("W. Ward; J. Ward", "[Deputy]; J. Ward"), ("will.ward@care.example", "[Deputy]@care.example"), ("Ng said", "[Deputy] said"),
        ("will_ward.docx, WillWard.docx", "[Deputy].docx, [Deputy].docx"), ("Mr Price and Mrs Park", "[Deputy] and [Deputy]"),
    ],
)  # fmt: skip
def test_a_person_called_as_a_word_is_replaced(text: str, shown: str) -> None:
    assert replacer(*ORDINARY)(text) == shown


def test_a_surname_of_two_people_or_of_the_home_is_left() -> None:
    put = replacer("Ann Tarbuck", "Bob Tarbuck", "Cy Alder", "Di Benbow", "Benbow Kyte", ordinary=("alder", "house"))
    assert put("Tarbuck, then A Tarbuck; Mr Tarbuck") == "Tarbuck, then [Deputy]; [Deputy]"
    assert put("Alder House and Cy Alder; Benbow left") == "Alder House and [Deputy]; Benbow left"


def test_the_same_person_with_an_initial_is_one_person() -> None:
    assert (
        replacer("Q. Zarrow", "Quentin Zarrow", "Quentin James Zarrow")("Zarrow, James Zarrow") == "[Deputy], [Deputy]"
    )


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("Ann Lee", ["ann lee"]), ("Bea Lunn & Cy Park", ["bea lunn", "cy park"]), ("Stonor, Dee", ["dee stonor"]),
        ("Ó Briain, Siobhán", ["siobhan o briain"]), ("Gil Tate, deputy", ["gil tate"]), ("Gil Tate deputy manager", ["gil tate"]),
        ("Eve Marsh (acting manager)", ["eve marsh"]), ("Dr. Omar El-Sayed RGN", ["omar el-sayed"]), ("Nurse Zarrow", ["zarrow"]),
        ("Deputy manager: Gil Tate", ["gil tate"]), ("gil.tate@ourcare.example", ["gil tate"]), ("Q.Zarrow", ["q zarrow"]),
        ("Doris Day", ["doris day"]), ("Will", []), ("Deputy manager", []),
    ],
)  # fmt: skip
def test_the_people_whom_a_cell_names(cell: str, people: list[str]) -> None:
    assert [" ".join(person.words) for person in people_in(cell, "Deputy")] == people


PLAN = """
    Actions
    | Ref   | Issue or risk | Owner          | Role of owner            | Accountable lead | Status      | Due date   |
    | A-001 | {issue}       | Quentin Zarrow | Deputy to Philippa Vexley | Philippa Vexley  | In progress | 30/04/2026 |
    Reviews
    | Ref   | Action | Date       | Reviewed by | Finding   | Learning |
    | R-001 | A-001  | 01/03/2026 | Tobias Ives | {finding} | None     |
"""


def test_names_of_a_return_and_of_the_register_in_texts() -> None:
    texts = {"issue": "Q. Zarrow and Mrs Orde met at Elm House", "finding": "Ives_T.docx, Orde, Shah"}
    rated = rate(check(grid(PLAN.format(**texts)), date(2026, 3, 31)), date(2026, 3, 31))
    shown = redacted(summarise(rated), {"Helga Orde": "Director of care"})
    assert list(shown.actions["issue"]) == ["[Member of staff] and [Director of care] met at Elm House"]
    assert list(shown.actions["owner"]) == ["Member of staff"]
    assert list(shown.actions["owner_role"]) == ["Deputy to [Member of staff]"]
    assert list(shown.records["reviews"]["finding"]) == [
        "[Member of staff].docx, [Director of care], [Registered manager]"
    ]


SLIPPED = """
    Actions
    | Ref   | Status      | Due date   | Owner          | Issue                  |
    | A-001 | In progress | 31/01/2026 | Quentin Zarrow | Falls at night go up   |

    Milestones
    | Ref   | Action | Milestone                | Due date   |
    | M-001 | A-001  | Quentin Zarrow asks all  | 31/01/2026 |

    Extensions
    | Ref   | Action | Old due date | New due date | Kind of reason | Reason                  |
    | X-001 | A-001  | 31/12/2025   | 31/01/2026   | Capacity       | Quentin Zarrow was away |
"""


@pytest.mark.parametrize(
    "part", [lambda whole: whole, lambda whole: whole.of_services(["ELM"]), lambda whole: whole.of_region("North")]
)
def test_names_in_texts_of_milestones_and_extensions_are_replaced_in_every_part(
    part: Callable[[ProviderSummary], ProviderSummary],
) -> None:
    whole = summarise(rate(check(grid(SLIPPED), date(2026, 3, 31)), date(2026, 3, 31)))
    in_full, shown = part(whole), redacted(part(whole), {})
    for made, name in ((in_full, "Quentin Zarrow"), (shown, "[Member of staff]")):
        texts = [*made.slipped_milestones.late.values(), *made.slipped_milestones.moved.values()]
        texts += made.extension_reasons.values()
        assert len(texts) == 3
        assert all(name in text for text in texts), texts


def test_many_texts_are_searched_in_a_few_seconds() -> None:
    put = replacer(
        *(f"Name{chr(97 + n % 26)}{chr(97 + n // 26)} Surname{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(600))
    )
    texts = [
        f"{number} people were moved because the hoist in the lounge was not serviced on time"
        for number in range(20_000)
    ]
    start = perf_counter()
    assert [put(text) for text in texts] == texts
    assert perf_counter() - start < 10
