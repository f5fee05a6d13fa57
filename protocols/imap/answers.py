"""Tagged answers and their response codes, and which error a refusal is."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from protocols.errors import Misbehaved, ProtocolError, Refused, SignInRefused, Throttled
from protocols.imap.sequence import expand

_SIGN_IN = frozenset({"LOGIN", "AUTHENTICATE"})
_WRONG_CREDENTIALS = frozenset({"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED"})
_PATIENCE = {"UNAVAILABLE": 60.0, "INUSE": 30.0, "LIMIT": 60.0, "THROTTLED": 600.0, "SERVERBUG": 60.0}
"""Response codes that ask to come back later (RFC 5530, RFC 9051; THROTTLED is Gmail's), with a delay in seconds."""
_BANDWIDTH_DELAY = 3600.0
"""Gmail lifts its bandwidth limits after an hour at the earliest."""
_LONGEST = 86_400.0
_BACKOFF = re.compile(
    rb"(?:suggested backoff time:?|\b(?:re)?try(?: again)? (?:after|in))"
    rb" *(\d{1,9}) *(milliseconds|ms|seconds?|minutes?)\b",
    re.IGNORECASE,
)
_UNITS = {b"m": 60.0, b"s": 1.0}
_NOT_CONNECTED = re.compile(rb"authenticated but not connected", re.IGNORECASE)
"""Exchange, when the mailbox behind a sign-in is out of reach: the connection never recovers, a later one may do."""
_BANDWIDTH = re.compile(rb"bandwidth|exceeded command", re.IGNORECASE)
_CONNECTIONS = re.compile(rb"too many (?:simultaneous |concurrent )?connections|maximum number of connections", re.I)
_THROTTLED = re.compile(rb"throttled|too many requests|rate limit", re.IGNORECASE)
_BUSY = re.compile(rb"try again later|temporar", re.IGNORECASE)
_TIMING = re.compile(r"\s*\(\d+\.\d+(?: \+ \d+\.\d+)+ secs\)\.?\s*$")
"""What Dovecot adds to every answer: how long it took."""
_CODES = re.compile(r"^(?:\[[A-Z][A-Z0-9-]*(?: [^\]]*)?\]\s*)+")


_STEPS = {
    "GREETING": "greeting",
    "LOGIN": "login",
    "AUTHENTICATE": "login",
    "CAPABILITY": "capability",
    "STARTTLS": "tls",
}


def step_of(command: str) -> str:
    """Name the step (see ProtocolError) that a command belongs to."""
    return _STEPS.get(command.upper(), "command")


class Code(NamedTuple):
    """A response code `[NAME arguments] text`: the name in upper case, empty when there is none."""

    name: str
    arguments: bytes
    text: bytes


@dataclass(frozen=True, slots=True)
class Tagged:
    """The answer that ends a command: `status` is OK, NO or BAD; `text` is raw, without the response code."""

    status: str
    code: Code
    text: bytes

    @classmethod
    def read(cls, status: bytes, rest: bytes) -> "Tagged":
        """Read what follows the tag."""
        code = response_code(rest)
        return cls(status.decode("ascii", "replace").upper(), code, code.text)


def response_code(text: bytes) -> Code:
    """Read the `[CODE arguments]` at the start of a status text (RFC 9051 section 7.1); no code gives an empty name."""
    if not text.startswith(b"[") or (end := _code_end(text)) < 0:
        return Code("", b"", text)
    name, _, arguments = text[1:end].partition(b" ")
    return Code(name.decode("ascii", "replace").upper(), arguments.strip(), text[end + 1 :].lstrip())


def spoken(text: bytes) -> str:
    """What of a status text is meant for people: not how long it took, and no codes; not cleaned for display."""
    return _CODES.sub("", _TIMING.sub("", text.decode("utf-8", "replace"))).strip()


def titled(what: str, said: str) -> str:
    """Say what happened, with the server's words where there are any."""
    return f"{what}: {said}" if said else f"{what}."


def quotable(text: bytes) -> bytes:
    """Keep of a status text that came before TLS only its code: anybody on the way may have written the words."""
    name = response_code(text).name
    return b"[%s]" % name.encode() if re.fullmatch("[A-Z-]+", name) else b""


def _code_end(text: bytes) -> int:
    """Find the closing bracket, which may stand in a quoted string of the arguments as well."""
    inside = False
    for index, byte in enumerate(text[:8192]):
        if byte == 0x22:
            inside = not inside
        elif byte == 0x5D and not inside:
            return index
    return text.find(b"]")


def read_copied(code: Code) -> tuple[int, list[tuple[int, int]]]:
    """Read COPYUID (RFC 4315): the UIDVALIDITY of the destination and (source, destination) pairs of UIDs.

    Both sets are read in the order of the text, since some servers send them descending.  Misbehaved when their sizes
    differ: then nothing is known about who became whom.
    """
    words = code.arguments.split()
    if code.name != "COPYUID" or len(words) != 3 or not words[0].isdigit():
        raise Misbehaved("The server sent a COPYUID that cannot be read.", step="command")
    sources, destinations = expand(words[1]), expand(words[2])
    if len(sources) != len(destinations):
        raise Misbehaved("The server copied another number of messages than it says.", step="command")
    return int(words[0]), list(zip(sources, destinations, strict=True))


def read_appended(code: Code) -> tuple[int, int]:
    """Read APPENDUID (RFC 4315): the UIDVALIDITY of the folder and the UID of the one message appended."""
    words = code.arguments.split()
    if code.name != "APPENDUID" or len(words) != 2 or not words[0].isdigit() or len(uids := expand(words[1], 1)) != 1:
        raise Misbehaved("The server sent an APPENDUID that cannot be read.", step="command")
    return int(words[0]), uids[0]


def throttled(text: bytes, code: str = "", command: str = "") -> Throttled | None:
    """Tell whether a refusal, or a BYE, asks for patience, and for how long."""
    said = spoken(text)
    if found := _BACKOFF.search(text):
        unit = found[2].lower()
        delay = min(int(found[1]) * (0.001 if unit in (b"milliseconds", b"ms") else _UNITS[unit[:1]]), _LONGEST)
    elif _BANDWIDTH.search(text):
        delay = _BANDWIDTH_DELAY
    elif _CONNECTIONS.search(text) or _NOT_CONNECTED.search(text):
        delay = 60.0
    elif code == "OVERQUOTA":
        # While filing mail this means that the mailbox is full, which waiting does not cure.
        if command in {"APPEND", "COPY", "MOVE", "CREATE"}:
            return None
        delay = _BANDWIDTH_DELAY
    elif code in _PATIENCE:
        # Yahoo answers so for single poisoned messages: the caller narrows the FETCH down and parks them.
        if code in ("UNAVAILABLE", "SERVERBUG") and command == "FETCH":
            return None
        delay = _PATIENCE[code]
    elif not code and (_THROTTLED.search(text) or (command != "FETCH" and _BUSY.search(text))):
        delay = 60.0
    else:
        return None
    return Throttled(
        titled("The server asks to come back later", said), "It is tried again by itself.", delay=delay, code=code
    )


def refusal(tagged: Tagged, command: str) -> ProtocolError:
    """Turn NO or BAD to `command` (its last word, upper case: FETCH for UID FETCH) into the error to raise."""
    code, said = tagged.code.name, spoken(tagged.text)
    step = step_of(command)
    if code in _WRONG_CREDENTIALS:
        return _sign_in_refused(code, said)
    if patience := throttled(tagged.text, code, command):
        patience.step = step
        return patience
    if tagged.status != "NO":
        return Misbehaved(titled(f"The server does not understand {command}", said), step=step)
    if command in _SIGN_IN:
        return _sign_in_refused(code, said)
    return Refused(titled(f"The server refused {command}", said), _HINTS.get(code, ""), code=code, text=said)


_HINTS = {
    "NONEXISTENT": "The folder is not there any more.",
    "TRYCREATE": "The folder has to be made first.",
    "OVERQUOTA": "The mailbox is full; delete something or ask its operator for room.",
    "NOPERM": "The account may not do this.",
    "ALREADYEXISTS": "A folder of this name is there already.",
}


def _sign_in_refused(code: str, said: str) -> SignInRefused:
    hint = "Check user name and password; some providers want an app password."
    if code == "EXPIRED":
        hint = "The password has expired; set a new one with the provider."
    elif code == "PRIVACYREQUIRED":
        hint = 'The server wants TLS: set security to "tls" or "starttls".'
    return SignInRefused(titled("The server refused to sign in", said), hint, code=code)
