"""A small IMAP server in memory whose answers a test may replace: quirks of servers not installed here."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from protocols.imap.sequence import expand
from tests.servers import imap_parts
from tests.servers.script import Peer, Scripted, scripted

FULL = "IMAP4rev1 UIDPLUS MOVE IDLE SPECIAL-USE LIST-EXTENDED"
BARE = "IMAP4rev1"
Lines = list[str | bytes]


@dataclass
class Mail:
    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)
    date: str | None = "17-Jul-2024 02:44:25 +0000"


@dataclass
class Box:
    """One folder."""

    name: str
    attributes: str = ""
    uidvalidity: int = 7
    uidnext: int = 1
    tells_uidnext: bool = True
    highestmodseq: int | None = None
    permanent: str | None = None
    """What PERMANENTFLAGS names; None: the server does not tell."""
    read_only: bool = False
    mails: list[Mail] = field(default_factory=list)

    def add(self, raw: bytes, *flags: str, uid: int | None = None, date: str | None = Mail.date) -> Mail:
        mail = Mail(uid or self.uidnext, raw, set(flags), date)
        self.uidnext = max(self.uidnext, mail.uid + 1)
        self.mails.append(mail)
        return mail

    def chosen(self, words: str) -> list[tuple[int, Mail]]:
        """(sequence number, mail) of a UID set; `*` is the last message, and echoes it as RFC 9051 says."""
        last = self.mails[-1].uid if self.mails else 0
        pairs = [tuple(int(last if n == "*" else n) for n in one.split(":")) for one in words.split(",")]
        spans = [(min(pair), max(pair)) for pair in pairs]
        return [(n, m) for n, m in enumerate(self.mails, 1) if any(low <= m.uid <= high for low, high in spans)]


_LITERAL = re.compile(r"\{(\d+)(\+?)\}\Z")
_NAME = re.compile(r'"[^"]*"|\S+')


class FakeImap:
    """Any user signs in.  `quirks` are tried before the ordinary answer; `log` holds every command without its tag."""

    def __init__(self, capability: str = FULL) -> None:
        self.capability = capability
        self.boxes = {"INBOX": Box("INBOX")}
        self.log: list[str] = []
        self.refuses_after: int | None = None
        """How many connections may sign in; further ones get NO [LIMIT]."""
        self.sign_ins = 0
        self.idling = asyncio.Event()
        self.literal = b""
        """What the last literal held."""
        self.port = 0
        self._quirks: list[tuple[str, Callable[[str], Lines | None], int]] = []
        self._push: set[asyncio.Queue[str]] = set()

    @property
    def inbox(self) -> Box:
        return self.boxes["INBOX"]

    def folder(self, name: str, attributes: str = "") -> Box:
        self.boxes[name] = Box(name, attributes)
        return self.boxes[name]

    def on(self, pattern: str, *lines: str | bytes, times: int = 1_000_000) -> None:
        """Answer commands that match with `lines` (`$` is the tag) instead; a newer quirk comes first."""
        self._quirks.insert(0, (pattern, lambda command: list(lines), times))

    def does(self, pattern: str, answer: Callable[[str], Lines | None], times: int = 1_000_000) -> None:
        """Let `answer(command)` answer; None leaves it to the ordinary answer."""
        self._quirks.insert(0, (pattern, answer, times))

    def forget_quirks(self) -> None:
        """Answer as an ordinary server from now on."""
        self._quirks.clear()

    def push(self, line: str) -> None:
        """Say a line to everybody who is in IDLE."""
        for queue in self._push:
            queue.put_nowait(line)

    def said(self, word: str) -> list[str]:
        return [command for command in self.log if command.startswith(word)]

    async def script(self, peer: Peer) -> None:
        await peer.say(f"* OK [CAPABILITY {self.capability}] ready")
        selected: list[Box] = []
        while True:
            peer.tag, _, rest = (await peer.line()).partition(b" ")
            command = rest.decode()
            while literal := _LITERAL.search(command):
                command = command[: literal.start()] + await self._literal(peer, int(literal[1]), literal[2])
            self.log.append(command if not command.startswith("LOGIN") else "LOGIN")
            lines = self._quirk(command)
            if command == "IDLE" and lines is None:
                await self._idle(peer)
                continue
            await peer.say(*(self._answer(command, selected) if lines is None else lines))
            if command == "LOGOUT":
                return

    async def _literal(self, peer: Peer, size: int, plus: str) -> str:
        """Read a literal, and what follows it in the command; its bytes are kept aside."""
        if not plus:
            await peer.say("+ go on")
        self.literal = await peer.exactly(size)
        return f"{{{size}{plus}}}~" + (await peer.line()).decode()

    def _quirk(self, command: str) -> Lines | None:
        for index, (pattern, answer, times) in enumerate(self._quirks):
            if times and re.match(pattern, command):
                lines = answer(command)
                if lines is not None:
                    self._quirks[index] = (pattern, answer, times - 1)
                    return lines
        return None

    async def _idle(self, peer: Peer) -> None:
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._push.add(queue)
        await peer.say("+ idling")
        self.idling.set()

        async def speak() -> None:
            while True:
                await peer.say(await queue.get())

        speaker = asyncio.create_task(speak())
        try:
            while await peer.line() != b"DONE":
                pass
        finally:
            self._push.discard(queue)
            speaker.cancel()
            await asyncio.gather(speaker, return_exceptions=True)
        await peer.say("$ OK done")

    def _answer(self, command: str, selected: list[Box]) -> Lines:
        name = re.match(r"(?:UID )?\w+", command)
        handler = getattr(self, "_" + name[0].lower().replace(" ", "_"), None) if name else None
        if handler is None:
            return ["$ BAD what?"]
        arguments = command[name.end() :].strip() if name else ""
        lines: Lines = handler(arguments, selected)
        return lines if any(line[:1] in ("$", b"$") for line in lines) else [*lines, "$ OK done"]

    def _capability(self, arguments: str, selected: list[Box]) -> Lines:
        return [f"* CAPABILITY {self.capability}"]

    def _login(self, arguments: str, selected: list[Box]) -> Lines:
        if self.refuses_after is not None and self.sign_ins >= self.refuses_after:
            return ["$ NO [LIMIT] Maximum number of connections from user+IP exceeded"]
        self.sign_ins += 1
        return ["$ OK hello"]

    def _noop(self, arguments: str, selected: list[Box]) -> Lines:
        return []

    _id = _subscribe = _unsubscribe = _noop

    def _logout(self, arguments: str, selected: list[Box]) -> Lines:
        return ["* BYE bye"]

    def _list(self, arguments: str, selected: list[Box]) -> Lines:
        return [f'* LIST ({box.attributes}) "/" "{box.name}"' for box in self.boxes.values()]

    def _create(self, arguments: str, selected: list[Box]) -> Lines:
        if _name(arguments) in self.boxes:
            return ["$ NO [ALREADYEXISTS] it is there"]
        self.folder(_name(arguments))
        return []

    def _rename(self, arguments: str, selected: list[Box]) -> Lines:
        old, new = _NAME.findall(arguments)
        old, new = old.strip('"'), new.strip('"')
        if old not in self.boxes or new in self.boxes:
            return ["$ NO that cannot be"]
        for name in [name for name in self.boxes if name == old or name.startswith(f"{old}/")]:
            box = self.boxes.pop(name)
            box.name = new + name[len(old) :]
            self.boxes[box.name] = box
        return []

    def _delete(self, arguments: str, selected: list[Box]) -> Lines:
        return [] if self.boxes.pop(_name(arguments), None) else ["$ NO [NONEXISTENT] no such folder"]

    def _status(self, arguments: str, selected: list[Box]) -> Lines:
        box = self.boxes.get(_name(arguments))
        if box is None:
            return ["$ NO [NONEXISTENT] no such folder"]
        unseen = sum("\\Seen" not in mail.flags for mail in box.mails)
        items = f"MESSAGES {len(box.mails)} UIDNEXT {box.uidnext} UIDVALIDITY {box.uidvalidity} UNSEEN {unseen}"
        return [f'* STATUS "{box.name}" ({items})']

    def _select(self, arguments: str, selected: list[Box]) -> Lines:
        box = self.boxes.get(_name(arguments.removesuffix(" (CONDSTORE)")))
        selected.clear()
        if box is None or "\\Noselect" in box.attributes:
            return ["$ NO [NONEXISTENT] no such folder"]
        selected.append(box)
        uidnext = [f"* OK [UIDNEXT {box.uidnext}] next"] if box.tells_uidnext else []
        counts = [f"* {len(box.mails)} EXISTS", f"* OK [UIDVALIDITY {box.uidvalidity}] valid"]
        modseq = [f"* OK [HIGHESTMODSEQ {box.highestmodseq}] highest"] if box.highestmodseq is not None else []
        permanent = [f"* OK [PERMANENTFLAGS ({box.permanent})] kept"] if box.permanent is not None else []
        access = "READ-ONLY" if box.read_only else "READ-WRITE"
        return [*counts, *uidnext, *modseq, *permanent, f"$ OK [{access}] done"]

    def _uid_fetch(self, arguments: str, selected: list[Box]) -> Lines:
        words, _, items = arguments.partition(" ")
        return [_fetched(number, mail, items) for number, mail in selected[0].chosen(words)]

    def _uid_search(self, arguments: str, selected: list[Box]) -> Lines:
        box = selected[0]
        found = [mail for _, mail in box.chosen("1:*")] if box.mails else []
        if match := re.match(r"(\d+):(\d+)", arguments):
            found = box.mails[int(match[1]) - 1 : int(match[2])]
        if match := re.match(r"UID (\S+)", arguments):
            found = [mail for _, mail in box.chosen(match[1])] if box.mails else []
        if match := re.search(r'HEADER "?MESSAGE-ID"? "?([^"]+)"?', arguments):
            found = [mail for mail in found if match[1].encode() in mail.raw]
        if "UNDELETED" in arguments:
            found = [mail for mail in found if "\\Deleted" not in mail.flags]
        elif "DELETED" in arguments:
            found = [mail for mail in found if "\\Deleted" in mail.flags]
        return [" ".join(["* SEARCH", *(str(mail.uid) for mail in found)])]

    def _append(self, arguments: str, selected: list[Box]) -> Lines:
        box = self.boxes.get(_name(arguments))
        if box is None:
            return ["$ NO [TRYCREATE] no such folder"]
        flags, date = re.search(r"\((.*?)\)", arguments), re.search(r'"([^"]*\d:[^"]*)"', arguments)
        stamp = date[1] if date else Mail.date
        mail = box.add(self.literal, *(flags[1].split() if flags else ()), date=stamp)
        code = f"[APPENDUID {box.uidvalidity} {mail.uid}] " if "UIDPLUS" in self.capability else ""
        return [f"$ OK {code}appended"]

    def _uid_store(self, arguments: str, selected: list[Box]) -> Lines:
        words, item, flags = arguments.split(" ", 2)
        lines: Lines = []
        for number, mail in selected[0].chosen(words):
            names = set(flags.strip("()").split())
            mail.flags = mail.flags | names if item[0] == "+" else mail.flags - names
            if "SILENT" not in item:
                lines.append(f"* {number} FETCH (UID {mail.uid} FLAGS ({' '.join(sorted(mail.flags))}))")
        return lines

    def _uid_copy(self, arguments: str, selected: list[Box]) -> Lines:
        code = self._copy(arguments, selected)
        return ["$ NO [TRYCREATE] no such folder"] if code is None else [f"$ OK {code} copied"]

    def _uid_move(self, arguments: str, selected: list[Box]) -> Lines:
        code = self._copy(arguments, selected)
        if code is None:
            return ["$ NO [TRYCREATE] no such folder"]
        gone = self._take(selected[0], {mail.uid for _, mail in selected[0].chosen(arguments.partition(" ")[0])})
        return [f"* OK {code} moved", *gone] if code else gone

    def _copy(self, arguments: str, selected: list[Box]) -> str | None:
        words, _, name = arguments.partition(" ")
        target = self.boxes.get(_name(name))
        if target is None:
            return None
        pairs = [(m.uid, target.add(m.raw, *m.flags, date=m.date).uid) for _, m in selected[0].chosen(words)]
        if not pairs or "UIDPLUS" not in self.capability:
            return ""
        sources, places = (",".join(map(str, uids)) for uids in zip(*pairs, strict=True))
        return f"[COPYUID {target.uidvalidity} {sources} {places}]"

    def _uid_expunge(self, arguments: str, selected: list[Box]) -> Lines:
        marked = {mail.uid for mail in selected[0].mails if "\\Deleted" in mail.flags}
        return self._take(selected[0], marked & set(expand(arguments.encode())))

    def _expunge(self, arguments: str, selected: list[Box]) -> Lines:
        return self._take(selected[0], {mail.uid for mail in selected[0].mails if "\\Deleted" in mail.flags})

    def _take(self, box: Box, uids: set[int]) -> Lines:
        lines: Lines = []
        for number in range(len(box.mails), 0, -1):
            if box.mails[number - 1].uid in uids:
                del box.mails[number - 1]
                lines.append(f"* {number} EXPUNGE")
        return lines


def _name(argument: str) -> str:
    match = re.match(r'"([^"]*)"|(\S+)', argument)
    assert match is not None
    return match[1] if match[1] is not None else match[2]


def _fetched(number: int, mail: Mail, items: str) -> bytes:
    parts = [f"UID {mail.uid}".encode()]
    if "FLAGS" in items:
        parts.append(f"FLAGS ({' '.join(sorted(mail.flags))})".encode())
    if "INTERNALDATE" in items and mail.date:
        parts.append(f'INTERNALDATE "{mail.date}"'.encode())
    if "RFC822.SIZE" in items:
        parts.append(b"RFC822.SIZE %d" % len(mail.raw))
    parts += imap_parts.items(mail.raw, items)
    return b"* %d FETCH (%s)" % (number, b" ".join(parts))


@contextlib.asynccontextmanager
async def serving(server: FakeImap) -> AsyncIterator[Scripted]:
    """Run the fake; `server.port` is its port."""
    async with scripted(server.script) as running:
        server.port = running.port
        yield running
