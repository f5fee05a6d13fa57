"""When new mail may be heard, as it stands in the configuration."""

from datetime import time
from pathlib import Path

import pytest

from store.config import load
from store.errors import ConfigurationError
from store.notice_settings import Notices, Quiet
from store.settings import Settings


def read(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "config.toml"
    file.write_text(text)
    return load(file)


def test_nothing_is_told_unless_it_is_asked_for(tmp_path: Path):
    assert read(tmp_path, "").notices == read(tmp_path, "[notices]\n").notices == Notices()
    assert not (Notices().bell or Notices().title or Notices().subject) and Notices().terminal == "off"


def test_everything_can_be_set(tmp_path: Path):
    text = """
        [notices]
        bell = true
        terminal = "osc777"
        title = true
        subject = true
        quiet = "22:00 - 7:00"
        accounts = ["work"]
        folders = ["INBOX", "Lists/*"]
        [accounts.work]
        protocol = "imap"
        host = "imap.example.com"
    """
    quiet = Quiet(time(22), time(7))
    wanted = Notices(True, "osc777", True, True, quiet, ("work",), ("INBOX", "Lists/*"))
    assert read(tmp_path, text).notices == wanted
    assert str(quiet) == "22:00-07:00"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('terminal = "osc99"', "osc9"),
        ('quiet = "22-7"', "22:00-07:00"),
        ('quiet = "25:00-07:00"', "22:00-07:00"),
        ('quiet = "07:00-07:00"', "22:00-07:00"),
        ('accounts = ["nobody"]', "no account called nobody"),
        ("bell = 1", "true"),
        ("belll = true", "bell"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(tmp_path: Path, line: str, said: str):
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, f"[notices]\n{line}\n")
    assert "line 2" in caught.value.title and "notices" in caught.value.title
    assert said in f"{caught.value.title} {caught.value.hint}"


@pytest.mark.parametrize("key", ["mouse", "links"])
def test_mouse_and_links_can_be_switched_off(tmp_path: Path, key: str):
    assert getattr(read(tmp_path, "").general, key) is True
    assert getattr(read(tmp_path, f"[general]\n{key} = false\n").general, key) is False


def test_quiet_hours_may_go_over_midnight():
    night, noon = Quiet.parse("22:00-07:00"), Quiet.parse("12:00-13:30")
    assert [night.holds(time(hour)) for hour in (21, 22, 0, 6, 7)] == [False, True, True, True, False]
    assert [noon.holds(time(12, minute)) for minute in (0, 59)] == [True, True]
    assert noon.holds(time(13, 29)) and not noon.holds(time(13, 30))
