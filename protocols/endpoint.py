"""Where a server is, and how the connection to it is protected: the same value for IMAP, POP3 and SMTP."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from store.settings import AccountSettings


class Security(StrEnum):
    """How a connection is protected; never a mode that falls back by itself."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server: `timeout` is the most that connecting, or waiting for the next bytes, may take, in seconds."""

    host: str
    port: int
    security: Security
    ca_file: Path | None = None
    timeout: float = 30.0

    @classmethod
    def of(cls, account: AccountSettings) -> Self:
        """Where the configuration says that an account's mail is."""
        return cls(account.host, account.port, Security(account.security), account.ca_file)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
