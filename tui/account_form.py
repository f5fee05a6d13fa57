"""What a person enters for a new account, and what it makes: sentences where it is wrong, else the settings."""

from collections.abc import Collection
from dataclasses import dataclass

from store.model import Protocol
from store.settings import AccountSettings, AfterDownload, AfterKind, Keep, KeepKind, Security
from store.validation import ACCOUNT_NAME_LIMIT, default_port, is_loopback

CHOICE = """\
IMAP: mail lives on the server, here is a copy; what you do here shows on your phone too. \
For reading mail in more than one place.
POP3: mail is fetched like letters out of a letterbox and lives on this computer. \
For keeping your mail yourself."""
"""The one explanation of the two, shown where the choice is made."""

AFTER = {
    "delete": "Delete it there (the only copy is here)",
    "keep": "Leave it there",
    "14 days": "Delete it after 14 days",
}
"""What may become of the server's copy of POP3 mail."""


@dataclass(frozen=True, slots=True)
class AccountForm:
    """The fields as they were typed."""

    protocol: Protocol
    address: str
    full_name: str
    name: str
    host: str
    port: str
    security: Security
    user: str
    password: str
    password_command: str
    after_download: str
    """A key of AFTER, empty as long as nothing was chosen."""

    def problems(self, taken: Collection[str], *, keyring: bool) -> dict[str, str]:
        """Field -> what is wrong with it and what to write; empty when nothing is."""
        found = {
            "address": self._address_problem(),
            "host": self._host_problem(),
            "port": self._port_problem(),
            "security": self._security_problem(),
            "name": self._name_problem(taken),
        }
        if keyring and not self.password and not self.password_command:
            found["password"] = "The password is missing."
        if not keyring and not self.password_command:
            found["password_command"] = "Write a command that prints the password, such as: pass show mail/me"
        if self.protocol is Protocol.POP3 and self.after_download not in AFTER:
            found["after_download"] = "Choose what becomes of the server's copy once a message is safely here."
        return {field: sentence for field, sentence in found.items() if sentence}

    def settings(self) -> AccountSettings:
        """The account, of a form without problems."""
        pop3 = self.protocol is Protocol.POP3
        return AccountSettings(
            name=self.name,
            protocol=self.protocol,
            address=self.address,
            full_name=self.full_name,
            host=self.host,
            port=int(self.port or default_port(self.protocol.value, self.security)),
            security=self.security,
            allow_insecure=False,
            ca_file=None,
            user=self.user or self.address,
            auth="password",
            password_command=self.password_command or None,
            keep=Keep(KeepKind.FULL if pop3 else KeepKind.TEXT),
            folders=("*",),
            after_download=AfterDownload.parse(self.after_download) if pop3 else AfterDownload(AfterKind.KEEP),
            unified=True,
            smtp=None,
        )

    def values(self) -> dict[str, object]:
        """The keys of the configuration file that differ from their defaults."""
        port = int(self.port or 0)
        return {
            "protocol": self.protocol.value,
            "address": self.address,
            "name": self.full_name or None,
            "host": self.host,
            "port": port if port and port != default_port(self.protocol.value, self.security) else None,
            "security": self.security if self.security != "tls" else None,
            "user": self.user if self.user and self.user != self.address else None,
            "password_command": self.password_command or None,
            "after_download": self.after_download if self.protocol is Protocol.POP3 else None,
        }

    def _address_problem(self) -> str:
        if not self.address:
            return "Your mail address is missing."
        if "@" not in self.address.strip("@") or any(character.isspace() for character in self.address):
            return "This is not a mail address; it looks like me@example.com."
        return ""

    def _host_problem(self) -> str:
        if not self.host:
            return f"The server is missing; your provider names it, often {guessed_host(self.protocol, self.address)}."
        if any(character.isspace() or character in "/@:" for character in self.host):
            return "Write the name of the server alone, such as mail.example.com."
        return ""

    def _port_problem(self) -> str:
        if self.port and not (self.port.isascii() and self.port.isdigit() and 0 < int(self.port) < 65536):
            return "A port is a number from 1 to 65535; leave it empty for the usual one."
        return ""

    def _security_problem(self) -> str:
        if self.security == "none" and self.host and not is_loopback(self.host):
            return "Without encryption everybody on the way could read the password: choose TLS or STARTTLS."
        return ""

    def _name_problem(self, taken: Collection[str]) -> str:
        if self.name in taken:
            return f"There is an account called {self.name} already; choose another name."
        if not self.name or not self.name.isprintable() or len(self.name) > ACCOUNT_NAME_LIMIT:
            return f"Give it a name of 1 to {ACCOUNT_NAME_LIMIT} characters, such as home or work."
        return ""


def guessed_host(protocol: Protocol, address: str) -> str:
    """The name under which most providers run the server; only a suggestion, never connected to unasked."""
    domain = address.rpartition("@")[2].strip().lower() or "example.com"
    return f"{'imap' if protocol is Protocol.IMAP else 'pop'}.{domain}"


def guessed_name(address: str, taken: Collection[str]) -> str:
    """A short name for an account: the middle of its domain."""
    domain = address.rpartition("@")[2].split(".")
    base = domain[-2] if len(domain) > 1 else "mail"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{number}", number + 1
    return name
