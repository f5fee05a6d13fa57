"""The demo as a whole: three servers, a configuration that points at them, and mail that arrives now and then."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from protocols.demo.compose import Letter, Person
from protocols.demo.imap_server import DemoImapServer
from protocols.demo.mail import FOLDERS, arrivals, imap_mail, pop3_mail
from protocols.demo.people import ME, ME_OLD
from protocols.demo.pop3_server import DemoPop3Server
from protocols.demo.smtp_server import DemoSmtpServer
from protocols.mime.headers import addresses, split_headers
from store.model import Address

PASSWORD = "pigeon"
FIRST, EVERY = 10.0, 45.0
"""Seconds until the first new letter, and between the next ones."""
POP3_PART = 10
"""One letter in so many goes to the POP3 account, five at least."""

_SMTP = """
[accounts.{name}.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
"""
_CONFIGURATION = """\
# The demo: everything in this folder is thrown away when it ends.

[accounts.work]
protocol = "imap"
address = {work}
name = {name}
host = "127.0.0.1"
port = {imap}
security = "none"
password_command = "echo {password}"
{work_smtp}
[accounts.old]
protocol = "pop3"
address = {old}
name = {name}
host = "127.0.0.1"
port = {pop3}
security = "none"
password_command = "echo {password}"
after_download = "delete"
{old_smtp}"""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: its configuration file and its (still empty) data folder."""

    config: Path
    data: Path
    imap: DemoImapServer
    pop3: DemoPop3Server


@asynccontextmanager
async def demo(messages: int, *, first: float = FIRST, every: float = EVERY) -> AsyncIterator[Demo]:
    """Servers with `messages` letters in all, for the length of a block; then all of it is gone, folder included.

    `first` and `every` are the seconds until new letters arrive.
    """
    # pymap tells of every connection that breaks, and the screen is the place where that would be read.
    logging.getLogger("pymap").setLevel(logging.CRITICAL)
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bocau-demo-")))
        imap = DemoImapServer(ME.address, PASSWORD, FOLDERS)
        pop3 = DemoPop3Server(ME_OLD.address, PASSWORD)
        post = _Post(imap, pop3)
        passwords = {ME.address: PASSWORD, ME_OLD.address: PASSWORD}
        smtp = DemoSmtpServer(passwords, post.sent)
        for server in (imap, pop3, smtp):
            stack.push_async_callback(server.close)
            await server.start()
        await _fill(imap, pop3, messages)
        config = folder / "config.toml"
        config.write_text(_configuration(imap.port, pop3.port, smtp.port), encoding="utf-8")
        tasks = [asyncio.create_task(post.arrive(first, every)), asyncio.create_task(post.deliver())]
        try:
            yield Demo(config, folder / "data", imap, pop3)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _fill(imap: DemoImapServer, pop3: DemoPop3Server, messages: int) -> None:
    now = int(time.time())
    old = min(messages, max(5, messages // POP3_PART))
    for posted in await asyncio.to_thread(imap_mail, messages - old, now):
        await imap.append(posted.folder, posted.raw, posted.when, posted.flags)
    for raw in await asyncio.to_thread(pop3_mail, old, now):
        pop3.deliver(raw)


def _configuration(imap: int, pop3: int, smtp: int) -> str:
    return _CONFIGURATION.format(
        work=json.dumps(ME.address),
        old=json.dumps(ME_OLD.address),
        name=json.dumps(ME.name, ensure_ascii=False),
        imap=imap,
        pop3=pop3,
        password=PASSWORD,
        work_smtp=_SMTP.format(name="work", port=smtp),
        old_smtp=_SMTP.format(name="old", port=smtp),
    )


class _Post:
    """Brings letters: new ones by the clock, sent ones to whom they are for, and answers from everybody else."""

    def __init__(self, imap: DemoImapServer, pop3: DemoPop3Server) -> None:
        self._imap = imap
        self._pop3 = pop3
        self._waiting: asyncio.Queue[tuple[tuple[str, ...], bytes]] = asyncio.Queue()
        self._answers = 0

    def sent(self, recipients: tuple[str, ...], raw: bytes) -> None:
        """Take what the SMTP server accepted."""
        self._waiting.put_nowait((recipients, raw))

    async def deliver(self) -> None:
        """Deliver what was sent, until cancelled."""
        while True:
            recipients, raw = await self._waiting.get()
            for recipient in recipients:
                if recipient == ME_OLD.address:
                    self._pop3.deliver(raw)
                elif recipient == ME.address:
                    await self._into_inbox(raw)
                else:
                    await self._into_inbox(self._answer(recipient, raw).raw())

    async def arrive(self, first: float, every: float) -> None:
        """Let new letters come, until cancelled; one in four to the POP3 account."""
        await asyncio.sleep(first)
        for number, letter in enumerate(arrivals(int(time.time())), 1):
            if number % 4:
                await self._into_inbox(replace(letter, when=int(time.time())).raw())
            else:
                self._pop3.deliver(replace(letter, to=ME_OLD, when=int(time.time())).raw())
            await asyncio.sleep(every)

    async def _into_inbox(self, raw: bytes) -> None:
        await self._imap.append("INBOX", raw, int(time.time()))

    def _answer(self, recipient: str, raw: bytes) -> Letter:
        """What the demo's mail robot answers in the name of whoever was written to."""
        fields = {name.lower(): value for name, value in reversed(split_headers(raw)[0])}
        sender = next(iter(addresses(fields.get("from", b""), 1)), Address("", ME.address))
        now = int(time.time())
        self._answers += 1
        return Letter(
            sender=Person("Demo mail robot", recipient if recipient.isascii() else "robot@demo.example"),
            to=Person("", sender.address),
            subject="Your letter has arrived",
            text=f"This is the demo: nobody but me reads mail to {recipient}. It came in whole, {len(raw)} bytes.\n",
            when=now,
            message_id=f"<answer-{now}-{self._answers}@demo.example>",
        )
