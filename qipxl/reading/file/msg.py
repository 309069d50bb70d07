"""The files attached to an e-mail that Outlook saved (.msg), a compound file ([MS-OXMSG])."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from qipxl.reading.file import eml
from qipxl.reading.file.compound import CompoundFile, Entry
from qipxl.reading.file.member import Member, member_name
from qipxl.reading.file.refusal import RefusedError

DAMAGED_MAIL = "This e-mail is damaged and cannot be opened. Ask for it again, or for the tracker as an attachment."
ONLY_LINK = "The e-mail holds only a link to this file. Ask for the file itself as an attachment."
ATTACHMENT, PROPERTIES, VALUE = "__attach_version1.0_#", "__properties_version1.0", "__substg1.0_"
DATA, OBJECT = f"{VALUE}37010102", f"{VALUE}3701000D"
"""The content of an attached file; the storage of an attached e-mail, or of a drawing or workbook in the text."""
CLASS, SUBJECT, NAMES = "001A", "0037", ("3707", "3704", "3001")
"""The kind of a message and its subject; the long, the short and the shown name of an attachment."""
SIGNED, SEALED = "IPM.NOTE.SMIME.MULTIPARTSIGNED", "IPM.NOTE.SMIME"


def attachments(data: bytes) -> list[Member]:
    """The files attached to an e-mail; raises RefusedError if it is damaged or encrypted."""
    try:
        compound = CompoundFile(data)
    except ValueError as error:
        raise RefusedError(DAMAGED_MAIL) from error
    return attachments_of(compound, compound.entries[0])


def attachments_of(compound: CompoundFile, storage: Entry) -> list[Member]:
    """The files and e-mails attached to the e-mail in a storage."""
    entries = compound.children(storage)
    kind = text_of(compound, entries, CLASS).upper()
    if kind.startswith(SEALED) and kind != SIGNED:
        raise RefusedError(eml.ENCRYPTED)
    storages = [entries[name] for name in sorted(entries) if name.startswith(ATTACHMENT)]
    found = [attachment(compound, compound.children(entry), number) for number, entry in enumerate(storages, 1)]
    if kind == SIGNED:  # its one attachment is the whole e-mail as it was sent
        return [Member(each.name, each.size, members=partial(signed, each)) for each in found]
    return found


def signed(member: Member) -> list[Member]:
    return eml.attachments(member.read())


def attachment(compound: CompoundFile, entries: Mapping[str, Entry], number: int) -> Member:
    """One attachment from the entries of its storage; `number` is its number, for one without a name."""
    name = next(filter(None, (text_of(compound, entries, key) for key in NAMES)), "")
    shown = member_name(name, f"attachment {number}")
    if DATA in entries:
        return Member(shown, entries[DATA].size, partial(compound.content, entries[DATA]))
    if OBJECT not in entries:
        return Member(shown, 0, only_link)
    inside = compound.children(entries[OBJECT])
    if PROPERTIES in inside:
        subject = text_of(compound, inside, SUBJECT).replace("/", "-").replace("\\", "-")
        return Member(
            member_name(name or subject, "e-mail"), 0, members=partial(attachments_of, compound, entries[OBJECT])
        )
    package = inside.get("Package")
    if package is not None:
        return Member(shown, package.size, partial(compound.content, package))
    return Member(shown, 0, passed_over=True)


def only_link() -> bytes:
    raise RefusedError(ONLY_LINK)


def text_of(compound: CompoundFile, entries: Mapping[str, Entry], key: str) -> str:
    """A text of an e-mail or an attachment, in UTF-16 or in the letters of Windows; empty if there is none."""
    for kind, encoding in (("001F", "utf-16-le"), ("001E", "cp1252")):
        entry = entries.get(f"{VALUE}{key}{kind}")
        if entry is not None:
            return compound.content(entry).decode(encoding, "replace").rstrip("\0")
    return ""
