"""`folders`, `list`, `show` and `search` answer as the contract says, safely, with and without a connection."""

import re
from pathlib import Path

from tests.tui.commandline.conftest import MESSAGES, Call, Site

SUMMARY = {
    "id", "account", "folder", "uid", "uidl", "message_id", "thread", "from", "to", "cc", "subject", "date", "received",
    "flags", "labels", "size", "attachments", "preview", "cached", "pending", "kept", "also",
}  # fmt: skip
MESSAGE = SUMMARY | {"headers", "text", "parts", "links", "warnings"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
HOSTILE = "Escape"


def hostile(site: Site) -> int:
    return int(str(site("search", "subject:escape", "--json").objects[0]["id"]))


def test_folders_have_the_fields_of_the_contract(site: Site):
    found = site("folders", "--json").objects
    fields = {"account", "path", "role", "total", "unread", "synced", "subscribed", "notice", "kept"}
    assert all(set(one) == fields and one["notice"] is None for one in found)
    assert sum(int(str(one["total"])) for one in found) == MESSAGES
    inbox = next(one for one in found if one["role"] == "inbox" and one["account"] == "work")
    assert TIME.fullmatch(str(inbox["synced"]))
    assert any(one["path"] == "Projects/Đường bay mới" for one in found)
    assert "Projects/Đường bay mới" in site("folders").out


def test_a_list_has_the_fields_of_the_contract_newest_first_in_ascii(site: Site):
    done = site("list", "--json", "--limit", 1000)
    assert done.out.isascii()
    found = done.objects
    assert all(set(one) == SUMMARY for one in found)
    assert {one["account"] for one in found} == {"work", "old"}
    times = [str(one["received"]) for one in found]
    assert times == sorted(times, reverse=True)
    assert all(TIME.fullmatch(one) for one in times)
    imap = next(one for one in found if one["account"] == "work")
    pop3 = next(one for one in found if one["account"] == "old")
    assert isinstance(imap["uid"], int) and imap["uidl"] is None
    assert pop3["uid"] is None and isinstance(pop3["uidl"], str)
    assert set(imap["from"]) == {"name", "address"}  # type: ignore[call-overload]


def test_the_next_page_begins_before_the_last_message(site: Site):
    everything = site.ids("--limit", "20")
    assert site.ids("--limit", "10") + site.ids("--limit", "10", "--before", str(everything[9])) == everything


def test_threads_are_listed_with_how_many_messages_they_have(site: Site):
    found = site("list", "--threads", "--json", "--limit", 1000).objects
    flat = site("list", "--json", "--limit", 1000).objects
    assert all(set(one) == SUMMARY | {"messages", "unread"} for one in found)
    of = {thread: [one for one in flat if one["thread"] == thread] for thread in {one["thread"] for one in flat}}
    assert [one["thread"] for one in found] == list(dict.fromkeys(one["thread"] for one in flat))
    assert all(one["messages"] == len(of[one["thread"]]) for one in found)
    assert all(one["id"] == of[one["thread"]][0]["id"] for one in found)
    unread = {thread: sum("seen" not in str(one["flags"]) for one in every) for thread, every in of.items()}
    assert all(one["unread"] == unread[one["thread"]] for one in found)
    assert site("list", "--threads", "--json", "--limit", 3).objects == found[:3]
    assert len(site("list", "--threads").out.splitlines()) == min(50, len(found))
    assert site("list", "--threads", "--before", 5).code == 2


def test_one_folder_is_listed_by_path_or_role(site: Site):
    assert site.ids("--account", "work", "--folder", "sent") == site.ids("--folder", "Sent")
    assert site("list", "--folder", "nowhere").code == 7
    assert site("list", "--account", "nobody").code == 7
    assert site("list", "--before", 99999).code == 7


def test_escape_sequences_never_reach_the_terminal(site: Site):
    """T01, T06."""
    message = hostile(site)
    for arguments in (
        ("list", "--limit", 1000),
        ("show", message),
        ("show", message, "--headers"),
        ("search", HOSTILE),
    ):
        done = site(*arguments)
        assert HOSTILE in done.out
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", done.out)


def test_show_has_the_fields_of_the_contract(site: Site):
    message = site("search", "has:attachment", "--json").objects[0]["id"]
    (shown,) = site("show", str(message), "--json").objects
    assert set(shown) == MESSAGE
    assert isinstance(shown["text"], str) and shown["text"]
    parts = shown["parts"]
    assert isinstance(parts, list)
    assert all(set(part) == {"index", "type", "name", "size", "disposition", "cached", "real_type"} for part in parts)
    names = [name for name, _ in shown["headers"]]  # type: ignore[attr-defined]
    assert "Subject" in names


def test_show_warns_of_a_link_that_lies(site: Site):
    message = site("search", "from:mallory closed", "--json").objects[0]["id"]
    (shown,) = site("show", str(message), "--json").objects
    links = shown["links"]
    assert isinstance(links, list)
    assert {frozenset(link) for link in links} == {frozenset({"text", "url", "suspicious"})}
    assert any(link["suspicious"] for link in links)
    assert shown["warnings"]


def test_a_part_is_written_to_a_file_as_it_was_before_it_was_encoded(site: Site, tmp_path: Path):
    (found, *_) = site("search", "filename:pdf", "--json").objects
    (shown,) = site("show", str(found["id"]), "--json").objects
    parts = shown["parts"]
    assert isinstance(parts, list)
    index = next(part["index"] for part in parts if part["type"] == "application/pdf")
    file = tmp_path / "bill.pdf"
    assert site("show", str(found["id"]), "--part", index, "-o", str(file)).code == 0
    assert file.read_bytes().startswith(b"%PDF-1.4")
    assert site("show", str(found["id"]), "--part", "77").code == 2


def test_raw_bytes_are_written_to_a_file_exactly(site: Site, tmp_path: Path):
    message = hostile(site)
    assert site("show", message, "--raw", "-o", str(tmp_path / "raw.eml")).code == 0
    raw = (tmp_path / "raw.eml").read_bytes()
    (shown,) = site("show", message, "--json").objects
    assert len(raw) == shown["size"]
    assert b"\x1b[2J" in raw


def test_what_is_on_the_disk_is_shown_without_a_connection(site: Site):
    site.unplug()
    assert site("show", site.ids()[0]).code == 0


def test_what_is_missing_is_fetched_and_without_a_connection_it_is_exit_4(site: Site, tmp_path: Path):
    data = str(tmp_path / "summaries")
    assert site("sync", "--account", "work", "--summaries", "--data", data).code == 0
    first, *others = site("list", "--json", "--data", data).objects
    # other tests copy messages on this server, and copies share what is here of them
    second = next(one for one in others if one["message_id"] != first["message_id"])
    assert (first["cached"], second["cached"]) == ("none", "none")
    assert site("show", str(first["id"]), "--data", data).code == 0
    site.unplug()
    done = site("show", str(second["id"]), "--data", data)
    assert done.code == 4
    assert "refused the connection" in done.err


def test_an_unknown_message_is_exit_7(call: Call):
    assert call("show", 4711).code == 7


def test_search_folds_counts_and_names_the_column_of_an_error(site: Site):
    count = int(site("search", "hoa don", "--count").out)
    assert count == int(site("search", "HÓA ĐƠN", "--count").out) > 0
    assert site("search", "is:unread", "--count", "--json").objects == [
        {"count": int(site("search", "is:unread", "--count").out)}
    ]
    assert len(site("search", "-subject:zzz", "--json", "--limit", 3).objects) == 3
    done = site("search", "invoice from:")
    assert done.code == 2
    assert "column 14" in done.err
