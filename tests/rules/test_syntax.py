"""What the rule language refuses, in plain words, and the shape of what it reads."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qipxl.errors import RuleError
from qipxl.rules.parser import (
    All,
    Any,
    Call,
    Compare,
    Name,
    Not,
    Number,
    Sum,
    Text,
    read_rule,
)

REFUSED = {
    "status == ‘Complete’": "curly quote",
    "status = 'Complete'": "write ==",
    "status <> 'Complete'": "write !=",
    "due < 01/02/2026": "write date(2026, 3, 31)",
    "due < 2026-02-01": "write date(2026, 3, 31)",
    "a && b": "write and",
    "a || b": "write or",
    "!a": "write not",
    "a AND b": "small letters",
    "IF(a, b, c)": "small letters",
    "a < b < c": "a < b and b < c",
    "a is b": "write == or !=",
    "x in 'abc'": "a list in brackets",
    "x in ('a' 'b')": "a comma is missing",
    "a ** 2": "only + - *",
    "a / b": "only + - *",
    "a % b": "only + - *",
    "x == None": "not and blank()",
    "x == True": "not and blank()",
    "x == ''": "use blank(field)",
    "x == ' a'": "blanks at an end",
    "x == 'a  b'": "blanks at an end",
    "f(x=1)": "write ==",
    "f(*x)": "in order",
    "x[0]": "square brackets",
    "a.b.c": "only one dot",
    "lambda: 1": "lambda is not part",
    "f'{x}'": "f-text",
    "x == 0x10": "plain number",
    "x == 1_000": "plain number",
    "x == 1e3": "plain number",
    "x == 1j": "plain number",
    "a\xa0== b": "no-break space",
    "a == 'b\\n'": "backslash",
    "a == b # note": "begins a note",
    "(a == b": "brackets do not match",
    "a == 'b": "quotation mark",
    "a ==": "cannot be read",
    "class == 1": "cannot be read",
    "": "empty",
    "a == b or " * 200 + "a == b": "split it",
    "not " * 60 + "a": "nested too deeply",
    "(" * 300 + "a" + ")" * 300: "cannot be read",
    "-" * 900 + "1": "nested too deeply",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30])
def test_refused_in_plain_words(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        read_rule(text)
    assert REFUSED[text] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_construct_is_read() -> None:
    assert read_rule("a == 'Complete' and not b < 3") == All(
        (Compare("==", Name("a"), Text("Complete")), Not(Compare("<", Name("b"), Number(3))))
    )
    assert read_rule("a in ('x', 'y') or t.a not in ['z']") == Any(
        (Call("one_of", (Name("a"), Text("x"), Text("y"))), Not(Call("one_of", (Name("a", "t"), Text("z")))))
    )
    assert read_rule("a - -1 * 2") == Sum("-", Name("a"), Sum("*", Number(-1), Number(2)))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_never_worse(text: str) -> None:
    with suppress(RuleError):
        read_rule(text)
