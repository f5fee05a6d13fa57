"""Mail, folders, names and words of servers in which every field is hostile, and what of it may be drawn."""

import re
from email.message import EmailMessage
from functools import partial

from textual.app import App

from protocols.mime.digest import digest
from protocols.mime.safe import url
from store import accounts, folder_list, folders, journal, messages
from store.errors import NotPossible
from store.folder_list import Listed
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Flag, Protocol, Role
from store.operations import SetFlags
from store.search import history, saved
from store.status import AccountStatus, Activity
from tests.tui.conftest import NOW
from tests.tui.screen_text import segments, styles

UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""Control characters, separators and bidirectional controls, which a terminal obeys or nobody sees."""
PAYLOADS = (
    "\x1b]52;c;cm0gLXJmIC8K\x1b\\", "\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\", "\x1b]8;;https://evil.example\x1b\\",
    "\x1b]0;pwned\x1b\\\x1b[21t", "\x1b[c\x1b[6n\x05\x1b]11;?\x1b\\", "\x1b[2J\x1b[H\x1bc\x0e", "\x9b31m\x9d0;x\x9c",
    "\x1bPq#0\x1b\\\x1b_Gi=1;\x1b\\\x90", "\x1b]never closed", "good\rEVIL\x00\x08\x7f\x0b", "one\nother row\r\n",
    "invoice_\u202efdp.exe", "\u2066a\u2069\u061c\u200e\u200f", "paypal\u200b.com\ufeff\u00ad", "a\u2028b\u2029c\x85d",
    "\u2800" * 60 + "real", "e" + "\u0301" * 300, "👩‍🚀" * 50, "\udce9", "a\tb",
    "[bold]x[/bold]", "Re: [/b] hi", "[/]", "see [/etc/passwd]", "[@click=app.pigeon]Invoice[/]",
    "[@click=app.pigeon()]", "[link='https://evil.example']https://bank.example[/link]",
    "[ANN] [PATCH 3/4] [#123] [20% off] [$primary] \\[bold] [b", "{x}%s$x", "&#27;]52;c;x&#7;&#x9b;",
)  # fmt: skip
"""Pieces of the catalogue's cases T01 to T20 and M01 to M05."""


def unsafe(app: App[None]) -> list[str]:
    """What is drawn and should not be: pieces of text, addresses of links, and actions behind text."""
    found = [text for text in segments(app) if UNSAFE.search(text)]
    for style in styles(app):
        if style.link is not None and url(style.link) != style.link:
            found.append(f"link {style.link!r}")
        found += [f"{key} {value!r}" for key, value in style.meta.items() if "pigeon" in str(value)]
    return found


def letter(number: int, text: str) -> bytes:
    """A message with `text` in every field that a person sees."""
    clean = text.encode("utf-8", "replace").decode()
    flat = clean.replace("\r", "=0D").replace("\n", "=0A")
    word = "=?utf-8?q?" + "".join(f"={byte:02X}" for byte in clean.encode()) + "?="
    message = EmailMessage()
    message.set_content(f"{clean}\n")
    html = f'<p>{clean}</p><a href="https://a.example/{flat}">x{clean}</a><a href="javascript:{flat}">y</a>'
    message.add_alternative(html, subtype="html")
    start = "BEGIN:VEVENT\nDTSTART:20261113T140000Z"
    for kind, body in (
        ("calendar", f"BEGIN:VCALENDAR\n{start}\nSUMMARY:{flat}\nLOCATION:{flat}\nEND:VEVENT\nEND:VCALENDAR\n"),
        ("vcard", f"BEGIN:VCARD\nVERSION:4.0\nFN:{flat}\nEMAIL:{flat}\nEND:VCARD\n"),
    ):
        message.add_attachment(body, subtype=kind, filename="a", disposition="inline")
    message.add_attachment(b"x", maintype="application", subtype="x", filename=f"{number}.bin")
    name = "".join(f"%{byte:02X}" for byte in clean.encode())
    raw = message.as_bytes().replace(b'filename="%d.bin"' % number, f"filename*=utf-8''{name}.exe".encode())
    top = (
        f"From: {word} <a{number}@example.org>\nTo: {word} <b@example.org>\nSubject: {word}\n"
        f"Reply-To: {word} <c@x.example>\n"
        f"Message-ID: <{number}.{word}@example.org>\nList-Unsubscribe: <https://x.example/{word}>\n"
        f"Authentication-Results: {word}\nDate: {word}\n"
    )
    return top.encode() + raw


async def fill(store: MailStore, texts: list[str]) -> None:
    """A folder, a message, a label, a saved search, an error and a refused act for each text."""
    ids = await store.write(lambda tx: accounts.reconcile(tx, [("work", Protocol.IMAP, True)]))
    listed = [Listed("INBOX", b"INBOX", Role.INBOX, True)] + [
        Listed(f"f{number}/{text}", b"f%d" % number, None, True) for number, text in enumerate(texts)
    ]
    await store.write(lambda tx: folder_list.reconcile(tx, ids["work"], listed))
    every = await store.read(lambda c: folders.every(c))
    inbox = next(folder for folder in every if folder.role is Role.INBOX)
    for number, text in enumerate(texts, 1):
        raw = letter(number, text)
        one = Arrival(digest(raw), NOW - number, len(raw), Flag.NONE, (text,), uid=number, raw=raw)
        await store.write(partial(messages.add, account=ids["work"], folder=inbox.id, arrivals=[one]))
        await store.write(partial(_named, text=text))
    for folder in every:
        await store.write(partial(folders.set_notice, folder=folder.id, notice=texts[0]))
    found = await store.read(lambda c: [row[0] for row in c.execute("SELECT id FROM messages ORDER BY id")])
    await store.do(SetFlags(tuple(found[:1]), add=Flag.FLAGGED))
    waiting = await store.read(lambda c: journal.waiting(c, ids["work"]))
    await store.write(lambda tx: journal.refuse(tx, [one.id for one in waiting], " ".join(texts)))
    words = " ".join(texts)
    store.status.set("work", AccountStatus(Activity.REFUSED, folder=texts[0], error=words, hint=words, exit_code=5))


def _named(tx: "messages.Transaction", text: str) -> None:
    history.add(tx, text)
    try:
        saved.save(tx, text, "rent")
    except NotPossible:  # a name that nobody could read
        return
