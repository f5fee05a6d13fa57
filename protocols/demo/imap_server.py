"""The demo's IMAP server: pymap with its mail in memory, in this process, on a free port of loopback."""

import asyncio
import ssl
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from datetime import UTC, datetime

from proxyprotocol.result import ProxyResultLocal
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag, Wildcard
from pymap.parsing.specials.objectid import ObjectId
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

HOST = "127.0.0.1"


class _Configuration(Config):
    """pymap's settings, without the look-up of this machine's name that its greeting would make."""

    @property
    def greeting(self) -> bytes:
        return b"bocau demo"


class _Mailbox(MailboxData):
    """A folder that takes any keyword: labels can be given."""

    @property
    def permanent_flags(self) -> frozenset[Flag]:
        return frozenset(super().permanent_flags | {Wildcard})


class _Mailboxes(MailboxSet):
    """Folders of that kind."""

    def __init__(self) -> None:
        super().__init__()
        self._inbox = self._made()

    def _made(self) -> _Mailbox:
        return _Mailbox(self._content_cache, self._thread_cache)

    async def add_mailbox(self, name: str) -> ObjectId:
        """As pymap does it.  A name that is taken raises ValueError."""
        async with self._set_lock.write_lock():
            if name in self._set:
                raise ValueError(name)
            made = self._set[name] = self._made()
            return made.mailbox_id


class DemoImapServer:
    """One user's folders, served to any number of clients; what they do is kept until `close`."""

    def __init__(self, user: str, password: str, folders: tuple[str, ...]) -> None:
        """`folders` are made besides INBOX."""
        self._user = user
        self._password = password
        self._folders = folders
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], StreamWriter] = {}
        self._mailboxes = _Mailboxes()
        # Plain comparison and this loop: hashing half a million rounds in threads would protect a made-up password.
        self._config = _Configuration(
            Namespace(passlib_cfg=None, proxy_protocol="noop"),
            host=HOST,
            port=0,
            demo_data=False,
            demo_user=user,
            demo_password=password,
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
            tls_enabled=False,
        )

    @property
    def port(self) -> int:
        """Where it listens, after `start`."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Make the user and the folders, and listen."""
        self._config.apply_context()
        self._config.set_cache[self._user] = (self._mailboxes, FilterSet())
        login = Login(self._config)
        await login.demo_user_identity.set(UserMetadata(self._config, self._user, password=self._password))
        for folder in self._folders:
            await self._mailboxes.add_mailbox(folder)
        service = IMAPServer(login, self._config)

        async def serve(reader: StreamReader, writer: StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._connections[task] = writer
            try:
                await service(reader, writer, SocketInfo.get(writer, ProxyResultLocal()))
            finally:
                del self._connections[task]

        self._server = await asyncio.start_server(serve, HOST, 0, limit=1 << 20)

    async def append(self, folder: str, raw: bytes, when: int, flags: frozenset[str] = frozenset()) -> None:
        r"""Put a message (CRLF lines) into a folder; `when` is Unix seconds, `flags` such as `\Seen`."""
        mailbox = await self._mailboxes.get_mailbox(folder)
        values = frozenset(Flag(flag.encode("ascii")) for flag in flags)
        await mailbox.append(AppendMessage(raw, datetime.fromtimestamp(when, UTC), values), recent=True)

    async def close(self) -> None:
        """Stop listening, end every connection, and wait for their tasks."""
        if self._server is None:
            return
        self._server.close()
        for writer in self._connections.values():
            writer.transport.abort()
        if self._connections:
            await asyncio.wait(set(self._connections))
        await self._server.wait_closed()
        self._server = None
