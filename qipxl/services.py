"""The services of a provider, and the plans of a service that has several."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from qipxl.text import folded

PLAN_MARK = " / "
"""What parts a service's code from the name of one of its plans, as in “ELM / Safeguarding”."""
GENERAL = "General"
"""What the plan without a name is called where a service has others: “ELM / General” names it alone."""
LONGEST_PLAN = 30
"""The most characters of a plan's name."""


class Service(BaseModel):
    """One service: its short code (up to 40 characters), its name (up to 120), its region, its registered
    manager, and the address for mails to it.

    A service with several plans has one record for each plan, which `of_plan` makes: its `code` and `name` are those of the
    plan, so that its trackers, returns and actions never meet those of the other plans.

    Raises pydantic's ValidationError if the code or the name is empty or too long.

    >>> Service(code="ELM", name="Elm House", region="North").manager
    ''
    """

    model_config = ConfigDict(frozen=True)

    code: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=120)
    region: str = ""
    manager: str = ""
    email: str = Field(default="", repr=False)

    def of_plan(self, plan: str) -> Service:
        """The service with one of its plans; the same if `plan` is empty, as it is for the only or general plan.

        >>> plan = Service(code="ELM", name="Elm House").of_plan("Safeguarding")
        >>> plan.code, plan.name
        ('ELM / Safeguarding', 'Elm House (Safeguarding)')
        """
        if not plan:
            return self
        return self.model_copy(update={"code": plan_code(self.code, plan), "name": plan_name(self.name, plan)})

    @property
    def service_code(self) -> str:
        """The code of the service itself, without its plan."""
        return service_of_plan(self.code, self.name)[0]

    def is_named(self, text: str) -> bool:
        """True if a text is its code; a service's own code also names each of its plans."""
        return is_named(text, self.code, self.name)

    @property
    def file_title(self) -> str:
        """The start of the names of its files, such as “ELM Elm House Safeguarding”."""
        return file_title(self.code, self.name)


def plan_code(code: str, plan: str) -> str:
    """The code of a service's plan; the service's own for its only or general plan."""
    return f"{code}{PLAN_MARK}{plan}" if plan else code


def plan_name(name: str, plan: str) -> str:
    """The name of a service's plan, with the service's; the service's own for its only or general plan."""
    return f"{name} ({plan})" if plan else name


def plan_of(code: str, name: str) -> str:
    """The name of the plan that a code and a name are those of; empty for a service's only or general plan.

    Only if both end with the plan: a code that merely contains the mark is a service's own.

    >>> plan_of("ELM / Safeguarding", "Elm House (Safeguarding)"), plan_of("ELM", "Elm House"), plan_of("N / 1", "North 1")
    ('Safeguarding', '', '')
    """
    plan = code.rpartition(PLAN_MARK)[2] if PLAN_MARK in code else ""
    return plan if plan and name.endswith(f" ({plan})") else ""


def service_of_plan(code: str, name: str) -> tuple[str, str]:
    """The code and the name of the service whose plan has this code and name.

    >>> service_of_plan("ELM / Safeguarding", "Elm House (Safeguarding)")
    ('ELM', 'Elm House')
    """
    plan = plan_of(code, name)
    return (code.removesuffix(PLAN_MARK + plan), name.removesuffix(f" ({plan})")) if plan else (code, name)


def spelling(text: str) -> str:
    """A code with a plan as it is compared: its words, whatever is between them.

    >>> spelling("ELM / Safeguarding") == spelling("elm: safeguarding") == spelling("ELM Safeguarding")
    True
    """
    return " ".join("".join(sign if sign.isalnum() else " " for sign in folded(text)).split())


def is_named(text: str, code: str, name: str) -> bool:
    """True if a text is the code of a service, which names all its plans, or of the one plan that has this code and name.

    >>> [is_named(text, "ELM / Safeguarding", "Elm House (Safeguarding)") for text in ("elm", "ELM safeguarding", "OAK")]
    [True, True, False]
    >>> [is_named(text, "ELM", "Elm House") for text in ("ELM", "ELM general", "ELM safeguarding")]
    [True, True, False]
    """
    if folded(text) in (folded(code), folded(service_of_plan(code, name)[0])):
        return True
    return spelling(text) == spelling(code if plan_of(code, name) else plan_code(code, GENERAL))


def ref_prefix(code: str) -> str:
    """A code in front of the Ref of an action that another service or plan takes: without spaces if it has a plan.

    >>> ref_prefix("ELM / Restrictive practice"), ref_prefix("ELM 2")
    ('ELM-Restrictive-practice', 'ELM 2')
    """
    return code.replace(PLAN_MARK, "-").replace(" ", "-") if PLAN_MARK in code else code


def ref_with_plan(ref: str, code: str, name: str) -> str:
    """A Ref with the plan that it is of, where the rows of all plans of a service are together.

    >>> ref_with_plan("A-001", "ELM / Falls", "Elm House (Falls)"), ref_with_plan("A-001", "ELM", "Elm House")
    ('A-001 (Falls)', 'A-001')
    """
    plan = plan_of(code, name)
    return f"{ref} ({plan})" if ref and plan else ref


def file_title(code: str, name: str) -> str:
    """The start of the names of the files of a service or of one of its plans.

    >>> file_title("ELM / Safeguarding", "Elm House (Safeguarding)"), file_title("ELM", "Elm House")
    ('ELM Elm House Safeguarding', 'ELM Elm House')
    """
    return " ".join([*service_of_plan(code, name), *filter(None, [plan_of(code, name)])])


def services_by_code(plans: Iterable[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """The code and the name of the service of each plan, given by its code and name, by the plan's code."""
    return {code: service_of_plan(code, name) for code, name in plans}
