"""Compressed folders and saved e-mails in the folder of returns: the trackers in them are read, everything else is accounted for."""

import base64
import os
import struct
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from io import BytesIO
from pathlib import Path

import pytest
from broken import zipped
from factories import ELM, MARCH, ROWS, SIGNED, assert_same_returns, new_provider, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qipxl import Service, find_template, read_returns, write_tracker
from qipxl.files import parse_location
from qipxl.reading import Decisions, ReadOptions
from qipxl.reading.file.eml import CUT_OFF
from qipxl.reading.file.kinds import SENTENCES
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.package import FOLDER

OAK = Service(code="OAK", name="Oak Lodge")
EXCEL = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PICTURE = b"\x89PNG\r\n\x1a\n logo"
Tree = Mapping[str, "bytes | Tree"]


@pytest.fixture(scope="module")
def trackers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of two returns, by the code of their service."""
    home = tmp_path_factory.mktemp("trackers")
    written = {
        service.code: write_tracker(
            find_template("core"), service, MARCH, home / f"{service.code}.xlsx", rows=ROWS, issued={}, cover=SIGNED
        )
        for service in (ELM, OAK)
    }
    return {code: path.read_bytes() for code, path in written.items()}


def mail(*files: tuple[str, bytes], subject: str = "Tracker for March") -> EmailMessage:
    """An e-mail with these files attached."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "elm@example.org", "head@example.org", subject
    message.set_content("Please find the tracker attached.\n")
    message.add_alternative("<p>Please find the tracker attached.</p>", subtype="html")
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype=EXCEL, filename=name)
    return message


def packed(**files: bytes) -> bytes:
    return zipped({name.replace("__", "/"): data for name, data in files.items()})


def placed(folder: Path, **files: bytes) -> Path:
    """A folder of returns with these files; of a name's parts the last is its ending."""
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / ".".join(name.rsplit("_", 1))).write_bytes(data)
    return folder


def receipts_of(folder: Path, **limits: int) -> dict[str, tuple[str, str]]:
    """The status and the reason of each receipt, by the file's name."""
    before = sorted(path.relative_to(folder.parent) for path in folder.parent.rglob("*"))
    receipts = read_returns(folder, options=ReadOptions(Limits(**limits))).receipts
    assert sorted(path.relative_to(folder.parent) for path in folder.parent.rglob("*")) == before, "nothing is written"
    assert receipts["file"].is_unique
    parts = receipts[["rows_accepted", "rows_set_aside", "rows_superseded"]]
    assert (receipts["rows_found"] == parts.sum(axis=1)).all()
    columns = receipts[["file", "status", "reason"]].itertuples(index=False, name=None)
    return {file: (status, reason) for file, status, reason in columns}


def compound(tree: Tree) -> bytes:
    """A compound file of these streams and storages; streams below 4,096 bytes are in the small stream."""
    lines: list[list[int | str]] = [["Root Entry", 5, -1, -1, 0, 0]]  # name, kind, right, child, start, size
    large, small = [], b""

    def add(branch: Tree, parent: int) -> None:
        before = -1
        for name, content in branch.items():
            nonlocal small
            number = len(lines)
            lines.append([name, 1 if isinstance(content, Mapping) else 2, -1, -1, 0, 0])
            if before < 0:
                lines[parent][3] = number
            else:
                lines[before][2] = number
            before = number
            if isinstance(content, Mapping):
                add(content, number)
            elif len(content) < 4096:
                lines[number][4:] = [len(small) // 64, len(content)]
                small += content.ljust(-(-len(content) // 64) * 64, b"\0")
                chains.append(-(-len(content) // 64))
            else:
                large.append((number, content))
                lines[number][5] = len(content)

    chains: list[int] = []
    add(tree, 0)
    small_table = b"".join(chain_of(sum(chains[:n]), length) for n, length in enumerate(chains))
    streams = [(-1, small_table), (0, small), *large]
    directory_sectors = -(-len(lines) * 128 // 512)
    table, content, starts = b"", b"", {}
    position = directory_sectors
    body = b""
    chain = chain_of(0, directory_sectors)
    for number, data in streams:
        sectors = -(-len(data) // 512)
        starts[number] = position if sectors else -2
        chain += chain_of(position, sectors)
        body += data.ljust(sectors * 512, b"\0")
        position += sectors
    tables = next(count for count in range(1, 109) if count * 128 >= position + count)
    table = (chain + struct.pack("<I", 0xFFFFFFFD) * tables).ljust(tables * 512, b"\xff")
    for number, _ in large:
        lines[number][4] = starts[number]
    lines[0][4:] = [starts[0], len(small)]
    directory = b"".join(map(line_of, lines)).ljust(directory_sectors * 512, b"\0")
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0"))
    struct.pack_into("<5H", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<2I", header, 44, tables, 0)
    struct.pack_into("<Ii3I", header, 56, 4096, starts[-1], 1, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", header, 76, *range(position, position + tables), *[0xFFFFFFFF] * (109 - tables))
    return bytes(header) + directory + body + content + table


def chain_of(start: int, length: int) -> bytes:
    """The part of an allocation table for a stream of this number of sectors."""
    return struct.pack(f"<{length}I", *range(start + 1, start + length), *[0xFFFFFFFE] * bool(length))


def line_of(line: Sequence[int | str]) -> bytes:
    name, kind, right, child, start, size = line
    text = str(name).encode("utf-16-le")
    numbers = struct.pack("<HBB3i", len(text) + 2, kind, 1, -1, right, child)
    return (text.ljust(64, b"\0") + numbers).ljust(116, b"\0") + struct.pack("<iQ", start, size)


def outlook(*attached: Tree, kind: str = "IPM.Note", subject: str = "Tracker") -> Tree:
    """The streams of an e-mail as Outlook saves it."""
    return {
        "__properties_version1.0": bytes(32),
        "__substg1.0_001A001F": kind.encode("utf-16-le"),
        "__substg1.0_0037001F": subject.encode("utf-16-le"),
        **{f"__attach_version1.0_#{number:08X}": each for number, each in enumerate(attached)},
    }


def attached(name: str, data: bytes) -> Tree:
    """The streams of an attached file."""
    streams = {"__properties_version1.0": bytes(32), "__substg1.0_3707001F": name.encode("utf-16-le")}
    return {**streams, "__substg1.0_37010102": data}


def test_two_trackers_in_an_e_mail_are_read(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    message = mail(("ELM.xlsx", trackers["ELM"]), ("tracker.xlsx", trackers["OAK"]))
    returns = read_returns(placed(tmp_path / "in", March_eml=message.as_bytes()))
    assert list(returns.receipts["file"]) == ["March.eml: ELM.xlsx", "March.eml: tracker.xlsx"]
    assert list(returns.receipts["status"]) == ["accepted", "accepted"]
    assert set(returns.receipts["path"]) == {str(tmp_path / "in" / "March.eml")}
    assert len(returns.tables["actions"]) == 4


def test_a_forwarded_e_mail_with_an_e_mail(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    inner, outer = mail(("ELM.xlsx", trackers["ELM"]), subject="Return 3/2026"), mail(subject="FW: returns")
    outer.add_attachment(inner)
    receipts = receipts_of(placed(tmp_path / "in", Forwarded_eml=outer.as_bytes()))
    assert receipts == {"Forwarded.eml: Return 3-2026: ELM.xlsx": ("accepted", "")}


def test_a_compressed_folder_with_folders(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("North")
        archive.writestr("North/ELM.xlsx", trackers["ELM"])
        archive.writestr("South\\OAK.xlsx", trackers["OAK"])
        archive.writestr("__MACOSX/North/._ELM.xlsx", b"\x00\x05\x16\x07" + bytes(100))
        archive.writestr("North/Thumbs.db", b"x")
        archive.writestr("notes.csv", b"a,b\n")
    assert receipts_of(placed(tmp_path / "in", March_zip=data.getvalue())) == {
        "March.zip": ("ignored", "Passed over (not workbooks): __MACOSX/North/._ELM.xlsx and North/Thumbs.db."),
        "March.zip: North/ELM.xlsx": ("accepted", ""),
        "March.zip: South/OAK.xlsx": ("accepted", ""),
        "March.zip: notes.csv": ("refused", "This is a text file such as CSV. Ask for the tracker saved as .xlsx."),
    }


def test_a_compressed_folder_in_an_e_mail_whose_name_says_otherwise(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    message = mail(("returns.xlsx", packed(**{"ELM.xlsx": trackers["ELM"], "OAK.xlsx": trackers["OAK"]})))
    receipts = receipts_of(placed(tmp_path / "in", Mail_EML=message.as_bytes()))
    assert list(receipts) == ["Mail.EML: returns.xlsx: ELM.xlsx", "Mail.EML: returns.xlsx: OAK.xlsx"]


def test_what_comes_with_an_e_mail_is_passed_over_and_named(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    message = mail(("ELM.xlsx", trackers["ELM"]))
    message.add_attachment(PICTURE, maintype="image", subtype="png", filename="image001.png", disposition="inline")
    message.add_attachment("BEGIN:VCALENDAR\nEND:VCALENDAR\n", subtype="calendar", filename="invite.ics")
    message.add_attachment("", filename="ATT00001.txt")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="policy.pdf")
    assert receipts_of(placed(tmp_path / "in", Mail_eml=message.as_bytes())) == {
        "Mail.eml": ("ignored", "Passed over (not workbooks): image001.png, invite.ics and ATT00001.txt."),
        "Mail.eml: ELM.xlsx": ("accepted", ""),
        "Mail.eml: policy.pdf": ("refused", "This is a PDF. Ask for the Excel file."),
    }


def test_an_e_mail_or_folder_without_a_workbook_has_one_receipt(tmp_path: Path) -> None:
    message = mail()
    message.add_attachment(PICTURE, maintype="image", subtype="png", filename="image001.png")
    folder = placed(tmp_path / "in", A_eml=message.as_bytes(), B_eml=mail().as_bytes(), C_zip=b"PK\x05\x06" + bytes(18))
    none = "No workbook is attached to this e-mail. Ask for the tracker as an attachment."
    assert receipts_of(folder) == {
        "A.eml": ("refused", f"{none} Passed over (not workbooks): image001.png."),
        "B.eml": ("refused", none),
        "C.zip": ("refused", "No workbook is in this compressed folder. Ask for the tracker as an attachment."),
    }


NAMES = {
    "base64 and RFC 2231": ("application/octet-stream", "attachment; filename*=utf-8''caf%C3%A9%20ELM.xlsx", "café ELM.xlsx"),
    "RFC 2231 in parts": ("application/octet-stream", "attachment; filename*0=\"ELM \"; filename*1=\"March.xlsx\"", "ELM March.xlsx"),
    "RFC 2047": ("application/octet-stream", 'attachment; filename="=?utf-8?Q?caf=C3=A9?= ELM.xlsx"', "café ELM.xlsx"),
    "UTF-8 as it is": ("application/octet-stream", 'attachment; filename="café.xlsx"', "café.xlsx"),
    "in the type only": ('application/octet-stream; name="ELM.xlsx"', "attachment", "ELM.xlsx"),
    "an unknown encoding": ("application/octet-stream", 'attachment; filename="=?x-none?Q?ELM?="', "=-x-none-Q-ELM-="),
    "none": ("application/octet-stream", "attachment", "attachment 1"),
    "folders above": ("application/octet-stream", 'attachment; filename="../../ELM.xlsx"', "ELM.xlsx"),
    "a drive": ("application/octet-stream", 'attachment; filename="C:\\\\Users\\\\Jo\\\\ELM.xlsx"', "ELM.xlsx"),
    "a root": ("application/octet-stream", 'attachment; filename="/etc/ELM.xlsx"', "ELM.xlsx"),
    "controls": ("application/octet-stream", "attachment; filename*=utf-8''ELM%1B%5B31m%0A.xlsx", "ELM [31m .xlsx"),
    "right to left": ("application/octet-stream", "attachment; filename*=utf-8''ELM%E2%80%AExslx.xlsx", r"ELM\u202exslx.xlsx"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_of_attachments(tmp_path: Path, trackers: dict[str, bytes], name: str) -> None:
    kind, disposition, shown = NAMES[name]
    encoded = base64.encodebytes(trackers["ELM"]).decode()
    text = (
        "From: a@b.c\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: {disposition}\r\n\r\n{encoded}\r\n--b--\r\n"
    )
    assert receipts_of(placed(tmp_path / "in", Mail_eml=text.encode())) == {f"Mail.eml: {shown}": ("accepted", "")}


def test_an_attachment_in_quoted_printable(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    message = mail()
    message.add_attachment(
        trackers["ELM"], maintype="application", subtype=EXCEL, filename="E.xlsx", cte="quoted-printable"
    )
    assert receipts_of(placed(tmp_path / "in", M_eml=message.as_bytes())) == {"M.eml: E.xlsx": ("accepted", "")}


def test_two_attachments_of_one_name_are_told_apart(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    message = mail(("tracker.xlsx", trackers["ELM"]), ("tracker.xlsx", trackers["OAK"]))
    receipts = receipts_of(placed(tmp_path / "in", Mail_eml=message.as_bytes()))
    assert receipts == {"Mail.eml: tracker.xlsx": ("accepted", ""), "Mail.eml: tracker (2).xlsx": ("accepted", "")}


def test_an_e_mail_saved_by_outlook(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    inner = {
        "__properties_version1.0": bytes(32),
        "__substg1.0_3701000D": outlook(attached("OAK.xlsx", trackers["OAK"]), subject="FW 3/2026"),
    }
    link = {"__properties_version1.0": bytes(32), "__substg1.0_3704001E": b"ELM~1.XLS"}
    drawn = {"__substg1.0_3701000D": {"CONTENTS": bytes(5000)}}
    package = {
        "__substg1.0_3701000D": {"Package": trackers["ELM"]},
        "__substg1.0_3707001F": "E.xlsx".encode("utf-16-le"),
    }
    data = compound(
        outlook(attached("ELM.xlsx", trackers["ELM"]), attached("logo.png", PICTURE), inner, link, drawn, package)
    )  # fmt: skip
    assert receipts_of(placed(tmp_path / "in", Mail_msg=data)) == {
        "Mail.msg": ("ignored", "Passed over (not workbooks): logo.png and attachment 5."),
        "Mail.msg: ELM.xlsx": ("duplicate", "The same as Mail.msg: E.xlsx."),
        "Mail.msg: FW 3-2026: OAK.xlsx": ("accepted", ""),
        "Mail.msg: ELM~1.XLS": ("refused", "The e-mail holds only a link to this file. Ask for the file itself as an attachment."),
        "Mail.msg: E.xlsx": ("accepted", ""),
    }  # fmt: skip


@pytest.mark.parametrize("suffix", ["eml", "msg"])
def test_a_signed_e_mail_is_read(tmp_path: Path, trackers: dict[str, bytes], suffix: str) -> None:
    body = MIMEMultipart()
    body.attach(MIMEText("hello"))
    body.attach(MIMEApplication(trackers["ELM"], name="ELM.xlsx"))
    whole = MIMEMultipart("signed", protocol="application/pkcs7-signature")
    whole.attach(body)
    whole.attach(MIMEApplication(b"\x30\x80signature", "pkcs7-signature", name="smime.p7s"))
    whole["From"] = "elm@example.org"
    data = whole.as_bytes()
    if suffix == "msg":
        data = compound(outlook(attached("smime.p7m", data), kind="IPM.Note.SMIME.MultipartSigned"))
    receipts = receipts_of(placed(tmp_path / "in", **{f"M_{suffix}": data}))
    assert [status for status, _ in receipts.values()] == ["ignored", "accepted"]
    assert "smime.p7s" in receipts[f"M.{suffix}"][1]


def test_the_same_tracker_attached_and_saved(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    message = mail(("ELM.xlsx", trackers["ELM"]))
    receipts = receipts_of(placed(tmp_path / "in", Mail_eml=message.as_bytes(), ELM_xlsx=trackers["ELM"]))
    assert receipts["Mail.eml: ELM.xlsx"] == ("duplicate", "The same as ELM.xlsx.")


def test_an_attachment_named_after_another_service_is_set_aside(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    message = mail(("Oak Lodge.xlsx", trackers["ELM"]), ("OAK.xlsx", trackers["OAK"]))
    folder = placed(tmp_path / "in", Oak_Lodge_eml=message.as_bytes())
    receipts = receipts_of(folder)
    status, reason = receipts["Oak_Lodge.eml: Oak Lodge.xlsx"]
    assert status == "set aside"
    assert "named after Oak Lodge (OAK), but the tracker in it was issued to Elm House (ELM)" in reason
    assert receipts["Oak_Lodge.eml: OAK.xlsx"] == ("accepted", ""), "the e-mail's own name does not count"
    for name in ("Oak Lodge.xlsx", "Oak_Lodge.eml: Oak Lodge.xlsx"):
        assert set(read_returns(folder, decisions=Decisions(accepted_files=[name])).receipts["status"]) == {"accepted"}


def test_a_workbook_named_like_a_container_is_read_as_a_workbook(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    folder = placed(tmp_path / "in", ELM_zip=trackers["ELM"], OAK_eml=trackers["OAK"], plan_msg=b"Ref,Issue\nA-1,x\n")
    receipts = receipts_of(folder)
    assert [status for status, _ in receipts.values()] == ["accepted", "accepted", "refused"]
    assert receipts["plan.msg"][1].startswith("This is a text file such as CSV.")


def test_an_e_mail_or_folder_under_another_name_is_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = placed(tmp_path / "in", a_txt=mail().as_bytes(), b_xlsx=packed(**{"ELM.xlsx": b"x"}))
    assert receipts_of(folder) == {
        "a.txt": ("refused", SENTENCES["message"]),
        "b.xlsx": ("refused", SENTENCES["archive"]),
    }


def nested(data: bytes, levels: int) -> bytes:
    """A tracker in compressed folders inside one another."""
    for level in range(levels):
        data = packed(**{f"{level}.zip" if level else "ELM.xlsx": data})
    return data


def test_containers_inside_one_another_have_an_end(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    folder = placed(tmp_path / "in", three_zip=nested(trackers["ELM"], 3), four_zip=nested(trackers["ELM"], 4))
    receipts = receipts_of(folder)
    assert receipts["three.zip: 2.zip: 1.zip: ELM.xlsx"] == ("accepted", "")
    deep = "This is inside 3 e-mails or compressed folders and was not opened. Save the trackers from it, and put them here."
    assert receipts["four.zip: 3.zip: 2.zip: 1.zip"] == ("refused", deep)
    assert receipts_of(folder, nesting=4)["four.zip: 3.zip: 2.zip: 1.zip: ELM.xlsx"][0] == "duplicate"


def encrypted(data: bytes) -> bytes:
    """A compressed folder whose members say that they have a password."""
    changed = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[changed.index(mark) + offset] |= 1
    return bytes(changed)


def with_byte(data: bytes, position: int) -> bytes:
    """The same bytes but one."""
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


def sealed(kind: str) -> bytes:
    return f"From: a@b.c\r\nMIME-Version: 1.0\r\nContent-Type: {kind}; name=smime.p7m\r\n\r\nxx".encode()


def named_mail(name: str) -> bytes:
    return (
        f'From: a@b.c\r\nMIME-Version: 1.0\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\n%PDF'.encode()
    )


def bomb(megabytes: int, count: int = 1) -> bytes:
    return packed(**{f"{number}.xlsx": bytes(megabytes * 1_048_576) for number in range(count)})


MANY = {f"{number}.xlsx": b"x" for number in range(10_000)}
FEWER = dict(list(MANY.items())[:300])
ATTACKS = {
    "zip bomb": ("zip", lambda elm: bomb(200), "The file has 200 MB; no tracker has more than 50."),
    "zip bomb in many files": ("zip", lambda elm: bomb(40, 4), "have 160 MB; at most 128 are opened"),
    "zip of a high ratio": ("zip", lambda elm: bomb(20), "unpacks to more than 200 times its size. Ask for the trackers themselves."),
    "many members": ("zip", lambda elm: packed(**MANY), "This file holds 10,000 files; at most 500 are opened."),
    "many attachments": ("eml", lambda elm: mail(*list(MANY.items())[:600]).as_bytes(), "This file holds 600 files; at most 500"),
    "many in folders in a folder": ("zip", lambda elm: packed(**{f"{n}.zip": packed(**FEWER) for n in "ab"}), "holds 602 files"),
    "names above": ("zip", lambda elm: packed(**{"../../ELM.xlsx": elm}), "outside its folder. Ask for the trackers themselves."),
    "names from the root": ("zip", lambda elm: packed(**{"/tmp/ELM.xlsx": elm}), "named to be written outside its folder"),
    "equal names": ("zip", lambda elm: packed(**{"a.xlsx": elm, "A.xlsx": elm}), "Two files in the compressed folder have the same name"),
    "password": ("zip", lambda elm: encrypted(packed(**{"ELM.xlsx": elm})), "The compressed folder has a password to open."),
    "cut zip": ("zip", lambda elm: packed(**{"ELM.xlsx": elm})[:-40], "damaged"),
    "changed zip": ("zip", lambda elm: with_byte(packed(**{"ELM.xlsx": elm}), 1_000), "damaged"),
    "cut e-mail": ("eml", lambda elm: mail(("ELM.xlsx", elm)).as_bytes()[:-3000], "This e-mail is cut off, so attachments may be missing."),
    "e-mail cut in its text": ("eml", lambda elm: mail(("ELM.xlsx", elm)).as_bytes()[:400], "This e-mail is cut off"),
    "S/MIME": ("eml", lambda elm: sealed("application/pkcs7-mime; smime-type=enveloped-data"), "This e-mail is encrypted"),
    "PGP": ("eml", lambda elm: sealed("multipart/encrypted; boundary=x"), "This e-mail is encrypted"),
    "S/MIME of Outlook": ("msg", lambda elm: compound(outlook(attached("smime.p7m", b"x"), kind="IPM.Note.SMIME")), "This e-mail is encrypted"),
    "a protected e-mail": ("eml", lambda elm: mail(("m.rpmsg", b"v\xe8\x04\x60\xc4\x11\xe3\x86x")).as_bytes(), "a protected e-mail."),
    "winmail.dat": ("eml", lambda elm: mail(("winmail.dat", b"x\x9f>\x22xx")).as_bytes(), "only Outlook can open (winmail.dat)"),
    "cut msg": ("msg", lambda elm: compound(outlook(attached("ELM.xlsx", elm)))[:-5000], "e-mail"),
    "msg without its table": ("msg", lambda elm: compound(outlook(attached("E.xlsx", elm)))[:600] + bytes(9000), "not an Excel workbook"),
    "damaged workbook": ("eml", lambda elm: mail(("ELM.xlsx", elm[:5000])).as_bytes(), "The workbook is damaged"),
    "a name without end": ("eml", lambda elm: named_mail("=?utf-8?q?a?= " * 100_000), "This is a PDF."),
    "parts inside parts without end": ("eml", lambda elm: deep_mail(3_000), ""),
}  # fmt: skip


def deep_mail(levels: int) -> bytes:
    """An e-mail whose parts are inside one another."""
    parts = "".join(
        f"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n" for level in range(levels)
    )
    return f"From: a@b.c\r\nMIME-Version: 1.0\r\n{parts}".encode()


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_a_sentence_each(tmp_path: Path, trackers: dict[str, bytes], attack: str) -> None:
    suffix, make, words = ATTACKS[attack]
    folder = placed(tmp_path / "in", **{f"attack_{suffix}": make(trackers["ELM"]), "OAK_xlsx": trackers["OAK"]})
    receipts = receipts_of(folder)
    assert receipts.pop("OAK.xlsx") == ("accepted", "")
    assert {status for status, _ in receipts.values()} == {"refused"}
    assert any(words in reason for _, reason in receipts.values()), receipts


def test_many_attachments_that_share_one_stream_are_counted_each(tmp_path: Path) -> None:
    data = bytearray(compound(outlook(*(attached(f"{n}.xlsx", bytes(5000)) for n in range(20)))))
    position = 0
    while (position := data.find("__substg1.0_37010102".encode("utf-16-le"), position)) >= 0:
        struct.pack_into("<I", data, position + 120, 40 * 1_048_576)
        position += 128
    assert "have 160 MB; at most 128 are opened" in receipts_of(placed(tmp_path / "in", M_msg=bytes(data)))["M.msg"][1]


def test_a_damaged_member_costs_only_itself(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    inner = packed(**{"ELM.xlsx": trackers["ELM"]})
    message = mail(("ELM.xlsx", trackers["ELM"]), ("cut.zip", inner[:-60]), ("locked.zip", encrypted(inner)))
    message.add_attachment(mail(subject="Thanks"))
    assert receipts_of(placed(tmp_path / "in", Mail_eml=message.as_bytes())) == {
        "Mail.eml": ("ignored", "Passed over (not workbooks): Thanks."),
        "Mail.eml: ELM.xlsx": ("accepted", ""),
        "Mail.eml: cut.zip": ("refused", FOLDER.damaged),
        "Mail.eml: locked.zip": ("refused", "The compressed folder has a password to open. Ask for a copy without one."),
    }  # fmt: skip


def test_a_cut_e_mail_has_one_receipt_of_its_own(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    message = mail(("logo.png", PICTURE), ("ELM.xlsx", trackers["ELM"]))
    cut = message.as_bytes().rstrip()[:-8]  # without its last boundary
    assert receipts_of(placed(tmp_path / "in", Mail_eml=cut)) == {
        "Mail.eml": ("refused", f"{CUT_OFF} Passed over (not workbooks): logo.png."),
        "Mail.eml: ELM.xlsx": ("accepted", ""),
    }


def test_limits_can_be_set(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    folder = placed(tmp_path / "in", A_zip=packed(**{"ELM.xlsx": trackers["ELM"], "OAK.xlsx": trackers["OAK"]}))
    status, reason = receipts_of(folder, attachments=1)["A.zip"]
    assert (status, reason.startswith("This file holds 2 files; at most 1 are opened.")) == ("refused", True)


def test_a_compressed_folder_may_be_larger_than_a_tracker(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    data = packed(
        **{
            "ELM.xlsx": trackers["ELM"],
            "photo.jpg": b"\xff\xd8\xff\xe0" + os.urandom(900_000),
            "plan.jpg": b"\xff\xd8\xff\xe1" + os.urandom(900_000),
        }
    )
    folder = placed(tmp_path / "in", A_zip=data)
    assert receipts_of(folder, file_mb=1)["A.zip: ELM.xlsx"] == ("accepted", "")
    status, reason = receipts_of(folder, file_mb=1, read_mb=1)["A.zip"]
    assert (status, "have 2 MB; at most 1 are opened" in reason) == ("refused", True)


def test_a_second_reading_comes_from_the_cache(
    tmp_path: Path, trackers: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    message = mail(("ELM.xlsx", trackers["ELM"]), ("logo.png", PICTURE))
    folder = placed(tmp_path / "in", Mail_eml=message.as_bytes(), A_zip=packed(**{"OAK.xlsx": trackers["OAK"]}))
    first = read_returns(folder, cache=tmp_path / "cache")
    monkeypatch.setattr("qipxl.reading.file.batch.open_file", lambda *_: pytest.fail("It was read again."))
    assert_same_returns(read_returns(folder, cache=tmp_path / "cache"), first)
    assert list(first.receipts["status"]) == ["accepted", "ignored", "accepted"]
    monkeypatch.undo()
    (folder / "Mail.eml").write_bytes(mail(("E.xlsx", trackers["ELM"])).as_bytes())
    assert list(read_returns(folder, cache=tmp_path / "cache").receipts["file"]) == [
        "A.zip: OAK.xlsx",
        "Mail.eml: E.xlsx",
    ]


@pytest.mark.long
def test_a_month_with_an_e_mail_that_did_not_change_is_not_read_again(
    tmp_path: Path, trackers: dict[str, bytes]
) -> None:
    home = new_provider(tmp_path)
    message = mail(("ELM.xlsx", trackers["ELM"]), ("logo.png", PICTURE))
    month = home / "returns" / "2026-03"
    month.mkdir(parents=True)
    (month / "Mail.eml").write_bytes(message.as_bytes())
    run("consolidate", home, "--period", "2026-03")
    same = "Nothing has changed since the summary was written"
    assert same in run("consolidate", home, "--period", "2026-03").output
    (month / "Mail.eml").write_bytes(mail(("ELM (1).xlsx", trackers["ELM"]), ("logo.png", PICTURE)).as_bytes())
    assert same not in run("consolidate", home, "--period", "2026-03").output


def test_a_file_at_an_address_is_looked_into(tmp_path: Path, trackers: dict[str, bytes]) -> None:
    pytest.importorskip("upath")
    location = parse_location("memory://returns")
    (location / "March.zip").write_bytes(packed(**{"ELM.xlsx": trackers["ELM"]}))
    try:
        assert list(read_returns(location, options=ReadOptions(processes=1)).receipts["file"]) == [
            "March.zip: ELM.xlsx"
        ]
    finally:
        location.fs.rm(location.path, recursive=True)


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"From: a@b.c\nTo: b@c.d\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"]),
    data=st.binary(max_size=600),
    suffix=st.sampled_from(["zip", "eml", "msg"]),
)  # fmt: skip
def test_bytes_of_any_kind_are_a_receipt(start: bytes, data: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"a.{suffix}").write_bytes(start + data)
        receipts = read_returns(folder).receipts
        assert set(receipts["status"]) <= {"refused", "ignored"}
        assert all(receipts["reason"])


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(8, 3_000), st.integers(0, 255)), min_size=1, max_size=8))
def test_an_outlook_e_mail_with_changed_bytes_is_a_receipt(changes: list[tuple[int, int]]) -> None:
    data = bytearray(compound(outlook(attached("a.xlsx", b"PK\x03\x04" + bytes(40)), attached("b.png", bytes(5000)))))
    for position, value in changes:
        data[position % len(data)] = value
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.msg").write_bytes(data)
        receipts = read_returns(folder).receipts
        assert set(receipts["status"]) <= {"refused", "ignored"}
        assert all(receipts["reason"])
