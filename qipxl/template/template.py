"""A template: the declaration of its file, with its rules read on demand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from qipxl.errors import TemplateError
from qipxl.rules.rulebook import RuleBook
from qipxl.template.compile import compile_rules
from qipxl.template.model import Declaration


class Template(Declaration):
    """A checked template, as `load_template` and `find_template` return it: lists, settings, colours, tables and rules.

    >>> from qipxl import find_template
    >>> find_template("core").rules.ratings["actions"][0].column.heading
    'Delivery'
    """

    @property
    def key(self) -> str:
        return self.template.key

    @property
    def version(self) -> str:
        return self.template.version

    @cached_property
    def compiled(self) -> tuple[RuleBook, list[str]]:
        """The rule book and every mistake in it; computed on first use, because most known templates are not in use."""
        return compile_rules(self)

    @cached_property
    def provider_compiled(self) -> tuple[RuleBook, list[str]]:
        """The rule book of the provider's tables, and every mistake in it."""
        book, mistakes = compile_rules(self.of_provider)
        return book, [f"provider.{mistake}" for mistake in mistakes]

    @property
    def rules(self) -> RuleBook:
        """The rule book; raises TemplateError with every mistake in it."""
        book, mistakes = self.compiled
        refuse(self.key, mistakes)
        return book

    @property
    def provider_rules(self) -> RuleBook:
        """The rule book of the provider's tables; raises TemplateError with every mistake in it."""
        book, mistakes = self.provider_compiled
        refuse(self.key, mistakes)
        return book


def refuse(name: str, mistakes: Sequence[str]) -> None:
    """Raise TemplateError with every mistake, each after a template's or a file's name, if there are any."""
    if mistakes:
        raise TemplateError([f"{name}: {sentence}" for sentence in mistakes])
