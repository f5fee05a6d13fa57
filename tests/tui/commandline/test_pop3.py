"""POP3 from the command line: what a round leaves there and brings here, and what comes when it is opened."""

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.maildrop_reader import letter
from tests.tui.commandline.conftest import Call


@pytest.fixture
def box(call: Call, dovecot: Dovecot) -> str:
    user = dovecot.user()
    for number, padding in ((1, 0), (2, 40_000)):
        dovecot.deliver(user, letter(number, padding)[1])
    added = call(
        "account", "add", "--name", "drop", "--protocol", "pop3", "--address", "anna@example.com", "--user", user,
        "--host", "127.0.0.1", "--port", dovecot.pop3, "--security", "none", "--after-download", "delete",
        "--size-limit", "10 kB", "--password-command", f"echo {dovecot.password}",
    )  # fmt: skip
    assert added.code == 0, added.err
    return user


def test_a_message_above_the_limit_is_listed_and_comes_when_it_is_shown(call: Call, dovecot: Dovecot, box: str):
    assert call("sync").code == 0
    rows = {row["subject"]: row for row in call("list", "--json").objects}
    assert (rows["letter 1"]["cached"], rows["letter 2"]["cached"]) == ("full", "none")
    assert [message.subject for message in dovecot.messages(box)] == ["letter 2"]
    large = str(rows["letter 2"]["id"])
    shown = call("show", large)
    assert shown.code == 0 and "xxxx" in shown.out
    assert call("show", large, "--raw").code == 0
    assert call("sync").code == 0
    assert dovecot.messages(box) == []
    assert {row["cached"] for row in call("list", "--json").objects} == {"full"}
