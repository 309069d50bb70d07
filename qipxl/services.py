"""The services of a provider."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Service(BaseModel):
    """One service: its short code (up to 40 characters), its name (up to 120), its region, its registered
    manager, and the address for mails to it.

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
