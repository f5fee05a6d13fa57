"""Messages move and copy to other accounts from the command line, and it is always said whose folder is meant."""

import sqlite3
from contextlib import closing

from tests.tui.commandline.conftest import Site


def waiting(site: Site) -> list[dict[str, object]]:
    return [one for one in site("journal", "--json").objects if one["type"] == "operation"]


def subject(site: Site, message: int) -> object:
    (shown,) = site("show", message, "--json").objects
    return shown["subject"]


def raw(site: Site, message: int) -> str:
    return site("show", message, "--raw").out


def test_local_mail_goes_to_a_server_at_once_when_that_is_wanted(site: Site):
    message = site.ids("--account", "old")[0]
    bytes_before, said = raw(site, message), subject(site, message)
    done = site("move", message, "archive", "--account", "work", "--now")
    assert (done.code, done.out) == (0, "Moved 1 to Archive of work.\n")
    assert waiting(site) == []
    assert message not in site.ids("--account", "old")
    (copy,) = [one for one in site.ids("--account", "work", "--folder", "archive") if subject(site, one) == said]
    assert raw(site, copy) == bytes_before
    assert site("undo", "--now").code == 0
    assert copy not in site.ids("--account", "work", "--folder", "archive")
    assert [subject(site, one) for one in site.ids("--account", "old")].count(said) == 1
    assert waiting(site) == []


def test_mail_of_a_server_comes_to_a_local_folder_and_leaves_the_server(site: Site):
    assert site("folder", "create", "old", "Kept").code == 0
    assert site("sync", "--account", "work").code == 0
    message = site.ids("--account", "work")[0]
    said = subject(site, message)
    before = [subject(site, one) for one in site.ids("--account", "work")]
    assert site("move", message, "Kept", "--account", "old", "--now").code == 0
    assert waiting(site) == [] and message not in site.ids("--account", "work")
    (copy,) = site.ids("--account", "old", "--folder", "Kept")
    assert subject(site, copy) == said
    assert site("sync", "--account", "work").code == 0
    assert message not in site.ids("--account", "work")
    assert site("undo", "--now").code == 0
    assert sorted(map(str, before)) == sorted(str(subject(site, one)) for one in site.ids("--account", "work"))


def test_a_copy_waits_without_a_connection_and_is_given_up(site: Site):
    site.unplug()
    message = site.ids("--account", "old")[0]
    assert site("copy", message, "archive", "--account", "work", "--now").code == 4
    (entry,) = waiting(site)
    assert (entry["kind"], entry["source"], entry["state"], entry["account"]) == ("append", message, "queued", "work")
    assert "put into Archive" in site("journal").out
    assert site("journal", "drop", str(entry["operation"])).code == 0
    assert waiting(site) == [] and message in site.ids("--account", "old")


def test_of_messages_of_several_accounts_somebody_has_to_say_whose_folder_it_is(site: Site):
    ours, theirs = site.ids("--account", "work")[0], site.ids("--account", "old")[0]
    refused = site("move", ours, theirs, "archive")
    assert refused.code == 2 and "--account" in refused.err
    assert site("move", ours, "archive", "--account", "nobody").code == 7
    assert site("move", ours, theirs, "archive", "--account", "old").out == "Moved 2 to Archive of old.\n"
    assert ours not in site.ids("--account", "work")
    assert site("undo").code == 0
    assert ours in site.ids("--account", "work") and theirs in site.ids("--account", "old")


def test_the_help_tells_of_other_accounts(site: Site):
    for command in ("move", "copy"):
        assert "--account" in site(command, "--help").out


def test_all_that_was_refused_can_wait_again(site: Site):
    ids = site.ids("--account", "old")[:2]
    site("copy", *ids, "archive", "--account", "work")
    with closing(sqlite3.connect(site.data / "mail.sqlite3", isolation_level=None)) as connection:
        connection.execute("UPDATE journal SET state = 'refused', error = 'full' WHERE kind = 'append'")
    assert [one["state"] for one in waiting(site)] == ["refused", "refused"]
    assert site("journal", "retry").code == 2
    assert site("journal", "retry", "--all").out == "2 operations wait again.\n"
    assert [one["state"] for one in waiting(site)] == ["queued", "queued"]
    assert site("journal", "retry", "--all").out == "0 operations wait again.\n"
