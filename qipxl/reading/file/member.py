"""A file inside another file: in a compressed folder, or attached to an e-mail."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from qipxl.text import escaped

FORBIDDEN = re.compile(r'[<>:"|?*]')
"""Characters that no file on Windows has in its name; so ": " always separates a member's name from its container's."""
LONGEST = 120
"""The longest name shown, its ending included."""


@dataclass(frozen=True)
class Member:
    """A file inside another file, or an e-mail that is attached to another.

    name: its name for the receipt (`member_name`); empty for what concerns the whole container.
    size: its size in bytes as far as the container tells it.
    read: returns its bytes; raises RefusedError.
    members: for an attached e-mail, returns the files attached to it; raises RefusedError.
    passed_over: True if it is never a return, such as a drawing in the text of an e-mail.
    """

    name: str
    size: int
    read: Callable[[], bytes] = bytes
    members: Callable[[], Sequence[Member]] | None = None
    passed_over: bool = False


def member_name(name: str, default: str = "attachment") -> str:
    r"""A name without folders, control characters and characters that no file on Windows has in its name.

    >>> [member_name(name) for name in ("../../ELM.xlsx", "C:\\Users\\Jo\\ELM.xlsx", "RE: plan?.xlsx", " .. ")]
    ['ELM.xlsx', 'ELM.xlsx', 'RE- plan-.xlsx', 'attachment']
    """
    last = re.split(r"[/\\]", name.strip())[-1]
    plain = FORBIDDEN.sub("-", "".join(sign if sign >= " " else " " for sign in last)).rstrip(". ")
    if len(plain) > LONGEST:
        suffix = PurePosixPath(plain).suffix[:10]
        plain = plain[: LONGEST - len(suffix)] + suffix
    return escaped(plain) or default
