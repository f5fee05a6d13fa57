"""Letters with everything that is hard to keep, and a store with some of them."""

from protocols.mime.digest import digest
from store import accounts, folders, messages
from store.mailstore import MailStore
from store.messages import Arrival
from store.model import Account, Flag, MessageId, Protocol, Role

HEAD = b"From: Anna <anna@example.org>\r\nSubject: Hello\r\n"
ODD = {
    "crlf": HEAD + b"\r\nText.\r\n",
    "bare lf": HEAD.replace(b"\r\n", b"\n") + b"\nText.\n",
    "no final newline": HEAD + b"\r\nText.",
    "a final carriage return": HEAD + b"\r\nText.\n\r",
    "from lines": HEAD + b"\r\nFrom here on\r\n\r\nFrom a@b Mon Nov 23 14:41:47 2026\r\n>From\r\n>From x\n>>>From y\n",
    "starts with from": b"From anna@example.org Mon Nov 23 14:41:47 2026\nSubject: x\n\ntext\n",
    "nul": HEAD + b"\r\n\0\0\0\r\n\0",
    "8-bit": HEAD + bytes(range(128, 256)) + b"\r\n",
    "empty body": HEAD + b"\r\n",
    "no body": HEAD,
    "blank lines at the end": HEAD + b"\r\n\r\n\n\n\r\n\r\n",
    "blank lines at the beginning": b"\n\r\n\nText\n",
    "one line end": b"\n",
    "quoted from": HEAD + b"\r\n>From me\r\n> From you\r\n",
}
NOON = 1_700_000_000


def letter(name: str, text: str = "Text.", subject: str = "Hello") -> bytes:
    head = f"From: Anna <anna@example.org>\r\nSubject: {subject}\r\nMessage-ID: <{name}@example.org>\r\n"
    return f"{head}Date: Mon, 13 Nov 2023 22:13:20 +0000\r\n\r\n{text}\r\n".encode()


async def account(store: MailStore, protocol: Protocol = Protocol.POP3, name: str = "home") -> Account:
    """An account, made with its folders when it is new; no other account is left."""
    others = [(one.name, one.protocol, one.unified) for one in await store.read(accounts.every) if one.name != name]
    await store.write(lambda tx: accounts.reconcile(tx, [*others, (name, protocol, True)]))
    return await store.read(lambda c: accounts.by_name(c, name))


async def put(
    store: MailStore, owner: Account, path: str, *raws: bytes, flags: Flag = Flag.NONE, subject: str | None = None
) -> list[MessageId]:
    """Store whole messages in a folder, made when it is missing, a second apart."""
    known = {folder.path: folder.id for folder in await store.read(lambda c: folders.every(c, owner.id))}
    inbox = await store.read(lambda c: folders.by_role(c, owner.id, Role.INBOX))
    if path == "INBOX" and inbox is not None:
        known[path] = inbox.id
    if path not in known:
        known[path] = await store.write(lambda tx: folders.add_local(tx, owner.id, path, None))
    arrivals = [Arrival(digest(raw), NOON + number, len(raw), flags, raw=raw) for number, raw in enumerate(raws)]
    ids = await store.write(lambda tx: messages.add(tx, owner.id, known[path], arrivals))
    if subject is not None:
        await store.write(
            lambda tx: tx.executemany("UPDATE messages SET subject = ? WHERE id = ?", [(subject, i) for i in ids])
        )
    return ids


async def held(store: MailStore, owner: Account) -> dict[str, list[tuple[bytes, Flag]]]:
    """Folder path -> its messages, bytes and flags, sorted."""
    rows = await store.read(
        lambda c: c.execute(
            "SELECT f.path, f.role, b.raw, m.flags FROM messages m JOIN folders f ON f.id = m.folder_id"
            " JOIN bodies b ON b.message_id = m.id WHERE m.account_id = ?",
            (owner.id,),
        ).fetchall()
    )
    found: dict[str, list[tuple[bytes, Flag]]] = {}
    for path, role, raw, flags in rows:
        found.setdefault("INBOX" if role == "inbox" else path, []).append((raw, Flag(flags)))
    return {path: sorted(letters) for path, letters in found.items()}
