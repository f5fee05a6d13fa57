"""Saved searches on the command line, and searches that ask the servers too."""

import sqlite3
from contextlib import closing

from tests.tui.commandline.conftest import Call, Site


def test_a_search_is_saved_used_listed_and_removed(site: Site):
    assert "Saved Invitations" in site("searches", "add", "Invitations", "subject:invitation").err
    listed = site("searches", "--json").objects
    count = int(site("search", "subject:invitation", "--count").out)
    assert [(one["name"], one["query"], one["total"]) for one in listed] == [
        ("Invitations", "subject:invitation", count)
    ]
    assert "Invitations" in site("searches").out
    assert int(site("search", "--saved", "invitations", "--count").out) == count > 0
    narrowed = site("search", "--saved", "Invitations", "account:old", "--json").objects
    assert narrowed == site("search", "subject:invitation", "account:old", "--json").objects
    assert "Removed Invitations" in site("searches", "remove", "Invitations").err
    assert site("searches", "--json").objects == []
    assert site("searches", "remove", "Invitations").code == 7
    assert site("search", "--saved", "Invitations").code == 7


def test_a_wrong_query_is_not_saved(site: Site):
    done = site("searches", "add", "Wrong", "is:purple")
    assert done.code == 2
    assert "column 4" in done.err
    assert site("searches", "--json").objects == []


def test_there_has_to_be_something_to_search_for(call: Call):
    assert call("search").code == 2
    assert call("search", "x", "--count", "--server").code == 2


def test_the_servers_have_nothing_to_add_where_everything_is_here(site: Site):
    local = site("search", "subject:invitation", "--json").objects
    asked = site("search", "subject:invitation", "--server", "--json")
    assert asked.code == 0
    assert [{**one, "on_server": False} for one in local] == asked.objects


def forget_text(site: Site, message: int) -> None:
    """As if only the summary of a message had been fetched."""
    with closing(sqlite3.connect(site.data / "mail.sqlite3", isolation_level=None)) as connection:
        connection.execute("DELETE FROM bodies WHERE message_id = ?", (message,))
        connection.execute("DELETE FROM search_bodies WHERE rowid = ?", (message,))
        connection.execute("UPDATE messages SET cached = 0 WHERE id = ?", (message,))


def test_mail_whose_text_is_not_here_is_found_by_the_server(site: Site):
    found = site("search", "body:loft", "account:work", "--json").objects
    message = int(str(found[1]["id"]))
    forget_text(site, message)
    assert message not in [one["id"] for one in site("search", "body:loft", "account:work", "--json").objects]
    asked = site("search", "body:loft", "account:work", "--server", "--json")
    assert asked.code == 0
    assert [one["id"] for one in asked.objects] == [one["id"] for one in found]
    assert [one["id"] for one in asked.objects if one["on_server"]] == [message]


def test_offline_what_is_here_is_found_and_said_to_be_all(site: Site):
    found = site("search", "body:loft", "account:work", "--json").objects
    forget_text(site, int(str(found[0]["id"])))
    site.unplug()
    asked = site("search", "body:loft", "account:work", "--server", "--json")
    assert asked.code == 4
    assert "Only what is on this disk was searched of: work." in asked.err
    assert [one["id"] for one in asked.objects] == [one["id"] for one in found[1:]]
