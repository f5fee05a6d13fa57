"""`doctor` tells what is wrong with the store, mends it when asked, and salvages what cannot be opened."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from store.mailstore import FILE_NAME
from store.preflight import verdict_of
from tests.store.damage import overwrite, tree
from tests.tui.commandline.conftest import Site
from tui.commandline.store_checks import room
from tui.version import VERSION

ROOT = Path(__file__).parents[3]


def path_of(site: Site) -> Path:
    return site.data / FILE_NAME


def change(site: Site, *statements: str) -> None:
    with closing(sqlite3.connect(path_of(site), isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def problems(site: Site, *options: str) -> dict[str, str]:
    """Check -> detail of everything that is wrong."""
    found = site("doctor", "--json", *options).objects
    return {str(one["check"]): str(one["detail"]) for one in found if not one["ok"]}


def test_wrong_counters_and_contents_are_told_and_mended(site: Site):
    change(
        site,
        "UPDATE folders SET total = total + 1 WHERE role = 'inbox'",
        "DELETE FROM bodies WHERE message_id IN (SELECT id FROM messages WHERE uid IS NOT NULL LIMIT 3)",
    )
    told = problems(site)
    assert set(told) == {"counters"}
    assert "folders with wrong counters" in told["counters"]
    assert "3 IMAP messages without the contents" in told["counters"]
    assert problems(site, "--repair") == {}
    assert problems(site) == {}
    assert site("list").code == 0


@pytest.mark.parametrize("table", ["search_headers_data", "search_bodies_content"])
def test_a_damaged_search_index_is_told_and_made_anew(site: Site, table: str):
    count = site("search", "--count", "subject:a or body:a").out
    overwrite(path_of(site), tree(path_of(site), table)[1])
    assert set(problems(site)) == {"search"}
    assert "--repair" in site("doctor").out
    assert problems(site, "--repair") == {}
    assert site("search", "--count", "subject:a or body:a").out == count


def test_an_index_without_its_entries_is_told_and_made_anew(site: Site):
    change(site, "DELETE FROM search_headers", "DELETE FROM search_bodies")
    assert "not in the index yet" in problems(site)["search"]
    assert problems(site, "--repair") == {}


def test_a_damaged_store_is_refused_with_a_hint_and_salvaged_by_hand(site: Site):
    ids = site.ids("--unified")
    interior, leaves = tree(path_of(site), "messages")
    overwrite(path_of(site), [1, *interior])
    before = path_of(site).read_bytes()
    for command in (("list",), ("sync",), ("search", "x"), ("doctor",)):
        done = site(*command)
        assert done.code == 1
        assert "--salvage" in done.err + done.out
    assert path_of(site).read_bytes() == before
    done = site("doctor", "--salvage")
    assert done.code == 0, done.out
    assert "Saved: " in done.err and "The damaged file was kept" in done.err
    assert "mail.sqlite3.damaged-" in done.out
    [kept] = site.data.glob(f"{FILE_NAME}.damaged-*")
    assert kept.read_bytes() == before
    assert site.ids("--unified") == ids
    assert problems(site) == {}
    assert leaves


def test_damage_that_only_the_check_finds_closes_the_store_until_it_is_salvaged(site: Site):
    ids = site.ids("--unified")
    overwrite(path_of(site), tree(path_of(site), "bodies")[1][-1:])
    assert site("list").code == 0
    assert "damaged" in problems(site)["store"]
    assert verdict_of(path_of(site)).exists()
    refused = site("list")
    assert refused.code == 1 and "--salvage" in refused.err
    assert site("doctor", "--salvage").code == 0
    assert site.ids("--unified") == ids


def test_a_sound_store_is_not_salvaged(site: Site):
    before = path_of(site).read_bytes()
    done = site("doctor", "--salvage")
    assert (done.code, "nothing to salvage" in done.err) == (0, True)
    assert not list(site.data.glob("*damaged*"))
    assert before


def test_when_nothing_can_be_read_salvage_changes_nothing(site: Site):
    path_of(site).write_bytes(b"this was a database once" * 500)
    done = site("doctor", "--salvage")
    assert done.code == 1
    assert "Nothing could be read" in done.err
    assert path_of(site).read_bytes() == b"this was a database once" * 500


def test_a_store_of_a_newer_bocau_is_left_alone(site: Site):
    change(site, "PRAGMA user_version = 9999")
    before = path_of(site).read_bytes()
    done = site("list")
    assert (done.code, "newer bocau" in done.err, "Update bocau" in done.err) == (1, True, True)
    assert site("doctor", "--salvage").code == 1
    assert path_of(site).read_bytes() == before
    assert VERSION


def test_the_reader_asks_before_it_salvages(site: Site):
    from bench.terminal import Terminal

    overwrite(path_of(site), [1])
    before = path_of(site).read_bytes()
    command = (sys.executable, "-m", "tui.cli", "--config", str(site.config), "--data", str(site.data))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with Terminal(command, environment=environment) as terminal:
        terminal.wait_for("Save what can be read")
        terminal.send("n\r")
        terminal.wait_for("Nothing was changed")
        assert terminal.wait_for_end(20)
    assert path_of(site).read_bytes() == before
    with Terminal(command, environment=environment) as terminal:
        terminal.wait_for("Save what can be read")
        terminal.send("y\r")
        terminal.wait_for("Press Enter")
        terminal.send("\r")
        terminal.wait_for("Inbox", 30)
        terminal.send("q")
        assert terminal.wait_for_end(20)
    [kept] = site.data.glob(f"{FILE_NAME}.damaged-*")
    assert kept.read_bytes() == before


def test_without_a_terminal_the_reader_only_says_what_to_do(site: Site):
    overwrite(path_of(site), [1])
    done = subprocess.run(
        [sys.executable, "-m", "tui.cli", "--config", str(site.config), "--data", str(site.data)],
        cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 1
    assert "--salvage" in done.stderr


def test_a_disk_that_is_as_good_as_full_is_a_problem(tmp_path: Path):
    assert (room(tmp_path, 1, 10**9).exit_code, room(tmp_path, 1, 10**9).advice) == (0, "")
    full = room(tmp_path, 10**6, 4096)
    assert (full.exit_code, "make room" in full.advice, "1.0 MB, 4.1 kB free" in full.detail) == (1, True, True)
