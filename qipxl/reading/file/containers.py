"""Compressed folders (.zip) and saved e-mails (.eml, .msg), opened for the files in them. Nothing is written to disk."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from functools import partial

from qipxl.reading.file import eml, msg
from qipxl.reading.file.kinds import OLE, kind_of, kind_of_members
from qipxl.reading.file.limits import MEGABYTE, Limits
from qipxl.reading.file.member import Member, member_name
from qipxl.reading.file.package import FOLDER, Package, directory, name_of
from qipxl.reading.file.refusal import RefusedError

EMPTY_ZIP = b"PK\x05\x06"
LEVELS_SHOWN = 5
"""The most folders shown in the name of a file in a compressed folder, its own name included."""
CHANGED = "The file changed while it was read. Run the command again."


def container_of(data: bytes, name: str) -> str:
    """The words “e-mail” or “compressed folder” for a file that holds others; empty for any other, such as a workbook.

    Its name counts only if it is a zip file too damaged to say what it is.
    """
    if data.startswith(EMPTY_ZIP):
        return "compressed folder"
    kind = kind_of(data)
    if kind == "zip":
        try:
            kind = kind_of_members({name_of(member) for member in directory(data)}, data[:200])
        except RefusedError:
            kind = "archive" if name.lower().endswith(".zip") else kind
        return "compressed folder" if kind == "archive" else ""
    return "e-mail" if kind == "message" else ""


def members_of(data: bytes, limits: Limits) -> Sequence[Member]:
    """The files in a file that `container_of` knows, in the same order each time.

    Raises RefusedError if it is damaged or encrypted, or if it is a zip file that is not safe.
    """
    if data.startswith(OLE):
        return msg.attachments(data)
    if data.startswith((b"PK\x03\x04", EMPTY_ZIP)):
        return zip_members(data, limits)
    return eml.attachments(data)


def zip_members(data: bytes, limits: Limits) -> list[Member]:
    """The files in a compressed folder; its folders are part of their names."""
    files = [member for member in directory(data, FOLDER) if not name_of(member).endswith("/")]
    if len(files) > limits.attachments:
        raise TooMuchError(too_many(len(files), limits))
    package = Package(data, limits, FOLDER)
    return [Member(zip_name(member), member.file_size, partial(package.inflate, member)) for member in files]


def zip_name(member: zipfile.ZipInfo) -> str:
    """The name of a member with its folders, without those above if there are many."""
    return "/".join([member_name(part) for part in name_of(member).split("/") if part][-LEVELS_SHOWN:])


def member_at(data: bytes, steps: Sequence[int], limits: Limits) -> bytes:
    """The bytes of one member: `steps` are its position in the file, its position in that member, and so on.

    Raises RefusedError if it cannot be read.
    """
    members = members_of(data, limits)
    for number, step in enumerate(steps, 1):
        if step >= len(members):
            raise RefusedError(CHANGED)
        member = members[step]
        if member.members is not None:
            members = member.members()
            continue
        data = member.read()
        if number < len(steps):
            members = members_of(data, limits)
    return data


class TooMuchError(RefusedError):
    """A container that holds more than the limits allow, and is refused as a whole."""


def check_container_size(size: int, limits: Limits) -> None:
    """Raises TooMuchError for a container, or all files in one, of more bytes than the limit."""
    if size > limits.read_mb * MEGABYTE:
        raise TooMuchError(
            f"This file, or all files in it together, have {size / MEGABYTE:,.0f} MB; at most {limits.read_mb} are opened. Save the "
            f"trackers from it, and put them here, or set a higher limit, such as --limit read_mb={2 * limits.read_mb}."
        )


def too_many(count: int, limits: Limits) -> str:
    return (
        f"This file holds {count:,} files; at most {limits.attachments:,} are opened. Save the trackers from it, and put them "
        f"here, or set a higher limit, such as --limit attachments={2 * limits.attachments}."
    )
