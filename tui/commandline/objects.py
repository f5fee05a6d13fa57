"""The objects of `--json`: summary, message and folder, field by field as other programs rely on them."""

import sqlite3
from dataclasses import dataclass

from protocols.mime.blocks import Document
from protocols.mime.parse import Message
from protocols.mime.real_type import of_part
from store import accounts, folders, keeping
from store.model import AccountId, Address, Folder, FolderId, Summary
from tui.commandline.output import time_of
from tui.document_lines import lines
from tui.wrap import WIDEST

Object = dict[str, object]


@dataclass(frozen=True, slots=True)
class Names:
    """What accounts and folders are called."""

    accounts: dict[AccountId, str]
    folders: dict[FolderId, str]
    kept: frozenset[FolderId] = frozenset()
    """The folders that are kept by hand."""


def read_names(connection: sqlite3.Connection) -> Names:
    """The names of every account and folder."""
    return Names(
        {account.id: account.name for account in accounts.every(connection)},
        {folder.id: folder.path for folder in folders.every(connection)},
        keeping.kept_folders(connection),
    )


def summary_object(summary: Summary, names: Names) -> Object:
    """A row of a list."""
    return {
        "id": summary.id,
        "account": names.accounts.get(summary.account),
        "folder": names.folders.get(summary.folder),
        "uid": summary.uid,
        "uidl": summary.uidl,
        "message_id": summary.message_id,
        "thread": summary.thread,
        "from": _person(summary.sender),
        "to": [_person(address) for address in summary.to],
        "cc": [_person(address) for address in summary.cc],
        "subject": summary.subject,
        "date": time_of(summary.date),
        "received": time_of(summary.received),
        "flags": list(summary.flags.words),
        "labels": list(summary.labels),
        "size": summary.size,
        "attachments": summary.attachments,
        "preview": summary.preview,
        "cached": summary.cached.value,
        "pending": summary.pending,
        "also": [
            {"id": one.id, "account": names.accounts.get(one.account), "folder": names.folders.get(one.folder)}
            for one in summary.doubles
        ],
        "kept": summary.kept,
    }


def message_object(summary: Summary, names: Names, message: Message, document: Document) -> Object:
    """A whole message: what the list says, and what the reader shows."""
    return {
        **summary_object(summary, names),
        "headers": [[name, value] for name, value in message.headers],
        "text": "\n".join(shown_lines(document, WIDEST)),
        "parts": [
            {
                "index": part.index,
                "type": part.type,
                "name": part.name,
                "size": part.size,
                "disposition": part.disposition,
                "cached": part.complete,
                "real_type": of_part(part).type or None if part.here else None,
            }
            for part in message.leaves
        ],
        "links": [
            {"text": link.text, "url": link.url, "suspicious": link.suspicious} for link in document.links
        ],
        "warnings": list(document.warnings),
    }  # fmt: skip


def folder_object(folder: Folder, names: Names) -> Object:
    """A folder with its counters."""
    return {
        "account": names.accounts.get(folder.account),
        "path": folder.path,
        "role": folder.role.value if folder.role else None,
        "total": folder.total,
        "unread": folder.unread,
        "synced": time_of(folder.synced_at),
        "subscribed": folder.subscribed,
        "notice": folder.notice or None,
        "kept": folder.id in names.kept,
    }


def shown_lines(document: Document, columns: int) -> list[str]:
    """The lines that the reader shows at that width."""
    return [line.prefix + "".join(run.text for run in line.runs) for line in lines(document, columns)]


def _person(address: Address) -> Object:
    return {"name": address.name, "address": address.address}
