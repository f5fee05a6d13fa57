"""A small Gmail in memory: labels that look like folders, All Mail that holds everything, one set of flags."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.servers.fake_imap import Box, FakeImap, Lines, Mail

CAPABILITY = (
    "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS COMPRESS=DEFLATE ENABLE MOVE"
    " CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584"
)
ZERO = 1278455344230334865
"""X-GM-MSGID of the message number 0."""
ALL_MAIL, TRASH, SPAM = "[Gmail]/All Mail", "[Gmail]/Trash", "[Gmail]/Spam"
_FOLDERS = {
    "[Gmail]": "\\HasChildren \\Noselect",
    ALL_MAIL: "\\All \\HasNoChildren",
    "[Gmail]/Drafts": "\\Drafts \\HasNoChildren",
    "[Gmail]/Important": "\\HasNoChildren \\Important",
    "[Gmail]/Sent Mail": "\\HasNoChildren \\Sent",
    SPAM: "\\HasNoChildren \\Junk",
    "[Gmail]/Starred": "\\Flagged \\HasNoChildren",
    TRASH: "\\HasNoChildren \\Trash",
}
_SYSTEM = {"INBOX": "\\Inbox", "[Gmail]/Sent Mail": "\\Sent", "[Gmail]/Important": "\\Important"}


@dataclass
class Letter(Mail):
    """One message as one folder has it; flags and labels are the same objects in all of them."""

    number: int = 0
    labels: set[str] = field(default_factory=set)
    """The wire names of the folders it is in, but All Mail."""


class FakeGmail(FakeImap):
    """Gmail as far as a mail reader sees it; what it does to mail follows its own rules, not those of IMAP."""

    def __init__(self) -> None:
        super().__init__(CAPABILITY)
        self._modseq = 1000
        self._changed: dict[int, int] = {}
        """Number of a message -> the MODSEQ of its last change."""
        for name, attributes in _FOLDERS.items():
            self.folder(name, attributes)
        for box in self.boxes.values():
            box.highestmodseq = self._modseq

    def deliver(self, number: int, raw: bytes, *folders: str, flags: Iterable[str] = ()) -> None:
        """A message that arrives: in All Mail, and in `folders` (the inbox when none is named)."""
        shared, labels = set(flags), set[str]()
        letter = Letter(0, raw, shared, number=ZERO + number, labels=labels)
        for name in (ALL_MAIL, *(folders or ("INBOX",))):
            self._put(letter, name)

    def label(self, number: int, *names: str) -> None:
        """Another client puts labels on a message."""
        for name in names:
            self._put(self.letter(number), name)

    def unlabel(self, number: int, *names: str) -> None:
        """Another client takes labels off a message."""
        for name in names:
            self._withdraw(self.letter(number), name)

    def star(self, number: int) -> None:
        """Another client puts the star on, or takes it off."""
        letter = self.letter(number)
        letter.flags.symmetric_difference_update({"\\Flagged"})
        self._touch(letter)

    def letter(self, number: int) -> Letter:
        """A message, by the number it was delivered with."""
        rows = [row for box in self.boxes.values() for row in box.mails if isinstance(row, Letter)]
        return next(row for row in rows if row.number == ZERO + number)

    def where(self, number: int) -> set[str]:
        """The folders that a message is in."""
        full = ZERO + number
        return {name for name, box in self.boxes.items() if any(_is(row, full) for row in box.mails)}

    def _put(self, letter: Letter, name: str) -> int:
        """Let a message be in a folder (too); answers its UID there, the old one when it was there already."""
        box = self.boxes[name] if name in self.boxes else self.folder(name, "\\HasNoChildren")
        there = [row for row in box.mails if _is(row, letter.number)]
        if not there:
            row = Letter(box.uidnext, letter.raw, letter.flags, letter.date, letter.number, letter.labels)
            box.uidnext += 1
            box.mails.append(row)
            there = [row]
            if name != ALL_MAIL:
                letter.labels.add(name)
        self._touch(letter)
        box.highestmodseq = self._modseq
        return there[0].uid

    def _touch(self, letter: Letter) -> None:
        self._modseq += 1
        self._changed[letter.number] = self._modseq
        for box in self.boxes.values():
            if box.highestmodseq is None or any(_is(row, letter.number) for row in box.mails):
                box.highestmodseq = self._modseq

    def _withdraw(self, letter: Letter, name: str) -> Lines:
        """Take a message out of a folder; the answer is its EXPUNGE there."""
        box = self.boxes[name]
        letter.labels.discard(name)
        self._touch(letter)
        return self._take(box, {row.uid for row in box.mails if _is(row, letter.number)})

    def _namespace(self, arguments: str, selected: list[Box]) -> Lines:
        return ['* NAMESPACE (("" "/")) NIL NIL']

    def _status(self, arguments: str, selected: list[Box]) -> Lines:
        lines = super()._status(arguments, selected)
        found = re.match(r'\* STATUS "(.+)" \(', str(lines[0]))
        modseq = f" HIGHESTMODSEQ {self.boxes[found[1]].highestmodseq})" if found else ")"
        return [re.sub(r"( HIGHESTMODSEQ \d+)?\)$", modseq, str(lines[0])), *lines[1:]]

    def _uid_fetch(self, arguments: str, selected: list[Box]) -> Lines:
        since = re.search(r"CHANGEDSINCE (\d+)", arguments)
        rows = {row.uid: row for row in selected[0].mails if isinstance(row, Letter)}
        lines: Lines = []
        for line in super()._uid_fetch(re.sub(r" \(CHANGEDSINCE \d+\)", "", arguments), selected):
            assert isinstance(line, bytes)
            found = re.search(rb"UID (\d+)", line)
            assert found is not None
            row = rows[int(found[1])]
            modseq = self._changed[row.number]
            if since is None or modseq > int(since[1]):
                extra = self._extra(row, arguments, selected[0].name)
                lines.append(line.replace(found[0], b"%s%s MODSEQ (%d)" % (extra, found[0], modseq), 1))
        return lines

    def _extra(self, row: Letter, items: str, asked_in: str) -> bytes:
        """Gmail's own items; of the labels all but that of the folder that is asked."""
        extra = ""
        if "X-GM-THRID" in items:
            extra += f"X-GM-THRID {row.number} "
        if "X-GM-MSGID" in items:
            extra += f"X-GM-MSGID {row.number} "
        if "X-GM-LABELS" in items:
            labels = [_SYSTEM.get(name, name) for name in sorted(row.labels - {TRASH, SPAM, asked_in})]
            extra += f"X-GM-LABELS ({' '.join(map(_astring, labels))}) "
        return extra.encode()

    def _uid_search(self, arguments: str, selected: list[Box]) -> Lines:
        """SEARCH, or ESEARCH (RFC 4731) with every number on its own."""
        (line,) = super()._uid_search(arguments.removeprefix("RETURN (ALL) "), selected)
        if not arguments.startswith("RETURN"):
            return [line]
        found = ",".join(str(line).split()[2:])
        return [f'* ESEARCH (TAG "$") UID ALL {found}' if found else '* ESEARCH (TAG "$") UID']

    def _uid_store(self, arguments: str, selected: list[Box]) -> Lines:
        words, item, names = arguments.split(" ", 2)
        flags = {quoted or atom for quoted, atom in re.findall(r'"([^"]*)"|([^ ()]+)', names)}
        lines: Lines = []
        for number, row in selected[0].chosen(words):
            assert isinstance(row, Letter)
            if "X-GM-LABELS" in item:
                for name in flags:
                    self._put(row, name) if item[0] == "+" else self._withdraw(row, name)
            else:
                row.flags.update(flags) if item[0] == "+" else row.flags.difference_update(flags)
            self._touch(row)
            if "SILENT" not in item:
                lines.append(f"* {number} FETCH (UID {row.uid} FLAGS ({' '.join(sorted(row.flags))}))")
        return lines

    def _uid_copy(self, arguments: str, selected: list[Box]) -> Lines:
        return self._carry(arguments, selected, move=False)

    def _uid_move(self, arguments: str, selected: list[Box]) -> Lines:
        return self._carry(arguments, selected, move=True)

    def _carry(self, arguments: str, selected: list[Box], *, move: bool) -> Lines:
        """COPY puts a label on, MOVE takes the folder's own off as well; what goes to Trash or Spam leaves all others.

        COPYUID stands in the tagged answer, and may name a UID that All Mail had long before.
        """
        words, _, quoted = arguments.partition(" ")
        target, source = quoted.strip('"'), selected[0].name
        if target not in self.boxes:
            return ["$ NO [TRYCREATE] No folder " + target + " (Failure)"]
        rows = [row for _, row in selected[0].chosen(words) if isinstance(row, Letter)]
        places = [(row.uid, self._put(row, target)) for row in rows]
        gone: Lines = []
        for row in rows:
            bin = target in (TRASH, SPAM)
            leaves = {*row.labels, ALL_MAIL} - {target} if bin else {source} - {ALL_MAIL} if move else set()
            if source in (TRASH, SPAM) and move:
                self._put(row, ALL_MAIL)
            for name in leaves & self.where(row.number - ZERO):
                lines = self._withdraw(row, name)
                gone += lines if name == source else []
        if not places:
            return [*gone, "$ OK (Success)"]
        uids = (",".join(map(str, column)) for column in zip(*places, strict=True))
        code = f"[COPYUID {self.boxes[target].uidvalidity} {' '.join(uids)}]"
        return [*gone, f"$ OK {code} (Success)"]

    def _uid_expunge(self, arguments: str, selected: list[Box]) -> Lines:
        """In a label's folder the label goes, in Trash and Spam the message itself."""
        lines: Lines = []
        rows = [row for _, row in selected[0].chosen(arguments) if isinstance(row, Letter)]
        for row in rows:
            if "\\Deleted" in row.flags:
                row.flags.discard("\\Deleted")
                lines += self._withdraw(row, selected[0].name)
        return lines


def _is(row: Mail, number: int) -> bool:
    return isinstance(row, Letter) and row.number == number


def _astring(label: str) -> str:
    return '"' + label.replace("\\", "\\\\") + '"' if re.search(r'[\\ "()]', label) else label
