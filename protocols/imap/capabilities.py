"""What an IMAP server says it can do: a set of upper-case words with names for the ones that matter here."""

from typing import Self


class Capabilities(frozenset[str]):
    """The words of one CAPABILITY response (RFC 9051 section 7.2.2), compared without case; replaced, never merged."""

    __slots__ = ()

    @classmethod
    def parse(cls, words: bytes) -> Self:
        """Read the words after CAPABILITY, in a response or a response code."""
        return cls(words.decode("ascii", "replace").upper().split())

    def has(self, word: str) -> bool:
        """Whether the server announced `word`, in any case."""
        return word.upper() in self

    @property
    def complete(self) -> bool:
        """Whether this is a whole list, and not some words that stood in its place."""
        return "IMAP4REV1" in self or self.rev2

    @property
    def proxied(self) -> bool:
        """Whether a proxy speaks for the server (iCloud's): what it announces unasked is not what the server can do."""
        return "XAPPLEPUSHSERVICE" in self

    @property
    def rev2(self) -> bool:
        """IMAP4rev2 (RFC 9051), which brings much of the below without naming it."""
        return "IMAP4REV2" in self

    @property
    def uidplus(self) -> bool:
        """UID EXPUNGE, APPENDUID and COPYUID (RFC 4315)."""
        return "UIDPLUS" in self or self.rev2

    @property
    def move(self) -> bool:
        """MOVE (RFC 6851)."""
        return "MOVE" in self or self.rev2

    @property
    def idle(self) -> bool:
        """IDLE (RFC 2177)."""
        return "IDLE" in self or self.rev2

    @property
    def special_use(self) -> bool:
        """Roles in LIST (RFC 6154), or Gmail's XLIST of old."""
        return "SPECIAL-USE" in self or self.rev2

    @property
    def list_status(self) -> bool:
        """LIST ... RETURN (STATUS (...)) (RFC 5819)."""
        return "LIST-STATUS" in self or self.rev2

    @property
    def list_extended(self) -> bool:
        """LIST ... RETURN (...) (RFC 5258)."""
        return "LIST-EXTENDED" in self or self.rev2

    @property
    def condstore(self) -> bool:
        """MODSEQ (RFC 7162); QRESYNC includes it even where it is not named."""
        return "CONDSTORE" in self or self.qresync

    @property
    def trusted_modseq(self) -> bool:
        """Whether CHANGEDSINCE may be believed: not on iCloud, whose proxy announces CONDSTORE and loses changes."""
        return self.condstore and "XAPPLEPUSHSERVICE" not in self

    @property
    def qresync(self) -> bool:
        """SELECT ... (QRESYNC ...) and VANISHED (RFC 7162); needs ENABLE first."""
        return "QRESYNC" in self

    @property
    def trusted_qresync(self) -> bool:
        """Whether QRESYNC may be asked for: not on iCloud either, whose VANISHED cannot be read."""
        return self.qresync and self.trusted_modseq

    def demoted(self) -> Self:
        """These without the best way to follow changes: without QRESYNC, or without CONDSTORE when that is gone."""
        if self.qresync:
            return type(self)((self - {"QRESYNC"}) | {"CONDSTORE"})
        return type(self)(self - {"CONDSTORE"})

    @property
    def enable(self) -> bool:
        """ENABLE (RFC 5161)."""
        return "ENABLE" in self or self.rev2

    @property
    def esearch(self) -> bool:
        """SEARCH RETURN (...) (RFC 4731)."""
        return "ESEARCH" in self or self.rev2

    @property
    def unselect(self) -> bool:
        """UNSELECT (RFC 3691)."""
        return "UNSELECT" in self or self.rev2

    @property
    def namespace(self) -> bool:
        """NAMESPACE (RFC 2342)."""
        return "NAMESPACE" in self or self.rev2

    @property
    def literal_plus(self) -> bool:
        """Literals without waiting, of any size (RFC 7888)."""
        return "LITERAL+" in self

    @property
    def sasl_ir(self) -> bool:
        """An initial response in AUTHENTICATE itself (RFC 4959)."""
        return "SASL-IR" in self or self.rev2

    @property
    def gmail(self) -> bool:
        """Gmail's X-GM-MSGID, X-GM-THRID and X-GM-LABELS."""
        return "X-GM-EXT-1" in self

    @property
    def yahoo(self) -> bool:
        """Yahoo or AOL, told by a word that nobody else has."""
        return "XYMHIGHESTMODSEQ" in self

    @property
    def mechanisms(self) -> frozenset[str]:
        """The SASL mechanisms on offer."""
        return frozenset(word[5:] for word in self if word.startswith("AUTH="))
