"""Files for units: known by their content, kept once, public only when a published unit names them."""

from __future__ import annotations

import hashlib

import pytest
from editing_desk import NOW
from hypothesis import given
from hypothesis import strategies as st
from knowledge_units import faq
from office_files import BAD, GOOD, PDF
from sqlalchemy.engine import Connection

from foundation import audit
from foundation.database import Database
from knowledge_base.editing import attachments
from knowledge_base.editing.attachments import LARGEST, file_name
from knowledge_base.editing.errors import Unfit
from knowledge_base.editing.file_types import MEDIA_TYPES, kind_of
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store import releases

DIGEST = hashlib.sha256(PDF).hexdigest()


def naming(name: str = "申请表.pdf", digest: str = DIGEST) -> Unit:
    return faq(attachments=[{"title": "申请表", "digest": digest, "name": name}])


def publish(tx: Connection, unit: Unit | None) -> None:
    if unit is None:
        releases.delete_draft(tx, UnitKey("faq", "photo"), "li", NOW)
    else:
        releases.save_draft(tx, unit, "li", NOW)
    releases.publish(tx, "wang", "", NOW)


@pytest.mark.parametrize("ending", GOOD)
def test_a_file_is_what_its_content_says(ending: str) -> None:
    assert kind_of(GOOD[ending]) == ending and ending in MEDIA_TYPES


@pytest.mark.parametrize("kind", BAD)
def test_what_citizens_are_not_given_is_known_by_no_name(database: Database, kind: str) -> None:
    assert kind_of(BAD[kind]) is None
    with database.write() as tx, pytest.raises(Unfit, match="PDF"):
        attachments.keep(tx, BAD[kind], "申请表.pdf", "li", NOW)


@given(st.binary(max_size=200))
def test_whatever_is_sent_has_a_type_or_none(content: bytes) -> None:
    for beginning in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        assert kind_of(beginning + content) in (None, *MEDIA_TYPES)


def test_the_same_content_is_kept_once(database: Database) -> None:
    with database.write() as tx:
        first = attachments.keep(tx, PDF, "申请表.pdf", "li", NOW)
        second = attachments.keep(tx, PDF, "另一个名字.pdf", "zhao", NOW)
        assert first.digest == second.digest == DIGEST
        assert (first.name, second.name) == ("申请表.pdf", "另一个名字.pdf")
        assert attachments.content_of(tx, DIGEST) == (first, PDF)
        assert attachments.known(tx, DIGEST) and not attachments.known(tx, "0" * 64)
        assert attachments.content_of(tx, "0" * 64) is None
        assert [(one.account, one.action) for one in audit.entries(tx)] == [
            ("zhao", "kb.attachment"), ("li", "kb.attachment"),
        ]  # fmt: skip


def test_nothing_and_too_much_are_refused(database: Database) -> None:
    with database.write() as tx:
        with pytest.raises(Unfit, match="空"):
            attachments.keep(tx, b"", "x.pdf", "li", NOW)
        with pytest.raises(Unfit, match="10 MB"):
            attachments.keep(tx, PDF + b"\x00" * LARGEST, "x.pdf", "li", NOW)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("申请表.pdf", "申请表.pdf"),
        ("申请表.exe", "申请表.pdf"),
        ("申请表", "申请表.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\li\\表.docx", "表.pdf"),
        ("..", "file.pdf"),
        ("", "file.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("表\u202efdp.exe", "表fdp.pdf"),
        ("表\r\nSet-Cookie: x.pdf", "表Set-Cookie: x.pdf"),
        ("表\x00.pdf", "表.pdf"),
        ("表" * 300 + ".pdf", "表" * 80 + ".pdf"),
    ],
)
def test_a_name_leads_nowhere_and_ends_as_its_content_does(given_name: str, kept: str) -> None:
    assert file_name(given_name, "pdf") == kept


@given(st.text(max_size=200), st.sampled_from(sorted(MEDIA_TYPES)))
def test_every_name_becomes_one_that_a_unit_may_have(name: str, ending: str) -> None:
    assert naming(file_name(name, ending)).attachments[0].name.endswith(f".{ending}")


def test_a_file_is_public_once_a_published_unit_names_it(database: Database) -> None:
    with database.write() as tx:
        attachments.keep(tx, PDF, "申请表.pdf", "li", NOW)
        publish(tx, faq())
        releases.save_draft(tx, naming(), "li", NOW)
        assert attachments.published_names(tx, DIGEST) == []
        releases.publish(tx, "wang", "", NOW)
        assert attachments.published_names(tx, DIGEST) == ["申请表.pdf"]
        publish(tx, naming("新申请表.pdf"))
        publish(tx, None)
        assert attachments.published_names(tx, DIGEST) == ["申请表.pdf", "新申请表.pdf"]  # old answers still name it
        assert attachments.published_names(tx, "0" * 64) == []
