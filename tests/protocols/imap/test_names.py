"""Folder names: any bytes have a path, and every role has at most one folder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.imap.names import decode, encode, roles
from protocols.imap.parse import Listed
from store.model import Role

LEVEL = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    lambda text: "/" not in text and "." not in text
)


def folder(name: bytes, *attributes: str, delimiter: str | None = "/") -> Listed:
    return Listed(frozenset(attributes), delimiter, name)


@given(st.binary(max_size=40), st.sampled_from(["/", ".", "\\", None]))
def test_any_bytes_have_a_path(raw, delimiter):
    """I10."""
    decode(raw, delimiter).encode("utf-8")


@given(st.lists(LEVEL, min_size=1, max_size=4), st.sampled_from(["/", "."]))
def test_a_path_that_was_encoded_decodes_to_itself(levels, delimiter):
    raw = encode("/".join(levels), delimiter)
    assert encode(decode(raw, delimiter), delimiter) in (raw, encode("/".join(["INBOX", *levels[1:]]), delimiter))


@pytest.mark.parametrize(
    ("raw", "delimiter", "path"),
    [
        (b"INBOX.Sent", ".", "INBOX/Sent"),
        (b"Inbox", "/", "INBOX"),
        (b"inbox/a", "/", "INBOX/a"),
        (b"a/b", ".", "a\u2215b"),
        (b"a/b.c", ".", "a\u2215b/c"),
        (b"Entw&APw-rfe", "/", "Entwürfe"),
        (b"Tom &- Jerry", "/", "Tom & Jerry"),
        (b"&ZeVnLIqe-", "/", "日本語"),
        ("Đã gửi".encode(), "/", "Đã gửi"),
        (b"caf\xe9", "/", "café"),
        (b"&AOk", "/", "é"),
        (b"&2AA-", "/", "&2AA-"),
        (b"&!!-", "/", "&!!-"),
        (b"", "/", ""),
        (b"..", "/", ".."),
    ],
)
def test_names_off_the_wire_read_as_paths(raw, delimiter, path):
    """I10."""
    assert decode(raw, delimiter) == path


def test_a_slash_inside_a_level_survives_the_way_back():
    assert encode(decode(b"a/b.c", "."), ".") == b"a/b.c"


@pytest.mark.parametrize(
    ("path", "delimiter"),
    [("", "/"), ("a//b", "/"), ("a\0b", "/"), ("a\nb", "/"), ("a/b", None), ("v1.2", "."), ("\ud800", "/")],
)
def test_a_path_that_the_server_cannot_have_is_refused(path, delimiter):
    with pytest.raises(ValueError, match=r"\."):
        encode(path, delimiter)


def test_the_server_says_what_folders_are_for_in_any_case():
    found = roles([folder(b"INBOX"), folder(b"a", "\\sent"), folder(b"b", "\\allmail"), folder(b"c", "\\spam")])
    assert found == {b"INBOX": Role.INBOX, b"a": Role.SENT, b"b": Role.ALL, b"c": Role.JUNK}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Sent Items", Role.SENT),
        ("Đã gửi", Role.SENT),
        ("Thùng rác", Role.TRASH),
        ("Entwürfe", Role.DRAFTS),
        ("Éléments supprimés", Role.TRASH),
        ("Correo no deseado", Role.JUNK),
        ("archives", Role.ARCHIVE),
        ("Удалённые", Role.TRASH),
        ("Skickade objekt", Role.SENT),
        ("스팸메일함", Role.JUNK),
        ("טיוטות", Role.DRAFTS),
        ("INBOX/Trash", Role.TRASH),
        ("[Gmail]/All Mail", Role.ALL),
    ],
)
def test_well_known_names_tell_what_folders_are_for(name, role):
    assert roles([folder(encode(name, "/"))]) == {encode(name, "/"): role}


def test_what_the_server_says_wins_over_names():
    assert roles([folder(b"Sent"), folder(b"Gesendet", "\\sent")]) == {b"Gesendet": Role.SENT}


def test_a_role_has_one_folder_and_a_folder_one_role():
    found = roles([folder(b"Sent"), folder(b"Sent Items"), folder(b"x", "\\trash", "\\junk"), folder(b"y", "\\trash")])
    assert found == {b"Sent": Role.SENT, b"x": Role.JUNK, b"y": Role.TRASH}


def test_folders_deep_down_or_without_mail_have_no_role():
    assert roles([folder(b"Projects/Sent"), folder(b"Trash", "\\noselect")]) == {}
