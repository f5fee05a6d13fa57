"""Threads on the command line: one line each, with the newest message and how many there are."""

import json

import pytest

from store import folders
from store.mailstore import MailStore
from store.thread_lists import Place
from tests.tui.conftest import store  # noqa: F401 (a fixture)
from tests.tui.thread_mail import garden
from tui.commandline.objects import read_names
from tui.commandline.thread_list import read_threads, write_threads


async def test_a_thread_is_one_line_with_its_newest_message(store: MailStore, capsys: pytest.CaptureFixture[str]):  # noqa: F811
    ids = await garden(store)
    inboxes = await store.read(folders.unified)
    found = await store.read(lambda c: read_threads(c, Place(inboxes), 100))
    names = await store.read(read_names)
    talk = next(one for one in found if one.messages > 1)
    assert (talk.newest.id, talk.messages, talk.unread) == (ids["new"], 4, 2)
    assert found.index(talk) == 2
    write_threads(found, names, as_json=False)
    line = next(line for line in capsys.readouterr().out.splitlines() if "garden" in line)
    assert line.split()[:3] == [str(talk.newest.thread), "4", "2"]
    write_threads(found, names, as_json=True)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["messages"], one["unread"]) for one in told if one["id"] == ids["new"]] == [(4, 2)]
    assert all(one["also"] == [] for one in told)
