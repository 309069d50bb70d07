"""The files attached to a saved e-mail (.eml), read with Python's own library."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.errors import CloseBoundaryNotFoundDefect, HeaderParseError, StartBoundaryNotFoundDefect
from email.header import decode_header, make_header
from email.message import Message
from functools import lru_cache, partial

from qipxl.reading.file.member import Member, member_name
from qipxl.reading.file.refusal import RefusedError

ENCRYPTED = (
    "This e-mail is encrypted, or signed in a way that only an e-mail program can open. Open it there, save the tracker that is "
    "attached to it, and put that here."
)
CUT_OFF = "This e-mail is cut off, so attachments may be missing. Save it again, or ask for it again."
SEALED = {"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"}
REPORTS = {"message/delivery-status", "message/disposition-notification", "text/rfc822-headers"}
"""The parts of a report on the delivery of an e-mail that tell about it."""
APPLE = "application/applefile"
"""What a Mac sends along with a file, under the same name."""
LONGEST = 4_000
"""The longest heading that is read: Python takes hours over one that is made to be slow."""


def attachments(data: bytes) -> list[Member]:
    """The files attached to an e-mail; raises RefusedError if it is encrypted."""
    return attachments_of(parsed(data))


@lru_cache(maxsize=1)
def parsed(data: bytes) -> Message:
    """An e-mail; the last one is kept, because its attachments are read one after another."""
    return message_from_bytes(data)  # by its policy compat32, which loads no more modules


def attachments_of(message: Message) -> list[Member]:
    """The files and e-mails attached to an e-mail, and a member that refuses it if it is cut off."""
    found: list[Member] = []
    is_cut_off = False
    for part in parts_of(message):
        if part.get_content_type() in SEALED:
            raise RefusedError(ENCRYPTED)
        lost = (CloseBoundaryNotFoundDefect, StartBoundaryNotFoundDefect)
        is_cut_off |= any(isinstance(defect, lost) for defect in part.defects)
        if part.get_content_maintype() != "multipart" and not is_body(part):
            found.append(attachment(part, len(found) + 1))
    return [*found, Member("", 0, cut_off)] if is_cut_off else found


def cut_off() -> bytes:
    raise RefusedError(CUT_OFF)


def parts_of(message: Message) -> Iterator[Message]:
    """The parts of an e-mail, in order, without those of e-mails attached to it."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        inside = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            waiting += [each for each in reversed(inside) if isinstance(each, Message)]


def is_body(part: Message) -> bool:
    """True for a part that is the text of an e-mail or a report on its delivery, not a file."""
    if part.get_content_type() in REPORTS:
        return True
    return (
        part.get_content_maintype() == "text" and not file_name(part) and part.get_content_disposition() != "attachment"
    )


def attachment(part: Message, number: int) -> Member:
    """One part as a member; `number` is its number among the attachments, for one without a name."""
    inside = part.get_payload()
    if part.get_content_maintype() == "message" and isinstance(inside, list) and isinstance(inside[0], Message):
        subject = decoded(str(inside[0].get("Subject", ""))).replace("/", "-").replace("\\", "-")
        return Member(member_name(file_name(part) or subject, "e-mail"), 0, members=partial(attachments_of, inside[0]))
    size = len(inside) if isinstance(inside, str) else 0
    is_fork = part.get_content_type() == APPLE
    return Member(
        member_name(file_name(part), f"attachment {number}"), size, partial(content_of, part), passed_over=is_fork
    )


def content_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def file_name(part: Message) -> str:
    """The name of an attached file as its sender wrote it; empty if it has none."""
    for heading in ("Content-Disposition", "Content-Type"):
        written = next((str(text) for name, text in part.raw_items() if name.lower() == heading.lower()), "")
        if len(written) > LONGEST or not written.isascii():  # names in UTF-8 need not be encoded for the journey
            text = written[:LONGEST].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            part.replace_header(heading, text)
    return decoded(part.get_filename("") or "")


def decoded(text: str) -> str:
    """A header's text with its encoded words (`=?utf-8?Q?caf=C3=A9?=`) in plain letters, if they can be decoded."""
    try:
        return str(make_header(decode_header(text[:LONGEST])))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return text
