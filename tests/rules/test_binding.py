"""Binding: the names and kinds of a rule, and the messages about mistakes."""

import pytest

from qipxl.errors import RuleError
from qipxl.rules.binding import read_condition, read_expression
from qipxl.template import Template

MISTAKES = {
    "ownr == 'x'": "Did you mean owner?",
    "status == 'Compleat'": "Did you mean Complete?",
    "one_of(status, 'Done')": "'Done' is never in status",
    "due == 'x'": "is a date and",
    "owner < 'x'": "orders dates and numbers, not text",
    "due + 3 + 'x'": "can be summed",
    "days_between(due, as_at) > setting(red_aftr)": "Did you mean red_after?",
    "red_after > 3": "write setting(red_after)",
    "blank > 3": "write blank(...)",
    "count(evidnce) > 0": "Did you mean evidence?",
    "count(evidence, count(reviews) > 0) > 0": "inside another aggregate",
    "any(milestones, due < as_at)": "milestones.due or actions.due",
    "any(evidence, (as_at if blank(judgement) else as_at) > due)": "cannot read child rows",
    "any(evidence, contains(description, 'x'))": "cannot read child rows",
    "distinct(evidence, description) > 1": "has no list",
    "latest(evidence, judgement) > as_at": "must be a date",
    "total(evidence, submitted_on) > 1": "must be a number",
    "blnk(owner)": "Did you mean blank?",
    "known(owner)": "only a choice or a reference",
    "unreadable(tier)": "can always be read",
    "days_between(owner, due) > 1": "must be a date",
    "date(2026, 2, 30) < due": "that exist",
    "due - start > 3": "days_between",
    "contains(owner, '*')": "letters, figures",
    "begins_with(owner, '/')": "letters, figures",
    "contains(owner, lists.task_phrase)": "Did you mean task_phrases?",
    "contains(lists.task_phrases, 'x')": "looks into a field",
    "all_in(owner, 'x')": "come lists of the template",
    "owner == lists.task_phrases": "not a table that this rule can read",
    "owner and status == 'Complete'": "not a condition",
    "reviews.finding == 'x'": "not a table that this rule can read",
    "length(due) > 3": "must be a text",
    "larger_of(1) > 0": "larger_of() takes 2 values, not 1",
    "contains(owner)": "needs a field, then the texts to look for",
    "one_of(status, due)": "after the field come texts in quotes",
    "join(owner) == 'x'": "needs at least two texts",
    "unreadable('x')": "takes a field, not ‘x’",
    "shown(owner) == 'x'": "only a rating has words that are shown",
    "letter(owner) == 'x'": "only a rating has letters",
    "plain(owner) == 'x'": "only a rating has plain words",
    "count(evidence, owner) > 0": "takes a condition only",
    "latest(evidence) == as_at": "needs a field of evidence",
    "latest(evidence, submitted_on, submitted_on, submitted_on) == as_at": "takes two fields at most",
    "earliest(evidence, submitted_on, submitted_on) == as_at": "takes one field at most",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_named_with_what_was_meant(core: Template, text: str) -> None:
    with pytest.raises(RuleError) as caught:
        read_condition(text, core.rules.schema, "actions")
    assert MISTAKES[text] in str(caught.value)


def test_a_value_is_not_a_condition(core: Template) -> None:
    with pytest.raises(RuleError, match="must be true or false"):
        read_condition("days_between(start, due)", core.rules.schema, "actions")


SAID = {
    "due < as_at": "Due date is before the as-at date",
    "status != 'Complete'": "Status is not ‘Complete’",
    "not (due < as_at)": "Due date is not before the as-at date",
    "not filled(owner)": "Owner is not filled in",
    "blank(owner) and (status == 'Complete' or filled(due))": "Owner is empty and (Status is ‘Complete’ or Due date is filled in)",
    "count(evidence, judgement == 'Accepted') == 0": "the number of Evidence rows where Judgement is ‘Accepted’ is 0",
    "days_overdue > setting(red_after)": "Days overdue is more than Days overdue that stay amber (T1 0, T2 14, T3 30 days)",
    "due > original_due + 30": "Due date is after Original due date plus 30 days",
    "not known(source)": "Source is none of its list",
}


@pytest.mark.parametrize("text", SAID)
def test_a_rule_is_said_in_english(core: Template, text: str) -> None:
    assert read_expression(text, core.rules.schema, "actions").words() == SAID[text]


def test_every_rule_of_core_can_be_said(core: Template) -> None:
    for rules in core.rules.rules.values():
        for rule in rules:
            assert rule.when.words()
            assert "it is not so" not in rule.when.words()
