"""The texts of the mails to services: qipxl's own, which the sheet Mail texts of the register replaces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

TRACKER, QUESTIONS, REMINDER = "Tracker", "Questions", "Reminder"
"""The kinds of mail: with a new tracker, with what to put right in a return, and to a service whose return is late."""
FACTS = {
    "manager": "the manager's name, or “colleague”",
    "service": "the service's name",
    "month": "the month, such as March 2026",
    "due": "the day by which the return is due",
    "provider": "the provider's name",
    "things": "how many questions there are, such as “Two things”",
    "questions": "the questions, one on each line",
}
"""What may be in braces in a text, and what qipxl writes there."""
BRACES = re.compile(r"\{([^{}\n]*)\}")
NO_NAME = "colleague"
"""Who a mail greets if the manager is not known."""
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


@dataclass(frozen=True)
class MailText:
    """The subject and the text of a mail, with the names of FACTS in braces where the facts go.

    >>> MailText("{service}: {month}", "Dear {manager}").filled({"service": "Elm House", "month": "May", "manager": "Jo"})
    MailText(subject='Elm House: May', text='Dear Jo')
    """

    subject: str
    text: str

    def filled(self, facts: Mapping[str, str]) -> MailText:
        """The same with the facts; braces around any other word stay as they are."""

        def fact(match: re.Match[str]) -> str:
            return facts.get(match[1].strip().lower(), match[0])

        return MailText(BRACES.sub(fact, self.subject), BRACES.sub(fact, self.text))

    @property
    def unknown(self) -> list[str]:
        """The words in braces that are not a name of FACTS."""
        return [word for word in BRACES.findall(f"{self.subject}\n{self.text}") if word.strip().lower() not in FACTS]


TEXTS = {
    TRACKER: MailText(
        "{service}: your tracker for {month}",
        "Dear {manager},\n\n"
        "The tracker of {service} for {month} is attached. Please fill it in and send it back by {due}. "
        "Its first sheet, Start here, lists what to do this month.\n\n"
        "Thank you,\n{provider}",
    ),
    QUESTIONS: MailText(
        "{things} in your {month} tracker: {service}",
        "Dear {manager},\n\n"
        "Thank you for the {month} tracker of {service}. We found this:\n\n"
        "{questions}\n\n"
        "A new copy of your tracker is attached, with what you sent us. Please put this right in the copy and send it back "
        "by {due}, or as soon as you can.\n\n"
        "Thank you,\n{provider}",
    ),
    REMINDER: MailText(
        "{service}: your tracker for {month} was due on {due}",
        "Dear {manager},\n\n"
        "We have not had the tracker of {service} for {month}, which was due on {due}. Please send it as soon as you can. "
        "It is attached once more. If you are stuck, please call us.\n\n"
        "Thank you,\n{provider}",
    ),
}
"""qipxl's own texts, by kind of mail."""


def count_words(number: int) -> str:
    """A number of things in words, as a sentence begins.

    >>> count_words(1), count_words(2), count_words(14)
    ('One thing', 'Two things', '14 things')
    """
    word = NUMBERS[number] if number < len(NUMBERS) else str(number)
    return f"{word} thing{'' if number == 1 else 's'}"
