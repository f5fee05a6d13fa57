"""What the server said of the folder that is selected, and what it has added since: counts, what vanished."""

from dataclasses import dataclass, field

from protocols.errors import Misbehaved
from protocols.imap.answers import response_code
from protocols.imap.framing import Response
from protocols.imap.parse import Vanished, read_vanished
from protocols.imap.sequence import MAX_UID

_MOST_RANGES = 100_000
"""So many ranges of vanished UIDs are remembered; above that the folder is compared."""
_MOST_MODSEQ = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Since:
    """What the store holds already: a SELECT with it (QRESYNC, RFC 7162 section 3.2.5) tells all that changed."""

    uidvalidity: int
    modseq: int


@dataclass(slots=True)
class Selected:
    """One selection of a folder."""

    name: bytes
    since: Since | None = None
    """What the SELECT was asked to compare with."""
    fresh: bool = True
    """Whether this is still the first use of the selection: only then are UIDNEXT and HIGHESTMODSEQ today's."""
    uidvalidity: int = 0
    uidnext: int | None = None
    """None where the server does not tell (Courier, 163.com)."""
    shown: int = 0
    """The selection is known to show every message up to this UID: what came later it shows only after a NOOP."""
    exists: int = 0
    counted: bool = False
    """Whether the server has told how many there are: none were told of is not the same as there are none."""
    read_only: bool = False
    permanent_flags: tuple[bytes, ...] | None = None
    """What PERMANENTFLAGS names (RFC 9051 section 7.1), as spelt there; None where the server does not tell: all."""
    highestmodseq: int | None = None
    """HIGHESTMODSEQ of the SELECT itself (RFC 7162); None where the server keeps none, says 0 or is not believed."""
    fetched: list[Response] = field(default_factory=list)
    """The FETCH responses of a SELECT with `since`, to be read elsewhere: there may be 100,000."""
    vanished: list[tuple[int, int]] = field(default_factory=list)
    """Ranges of UIDs that are gone, whenever the server said so: before this selection, or during any command."""
    doubt: str = ""
    """Why what the server says of vanished messages cannot be relied on; empty when it can."""

    @property
    def told(self) -> bool:
        """Whether the SELECT itself told what changed since.

        A server that accepts QRESYNC and does not do it says nothing at all although its HIGHESTMODSEQ has moved.
        """
        if self.since is None or self.highestmodseq is None or self.since.uidvalidity != self.uidvalidity:
            return False
        return self.highestmodseq == self.since.modseq or bool(self.fetched or self.vanished)

    def read(self, response: Response) -> None:
        """Take in one response to the SELECT."""
        if response.name == "OK":
            self._read_code(response)
        elif response.name == "FETCH":
            if self.since is not None:
                self.fetched.append(response)
        elif response.name == "EXISTS" and response.number is not None:
            # Zimbra says it several times, and nothing but EXPUNGE makes it less (RFC 9051 section 7.4.1)
            self.exists, self.counted = max(self.exists, response.number), True
        else:
            self.note(response)

    def note(self, response: Response) -> None:
        """Take in what came with any other command, or in IDLE: the count has to stay right."""
        if response.name == "EXISTS" and response.number is not None:
            self.exists, self.counted = response.number, True
        elif response.name == "EXPUNGE":
            self.exists = max(0, self.exists - 1)
        elif response.name == "VANISHED":  # what comes instead of EXPUNGE once QRESYNC is enabled
            try:
                self._vanish(read_vanished(response))
            except Misbehaved as error:
                self.doubt = error.title

    def _vanish(self, gone: Vanished) -> None:
        if not gone.earlier:
            count = sum(high - low + 1 for low, high in gone.ranges)
            if count > self.exists:
                self.doubt = f"{count} messages vanished of {self.exists}"
                return
            self.exists -= count
        if len(self.vanished) + len(gone.ranges) > _MOST_RANGES:
            self.vanished.clear()
            self.doubt = "too many messages vanished one by one"
        else:
            self.vanished.extend(gone.ranges)

    def _read_code(self, response: Response) -> None:
        code = response_code(response.text)
        if code.name == "CLOSED":  # all that came before was still about the folder selected before
            self.exists, self.counted, self.doubt = 0, False, ""
            self.fetched.clear()
            self.vanished.clear()
        elif code.name == "PERMANENTFLAGS":
            self.permanent_flags = tuple(code.arguments.strip(b"()").split())
        elif code.arguments.isdigit() and len(code.arguments) <= 20:
            value = int(code.arguments)
            if code.name == "UIDVALIDITY":
                self.uidvalidity = min(value, _MOST_MODSEQ)  # GreenMail's has more than 32 bits
            elif code.name == "UIDNEXT":
                self.uidnext = value if value <= MAX_UID + 1 else None
            elif code.name == "HIGHESTMODSEQ":  # 0 means none (Purelymail says it of empty folders)
                self.highestmodseq = value if 0 < value <= _MOST_MODSEQ else None
