"""What a POP3 server says that it can do (CAPA, RFC 2449)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The answer to CAPA; all empty when the server does not know the command."""

    names: frozenset[str] = frozenset()
    """Capability tags in capitals, without their parameters."""
    mechanisms: tuple[str, ...] = ()
    """SASL mechanisms in capitals, in the server's order (RFC 5034)."""
    login_delay: int = 0
    """Seconds that the server wants between two sign-ins, 0 when it does not say."""

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @classmethod
    def parse(cls, body: bytes) -> "Capabilities":
        """Read the lines of a CAPA response; what cannot be read is passed over."""
        names: set[str] = set()
        mechanisms: list[str] = []
        delay = 0
        for line in body.decode("ascii", "replace").splitlines():
            name, *parameters = line.upper().split() or [""]
            if not name:
                continue
            names.add(name)
            if name == "SASL":
                mechanisms += parameters
            elif name == "LOGIN-DELAY" and parameters and parameters[0].isdecimal():
                delay = min(int(parameters[0][:9]), 24 * 3600)
        return cls(frozenset(names), tuple(mechanisms), delay)
