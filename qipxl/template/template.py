"""A template: what its file declares, with its rules read."""

from __future__ import annotations

from functools import cached_property

from qipxl.errors import TemplateError
from qipxl.rules.rulebook import RuleBook
from qipxl.template.compile import compile_rules
from qipxl.template.model import Declaration


class Template(Declaration):
    """A template, whole and sound: `load_template` gives no other."""

    @property
    def key(self) -> str:
        return self.template.key

    @property
    def version(self) -> str:
        return self.template.version

    @cached_property
    def compiled(self) -> tuple[RuleBook, list[str]]:
        """The rule book and every mistake in it, when it is first asked for: of the templates that are known few are in use."""
        return compile_rules(self)

    @property
    def rules(self) -> RuleBook:
        """The rule book; raises TemplateError with every mistake in it."""
        book, mistakes = self.compiled
        if mistakes:
            raise TemplateError([f"{self.key}: {sentence}" for sentence in mistakes])
        return book
