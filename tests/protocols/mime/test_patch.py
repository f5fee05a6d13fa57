"""Patches are found by their hunks, in mails, in reviews and in attachments; nothing else is taken for one."""

import pytest

from protocols.mime.blocks import Block, Document, Kind, Mark
from protocols.mime.long_text import LONG
from protocols.mime.patch import Hunks
from protocols.mime.read import document

PATCH = """\
Fix the rows.

---
 tui/rows.py | 5 ++-
 docs/a.png  | Bin 0 -> 12 bytes
 2 files changed, 2 insertions(+), 2 deletions(-)

diff --git a/tui/rows.py b/tui/rows.py
index 1a2b3c4..5d6e7f8 100644
--- a/tui/rows.py
+++ b/tui/rows.py
@@ -1,4 +1,5 @@ def rows():
 one

-- two
--\x20
+  three\x1b[31m
+--- four
+> five
\\ No newline at end of file
--\x20
2.39.0
- not removed
"""
REMOVED = ["-- two", "-- "]
ADDED = ["+  three\N{REPLACEMENT CHARACTER}[31m", "+--- four", "+> five"]


def shown(text: str, kind: str = "text/plain") -> Document:
    return document(f"From: a@x.example\nContent-Type: {kind}; charset=utf-8\n\n{text}".encode())


def marked(found: Document, mark: Mark) -> list[str]:
    return [block.text for block in found.blocks if any(mark in span.marks for span in block.spans)]


def one(found: Document, text: str) -> Block:
    return next(block for block in found.blocks if block.text == text)


def test_a_patch_in_a_mail_ends_where_its_hunk_does():
    found = shown(PATCH)
    counted = " tui/rows.py | 5 ++-"
    assert marked(found, Mark.REMOVED) == [counted, *REMOVED]
    assert marked(found, Mark.ADDED) == [counted, *ADDED]
    assert marked(found, Mark.HUNK) == ["@@ -1,4 +1,5 @@ def rows():"]
    assert {"diff --git a/tui/rows.py b/tui/rows.py", "+++ b/tui/rows.py"} < set(marked(found, Mark.BOLD))
    assert one(found, "- not removed").kind is Kind.SIGNATURE
    assert one(found, " one").kind is Kind.PREFORMATTED
    assert "\x1b" not in "".join(block.text for block in found.blocks)


def test_a_review_has_its_patch_in_the_quotes_and_its_words_between():
    quoted = "".join(f"> {line}\n" for line in PATCH.splitlines()[7:17])
    first, rest = quoted[: quoted.index("> -- two")], quoted[quoted.index("> -- two") :]
    found = shown(f"An wrote:\n{first}\n- Why?\n+1 from me\n\n{rest}\n-- \nBình\n")
    assert marked(found, Mark.REMOVED) == REMOVED
    assert [one(found, text).quote for text in REMOVED] == [1, 1]
    assert one(found, "- Why?").spans[0].marks is Mark.NONE
    assert one(found, "+1 from me").spans[0].marks is Mark.NONE
    assert one(found, "Bình").kind is Kind.SIGNATURE


def test_a_patch_is_found_in_what_is_quoted_below_a_signature():
    assert marked(shown("Fine.\n-- \nBình\n\n> @@ -1 +1 @@\n> -a\n> +b\n"), Mark.ADDED) == ["+b"]


@pytest.mark.parametrize(
    "text",
    [
        "- milk\n- bread\n+ eggs\n",
        "--- a/x\n+++ b/x\n- item\n",
        "--- Original Message ---\n+++ urgent +++\n",
        "> - quoted item\n> + another\n",
        "We met @@ noon -1 +1 @@\n- one\n",
        "a diff --git somewhere\n- one\n",
        "@@ -x +y @@\n- one\n",
    ],
)
def test_lists_quotes_and_lines_are_no_patches(text: str):
    found = shown(text)
    assert not marked(found, Mark.ADDED) and not marked(found, Mark.REMOVED) and not marked(found, Mark.HUNK)


def test_a_list_below_a_plain_diff_is_a_list():
    found = shown("--- x.c\n+++ x.c\n@@ -1 +1 @@\n-a\n+b\n- item\n+ item\n")
    assert marked(found, Mark.REMOVED) == ["-a"]
    assert marked(found, Mark.ADDED) == ["+b"]
    assert marked(found, Mark.BOLD) == ["--- x.c", "+++ x.c", "@@ -1 +1 @@"]


def test_renames_and_new_files_are_set_off_too():
    text = "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n\n- item\n"
    assert marked(shown(text), Mark.BOLD) == text.splitlines()[:4]


@pytest.mark.parametrize("kind", ["text/x-patch", "text/x-diff"])
def test_a_part_that_is_a_patch_is_shown_as_it_stands(kind: str):
    found = shown(PATCH, kind)
    assert [block.quote for block in found.blocks if block.quote] == []
    assert marked(found, Mark.ADDED)[1:] == ADDED
    assert not any(block.kind is Kind.NOTICE for block in found.blocks)


def test_a_patch_that_is_attached_inline_is_shown_below_the_text():
    raw = (
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nHello.\n--b\nContent-Type: text/x-patch; name=a.patch\n'
        "Content-Disposition: {}\n\n@@ -1 +1 @@\n-a\n+b\n--b--\n"
    )
    found = document(raw.format("inline").encode())
    assert [block.text for block in found.blocks][:4] == ["Hello.", "", "@@ -1 +1 @@", "-a"]
    assert marked(found, Mark.ADDED) == ["+b"]
    assert not marked(document(raw.format("attachment").encode()), Mark.ADDED)


def test_a_hunk_goes_on_over_the_pieces_of_a_long_text():
    half = LONG // 2 + 100
    text = f"@@ -1,{half} +1,{half} @@\n" + "-old\n" * half + "+new\n" * half + "- item\n"
    found = shown(text)
    assert len(marked(found, Mark.REMOVED)) == half
    assert len(marked(found, Mark.ADDED)) == half


def test_what_announces_more_than_it_has_ends_with_other_words():
    found = shown("@@ -1,900 +1,900 @@\n one\nSo far.\n- item\n")
    assert not marked(found, Mark.REMOVED)


def test_a_hunk_of_a_long_text_is_followed_through_it_once(monkeypatch: pytest.MonkeyPatch):
    taken, take = list[str](), Hunks.take
    monkeypatch.setattr(Hunks, "take", lambda self, line: taken.append(line) or take(self, line))
    text = f"@@ -1,{2 * LONG} +1,{2 * LONG} @@\n" + "+\n" * 2 * LONG
    assert len(marked(shown(text), Mark.ADDED)) == 2 * LONG
    assert len(taken) < 7 * LONG
