"""Small fakes of servers that are not installed here, each with the habits that have bitten mail readers."""

import re

from tests.servers.fake_imap import BARE, FULL, Box, FakeImap, Lines

UID, FLAGS, DATE, SIZE = rb"UID \d+", rb"FLAGS \([^)]*\)", rb'INTERNALDATE "[^"]*"', rb"RFC822\.SIZE \d+"


def reordered(line: str | bytes, *order: bytes, end: bytes = b")") -> bytes:
    """A FETCH response with its items in another order; what stands in a literal comes last."""
    assert isinstance(line, bytes)
    head = re.match(rb"\* \d+ FETCH \(", line)
    assert head is not None
    items, mark, body = line[head.end() : -1].partition(b"BODY[")
    found = [match[0] for pattern in order if (match := re.search(pattern, items))]
    return head[0] + b" ".join([*found, *([mark + body] if mark else [])]) + end


class _WithNamespace(FakeImap):
    def _namespace(self, arguments: str, selected: list[Box]) -> Lines:
        return ['* NAMESPACE (("" "/")) NIL NIL']


class FakeExchange(_WithNamespace):
    """Outlook.com and Exchange: UIDNEXT stands still, sizes come first, calendar items are not given out."""

    def __init__(self) -> None:
        super().__init__("IMAP4 IMAP4rev1 UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+")
        for name in ("Archive", "Deleted Items", "Drafts", "Junk Email", "Sent Items"):
            self.folder(name, "\\HasNoChildren")
        self.calendar: set[int] = set()
        """UIDs of calendar items: the server says OK, and nothing else."""
        self._stuck: dict[str, int] = {}

    def _uidnext(self, box: Box) -> int:
        """It was right when the server was started."""
        return self._stuck.setdefault(box.name, box.uidnext)

    def _status(self, arguments: str, selected: list[Box]) -> Lines:
        lines = super()._status(arguments, selected)
        name = re.match(r'\* STATUS "([^"]+)"', str(lines[0]))
        if name is None:
            return lines
        return [re.sub(r"UIDNEXT \d+", f"UIDNEXT {self._uidnext(self.boxes[name[1]])}", str(lines[0]))]

    def _select(self, arguments: str, selected: list[Box]) -> Lines:
        lines = super()._select(arguments, selected)
        if not selected:
            return lines
        recent = f"* {len(selected[0].mails)} RECENT"
        uidnext = f"[UIDNEXT {self._uidnext(selected[0])}]"
        return [recent, *(re.sub(r"\[UIDNEXT \d+\]", uidnext, str(line)) for line in lines)]

    def _uid_fetch(self, arguments: str, selected: list[Box]) -> Lines:
        lines = [reordered(line, SIZE, DATE, FLAGS, UID) for line in super()._uid_fetch(arguments, selected)]
        hidden = {b"UID %d " % uid for uid in self.calendar}
        return [line for line in lines if "BODY" not in arguments or not any(uid in line for uid in hidden)]


class FakeYahoo(_WithNamespace):
    """Yahoo and AOL: INBOX is listed as "Inbox", and a command handles so many messages and no more (RFC 9738)."""

    def __init__(self, limit: int = 1_000_000) -> None:
        super().__init__(f"{FULL} ID NAMESPACE XYMHIGHESTMODSEQ UIDONLY MESSAGELIMIT={limit}")
        self.limit = limit
        self.poisoned: set[int] = set()
        """UIDs that no command gets past."""

    def _list(self, arguments: str, selected: list[Box]) -> Lines:
        return [str(line).replace('"INBOX"', '"Inbox"') for line in super()._list(arguments, selected)]

    def _status(self, arguments: str, selected: list[Box]) -> Lines:
        return super()._status(arguments.replace("Inbox", "INBOX"), selected)

    def _select(self, arguments: str, selected: list[Box]) -> Lines:
        return super()._select(arguments.replace("Inbox", "INBOX"), selected)

    def _uid_fetch(self, arguments: str, selected: list[Box]) -> Lines:
        lines = super()._uid_fetch(arguments, selected)
        uids = [int(found[1]) for line in lines if (found := re.search(rb"UID (\d+)", bytes(line)))]  # type: ignore[arg-type]
        if "BODY" in arguments and self.poisoned.intersection(uids):
            return ["$ NO [UNAVAILABLE] UID FETCH Server error while fetching messages"]
        if len(lines) <= self.limit:
            return lines
        last = uids[-self.limit]
        return [*reversed(lines[-self.limit :]), f"$ OK [MESSAGELIMIT {self.limit} {last}] FETCH completed partially"]

    def _uid_search(self, arguments: str, selected: list[Box]) -> Lines:
        (line,) = super()._uid_search(arguments, selected)
        found = str(line).split()[2:]
        if len(found) <= self.limit:
            return [line]
        some = found[-self.limit :]
        return [f"* SEARCH {' '.join(some)}", f"$ OK [MESSAGELIMIT {self.limit} {some[0]}] SEARCH completed partially"]


class FakeCourier(FakeImap):
    """Courier: all folders below INBOX with a dot, no UIDNEXT in SELECT, `n:*` beyond the end is nothing."""

    def __init__(self) -> None:
        super().__init__("IMAP4rev1 UIDPLUS CHILDREN NAMESPACE SORT QUOTA IDLE ENABLE UTF8=ACCEPT")
        for name in ("INBOX.Drafts", "INBOX.Sent", "INBOX.Trash"):
            self.folder(name, "\\HasNoChildren")
        self.inbox.tells_uidnext = False

    def folder(self, name: str, attributes: str = "") -> Box:
        if not name.startswith("INBOX."):
            raise AssertionError(f"Courier refuses to make {name}")
        box = super().folder(name, attributes)
        box.tells_uidnext = False
        return box

    def _namespace(self, arguments: str, selected: list[Box]) -> Lines:
        return ['* NAMESPACE (("INBOX." ".")) NIL (("#shared." ".")("shared." "."))']

    def _list(self, arguments: str, selected: list[Box]) -> Lines:
        return [str(line).replace('"/"', '"."') for line in super()._list(arguments, selected)]

    def _select(self, arguments: str, selected: list[Box]) -> Lines:
        return [
            "* FLAGS (\\* \\Draft \\Answered \\Flagged \\Deleted \\Seen \\Recent)",
            *super()._select(arguments, selected),
        ]

    def _enable(self, arguments: str, selected: list[Box]) -> Lines:
        return ["* ENABLED"]

    def _uid_fetch(self, arguments: str, selected: list[Box]) -> Lines:
        words = arguments.partition(" ")[0]
        last = selected[0].mails[-1].uid if selected[0].mails else 0
        if words.endswith(":*") and int(words[:-2]) > last:
            return []
        return super()._uid_fetch(arguments, selected)


class FakeCyrus(FakeImap):
    """Cyrus: FLAGS before UID, special use in lower case, and no change told for a range that ends in a star."""

    def __init__(self) -> None:
        super().__init__(FULL + " CONDSTORE")
        for name in ("Drafts", "Sent", "Trash"):
            self.folder(name.replace("Drafts", "Concepts"), f"\\HasNoChildren \\{name.lower()}")

    def _uid_fetch(self, arguments: str, selected: list[Box]) -> Lines:
        assert ":*" not in arguments or "CHANGEDSINCE" not in arguments
        return [reordered(line, FLAGS, UID, DATE, SIZE) for line in super()._uid_fetch(arguments, selected)]


class FakeGreenMail(FakeImap):
    """GreenMail: UIDVALIDITY is a time in milliseconds, and messages come in no order."""

    def __init__(self) -> None:
        super().__init__("IMAP4rev1 LITERAL+ UIDPLUS SORT IDLE MOVE QUOTA")
        self.inbox.uidvalidity = 1_721_097_880_123

    def _uid_fetch(self, arguments: str, selected: list[Box]) -> Lines:
        lines = super()._uid_fetch(arguments, selected)
        return [*lines[1::2], *reversed(lines[::2])]


class FakeZimbra(FakeImap):
    """Zimbra: the number of messages is told more than once when a folder is selected."""

    def _select(self, arguments: str, selected: list[Box]) -> Lines:
        lines = super()._select(arguments, selected)
        return [lines[0], *lines[1:-1], "* 0 EXISTS", lines[-1]] if selected else lines


class FakePurelymail(FakeImap):
    """Purelymail: HIGHESTMODSEQ is 0 as long as a folder is empty."""

    def __init__(self) -> None:
        super().__init__(FULL + " CONDSTORE")
        self.inbox.highestmodseq = 0

    def _status(self, arguments: str, selected: list[Box]) -> Lines:
        (line,) = super()._status(arguments, selected)
        return [re.sub(r"( HIGHESTMODSEQ \d+)?\)$", f" HIGHESTMODSEQ {self.inbox.highestmodseq})", str(line))]


class FakeNetEase(FakeImap):
    """163.com and 126.com: nothing is opened for a stranger, STATUS says nothing, SELECT no UIDNEXT."""

    def __init__(self) -> None:
        super().__init__("IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ STARTTLS UIDPLUS X-APPLE-REMOTE-LINKS MOVE")
        self.inbox.tells_uidnext = False
        self._introduced = False

    def _id(self, arguments: str, selected: list[Box]) -> Lines:
        if re.search(r"\( | \)", arguments):
            return ["$ BAD Parse command error"]
        self._introduced = True
        return ['* ID ("name" "Coremail Imap" "vendor" "Mailtech")']

    def _select(self, arguments: str, selected: list[Box]) -> Lines:
        if not self._introduced:
            return ["$ NO SELECT Unsafe Login. Please contact kefu@188.com for help"]
        return super()._select(arguments, selected)

    def _status(self, arguments: str, selected: list[Box]) -> Lines:
        return [re.sub(r"\(.*\)$", "()", str(line)) for line in super()._status(arguments, selected)]


class FakeQQ(FakeImap):
    """QQ: a blank before the last parenthesis of a FETCH."""

    def __init__(self) -> None:
        super().__init__(BARE + " ID XLIST UIDPLUS MOVE")

    def _uid_fetch(self, arguments: str, selected: list[Box]) -> Lines:
        lines = super()._uid_fetch(arguments, selected)
        return [reordered(line, FLAGS, DATE, SIZE, UID, end=b" )") for line in lines]


class FakeDavMail(FakeImap):
    """DavMail: one line of SEARCH for each message."""

    def _uid_search(self, arguments: str, selected: list[Box]) -> Lines:
        (line,) = super()._uid_search(arguments, selected)
        return [f"* SEARCH {word}" for word in str(line).split()[2:]] or ["* SEARCH"]
