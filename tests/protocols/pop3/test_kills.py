"""The whole download from a real server, killed again and again: every message ends here, once, and none there."""

import random
from collections import Counter
from pathlib import Path

import pytest

from protocols.auth.sasl import Credentials
from protocols.endpoint import Endpoint, Security
from protocols.pop3.connection import Connection
from store import accounts
from store.mailstore import MailStore
from tests.servers.dovecot import Dovecot
from tests.servers.maildrop_reader import Reader
from tests.servers.mortal import Mortal
from tests.servers.proxy import PASS, Fault, Proxy

MESSAGES = 2000
KILLS = 50
DELETING = 12
"""Kills while deletions are under way, the last of them when the server has them all."""
SEED = 4


def raw(number: int) -> bytes:
    head = b"From: a@example.com\r\nSubject: letter %04d\r\nMessage-ID: <%04d@example.com>\r\n\r\n" % (number, number)
    return head + b"It is raining.\r\n" * 8


@pytest.mark.timeout(240)  # ten seconds, where nothing else runs
async def test_a_download_killed_at_fifty_random_moments_ends_with_every_message_here_once(
    tmp_path: Path, dovecot: Dovecot
):
    user = dovecot.user()
    for number in range(MESSAGES):
        dovecot.deliver(user, raw(number))
    data = tmp_path / "data"
    chance = random.Random(SEED)
    killed: Counter[int] = Counter()
    async with (
        Proxy(dovecot.pop3) as proxy,
        Mortal(data, proxy.port, user, dovecot.password) as mortal,
    ):
        listing = await _octets_of_a_listing(proxy, Credentials(user, dovecot.password))
        proxy.on_cut = mortal.kill
        for _ in range(KILLS - DELETING):
            # a share of them while it signs in and lists; a step brings a fiftieth of the mail, more or less
            moment = chance.randrange(listing + 2 * MESSAGES * len(raw(0)) // KILLS)
            killed[await _ended(mortal, proxy, to_client=Fault(cut_after=moment))] += 1
        for _ in range(DELETING - 1):
            word = b"DELE %d\r\n" % chance.randrange(1, MESSAGES + 1)
            killed[await _ended(mortal, proxy, to_server=Fault(cut_on=word, deliver=chance.random() < 0.5))] += 1
        killed[await _ended(mortal, proxy, to_server=Fault(cut_on=b"QUIT\r\n", deliver=True))] += 1
        assert killed == {-9: KILLS}
        assert await _ended(mortal, proxy) == 0
    assert dovecot.messages(user) == []
    async with await MailStore.open(data) as store:
        (account,) = await store.read(accounts.every)
        stored = await Reader(store, account.id).every_raw()
    assert Counter(stored) == Counter(raw(number) for number in range(MESSAGES))


async def _octets_of_a_listing(proxy: Proxy, credentials: Credentials) -> int:
    endpoint = Endpoint(proxy.host, proxy.port, Security.NONE)
    async with await Connection.open(endpoint) as connection:
        await connection.sign_in(credentials)
        assert (await connection.survey()).count == MESSAGES
    return proxy.passed["to_client"]


async def _ended(mortal: Mortal, proxy: Proxy, *, to_client: Fault = PASS, to_server: Fault = PASS) -> int:
    """How a round ended, which dies where the fault cuts."""
    proxy.to_client, proxy.to_server = to_client, to_server
    await mortal.begin()
    return await mortal.end()
