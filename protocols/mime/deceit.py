"""Points out what looks like deceit in a message; it never says that a message is harmless."""

import re
import unicodedata
from collections.abc import Sequence

from protocols.mime.blocks import Link
from protocols.mime.headers import addresses
from protocols.mime.parse import Message
from protocols.mime.part import Fields
from protocols.mime.programs import dangers
from protocols.mime.safe import SafeText, line
from store.model import Address

_MOST = 10
_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@([^\s<>\"'(),;:]+\.[^\s<>\"'(),;:]+)")
_LIST = frozenset(("list-id", "list-post", "list-unsubscribe", "mailing-list"))
_SECOND_LEVEL = frozenset(("co", "com", "org", "net", "ac", "gov", "edu", "or", "ne", "gob", "go", "gv"))


def warnings(message: Message, links: Sequence[Link]) -> tuple[SafeText, ...]:
    """What to beware of, a sentence each, at most ten: senders that pose, answers that go elsewhere, links, files."""
    fields = message.fields
    senders = _people(fields, "from")
    result = [text for sender in senders if (text := _posing(sender))]
    result += _senders(fields, senders)
    result += _sent_for(fields, senders)
    result += [
        text for sender in senders if (text := _alphabets(sender.address.rpartition("@")[2], "The sender's address"))
    ]
    result += _answers(fields, senders)
    suspicious = [link for link in links if link.suspicious][:5]
    result += [link_warning(link) for link in suspicious]
    result += dangers(message.attachments)
    return tuple(dict.fromkeys(line(text) for text in result[:_MOST]))


def site(domain: str) -> str:
    """The part of a domain that somebody registered, as far as it can be told without the public suffix list."""
    parts = domain.lower().rstrip(".").split(".")
    keep = 3 if len(parts) > 2 and len(parts[-1]) == 2 and parts[-2] in _SECOND_LEVEL else 2
    return ".".join(parts[-keep:])


def _people(fields: Fields, wanted: str) -> list[Address]:
    values = [value for name, value in fields if name.lower() == wanted]
    return [found for value in values[:10] for found in addresses(value, 20) if "@" in found.address]


def _posing(sender: Address) -> str:
    """Say when a display name contains an address of another domain than the real one."""
    domain = sender.address.rpartition("@")[2].lower()
    for found in _ADDRESS.finditer(sender.name[:2000]):
        if found[1].lower() != domain:
            return f"The sender's name contains {found[0]}, but the address is {sender.address}."
    name_only = re.fullmatch(r"\s*\S+@\S+\s*", sender.name[:2000])
    if name_only and sender.name.strip().lower() != sender.address.lower():
        return f"The sender's name is {sender.name.strip()}, but the address is {sender.address}."
    return ""


def _senders(fields: Fields, senders: Sequence[Address]) -> list[str]:
    if sum(name.lower() == "from" for name, _ in fields) > 1:
        return ["This message has more than one From header."]
    if len(senders) > 1:
        return ["This message names more than one sender: " + ", ".join(sender.address for sender in senders)]
    return []


def _sent_for(fields: Fields, senders: Sequence[Address]) -> list[str]:
    """Say when somebody else says to have sent it (RFC 5322 section 3.6.2); of lists everybody expects it."""
    if not senders or any(name.lower() in _LIST for name, _ in fields):
        return []
    own = {sender.address.lower() for sender in senders}
    others = [one.address for one in _people(fields, "sender") if one.address.lower() not in own]
    return [f"Sent by {others[0]} in the name of {senders[0].address}."] if others else []


def _answers(fields: Fields, senders: Sequence[Address]) -> list[str]:
    """Say where answers go when that is somewhere else; of lists everybody expects it."""
    if not senders or any(name.lower() in _LIST for name, _ in fields):
        return []
    own = {site(sender.address.rpartition("@")[2]) for sender in senders}
    elsewhere = [one.address for one in _people(fields, "reply-to") if site(one.address.rpartition("@")[2]) not in own]
    return [f"Answers go to {elsewhere[0]}, not to the sender."] if elsewhere else []


def link_warning(link: Link) -> SafeText:
    """Say why a suspicious link is one, and where it really leads."""
    if told := _alphabets(link.host, "A link's host"):
        return line(told)
    user = re.split(r"[/?#]", link.url.partition("://")[2], maxsplit=1)[0].rpartition("@")[0]
    if user and not link.url.startswith("mailto:"):
        return line(f"A link begins with {line(user, 80)}@, but leads to {link.host}.")
    return line(f"A link reads “{line(link.text, 80)}” but leads to {link.host}.")


def _alphabets(host: str, what: str) -> str:
    """Say when a host that is written in ASCII reads as a mixture of alphabets, or wholly in another one."""
    if "xn--" not in host.lower() and host.isascii():
        return ""
    try:
        shown = host.encode("ascii").decode("idna") if host.isascii() else host
    except UnicodeError:
        return f"{what}, {host}, is not a name that can be read."
    labels = [label for label in shown.split(".") if not label.isascii()]
    scripts = sorted({_script(char) for label in labels for char in label if char.isalpha()})
    if not scripts:
        return ""
    mixed = any(len({_script(char) for char in label if char.isalpha()}) > 1 for label in labels)
    told = f"mixes {' and '.join(scripts)} letters" if mixed else f"is written in {' and '.join(scripts)} letters"
    return f"{what} {host} reads “{line(shown, 80)}”, which {told}." if mixed or scripts != ["Latin"] else ""


def _script(char: str) -> str:
    return unicodedata.name(char, "unknown").split(" ")[0].split("-")[0].capitalize()
