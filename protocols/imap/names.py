"""Folder names: the server's raw bytes, the path that people read, and what a folder is for."""

import re
import unicodedata
from collections.abc import Iterable

from imapclient import imap_utf7

from protocols.imap.parse import Listed
from store.model import Role

_SLASH_IN_A_LEVEL = "\u2215"
"""DIVISION SLASH stands for a slash inside a level, since `/` divides levels in our paths."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\0-\x1f\x7f]")

_ATTRIBUTES = {
    "\\inbox": Role.INBOX,
    "\\sent": Role.SENT,
    "\\drafts": Role.DRAFTS,
    "\\trash": Role.TRASH,
    "\\junk": Role.JUNK,
    "\\spam": Role.JUNK,
    "\\archive": Role.ARCHIVE,
    "\\all": Role.ALL,
    "\\allmail": Role.ALL,
}
"""RFC 6154, and `\\inbox`, `\\spam` and `\\allmail` of XLIST; servers differ in case."""
_UNUSABLE = frozenset({"\\noselect", "\\nonexistent"})

_NAMES: dict[Role, tuple[str, ...]] = {
    Role.SENT: (
        "Sent", "Sent Items", "Sent Messages", "Sent Mail", "Outbox Sent", "Đã gửi", "Thư đã gửi", "Mục đã gửi",
        "Gesendet", "Gesendete Elemente", "Gesendete Objekte", "Envoyés", "Éléments envoyés", "Messages envoyés",
        "Enviados", "Elementos enviados", "Itens enviados", "Posta inviata", "Inviati", "Verzonden",
        "Verzonden items", "Wysłane", "Отправленные", "已发送", "已发送邮件", "已傳送", "送信済み", "보낸 편지함",
    ),
    Role.DRAFTS: (
        "Drafts", "Draft", "Nháp", "Thư nháp", "Bản nháp", "Entwürfe", "Brouillons", "Borradores", "Rascunhos", "Bozze",
        "Concepten", "Szkice", "Wersje robocze", "Черновики", "草稿", "草稿箱", "下書き", "임시 보관함",
    ),
    Role.TRASH: (
        "Trash", "Deleted Items", "Deleted Messages", "Deleted", "Bin", "Thùng rác", "Đã xóa", "Đã xoá", "Thư đã xóa",
        "Mục đã xóa", "Papierkorb", "Gelöscht", "Gelöschte Elemente", "Gelöschte Objekte", "Corbeille",
        "Éléments supprimés", "Papelera", "Elementos eliminados", "Lixeira", "Lixo", "Itens excluídos", "Cestino",
        "Posta eliminata", "Prullenbak", "Verwijderde items", "Kosz", "Корзина", "Удаленные", "已删除", "已删除邮件",
        "垃圾桶", "ゴミ箱", "휴지통",
    ),
    Role.JUNK: (
        "Junk", "Spam", "Junk E-mail", "Junk Email", "Junk Mail", "Bulk Mail", "Bulk", "Thư rác", "Thư linh tinh",
        "Junk-E-Mail", "Spamverdacht", "Courrier indésirable", "Indésirables", "Pourriel", "Correo no deseado",
        "Lixo eletrônico", "Posta indesiderata", "Ongewenste e-mail", "Спам", "垃圾邮件", "迷惑メール", "스팸",
    ),
    Role.ARCHIVE: (
        "Archive", "Archives", "Archived", "Lưu trữ", "Archiv", "Archivo", "Archivio", "Archief", "Arquivo",
        "Archiwum", "Архив", "归档", "存档", "アーカイブ",
    ),
    Role.ALL: (
        "All Mail", "Tất cả thư", "Alle Nachrichten", "Tous les messages", "Todos", "Todos los mensajes",
        "Todos os e-mails", "Tutti i messaggi", "Alle berichten", "Вся почта", "所有邮件",
    ),
}  # fmt: skip
"""What mail programs and providers call their folders, the likelier first."""


def decode(raw: bytes, delimiter: str | None) -> str:
    """Make the path that people read of a raw name; any bytes give some path, of which `raw` stays the only key.

    Levels are divided by `/`; a slash inside a level becomes U+2215.  Modified UTF-7 (RFC 9051 appendix A.1) that is
    broken is shown as it stands; 8-bit names are read as UTF-8, else as Latin-1.  Not cleaned for display.
    """
    levels = raw.split(delimiter.encode("latin-1", "replace")) if delimiter else [raw]
    texts = [_decode_level(level).replace("/", _SLASH_IN_A_LEVEL) for level in levels]
    if texts[0].upper() == "INBOX":
        texts[0] = "INBOX"
    return "/".join(texts)


def _decode_level(raw: bytes) -> str:
    if not raw.isascii():
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    try:
        text = imap_utf7.decode(raw)
    except ValueError:
        return raw.decode("ascii")
    return raw.decode("ascii") if _SURROGATE.search(text) else text


def encode(path: str, delimiter: str | None) -> bytes:
    """Make the raw name for a folder that is to be created at `path`.

    ValueError, with a sentence for people, when this server cannot have it.  Folders that exist are named by their own
    raw bytes, never by this.
    """
    if not path or _CONTROL.search(path) or _SURROGATE.search(path):
        raise ValueError("A folder's name cannot be empty or hold control characters.")
    levels = path.split("/")
    if "" in levels:
        raise ValueError("Every level of a folder's path needs a name.")
    if len(levels) > 1 and not delimiter:
        raise ValueError("This server has no folders inside folders.")
    if delimiter != "/":
        levels = [level.replace(_SLASH_IN_A_LEVEL, "/") for level in levels]
    if delimiter and any(delimiter in level for level in levels):
        raise ValueError(f'On this server a folder\'s name cannot hold "{delimiter}".')
    encoded = (imap_utf7.encode(unicodedata.normalize("NFC", level)) for level in levels)
    return (delimiter or "").encode("latin-1", "replace").join(encoded)


def selectable(folder: Listed) -> bool:
    r"""Whether a folder can hold mail (neither `\Noselect` nor `\NonExistent`)."""
    return _UNUSABLE.isdisjoint(folder.attributes)


def roles(folders: Iterable[Listed]) -> dict[bytes, Role]:
    """Tell what folders are for, by raw name: at most one folder a role, at most one role a folder.

    What the server says (RFC 6154, XLIST) wins; roles that it leaves open go by well-known names, in many languages,
    at the top, inside INBOX or inside a provider's folder such as `[Gmail]`.
    """
    usable = [folder for folder in folders if selectable(folder)]
    found: dict[bytes, Role] = {}
    for folder in usable:
        if decode(folder.name, None).upper() == "INBOX" and Role.INBOX not in found.values():
            found[folder.name] = Role.INBOX
    for folder in usable:
        for attribute in sorted(folder.attributes & _ATTRIBUTES.keys()):
            role = _ATTRIBUTES[attribute]
            if role not in found.values() and folder.name not in found:
                found[folder.name] = role
    candidates = [(folder.name, name) for folder in usable if (name := _known_place(folder)) is not None]
    for role, names in _NAMES.items():
        if role not in found.values() and (raw := _best(names, candidates, found)) is not None:
            found[raw] = role
    return found


def _known_place(folder: Listed) -> str | None:
    """Fold the last level of a folder that stands where programs put theirs, None when it stands elsewhere."""
    *above, last = decode(folder.name, folder.delimiter).split("/")
    if len(above) > 1 or (above and above[0] != "INBOX" and not above[0].startswith("[")):
        return None
    return _fold(last)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _best(names: Iterable[str], candidates: list[tuple[bytes, str]], taken: dict[bytes, Role]) -> bytes | None:
    for name in map(_fold, names):
        for raw, candidate in candidates:
            if candidate == name and raw not in taken:
                return raw
    return None
