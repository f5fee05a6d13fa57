"""The corpus is mail as programs send it, and the same every time."""

from email import message_from_bytes, policy
from pathlib import Path

from bench.corpus import letters, messages, write_maildir


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    assert list(messages(50, seed=3)) == list(messages(50, seed=3))
    assert list(messages(50, seed=3)) != list(messages(50, seed=4))


def test_every_letter_is_well_formed():
    for raw in messages(300):
        assert b"\n" not in raw.replace(b"\r\n", b"")
        parsed = message_from_bytes(raw, policy=policy.default)
        assert parsed["Message-ID"] and parsed["Subject"] and parsed["Date"]
        assert not any(part.defects for part in parsed.walk())


def test_it_holds_threads_html_attachments_and_both_languages():
    parsed = [message_from_bytes(raw, policy=policy.default) for raw in messages(300)]
    known = {message["Message-ID"] for message in parsed}
    answers = [message for message in parsed if message["In-Reply-To"]]
    assert len(answers) > 50 and all(message["In-Reply-To"] in known for message in answers)
    kinds = {part.get_content_type() for message in parsed for part in message.walk()}
    assert {"text/plain", "text/html", "application/pdf"} <= kinds
    subjects = [str(message["Subject"]) for message in parsed]
    assert any("hóa đơn" in subject for subject in subjects) and any(subject.isascii() for subject in subjects)


def test_a_maildir_holds_every_letter_with_its_time_and_flags(tmp_path: Path):
    total = write_maildir(tmp_path / "mail", 20)
    files = sorted((tmp_path / "mail" / "cur").iterdir())
    assert [path.read_bytes() for path in files] == list(messages(20))
    assert sum(path.stat().st_size for path in files) == total
    assert [path.name.rpartition(",")[2] for path in files] == [letter.flags for letter in letters(20)]
    assert [int(path.stat().st_mtime) for path in files] == [letter.when for letter in letters(20)]
